//! `orch doctor` on a replayed cloud: each permission once, and what is missing with what to do.

use orch_testkit::replay::{Fault, Trouble};

use super::faults::list;
use super::{CLOUDS, estate, orch, replay};

#[test]
fn what_is_denied_is_named_and_no_list_is_asked_twice() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (denied, ..) = list(*cloud);
        replay.fault(Fault::new(Trouble::Status(403)).on(denied));
        let run = orch(home.path(), &replay)
            .env("COLUMNS", "120")
            .args(["doctor", "--provider", cloud.as_str()])
            .run()
            .expect("orch runs");
        assert_eq!(run.code, Some(3), "{run}");
        insta::assert_snapshot!(format!("doctor_{}", cloud.as_str()), run);
        let asked = replay.requests();
        let pages = asked
            .iter()
            .filter(|request| request.path.ends_with(denied));
        assert_eq!(pages.count(), 1, "{denied} is asked for once");
    }
}
