use super::*;

fn of(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_sum_that_drops_digits_says_so() {
    assert_eq!(add(of("0.1"), of("0.20")), (of("0.3"), true));
    assert_eq!(add(of("1"), of("-1.000")), (of("0"), true));
    let small = of("0.0000000000000000000000000001");
    assert_eq!(add(of("10000"), small), (of("10000"), false));
    assert!(add(Decimal::MAX, Decimal::MAX) == (Decimal::MAX, false));
}

#[test]
fn a_plan_for_support_is_known_by_the_word() {
    assert_eq!(
        Part::of(ChargeCategory::Purchase, "AWS Support (Business)"),
        Part::Support
    );
    assert_eq!(
        Part::of(ChargeCategory::Usage, "Enhanced Support"),
        Part::Support
    );
    for other in [
        "Amazon Supportive",
        "Customer support software",
        "AWSSupportive",
    ] {
        assert_eq!(Part::of(ChargeCategory::Usage, other), Part::Usage);
    }
    for code in [
        "AWSSupportBusiness",
        "AWSDeveloperSupport",
        "OCBPremiumSupport",
        "Azure Support",
        "Google Cloud Premium Support",
    ] {
        assert_eq!(
            Part::of(ChargeCategory::Usage, code),
            Part::Support,
            "{code}"
        );
    }
    assert_eq!(
        Part::of(ChargeCategory::Credit, "AWS Support"),
        Part::Credit
    );
}
