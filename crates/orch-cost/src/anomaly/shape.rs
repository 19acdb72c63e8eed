//! Whether a change that lasts came at once or over days, and when it began.

/// Days over which a rise is looked for; 1 is a step.
const RAMPS: [usize; 6] = [1, 5, 7, 10, 14, 21];
/// A rise must explain the days so much better than a step, in variances of a day: Akaike's price of one more
/// parameter.
const BETTER: f64 = 2.0;

/// The best description of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    /// Place of its first day in the window.
    pub(crate) first: usize,
    /// Days until it has its full size; 1 for a step.
    pub(crate) over: usize,
}

/// Fits steps and rises to residuals by least squares. It began on `latest` at the latest, and is at least as large
/// as `least`; none where nothing fits.
pub(crate) fn shape(residuals: &[f64], latest: usize, least: f64, sigma: f64) -> Option<Shape> {
    let mut best: Option<(f64, Shape)> = None;
    for over in RAMPS {
        for first in 0..=latest.min(residuals.len().saturating_sub(1)) {
            let height = |day: usize| {
                let since = (day + 1).saturating_sub(first);
                (since as f64 / over as f64).min(1.0)
            };
            let (mut product, mut square) = (0.0, 0.0);
            for (day, residual) in residuals.iter().enumerate().skip(first) {
                product += residual * height(day);
                square += height(day).powi(2);
            }
            if product < least * square {
                continue;
            }
            // What is left of the squares beyond those of the residuals themselves.
            let handicap = if over == 1 {
                0.0
            } else {
                BETTER * sigma * sigma
            };
            let left = handicap - product * product / square;
            if best.is_none_or(|(smallest, _)| left < smallest) {
                best = Some((left, Shape { first, over }));
            }
        }
    }
    best.map(|(_, shape)| shape)
}
