//! What an audit makes of a cloud that stumbles: a gap with its name, and everything else as before.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use orch_testkit::replay::{Cloud, Fault, Request, Trouble};

use super::{CLOUDS, audit, estate, findings, gaps, orch, replay};

/// A list of each cloud and the collector that reads it.
pub(super) fn list(cloud: Cloud) -> (&'static str, &'static str, &'static str) {
    match cloud {
        Cloud::Azure => (
            "/providers/Microsoft.Network/networkSecurityGroups",
            "11111111-2222-3333-4444-555555555555",
            "network.security-groups",
        ),
        Cloud::Gcp => (
            "/projects/orch-wire-1/global/firewalls",
            "orch-wire-1",
            "compute.firewalls",
        ),
    }
}

#[test]
fn passing_trouble_leaves_no_trace() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (_, well) = audit(home.path(), *cloud, &replay, "well", &[]);
        let (list, ..) = list(*cloud);
        let passing = [
            Trouble::Throttled(0),
            Trouble::Status(503),
            Trouble::HangUp,
            Trouble::Truncated,
            Trouble::Delay(Duration::from_millis(200)),
        ];
        for (turn, trouble) in passing.into_iter().enumerate() {
            replay.heal();
            replay.fault(Fault::new(trouble.clone()).on(list).times(1));
            let save = format!("passing-{turn}");
            let (run, report) = audit(home.path(), *cloud, &replay, &save, &[]);
            assert_eq!(gaps(&well), gaps(&report), "{trouble:?}: {run}");
            assert_eq!(findings(&well), findings(&report), "{trouble:?}");
        }
    }
}

#[test]
fn lasting_trouble_is_a_gap_with_its_name() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let limits =
            "[network]\nattempt_timeout = \"2s\"\ncall_timeout = \"6s\"\nmax_attempts = 2\n";
        std::fs::write(home.path().join("orch.toml"), limits)
            .expect("the configuration is written");
        let replay = replay(*cloud, estate(*cloud));
        let (_, well) = audit(home.path(), *cloud, &replay, "well", &[]);
        let (list, account, collector) = list(*cloud);
        let lasting = [
            (Trouble::Status(403), "denied"),
            (Trouble::Throttled(0), "throttled"),
            (Trouble::Status(503), "server-error"),
            (Trouble::Truncated, "undecodable"),
            (Trouble::RepeatedLink, "paging-broken"),
            (Trouble::OddTypes, "undecodable"),
            (Trouble::Silence, "timed-out"),
        ];
        for (turn, (trouble, cause)) in lasting.into_iter().enumerate() {
            replay.heal();
            replay.fault(Fault::new(trouble.clone()).on(list));
            let save = format!("lasting-{turn}");
            let (run, report) = audit(home.path(), *cloud, &replay, &save, &[]);
            let added: BTreeSet<String> = gaps(&report).difference(&gaps(&well)).cloned().collect();
            let wanted = format!("{account} {collector} {cause}");
            assert_eq!(added, BTreeSet::from([wanted]), "{trouble:?}: {run}");
            let surplus: Vec<_> = findings(&report)
                .difference(&findings(&well))
                .cloned()
                .collect();
            assert!(surplus.is_empty(), "{trouble:?} adds {surplus:?}");
            assert_eq!(run.code, Some(3), "{trouble:?}: {run}");
        }
    }
}

#[test]
fn credentials_that_run_out_end_the_cloud_and_keep_what_was_read() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (list, ..) = list(*cloud);
        replay.fault(Fault::new(Trouble::Status(401)).on(list));
        let (run, report) = audit(home.path(), *cloud, &replay, "kept", &[]);
        assert!(
            gaps(&report)
                .iter()
                .any(|gap| gap.ends_with(" auth-expired")),
            "{run}"
        );
        assert_eq!(run.code, Some(3), "{run}");
    }
}

/// Told to stop while one list hangs: the report is of what was read until then, and says what was not.
#[cfg(unix)]
#[test]
fn an_audit_that_is_stopped_reports_what_was_read() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (list, _, collector) = list(*cloud);
        replay.fault(Fault::new(Trouble::Silence).on(list));
        let child = orch(home.path(), &replay)
            .args(["audit", "--provider", cloud.as_str(), "--format", "json"])
            .spawn()
            .expect("orch starts");
        let hangs = |request: &Request| request.path.ends_with(list);
        let patience = Instant::now() + Duration::from_secs(60);
        while !replay.requests().iter().any(hangs) {
            assert!(Instant::now() < patience, "{list} is not asked for");
            std::thread::sleep(Duration::from_millis(50));
        }
        std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .expect("the signal is sent");
        let output = child.wait_with_output().expect("orch ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(
            told.contains("what was read so far is reported, and not kept"),
            "{told}"
        );
        let report = serde_json::from_slice(&output.stdout).expect("a report");
        let cut = |gap: &String| gap.ends_with(&format!("{collector} cancelled"));
        assert!(gaps(&report).iter().any(cut), "{told}");
    }
}
