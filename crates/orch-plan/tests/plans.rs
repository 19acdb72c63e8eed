//! Plans of all patterns for all clouds: order, limits, what nobody may leave out, and what findings change.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask, PlanError};
use orch_plan::project::{Project, State, Task, read};
use orch_plan::{CANNOT_SKIP, Library, Mode, Run};
use orch_report::v1;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Its expressions are compiled once for all tests.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());
const CLOUDS: [&str; 3] = ["aws", "azure", "gcp"];
const PATTERNS: [&str; 5] = [
    "infrastructure-setup",
    "kubernetes-pipeline",
    "migration",
    "modernization",
    "multi-cloud",
];

fn project_of(text: &str) -> Project {
    read(text, &LIBRARY).unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{text}"))
}

fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

/// Everything that a test does not say otherwise.
fn ask<'a>(
    request: &'a str,
    pattern: &'a str,
    clouds: &'a [String],
    limits: &'a BTreeMap<String, u32>,
) -> Ask<'a> {
    Ask {
        request,
        name: None,
        pattern: Some(pattern),
        clouds,
        start: start(),
        target: None,
        today: start(),
        limits,
        run: None,
    }
}

fn names(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A finding of a rule on the resource `uid` of a cloud.
fn finding(rule: &str, uid: &str, provider: &str, category: &str, severity: &str) -> Value {
    json!({
        "fingerprint": format!("{rule}@{uid}"), "rule": rule, "title": format!("The {rule} is wrong"),
        "category": category, "severity": severity, "confidence": "high", "state": "open",
        "resource": {"uid": uid, "name": uid, "kind": "storage.volume", "provider": provider, "account": "1", "region": "r"},
        "audience": if category == "security" { json!(["security", provider]) } else { json!([provider]) },
        "message": "m", "evidence": {}, "rank": {"total": "1", "risk": "1", "money": "0"},
        "remediation": {"effort": "small", "steps": ["s"]}
    })
}

fn saving(mut finding: Value, amount: &str, adds: bool, derived: bool) -> Value {
    finding["saving"] = json!({"amount": amount, "currency": "USD", "period": "month", "derived": derived, "adds": adds});
    finding
}

fn counts(rule: &str, pass: u64, fail: u64, unknown: u64, unassessed: u64) -> Value {
    json!({"rule": rule, "pass": pass, "fail": fail, "unknown": unknown, "not_applicable": 0, "fault": 0,
        "unassessed": unassessed})
}

fn run(providers: &[&str], findings: &[Value], rules: &[Value], kinds: &[&str]) -> Run {
    let accounts: Vec<Value> = providers
        .iter()
        .map(|provider| json!({"provider": provider, "partition": "p", "account": "1", "regions": ["r"]}))
        .collect();
    let resources: BTreeMap<&str, u64> = kinds.iter().map(|kind| (*kind, 3)).collect();
    let report = json!({
        "schema": "orch/v1",
        "run": {"version": "1", "as_of": "2026-02-27T10:00:00Z", "accounts": accounts, "resources": resources, "options": {}},
        "exit": {"code": 0, "why": "w"},
        "totals": {"findings": findings.len(), "waived": 0, "by_severity": {}, "by_category": {},
            "savings": [{"currency": "USD", "monthly": "0", "findings": 0, "derived_monthly": "0", "includes_derived": false}],
            "savings_unknown": 0, "unknown": 0, "unassessed": 0},
        "findings": findings, "hidden": {"findings": 0, "by_severity": {}}, "unknown": [], "unassessed": [], "faults": [],
        "coverage": {"summary": "all read", "complete": true, "regions": [], "gaps": [], "collectors": {}},
        "billing": [], "rules": rules, "waivers": [],
        "api": {"calls": 0, "least_calls": 0, "requests": 0, "failed": 0, "charge": {"amount": "0", "currency": "USD"}}
    });
    Run {
        name: "monday".to_owned(),
        report: serde_json::from_value::<v1::Report>(report).unwrap(),
        snapshot: None,
    }
}

fn task<'p>(project: &'p Project, id: &str) -> &'p Task {
    let found = project.tasks.iter().find(|task| task.id == id);
    found.unwrap_or_else(|| {
        let ids: Vec<&str> = project.tasks.iter().map(|task| task.id.as_str()).collect();
        panic!("no `{id}` in {ids:?}")
    })
}

