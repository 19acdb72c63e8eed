//! Collections that are interrupted: nothing that loads as complete, nothing lost that was finished.

use std::fs;
use std::path::Path;

use orch_model::{
    Call, CallOutcome, Cause, Dataset, Gap, Kind, Outcome, Reach, Read, Resource, Scope,
};
use orch_snapshot::{Form, Needs, Partial, Plan, SnapshotError, load};
use orch_testkit::builder::{self, as_of, volume};

use crate::sample;

const VOLUMES: &str = "ec2.volumes";

fn west() -> Scope {
    builder::scope("eu-west-1")
}

pub(crate) fn plan() -> Plan {
    Plan {
        as_of: as_of(),
        scopes: vec![builder::scope("eu-south-2"), west()],
        collectors: vec![orch_model::CollectorNote {
            name: VOLUMES.into(),
            provider: Some(orch_model::Provider::Aws),
            datasets: vec![Dataset::Kind(Kind::StorageVolume)],
            reach: Reach::PerRegion,
        }],
        excluded: vec![read(
            &builder::scope("us-east-1"),
            Outcome::Excluded("--regions".into()),
            0,
        )],
        settings: [("metric_days".to_owned(), "14".to_owned())].into(),
    }
}

fn read(scope: &Scope, outcome: Outcome, count: u64) -> Read {
    let datasets = vec![Dataset::Kind(Kind::StorageVolume)];
    Read {
        scope: scope.clone(),
        collector: VOLUMES.into(),
        datasets,
        outcome,
        count,
    }
}

fn call(scope: &Scope) -> Call {
    Call {
        at: as_of(),
        scope: Some(scope.clone()),
        collector: Some(VOLUMES.into()),
        operation: "ec2:DescribeVolumes".into(),
        attempts: 1,
        outcome: CallOutcome::Ok,
        items: 2,
        page: None,
        charge_usd: rust_decimal::Decimal::ZERO,
    }
}

fn finish(partial: &Partial, scope: &Scope, ids: &[&str], outcome: Outcome) -> Vec<Resource> {
    let resources: Vec<Resource> = ids.iter().map(|id| volume(scope, id, None)).collect();
    let mut shard = partial.shard(scope, VOLUMES);
    for resource in &resources {
        shard.push(resource.clone()).unwrap();
    }
    partial.call(&call(scope)).unwrap();
    partial
        .finish(shard, read(scope, outcome, ids.len() as u64))
        .unwrap();
    resources
}

/// A collection in which one region is finished and the other was being read.
fn interrupted(out: &Path) -> Vec<Resource> {
    let partial = Partial::create(out, &plan()).unwrap();
    let finished = finish(&partial, &west(), &["vol-2", "vol-1"], Outcome::Complete);
    let mut open = partial.shard(&builder::scope("eu-south-2"), VOLUMES);
    open.push(volume(&builder::scope("eu-south-2"), "vol-9", None))
        .unwrap();
    finished
}

fn partial_dir(out: &Path) -> std::path::PathBuf {
    out.with_file_name("snapshot.partial")
}

#[test]
fn a_collection_is_sealed_in_order() {
    for form in [Form::Text, Form::Compressed] {
        let (_folder, out) = sample::place();
        let partial = Partial::create(&out, &plan()).unwrap();
        let mut resources = finish(&partial, &west(), &["vol-2", "vol-1"], Outcome::Complete);
        assert_eq!(partial.resources(&west(), VOLUMES).unwrap(), resources);
        let denied = Outcome::Failed(Gap::new(Cause::Denied, "ec2:DescribeVolumes"));
        finish(&partial, &builder::scope("eu-south-2"), &[], denied.clone());
        assert_eq!(partial.seal(form).unwrap(), out);
        assert!(!partial_dir(&out).exists());
        let snapshot = load(&out, &Needs::ALL).unwrap();
        resources.reverse();
        assert_eq!(snapshot.resources, resources);
        assert_eq!(snapshot.scopes, plan().scopes);
        let outcomes: Vec<&Outcome> = snapshot.reads.iter().map(|read| &read.outcome).collect();
        let excluded = Outcome::Excluded("--regions".into());
        assert_eq!(outcomes, [&denied, &Outcome::Complete, &excluded]);
        assert_eq!(snapshot.ledger.len(), 2);
    }
}

#[test]
fn the_order_in_which_reads_end_is_not_seen() {
    let trees: Vec<_> = [false, true]
        .into_iter()
        .map(|turned| {
            let (_folder, out) = sample::place();
            let partial = Partial::create(&out, &plan()).unwrap();
            let mut scopes = plan().scopes;
            if turned {
                scopes.reverse();
            }
            for scope in &scopes {
                finish(&partial, scope, &["vol-2", "vol-1"], Outcome::Complete);
            }
            partial.seal(Form::Text).unwrap();
            let mut tree = sample::tree(&out);
            // Calls are told in the order in which they were made.
            tree.remove(Path::new("ledger.jsonl"));
            tree.remove(Path::new("manifest.json"));
            tree
        })
        .collect();
    assert_eq!(trees[0], trees[1]);
}

