//! How numbers are rounded for people: once, where they are shown, and half away from zero as everybody learns it.

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

/// An amount with cents.
pub(crate) fn money(amount: Decimal) -> String {
    format!("{:.2}", round(amount, 2))
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
        assert_eq!(money(of("201.055")), "201.06");
        assert_eq!(money(of("-0.125")), "-0.13");
    }
}
