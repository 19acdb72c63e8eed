//! What an evaluation holds: findings in their order, what is unknown, what was not asked, waivers.

use chrono::NaiveDate;
use orch_engine::{
    Catalog, Evaluation, Inventory, RuleSource, Selection, Settings, Waived, Waiver, WaiverStatus,
    answers, evaluate,
};
use orch_model::{Fingerprint, Kind, Shown, Snapshot, State, Uid, Why};
use serde_json::{Value as Json, json};

use crate::rules::facts;

/// A rule on disks; JSON is YAML.
fn rule(id: &str, changes: Json) -> RuleSource {
    let mut rule = json!({
        "title": id,
        "category": "cost",
        "severity": "medium",
        "confidence": "high",
        "applies_to": { "kind": "storage.volume" },
        "fails_if": "resource.size_gib > 10",
        "message": "{{ resource.name }} has {{ resource.size_gib }} GiB",
        "why": "why",
        "remediation": { "effort": "small", "steps": ["none"] },
        "tests": [],
    });
    for (name, value) in changes.as_object().unwrap() {
        rule[name] = value.clone();
    }
    RuleSource::new(format!("{id}.yaml"), rule.to_string().into_bytes())
}

fn compile(rules: Vec<RuleSource>) -> Catalog {
    Catalog::compile(rules, facts(), &Settings::default())
        .unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The snapshot of a rule's test that gives these disks, and what was not read.
fn snapshot(disks: Json, reads: Json) -> Snapshot {
    let mut disks = disks.as_array().unwrap().clone();
    let first = disks.remove(0);
    for disk in &mut disks {
        disk["kind"] = "storage.volume".into();
    }
    let tests = json!([{ "name": "n", "resource": first, "with": disks, "reads": reads, "expect": "pass" }]);
    let catalog = compile(vec![rule("given", json!({ "tests": tests }))]);
    let (_, snapshot) = Catalog::test_snapshots(&catalog.rules()[0])
        .next()
        .expect("the test is good");
    snapshot
}

fn disks() -> Snapshot {
    let disks = json!([
        { "uid": "v1", "size_gib": 100 },
        { "uid": "v2", "size_gib": 5 },
        { "uid": "v3", "size_gib": 20 },
    ]);
    snapshot(disks, json!({}))
}

fn asked(catalog: &Catalog, snapshot: &Snapshot) -> Evaluation {
    evaluate(catalog, &Inventory::new(snapshot), &Settings::default())
}

#[test]
fn findings_are_ranked_by_risk_and_money() {
    let catalog = compile(vec![
        rule("big", json!({ "severity": "low" })),
        rule(
            "dear",
            json!({
                "severity": "info",
                "fails_if": "resource.size_gib > 50",
                "saving": "money(\"59.50\")",
                "adds": true,
            }),
        ),
        rule(
            "bad",
            json!({ "severity": "high", "confidence": "low", "fails_if": "resource.size_gib < 10" }),
        ),
    ]);
    let evaluation = asked(&catalog, &disks());
    let order: Vec<_> = evaluation
        .findings
        .iter()
        .map(|finding| {
            format!(
                "{} {} {}",
                finding.rank.total, finding.rule, finding.resource
            )
        })
        .collect();
    assert_eq!(
        order,
        ["120.0 bad v2", "60.50 dear v1", "10 big v1", "10 big v3"]
            .map(|text| { text.replace("120.0", &evaluation.findings[0].rank.total.to_string()) })
    );
    assert_eq!(evaluation.findings[0].rank.total, 120.into());
    let saving = evaluation.findings[1].saving.as_ref().unwrap();
    assert!(saving.adds && !saving.derived);
    assert_eq!(evaluation.findings[2].message, "v1 has 100 GiB");
    let counts: Vec<_> = evaluation
        .counts
        .values()
        .map(|of| (of.pass, of.fail))
        .collect();
    assert_eq!(counts, [(2, 1), (1, 2), (2, 1)]);
}

#[test]
fn a_key_makes_findings_and_is_a_part_of_their_identity() {
    let catalog = compile(vec![rule(
        "keyed",
        json!({
            "key": "[1, 2, 2]",
            "first_id": "ancient",
            "message": "{{ key }} of {{ resource.name }}",
        }),
    )]);
    let evaluation = asked(&catalog, &disks());
    let told: Vec<_> = evaluation
        .findings
        .iter()
        .map(|found| (found.message.as_str(), found.key.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("1 of v1", Some("1")),
            ("2 of v1", Some("2")),
            ("1 of v3", Some("1")),
            ("2 of v3", Some("2"))
        ]
    );
    let expected = Fingerprint::of("ancient", &Uid::new("v1"), Some("2"));
    assert_eq!(evaluation.findings[1].fingerprint, expected);
}

#[test]
fn what_is_unknown_or_wrong_besides_the_verdict_never_removes_a_finding() {
    let catalog = compile(vec![rule(
        "big",
        json!({
            "message": "{{ resource.iops }} at {{ 1 / (resource.size_gib - 20) }}",
            "evidence": { "iops": "resource.iops", "wrong": "10 / (resource.size_gib - 20)" },
            "saving": "facts.price.monthly",
        }),
    )]);
    let evaluation = asked(&catalog, &disks());
    assert_eq!(evaluation.findings.len(), 2);
    let broken = evaluation
        .findings
        .iter()
        .find(|found| found.resource.as_str() == "v3")
        .unwrap();
    assert!(
        broken.message.starts_with("not known: iops: "),
        "{}",
        broken.message
    );
    assert!(
        matches!(&broken.evidence[1].value, Shown::Text(text) if text.starts_with("not known: "))
    );
    assert_eq!(evaluation.faults.len(), 2);
    assert!(
        evaluation
            .findings
            .iter()
            .all(|found| found.saving.is_some() || found.saving_unknown.is_some())
    );
}

#[test]
fn a_rule_is_unassessed_where_its_kind_was_not_completely_read() {
    let catalog = compile(vec![
        rule("big", json!({})),
        rule(
            "foreign",
            json!({ "applies_to": { "kind": "storage.volume", "providers": ["gcp"] } }),
        ),
    ]);
    let snapshot = snapshot(
        json!([{ "uid": "v1", "size_gib": 100 }]),
        json!({ "storage.volume": "denied" }),
    );
    let evaluation = asked(&catalog, &snapshot);
    assert_eq!(evaluation.findings.len(), 1, "what was read is asked");
    let told: Vec<_> = evaluation
        .unassessed
        .iter()
        .map(|of| format!("{} {}", of.rule, of.reason))
        .collect();
    assert_eq!(
        told,
        ["big storage.volume: test.storage.volume in us-east-1: denied (test)"]
    );
    // A snapshot that says nothing of a kind has not read it.
    let mut silent = snapshot.clone();
    silent
        .collectors
        .retain(|note| note.name != "test.storage.volume");
    silent
        .reads
        .retain(|read| read.collector != "test.storage.volume");
    silent.resources.clear();
    let evaluation = asked(&catalog, &silent);
    assert_eq!(evaluation.unassessed.len(), 1);
    assert!(
        matches!(&evaluation.unassessed[0].reason.why, Why::Gap { gap, .. } if gap.cause == orch_model::Cause::NotCollected)
    );
}

#[test]
fn a_selection_asks_only_what_it_names() {
    let catalog = compile(vec![
        rule("big", json!({})),
        rule("small", json!({ "category": "security" })),
    ]);
    let select = |selection: Selection| {
        let selected: Vec<_> = catalog
            .selected(&selection)
            .map(|rule| rule.id.to_string())
            .collect();
        selected.join(" ")
    };
    assert_eq!(select(Selection::default()), "big small");
    let rules = ["small".into()].into();
    assert_eq!(
        select(Selection {
            rules,
            ..Selection::default()
        }),
        "small"
    );
    let skip = ["small".into()].into();
    assert_eq!(
        select(Selection {
            skip,
            ..Selection::default()
        }),
        "big"
    );
    let categories = [orch_model::Category::Security].into();
    assert_eq!(
        select(Selection {
            categories,
            ..Selection::default()
        }),
        "small"
    );
    let rules = ["smal".into()].into();
    let unknown = catalog
        .check(&Selection {
            rules,
            ..Selection::default()
        })
        .unwrap_err();
    assert_eq!(unknown[0].help(), "did you mean `small`?");
    let datasets = catalog.datasets(&Selection::default(), None);
    assert_eq!(
        datasets,
        [orch_model::Dataset::Kind(Kind::StorageVolume)].into()
    );
}

#[test]
fn waivers_cover_until_their_last_day() {
    let catalog = compile(vec![rule("big", json!({ "aliases": ["large"] }))]);
    let snapshot = disks();
    let inventory = Inventory::new(&snapshot);
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let waiver = |what, until: &str| Waiver {
        what,
        reason: "known".into(),
        owner: "ops".into(),
        until: day(until),
    };
    let on = |resource: &str| Waived::Rule {
        rule: "large".into(),
        resource: resource.into(),
    };
    let waivers = vec![
        waiver(on("v1"), "2025-06-30"),
        waiver(on("v3"), "2025-06-29"),
        waiver(on("v2"), "2026-01-01"),
        waiver(on("v*"), "2026-01-01"),
        waiver(
            Waived::Fingerprint(Fingerprint::of("big", &Uid::new("v3"), None)),
            "2026-01-01",
        ),
    ];
    let evaluation = evaluate(
        &catalog,
        &inventory,
        &Settings {
            waivers,
            ..Settings::default()
        },
    );
    let states: Vec<_> = evaluation
        .waivers
        .iter()
        .map(|state| (state.status, state.findings))
        .collect();
    assert_eq!(
        states,
        [
            (WaiverStatus::Expiring, 1),
            (WaiverStatus::Expired, 1),
            (WaiverStatus::MatchesNothing, 0),
            (WaiverStatus::Matched, 2),
            (WaiverStatus::Matched, 1),
        ]
    );
    assert!(evaluation.findings.iter().all(
        |found| matches!(&found.state, State::Waived { until, .. } if *until == day("2026-01-01"))
    ));
}

#[test]
fn one_thread_and_many_say_the_same() {
    let catalog = Catalog::builtin(facts()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let disks: Vec<Json> = (0..3_000)
        .map(|at| json!({ "uid": format!("v{at:05}"), "size_gib": at, "encrypted": at % 3 == 0 }))
        .collect();
    let snapshot = snapshot(Json::Array(disks), json!({}));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| asked(&catalog, &snapshot))
    };
    let one = on(1);
    assert_eq!(one, on(4));
    let mut streamed = 0;
    answers(
        &catalog,
        &Inventory::new(&snapshot),
        &Settings::default(),
        |_| streamed += 1,
    );
    let counted: u64 = one
        .counts
        .values()
        .map(|of| of.pass + of.fail + of.unknown + of.not_applicable + of.fault)
        .sum();
    assert_eq!(streamed, counted, "no rule on disks has keys");
}
