//! How numbers are rounded for people: once, where they are shown, and half away from zero as everybody learns it. The
//! format `{:.2}` of a decimal cuts its digits off.

use rust_decimal::{Decimal, RoundingStrategy};

const HALF_UP: RoundingStrategy = RoundingStrategy::MidpointAwayFromZero;

/// A number with so many decimal places.
pub(crate) fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, HALF_UP)
}

/// The same; a number that these places would hide keeps its first two digits.
pub(crate) fn rounded(value: Decimal, places: u32) -> Decimal {
    let plain = round(value, places);
    let hides = (value - plain).abs() * Decimal::TEN > value.abs();
    let kept = hides.then(|| value.round_sf_with_strategy(2, HALF_UP));
    kept.flatten().unwrap_or(plain).normalize()
}

/// The same with all of these places.
pub(crate) fn fixed(value: Decimal, places: u32) -> String {
    format!("{:.*}", places as usize, round(value, places))
}

/// An amount with cents.
pub(crate) fn money(amount: Decimal) -> String {
    fixed(amount, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_small_numbers_stay() {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        for (value, shown) in [
            ("2.625", "2.63"),
            ("2.615", "2.62"),
            ("-2.625", "-2.63"),
            ("7", "7"),
            ("0.004251", "0.0043"),
        ] {
            assert_eq!(rounded(of(value), 2).to_string(), shown);
        }
        assert_eq!(fixed(of("12.48"), 1), "12.5");
        assert_eq!(fixed(of("7"), 2), "7.00");
        assert_eq!(money(of("201.055")), "201.06");
        assert_eq!(money(of("-0.125")), "-0.13");
    }
}
