//! What a later run and measurements change in a project.

use insta::assert_snapshot;
use orch_plan::project::{Change, Entry, Project, ReadingOf, State, edit, read, reconcile};
use orch_plan::results::{Before, completion, completion_markdown, filled, last_run, readings};
use orch_plan::status::{self, v1::Note, weekly_markdown};
use orch_report::v1;
use rust_decimal::Decimal;

use crate::shop::*;

#[test]
fn a_run_closes_and_opens_tasks_and_says_what_it_does_not_prove() {
    let found = reconcile(&project(), &after(), day("2026-03-13")).unwrap();
    let (text, said) = edit(FILE, &LIBRARY, &found.changes, day("2026-03-12")).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let state = |project: &Project, id: &str| {
        project
            .tasks
            .iter()
            .find(|task| task.id == id)
            .unwrap()
            .state
    };
    assert_eq!(state(&then, "volumes"), State::Done);
    assert_eq!(state(&then, "ports"), State::Started);
    assert_snapshot!(said.join("\n"));
    // The same run again changes nothing but what it measured.
    let again = reconcile(&then, &after(), day("2026-03-13")).unwrap();
    assert_eq!(again.changes.len(), 1, "{again:#?}");
    // The findings of before are back: what was done is open again, with the run as reason.
    let mut back = before();
    back.report.run.as_of = "2026-03-16T08:00:00Z".to_owned();
    let found = reconcile(&then, &back, day("2026-03-16")).unwrap();
    assert_eq!(found.reopened.len(), 1);
    let (text, _) = edit(&text, &LIBRARY, &found.changes, day("2026-03-16")).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let volumes = then.tasks.iter().find(|task| task.id == "volumes").unwrap();
    assert_eq!(
        (volumes.state, volumes.finished, &volumes.evidence),
        (State::Started, None, &None)
    );
    // What showed that it was done is not lost.
    let shown = |what: &str| what.contains("open again") && what.contains("runs/second");
    assert!(then.log.iter().any(|entry| shown(&entry.what)));
    // A run from before the plan says nothing of it.
    let mut old = after();
    old.report.run.as_of = "2026-01-01T08:00:00Z".to_owned();
    assert!(reconcile(&project(), &old, day("2026-03-13")).is_none());
}

#[test]
fn findings_that_go_begin_no_task() {
    let mut project = project();
    let task = project.tasks.iter_mut().find(|one| one.id == "volumes");
    // One of two is gone, and nobody has begun.
    task.unwrap().findings = vec!["f3".to_owned(), "f1".to_owned()];
    let mut run = before();
    run.report.run.as_of = "2026-03-13T08:00:00Z".to_owned();
    run.report.findings.retain(|one| one.fingerprint != "f3");
    let found = reconcile(&project, &run, day("2026-03-13")).unwrap();
    let of_volumes = |change: &&Change| match change {
        Change::Log { task, .. } => task.as_deref() == Some("volumes"),
        Change::Percent { task, .. } | Change::Done { task, .. } => task == "volumes",
        _ => false,
    };
    let changes: Vec<&Change> = found.changes.iter().filter(of_volumes).collect();
    let [Change::Log { what, .. }] = changes[..] else {
        panic!("{changes:#?}");
    };
    assert!(what.starts_with("1 of 2 findings are gone"), "{what}");
    // Once it is noted, the same run has nothing to add.
    project.log.push(Entry {
        on: day("2026-03-13"),
        task: Some("volumes".to_owned()),
        what: what.clone(),
    });
    let again = reconcile(&project, &run, day("2026-03-13")).unwrap();
    assert_eq!(again.changes.iter().filter(of_volumes).count(), 0);
}