/// All that are done before a task.
fn before<'p>(project: &'p Project, id: &str) -> BTreeSet<&'p str> {
    let mut before = BTreeSet::new();
    let mut left = vec![id];
    while let Some(id) = left.pop() {
        for other in &task(project, id).after {
            if before.insert(other.as_str()) {
                left.push(other);
            }
        }
    }
    before
}

/// What holds for every plan.
fn hold(library: &Library, project: &Project) {
    let dates = plan::timeline(project, None).unwrap();
    let rows: BTreeMap<&str, &plan::Row> = dates
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row))
        .collect();
    assert_eq!(rows.len(), project.tasks.len(), "an id stands twice");
    let phases: BTreeSet<&str> = project
        .phases
        .iter()
        .map(|phase| phase.id.as_str())
        .collect();
    for one in &project.tasks {
        assert!(phases.contains(one.phase.as_str()));
        assert!(one.objective.is_some(), "{} has no objective", one.id);
        assert!(one.owner == "orchestrator" || library.specialists.contains_key(&one.owner));
        let row = rows[one.id.as_str()];
        assert!(row.last[0] <= row.last[1] && row.last[1] <= row.last[2]);
        for id in &one.after {
            assert!(
                rows[id.as_str()].days.1 <= row.days.0,
                "{} before {id}",
                one.id
            );
        }
        if one.state == State::Pending {
            assert_eq!(one.planned, Some([row.first, row.last[1]]));
        }
    }
    for day in 0..dates.days {
        let mut busy: BTreeMap<&str, u32> = BTreeMap::new();
        for one in &project.tasks {
            let (from, to) = rows[one.id.as_str()].days;
            *busy.entry(&one.owner).or_default() += u32::from(from <= day && day < to);
        }
        for (owner, at_once) in busy {
            let limit = project.limits.get(owner).copied().unwrap_or(1);
            assert!(at_once <= limit, "{owner} does {at_once} on day {day}");
        }
    }
    let there: BTreeSet<&str> = project
        .tasks
        .iter()
        .filter_map(|one| one.cannot_skip.as_deref())
        .collect();
    for item in CANNOT_SKIP {
        assert!(there.contains(item), "{item} is missing");
    }
    // A file holds all of it.
    let text = plan::written(project).unwrap();
    assert_eq!(&project_of(&text), project, "{text}");
    let view = plan::view(library, project, project.start).unwrap();
    assert_eq!(view.of, project.tasks.len());
}

