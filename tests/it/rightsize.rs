//! Right-sizing of the demo estate: what people see and what programs read. The figures are those that were computed
//! by hand in the golden table of `orch-cost`.

use serde_json::Value;

use crate::{offline, project, run};

fn rightsize(more: &[&str]) -> orch_testkit::cli::Run {
    let home = tempfile::tempdir().expect("a home");
    let cli = offline(home.path())
        .args(["rightsize", "--snapshot"])
        .args([project("fixtures/estates/demo")])
        .args(more)
        .env("COLUMNS", "120");
    run(cli)
}

#[test]
fn the_table() {
    insta::assert_snapshot!(rightsize(&[]));
}

#[test]
fn a_preset_with_assumed_memory_and_little_work() {
    let more = [
        "--preset",
        "aws-balanced",
        "--assume-memory",
        "40",
        "--effort",
        "low",
        "--top",
        "1",
    ];
    insta::assert_snapshot!(rightsize(&more));
}

#[test]
fn json_holds_what_the_table_shows_and_is_the_same_twice() {
    let json = rightsize(&["--format", "json"]);
    assert_eq!(json.stdout, rightsize(&["--format", "json"]).stdout);
    let report: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(report["schema"], "orch-rightsize/v1");
    let first = &report["recommendations"][0];
    assert_eq!(first["name"], "search-1");
    assert_eq!(first["candidates"][0]["instance_type"], "r5a.xlarge");
    assert_eq!(first["saving"], "115.34");
    assert_eq!(first["now"]["monthly"], "280.32");
    assert_eq!(first["used"]["cpu"]["p99.5"], "12.4");
}

#[test]
fn words_that_cannot_be_meant_are_told() {
    for (more, wrong) in [
        (["--preset", "cheap"], "no preset `cheap`"),
        (["--effort", "some"], "no effort `some`"),
        (
            ["--assume-memory", "120"],
            "`120` is no share of the memory",
        ),
        (["--format", "xml"], "no format `xml`"),
    ] {
        let said = rightsize(&more);
        assert_eq!(said.code, Some(2), "{said}");
        assert!(said.stderr.contains(wrong), "{said}");
    }
}
