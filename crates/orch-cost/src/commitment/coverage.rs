//! How much of the usage commitments cover, and how much of the commitments is used, hour by hour.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveTime, Utc};
use orch_model::{Currency, Provider, Text, Time};
use rust_decimal::Decimal;

use super::scope::provider as cloud;
use super::simulate::percent;
use super::usage::{CommitmentKey, Held, Hour, Place, Usage};
use crate::bill::{Period, last_closed_day};

/// Hours of closed days, the last one not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first hour.
    pub from: Time,
    /// The hour after the last.
    pub until: Time,
}

impl Window {
    /// The hours of the closed days of a period: those of other days may still fill up.
    pub fn of(period: &Period) -> Self {
        let midnight =
            |day: chrono::NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
        let last = last_closed_day(period.as_of).min(period.to);
        Self {
            from: midnight(period.from),
            until: midnight(last) + Duration::days(1),
        }
    }
}

/// What commitments cover of usage, at list prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Hours with any of it.
    pub hours: usize,
    /// What was on demand.
    pub on_demand: Decimal,
    /// What commitments covered.
    pub covered: Decimal,
    /// The covered part in percent; none where there was nothing, where a covered row has no list price, or where rows
    /// of the provider do not say what they are.
    pub percent: Option<Decimal>,
    /// The hour with the smallest part, and that part.
    pub lowest: Option<(Time, Decimal)>,
    /// Covered rows without list price.
    pub unpriced: u64,
}

/// A place with its coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Whose usage, where, of what sort.
    pub place: Place,
    /// What of it is covered.
    pub coverage: Coverage,
}

/// How far a commitment is used, in amortised money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utilisation {
    /// The commitment.
    pub key: CommitmentKey,
    /// FOCUS `CommitmentDiscountType`.
    pub kind: Option<Text>,
    /// Hours of which the bill says anything.
    pub hours: usize,
    /// What was used.
    pub used: Decimal,
    /// What was not.
    pub unused: Decimal,
    /// The used part in percent; none where the bill does not say it by the hour.
    pub percent: Option<Decimal>,
    /// The hour with the smallest part, and that part.
    pub lowest: Option<(Time, Decimal)>,
    /// Why there is no percentage.
    pub unknown: Option<&'static str>,
}

/// One hour of all usage of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourOfAll {
    /// When it begins.
    pub time: Time,
    /// What was on demand, at list price.
    pub on_demand: Decimal,
    /// What was covered, at list price.
    pub covered: Decimal,
    /// The covered part in percent.
    pub coverage: Option<Decimal>,
    /// What of the commitments was used.
    pub used: Decimal,
    /// What was not.
    pub unused: Decimal,
    /// The used part in percent.
    pub utilisation: Option<Decimal>,
}

/// All usage of a provider in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfProvider {
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// The currency.
    pub currency: Currency,
    /// What is covered.
    pub coverage: Coverage,
    /// What of the commitments was used.
    pub used: Decimal,
    /// What was not.
    pub unused: Decimal,
    /// The used part in percent.
    pub utilisation: Option<Decimal>,
    /// The hour with the smallest part, and that part.
    pub lowest: Option<(Time, Decimal)>,
    /// Why there is no percentage of use.
    pub unknown: Option<&'static str>,
    /// Each hour, in order.
    pub hours: Vec<HourOfAll>,
}

/// Usage of which nothing is known by the hour, on all days of the bill: a row of a month is of no hours in particular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// The currency.
    pub currency: Currency,
    /// Rows of it.
    pub rows: u64,
    /// What they cost.
    pub cost: Decimal,
    /// Why nothing is known of them.
    pub why: &'static str,
    /// Which export says it.
    pub enable: &'static str,
}

/// What commitments did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The hours it is about.
    pub window: Window,
    /// Each provider and currency.
    pub providers: Vec<OfProvider>,
    /// Each place, what is most on demand first.
    pub places: Vec<Covered>,
    /// Each commitment, what is most unused first.
    pub commitments: Vec<Utilisation>,
    /// What is not known by the hour.
    pub unknown: Vec<Unknown>,
}

