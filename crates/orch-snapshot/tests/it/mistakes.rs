//! What users do wrong with snapshot directories, and what they are told.

use std::fs;
use std::path::Path;

use orch_model::{Outcome, Read, Snapshot};
use orch_snapshot::{Form, Needs, Partial, SnapshotError, load, raw_series, save};
use orch_testkit::builder;

use crate::sample;

fn saved(form: Form) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, dir) = sample::place();
    save(
        &sample::snapshot(),
        sample::series().into_iter(),
        &dir,
        form,
    )
    .unwrap();
    (folder, dir)
}

fn refused(dir: &Path) -> SnapshotError {
    match load(dir, &Needs::ALL) {
        Ok(Snapshot { .. }) => panic!("`{}` loads", dir.display()),
        Err(error) => {
            assert!(!error.help().is_empty(), "{error}");
            error
        }
    }
}

/// The message without the path, which is another in each run.
fn told(error: &SnapshotError, dir: &Path) -> String {
    error.to_string().replace(&dir.display().to_string(), "DIR")
}

fn edit(dir: &Path, file: &str, change: impl Fn(String) -> String) {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(text)).unwrap();
}

#[test]
fn missing() {
    let (_folder, dir) = sample::place();
    let error = refused(&dir);
    assert!(matches!(error, SnapshotError::Missing { .. }));
    assert_eq!(
        told(&error, &dir),
        "failed to load the snapshot `DIR`: there is no such directory"
    );
}

#[test]
fn empty() {
    let (_folder, dir) = sample::place();
    fs::create_dir(&dir).unwrap();
    assert!(matches!(refused(&dir), SnapshotError::Empty { .. }));
}

#[test]
fn a_file() {
    let (_folder, dir) = saved(Form::Text);
    let manifest = dir.join("manifest.json");
    let error = refused(&manifest);
    assert!(matches!(error, SnapshotError::IsAFile { .. }));
    assert_eq!(
        error.help(),
        format!("name the directory: `{}`", dir.display())
    );
}

#[test]
fn another_directory() {
    let (_folder, dir) = sample::place();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("notes.txt"), "").unwrap();
    assert!(matches!(refused(&dir), SnapshotError::NoManifest { .. }));
}

#[test]
fn newer() {
    let (_folder, dir) = saved(Form::Text);
    edit(&dir, "manifest.json", |text| {
        text.replace("\"format\": 1", "\"format\": 7")
            .replace("\"orch 0.1.0\"", "\"orch 9.1\\u0007.0\"")
    });
    let error = refused(&dir);
    assert_eq!(
        told(&error, &dir),
        "failed to load the snapshot `DIR`: it has format 7, this orch reads up to 1"
    );
    assert_eq!(
        error.help(),
        "it was written by orch 9.1.0: use that version or a newer one"
    );
}

#[test]
fn a_newer_format_is_told_even_if_the_rest_changed() {
    let (_folder, dir) = sample::place();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("manifest.json"), r#"{"format":2,"parts":{}}"#).unwrap();
    assert!(matches!(
        refused(&dir),
        SnapshotError::Newer { format: 2, .. }
    ));
}

#[test]
fn the_manifest_is_broken() {
    for text in ["", "{", "[]", r#"{"format":0}"#, r#"{"format":1}"#, "\u{0}"] {
        let (_folder, dir) = saved(Form::Text);
        fs::write(dir.join("manifest.json"), text).unwrap();
        assert!(
            matches!(refused(&dir), SnapshotError::Manifest { .. }),
            "{text}"
        );
    }
}

#[test]
fn checksum_wrong() {
    for (file, form) in [
        ("resources/storage.volume.jsonl", Form::Text),
        ("series/cpu.jsonl", Form::Text),
        ("costs.csv", Form::Text),
        ("reads.jsonl", Form::Text),
        ("ledger.jsonl", Form::Text),
        ("resources/storage.volume.jsonl.zst", Form::Compressed),
    ] {
        let (_folder, dir) = saved(form);
        // Still readable, but not what was sealed.
        match form {
            Form::Text => edit(&dir, file, |text| {
                text.replacen("0.3", "0.4", 1).replacen('1', "2", 1)
            }),
            Form::Compressed => {
                let mut bytes = fs::read(dir.join(file)).unwrap();
                // An empty frame that may be skipped: it unpacks to the same lines.
                bytes.extend([0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]);
                fs::write(dir.join(file), bytes).unwrap();
            }
        }
        let error = refused(&dir);
        assert_eq!(
            told(&error, &dir),
            format!("failed to load the snapshot `DIR`: the checksum of `{file}` is wrong")
        );
    }
}

