//! `orch brief` and `orch review` from the outside.

use super::{offline, project, run};

#[test]
fn briefings_are_files_for_their_owner_only() {
    let home = tempfile::tempdir().expect("a folder");
    let demo = project("fixtures/estates/demo");
    let out = home.path().join("briefs");
    let said = run(offline(home.path()).args(["brief", "--for", "all"]).args([
        "--run".as_ref(),
        demo.as_os_str(),
        "--out".as_ref(),
        out.as_os_str(),
    ]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let files: Vec<_> = std::fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), 11);
    #[cfg(unix)]
    for path in files.iter().chain([&out]) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_report_is_a_run_as_well() {
    let home = tempfile::tempdir().expect("a folder");
    let report = home.path().join("report.json");
    run(offline(home.path())
        .args(["audit", "--format", "json"])
        .args([
            "--snapshot".as_ref(),
            project("fixtures/estates/demo").as_os_str(),
        ])
        .args(["--output".as_ref(), report.as_os_str()]));
    let said = run(offline(home.path())
        .args(["review", "--area", "security", "--format", "json"])
        .args(["--run".as_ref(), report.as_os_str()]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let review: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(review["schema"], "orch/review-v1");
    assert_eq!(review["run"]["snapshot"], false);
}

#[test]
fn mistakes_say_what_there_is() {
    let home = tempfile::tempdir().expect("a folder");
    let demo = project("fixtures/estates/demo");
    let of = |words: &[&str]| {
        run(offline(home.path())
            .args(words)
            .args(["--run".as_ref(), demo.as_os_str()]))
    };
    let nobody = of(&["brief", "--for", "teraform"]);
    assert_eq!(nobody.code, Some(2));
    assert!(
        nobody.stderr.contains("did you mean `terraform`"),
        "{}",
        nobody.stderr
    );
    let section = of(&["brief", "--for", "aws", "--section", "inventory"]);
    assert_eq!(section.code, Some(2));
    assert!(
        section.stderr.contains("estate-by-network"),
        "{}",
        section.stderr
    );
}
