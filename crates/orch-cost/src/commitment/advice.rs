//! Which commitments to buy, and for which usage it is too early.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use orch_model::{Currency, Text, Time};
use rust_decimal::Decimal;

use super::coverage::Window;
use super::offer::{Offer, Rate};
use super::pending::{ORDER, Pending};
use super::scope::{Group, provider as cloud};
use super::simulate::{Plan, Terms, plan};
use super::usage::{Place, Usage};

/// Days with hours that it takes: two whole weeks, so that each day of the week is in it twice. AWS looks back 7, 30 or
/// 60 days for its own recommendations (Savings Plans user guide, "Understanding your recommendations"); one week may
/// be an odd one.
pub const LEAST_DAYS: u32 = 14;

/// Usage that one commitment would cover.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pool {
    /// The currency.
    pub currency: Currency,
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// FOCUS `BillingAccountId`.
    pub billing_account: Text,
    /// What sort of usage.
    pub group: Group,
    /// The region and the family, where the commitment binds to them.
    pub narrow: Option<(Option<Text>, Text)>,
}

impl Pool {
    fn of(place: &Place, narrow: bool) -> Self {
        Self {
            currency: place.currency.clone(),
            provider: place.provider.clone(),
            billing_account: place.billing_account.clone(),
            group: place.scope.group,
            narrow: narrow.then(|| (place.region.clone(), place.scope.family.clone())),
        }
    }
}

/// Usage that is left out, because a commitment on it would come too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Whose, where, of what sort.
    pub place: Place,
    /// What it costs an hour on demand, in the mean.
    pub hourly: Decimal,
    /// Why.
    pub why: Text,
}

/// A commitment that would have saved money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What it would cover.
    pub pool: Pool,
    /// Where its discount comes from.
    pub rate: Rate,
    /// Its terms.
    pub terms: Terms,
    /// How much of it, and what comes of that.
    pub plan: Plan,
}

/// No advice, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it would have been for.
    pub pool: Pool,
    /// Why there is none.
    pub why: Text,
}

/// What to buy and what not yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// What to buy, the largest saving first. Those on the same usage are alternatives: their savings do not add.
    pub advice: Vec<Advice>,
    /// For what there is no advice.
    pub refused: Vec<Refused>,
    /// What advice does not speak of, the most expensive first.
    pub left_out: Vec<LeftOut>,
}

/// Looks for commitments on what was paid on demand in these hours: `offers` as they were given, and, where commitments
/// of the bill cover the same family in the same region, another one at the discount that they got.
///
/// Usage with open recommendations is left out. That is safe: whatever comes of them, the usage that remains only adds
/// to the spend the advice rests on, and more spend never makes the best commitment smaller.
pub fn advise(
    usage: &Usage,
    window: Window,
    offers: &[Offer],
    pending: &Pending,
    least_days: u32,
) -> Suggestions {
    let mut suggestions = Suggestions::default();
    let spans = spans(usage, window);
    let covered = covered(usage, window);
    let mut pools: BTreeMap<(Pool, usize), (Rate, Terms, Vec<&Place>)> = BTreeMap::new();
    let mut early: BTreeSet<Pool> = BTreeSet::new();
    for (place, of_place) in &usage.places {
        let of_window = || {
            of_place
                .range(window.from..window.until)
                .map(|(_, hour)| hour)
        };
        let spent: Decimal = of_window().map(|hour| hour.on_demand).sum();
        let payer = (&place.provider, &place.currency, &place.billing_account);
        let Some(span) = spans.get(&payer).copied().filter(|_| spent > Decimal::ZERO) else {
            continue;
        };
        let fitting = offers.iter().enumerate().filter(|(_, offer)| {
            Some(offer.kind.provider) == cloud(&place.provider)
                && offer.kind.group == place.scope.group
                && (!offer.kind.narrow || place.region.is_some())
        });
        let mut wanted: Vec<(Pool, usize, Rate, Terms)> = fitting
            .map(|(at, offer)| {
                (
                    Pool::of(place, offer.kind.narrow),
                    at,
                    Rate::Given(offer.kind),
                    offer.terms,
                )
            })
            .collect();
        let family = Pool::of(place, true);
        if let Some((rate, terms)) = covered.get(&family).and_then(discount) {
            wanted.push((family, offers.len(), rate, terms));
        }
        if wanted.is_empty() {
            continue;
        }
        if let Some(why) = pending.why(place) {
            early.extend(wanted.into_iter().map(|(pool, ..)| pool));
            suggestions.left_out.push(LeftOut {
                place: place.clone(),
                hourly: spent / Decimal::from(hours(span)),
                why: Text::new(why),
            });
            continue;
        }
        for (pool, at, rate, terms) in wanted {
            let (.., places) = pools
                .entry((pool, at))
                .or_insert_with(|| (rate, terms, Vec::new()));
            places.push(place);
        }
    }
    let known: BTreeSet<&Pool> = pools.keys().map(|(pool, _)| pool).collect();
    for pool in early.iter().filter(|pool| !known.contains(pool)) {
        suggestions.refused.push(Refused {
            pool: pool.clone(),
            why: Text::new(format!("right-sizing of all of it comes first ({ORDER})")),
        });
    }
    for ((pool, _), (rate, terms, places)) in pools {
        match of_pool(usage, span(&spans, &pool), &places, &terms, least_days) {
            Ok(plan) => suggestions.advice.push(Advice {
                pool,
                rate,
                terms,
                plan,
            }),
            Err(why) => suggestions.refused.push(Refused { pool, why }),
        }
    }
    suggestions
        .advice
        .sort_by_key(|advice| std::cmp::Reverse(advice.plan.best.monthly_saving));
    suggestions
        .left_out
        .sort_by_key(|left| std::cmp::Reverse(left.hourly));
    suggestions
}

