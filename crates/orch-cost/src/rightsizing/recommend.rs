//! The one function that finds a cheaper type.

use std::collections::BTreeMap;

use orch_model::{Provider, Reason, Why};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use smol_str::{SmolStr, format_smolstr};

use super::candidate::{Bounds, Candidate, Rows};
use super::need::{memory_used, percent_of};
use super::recommendation::{
    Applied, CpuFigures, Effective, MemoryFigures, NetworkFigures, Now, Quote, Recommendation,
    Verdict,
};
use super::{Effort, Measured, Need, Network, Profile, Refusal};
use crate::catalog::{Prices, UnitPrice};
use crate::machine_type::MachineType;
use crate::price::{Amount, HOURS_A_MONTH, unknown};

/// How to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The limits.
    pub profile: Profile,
    /// Days to look back, where not those of the profile.
    pub lookback_days: Option<u32>,
    /// Take memory use for so many percent at its peak where it is not measured.
    pub assume_memory: Option<Decimal>,
    /// Only types with fewer processors, not as many.
    pub fewer_processors: bool,
    /// Types of another architecture too.
    pub other_architecture: bool,
    /// Types that run on credits too, where their baseline carries the load.
    pub burstable: bool,
    /// Types with a derived price too.
    pub derived_prices: bool,
    /// The most work that a change may be.
    pub most_effort: Effort,
    /// How many candidates to list, and whether to count why others were refused; 0 stops at the first that fits.
    pub table: usize,
    /// What types cost.
    pub prices: Prices,
}

impl Settings {
    /// The defaults, with what types cost.
    pub fn of(prices: Prices) -> Self {
        Self {
            profile: Profile::default(),
            lookback_days: None,
            assume_memory: None,
            fewer_processors: false,
            other_architecture: false,
            burstable: false,
            derived_prices: true,
            most_effort: Effort::High,
            table: 5,
            prices,
        }
    }

    /// Days that are looked back.
    pub fn lookback_days(&self) -> u32 {
        self.lookback_days.unwrap_or(self.profile.lookback_days)
    }
}

/// An instance, or a group of equal ones, and what was measured of it.
#[derive(Debug, Clone, Copy)]
pub struct Input<'i> {
    /// Whose types.
    pub provider: Provider,
    /// Where: only types with a price there are candidates.
    pub region: &'i str,
    /// The type now.
    pub machine: &'i MachineType,
    /// Why the list price of plain Linux is not what is paid.
    pub price_not_known: Option<&'i Reason>,
    /// Averages of processor use in percent.
    pub cpu: &'i Measured,
    /// The largest momentary use in percent.
    pub peak: Option<f64>,
    /// Bytes of memory that were free.
    pub memory_available: Option<&'i Measured>,
    /// Bytes a period.
    pub network: Option<&'i Network>,
    /// How many instances there are.
    pub instances: u32,
    /// What part of its list price is really paid after commitments: 0.6 where they take two fifths off.
    pub paid_share: Option<Decimal>,
}

/// The cheapest type on which the work of an instance fits, and what that rests on.
///
/// Need = percentile of use × what there is. A type fits where the need is at most the profile's limit of what it has,
/// and where it has everything else that the present type has. Types are asked from the cheapest on, and only those
/// that are cheaper than the present one; so whatever makes the need larger can only make the answer dearer.
///
/// # Errors
/// The reason why the type, its price, or its use is not known.
pub fn recommend(input: &Input<'_>, settings: &Settings) -> Result<Recommendation, Reason> {
    let now = input.machine;
    let name = &now.name;
    let vcpu = now.vcpu.filter(|vcpu| *vcpu > 0).ok_or_else(|| {
        not_sized(format_smolstr!(
            "the size of {name} is not in the catalogue"
        ))
    })?;
    let listed = settings
        .prices
        .instance_price(input.provider, input.region, name)
        .ok_or_else(|| {
            unknown(format_smolstr!(
                "none listed for {name} in {}",
                input.region
            ))
        })?;
    let memory = memory(input, settings);
    let used = memory.as_ref().map(|memory| memory.peak_gib);
    let profile = &settings.profile;
    let need = Need::of(profile, now, input.cpu, used, input.network).ok_or_else(|| {
        not_sized(format_smolstr!(
            "the {} of processor use is not a number",
            profile.cpu_percentile.as_str()
        ))
    })?;
    let bounds = Bounds::new(now, settings, input.cpu, &need);
    let rows = Rows {
        bounds: &bounds,
        need: &need,
        peak: input.peak,
        paid_share: input.paid_share,
        paid: input.price_not_known.is_none().then_some(listed),
        hours_a_month: HOURS_A_MONTH,
    };
    let found = search(input, settings, listed, &rows);
    let chosen = found.candidates.first().cloned();
    let short =
        percent_of(need.vcpu, Decimal::from(vcpu)).is_none_or(|now| now > profile.cpu_limit);
    Ok(Recommendation {
        verdict: match &chosen {
            Some(_) => Verdict::Cheaper,
            None if short => Verdict::Short,
            None => Verdict::Fits,
        },
        profile: applied(settings, input.cpu.step_s),
        now: self::now(input, vcpu, listed),
        cpu: cpu_figures(input),
        memory,
        network: input.network.map(|network| NetworkFigures {
            received_mbps: network.received_mbps(profile.cpu_percentile),
            sent_mbps: network.sent_mbps(profile.cpu_percentile),
            days: network.received.days().min(network.sent.days()),
        }),
        saving: chosen
            .as_ref()
            .and_then(|chosen| chosen.saving)
            .map(|saving| Amount(saving.0 * Decimal::from(input.instances))),
        effective: effective(input, listed.usd, chosen.as_ref()),
        need,
        chosen,
        candidates: found.candidates,
        fitting: found.fitting,
        refused: found.refused,
        instances: input.instances,
    })
}

