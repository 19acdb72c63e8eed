//! From the findings of the demo estate to the results of a project, as `docs/walk-through.md` tells it.
//!
//! The page is written by this test (`cargo xtask generate`), so that everything on it was really printed. Outputs are held
//! by snapshots as well: accept those first (`INSTA_UPDATE=always`) where they have to change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use orch_app::NaiveDate;
use orch_testkit::cli::Run;
use serde_json::Value;

use crate::generated::{copy_folder, hold};
use crate::{offline, project, run};

/// Two weeks.
const LATER: usize = 14;

/// The walk and the page that tells it.
struct Walk {
    home: tempfile::TempDir,
    page: String,
}

impl Walk {
    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn tell(&mut self, text: &str) {
        self.page.push_str(text.trim());
        self.page.push_str("\n\n");
    }

    fn orch(&self, line: &str) -> Run {
        run(offline(self.home.path()).args(words(line)))
    }

    /// Runs a command, holds what it prints, and tells the first lines of it.
    fn step(&mut self, name: &str, line: &str, lines: usize) -> Run {
        let run = self.orch(line);
        insta::assert_snapshot!(name, run);
        assert!(matches!(run.code, Some(0 | 3)), "{run}");
        self.page.push_str(&format!("~~~~console\n$ orch {line}\n"));
        let shown: Vec<&str> = run.stdout.trim_end().lines().collect();
        for line in shown.iter().take(lines) {
            self.page.push_str(line.trim_end());
            self.page.push('\n');
        }
        if shown.len() > lines {
            let more = shown.len() - lines;
            self.page.push_str(&format!("… {more} more lines\n"));
        }
        if let Some(code @ 1..) = run.code {
            self.page.push_str(&format!("(exit code {code})\n"));
        }
        self.page.push_str("~~~~\n\n");
        run
    }

    /// Writes a file that a person would write.
    fn write(&mut self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the file is written");
        self.page.push_str(&format!(
            "`{name}`:\n\n~~~~text\n{}\n~~~~\n\n",
            text.trim_end()
        ));
    }
}

/// The words of a line, of which those in quotation marks are one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Changes each line of a file; a line that becomes nothing goes.
fn each_line(path: &Path, change: impl Fn(&str) -> Option<String>) {
    let text = fs::read_to_string(path).expect("the file is read");
    let lines: Vec<String> = text.lines().filter_map(change).collect();
    fs::write(path, lines.join("\n") + "\n").expect("the file is written");
}

fn value(line: &str) -> Value {
    serde_json::from_str(line).expect("a line is JSON")
}

/// An instant that many days later.
fn later(instant: &str) -> String {
    let day: NaiveDate = instant[..10].parse().expect("a day");
    let day = day.iter_days().nth(LATER).expect("a later day");
    format!("{day}{}", &instant[10..])
}

/// The uids of what a rule finds in a report, in a region or in all of them.
fn found(report: &Value, rule: &str, region: Option<&str>) -> BTreeSet<String> {
    let all = report["findings"].as_array().expect("findings");
    let of = all.iter().filter(|one| {
        one["rule"] == rule && region.is_none_or(|region| one["resource"]["region"] == region)
    });
    let uids: BTreeSet<String> = of
        .map(|one| one["resource"]["uid"].as_str().expect("a uid").to_owned())
        .collect();
    assert!(!uids.is_empty(), "{rule} finds nothing");
    uids
}