/// Which export has rows of hours. AWS: Data Exports user guide, table dictionary of CUR 2.0 and of FOCUS 1.2
/// (`TIME_GRANULARITY`; FOCUS 1.0 is always hourly). Azure: "Automation for partners/Cost details dataset" has a `Date`
/// and no time, and the Consumption API has the grains daily and monthly. Google Cloud: "Structure of Detailed data
/// export" (`usage_start_time`, by the hour). All read in 2026.
fn enable(provider: &str) -> &'static str {
    match cloud(provider) {
        Some(Provider::Aws) => {
            "enable an hourly export in AWS Data Exports: FOCUS or CUR 2.0 with TIME_GRANULARITY = HOURLY; Cost Explorer and daily exports cannot tell it"
        }
        Some(Provider::Azure) => {
            "Azure exports rows of days only, FOCUS too: use by the day is in the reservation utilisation of Cost Management and in the Consumption API (reservationSummaries, grain daily)"
        }
        Some(Provider::Gcp) => {
            "enable the detailed usage cost export to BigQuery, whose rows are of hours, and read its rows with --focus"
        }
        None => "ask the provider for a FOCUS export with rows of one hour",
    }
}

const LONGER: &str = "the bill says what it left unused only for longer than an hour";
const WHOLE: &str =
    "the bill says what it left unused only for longer than an hour; the sums count all of it";
const UNTOLD: &str = "the bill does not say how much of its commitments was used";
const NO_COMMITMENT: &str = "no commitment in the bill";
const NO_HOURS: &str = "no hour of it is in these days";
const NOTHING_PAID: &str = "the bill says that it cost nothing, used or not";

/// What commitments did in these hours.
pub fn report(usage: &Usage, window: Window) -> Report {
    let mut places: Vec<Covered> = usage
        .places
        .iter()
        .filter_map(|(place, hours)| {
            let coverage = coverage(within(hours, window));
            let known = knows_all(usage, &place.provider, &place.currency);
            (coverage.hours > 0).then(|| Covered {
                place: place.clone(),
                coverage: coverage.if_known(known),
            })
        })
        .collect();
    places.sort_by_key(|covered| std::cmp::Reverse(covered.coverage.on_demand));
    let mut commitments: Vec<Utilisation> = usage
        .commitments
        .iter()
        .map(|(key, held)| utilisation(key, held, window))
        .collect();
    commitments.sort_by_key(|one| std::cmp::Reverse(one.unused));
    Report {
        window,
        providers: providers(usage, window),
        places,
        commitments,
        unknown: not_known(&usage.not_hourly, "are of more than an hour", enable)
            .chain(not_known(&usage.unnamed, UNNAMED, |_| METERS))
            .collect(),
    }
}

const UNNAMED: &str =
    "do not say what they are, so that nobody knows what of them a commitment could cover";
const METERS: &str = "export the columns SkuMeter and ChargeDescription as well";

fn not_known<'u>(
    of: &'u BTreeMap<(Text, Currency), (u64, Decimal)>,
    why: &'static str,
    enable: fn(&str) -> &'static str,
) -> impl Iterator<Item = Unknown> + 'u {
    of.iter()
        .map(move |((provider, currency), (rows, cost))| Unknown {
            provider: provider.clone(),
            currency: currency.clone(),
            rows: *rows,
            cost: *cost,
            why,
            enable: enable(provider),
        })
}

fn within<V>(hours: &BTreeMap<Time, V>, window: Window) -> impl Iterator<Item = (&Time, &V)> {
    hours
        .iter()
        .filter(move |(time, _)| (window.from..window.until).contains(*time))
}

/// The smaller part of two hours; of equal ones the earlier.
fn lower(
    lowest: Option<(Time, Decimal)>,
    time: Time,
    percent: Option<Decimal>,
) -> Option<(Time, Decimal)> {
    match (lowest, percent) {
        (Some((_, known)), Some(percent)) if percent < known => Some((time, percent)),
        (None, Some(percent)) => Some((time, percent)),
        _ => lowest,
    }
}

fn coverage<'a>(hours: impl Iterator<Item = (&'a Time, &'a Hour)>) -> Coverage {
    let mut sum = Coverage::default();
    for (time, hour) in hours {
        sum.hours += 1;
        sum.on_demand += hour.on_demand_list;
        sum.covered += hour.covered_list;
        sum.unpriced += hour.unpriced;
        sum.lowest = lower(sum.lowest, *time, of_hour(hour));
    }
    sum.percent = percent(sum.covered, sum.covered + sum.on_demand).filter(|_| sum.unpriced == 0);
    sum
}

/// Whether every row on demand says what it is. One that does not may be of any place and of any hour.
fn knows_all(usage: &Usage, provider: &Text, currency: &Currency) -> bool {
    let key = (provider.clone(), currency.clone());
    !usage.unnamed.contains_key(&key)
}