#[test]
fn an_interrupted_collection_does_not_load_and_is_resumed() {
    let (_folder, out) = sample::place();
    let finished = interrupted(&out);
    let dir = partial_dir(&out);
    assert!(matches!(
        load(&out, &Needs::ALL),
        Err(SnapshotError::Missing { .. })
    ));
    let error = load(&dir, &Needs::ALL).unwrap_err();
    assert!(matches!(error, SnapshotError::Unfinished { .. }));
    assert_eq!(
        error.help(),
        format!("finish it with `orch collect --resume {}`", dir.display())
    );
    let error = Partial::create(&out, &plan()).unwrap_err();
    assert!(matches!(error, SnapshotError::PartialExists { .. }));
    assert!(error.help().contains("--resume"));

    let (partial, resumed, done) = Partial::resume(&dir).unwrap();
    assert_eq!(resumed, plan());
    assert_eq!(done, [read(&west(), Outcome::Complete, 2)]);
    assert_eq!(partial.resources(&west(), VOLUMES).unwrap(), finished);
    let more = finish(
        &partial,
        &builder::scope("eu-south-2"),
        &["vol-3"],
        Outcome::Complete,
    );
    partial.seal(Form::Text).unwrap();
    let snapshot = load(&out, &Needs::ALL).unwrap();
    assert_eq!(snapshot.resources.len(), 3);
    assert_eq!(snapshot.resources[0], more[0], "sorted by uid");
    assert_eq!(snapshot.ledger.len(), 2);
    assert!(
        snapshot.reads[..2]
            .iter()
            .all(|read| read.outcome == Outcome::Complete)
    );
}

#[test]
fn what_was_not_complete_is_read_again() {
    let (_folder, out) = sample::place();
    let partial = Partial::create(&out, &plan()).unwrap();
    let gap = Gap::new(Cause::Cancelled, "");
    finish(&partial, &west(), &["vol-1"], Outcome::Partial(gap));
    drop(partial);
    let (partial, _, done) = Partial::resume(&partial_dir(&out)).unwrap();
    assert_eq!(done, []);
    finish(&partial, &west(), &["vol-2"], Outcome::Complete);
    partial.seal(Form::Text).unwrap();
    let snapshot = load(&out, &Needs::ALL).unwrap();
    assert_eq!(snapshot.resources, [volume(&west(), "vol-2", None)]);
}

/// Every state a kill can leave: each file of the collection cut at every length, or not there at all.
#[test]
fn a_kill_at_any_point_leaves_a_collection_that_can_be_resumed() {
    let (_folder, out) = sample::place();
    let finished = interrupted(&out);
    let dir = partial_dir(&out);
    let whole = sample::tree(&dir);
    for (file, bytes) in &whole {
        let name = file.to_string_lossy();
        // The plan is renamed into place before anything else, and the shard is durable before its line.
        if name == "plan.json" || name == "lock" {
            continue;
        }
        for cut in (0..=bytes.len()).step_by(41) {
            for (file, bytes) in &whole {
                fs::write(dir.join(file), bytes).unwrap();
            }
            fs::write(dir.join(file), &bytes[..cut]).unwrap();
            assert!(load(&dir, &Needs::ALL).is_err());
            let (partial, _, done) = Partial::resume(&dir).unwrap();
            for read in &done {
                assert_eq!(
                    partial.resources(&read.scope, VOLUMES).unwrap(),
                    finished,
                    "{name} {cut}"
                );
            }
            drop(partial);
        }
    }
}

#[test]
fn a_kill_while_sealing_loses_nothing() {
    let (_folder, out) = sample::place();
    let finished = interrupted(&out);
    let dir = partial_dir(&out);
    // As left behind: some files of the snapshot, no manifest.
    fs::create_dir_all(dir.join("sealed/resources")).unwrap();
    fs::write(dir.join("sealed/resources/storage.volume.jsonl"), "{\"uid").unwrap();
    assert!(load(&dir.join("sealed"), &Needs::ALL).is_err());
    let (partial, _, done) = Partial::resume(&dir).unwrap();
    assert_eq!(done.len(), 1);
    partial.seal(Form::Text).unwrap();
    assert_eq!(
        load(&out, &Needs::ALL).unwrap().resources.len(),
        finished.len()
    );
}

