//! Which disk a volume needs: the cheapest type and setting that delivers what was measured.
//!
//! Need = the largest measured period. A percentile would leave out the very minutes a disk is slow in, and Compute
//! Optimizer looks at the maximum too ("EBSUtilizationMetric"). The need may take so many percent of what a candidate
//! delivers as the profile lets processors take. Disks never shrink: no cloud tells how full they are.

use orch_engine::{Inventory, Unseen};
use orch_model::kind::StorageVolume;
use orch_model::{Body, Dataset, Digest, Field, Kind, Metric, Provider, Resource, Scope};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use super::effort::Effort;
use super::estate::{NotRead, Subject, Unjudged, Unsaid};
use super::recommend::Settings;
use super::speed::DISKS;
use crate::facts::unseen;
use crate::price::{Amount, Price, price};

const MIB: f64 = 1_048_576.0;

/// A volume as it could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disk {
    /// Its type.
    pub volume_type: SmolStr,
    /// Operations a second that it delivers; none where nothing tells.
    pub iops: Option<i64>,
    /// MiB a second that it delivers; none where nothing tells.
    pub throughput_mib: Option<i64>,
    /// US dollars a month, with the formula.
    pub price: Price,
}

/// A cheaper disk on which the work fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiskCandidate {
    /// The disk.
    pub disk: Disk,
    /// The need in percent of its operations.
    pub projected_iops: Decimal,
    /// The need in percent of its throughput.
    pub projected_throughput: Decimal,
    /// What it saves a month.
    pub saving: Amount,
    /// What it promises less.
    pub less: Option<&'static str>,
    /// Whether the volume is changed while it is in use; else it is copied.
    pub in_place: bool,
}

/// What there is to say of a volume.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiskEntry {
    /// The volume.
    pub subject: Subject,
    /// Its size in GiB.
    pub size_gib: i64,
    /// As it is.
    pub now: Disk,
    /// The largest measured period, in operations a second.
    pub used_iops: Decimal,
    /// The largest measured period, in MiB a second.
    pub used_mib: Decimal,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// Days that were measured.
    pub days: f64,
    /// The cheapest first.
    pub candidates: Vec<DiskCandidate>,
}

/// What there is to say of the volumes of an estate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Disks {
    /// Sorted by saving, the largest first; then by uid.
    pub entries: Vec<DiskEntry>,
    /// Sorted by uid.
    pub unjudged: Vec<Unjudged>,
    /// Places whose volumes were not completely read.
    pub not_read: Vec<NotRead>,
}

/// Looks at every attached volume of a type whose speed is sold. One that is attached to nothing is to be deleted.
pub(super) fn disks(inventory: &Inventory<'_>, settings: &Settings, least_days: f64) -> Disks {
    let mut disks = Disks {
        not_read: super::estate::not_read(inventory, Kind::StorageVolume),
        ..Disks::default()
    };
    for resource in &inventory.snapshot().resources {
        let Body::StorageVolume(volume) = &resource.body else {
            continue;
        };
        if !is_of_interest(&resource.scope, volume) {
            continue;
        }
        match look(resource, volume, inventory, settings, least_days) {
            Ok(entry) => disks.entries.push(entry),
            Err(unseen) => {
                let Unsaid { why, gap } = Unsaid::of_some_clouds(unseen);
                let subject = Subject::of(resource);
                disks.unjudged.push(Unjudged { subject, why, gap });
            }
        }
    }
    disks.entries.sort_by(|left, right| {
        let by = |entry: &DiskEntry| std::cmp::Reverse(entry.saving());
        (by(left), &left.subject.uid).cmp(&(by(right), &right.subject.uid))
    });
    disks
}

impl DiskEntry {
    /// What the cheapest candidate saves a month.
    pub fn saving(&self) -> Option<Amount> {
        self.candidates.first().map(|first| first.saving)
    }
}

/// Looks at one volume.
///
/// # Errors
/// The reasons why its use or its price is not known.
pub(crate) fn look(
    resource: &Resource,
    volume: &StorageVolume,
    inventory: &Inventory<'_>,
    settings: &Settings,
    least_days: f64,
) -> Result<DiskEntry, Unseen> {
    let operations = measured(resource, inventory, Metric::VolumeOperations)?;
    let bytes = measured(resource, inventory, Metric::VolumeBytes)?;
    entry(resource, volume, (operations, bytes), settings, least_days)
}

/// Those where another type or setting may cost less: what is bought, and what is dearer than the cheapest.
pub(crate) fn is_of_interest(scope: &Scope, volume: &StorageVolume) -> bool {
    if volume.attachments.is_empty() {
        return false;
    }
    match (scope.provider, volume.volume_type.as_str()) {
        (Provider::Aws, "io1" | "io2") | (Provider::Gcp, "pd-ssd" | "pd-balanced") => true,
        (Provider::Aws, "gp3") => {
            let above =
                |field: &Field<i64>, included| field.value().is_some_and(|has| *has > included);
            above(&volume.iops, crate::price::GP3_INCLUDED_IOPS)
                || above(
                    &volume.throughput_mib,
                    crate::price::GP3_INCLUDED_THROUGHPUT,
                )
        }
        _ => false,
    }
}

