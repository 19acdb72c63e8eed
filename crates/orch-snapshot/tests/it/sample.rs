//! A snapshot with something of everything, and ways to look at directories.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use orch_model::{
    Call, CallOutcome, Cause, Dataset, Field, Gap, Kind, Metric, Outcome, Reach, Series, Snapshot,
};
use orch_testkit::builder::{
    self, SnapshotBuilder, account, cost, firewall, instance, tcp, volume,
};

pub(crate) fn series() -> Vec<Series> {
    let (west, south) = (builder::scope("eu-west-1"), builder::scope("eu-south-2"));
    let uids = [instance(&west, "i-0aa").uid, instance(&south, "i-0bb").uid];
    let values = |seed: f64| {
        (0..600)
            .map(|n| (n % 7 != 0).then(|| f64::from(n) / seed))
            .collect()
    };
    let mut all = Vec::new();
    for uid in &uids {
        all.push(builder::series(uid, Metric::NetworkIn, values(0.3)));
        all.push(builder::series(uid, Metric::Cpu, values(7.0)));
    }
    all
}

pub(crate) fn snapshot() -> Snapshot {
    let (west, south) = (builder::scope("eu-west-1"), builder::scope("eu-south-2"));
    let global = west.global();
    let mut web = instance(&west, "i-0aa");
    web.tags = Field::Value([("Name".into(), "web \u{1F980} \"one\"\n".into())].into());
    let disk = volume(&west, "vol-0aa", Some(&web.uid));
    let denied = Outcome::Failed(Gap::new(Cause::Denied, "ec2:DescribeSecurityGroups"));
    let mut builder = SnapshotBuilder::new()
        .scope(&global)
        .scope(&west)
        .scope(&south)
        .collector(
            "account",
            &[Dataset::Kind(Kind::CloudAccount)],
            Reach::Global,
        )
        .collector("ce.costs", &[Dataset::Costs], Reach::Global)
        .collector(
            "ec2.instances",
            &[Dataset::Kind(Kind::ComputeInstance)],
            Reach::PerRegion,
        )
        .collector(
            "ec2.security-groups",
            &[Dataset::Kind(Kind::NetworkFirewall)],
            Reach::PerRegion,
        )
        .collector(
            "ec2.volumes",
            &[Dataset::Kind(Kind::StorageVolume)],
            Reach::PerRegion,
        )
        .resource(account())
        .resource(web)
        .resource(disk)
        .resource(instance(&south, "i-0bb"))
        .resource(volume(&south, "vol-0cc", None))
        .resource(firewall(
            &west,
            "sg-0aa",
            vec![tcp(22, &["0.0.0.0/1", "::/0"])],
        ))
        .cost(cost(
            1,
            "Amazon Elastic Compute Cloud - Compute",
            "12.3400000001".parse().unwrap(),
        ))
        .cost(cost(0, "Tax, \"rounded\"", "-0.10".parse().unwrap()))
        .read(&south, "ec2.security-groups", denied);
    for one in series() {
        builder = builder.series(&one);
    }
    let mut snapshot = builder.build();
    snapshot.ledger = vec![Call {
        at: builder::as_of(),
        scope: Some(west),
        collector: Some("ec2.instances".into()),
        operation: "ec2:DescribeInstances".into(),
        attempts: 2,
        outcome: CallOutcome::Ok,
        items: 1,
        page: None,
        charge_usd: "0.00001".parse().unwrap(),
    }];
    snapshot
}

/// Every file below `dir` with its content.
pub(crate) fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(
                    path.strip_prefix(dir).unwrap().to_path_buf(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    files
}

/// A place for a snapshot that does not exist yet.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("snapshot");
    (folder, dir)
}
