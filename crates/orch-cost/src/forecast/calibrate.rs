//! How much wider the bounds must be for what earlier forecasts of the same series missed.
//!
//! An earlier forecast needed its bounds so many times as wide as they were: how far off its sum was in half-widths. Where
//! so many of them did not hold that chance hardly explains it, the next bounds are widened by the factor of which 80 %
//! of `n + 1` are no larger, n being the earlier forecasts. That is split conformal prediction with scores in units of
//! each forecast's own error (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; Lei and others,
//! "Distribution-free predictive inference for regression", 2018). Its promise is for exchangeable cases, which
//! overlapping days of one bill are not quite; it is taken as the best guess, and `docs/anomalies.md` measures it.
//! Bounds are never narrowed: a calm past is no proof of a calm month.

/// What the inner bounds claim.
const CLAIM: f64 = 0.8;
/// Chance explains what is at least this likely.
const BY_CHANCE: f64 = 0.05;

/// Whether so few of some forecasts held their 80 % bounds that the claim of 80 is contradicted: the chance of as few
/// or fewer is below 5 %. With one forecast it never is.
pub fn contradicted(forecasts: usize, held: usize) -> bool {
    let mut chance = (1.0 - CLAIM).powf(forecasts as f64);
    let mut at_most = 0.0;
    for count in 0..=held.min(forecasts) {
        at_most += chance;
        chance *= (forecasts - count) as f64 / (count + 1) as f64 * CLAIM / (1.0 - CLAIM);
    }
    at_most < BY_CHANCE
}

/// The factor for the next bounds, from what earlier ones needed.
pub(super) fn widened(needed: &[f64]) -> f64 {
    let count = needed.len();
    let held = needed.iter().filter(|one| **one <= 1.0).count();
    if !contradicted(count, held) {
        return 1.0;
    }
    let mut sorted = needed.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // With fewer than four the largest is all there is.
    let place = (CLAIM * (count as f64 + 1.0)).ceil() as usize;
    sorted[place.clamp(1, count) - 1].max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_contradicted_by_what_chance_hardly_does() {
        let tries = [(0, 0), (1, 0), (2, 1), (2, 0), (5, 2), (6, 2), (26, 21)];
        let told = tries.map(|(forecasts, held)| contradicted(forecasts, held));
        assert_eq!(told, [false, false, false, true, false, true, false]);
    }

    #[test]
    fn bounds_are_widened_by_what_was_needed_and_never_narrowed() {
        assert_eq!(widened(&[]), 1.0);
        assert_eq!(widened(&[0.1, 0.2, 0.3, 0.1]), 1.0);
        assert_eq!(widened(&[2.0, 3.0]), 3.0);
        // Of ten, the ninth: eight tenths of eleven.
        let needed = [2.0, 0.5, 1.5, 9.0, 0.9, 3.0, 1.2, 1.1, 1.3, 4.0];
        assert_eq!(widened(&needed), 4.0);
    }
}