#[test]
fn every_pattern_for_every_cloud_alone_and_together() {
    let library = &*LIBRARY;
    library.check().unwrap();
    let limits = BTreeMap::new();
    for pattern in PATTERNS {
        for chosen in 1..8_usize {
            let clouds: Vec<String> = (0..3)
                .filter(|at| chosen & (1 << at) != 0)
                .map(|at| CLOUDS[at].to_owned())
                .collect();
            for request in ["", "with kubernetes, docker, ansible and terraform"] {
                let project =
                    plan::propose(library, &ask(request, pattern, &clouds, &limits)).unwrap();
                hold(library, &project);
                for cloud in &clouds {
                    let has = project.tasks.iter().any(|one| one.owner == *cloud);
                    assert!(has, "{pattern}: nothing for {cloud} of {clouds:?}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    /// Any findings, clouds and limits; and planning the same again is the same.
    #[test]
    fn any_findings_give_a_plan(
        pattern in 0_usize..5, chosen in 1_usize..8, limit in 1_u32..4,
        found in prop::collection::vec((0_u8..9, 0_u8..6, 0_usize..3, 0_usize..6, 0_usize..5, any::<bool>()), 0..25),
    ) {
        let library = &*LIBRARY;
        let clouds: Vec<String> =
            (0..3).filter(|at| chosen & (1 << at) != 0).map(|at| CLOUDS[at].to_owned()).collect();
        let categories = ["security", "cost", "right-sizing", "reliability", "governance", "observability"];
        let severities = ["critical", "high", "medium", "low", "info"];
        // A fingerprint stands once in a report.
        let found: BTreeMap<(u8, u8), _> =
            found.into_iter().map(|one| ((one.0, one.1), one)).collect();
        let findings: Vec<Value> = found.values().map(|(rule, uid, cloud, category, severity, saves)| {
            let one = finding(&format!("rule-{rule}"), &format!("u{uid}"), CLOUDS[*cloud],
                categories[*category], severities[*severity]);
            if *saves { saving(one, "10.50", false, false) } else { one }
        }).collect();
        let run = run(&CLOUDS, &findings, &[], &[]);
        let limits = BTreeMap::from([("security".to_owned(), limit), ("aws".to_owned(), limit)]);
        let asked = Ask { run: Some(&run), ..ask("", PATTERNS[pattern], &clouds, &limits) };
        let project = plan::propose(library, &asked).unwrap();
        hold(library, &project);
        prop_assert_eq!(&plan::propose(library, &asked).unwrap(), &project);
        // Work that comes later moves nothing that had no reason to.
        let mut more = project.clone();
        more.tasks.push(Task {
            id: "more".to_owned(), planned: None, priority: None, rule: None, after: Vec::new(),
            owner: "security".to_owned(), ..project.tasks[0].clone()
        });
        let (was, is) = (plan::timeline(&project, None).unwrap(), plan::timeline(&more, None).unwrap());
        for (was, is) in was.rows.iter().zip(&is.rows) {
            prop_assert_eq!((&was.id, was.days), (&is.id, is.days));
        }
        // Each finding of these clouds that is to be mended is in exactly one task.
        let wanted = found.values().filter(|(_, _, cloud, _, severity, saves)| {
            clouds.contains(&CLOUDS[*cloud].to_owned()) && (*severity < 4 || *saves)
        });
        let wanted = wanted.count();
        let mut held: Vec<&String> = project.tasks.iter().flat_map(|one| &one.findings).collect();
        let all = held.len();
        held.sort();
        held.dedup();
        prop_assert_eq!((all, held.len()), (wanted, wanted));
    }
}

#[test]
fn what_is_left_out_leaves_its_order() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["gcp"]);
    let request = "move from our data center to gcp with terraform";
    let project = plan::propose(library, &ask(request, "migration", &clouds, &limits)).unwrap();
    assert!(
        project
            .tasks
            .iter()
            .all(|one| one.id != "platform" && one.id != "images")
    );
    // The cutover waits for the platform, which waits for images and network, which wait for the inventory.
    let cutover = task(&project, "cutover");
    assert!(
        cutover.after.contains(&"network".to_owned()),
        "{:?}",
        cutover.after
    );
    assert!(before(&project, "cutover").contains("inventory"));
}

#[test]
fn several_clouds_have_a_task_each_and_only_wait_for_their_own() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws", "gcp"]);
    let project = plan::propose(library, &ask("", "multi-cloud", &clouds, &limits)).unwrap();
    assert_eq!(task(&project, "backup-gcp").after, ["cloud-gcp"]);
    assert_eq!(task(&project, "review").after, ["cloud-aws", "cloud-gcp"]);
    assert_eq!(
        task(&project, "cloud-gcp").title,
        "Networks, identities and services (Google Cloud)"
    );
}

#[test]
fn findings_become_tasks_where_they_belong() {
    let library = &*LIBRARY;
    let findings = [
        finding("open-port", "u1", "aws", "security", "critical"),
        finding("open-port", "u2", "aws", "security", "medium"),
        finding("no-lock", "u2", "aws", "security", "low"),
        saving(
            finding("too-large", "u3", "aws", "cost", "medium"),
            "30.00",
            false,
            false,
        ),
        saving(
            finding("idle", "u3", "aws", "cost", "medium"),
            "40.00",
            false,
            false,
        ),
        saving(
            finding("idle", "u4", "aws", "cost", "medium"),
            "2.50",
            false,
            false,
        ),
        saving(
            finding("idle", "u5", "aws", "cost", "medium"),
            "100",
            false,
            true,
        ),
        saving(
            finding("old-disk", "u3", "aws", "cost", "info"),
            "1.25",
            true,
            false,
        ),
        finding("note", "u3", "aws", "cost", "info"),
        finding("elsewhere", "u9", "azure", "security", "critical"),
    ];
    let run = run(&["aws", "azure"], &findings, &[], &[]);
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let asked = Ask {
        run: Some(&run),
        ..ask("", "migration", &clouds, &limits)
    };
    let project = plan::propose(library, &asked).unwrap();
    hold(library, &project);

    let ports = task(&project, "fix-open-port-security");
    assert_eq!(
        (ports.phase.as_str(), ports.priority.as_deref()),
        ("assessment", Some("critical"))
    );
    assert_eq!(ports.findings, ["open-port@u1", "open-port@u2"]);
    assert_eq!(ports.scopes, ["aws:p:1:r"]);
    assert_eq!(
        ports.planned.unwrap()[0],
        start(),
        "what is critical begins at once"
    );
    assert_eq!(
        ports.objective.as_deref(),
        Some(
            "`orch audit --provider aws --rule open-port --fail-on info` exits 0; when this was planned it found 2 findings"
        )
    );
    assert!(ports.rollback.is_some());
    assert!(before(&project, "cutover").contains("fix-open-port-security"));

    let lock = task(&project, "fix-no-lock-security");
    assert_eq!(lock.phase, "data");
    assert_eq!(lock.after, [""; 0], "nothing has to come before it");
    // 30 and 40 are alternatives on one resource, the derived price does not count: 40 + 2.50 + 1.25.
    assert_eq!(task(&project, "fix-too-large-aws").saving, None);
    assert_eq!(
        task(&project, "fix-idle-aws").saving,
        Some("42.50".parse().unwrap())
    );
    let view = plan::view(library, &project, start()).unwrap();
    assert_eq!(view.savings[0].monthly, "43.75".parse().unwrap());
    assert_eq!(
        view.quick_wins,
        ["fix-open-port-security", "fix-idle-aws", "fix-old-disk-aws"]
    );
    let said: Vec<&str> = project.log.iter().map(|one| one.what.as_str()).collect();
    assert!(
        said.contains(&"1 finding below `low` became no task"),
        "{said:?}"
    );
    assert!(
        said.contains(&"1 finding on clouds that are not part of it became no task"),
        "{said:?}"
    );
}

#[test]
fn what_must_come_before_the_end_of_findings_is_told_with_its_reason() {
    let library = &*LIBRARY;
    let findings = [
        finding("vpc-default-in-use", "v1", "gcp", "security", "medium"),
        finding("volume-unencrypted", "d1", "aws", "security", "medium"),
        finding("firewall-unused", "f1", "aws", "governance", "low"),
    ];
    let run = run(&["aws", "gcp"], &findings, &[], &[]);
    let limits = BTreeMap::new();
    let clouds = names(&["aws", "gcp"]);
    let asked = Ask {
        run: Some(&run),
        ..ask("a new shop", "infrastructure-setup", &clouds, &limits)
    };
    let project = plan::propose(library, &asked).unwrap();
    hold(library, &project);
    let view = plan::view(library, &project, start()).unwrap();
    let waits = |id: &str| -> Vec<(&str, &str)> {
        let task = view
            .tasks
            .iter()
            .find(|task| task.rule.as_deref() == Some(id))
            .unwrap();
        assert_eq!(task.after.len(), task.waits.len());
        task.waits
            .iter()
            .map(|one| (one.task.as_str(), one.reason.as_str()))
            .collect()
    };
    assert_eq!(
        waits("vpc-default-in-use"),
        [(
            "network-gcp",
            "what runs in the default network moves to the one that is built"
        )]
    );
    assert_eq!(
        waits("volume-unencrypted"),
        [(
            "backup-aws",
            "what is not encrypted gives way to a copy of itself, so bringing back a copy is tried first"
        )]
    );
    assert_eq!(waits("firewall-unused"), []);
    let mut table = Vec::new();
    plan::table(&view, 160, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(
        table.contains("after network-gcp: what runs in the default network"),
        "{table}"
    );
}

/// The rules that prove the network of `infrastructure-setup`.
const PROOF: [&str; 3] = [
    "vpc-default-in-use",
    "firewall-open-sensitive-port",
    "firewall-open-all-ports",
];
const KINDS: [&str; 3] = ["network.vpc", "network.subnet", "network.firewall"];

#[test]
fn what_a_run_proves_is_done_and_what_it_did_not_read_is_not() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let network = |run: &Run| {
        let asked = Ask {
            run: Some(run),
            ..ask("", "infrastructure-setup", &clouds, &limits)
        };
        let project = plan::propose(library, &asked).unwrap();
        hold(library, &project);
        task(&project, "network").clone()
    };
    let good = || PROOF.map(|rule| counts(rule, 4, 0, 0, 0)).to_vec();
    let done = network(&run(&["aws"], &[], &good(), &KINDS));
    assert_eq!(done.state, State::Done);
    assert_eq!(done.finished, NaiveDate::from_ymd_opt(2026, 2, 27));
    let evidence = done.evidence.unwrap();
    assert!(
        evidence.starts_with("the run `monday` of 2026-02-27T10:00:00Z: `vpc-default-in-use`"),
        "{evidence}"
    );

    let mut tagged = run(&["aws"], &[], &good(), &KINDS);
    tagged
        .report
        .run
        .options
        .insert("tag".to_owned(), "env=prod".to_owned());
    let with = |counts: Value| {
        let mut rules = good();
        rules[1] = counts;
        run(&["aws"], &[], &rules, &KINDS)
    };
    for (why, run) in [
        ("a rule fails", with(counts(PROOF[1], 4, 1, 0, 0))),
        ("a rule is open", with(counts(PROOF[1], 4, 0, 1, 0))),
        ("a scope was not read", with(counts(PROOF[1], 4, 0, 0, 1))),
        ("a rule was never asked", with(counts(PROOF[1], 0, 0, 0, 0))),
        (
            "a rule is not in it",
            run(&["aws"], &[], &good()[1..], &KINDS),
        ),
        (
            "there is no network",
            run(&["aws"], &[], &good(), &KINDS[1..]),
        ),
        (
            "another cloud was read",
            run(&["gcp"], &[], &good(), &KINDS),
        ),
        (
            "nobody knows whose they are",
            run(&["aws", "gcp"], &[], &good(), &KINDS),
        ),
        ("only some resources were asked", tagged),
    ] {
        assert_eq!(network(&run).state, State::Pending, "{why}");
    }
}

#[test]
fn proofs_and_objectives_name_rules_and_kinds_that_there_are() {
    let library = &*LIBRARY;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut rules = BTreeSet::new();
    let mut left = vec![root.join("rules")];
    while let Some(dir) = left.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                rules.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let tasks = library
        .patterns
        .values()
        .flat_map(|one| &one.phases)
        .flat_map(|phase| &phase.tasks);
    let mut proofs = 0;
    for proof in tasks.filter_map(|task| task.proven_by.as_ref()) {
        proofs += 1;
        for rule in &proof.rules {
            assert!(rules.contains(rule), "{rule}");
        }
        for kind in &proof.kinds {
            assert!(
                root.join(format!("fixtures/kinds/{kind}.yaml")).is_file(),
                "{kind}"
            );
        }
    }
    assert!(proofs > 1);
}

#[test]
fn what_is_ruled_out_is_left_out_or_somebody_decides() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let request = "set up everything new on aws from scratch, no kubernetes and without terraform";
    let project =
        plan::propose(library, &ask(request, "infrastructure-setup", &[], &limits)).unwrap();
    hold(library, &project);
    assert!(
        project
            .tasks
            .iter()
            .all(|one| !["kubernetes", "terraform"].contains(&one.owner.as_str()))
    );
    assert_eq!(task(&project, "code").owner, "orchestrator");
    assert_eq!(project.decisions[0].id, "who-does-code");
    assert!(
        project.decisions[0]
            .question
            .contains("infrastructure as code")
    );
}

#[test]
fn what_cannot_be_planned_is_told_by_name() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let none: [String; 0] = [];
    let refused = |ask: &Ask<'_>| {
        let error = plan::propose(library, ask).unwrap_err();
        format!("{error} -> {}", error.help())
    };
    let wrong = names(&["awz"]);
    let nobody = BTreeMap::from([("teraform".to_owned(), 2)]);
    let of = |request, pattern| Ask {
        pattern,
        ..ask(request, "", &none, &limits)
    };
    let told = [
        refused(&ask("", "migratoin", &none, &limits)),
        refused(&ask("", "migration", &wrong, &limits)),
        refused(&ask("", "migration", &none, &nobody)),
        refused(&ask("", "migration", &none, &limits)),
        refused(&of("it should be better", None)),
        refused(&of("our terraform state is locked, please unlock it", None)),
        refused(&Ask {
            target: NaiveDate::from_ymd_opt(2026, 1, 1),
            ..ask("", "migration", &none, &limits)
        }),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

fn pattern(more: &str) -> String {
    let tasks = CANNOT_SKIP
        .iter()
        .enumerate()
        .map(|(at, item)| {
            format!("      - {{id: t{at}, owner: aws, title: T, days: [1, 2, 3], cannot_skip: {item}}}\n")
        })
        .collect::<String>();
    format!(
        "title: T\nscenario: S\nchoose: []\nalways: []\nquick_wins: []\nlong_term: []\nphases:\n  - id: p\n    title: P\n    weeks: [1, 1]\n    tasks:\n{tasks}{more}"
    )
}

#[test]
fn patterns_that_cannot_be_used_are_told_by_name() {
    let refused = |text: &str| {
        let mut library = Library::built_in().unwrap();
        let added = library.add_pattern("mine", text);
        added
            .and_then(|()| library.check())
            .unwrap_err()
            .to_string()
    };
    let task = |more: &str| pattern(&format!("      - {{title: T, days: [1, 1, 1], {more}}}\n"));
    let told = [
        refused(&task("id: a, owner: aws, after: [b]")),
        refused(&task("id: a, owner: aws, after: [a]")),
        refused(&task("id: t1, owner: aws")),
        refused(&task("id: a, owner: kubernets")),
        refused(&task("id: a, owner: aws, when: kubernets")),
        refused(&task(
            "id: a, owner: aws, production: true, after: [t0, t1, t2, t3, t4]",
        )),
        refused(&pattern("").replace("backup and recovery", "nothing")),
        refused(&pattern("").replace("weeks:", "takes: [speed]\n    weeks:")),
        refused(&pattern("").replace("choose: []", "choose: [{order: 1, words: ['(']}]")),
        refused(&pattern("").replace("title: P", "titel: P")),
    ];
    insta::assert_snapshot!(told.join("\n---\n"));
    let mut library = Library::built_in().unwrap();
    let said = "without: {backup and recovery: nothing is kept}\n";
    let text = said.to_owned() + &pattern("").replace("backup and recovery", "nothing");
    library.add_pattern("mine", &text).unwrap();
    let limits = BTreeMap::new();
    let project = plan::propose(&library, &ask("", "mine", &[], &limits)).unwrap();
    assert_eq!(project.tasks.len(), 6);
    assert_eq!(
        project.log[1].what,
        "`backup and recovery` is not part of the pattern: nothing is kept"
    );
}

#[test]
fn a_can_not_skip_whose_specialist_is_not_there_is_an_error() {
    let mut library = Library::built_in().unwrap();
    let text = pattern("").replace(
        "cannot_skip: documentation",
        "cannot_skip: documentation, when: ansible",
    );
    library.add_pattern("mine", &text).unwrap();
    let limits = BTreeMap::new();
    let error = plan::propose(&library, &ask("", "mine", &[], &limits)).unwrap_err();
    assert_eq!(
        error,
        PlanError::CannotSkip {
            item: "documentation".to_owned(),
            why: "its task `t5` is only there where `ansible` takes part, who does not".to_owned(),
        }
    );
}

/// Two weeks in: what is done stands where it was done, what has begun ends not before today, the rest follows.
#[test]
fn what_happened_moves_what_waits_for_it() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let mut project = plan::propose(library, &ask("", "migration", &clouds, &limits)).unwrap();
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let planned = plan::timeline(&project, None).unwrap();
    let inventory = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "inventory")
        .unwrap();
    inventory.state = State::Done;
    (inventory.started, inventory.finished) = (Some(day(2)), Some(day(10)));
    let network = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "network")
        .unwrap();
    network.state = State::Started;
    (network.started, network.percent) = (Some(day(11)), Some(50));
    let now = plan::timeline(&project, Some(day(17))).unwrap();
    let row = |timeline: &plan::Timeline, id: &str| {
        timeline
            .rows
            .iter()
            .find(|row| row.id == id)
            .unwrap()
            .clone()
    };
    assert_eq!(row(&now, "inventory").last, [day(10); 3]);
    // Half of 4, 6, 10 days is left, from the 17th on.
    assert_eq!(row(&now, "network").last, [day(18), day(19), day(23)]);
    assert_eq!(row(&now, "code").first, day(17));
    assert!(now.end[1] > planned.end[1]);
    // Given up: what waited for it waits for what it waited for.
    let databases = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "databases")
        .unwrap();
    databases.state = State::Dropped;
    let without = plan::timeline(&project, Some(day(17))).unwrap();
    assert_eq!(row(&without, "backup").first, day(20));
}

