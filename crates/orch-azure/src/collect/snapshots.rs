//! storage.snapshot: snapshots of managed disks.

use orch_collect::CollectorSpec;
use orch_model::kind::StorageSnapshot;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::disks::origin;
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, resource};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Compute/snapshots/read";

/// Snapshots.
pub(super) struct Snapshots;

impl ArmList for Snapshots {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.snapshots",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::StorageSnapshot)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Compute/snapshots",
        "2024-03-02",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let taken_at = of
            .time("timeCreated")?
            .ok_or_else(|| of.missing("timeCreated"))?;
        let volume = origin(of)?.filter(|origin| names::after(origin, "disks").is_some());
        let links: Vec<_> = links(Relation::MadeFrom, volume.as_ref()).collect();
        let body = StorageSnapshot {
            volume: Field::read(volume),
            volume_size_gib: of.int("diskSizeGB")?.unwrap_or_default(),
            taken_at,
            // Azure encrypts every snapshot; the question is with whose key.
            encrypted: true,
            state: state(of)?,
            // Snapshots of Azure cannot be shared with everybody.
            public: Field::Value(false),
            tier: Field::Value(Text::new_static("standard")),
            description: Field::None,
        };
        let made = Field::Value(taken_at);
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// In our words. A copy from another region arrives in the background.
fn state(of: Node<'_>) -> Result<Text, Malformed> {
    let failed = of.word("provisioningState", &["Failed"])? == Some(true)
        || of.has("copyCompletionError.errorCode");
    let arriving = of
        .at("completionPercent")?
        .value()
        .as_f64()
        .is_some_and(|percent| percent < 100.0);
    let made = of.word("provisioningState", &["Succeeded"])?;
    Ok(Text::new_static(match (failed, arriving, made) {
        (true, ..) => "error",
        (false, true, _) | (false, false, Some(false)) => "pending",
        _ => "completed",
    }))
}