#[derive(Default)]
struct Found {
    candidates: Vec<Candidate>,
    fitting: usize,
    refused: BTreeMap<Refusal, usize>,
}

/// Asks the types that are cheaper, from the cheapest on.
fn search(input: &Input<'_>, settings: &Settings, listed: UnitPrice, rows: &Rows<'_>) -> Found {
    let offers = settings.prices.offers(input.provider, input.region);
    let cheaper = offers.partition_point(|offer| offer.price.for_a_month() < listed.for_a_month());
    let mut found = Found::default();
    for offer in offers.iter().take(cheaper) {
        match rows.bounds.check(offer) {
            Ok(()) => {
                found.fitting += 1;
                if found.candidates.len() < settings.table.max(1) {
                    found.candidates.extend(rows.row(offer));
                }
                if settings.table == 0 {
                    break;
                }
            }
            Err(refusal) if settings.table > 0 => {
                *found.refused.entry(refusal).or_default() += 1;
            }
            Err(_) => {}
        }
    }
    found
}

fn memory(input: &Input<'_>, settings: &Settings) -> Option<MemoryFigures> {
    let now = input.machine.memory_at_most()?;
    let measured = input
        .memory_available
        .and_then(|available| Some((memory_used(input.machine, available)?, available.days())));
    let (used, days) = match (measured, settings.assume_memory) {
        (Some((used, days)), _) => (used, Some(days)),
        (None, Some(percent)) => (
            now.checked_mul(percent)?
                .checked_div(Decimal::ONE_HUNDRED)?,
            None,
        ),
        (None, None) => return None,
    };
    Some(MemoryFigures {
        peak_percent: percent_of(used, now)?.to_f64()?,
        peak_gib: used,
        assumed: days.is_none(),
        days,
    })
}

fn applied(settings: &Settings, step_s: u32) -> Applied {
    let profile = &settings.profile;
    Applied {
        name: profile.name,
        title: profile.title,
        cpu_percentile: profile.cpu_percentile,
        cpu_limit: profile.cpu_limit,
        memory_limit: profile.memory_limit,
        network_limit: profile.network.map(|(_, limit)| limit),
        lookback_days: settings.lookback_days(),
        source: profile.source,
        remark: profile.remark(step_s),
    }
}

fn now(input: &Input<'_>, vcpu: u32, listed: UnitPrice) -> Now {
    let machine = input.machine;
    Now {
        instance_type: machine.name.clone(),
        vcpu,
        memory_gib: machine.memory_gib,
        architecture: machine.architecture,
        local_disk_gb: machine.local_disk_gb.filter(|size| *size > 0),
        price: Quote {
            hourly: Amount(listed.usd),
            monthly: Amount(listed.for_a_month() * Decimal::from(HOURS_A_MONTH)),
            derived: listed.derived,
            as_of: listed.as_of,
            source: listed.source,
        },
        price_not_known: input.price_not_known.map(ToString::to_string),
    }
}

fn cpu_figures(input: &Input<'_>) -> CpuFigures {
    let cpu = input.cpu;
    CpuFigures {
        mean: cpu.mean,
        p50: cpu.p50,
        p90: cpu.p90,
        p95: cpu.p95,
        p99: cpu.p99,
        p995: cpu.p995,
        max: cpu.max,
        peak: input.peak,
        points: cpu.points,
        days: cpu.days(),
        step_s: cpu.step_s,
    }
}

/// What is paid now less the list price of the new type: a commitment is bound to the present type until it ends.
fn effective(input: &Input<'_>, listed: Decimal, chosen: Option<&Candidate>) -> Option<Effective> {
    let monthly = input.paid_share? * listed * Decimal::from(HOURS_A_MONTH);
    let saving = (monthly - chosen?.monthly.0) * Decimal::from(input.instances);
    Some(Effective {
        monthly: Amount(monthly),
        saving: Amount(saving),
    })
}

fn not_sized(why: SmolStr) -> Reason {
    Reason {
        what: SmolStr::new_static("smaller type"),
        why: Why::Untold(why),
    }
}
