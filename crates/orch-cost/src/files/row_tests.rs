use super::*;

#[test]
fn amounts_are_exact_whatever_way_they_are_written() {
    for (told, exact) in [
        ("0.00000080000", "0.0000008"),
        ("7.2922557592391990000E-9", "0.000000007292255759239199"),
        ("1.91107392311096200000E-8", "0.00000001911073923110962"),
        ("1.5e3", "1500"),
        ("-2E2", "-200"),
        ("0E-18", "0"),
        ("12", "12"),
        ("0.161000000000000136", "0.161000000000000136"),
        ("1.0000000000000000000000000000000000", "1"),
    ] {
        assert_eq!(amount(told), Ok(exact.parse().unwrap()), "{told}");
    }
}

#[test]
fn what_is_no_amount_is_none() {
    for told in [
        "",
        ".",
        "1,5",
        "1_000",
        "12a",
        "e5",
        "1e",
        "NaN",
        "inf",
        "1e400",
        "0.12345678901234567890123456789",
        "1e-29",
    ] {
        assert!(amount(told).is_err(), "{told}");
    }
}

#[test]
fn days_are_read_as_the_formats_write_them() {
    let expected = NaiveDate::from_ymd_opt(2024, 9, 18);
    for told in [
        "2024-09-18",
        "2024-09-18T22:00:00Z",
        "2024-09-18 22:00:00",
        "2024-09-18 22:00:00 UTC",
        "2024-09-18T22:00:00.000Z",
        "09/18/2024",
        "9/18/2024",
        "2024-09-19T01:00:00+02:00",
    ] {
        assert_eq!(day(told, true), expected, "{told}");
    }
    for told in [
        "",
        "18/09/2024",
        "yesterday",
        "2024-13-01",
        "2024-09-18x",
        "20240918é",
    ] {
        assert_eq!(day(told, true), None, "{told}");
    }
}

#[test]
fn times_are_read_as_the_formats_write_them() {
    let expected = NaiveDate::from_ymd_opt(2024, 9, 18)
        .and_then(|day| day.and_hms_opt(22, 0, 0))
        .map(|time| time.and_utc());
    for told in [
        "2024-09-18T22:00:00Z",
        "2024-09-18T22:00Z",
        "2024-09-18 22:00:00",
        "2024-09-18 22:00:00 UTC",
        "2024-09-18T22:00:00.000Z",
        "2024-09-19T00:00:00+02:00",
    ] {
        assert_eq!(time(told), expected, "{told}");
    }
    for told in ["", "2024-09-18", "09/18/2024", "soon"] {
        assert_eq!(time(told), None, "{told}");
    }
}

#[test]
fn an_amount_that_does_not_fit_says_why() {
    for (told, why) in [
        ("abc", "a number"),
        ("1e", "a number"),
        (
            "0.00000000000000000000000000001",
            "a number of at most 28 digits",
        ),
        ("1e-30", "a number of at most 28 digits"),
        ("1e27", "an amount of at most 1,000,000,000,000,000"),
        (
            "-1000000000000001",
            "an amount of at most 1,000,000,000,000,000",
        ),
    ] {
        assert_eq!(amount(told), Err(why), "{told}");
    }
    assert!(amount("1e15").is_ok() && amount("-1e15").is_ok());
}