/// The estate two weeks later: measured anew, and some of it mended.
fn two_weeks_later(report: &Value, estate: &Path) {
    let kinds = estate.join("resources");
    let manifest = estate.join("manifest.json");
    let mut told = value(&fs::read_to_string(&manifest).expect("a manifest"));
    let as_of = later(told["as_of"].as_str().expect("an instant"));
    told["as_of"] = as_of.into();
    fs::write(&manifest, told.to_string()).expect("the manifest is written");
    let moved = |key: &'static str| {
        move |line: &str| {
            let mut value = value(line);
            value[key] = later(value[key].as_str().expect("an instant")).into();
            Some(value.to_string())
        }
    };
    each_line(&estate.join("ledger.jsonl"), moved("at"));
    for entry in fs::read_dir(estate.join("series")).expect("a folder") {
        each_line(&entry.expect("an entry").path(), moved("start"));
    }
    // What volumes and snapshots cost stands under this service.
    each_line(&estate.join("costs.csv"), |line| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if !cells[3].starts_with("20") {
            return Some(line.to_owned());
        }
        cells[3] = later(&cells[3]);
        cells[4] = later(&cells[4]);
        if cells[6] == "EC2 - Other" {
            for cell in &mut cells[9..11] {
                let amount: f64 = cell.parse().expect("an amount");
                *cell = format!("{:.4}", amount * 0.9);
            }
        }
        Some(cells.join(","))
    });
    // Last night's backups are those of another night.
    each_line(&kinds.join("storage.snapshot.jsonl"), |line| {
        let line = line.replace("\"public\":true", "\"public\":false");
        Some(line.replace("2026-11-19T2", "2026-12-03T2"))
    });
    for (file, rule) in [
        ("storage.volume.jsonl", "volume-unattached"),
        ("network.address.jsonl", "address-idle"),
    ] {
        let gone = found(report, rule, None);
        each_line(&kinds.join(file), |line| {
            let uid = value(line)["uid"].as_str().expect("a uid").to_owned();
            (!gone.contains(&uid)).then(|| line.to_owned())
        });
    }
    let open = found(report, "firewall-open-sensitive-port", Some("us-east-1"));
    each_line(&kinds.join("network.firewall.jsonl"), |line| {
        let mut value = value(line);
        if open.contains(value["uid"].as_str().expect("a uid")) {
            let ingress = &mut value["body"]["network.firewall"]["ingress"];
            let closed = ingress.to_string().replace("0.0.0.0/0", "10.0.0.0/8");
            *ingress = self::value(&closed.replace("::/0", "fd00::/8"));
        }
        Some(value.to_string())
    });
    orch_snapshot::reseal(estate).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn from_findings_to_results() {
    let mut walk = Walk {
        home: tempfile::tempdir().expect("a folder"),
        page: String::new(),
    };
    copy_folder(&project("fixtures/estates/demo"), &walk.path("before"));
    copy_folder(&project("fixtures/estates/demo"), &walk.path("after"));
    let audit = walk.orch("audit --snapshot before --format json --fail-on never");
    two_weeks_later(&value(&audit.stdout), &walk.path("after"));

    walk.tell("# From findings to results");
    walk.tell(
        "This page follows one project on the demo estate (`fixtures/estates/demo`, here `before`): what is to be done, \
         who is told what, two weeks of work, what it brought. All of it works on files, without a cloud and without a \
         language model. `--today` stands in for the clock; leave it out and today is today. The page is written by \
         `tests/it/walk_through.rs`, so all that stands here was printed; longer outputs are cut, and stand in full in \
         `tests/it/snapshots`.",
    );
    walk.tell("## 1. What is asked for\n\nThe findings of a snapshot are the request. Each specialist is there for a reason, and what is missing is asked.");
    walk.step("01_analyze", "plan analyze --from before", 60);
    walk.tell("## 2. A plan with dates\n\nFindings become tasks with an owner, days and the command that checks them. `!` marks what holds up the end.");
    walk.step(
        "02_plan",
        "plan new --run before --name \"Shop hardening\" --start 2026-11-23 --target 2027-01-29 --limit security=2 --today 2026-11-23",
        36,
    );
    walk.tell("The plan is a file for people and for git. Who leads and what it may cost is written into it by hand, above `[limits]`:");
    let edit = "lead = \"Ada\"\n\n[budget]\namount = 75000\ncurrency = \"USD\"\nday_rate = 600\n";
    walk.tell(&format!("~~~~toml\n{edit}~~~~"));
    let file = walk.path("orch-project.toml");
    let text = fs::read_to_string(&file).expect("the project file");
    fs::write(
        &file,
        text.replace("\n[limits]", &format!("{edit}\n[limits]")),
    )
    .expect("the project file");
    walk.tell("## 3. Everybody is told\n\nOne file for each of the eleven specialists, readable by its owner only. Each has its own findings and words:");
    walk.step(
        "03_briefs",
        "brief --for all --run before --project orch-project.toml --today 2026-11-23 --out briefs",
        20,
    );
    let mut briefs: Vec<PathBuf> = fs::read_dir(walk.path("briefs"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    briefs.sort();
    assert_eq!(briefs.len(), 11);
    for path in &briefs {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let text = fs::read_to_string(path).expect("a briefing");
        insta::assert_snapshot!(format!("03_{name}"), text);
    }
    walk.tell("That of the security specialist begins so:");
    let text = fs::read_to_string(walk.path("briefs/brief-security.md")).expect("a briefing");
    let begin: Vec<&str> = text.lines().take(44).collect();
    walk.tell(&format!("~~~~markdown\n{}\n~~~~", begin.join("\n")));

    walk.tell("## 4. The first week\n\nWhoever does something says so. Each command edits one place of the file and leaves every other line as it is.");
    let ports = "fix-firewall-open-sensitive-port-security";
    let share = "fix-snapshot-public-security";
    walk.step(
        "04_start_review",
        "project start review --today 2026-11-23",
        20,
    );
    walk.step(
        "05_start_ports",
        &format!("project start {ports} --today 2026-11-23"),
        20,
    );
    walk.step(
        "06_block",
        &format!("project block {ports} \"the office still logs in by SSH\" --mitigation \"a session manager is set up\" --today 2026-11-24"),
        20,
    );
    walk.step(
        "07_start_share",
        &format!("project start {share} --today 2026-11-25"),
        20,
    );
    walk.step(
        "08_done_review",
        "project done review --evidence docs/review.md --today 2026-11-25",
        20,
    );
    walk.step(
        "09_unblock",
        &format!("project unblock {ports} --today 2026-11-26"),
        20,
    );
    walk.step(
        "10_risk",
        "project risk \"the freeze of December comes early\" --likelihood medium --impact high --watch \"asked every Monday\" --today 2026-11-26",
        20,
    );
    walk.step(
        "11_decide",
        "project decide \"one account or two for the shop\" --decided two --reason \"tests must not reach production\" --by Ada --today 2026-11-27",
        20,
    );
    walk.tell("How it stands on Friday:");
    walk.step(
        "12_status",
        "project status --format table --today 2026-11-27",
        24,
    );
    walk.step(
        "13_status_page",
        "project status --run before --today 2026-11-27",
        40,
    );

    walk.tell("## 5. The second week\n\nDeployments and incidents come from files; the four numbers are computed from them.");
    walk.write(
        "deployments.csv",
        "id,deployed_at,committed_at,result,environment\n\
         d1,2026-11-24T10:00:00Z,2026-11-23T16:00:00Z,success,production\n\
         d2,2026-11-26T09:00:00Z,2026-11-25T15:00:00Z,failed,production\n\
         d3,2026-11-27T14:00:00Z,2026-11-27T08:00:00Z,success,production\n\
         d4,2026-12-01T11:00:00Z,2026-11-30T13:00:00Z,success,production\n",
    );
    walk.write(
        "incidents.csv",
        "id,started_at,resolved_at,deployment\ni1,2026-11-26T09:10:00Z,2026-11-26T11:40:00Z,d2\n",
    );
    walk.step(
        "14_import",
        "project metric import deployments.csv incidents.csv --today 2026-12-01",
        20,
    );
    walk.step(
        "15_start_volumes",
        "project start fix-volume-unattached-aws --today 2026-12-01",
        20,
    );
    walk.step(
        "16_log",
        "project log \"lesson: ask who logs in by SSH before ports are closed\" --today 2026-12-02",
        20,
    );
    walk.tell(
        "When plans have to change, the options come with their price before anything is changed:",
    );
    walk.step(
        "17_options",
        "project reprioritize --because \"the freeze begins on December 18\" --task security-audit --today 2026-12-02",
        60,
    );

    walk.tell("## 6. A second snapshot proves what is done\n\nTwo weeks later the estate is collected again (`after`): the disks and addresses that nobody used are gone, the shared snapshot is closed, and the firewalls of one region let nobody in any more. Findings that are gone close their tasks, with the run as proof. Each finding is judged where it was: one that could not be seen there is not called gone, and then the exit code is 3.");
    walk.step(
        "18_reconcile",
        "project reconcile --run after --today 2026-12-04",
        60,
    );
    walk.tell("## 7. The week");
    walk.step(
        "19_weekly",
        "project weekly --run after --today 2026-12-04",
        120,
    );
    walk.tell("The dates that `orch plan show` draws are those of the status:");
    walk.step("20_show", "plan show --today 2026-12-04", 12);
    walk.tell("## 8. What it brought\n\nThe same report serves at the end and on the way. What nobody measured is not made up.");
    walk.step(
        "21_complete",
        "project complete --before before --run after --today 2026-12-04",
        200,
    );

    // What people see is one schedule.
    let status = value(
        &walk
            .orch("project status --format json --today 2026-12-04")
            .stdout,
    );
    let plan = value(
        &walk
            .orch("plan show --format json --today 2026-12-04")
            .stdout,
    );
    assert_eq!(status["estimate"]["end"], plan["end"][1]);
    assert_eq!(status["estimate"]["best"], plan["end"][0]);
    assert_eq!(status["estimate"]["worst"], plan["end"][2]);
    // What was mended is done, with a proof; what is still open is not.
    let state = |id: &str| {
        let tasks = plan["tasks"].as_array().expect("tasks");
        let task = tasks.iter().find(|task| task["id"] == id);
        task.unwrap_or_else(|| panic!("no task {id}"))["state"].clone()
    };
    assert_eq!(state(share), "done");
    assert_eq!(state("fix-volume-unattached-aws"), "done");
    assert_eq!(state(ports), "started");

    let page = walk.page.replace('\u{a0}', " ").trim_end().to_owned() + "\n";
    hold(
        None,
        &BTreeMap::from([("docs/walk-through.md".to_owned(), page)]),
    );
}
