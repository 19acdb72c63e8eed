//! What the findings of a run do to a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask};
use orch_plan::project::{State, Task};
use orch_plan::{Mode, Run};
use proptest::prelude::*;
use serde_json::Value;

use crate::ground::*;

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
