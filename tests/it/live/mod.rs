//! The real binary against a loopback AWS: what it finds, what it calls, and what it says when calls fail.

mod accounts;
mod balancers;
mod cost;
mod denied;
mod doctor;
mod faults;
mod mistakes;
mod operations;
mod resume;
mod rightsize;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use orch_testkit::cli::{Cli, Run};
use orch_testkit::harness::{Harness, Options, Session};
use serde_json::Value;

/// The regions in which the first account has something.
const REGIONS: &str = "us-east-1,eu-west-1,ap-southeast-2";

/// An account in a harness of its own, with what its builder printed: the logical name of each id.
struct Account {
    harness: Harness,
    names: BTreeMap<String, String>,
}

impl Account {
    fn build(folder: &str) -> Self {
        let harness = Harness::start().unwrap_or_else(|error| panic!("{error}"));
        let built = harness
            .seed(&project(folder).join("build.py"))
            .unwrap_or_else(|error| panic!("{error}"));
        let names = serde_json::from_str(&built).expect("the builder prints its names as JSON");
        Self { harness, names }
    }
}

fn account() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| Account::build("fixtures/accounts/first"))
}

/// A session of its own on the first account, with small pages.
fn session() -> Session<'static> {
    paged(Some(17))
}

/// A session with pages of this size; none: as large as AWS would give.
pub(super) fn paged(page_size: Option<usize>) -> Session<'static> {
    let options = Options {
        page_size,
        ..Options::default()
    };
    account()
        .harness
        .session(&options)
        .expect("the harness opens a session")
}

/// A path in the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The binary in a home of its own, pointed at a session.
fn orch(home: &Path, session: &Session<'_>) -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_orch"), home).session(session)
}

/// `orch audit` of the account as JSON, with more arguments.
fn audit(home: &Path, session: &Session<'_>, more: &[&str]) -> (Run, Value) {
    // Pages as small as these make billing dearer than the default allows.
    let budget: &[&str] = if more.contains(&"--max-api-cost") {
        &[]
    } else {
        &["--max-api-cost", "10"]
    };
    let run = orch(home, session)
        .args(["audit", "--provider", "aws", "--format", "json"])
        .args(budget)
        .args(more)
        .run()
        .expect("orch runs");
    let report = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no report: {error}\n{run}"));
    (run, report)
}

/// The items of a list of the report.
fn list<'r>(report: &'r Value, name: &str) -> &'r [Value] {
    report[name]
        .as_array()
        .unwrap_or_else(|| panic!("no list {name} in the report"))
}

/// A text member.
fn text<'r>(value: &'r Value, name: &str) -> &'r str {
    value[name].as_str().unwrap_or_default()
}

/// The fingerprints of the findings that a test wants to compare.
fn fingerprints(report: &Value, wanted: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    list(report, "findings")
        .iter()
        .filter(|finding| wanted(finding))
        .map(|finding| text(finding, "fingerprint").to_owned())
        .collect()
}

/// The region of a finding's resource.
fn region(finding: &Value) -> &str {
    text(&finding["resource"], "region")
}

/// The gaps of the report as `region collector cause`.
fn gaps(report: &Value) -> BTreeSet<String> {
    report["coverage"]["gaps"]
        .as_array()
        .expect("coverage has gaps")
        .iter()
        .filter(|gap| text(gap, "state") != "excluded")
        .map(|gap| {
            let scope = text(gap, "scope");
            let region = scope.rsplit(':').next().unwrap_or(scope);
            format!("{region} {} {}", text(gap, "collector"), text(gap, "cause"))
        })
        .collect()
}