/// What there is to say of a volume with such operations and bytes.
fn entry(
    resource: &Resource,
    volume: &StorageVolume,
    (operations, bytes): (&Digest, &Digest),
    settings: &Settings,
    least_days: f64,
) -> Result<DiskEntry, Unseen> {
    let days = days(operations).min(days(bytes));
    if days < least_days {
        let why = format_smolstr!("measured on {days:.1} days, and {least_days:.1} are needed");
        return Err(Unseen::untold("use", why));
    }
    let a_second = |digest: &Digest, unit: f64| {
        Decimal::from_f64(digest.max / f64::from(digest.step_s.max(1)) / unit)
            .map(|value| value.max(Decimal::ZERO))
            .ok_or_else(|| Unseen::untold("use", "the largest point is not a number"))
    };
    let used_iops = a_second(operations, 1.0)?;
    let used_mib = a_second(bytes, MIB)?;
    let now = price(settings.prices, resource).map_err(unseen)?;
    let share = settings.profile.cpu_limit;
    let least = |used: Decimal| {
        let least = (used * Decimal::ONE_HUNDRED).checked_div(share)?.ceil();
        least.to_i64()
    };
    let too_much = || Unseen::untold("use", "more than any disk delivers");
    let (iops, mib) = (
        least(used_iops).ok_or_else(too_much)?,
        least(used_mib).ok_or_else(too_much)?,
    );
    let present = DISKS
        .iter()
        .filter(|disk| disk.provider == resource.scope.provider);
    let present = present
        .filter(|disk| disk.name == volume.volume_type)
        .find_map(|disk| disk.less);
    let mut candidates: Vec<DiskCandidate> = DISKS
        .iter()
        .filter(|disk| disk.provider == resource.scope.provider)
        .filter(|disk| effort(disk.in_place) <= settings.most_effort)
        .filter_map(|disk| {
            let delivered = disk.for_need(volume.size_gib, iops, mib)?;
            let as_it_could_be = StorageVolume {
                volume_type: disk.name.into(),
                iops: Field::read(delivered.set_iops),
                throughput_mib: Field::read(delivered.set_throughput),
                ..volume.clone()
            };
            let resource = Resource {
                body: as_it_could_be.into(),
                ..resource.clone()
            };
            let then = price(settings.prices, &resource).ok()?;
            if then.monthly >= now.monthly {
                return None;
            }
            Some(DiskCandidate {
                projected_iops: percent(used_iops, delivered.iops)?,
                projected_throughput: percent(used_mib, delivered.throughput)?,
                saving: Amount(now.monthly.0 - then.monthly.0),
                less: disk.less.filter(|_| present != disk.less),
                in_place: disk.in_place,
                disk: Disk {
                    volume_type: disk.name.into(),
                    iops: Some(delivered.iops),
                    throughput_mib: Some(delivered.throughput),
                    price: then,
                },
            })
        })
        .collect();
    candidates.sort_by(|left, right| {
        (left.disk.price.monthly, &left.disk.volume_type)
            .cmp(&(right.disk.price.monthly, &right.disk.volume_type))
    });
    Ok(DiskEntry {
        subject: Subject::of(resource),
        size_gib: volume.size_gib,
        now: Disk {
            volume_type: volume.volume_type.clone(),
            iops: volume.iops.value().copied(),
            throughput_mib: volume.throughput_mib.value().copied(),
            price: now,
        },
        used_iops,
        used_mib,
        step_s: operations.step_s,
        days,
        candidates,
    })
}

/// How much work it is to change a disk: nothing stops, or all of it is copied to another one.
fn effort(in_place: bool) -> Effort {
    match in_place {
        true => Effort::VeryLow,
        false => Effort::Medium,
    }
}

fn percent(used: Decimal, of: i64) -> Option<Decimal> {
    (used * Decimal::ONE_HUNDRED).checked_div(Decimal::from(of))
}

fn days(digest: &Digest) -> f64 {
    f64::from(digest.points) * f64::from(digest.step_s) / 86_400.0
}

fn measured<'s>(
    resource: &Resource,
    inventory: &Inventory<'s>,
    metric: Metric,
) -> Result<&'s Digest, Unseen> {
    inventory.state(Dataset::Series(metric), &resource.scope)?;
    let digests: &'s [Digest] = inventory.digests(&resource.uid, metric);
    digests
        .first()
        .ok_or_else(|| Unseen::untold("use", "the cloud holds no points of it"))
}

#[cfg(test)]
#[path = "volume_tests.rs"]
mod tests;
