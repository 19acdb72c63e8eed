//! Tests of the table over reports made by hand.

use std::collections::BTreeMap;

use super::*;
use crate::format::GroupBy;
use crate::list::List;
use crate::v1;

fn finding(name: &str, key: Option<&str>, amount: Option<&str>) -> v1::Finding {
    v1::Finding {
        fingerprint: "0".into(),
        rule: "a-rule".into(),
        title: "Something is open".into(),
        category: "security".into(),
        severity: "high".into(),
        confidence: "high".into(),
        state: "open".into(),
        waiver: None,
        resource: v1::Resource {
            uid: format!("arn:aws:ec2:eu-west-1:1:instance/{name}"),
            name: name.into(),
            kind: "compute.instance".into(),
            provider: "aws".into(),
            account: "1".into(),
            region: "eu-west-1".into(),
        },
        key: key.map(Into::into),
        audience: Vec::new(),
        message: format!("{name} is open on {}", key.unwrap_or("all ports")),
        evidence: BTreeMap::new(),
        saving: amount.map(|amount| v1::Saving {
            amount: amount.into(),
            currency: "USD".into(),
            period: "month".into(),
            derived: false,
            adds: false,
        }),
        saving_unknown: None,
        rank: v1::Rank {
            total: "300".into(),
            risk: "300".into(),
            money: "0".into(),
        },
        remediation: None,
        compliance: BTreeMap::new(),
    }
}

fn report(findings: Vec<v1::Finding>) -> Report {
    v1::Report {
        schema: v1::SCHEMA.into(),
        run: v1::Run {
            version: "0.1.0".into(),
            as_of: "2026-01-02T03:04:05Z".into(),
            accounts: vec![v1::Account {
                provider: "aws".into(),
                partition: "aws".into(),
                account: "1".into(),
                regions: vec!["eu-west-1".into()],
            }],
            resources: BTreeMap::from([("compute.instance".into(), 1)]),
            options: BTreeMap::new(),
        },
        exit: v1::Exit {
            code: 1,
            why: "why".into(),
        },
        totals: v1::Totals {
            findings: findings.len() as u64,
            waived: 0,
            by_severity: BTreeMap::new(),
            by_category: BTreeMap::new(),
            savings: Vec::new(),
            savings_unknown: 0,
            unknown: 0,
            unassessed: 0,
        },
        findings: List::of(findings, Clone::clone),
        hidden: v1::Hidden::default(),
        unknown: List::of(Vec::<v1::Unknown>::new(), Clone::clone),
        unassessed: Vec::new(),
        faults: Vec::new(),
        coverage: v1::Coverage {
            summary: "1 of 1 regions read".into(),
            complete: true,
            regions: Vec::new(),
            gaps: Vec::new(),
            collectors: BTreeMap::new(),
        },
        billing: Vec::new(),
        rules: Vec::new(),
        waivers: Vec::new(),
        api: v1::Api {
            calls: 0,
            least_calls: 0,
            requests: 0,
            failed: 0,
            charge: v1::Amount {
                amount: "0".into(),
                currency: "USD".into(),
            },
        },
    }
}