#[test]
fn what_was_not_read_is_not_gone() {
    type Spoil = fn(&mut v1::Report);
    let spoils: [(&str, Spoil); 6] = [
        ("excluded", |report| {
            report.coverage.regions[0].state = "excluded".to_owned()
        }),
        ("missing", |report| {
            report.coverage.regions.remove(0);
        }),
        ("not asked", |report| {
            report.rules.retain(|rule| rule.rule != "idle-volume")
        }),
        ("tagged", |report| {
            report
                .run
                .options
                .insert("tag".to_owned(), "env=prod".to_owned());
        }),
        ("unassessed", |report| {
            report.unassessed.push(v1::Unassessed {
                rule: "idle-volume".to_owned(),
                scope: "aws:aws:123456789012:global".to_owned(),
                reason: v1::Reason {
                    what: "storage.volume".to_owned(),
                    cause: "denied".to_owned(),
                    collector: None,
                    scope: None,
                    detail: "x".to_owned(),
                },
            })
        }),
        ("unknown", |report| {
            report.unknown.push(v1::Unknown {
                rule: "idle-volume".to_owned(),
                resource: "u".to_owned(),
                scope: "aws:aws:123456789012:eu-west-1".to_owned(),
                reasons: Vec::new(),
            })
        }),
    ];
    let mut told = Vec::new();
    for (name, spoil) in spoils {
        let mut run = after();
        spoil(&mut run.report);
        let found = reconcile(&project(), &run, day("2026-03-13")).unwrap();
        assert!(
            found.closed.iter().all(|(task, _)| task != "volumes"),
            "{name}"
        );
        told.push(format!("{name}: {}", found.not_proven.join(" / ")));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn each_finding_is_judged_by_its_own_scope() {
    let mut project = project();
    let place = |region: &str| format!("aws:aws:123456789012:{region}");
    let task = project.tasks.iter_mut().find(|one| one.id == "volumes");
    let task = task.unwrap();
    task.findings = vec!["f3".to_owned(), "f4".to_owned()];
    task.scopes = vec![place("ap-southeast-2"), place("eu-west-1")];
    task.found_in = [("eu-west-1", "f3"), ("ap-southeast-2", "f4")]
        .map(|(region, one)| (place(region), vec![one.to_owned()]))
        .into();
    // The file keeps it, and reads it again.
    let text = orch_plan::plan::written(&project).unwrap();
    assert_eq!(read(&text, &LIBRARY).unwrap(), project, "{text}");
    let mut before = before();
    let mut far = finding("f4", "idle-volume", "cost", "low");
    far["resource"]["region"] = "ap-southeast-2".into();
    before
        .report
        .findings
        .push(serde_json::from_value(far).unwrap());
    // Neither is there any more; what is in one of the two regions could not be decided.
    let mut after = after();
    let mut read_there = after.report.coverage.regions[0].clone();
    read_there.scope = place("ap-southeast-2");
    after.report.coverage.regions.push(read_there);
    after.report.unknown.push(v1::Unknown {
        rule: "idle-volume".to_owned(),
        resource: "u".to_owned(),
        scope: place("ap-southeast-2"),
        reasons: Vec::new(),
    });
    let found = reconcile(&project, &after, day("2026-03-13")).unwrap();
    assert_eq!(
        found.not_proven,
        [
            "`volumes`: 1 of 2 findings are not seen and not proven gone: idle-volume could not be decided on 1 resource \
             there"
        ]
    );
    // A part of it is noted, as everywhere.
    let gone = |change: &Change| matches!(change, Change::Log { what, task, .. } if task.as_deref() == Some("volumes") && what.starts_with("1 of 2 findings are gone"));
    assert!(found.changes.iter().any(gone), "{:#?}", found.changes);
    // What follows is written into the file, which loses nothing.
    let (edited, _) = edit(&text, &LIBRARY, &found.changes, day("2026-03-13")).unwrap();
    let then = read(&edited, &LIBRARY).unwrap();
    assert_eq!(then.tasks[2].found_in, project.tasks[2].found_in);
    assert_eq!(
        last_run(&then, day("2026-03-13")).as_deref(),
        Some("runs/second")
    );
    assert_eq!(
        last_run(&project, day("2026-03-13")).as_deref(),
        Some("runs/first")
    );
    // The results say the same of the two.
    let runs = Before {
        before: Some(&before),
        after: Some(&after),
    };
    let report = completion(&project, runs, &LIBRARY, day("2026-03-13")).unwrap();
    let fate = report.findings.unwrap().fate;
    // f1 is gone too.
    assert_eq!((fate.gone, fate.not_proven), (2, 1));
    // A file of before does not say which is where: both wait for both regions.
    let task = project.tasks.iter_mut().find(|one| one.id == "volumes");
    task.unwrap().found_in.clear();
    let found = reconcile(&project, &after, day("2026-03-13")).unwrap();
    assert!(found.not_proven[0].contains("2 of 2"), "{found:#?}");
}

#[test]
fn a_wrong_value_is_corrected_by_saying_it_again_and_the_file_keeps_that() {
    let today = day("2026-03-13");
    let import = |text: &str, csv: &str| {
        let project = read(text, &LIBRARY).unwrap();
        let files = [("outcome.csv".to_owned(), csv.to_owned())];
        let (found, told) = readings(&files, &project, today).unwrap();
        let changes: Vec<Change> = found.into_iter().map(Change::Measure).collect();
        (edit(text, &LIBRARY, &changes, today).unwrap(), told)
    };
    let first = "metric,on,value\nuptime,2026-03-01,9.95\nuptime,2026-03-02,99.9\n";
    let ((text, _), _) = import(FILE, first);
    let ((same, said), _) = import(&text, first);
    assert_eq!((same, said.len()), (text.clone(), 0));
    let ((text, said), _) = import(&text, &first.replace("9.95", "99.5"));
    assert_eq!(
        said,
        ["corrected: `uptime` of 2026-03-01 is 99.5, not 9.95 (outcome.csv)"]
    );
    let project = read(&text, &LIBRARY).unwrap();
    let uptime = project.metrics.iter().find(|one| one.name == "uptime");
    let values: Vec<String> = uptime
        .unwrap()
        .readings
        .iter()
        .map(|one| one.value.to_string())
        .collect();
    assert_eq!(values, ["99.5", "99.9"]);
    let last = project.log.last().unwrap();
    assert_eq!((last.on, &last.what), (today, &said[0]));
    // Another target is written down, once.
    let ((text, said), _) = import(
        &text,
        "metric,on,value,target\nuptime,2026-03-01,99.5,99.95\n",
    );
    assert_eq!(said, ["`uptime` is to reach 99.95 %"]);
    let ((_, said), _) = import(
        &text,
        "metric,on,value,target\nuptime,2026-03-01,99.5,99.95\n",
    );
    assert_eq!(said, Vec::<String>::new());
    // In another unit it is another thing.
    let (_, told) = import(
        &text,
        "metric,on,value,unit\nuptime,2026-03-03,0.999,share\n",
    );
    assert_eq!(
        told,
        [
            "outcome.csv, line 2: `uptime` is measured in % in this project, not in share; it is left out"
        ]
    );
}

#[test]
fn a_metric_keeps_the_unit_that_the_project_has() {
    let head = "\n[[metric]]\nname = \"lead-time\"\nunit = \"days\"\nup_is_good = false\n";
    let text = format!("{FILE}{head}");
    let project = read(&text, &LIBRARY).unwrap();
    let typed = |metric: &str, unit: Option<&str>| ReadingOf {
        metric: metric.to_owned(),
        unit: unit.map(str::to_owned),
        up_is_good: None,
        target: None,
        on: day("2026-03-12"),
        value: 2.into(),
        source: "typed".to_owned(),
    };
    let held = filled(typed("lead-time", None), &project);
    assert_eq!(
        (held.unit.as_deref(), held.up_is_good),
        (Some("days"), Some(false))
    );
    let (_, said) = edit(&text, &LIBRARY, &[Change::Measure(held)], day("2026-03-12")).unwrap();
    assert_eq!(said, ["`lead-time` is 2 days on 2026-03-12"]);
    // Another unit is still told.
    let other = filled(typed("lead-time", Some("hours")), &project);
    let refused = edit(
        &text,
        &LIBRARY,
        &[Change::Measure(other)],
        day("2026-03-12"),
    );
    assert!(refused.is_err());
    // What the project does not have yet is what reports know, where they do.
    let known = filled(typed("uptime", None), &project);
    assert_eq!(
        (known.unit.as_deref(), known.up_is_good),
        (Some("%"), Some(true))
    );
    assert_eq!(filled(typed("queue", None), &project), typed("queue", None));
}

#[test]
fn what_an_older_run_shows_of_finished_work_is_said() {
    let mut project = project();
    let task = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "ports")
        .unwrap();
    task.state = State::Done;
    task.started = Some(day("2026-03-10"));
    task.finished = Some(day("2026-03-20"));
    task.saving = Some(Decimal::from(40));
    task.currency = Some("USD".to_owned());
    let before_on = |date: &str| {
        let mut run = before();
        run.report.run.as_of = format!("{date}T08:00:00Z");
        run
    };
    let run = before_on("2026-03-16");
    let found = reconcile(&project, &run, day("2026-03-23")).unwrap();
    let [said] = &found.too_early[..] else {
        panic!("{:?}", found.too_early);
    };
    assert!(
        said.starts_with("`ports` was done on 2026-03-20, after run"),
        "{said}"
    );
    assert!(found.reopened.is_empty());
    // The results, which count its savings, say so too.
    let runs = Before {
        before: Some(&before()),
        after: Some(&run),
    };
    let report = completion(&project, runs, &LIBRARY, day("2026-03-23")).unwrap();
    let told = completion_markdown(&report).unwrap();
    assert!(
        told.contains("Done in the file, and still open in this run"),
        "{told}"
    );
    assert!(
        told.contains("40.00 USD a month of it are in the savings"),
        "{told}"
    );
    // A run of after the work opens it again.
    let found = reconcile(&project, &before_on("2026-03-21"), day("2026-03-23")).unwrap();
    assert_eq!((found.too_early.len(), found.reopened.len()), (0, 1));
}

#[test]
fn what_is_seen_late_is_in_the_week_in_which_it_was_seen() {
    // On the Friday of the third week somebody looks at runs of the second.
    let today = day("2026-03-20");
    let found = reconcile(&project(), &after(), today).unwrap();
    let as_of = day("2026-03-12");
    let (text, _) = edit(FILE, &LIBRARY, &found.changes, as_of).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let weekly = status::weekly(&then, None, today).unwrap();
    assert!(weekly.achievements.iter().all(|task| task.id != "volumes"));
    let of = |note: &&Note| note.task.as_deref() == Some("volumes");
    let note = weekly.notes.iter().find(of).unwrap();
    assert!(note.what.starts_with("seen to be done: "), "{note:?}");
    // Whoever looks in the week itself has it once.
    let found = reconcile(&project(), &after(), day("2026-03-13")).unwrap();
    let (text, _) = edit(FILE, &LIBRARY, &found.changes, as_of).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let weekly = status::weekly(&then, None, day("2026-03-13")).unwrap();
    assert!(weekly.achievements.iter().any(|task| task.id == "volumes"));
    assert_eq!(weekly.notes.iter().filter(of).count(), 0);
}

#[test]
fn a_weekly_report_has_what_was_decided() {
    let decide = Change::Decide {
        what: "Do we keep the old cluster?".to_owned(),
        decided: "no".to_owned(),
        reason: "nobody uses it".to_owned(),
        by: Some("CTO".to_owned()),
        options: Vec::new(),
        kind: None,
    };
    let (text, _) = edit(FILE, &LIBRARY, &[decide], day("2026-03-11")).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let told = |today: &str| {
        let weekly = status::weekly(&then, None, day(today)).unwrap();
        weekly_markdown(&weekly).unwrap()
    };
    let line = "Do we keep the old cluster? – **no**, because: nobody uses it (CTO)";
    assert!(told("2026-03-13").contains(line), "{}", told("2026-03-13"));
    assert!(!told("2026-03-20").contains(line));
}
