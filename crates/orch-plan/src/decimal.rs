//! How decimal numbers are written: rounded to so many places, half of one away from zero. The format `{:.2}` of a decimal
//! cuts its digits off.

use rust_decimal::{Decimal, RoundingStrategy};

/// A number with exactly so many decimal places.
pub(crate) fn fixed(value: Decimal, places: u32) -> String {
    let rounded = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    format!("{rounded:.*}", places as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded_and_not_cut_off() {
        for (value, places, shown) in [
            ("12.48", 1, "12.5"),
            ("999.596", 2, "999.60"),
            ("0.25", 1, "0.3"),
            ("-0.25", 1, "-0.3"),
            ("7", 2, "7.00"),
            ("0.995", 2, "1.00"),
        ] {
            assert_eq!(fixed(value.parse().unwrap(), places), shown);
        }
    }
}