impl Coverage {
    /// Without its parts in percent, where they are not known.
    fn if_known(self, known: bool) -> Self {
        Self {
            percent: self.percent.filter(|_| known),
            lowest: self.lowest.filter(|_| known),
            ..self
        }
    }
}

fn of_hour(hour: &Hour) -> Option<Decimal> {
    percent(hour.covered_list, hour.covered_list + hour.on_demand_list)
        .filter(|_| hour.unpriced == 0)
}

fn utilisation(key: &CommitmentKey, held: &Held, window: Window) -> Utilisation {
    let (mut used, mut unused, mut hours) = (Decimal::ZERO, Decimal::ZERO, 0);
    let mut lowest = None;
    for (time, hour) in within(&held.hours, window) {
        hours += 1;
        used += hour.0;
        unused += hour.1;
        lowest = lower(lowest, *time, percent(hour.0, hour.0 + hour.1));
    }
    let part = percent(used, used + unused);
    let unknown = match part {
        _ if held.longer_rows > 0 => Some(WHOLE),
        _ if held.untold > 0 => Some(UNTOLD),
        Some(_) => None,
        None if hours == 0 => Some(NO_HOURS),
        None => Some(NOTHING_PAID),
    };
    Utilisation {
        key: key.clone(),
        kind: held.kind.clone(),
        hours,
        used: used + held.longer.0,
        unused: unused + held.longer.1,
        percent: part.filter(|_| unknown.is_none()),
        lowest: lowest.filter(|_| unknown.is_none()),
        unknown,
    }
}

fn providers(usage: &Usage, window: Window) -> Vec<OfProvider> {
    let of_places = usage
        .places
        .keys()
        .map(|place| (&place.provider, &place.currency));
    let of_commitments = usage
        .commitments
        .keys()
        .map(|key| (&key.provider, &key.currency));
    let all: BTreeSet<(&Text, &Currency)> = of_places.chain(of_commitments).collect();
    all.into_iter()
        .filter_map(|(provider, currency)| of_provider(usage, window, provider, currency))
        .collect()
}

fn of_provider(
    usage: &Usage,
    window: Window,
    provider: &Text,
    currency: &Currency,
) -> Option<OfProvider> {
    let mut hours: BTreeMap<Time, (Hour, Decimal, Decimal)> = BTreeMap::new();
    for (place, of_place) in &usage.places {
        if (&place.provider, &place.currency) != (provider, currency) {
            continue;
        }
        for (time, hour) in within(of_place, window) {
            let sum = &mut hours.entry(*time).or_default().0;
            sum.on_demand_list += hour.on_demand_list;
            sum.covered_list += hour.covered_list;
            sum.unpriced += hour.unpriced;
        }
    }
    let mut unknown = None;
    for (key, held) in &usage.commitments {
        if (&key.provider, &key.currency) != (provider, currency) {
            continue;
        }
        if held.longer_rows > 0 {
            unknown = Some(LONGER);
        } else if held.untold > 0 {
            unknown = Some(UNTOLD);
        }
        for (time, hour) in within(&held.hours, window) {
            let sum = hours.entry(*time).or_default();
            sum.1 += hour.0;
            sum.2 += hour.1;
        }
    }
    if hours.is_empty() {
        return None;
    }
    let known = knows_all(usage, provider, currency);
    let coverage = coverage(hours.iter().map(|(time, (hour, ..))| (time, hour))).if_known(known);
    let used: Decimal = hours.values().map(|(_, used, _)| used).sum();
    let unused: Decimal = hours.values().map(|(.., unused)| unused).sum();
    let part = percent(used, used + unused);
    let unknown = unknown.or(match part {
        Some(_) => None,
        None if coverage.covered.is_zero() && coverage.unpriced == 0 => Some(NO_COMMITMENT),
        None => Some(UNTOLD),
    });
    let of_hours: Vec<HourOfAll> = hours
        .iter()
        .map(|(time, (hour, used, unused))| HourOfAll {
            time: *time,
            on_demand: hour.on_demand_list,
            covered: hour.covered_list,
            coverage: of_hour(hour).filter(|_| known),
            used: *used,
            unused: *unused,
            utilisation: percent(*used, *used + *unused).filter(|_| unknown.is_none()),
        })
        .collect();
    Some(OfProvider {
        provider: provider.clone(),
        currency: currency.clone(),
        coverage,
        used,
        unused,
        utilisation: part.filter(|_| unknown.is_none()),
        lowest: of_hours.iter().fold(None, |lowest, hour| {
            lower(lowest, hour.time, hour.utilisation)
        }),
        unknown,
        hours: of_hours,
    })
}