#[test]
fn one_line_is_broken() {
    for (file, line, broken, what) in [
        (
            "resources/storage.volume.jsonl",
            2,
            "{\"uid\":\"x\",,}",
            "key must be a string at column 12",
        ),
        (
            "resources/storage.volume.jsonl",
            1,
            "{}",
            "missing field `uid` at column 2",
        ),
        (
            "resources/compute.instance.jsonl",
            2,
            "",
            "EOF while parsing a value at column 0",
        ),
        ("reads.jsonl", 3, "\u{1F980}", "expected value at column 1"),
        (
            "ledger.jsonl",
            1,
            "null",
            "invalid type: null, expected struct Call at column 4",
        ),
        ("costs.csv", 3, "AWS,1", "2 cells, expected 13"),
        (
            "costs.csv",
            2,
            "AWS,1,,2026-10-21T00:00:00Z,2026-10-22T00:00:00Z,Usage,x,,,79228162514264337593543950335,,USD,false",
            "the cost 79228162514264337593543950335 is larger than 1000000000000000, which no row of a bill is",
        ),
    ] {
        let (_folder, dir) = saved(Form::Text);
        edit(&dir, file, |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines[line - 1] = broken;
            lines.join("\n") + "\n"
        });
        assert_eq!(
            told(&refused(&dir), &dir),
            format!("failed to load the snapshot `DIR`: line {line} of `{file}`: {what}")
        );
    }
}

#[test]
fn a_line_deep_inside_a_large_file_is_named() {
    let (_folder, dir) = sample::place();
    let large = orch_testkit::multiply::multiply(&sample::snapshot(), 5_000);
    save(&large, std::iter::empty(), &dir, Form::Text).unwrap();
    edit(&dir, "resources/storage.volume.jsonl", |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        (lines[1233], lines[1700]) = ("[", "]");
        lines.join("\n")
    });
    let SnapshotError::Line { line, file, .. } = refused(&dir) else {
        panic!("another error")
    };
    assert_eq!(
        (line, file.as_str()),
        (1234, "resources/storage.volume.jsonl")
    );
}

#[test]
fn lines_in_another_order_are_named() {
    let (_folder, dir) = saved(Form::Text);
    edit(&dir, "resources/compute.instance.jsonl", |text| {
        text.lines().rev().map(|line| format!("{line}\n")).collect()
    });
    let error = told(&refused(&dir), &dir);
    assert!(
        error.contains("line 2 of `resources/compute.instance.jsonl`"),
        "{error}"
    );
    assert!(error.ends_with("is out of order"), "{error}");
}

#[test]
fn a_resource_of_another_kind() {
    let (_folder, dir) = saved(Form::Text);
    let volume = fs::read(dir.join("resources/storage.volume.jsonl")).unwrap();
    fs::write(dir.join("resources/compute.instance.jsonl"), volume).unwrap();
    let error = told(&refused(&dir), &dir);
    assert!(
        error.ends_with("a storage.volume among those of compute.instance"),
        "{error}"
    );
}

#[test]
fn a_file_is_cut_short_or_gone() {
    let (_folder, dir) = saved(Form::Compressed);
    let file = dir.join("resources/storage.volume.jsonl.zst");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
    assert!(matches!(refused(&dir), SnapshotError::Unpack { .. }));
    fs::write(&file, b"none of zstd's frames").unwrap();
    assert!(matches!(refused(&dir), SnapshotError::Unpack { .. }));
    fs::remove_file(&file).unwrap();
    assert!(matches!(refused(&dir), SnapshotError::FileMissing { .. }));
    let broken = raw_series(&dir).unwrap().find(Result::is_err);
    assert!(broken.is_none(), "the series are whole");
}