/// What commitments of the bill covered of each family in each region, of all accounts together: at list price, and what
/// that took of them.
fn covered(usage: &Usage, window: Window) -> BTreeMap<Pool, (Decimal, Decimal)> {
    let mut covered = BTreeMap::new();
    for (place, hours) in &usage.places {
        let (list, paid): &mut (Decimal, Decimal) =
            covered.entry(Pool::of(place, true)).or_default();
        for (_, hour) in hours.range(window.from..window.until) {
            if hour.unpriced == 0 {
                *list += hour.covered_list;
                *paid += hour.covered;
            }
        }
    }
    covered
}

/// The discount that commitments of the bill got on what they covered.
fn discount((list, paid): &(Decimal, Decimal)) -> Option<(Rate, Terms)> {
    let (list, paid) = (*list, *paid);
    let discount = Decimal::ONE - paid.checked_div(list)?;
    let terms = Terms {
        discount,
        months: None,
        upfront: Decimal::ZERO,
    };
    // A bill that says covered usage costs nothing says nothing of its price.
    let within = paid > Decimal::ZERO && discount > Decimal::ZERO;
    within.then_some((Rate::Bill { list, paid }, terms))
}

/// Who pays, and in which currency: provider and billing account.
type Payer<'u> = (&'u Text, &'u Currency, &'u Text);
/// The first and the last hour that the bill speaks of for a payer: one without a row in between cost nothing, and of
/// those before and after nothing is known.
type Spans<'u> = BTreeMap<Payer<'u>, (Time, Time)>;

fn spans(usage: &Usage, window: Window) -> Spans<'_> {
    let mut spans: Spans<'_> = BTreeMap::new();
    for (place, hours) in &usage.places {
        let mut of_window = hours
            .range(window.from..window.until)
            .map(|(time, _)| *time);
        let Some(first) = of_window.next() else {
            continue;
        };
        let last = of_window.next_back().unwrap_or(first);
        let payer = (&place.provider, &place.currency, &place.billing_account);
        let span = spans.entry(payer).or_insert((first, last));
        *span = (span.0.min(first), span.1.max(last));
    }
    spans
}

fn span(spans: &Spans<'_>, pool: &Pool) -> Option<(Time, Time)> {
    let payer = (&pool.provider, &pool.currency, &pool.billing_account);
    spans.get(&payer).copied()
}

fn hours((first, last): (Time, Time)) -> i64 {
    (last - first).num_hours() + 1
}

fn of_pool(
    usage: &Usage,
    span: Option<(Time, Time)>,
    places: &[&Place],
    terms: &Terms,
    least_days: u32,
) -> Result<Plan, Text> {
    let Some((first, last)) = span else {
        return Err(Text::new_static("no hour of it is in these days"));
    };
    let hours = hours((first, last));
    if hours < i64::from(least_days) * 24 {
        return Err(Text::new(format!(
            "it takes {least_days} days of hours, and the bill has {hours} hours"
        )));
    }
    let mut spend = vec![Decimal::ZERO; usize::try_from(hours).unwrap_or_default()];
    for place in places {
        let Some(of_place) = usage.places.get(*place) else {
            continue;
        };
        for (time, hour) in of_place.range(first..last + Duration::hours(1)) {
            let at = usize::try_from((*time - first).num_hours()).unwrap_or(usize::MAX);
            if let Some(slot) = spend.get_mut(at) {
                *slot += hour.on_demand;
            }
        }
    }
    let plan = plan(&spend, terms).ok_or(Text::new_static("the discount is none"))?;
    if plan.best.monthly_saving <= Decimal::ZERO {
        return Err(Text::new(format!(
            "no commitment would have saved anything: less than {} % of the hours have any spend",
            plan.break_even.round_dp(1).normalize()
        )));
    }
    Ok(plan)
}