fn shown(report: &Report, width: usize, colour: bool, group_by: Option<GroupBy>) -> String {
    let mut out = Vec::new();
    write(
        report,
        &View {
            width,
            colour,
            group_by,
        },
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn hostile_text_cannot_reach_the_terminal() {
    let mut evil = finding("a\u{1b}[31m\nevil\u{202e}txt\u{7}", None, None);
    evil.resource.region = "eu\r\u{9b}2J".into();
    evil.rule = "rule\u{1b}]0;x\u{7}".into();
    let mut hostile = report(vec![evil]);
    hostile.coverage.summary = "read\u{1b}c".into();
    let unknown = v1::Unknown {
        rule: "a-rule".into(),
        resource: "u".into(),
        scope: "aws:aws:1:eu-west-1".into(),
        reasons: vec![v1::Reason {
            what: "tags".into(),
            cause: "denied".into(),
            collector: Some("ec2\u{1b}[1m".into()),
            scope: None,
            detail: "\u{1b}[2J".into(),
        }],
    };
    hostile.unknown = List::of(vec![unknown], Clone::clone);
    hostile.faults.push(v1::Fault {
        rule: "\u{1b}f".into(),
        resource: "\u{1b}r".into(),
        message: "\u{1b}m\n".into(),
    });
    for (width, group_by) in [(80, None), (200, None), (80, Some(GroupBy::Resource))] {
        let text = shown(&hostile, width, false, group_by);
        let bad = text
            .chars()
            .find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
        assert_eq!(bad, None, "{text}");
        assert!(text.contains("\\u{202e}"), "{text}");
    }
}

#[test]
fn one_rule_on_one_resource_is_one_row_with_its_keys_in_order() {
    let text = shown(
        &report(vec![
            finding("web", Some("3389"), Some("5.00")),
            finding("web", Some("22"), Some("1234.50")),
            finding("db", Some("23"), None),
        ]),
        160,
        false,
        None,
    );
    assert!(text.contains("Something is open: 22, 3389"), "{text}");
    assert!(text.contains("1,234.50"), "{text}");
    assert!(text.contains("db is open on 23"), "{text}");
    assert_eq!(text.matches("high").count(), 2, "{text}");
}

#[test]
fn colours_are_only_added() {
    let report = report(vec![finding("web", None, Some("1.00"))]);
    let plain = shown(&report, 100, false, None);
    let coloured = shown(&report, 100, true, None);
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[31mhigh\u{1b}[0m"));
    let mut stripped = String::new();
    let mut escape = false;
    for c in coloured.chars() {
        match (c, escape) {
            ('\u{1b}', _) => escape = true,
            ('m', true) => escape = false,
            (_, true) => {}
            (c, false) => stripped.push(c),
        }
    }
    assert_eq!(stripped, plain);
}

#[test]
fn what_a_filter_hides_is_counted_with_the_way_to_see_it() {
    let mut report = report(Vec::new());
    report.hidden = v1::Hidden {
        findings: 12,
        by_severity: BTreeMap::from([("low".into(), 4), ("info".into(), 8)]),
    };
    let text = shown(&report, 80, false, None);
    assert!(
        text.contains(
            "12 findings of low and lower severity not shown; --severity info shows them"
        ),
        "{text}"
    );
}

#[test]
fn thousands_stand_apart() {
    for (number, shown) in [
        ("0", "0"),
        ("999.5", "999.5"),
        ("1000", "1,000"),
        ("-1234567.89", "-1,234,567.89"),
    ] {
        assert_eq!(grouped(number), shown);
    }
    assert_eq!(count(1, "region"), "1 region");
    assert_eq!(count(2000, "call"), "2,000 calls");
}

#[test]
fn below_160_columns_a_finding_is_what_is_wrong_and_then_where() {
    let report = report(vec![finding("web", Some("22"), Some("5.00"))]);
    let text = shown(&report, 80, false, None);
    assert!(
        text.contains(
            "high      web is open on 22       5.00\n          web · eu-west-1 · a-rule\n"
        ),
        "{text}"
    );
    let by_region = shown(&report, 80, false, Some(GroupBy::Region));
    assert!(
        by_region.contains("          web · a-rule\n"),
        "{by_region}"
    );
    let by_resource = shown(&report, 80, false, Some(GroupBy::Resource));
    assert!(
        by_resource.contains("          eu-west-1 · a-rule\n"),
        "{by_resource}"
    );
    let by_severity = shown(&report, 80, false, Some(GroupBy::Severity));
    assert!(
        by_severity.contains("\nweb is open on 22       5.00\n  web ·"),
        "{by_severity}"
    );
}

#[test]
fn a_row_says_how_many_findings_it_stands_for_and_a_long_name_does_not_fill_the_screen() {
    let long = "x".repeat(5000);
    let report = report(vec![
        finding(&long, Some("22"), None),
        finding("web", Some("22"), None),
        finding("web", Some("3389"), None),
    ]);
    for width in [80, 200] {
        let text = shown(&report, width, false, None);
        assert!(text.contains("2 rows for 3 findings"), "{text}");
        assert!(text.contains("Something is open: 22, 3389 ×2"), "{text}");
        let long = text.lines().filter(|line| line.contains("xxxx")).count();
        assert!((2..=4).contains(&long), "{text}");
        assert!(text.lines().all(|line| text::wide(line) <= width), "{text}");
    }
}

#[test]
fn two_resources_that_are_called_alike_are_two_groups() {
    let of = |uid: &str, name: &str| {
        let mut finding = finding(name, None, None);
        finding.resource.uid = uid.into();
        finding
    };
    let findings = [
        of(
            "/subscriptions/s/resourcegroups/a/virtualmachines/web",
            "web",
        ),
        of(
            "/subscriptions/s/resourcegroups/b/virtualmachines/web",
            "web",
        ),
        of("arn:aws:ec2:eu-west-1:1:instance/i-1", "db"),
    ];
    let rows = findings.iter().map(|finding| rows::Row {
        findings: vec![finding],
    });
    let groups = rows::grouped_rows(rows.collect(), GroupBy::Resource);
    let titles: Vec<&str> = groups.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "web /subscriptions/s/resourcegroups/a/virtualmachines/web",
            "web /subscriptions/s/resourcegroups/b/virtualmachines/web",
            "db i-1",
        ]
    );
}
