//! What becomes of a pattern.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask, PlanError};
use orch_plan::project::read;
use orch_plan::status::status;
use orch_plan::{CANNOT_SKIP, Library};

use crate::ground::*;

#[test]
fn every_pattern_for_every_cloud_alone_and_together() {
    let library = &*LIBRARY;
    library.check().unwrap();
    let limits = BTreeMap::new();
    for pattern in PATTERNS {
        for clouds in every_choice() {
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
    // A phase that nothing of was asked for is none.
    let phases: Vec<&str> = project.phases.iter().map(|one| one.id.as_str()).collect();
    assert!(!phases.contains(&"containers"), "{phases:?}");
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

#[test]
fn a_plan_of_a_users_library_can_be_read_again() {
    let mut library = LIBRARY.clone();
    let cloud = library.specialists["aws"].clone();
    library.specialists.insert("oci".to_owned(), cloud.clone());
    library.specialists.insert("My_Cloud".to_owned(), cloud);
    let clouds = names(&["My_Cloud", "oci"]);
    let limits = BTreeMap::new();
    let found = finding("My_rule.v2", "u", "oci", "security", "high");
    let run = run(&["oci"], &[found], &[], &[]);
    let project = plan::propose(
        &library,
        &Ask {
            run: Some(&run),
            ..ask("", "multi-cloud", &clouds, &limits)
        },
    )
    .unwrap();
    let text = plan::written(&project).unwrap();
    let again = read(&text, &library).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    assert_eq!(again.clouds, ["My_Cloud", "oci"]);
    task(&again, "fix-my-rule-v2-security");
    task(&again, "cloud-my-cloud");
    // Another library does not know this cloud.
    let mistakes = read(&text, &LIBRARY).unwrap_err();
    assert!(
        mistakes
            .iter()
            .any(|one| one.message == "`oci` is no cloud"),
        "{mistakes:#?}"
    );
}

#[test]
fn a_pattern_has_ids_that_a_project_may_have() {
    for wrong in ["Fix_it", "a b", "", "größe"] {
        let mut pattern = LIBRARY.patterns["migration"].clone();
        pattern.phases[0].id = wrong.to_owned();
        let why = pattern.check().unwrap_err();
        assert!(
            why.contains(&format!("`{wrong}` is no id of a phase")),
            "{why}"
        );
        let mut pattern = LIBRARY.patterns["migration"].clone();
        pattern.phases[0].tasks[0].id = wrong.to_owned();
        let why = pattern.check().unwrap_err();
        assert!(
            why.contains(&format!("`{wrong}` is no id of a task")),
            "{why}"
        );
    }
}

#[test]
fn every_pattern_reaches_production_and_says_so() {
    for (id, pattern) in &LIBRARY.patterns {
        let phases = pattern.phases.iter();
        let phases: Vec<_> = phases
            .filter(|phase| phase.tasks.iter().any(|task| task.production))
            .collect();
        assert_eq!(phases.len(), 1, "{id}");
        let milestone = phases[0].milestone.as_deref().unwrap();
        assert!(
            milestone.to_lowercase().contains("production"),
            "{id}: {milestone}"
        );
        let others = pattern.phases.iter().flat_map(|phase| &phase.tasks);
        for task in others.filter(|task| !task.production) {
            let objective = task.objective.as_deref().unwrap_or_default();
            assert!(
                !objective.contains("reaches production"),
                "{id}: {objective}"
            );
        }
    }
}

#[test]
fn what_is_handed_over_is_that_of_the_task() {
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let project =
        plan::propose(&LIBRARY, &ask("", "infrastructure-setup", &clouds, &limits)).unwrap();
    let view = plan::view(&LIBRARY, &project, start()).unwrap();
    let backup = view
        .hand_offs
        .iter()
        .find(|one| one.from == "backup" && one.to == "launch");
    let objective = task(&project, "backup").objective.clone().unwrap();
    assert_eq!(backup.unwrap().what, [objective]);
}

#[test]
fn a_fresh_plan_raises_no_flag() {
    let limits = BTreeMap::new();
    for pattern in PATTERNS {
        for clouds in every_choice() {
            for request in ["", "with kubernetes, docker, ansible and terraform"] {
                let project =
                    plan::propose(&LIBRARY, &ask(request, pattern, &clouds, &limits)).unwrap();
                // What the file says is what is known later.
                let project = project_of(&plan::written(&project).unwrap());
                let status = status(&project, None, start()).unwrap();
                let raised: Vec<_> = status.flags.iter().filter(|flag| flag.raised).collect();
                assert!(raised.is_empty(), "{pattern} {clouds:?}: {raised:#?}");
                let mut bare = project;
                let moves = bare.tasks.iter_mut().filter(|task| task.production);
                let moved = moves.map(|task| task.rollback = None).count();
                let status = self::status(&bare, None, start()).unwrap();
                let flag = status.flags.iter().find(|flag| flag.id == "no-rollback");
                assert_eq!(flag.unwrap().evidence.len(), moved, "{pattern} {clouds:?}");
            }
        }
    }
}
