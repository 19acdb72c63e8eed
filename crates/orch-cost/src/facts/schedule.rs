//! `schedule`: the hours of the week in which an instance does nothing, and what turning it off then saves.

use std::sync::LazyLock;

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, Dataset, Field, Kind, Metric, Resource, Statistic, Text};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, digests, no_points, schema_of, unseen};
use crate::price::{Amount, hourly, price};
use crate::weekly::{self, Off};

/// The weekly pattern of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Schedule {
    /// In how many weeks the hour that was measured most often was measured.
    weeks: i64,
    /// When it could be off; none where it is used at all times, or at none, or where a group starts and stops it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    off: Field<Saved>,
}

/// Hours in which it could be off, and what that saves.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Saved {
    /// In words: `Mon-Fri 20:00-06:00 and all weekend`, in UTC.
    when: Text,
    /// Hours of a week.
    hours: i64,
    /// The highest use in these hours in any week, in percent, rounded up to halves.
    max: f64,
    /// What the instance costs less a month at list price, its disks not counted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    saving: Field<Amount>,
    /// Whether a price in it was derived and not published.
    derived: bool,
}

const NEEDS: &[Dataset] = &[Dataset::Series(Metric::Cpu)];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "schedule",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Schedule>,
        needs: NEEDS,
        about: "Hours of the week, in UTC, in which no average of processor use was above 5 % in any of at least three weeks: a window on all working days, all weekend, or both; and what turning the instance off then saves. Hours in which it was off already do not count.",
    };
    Derived::boxed(spec, derive)
}

static NO_HOURS: LazyLock<Unseen> = LazyLock::new(|| {
    let why = "its points are further apart than an hour";
    Unseen::untold("processor use", why)
});

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Schedule>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let digests = digests(resource, inventory, Metric::Cpu)?;
    let average = digests
        .iter()
        .find(|digest| digest.statistic == Statistic::Average)
        .ok_or_else(|| no_points("processor use"))?;
    let week = average.week.as_deref().ok_or_else(|| NO_HOURS.clone())?;
    let alone = instance.scaling_group.value().is_none();
    let off = weekly::off(week).filter(|_| alone);
    let (off, why) = match off {
        Some(off) => match saving(resource, &off) {
            Ok((amount, derived)) => (Some((off, Some(amount), derived)), None),
            Err(why) => (Some((off, None, false)), Some(why)),
        },
        None => (None, None),
    };
    Ok(Found {
        value: Field::Value(Schedule {
            weeks: week.weeks.iter().copied().max().unwrap_or_default().into(),
            off: Field::read(off.map(|(off, saving, derived)| Saved {
                when: off.words.into(),
                hours: off.hours.into(),
                max: off.max,
                saving: Field::seen(saving),
                derived,
            })),
        }),
        unread: why.into_iter().map(|why| ("off.saving", why)).collect(),
    })
}

/// What a month costs now less what the remaining hours of it cost, without what the cloud takes off for a whole
/// month.
fn saving(resource: &Resource, off: &Off) -> Result<(Amount, bool), Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Err(no_points("processor use"));
    };
    let now = price(resource).map_err(unseen)?;
    let hour = hourly(&resource.scope, instance).map_err(unseen)?;
    let then = off.of_the_rest(hour.usd);
    Ok((
        Amount((now.monthly.0 - then).max(rust_decimal::Decimal::ZERO)),
        now.derived,
    ))
}
