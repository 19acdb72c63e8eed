//! Briefings of all specialists on the demo estate, as people read them, and what holds for every one.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod lists;

use common::DEMO;
use orch_model::{Body, Cause, Dataset, Field, Gap, Kind, Outcome, Snapshot};
use orch_plan::brief::v1::Section;
use orch_plan::brief::{
    BriefError, Options, brief, file_name, fit, markdown, repeated_sentences, v1::Brief,
};
use orch_plan::project::Project;
use orch_plan::{Library, Run};

fn all() -> Vec<Brief> {
    let library = Library::built_in().unwrap();
    library
        .specialists
        .keys()
        .map(|id| brief(id, &DEMO.run, None, &library, &DEMO.options).unwrap())
        .collect()
}

#[test]
fn each_specialist_is_briefed() {
    let briefs = all();
    assert_eq!(briefs.len(), 11);
    for brief in &briefs {
        insta::assert_snapshot!(brief.specialist.id.clone(), markdown(brief).unwrap());
    }
}

/// One thing is never told as several: `1 findings`.
pub(crate) fn plurals(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_plural = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && word != "answers"
    };
    let pairs = words.windows(2).filter(|pair| pair[0] == "1");
    pairs
        .filter(|pair| is_plural(pair[1]))
        .map(|pair| pair.join(" "))
        .collect()
}

