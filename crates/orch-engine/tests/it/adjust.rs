//! A finding can have another severity than its rule: when, what is told, and what stays.

use orch_engine::{Catalog, Evaluation, Inventory, RuleSettings, RuleSource, Settings, evaluate};
use orch_model::{Finding, Severity, Shown};
use serde_json::{Value as Json, json};

use crate::rules::facts;

fn source(adjust: Json) -> RuleSource {
    let rule = json!({
        "title": "A disk is large",
        "category": "cost",
        "severity": "medium",
        "confidence": "high",
        "adjust": adjust,
        "applies_to": { "kind": "storage.volume" },
        "fails_if": "resource.size_gib > 10",
        "message": "{{ resource.name }} is large",
        "why": "why",
        "remediation": { "effort": "small", "steps": ["none"] },
        "tests": [{ "name": "n", "resource": { "uid": "v1", "size_gib": 100 }, "expect": "fail" }],
    });
    RuleSource::new("disk-large.yaml", rule.to_string().into_bytes())
}

fn evaluated(adjust: Json, settings: &Settings) -> Evaluation {
    let catalog = Catalog::compile(vec![source(adjust)], facts(), settings)
        .unwrap_or_else(|errors| panic!("{errors:#?}"));
    let (_, snapshot) = Catalog::test_snapshots(&catalog.rules()[0])
        .next()
        .expect("the test is good");
    evaluate(&catalog, &Inventory::new(&snapshot), settings)
}

fn finding(adjust: Json) -> Finding {
    evaluated(adjust, &Settings::default()).findings.remove(0)
}

fn told(finding: &Finding) -> Option<&str> {
    let piece = finding
        .evidence
        .iter()
        .find(|piece| piece.name == "severity");
    piece.map(|piece| match &piece.value {
        Shown::Text(text) => text.as_str(),
        other => panic!("{other:?} is no text"),
    })
}

fn entry(holds: &str, severity: &str) -> Json {
    json!({ "if": holds, "severity": severity, "because": "it has {{ resource.size_gib }} GiB" })
}

#[test]
fn the_first_entry_that_holds_changes_severity_rank_and_message_but_not_the_identity() {
    let plain = finding(json!([]));
    let raised = finding(json!([
        entry("resource.size_gib > 1000", "critical"),
        entry("resource.size_gib > 50", "high"),
        entry("true", "info"),
    ]));
    assert_eq!(
        (plain.severity, raised.severity),
        (Severity::Medium, Severity::High)
    );
    assert!(raised.rank.total > plain.rank.total);
    assert_eq!(
        raised.message,
        "vol-00000001 is large; it has 100 GiB".replace("vol-00000001", &raised.name)
    );
    assert_eq!(
        told(&raised),
        Some("high instead of medium: it has 100 GiB")
    );
    assert_eq!(plain.fingerprint, raised.fingerprint);
    assert_eq!(told(&plain), None);
}

#[test]
fn what_is_not_known_never_counts_and_is_told() {
    // The test leaves the zone out: it was not read.
    let open = finding(json!([entry("resource.zone == \"a\"", "low")]));
    assert_eq!(open.severity, Severity::Medium);
    let why = told(&open).unwrap_or_default();
    assert!(why.starts_with("not known whether it is low: "), "{why}");
    let later = finding(json!([
        entry("resource.zone == \"a\"", "low"),
        entry("true", "high")
    ]));
    assert_eq!(later.severity, Severity::High);
    let wrong = json!([entry(
        "1 / (resource.size_gib - resource.size_gib) > 0",
        "low"
    )]);
    let wrong = evaluated(wrong, &Settings::default());
    assert_eq!(wrong.findings[0].severity, Severity::Medium);
    assert_eq!(wrong.faults.len(), 1, "{:?}", wrong.faults);
}

#[test]
fn a_severity_from_the_settings_stays() {
    let mut settings = Settings::default();
    let own = RuleSettings {
        severity: Some(Severity::Info),
        ..RuleSettings::default()
    };
    settings.rules.insert("disk-large".into(), own);
    let evaluation = evaluated(json!([entry("true", "critical")]), &settings);
    assert_eq!(evaluation.findings[0].severity, Severity::Info);
}

#[test]
fn mistakes_in_an_entry_are_told_with_their_place() {
    let wrong =
        json!([{ "if": "resource.size_gib", "severity": "hgh", "because": "{{ resource.nam }}" }]);
    let errors = Catalog::compile(vec![source(wrong)], facts(), &Settings::default());
    let errors = errors.map(|_| ()).unwrap_err();
    let text: String = errors.iter().map(|error| format!("{error}\n")).collect();
    for part in ["`hgh` is not a severity", "adjust.if", "adjust.because"] {
        assert!(text.contains(part), "{text}");
    }
}
