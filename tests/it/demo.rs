//! The audit of the demo estate: what people see, what programs read, and that it is always the same.

use serde_json::Value;

use crate::{offline, project, run};

fn audit(more: &[&str], env: &[(&str, &str)]) -> orch_testkit::cli::Run {
    let home = tempfile::tempdir().expect("a home");
    let mut cli = offline(home.path())
        .args(["audit", "--snapshot"])
        .args([project("fixtures/estates/demo")])
        .args(more);
    for (name, value) in env {
        cli = cli.env(name, *value);
    }
    run(cli)
}

#[test]
fn the_table_at_80_columns() {
    insta::assert_snapshot!(audit(&[], &[("COLUMNS", "80")]));
}

#[test]
fn the_table_at_200_columns() {
    insta::assert_snapshot!(audit(&[], &[("COLUMNS", "200")]));
}

#[test]
fn the_table_by_region_from_high_on() {
    let more = [
        "--group-by",
        "region",
        "--severity",
        "high",
        "--only",
        "security",
    ];
    insta::assert_snapshot!(audit(&more, &[("COLUMNS", "150")]));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in ["80", "100", "120", "150", "200"] {
        let run = audit(&[], &[("COLUMNS", width)]);
        let widest = run
            .stdout
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        assert!(
            widest <= width.parse().unwrap(),
            "{widest} of {width} columns"
        );
    }
}

#[test]
fn json_is_the_frozen_report_and_the_same_on_one_thread_and_on_two() {
    let one = audit(&["--format", "json"], &[("RAYON_NUM_THREADS", "1")]);
    let two = audit(&["--format", "json"], &[("RAYON_NUM_THREADS", "2")]);
    assert!(
        one.stdout == two.stdout,
        "one thread and two say different things"
    );
    let report: Value = serde_json::from_str(&one.stdout).expect("JSON");
    assert_eq!(report["schema"], "orch/v1");
    assert_eq!(report["exit"]["code"].as_i64(), one.code.map(i64::from));
    let shown = report["findings"].as_array().map_or(0, Vec::len) as u64;
    let waived = report["totals"]["waived"].as_u64().unwrap_or_default();
    assert_eq!(report["totals"]["findings"].as_u64(), Some(shown - waived));
}

#[test]
fn display_filters_change_neither_totals_nor_exit_code() {
    let all = audit(&["--format", "json"], &[]);
    let few = audit(&["--format", "json", "--severity", "critical"], &[]);
    assert_eq!(all.code, few.code);
    let (all, few): (Value, Value) = (
        serde_json::from_str(&all.stdout).unwrap(),
        serde_json::from_str(&few.stdout).unwrap(),
    );
    assert_eq!(all["totals"], few["totals"]);
    assert!(few["hidden"]["findings"].as_u64() > Some(0));
}

#[test]
fn no_colour_and_no_escape_reaches_a_pipe() {
    let run = audit(&[], &[]);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'));
}

#[test]
fn a_report_file_is_for_its_owner_only() {
    let home = tempfile::tempdir().expect("a home");
    let file = home.path().join("report.json");
    let cli = offline(home.path())
        .args(["audit", "--format", "json", "--output"])
        .args([&file])
        .arg_snapshot();
    let run = run(cli);
    assert_eq!(run.stdout, "");
    let text = std::fs::read_to_string(&file).expect("the report");
    serde_json::from_str::<Value>(&text).expect("JSON");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file)
            .expect("the report")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// Adds the demo estate.
trait Demo {
    fn arg_snapshot(self) -> Self;
}

impl Demo for orch_testkit::cli::Cli {
    fn arg_snapshot(self) -> Self {
        self.args(["--snapshot"])
            .args([project("fixtures/estates/demo")])
    }
}

#[test]
fn a_closed_pipe_ends_quietly_and_keeps_the_exit_code() {
    let home = tempfile::tempdir().expect("a home");
    let whole = audit(&[], &[]);
    let mut child = offline(home.path())
        .args(["audit"])
        .arg_snapshot()
        .spawn()
        .expect("orch starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("orch ends");
    assert_eq!(output.status.code(), whole.code);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains("failed") && !said.contains("broke"),
        "{said}"
    );
}
