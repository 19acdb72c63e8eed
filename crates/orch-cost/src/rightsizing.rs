//! The cheapest smaller instance type that still fits what an instance needs.

use orch_model::{Field, Provider, Reason, Scope, Why};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use crate::catalog::{self, MachineSpec};
use crate::price::{Amount, HOURS_A_MONTH, unknown};

/// Share of the new type's processors that the need may take, in percent: 100 less the 20 % headroom that
/// AWS Compute Optimizer keeps by default (user guide, "Rightsizing recommendation preferences").
pub const CPU_TARGET: u32 = 80;

/// Families whose members differ in size, processor and memory only, and may be exchanged for one another.
const GENERAL: [&str; 3] = ["c", "m", "r"];
/// What a letter in a family's name promises beyond its processor: local disk, network, disk bandwidth, clock
/// rate, more of something. A candidate keeps every one of them.
const PROMISES: [char; 5] = ['d', 'n', 'b', 'z', 'e'];

/// A smaller type that fits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Smaller {
    /// The type.
    pub instance_type: SmolStr,
    /// Its virtual processors.
    pub vcpu: i64,
    /// Its memory in GiB: never less than now, because memory use is not measured.
    pub memory_gib: f64,
    /// US dollars a month; not known for a licensed system.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub monthly: Field<Amount>,
    /// What it saves a month.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub saving: Field<Amount>,
    /// Processors needed: 99.5th percentile of use × processors now.
    pub need_vcpu: f64,
    /// What that need is on the new type, in percent.
    pub projected_p995: f64,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
}

/// A family name in parts: `c5dn` is series `c`, generation 5, promises `dn`.
#[derive(Debug, PartialEq, Eq)]
struct Family<'a> {
    name: &'a str,
    series: &'a str,
    letters: &'a str,
}

impl<'a> Family<'a> {
    fn of(instance_type: &'a str) -> Self {
        let name = instance_type.split('.').next().unwrap_or(instance_type);
        let digit = name
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(name.len());
        let (series, rest) = name.split_at(digit);
        Self {
            name,
            series,
            letters: rest.trim_start_matches(|c: char| c.is_ascii_digit()),
        }
    }

    /// Burstable types earn credits: their processors are not all theirs. T families, and `flex` types.
    fn bursts(&self) -> bool {
        self.series == "t" || self.letters.contains("flex")
    }

    fn promises(&self) -> impl Iterator<Item = char> {
        let letters = self.letters.split('-').next().unwrap_or_default();
        PROMISES
            .into_iter()
            .filter(move |promise| letters.contains(*promise))
    }

    /// Whether an instance of this family may become one of the other.
    ///
    /// Never to a burstable family: percentiles do not tell how long credits last. Across families only
    /// between the general ones (burstable to them is safe); others (local disks, accelerators, very large
    /// memory) stay in their own.
    fn may_become(&self, other: &Self) -> bool {
        if other.bursts() {
            return false;
        }
        if self.name == other.name {
            return true;
        }
        let general = self.bursts() || GENERAL.contains(&self.series);
        general
            && GENERAL.contains(&other.series)
            && self
                .promises()
                .all(|promise| other.promises().any(|kept| kept == promise))
    }
}

fn is_metal(name: &str) -> bool {
    name.contains(".metal")
}

/// The cheapest type with fewer processors on which the 99.5th percentile of use stays at or below
/// [`CPU_TARGET`], with no less memory, the same architecture, no fewer accelerators, current, and with a
/// price in the same region; none where there is none.
///
/// # Errors
/// The reason why the type or its price is not known.
pub fn smaller(scope: &Scope, instance_type: &str, p995: f64) -> Result<Field<Smaller>, Reason> {
    if scope.provider != Provider::Aws || scope.partition != "aws" {
        return Err(unknown(format_smolstr!(
            "no price list for {}",
            scope.partition
        )));
    }
    let now = catalog::machine(instance_type).ok_or_else(|| {
        not_sized(format_smolstr!(
            "the size of {instance_type} is not in the catalogue"
        ))
    })?;
    let paid = catalog::instance_price(&scope.region, instance_type).ok_or_else(|| {
        unknown(format_smolstr!(
            "none listed for {instance_type} in {}",
            scope.region
        ))
    })?;
    let Some(share) = Decimal::from_f64(p995) else {
        return Err(not_sized("the 99.5th percentile is not a number".into()));
    };
    let need = share / Decimal::ONE_HUNDRED * Decimal::from(now.vcpu);
    let family = Family::of(now.name);
    // `projected` at most `CPU_TARGET`, without a division for each type.
    let least = (need * Decimal::ONE_HUNDRED / Decimal::from(CPU_TARGET)).ceil();
    let vcpu = least.to_u32().unwrap_or(u32::MAX)..now.vcpu;
    let types = catalog::instance_types(&scope.region);
    let cheaper = types.partition_point(|(_, price)| price.usd < paid.usd);
    let best = types
        .iter()
        .take(cheaper)
        .find(|(spec, _)| vcpu.contains(&spec.vcpu) && fits(now, &family, spec));
    let Some((spec, price)) = best else {
        return Ok(Field::None);
    };
    let month = Decimal::from(HOURS_A_MONTH);
    Ok(Field::Value(Smaller {
        instance_type: spec.name.into(),
        vcpu: spec.vcpu.into(),
        memory_gib: spec.memory_gib.to_f64().unwrap_or_default(),
        monthly: Field::Value(Amount(price.usd * month)),
        saving: Field::Value(Amount((paid.usd - price.usd) * month)),
        need_vcpu: need.to_f64().unwrap_or_default(),
        projected_p995: projected(need, spec).to_f64().unwrap_or_default(),
        derived: price.derived || paid.derived,
    }))
}

fn not_sized(why: SmolStr) -> Reason {
    Reason {
        what: SmolStr::new_static("smaller type"),
        why: Why::Untold(why),
    }
}

/// What a need of processors is on a type, in percent.
fn projected(need: Decimal, spec: &MachineSpec) -> Decimal {
    need / Decimal::from(spec.vcpu.max(1)) * Decimal::ONE_HUNDRED
}

/// Whether a type offers what the instance has besides processors.
fn fits(now: &MachineSpec, family: &Family<'_>, spec: &MachineSpec) -> bool {
    spec.accelerators >= now.accelerators
        && spec.architecture == now.architecture
        && spec.memory_gib >= now.memory_gib
        && is_metal(spec.name) == is_metal(now.name)
        && family.may_become(&Family::of(spec.name))
}

#[cfg(test)]
#[path = "rightsizing_tests.rs"]
mod tests;