#[test]
fn what_the_demo_briefings_say_is_true() {
    let text_of = |id: &str| {
        let briefs = all();
        let brief = briefs.iter().find(|brief| brief.specialist.id == id);
        markdown(brief.unwrap()).unwrap()
    };
    for brief in all() {
        let text = markdown(&brief).unwrap();
        assert_eq!(
            plurals(&text),
            Vec::<String>::new(),
            "{}",
            brief.specialist.id
        );
        // Numbers are told by commands, not by headings.
        assert!(!text.contains("`section "), "{}", brief.specialist.id);
        // Reading once more does not open a region.
        let closed = text.lines().filter(|line| line.contains("not opted in"));
        for line in closed {
            assert!(!line.contains("orch collect"), "{line}");
        }
    }
    // The only cluster is in one region, whatever regions were read.
    let kubernetes = text_of("kubernetes");
    let line = kubernetes
        .lines()
        .find(|line| line.starts_with("Clusters and node pools: 1"));
    let line = line.unwrap();
    assert!(
        line.contains("ap-southeast-2") && !line.contains("us-east-1"),
        "{line}"
    );
    assert!(
        kubernetes.contains("no cluster with nodes is in this run"),
        "{kubernetes}"
    );
    // What nobody may touch is no candidate.
    let docker = text_of("docker");
    let ftp = docker.lines().find(|line| line.starts_with("| Legacy FTP"));
    assert!(
        ftp.is_none_or(|line| !line.contains("nothing that shows")),
        "{ftp:?}"
    );
    // Nobody waits for work on a cloud that is not there.
    let azure = text_of("azure");
    assert!(
        azure.contains("Nobody waits for it in this run")
            && azure.contains("none of them on Azure")
    );
    // What is imported and what is left out is all there is.
    let terraform = text_of("terraform");
    let number = |text: &str| -> u64 {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let head = terraform
        .lines()
        .find(|line| line.contains("can be imported"))
        .unwrap();
    let seen = number(head.strip_prefix("Of ").unwrap());
    let (_, imported) = head.split_once("this run saw ").unwrap();
    let left = terraform
        .lines()
        .filter_map(|line| line.strip_prefix("Left out: "));
    assert_eq!(number(imported) + left.map(number).sum::<u64>(), seen);
}

#[test]
fn no_two_are_told_the_same_sentence() {
    let repeated = repeated_sentences(&all()).unwrap();
    assert!(repeated.is_empty(), "{repeated:#?}");
}

#[test]
fn a_sentence_that_is_told_twice_is_found() {
    let mut library = Library::built_in().unwrap();
    let mut twin = library.specialists["ansible"].clone();
    twin.title = "Twin".to_owned();
    library.specialists.insert("twin".to_owned(), twin);
    let of = |id: &str| brief(id, &DEMO.run, None, &library, &DEMO.options).unwrap();
    let repeated = repeated_sentences(&[of("ansible"), of("twin")]).unwrap();
    let need = repeated.iter().find(|one| {
        one.sentence
            .starts_with("Machines that were set up one by one")
    });
    assert_eq!(need.unwrap().specialists, ["ansible", "twin"]);
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    for brief in all() {
        let text = markdown(&brief).unwrap();
        for word in [
            "TODO",
            "TBD",
            "N/A",
            "n/a",
            "[X]",
            "…",
            "<name>",
            "placeholder",
            "{{",
            "undefined",
        ] {
            assert!(
                !text.contains(word),
                "{} in the briefing for {}",
                word,
                brief.specialist.id
            );
        }
        assert!(!brief.need.is_empty() && !brief.context.is_empty());
        assert!(!brief.success.items.is_empty());
        for section in &brief.sections {
            let told = !section.says.is_empty();
            let facts = !section.rows.items.is_empty() || section.code.is_some();
            assert!(told || facts, "{}: {}", brief.specialist.id, section.id);
        }
    }
}

#[test]
fn a_report_alone_says_what_a_snapshot_would_add() {
    let library = Library::built_in().unwrap();
    let mut run = DEMO.run.clone();
    run.name = "report.json".to_owned();
    run.snapshot = None;
    let brief = brief("terraform", &run, None, &library, &DEMO.options).unwrap();
    assert_eq!(
        brief.state.unread.items[0].command,
        "orch collect --provider aws --out after"
    );
    assert!(!brief.state.issues.items.is_empty());
    insta::assert_snapshot!("terraform_of_a_report", markdown(&brief).unwrap());
}

#[test]
fn a_briefing_fits_into_what_is_asked_for() {
    let library = Library::built_in().unwrap();
    let options = Options {
        rows: None,
        ..DEMO.options.clone()
    };
    let mut brief = brief("security", &DEMO.run, None, &library, &options).unwrap();
    let whole = markdown(&brief).unwrap().len();
    for size in [whole, 30_000, 12_000, 8_000] {
        let text = fit(&mut brief, size, markdown).unwrap();
        assert!(text.len() <= size);
        assert_eq!(text.contains(" more: `orch "), size < whole);
    }
    assert!(matches!(
        fit(&mut brief, 100, markdown),
        Err(BriefError::TooLong { .. })
    ));
}

/// Each text that some number of bytes gives, from all of it to the least: a number between the lengths of two of them gives
/// the shorter one, so no other text is ever printed.
#[test]
fn a_cut_briefing_never_says_that_there_is_nothing() {
    let library = Library::built_in().unwrap();
    for id in library.specialists.keys() {
        let mut brief = brief(id, &DEMO.run, None, &library, &DEMO.options).unwrap();
        let whole = serde_json::to_value(&brief).unwrap();
        let full = markdown(&brief).unwrap();
        let mut texts = 0;
        let mut size = full.len() - 1;
        while let Ok(text) = fit(&mut brief, size, markdown) {
            assert!(text.len() <= size);
            size = text.len() - 1;
            texts += 1;
            let emptied = lists::emptied(&whole, &serde_json::to_value(&brief).unwrap());
            assert_eq!(emptied, Vec::<String>::new(), "{id} at {size} bytes");
            for none in [
                "No rule of this run was asked",
                "Nothing that is open concerns",
                "No number can move",
                "Nobody has to finish first",
                "Nobody waits for it",
                "It ends here",
            ] {
                assert_eq!(
                    text.contains(none),
                    full.contains(none),
                    "{id} at {size} bytes: {none}"
                );
            }
        }
        assert!(texts > 0, "{id} was never cut");
    }
}

#[test]
fn names_of_files_stay_in_their_directory() {
    assert_eq!(file_name("brief", "aws", "md"), "brief-aws.md");
    assert_eq!(
        file_name("brief", "../../etc/passwd", "md"),
        "brief-------etc-passwd.md"
    );
}

#[test]
fn a_project_brings_dates_tasks_and_those_who_wait() {
    let library = Library::built_in().unwrap();
    let project: Project = toml_edit::de::from_str(
        r#"
version = 1
name = "Larkspur *renewed*"
request = "modernize what we have"
start = "2026-11-23"
target = "2027-01-29"
[budget]
amount = "40000"
currency = "EUR"
[[phase]]
id = "audit"
title = "Audit"
[[task]]
id = "review"
title = "What it costs"
phase = "audit"
owner = "aws"
days = [2, 3, 5]
state = "done"
[[task]]
id = "import"
title = "What exists, as code"
phase = "audit"
owner = "terraform"
days = [5, 8, 12]
after = ["review"]
cannot_skip = "infrastructure as code"
objective = "`terraform plan` shows no change against what runs"
planned = ["2026-11-26", "2026-12-07"]
[[task]]
id = "modules"
title = "Modules for *everything*"
phase = "audit"
owner = "terraform"
days = [1, 1, 2]
planned = ["2026-11-23", "2026-11-23"]
[[task]]
id = "pipeline"
title = "A pipeline for it"
phase = "audit"
owner = "cicd"
days = [4, 6, 9]
after = ["import"]
[[blocker]]
id = "state"
task = "import"
what = "nobody may write to the bucket for state"
since = "2026-11-20"
"#,
    )
    .unwrap();
    let brief = brief(
        "terraform-specialist",
        &DEMO.run,
        Some(&project),
        &library,
        &DEMO.options,
    )
    .unwrap();
    assert_eq!(brief.duration.days, Some([6, 9, 14]));
    assert_eq!(brief.priority.level, "high");
    assert_eq!(brief.requires.items[0].state, "done");
    assert_eq!(brief.blocks.items[0].who, "cicd");
    let text = markdown(&brief).unwrap();
    assert!(text.contains("Larkspur \\*renewed\\*"), "{text}");
    assert!(text.contains(
        "nobody may write to the bucket for state holds up the task import since 2026-11-20"
    ));
    assert!(text.contains("budget: 40000.00 EUR for the whole project"));
    // Its tasks are objectives, are delivered, and are checked; what is done already is not.
    let of = |heading: &str| {
        let (_, after) = text.split_once(heading).unwrap();
        after.split("\n## ").next().unwrap().to_owned()
    };
    let objectives = of("## Objectives\n");
    assert!(
        objectives.contains(
            "2. `terraform plan` shows no change against what runs (task `import`: What exists, as code; not begun, \
             expected 2026-11-24 to 2026-12-03)."
        ),
        "{objectives}"
    );
    assert!(
        objectives.contains("1. Modules for \\*everything\\* (task `modules`; not begun"),
        "{objectives}"
    );
    assert!(objectives.contains("3. "), "{objectives}");
    let outcomes = of("## Target outcomes\n");
    assert!(
        outcomes.contains("- What exists, as code (task `import`)"),
        "{outcomes}"
    );
    let success = of("## Success criteria\n");
    assert!(
        success.contains("shows no change against what runs (task `import`)\n  `terraform plan`\n"),
        "{success}"
    );
    // Who needs which of its tasks for which of theirs, and the other way round.
    let requires = of("### Requires\n");
    assert!(
        requires.contains("| aws | What it costs (review) | done | `import` |"),
        "{requires}"
    );
    assert!(
        requires.contains("| cicd | A pipeline for it (pipeline) | not begun | `import` |"),
        "{requires}"
    );
    let hands = of("## Hand-off\n");
    assert!(
        hands.contains(
            "| What exists, as code (`import`) | cicd | `pipeline` | expected 2026-12-03 |"
        ),
        "{hands}"
    );
    for part in [objectives, outcomes, success] {
        assert!(!part.contains("What it costs"), "{part}");
    }
}

/// Whether a rule or kind of this name, or with this beginning, is there.
fn is_there<'k>(name: &str, mut known: impl Iterator<Item = &'k str>) -> bool {
    match name.strip_suffix('*') {
        Some(beginning) => known.any(|one| one.starts_with(beginning)),
        None => known.any(|one| one == name),
    }
}