#[test]
fn a_file_that_is_not_listed_is_not_left_out_silently() {
    for file in [
        "resources/network.vpc.jsonl",
        "resources/of.an.unknown.kind.jsonl",
        "costs.csv.zst",
    ] {
        let (_folder, dir) = saved(Form::Text);
        fs::write(dir.join(file), "").unwrap();
        let SnapshotError::Unlisted { file: named, .. } = refused(&dir) else {
            panic!("loads")
        };
        assert_eq!(named, file);
    }
}

#[test]
fn a_manifest_cannot_point_elsewhere() {
    for trick in [
        "/etc/passwd",
        "../other/reads.jsonl",
        "resources/../../reads.jsonl",
        "resources//storage.volume.jsonl",
        "./resources/storage.volume.jsonl",
        "resources/storage.volume.jsonl\\u0000",
        "resources/of.an.unknown.kind.jsonl",
        "manifest.json",
    ] {
        let (_folder, dir) = saved(Form::Text);
        edit(&dir, "manifest.json", |text| {
            text.replace("resources/storage.volume.jsonl", trick)
        });
        assert!(
            matches!(refused(&dir), SnapshotError::ForeignFile { .. }),
            "{trick}"
        );
    }
}

#[test]
fn a_manifest_without_its_reads_is_no_snapshot() {
    let (_folder, dir) = saved(Form::Text);
    edit(&dir, "manifest.json", |text| {
        let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        manifest["files"]
            .as_array_mut()
            .unwrap()
            .retain(|file| file["path"] != "reads.jsonl");
        manifest.to_string()
    });
    fs::remove_file(dir.join("reads.jsonl")).unwrap();
    assert!(matches!(refused(&dir), SnapshotError::FileMissing { .. }));
}

#[test]
fn a_manifest_that_names_less_than_was_read_is_not_believed() {
    let without = |list: &'static str, drop: &'static [&'static str]| {
        move |text: String| {
            let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            let kept = manifest[list].as_array_mut().unwrap();
            kept.retain(|one| {
                let name = one.as_str().or(one["name"].as_str()).unwrap();
                !drop.is_empty() && !drop.contains(&name)
            });
            manifest.to_string()
        }
    };
    for (list, drop, what) in [
        (
            "scopes",
            &[][..],
            "its scopes lack `aws:aws:111122223333:eu-south-2`, which `reads.jsonl` names",
        ),
        (
            "scopes",
            &["aws:aws:111122223333:eu-west-1"],
            "its scopes lack `aws:aws:111122223333:eu-west-1`, which `reads.jsonl` names",
        ),
        (
            "collectors",
            &[],
            "it lists `resources/cloud.account.jsonl`, but none of its collectors reads cloud.account",
        ),
        (
            "collectors",
            &["ce.costs"],
            "its collectors lack `ce.costs`, of which `reads.jsonl` holds a read",
        ),
    ] {
        let (_folder, dir) = saved(Form::Text);
        edit(&dir, "manifest.json", without(list, drop));
        let error = refused(&dir);
        assert_eq!(
            told(&error, &dir),
            format!("failed to read `DIR/manifest.json`: {what}")
        );
        assert!(error.help().contains("restore manifest.json"));
    }
}

#[test]
fn what_the_reads_do_not_name_is_missed_in_resources_and_collectors_too() {
    let snapshot = |change: fn(&mut Snapshot)| {
        let (folder, dir) = sample::place();
        let mut snapshot = sample::snapshot();
        change(&mut snapshot);
        save(&snapshot, sample::series().into_iter(), &dir, Form::Text).unwrap();
        (folder, dir)
    };
    let (_folder, dir) = snapshot(|snapshot| {
        snapshot.reads.clear();
        snapshot.scopes.retain(|scope| scope.region != "eu-west-1");
    });
    assert_eq!(
        told(&refused(&dir), &dir),
        "failed to read `DIR/manifest.json`: its scopes lack `aws:aws:111122223333:eu-west-1`, which \
         `resources/compute.instance.jsonl` names"
    );
    let (_folder, dir) = snapshot(|snapshot| {
        for collector in &mut snapshot.collectors {
            if collector.name == "ec2.volumes" {
                collector.name = "ec2.disks".into();
            }
        }
    });
    assert_eq!(
        told(&refused(&dir), &dir),
        "failed to read `DIR/manifest.json`: its collectors lack `ec2.volumes`, of which `reads.jsonl` \
         holds a read"
    );
}