/// All that a stranger could put into names and titles.
#[test]
fn pictures_hold_no_hostile_text() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let evil = "a\"><script>alert(1)</script>\u{1b}[2J\u{202e} section: x ; %% {b} `c` # & '\nclick t0 href \"javascript:1\"";
    let asked = Ask {
        name: Some(evil),
        ..ask(evil, "migration", &clouds, &limits)
    };
    let mut project = plan::propose(library, &asked).unwrap();
    project.tasks[0].title = evil.to_owned();
    project.phases[0].title = evil.to_owned();
    project.phases[0].milestone = Some(evil.to_owned());
    let view = plan::view(library, &project, start()).unwrap();
    for picture in [plan::gantt_svg(&view), plan::progress_svg(&view)] {
        assert!(
            !picture.contains("<script")
                && !picture.contains('\u{1b}')
                && !picture.contains('\u{202e}')
        );
    }
    for chart in [plan::gantt(&view), plan::progress(&view)] {
        assert!(
            !chart.contains('<') && !chart.contains('\u{1b}') && !chart.contains("\n    click")
        );
        let is_ours = |line: &str| {
            let first = line.trim_start();
            [
                "gantt",
                "title ",
                "dateFormat",
                "inclusiveEndDates",
                "axisFormat",
                "section ",
                "[",
                "pie ",
                "\"",
            ]
            .iter()
            .any(|begin| first.starts_with(begin))
        };
        assert!(chart.lines().all(is_ours), "{chart}");
    }
    let text = plan::written(&project).unwrap();
    assert_eq!(project_of(&text), project);
}

