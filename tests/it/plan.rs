//! `orch plan` and `orch specialist` from the outside: the demo estate as the request, the file, its pictures, mistakes.

use std::fs;
use std::path::Path;

use orch_testkit::cli::Run;
use serde_json::Value;

use crate::{offline, project, run};

fn orch(home: &Path, words: &[&str]) -> Run {
    run(offline(home)
        .args(words.iter().copied())
        .env("COLUMNS", "120"))
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

fn demo() -> String {
    project("fixtures/estates/demo").display().to_string()
}

/// Plans the findings of the demo estate.
fn planned(home: &Path) -> Run {
    let demo = demo();
    let words = [
        "plan",
        "new",
        "--run",
        &demo,
        "--start",
        "2026-03-02",
        "--target",
        "2026-05-01",
    ];
    let more = ["--limit", "security=2", "--today", "2026-03-02"];
    orch(home, &[&words[..], &more[..]].concat())
}

#[test]
fn a_request_is_analysed_for_people_and_programs() {
    let home = tempfile::tempdir().expect("a home");
    let text = "migrate our on-prem shop to GKE with Terraform and GitHub Actions by March";
    insta::assert_snapshot!(orch(home.path(), &["plan", "analyze", text]));
    let said = json(&orch(
        home.path(),
        &["plan", "analyze", text, "--format", "json"],
    ));
    assert_eq!(said["schema"], "orch/analysis-v1");
    assert_eq!(
        (&said["mode"], &said["pattern"]),
        (&"project".into(), &"migration".into())
    );
    assert_eq!(said["specialists"][0]["id"], "cicd");
    let vague = json(&orch(
        home.path(),
        &["plan", "analyze", "it should be better", "--format", "json"],
    ));
    assert_eq!(vague["mode"], "ask");
    assert!(
        vague["questions"]
            .as_array()
            .is_some_and(|all| all.len() > 2)
    );
}

#[test]
fn the_findings_of_the_demo_estate_are_planned() {
    let home = tempfile::tempdir().expect("a home");
    let demo = demo();
    let run = orch(home.path(), &["plan", "analyze", "--from", &demo]);
    insta::assert_snapshot!(
        "from_the_demo_estate",
        run.to_string().replace(&demo, "DEMO")
    );
    let run = planned(home.path());
    insta::assert_snapshot!(
        "plan_of_the_demo_estate",
        run.to_string().replace(&demo, "DEMO")
    );
    let file = home.path().join("orch-project.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // What the tasks save is what the audit says can be saved.
    let plan = json(&orch(
        home.path(),
        &["plan", "show", "--today", "2026-03-02", "--format", "json"],
    ));
    let audit = json(&orch(
        home.path(),
        &["audit", "--snapshot", &demo, "--format", "json"],
    ));
    assert_eq!(plan["schema"], "orch/plan-v1");
    assert_eq!(
        plan["savings"][0]["monthly"],
        audit["totals"]["savings"][0]["monthly"]
    );
    // The report instead of the snapshot plans the same.
    fs::rename(&file, home.path().join("first.toml")).expect("it moves");
    let words = [
        "audit",
        "--snapshot",
        &demo,
        "--format",
        "json",
        "--output",
        "run.json",
    ];
    orch(home.path(), &words);
    let words = [
        "plan",
        "new",
        "--run",
        "run.json",
        "--start",
        "2026-03-02",
        "--target",
        "2026-05-01",
    ];
    let run = orch(
        home.path(),
        &[&words[..], &["--limit", "security=2"]].concat(),
    );
    assert_eq!(run.code, Some(0), "{run}");
    let tasks = |name: &str| {
        let text = fs::read_to_string(home.path().join(name)).expect("a file");
        let tasks = text.split("[[task]]").skip(1);
        let alone = tasks.map(|task| task.split("[[").next().map(str::to_owned));
        alone.collect::<Vec<_>>()
    };
    assert!(tasks("first.toml") == tasks("orch-project.toml"));
}

#[test]
fn a_plan_is_drawn() {
    let home = tempfile::tempdir().expect("a home");
    planned(home.path());
    let show = |more: &[&str]| {
        let words = ["plan", "show", "orch-project.toml", "--today", "2026-03-05"];
        let run = orch(home.path(), &[&words[..], more].concat());
        assert_eq!(run.code, Some(0), "{run}");
        run.stdout
    };
    assert!(show(&["--format", "mermaid"]).starts_with("gantt\n"));
    assert!(show(&["--format", "mermaid", "--progress"]).starts_with("pie showData"));
    for more in [&["--format", "svg"][..], &["--format", "svg", "--progress"]] {
        let picture = show(more);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    }
}

#[test]
fn what_cannot_be_planned_is_told_with_the_next_step() {
    let home = tempfile::tempdir().expect("a home");
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    };
    write("there.toml", "mine");
    write("old.json", "{\"schema\": \"orch/v0\"}");
    write("half.json", "{\"schema\": \"orch/v1\"}");
    write("text.json", "not json");
    write("lib/patterns/mine.yaml", "title: T\nphases: 3\n");
    write("empty/readme.txt", "");
    write(
        "circle.toml",
        "version = 1\nname = \"n\"\nstart = 2026-03-02\n[[task]]\nid = \"a\"\ntitle = \"t\"\nphase = \"p\"\nowner = \"aws\"\ndays = [1, 1, 1]\nafter = [\"a\"]\n",
    );
    let told: Vec<String> = [
        &["plan", "analyze"][..],
        &["plan", "analyze", "x", "--format", "jsn"],
        &["plan", "analyze", "--from", "old.json"],
        &["plan", "analyze", "--from", "half.json"],
        &["plan", "analyze", "--from", "text.json"],
        &["plan", "analyze", "--from", "missing"],
        &["plan", "new", "new on aws", "--out", "there.toml"],
        &["plan", "new", "new on aws", "--pattern", "migratoin"],
        &["plan", "new", "new on aws", "--start", "tomorrow"],
        &["plan", "new", "new on aws", "--limit", "terraform"],
        &["plan", "new", "new on aws", "--library", "lib"],
        &["plan", "new", "new on aws", "--library", "empty"],
        &["plan", "new", "it should be better"],
        &["plan", "show"],
        &["plan", "show", "there.toml"],
        &["plan", "show", "circle.toml"],
        &["specialist", "show", "kubernets"],
    ]
    .iter()
    .map(|words| format!("$ orch {}\n{}", words.join(" "), orch(home.path(), words)))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(
        fs::read_to_string(home.path().join("there.toml")).expect("it"),
        "mine"
    );
}

#[test]
fn specialists_are_shown_and_a_folder_adds_one() {
    let home = tempfile::tempdir().expect("a home");
    insta::assert_snapshot!("specialists", orch(home.path(), &["specialist", "list"]));
    insta::assert_snapshot!(
        "specialist",
        orch(home.path(), &["specialist", "show", "terraform"])
    );
    let text = fs::read_to_string(project("plans/specialists/terraform.yaml")).expect("it");
    let folder = home.path().join("mine/specialists");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(
        folder.join("pulumi.yaml"),
        text.replace("title: Terraform", "title: Pulumi"),
    )
    .expect("it");
    let words = [
        "specialist",
        "show",
        "pulumi",
        "--library",
        "mine",
        "--format",
        "json",
    ];
    let said = json(&orch(home.path(), &words));
    assert_eq!(said["specialists"][0]["title"], "Pulumi");
}
