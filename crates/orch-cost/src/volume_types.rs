//! What a volume of a previous generation would cost as its successor, at no less performance.

use orch_model::kind::StorageVolume;
use orch_model::{Body, Field, Reason, Resource};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::SmolStr;

use crate::catalog::Prices;
use crate::price::{Amount, GP3_INCLUDED_IOPS, GP3_INCLUDED_THROUGHPUT, price, unknown};

/// Operations a second of a gp2 volume per GiB, and their ceiling (Amazon EBS User Guide, gp2).
const GP2_IOPS_A_GIB: i64 = 3;
const GP2_MOST_IOPS: i64 = 16_000;
/// Up to this size a gp2 volume delivers at most 128 MiB/s, about what gp3 includes; above it up to 250.
const GP2_SMALL_GIB: i64 = 170;
const GP2_MOST_THROUGHPUT: i64 = 250;

/// The same volume in the type that follows its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Modern {
    /// The successor: gp2 and standard → gp3, io1 → io2.
    pub volume_type: SmolStr,
    /// Operations a second to provision, so that nothing gets slower.
    pub iops: i64,
    /// MiB a second to provision; zero where the type has no such setting.
    pub throughput_mib: i64,
    /// US dollars a month.
    pub monthly: Amount,
    /// What that saves a month; zero where the successor costs as much or more.
    pub saving: Amount,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
}

/// The successor of a volume's type; none where it is of a current one.
///
/// # Errors
/// The reason why one of the two prices is not known.
pub fn modern(prices: Prices, resource: &Resource) -> Result<Field<Modern>, Reason> {
    let Body::StorageVolume(volume) = &resource.body else {
        return Ok(Field::None);
    };
    let (volume_type, iops, throughput_mib) = match volume.volume_type.as_str() {
        "gp2" => {
            let baseline = volume
                .size_gib
                .saturating_mul(GP2_IOPS_A_GIB)
                .min(GP2_MOST_IOPS);
            let throughput = if volume.size_gib > GP2_SMALL_GIB {
                GP2_MOST_THROUGHPUT
            } else {
                GP3_INCLUDED_THROUGHPUT
            };
            ("gp3", baseline.max(GP3_INCLUDED_IOPS), throughput)
        }
        "standard" => {
            return Err(unknown(
                "the requests of a standard volume are billed on top",
            ));
        }
        "io1" => match volume.iops {
            Field::Value(iops) => ("io2", iops, 0),
            Field::None | Field::NotRead => {
                return Err(unknown("the volume's iops was not read"));
            }
        },
        _ => return Ok(Field::None),
    };
    let successor = StorageVolume {
        volume_type: volume_type.into(),
        iops: Field::Value(iops),
        throughput_mib: if throughput_mib > 0 {
            Field::Value(throughput_mib)
        } else {
            Field::None
        },
        ..(**volume).clone()
    };
    let now = price(prices, resource)?;
    let successor = Resource {
        body: successor.into(),
        ..resource.clone()
    };
    let then = price(prices, &successor)?;
    Ok(Field::Value(Modern {
        volume_type: volume_type.into(),
        iops,
        throughput_mib,
        monthly: then.monthly,
        saving: Amount((now.monthly.0 - then.monthly.0).max(Decimal::ZERO)),
        derived: now.derived || then.derived,
    }))
}

#[cfg(test)]
#[path = "volume_types_tests.rs"]
mod tests;