#[test]
fn a_kill_before_there_is_a_plan_is_no_obstacle() {
    let (_folder, out) = sample::place();
    let dir = partial_dir(&out);
    fs::create_dir_all(dir.join("shards")).unwrap();
    fs::write(dir.join("lock"), "").unwrap();
    fs::write(dir.join("plan.json.new"), "{").unwrap();
    drop(Partial::create(&out, &plan()).unwrap());
    assert!(Partial::resume(&dir).is_ok());

    // Somebody else's directory of that name is left alone.
    let (_folder, out) = sample::place();
    fs::create_dir(partial_dir(&out)).unwrap();
    fs::write(partial_dir(&out).join("thesis.txt"), "").unwrap();
    let error = Partial::create(&out, &plan()).unwrap_err();
    assert!(matches!(error, SnapshotError::PartialExists { .. }));
}

#[test]
fn two_cannot_work_on_one_collection() {
    let (_folder, out) = sample::place();
    let partial = Partial::create(&out, &plan()).unwrap();
    assert!(matches!(
        Partial::resume(partial.dir()),
        Err(SnapshotError::Busy { .. })
    ));
    drop(partial);
    assert!(Partial::resume(&partial_dir(&out)).is_ok());
}

#[test]
fn what_cannot_be_resumed_is_told() {
    let (folder, out) = sample::place();
    let no = |path: &Path| match Partial::resume(path) {
        Err(SnapshotError::NotPartial { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(no(&out), "there is no such directory");
    assert_eq!(no(folder.path()), "it holds no unfinished collection");
    interrupted(&out);
    let renamed = out.with_file_name("elsewhere");
    fs::rename(partial_dir(&out), &renamed).unwrap();
    assert_eq!(no(&renamed), "its name does not end in `.partial`");
    assert_eq!(no(&renamed.join("plan.json")), "it is a file");
    fs::rename(&renamed, partial_dir(&out)).unwrap();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("taken"), "").unwrap();
    assert!(matches!(
        Partial::resume(&partial_dir(&out)),
        Err(SnapshotError::OutNotEmpty { .. })
    ));
}

#[test]
fn hostile_names_stay_inside_the_directory() {
    let (folder, out) = sample::place();
    let partial = Partial::create(&out, &plan()).unwrap();
    let long = "x".repeat(4000);
    let names = [
        "../../../evil",
        "/etc/evil",
        "a\0b",
        "..",
        "CON",
        "a\nb",
        "\u{1F980}",
        &long,
    ];
    let mut scopes = Vec::new();
    for name in names {
        let scope = Scope::new(orch_model::Provider::Aws, name, name, name);
        finish(&partial, &scope, &["vol-1"], Outcome::Complete);
        let mut shard = partial.shard(&scope, name);
        shard.push(volume(&scope, "vol-2", None)).unwrap();
        scopes.push(scope);
    }
    let around: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(around, ["snapshot.partial"]);
    let shards: Vec<_> = fs::read_dir(partial.dir().join("shards"))
        .unwrap()
        .collect();
    assert_eq!(shards.len(), 2 * names.len());
    for scope in &scopes {
        assert_eq!(partial.resources(scope, VOLUMES).unwrap().len(), 1);
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    fn check(dir: &Path) {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(&path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    let (_folder, out) = sample::place();
    fs::create_dir(&out).unwrap();
    interrupted(&out);
    check(&partial_dir(&out));
    let (partial, ..) = Partial::resume(&partial_dir(&out)).unwrap();
    partial.seal(Form::Compressed).unwrap();
    check(&out);
}

#[cfg(unix)]
#[test]
fn a_link_to_the_place_is_followed() {
    let (_folder, out) = sample::place();
    let real = out.with_file_name("real");
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &out).unwrap();
    let partial = Partial::create(&out, &plan()).unwrap();
    finish(&partial, &west(), &["vol-1"], Outcome::Complete);
    partial.seal(Form::Text).unwrap();
    assert_eq!(load(&out, &Needs::ALL).unwrap().resources.len(), 1);
}

#[test]
fn a_copy_of_what_was_read_so_far_leaves_the_collection_to_be_resumed() {
    let home = tempfile::tempdir().unwrap();
    let (out, copy) = (home.path().join("snapshot"), home.path().join("copy"));
    let partial = Partial::create(&out, &plan()).unwrap();
    let finished = finish(&partial, &west(), &["vol-1", "vol-2"], Outcome::Complete);
    partial.copy(&copy, Form::Text).unwrap();
    assert_eq!(load(&copy, &Needs(None)).unwrap().resources, finished);
    let dir = partial.dir().to_path_buf();
    drop(partial);
    let (_, _, done) = Partial::resume(&dir).unwrap();
    assert_eq!(done, [read(&west(), Outcome::Complete, 2)]);
}