#[test]
fn what_reads_a_whole_account_finds_things_in_regions_that_were_left_out() {
    let (_folder, dir) = sample::place();
    let mut snapshot = sample::snapshot();
    let mut account = builder::account();
    account.scope = account.scope.in_region("me-south-1");
    snapshot.resources = vec![account.clone()];
    save(&snapshot, sample::series().into_iter(), &dir, Form::Text).unwrap();
    assert_eq!(load(&dir, &Needs::ALL).unwrap().resources, [account]);
}

#[test]
fn what_was_left_out_need_not_be_named() {
    let (_folder, dir) = sample::place();
    let mut snapshot = sample::snapshot();
    let read = snapshot.reads[0].clone();
    snapshot.reads.push(Read {
        scope: read.scope.in_region("me-south-1"),
        outcome: Outcome::Excluded("--regions".into()),
        ..read
    });
    save(&snapshot, sample::series().into_iter(), &dir, Form::Text).unwrap();
    assert_eq!(load(&dir, &Needs::ALL).unwrap().scopes, snapshot.scopes);
}

#[test]
fn a_place_that_is_taken() {
    let (_folder, dir) = sample::place();
    let snapshot = sample::snapshot();
    let save = |dir: &Path| save(&snapshot, std::iter::empty(), dir, Form::Text);
    fs::create_dir(&dir).unwrap();
    save(&dir).unwrap();
    let error = save(&dir).unwrap_err();
    assert_eq!(
        told(&error, &dir),
        "failed to write a snapshot to `DIR`: the directory is not empty"
    );
    let error = Partial::create(&dir, &crate::partial::plan()).unwrap_err();
    assert!(matches!(error, SnapshotError::OutNotEmpty { .. }));
    let file = dir.join("manifest.json");
    assert!(matches!(save(&file), Err(SnapshotError::OutIsAFile { .. })));
    assert!(save(&file.join("below")).is_err());
    assert!(save(Path::new("/")).is_err());
    assert_eq!(
        load(&dir, &Needs::ALL).unwrap().resources,
        snapshot.resources
    );
}

#[cfg(unix)]
#[test]
fn unwritable() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, dir) = sample::place();
    let closed = dir.with_file_name("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    let out = closed.join("snapshot");
    // The administrator may write everywhere but to the kernel's own files.
    let out = if fs::create_dir(closed.join("probe")).is_ok() {
        "/proc/snapshot".into()
    } else {
        out
    };
    let error = Partial::create(&out, &crate::partial::plan()).unwrap_err();
    assert!(
        error.to_string().starts_with("failed to write `"),
        "{error}"
    );
    assert!(matches!(
        error,
        SnapshotError::Unwritable { .. } | SnapshotError::Write { .. }
    ));
}

#[cfg(target_os = "linux")]
#[test]
fn disk_full() {
    let (_folder, out) = sample::place();
    let partial = Partial::create(&out, &crate::partial::plan()).unwrap();
    let scope = builder::scope("eu-west-1");
    // A device that is always full takes the place of the shard.
    let mut probe = partial.shard(&scope, "ec2.volumes");
    probe.push(builder::volume(&scope, "vol-1", None)).unwrap();
    let shards = partial.dir().join("shards");
    let path = fs::read_dir(&shards)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();

    let mut shard = partial.shard(&scope, "ec2.volumes");
    let mut error = None;
    for _ in 0..10_000 {
        if let Err(full) = shard.push(builder::volume(&scope, "vol-1", None)) {
            error = Some(full);
            break;
        }
    }
    let error = error.unwrap();
    assert!(matches!(error, SnapshotError::DiskFull { .. }), "{error}");
    assert!(error.to_string().ends_with("the disk is full"), "{error}");
    let resume = format!("orch collect --resume {}", partial.dir().display());
    assert!(error.help().contains(&resume), "{}", error.help());
    drop((partial, shard, probe));

    // What was read is kept: the collection can be taken up.
    fs::remove_file(&path).unwrap();
    let (_, plan, done) = Partial::resume(&out.with_file_name("snapshot.partial")).unwrap();
    assert_eq!((plan, done), (crate::partial::plan(), vec![]));

    // Nothing is kept of what is gone, as a temporary collection is.
    fs::remove_dir_all(out.with_file_name("snapshot.partial")).unwrap();
    assert_eq!(error.help(), "make room, or write to another disk");
}