#[test]
fn pictures_and_tables() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let findings = [
        finding("open-port", "u1", "aws", "security", "critical"),
        saving(
            finding("idle", "u4", "aws", "cost", "medium"),
            "2.50",
            false,
            false,
        ),
    ];
    let run = run(&["aws"], &findings, &[], &[]);
    let asked = Ask {
        run: Some(&run),
        target: NaiveDate::from_ymd_opt(2026, 4, 3),
        ..ask(
            "a new shop on aws",
            "infrastructure-setup",
            &clouds,
            &limits,
        )
    };
    let project = plan::propose(library, &asked).unwrap();
    let view = plan::view(library, &project, start()).unwrap();
    for width in [100, 160] {
        let mut table = Vec::new();
        plan::table(&view, width, &mut table).unwrap();
        insta::assert_snapshot!(format!("table_{width}"), String::from_utf8(table).unwrap());
    }
    insta::assert_snapshot!("gantt_mermaid", plan::gantt(&view));
    insta::assert_snapshot!("progress_mermaid", plan::progress(&view));
    insta::assert_snapshot!("gantt_svg", plan::gantt_svg(&view));
    insta::assert_snapshot!("file", plan::written(&project).unwrap());
}

#[test]
fn the_findings_of_a_run_are_a_request() {
    let library = &*LIBRARY;
    let findings = [
        finding("open-port", "u1", "aws", "security", "critical"),
        finding("old-key", "u1", "gcp", "security", "high"),
        finding("no-tag", "u2", "gcp", "governance", "low"),
        finding("note", "u2", "azure", "governance", "info"),
    ];
    let mode =
        |findings: &[Value]| plan::analyse_run(library, &run(&CLOUDS, findings, &[], &[])).mode;
    assert_eq!(
        mode(&findings[..1]),
        Mode::Direct,
        "one rule needs nobody who leads"
    );
    assert_eq!(
        mode(&findings[2..3]),
        Mode::Direct,
        "one specialist does it"
    );
    assert_eq!(mode(&findings[3..]), Mode::Ask, "nothing is to be mended");
    let analysis = plan::analyse_run(library, &run(&CLOUDS, &findings, &[], &[]));
    let mut said = Vec::new();
    plan::analysis_table(&analysis, 100, &mut said).unwrap();
    insta::assert_snapshot!(String::from_utf8(said).unwrap());
}