#[test]
fn what_specialists_and_reviews_name_exists() {
    let mut missing = Vec::new();
    let mut rule = |whose: &str, name: &str| {
        if !is_there(name, DEMO.options.rules.keys().map(String::as_str)) {
            missing.push(format!("{whose}: {name}"));
        }
    };
    let reviews = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../plans/briefing/reviews.yaml"
    );
    let reviews: serde_json::Value =
        serde_saphyr::from_str(&std::fs::read_to_string(reviews).unwrap()).unwrap();
    for (area, review) in reviews.as_object().unwrap() {
        for point in review["points"].as_array().unwrap() {
            for name in point["rules"].as_array().into_iter().flatten() {
                rule(area, name.as_str().unwrap());
            }
        }
    }
    for (id, specialist) in Library::built_in().unwrap().specialists {
        let concern = specialist.briefing;
        let rules = concern.goals.iter().flat_map(|goal| &goal.rules);
        for name in rules.chain(&concern.rules) {
            rule(&id, name);
        }
        for kind in &concern.kinds {
            let kinds = Kind::ALL.iter().map(|kind| kind.as_str());
            assert!(is_there(kind, kinds), "{id}: {kind}");
        }
        let brief = brief(
            &id,
            &DEMO.run,
            None,
            &Library::built_in().unwrap(),
            &DEMO.options,
        );
        let made: Vec<String> = brief
            .unwrap()
            .sections
            .into_iter()
            .map(|one| one.id)
            .collect();
        assert_eq!(made, concern.sections, "{id}");
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The demo estate, changed.
fn changed(change: impl FnOnce(&mut Snapshot)) -> Run {
    let mut run = DEMO.run.clone();
    change(run.snapshot.as_mut().unwrap());
    run
}

/// A section of the briefing for a specialist, all of it.
fn section(run: &Run, who: &str, id: &str) -> Section {
    let library = Library::built_in().unwrap();
    let brief = brief(who, run, None, &library, &Options::default()).unwrap();
    let found = brief.sections.into_iter().find(|one| one.id == id);
    found.unwrap()
}

/// The section on recovery, and what the review says of zones.
fn recovery(run: &Run) -> (Section, String) {
    let library = Library::built_in().unwrap();
    let options = Options::default();
    let review = orch_plan::review::review("resilience", run, None, &library, &options).unwrap();
    let mut sections = review.sections.into_iter();
    let mut points = review.points.into_iter();
    let zones = points.find(|one| one.evidence.contains("(databases not counted)"));
    let zones = zones.unwrap();
    (
        sections.find(|one| one.id == "recovery").unwrap(),
        format!("{}: {}", zones.state, zones.evidence),
    )
}

#[test]
fn copies_that_were_not_read_may_be_there() {
    let run = changed(|snapshot| {
        let copies = Dataset::Kind(Kind::StorageSnapshot);
        snapshot
            .resources
            .retain(|one| one.kind() != Kind::StorageSnapshot);
        for read in &mut snapshot.reads {
            if read.datasets.contains(&copies) {
                read.outcome = Outcome::Failed(Gap::new(Cause::Denied, "x"));
            }
        }
    });
    let (section, _) = recovery(&run);
    let text = serde_json::to_string(&section).unwrap();
    assert!(text.contains("were not read"), "{text}");
    assert!(!text.contains("there is nothing to restore from"), "{text}");
    assert!(!text.contains("0 have a disk without any copy"), "{text}");
}

#[test]
fn where_machines_stand_is_not_known_where_no_zone_was_read() {
    for zone in [Field::NotRead, Field::None] {
        let run = changed(|snapshot| {
            for resource in &mut snapshot.resources {
                if let Body::ComputeInstance(instance) = &mut resource.body {
                    instance.zone = zone.clone();
                }
            }
        });
        let (section, zones) = recovery(&run);
        let several = section
            .rows
            .items
            .iter()
            .filter(|row| row[2].parse::<usize>().is_ok_and(|machines| machines > 1));
        let mut seen = 0;
        for row in several {
            seen += 1;
            assert!(row[3].starts_with("not known"), "{row:?}");
        }
        assert!(seen > 0);
        assert!(
            section
                .says
                .iter()
                .any(|one| one.contains("it is not known")),
            "{:?}",
            section.says
        );
        assert!(zones.contains("it is not known"), "{zones}");
        let candidates = self::section(&run, "kubernetes", "candidates");
        for row in &candidates.rows.items {
            assert_eq!(row[3], "not known", "{row:?}");
        }
    }
}

#[test]
fn cores_are_added_up_only_where_they_were_measured() {
    let all = section(&DEMO.run, "kubernetes", "candidates");
    assert!(all.says[0].contains("cores together"), "{:?}", all.says);
    let measured = |row: &&Vec<String>| row[5] != "not measured";
    let (some, of) = (
        all.rows.items.iter().filter(measured).count(),
        all.rows.items.len(),
    );
    if some < of {
        let said = format!("measured for {some} of them");
        assert!(all.says[0].contains(&said), "{:?}", all.says);
    }
    let run = changed(|snapshot| snapshot.series.clear());
    let none = section(&run, "kubernetes", "candidates");
    assert!(!none.says[0].contains("cores together"), "{:?}", none.says);
    assert!(none.says[0].contains("was not measured"), "{:?}", none.says);
}

/// Tools that checks call and that are made to fail.
const TOOLS: [&str; 11] = [
    "ansible",
    "ansible-inventory",
    "ansible-playbook",
    "docker",
    "gh",
    "hadolint",
    "kubectl",
    "promtool",
    "terraform",
    "trivy",
    "orch",
];

#[test]
fn a_check_does_not_pass_where_its_tool_fails_or_is_not_there() {
    let work = std::env::temp_dir().join(format!("orch-checks-{}", std::process::id()));
    let tools = work.join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    for tool in TOOLS {
        let file = tools.join(tool);
        std::fs::write(&file, "#!/bin/sh\nexit 1\n").unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let failing = format!("{}:/usr/bin:/bin", tools.display());
    let mut passed = Vec::new();
    for (id, specialist) in Library::built_in().unwrap().specialists {
        for check in specialist.briefing.checks {
            for path in ["/nowhere", failing.as_str()] {
                let mut shell = std::process::Command::new("/bin/sh");
                let shell = shell.args(["-c", &check.command]).env("PATH", path);
                if shell.current_dir(&work).output().unwrap().status.success() {
                    passed.push(format!("{id} with {path}: {}", check.command));
                }
            }
        }
    }
    std::fs::remove_dir_all(&work).unwrap();
    assert_eq!(passed, Vec::<String>::new());
}

#[test]
fn partners_name_each_other() {
    let all = Library::built_in().unwrap().specialists;
    for (id, one) in &all {
        let partners = &one.partners;
        for other in &partners.parallel {
            assert!(
                all[other].partners.parallel.contains(id),
                "{other} beside {id}"
            );
            // A cloud begins before Terraform, and both go on together.
            let is_order = partners.after.contains(other) || partners.before.contains(other);
            let both = [id, other].map(|id| id == "terraform").contains(&true);
            assert!(
                !is_order || both,
                "{id} beside {other}, and one after the other"
            );
        }
        for other in &partners.iterative {
            assert!(
                all[other].partners.iterative.contains(id),
                "{other} to and fro with {id}"
            );
        }
        for other in &partners.after {
            assert!(
                all[other].partners.before.contains(id),
                "{other} before {id}"
            );
        }
        for other in &partners.before {
            assert!(all[other].partners.after.contains(id), "{other} after {id}");
        }
        let beside = id == "security" || partners.parallel.contains(&"security".to_owned());
        assert!(beside, "security beside {id}");
    }
}

#[test]
fn the_duration_is_what_is_left_and_when_it_ends() {
    let library = Library::built_in().unwrap();
    let project = r#"
version = 1
name = "x"
start = 2026-11-23
limits = { aws = 2 }
[[phase]]
id = "all"
title = "All"
[[task]]
id = "begun"
title = "Begun"
phase = "all"
owner = "aws"
days = [5, 8, 12]
state = "started"
started = 2026-11-23
[[task]]
id = "half"
title = "Half of it"
phase = "all"
owner = "aws"
days = [2, 4, 6]
state = "started"
started = 2026-11-23
percent = 50
"#;
    let project = orch_plan::project::read(project, &library).unwrap();
    let options = Options {
        today: chrono::NaiveDate::from_ymd_opt(2026, 11, 26),
        ..DEMO.options.clone()
    };
    let brief = brief("aws", &DEMO.run, Some(&project), &library, &options).unwrap();
    // Three days are gone of the first, and half of the other.
    assert_eq!(brief.duration.days, Some([2 + 1, 5 + 2, 9 + 3]));
    assert_eq!(brief.duration.last.as_deref(), Some("2026-12-02"));
    let text = markdown(&brief).unwrap();
    assert!(
        text.contains(
            "3 to 12 working days of effort, likely 7; expected to be done on 2026-12-02"
        ),
        "{text}"
    );
}
