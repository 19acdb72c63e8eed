//! From what commitments did to what is written of them.

use orch_cost::commitment::{
    Advice, Coverage, Plan, Point, Pool, Report, Suggestions, Utilisation,
};
use orch_cost::rates::Conversion;
use orch_model::{Currency, Time};
use rust_decimal::{Decimal, RoundingStrategy};

use super::build::costs;
use super::v1_commitments as v1;
use crate::billing::{cents, tenths};

/// Digits after the point of amounts of an hour: prices of an hour have four.
const HOURLY_DIGITS: u32 = 4;

/// Commitments and advice.
pub(super) fn commitments(report: &Report, of: &Suggestions) -> v1::Commitments {
    v1::Commitments {
        from: hour(report.window.from),
        until: hour(report.window.until),
        providers: report
            .providers
            .iter()
            .map(|one| v1::OfProvider {
                provider: one.provider.to_string(),
                currency: one.currency.to_string(),
                coverage: coverage(&one.coverage, &one.currency),
                utilisation: v1::Utilisation {
                    used: cents(one.used, &one.currency),
                    unused: cents(one.unused, &one.currency),
                    percent: one.utilisation.map(tenths),
                    lowest: lowest(one.lowest),
                    unknown: one.unknown.map(str::to_owned),
                },
            })
            .collect(),
        usage: report
            .places
            .iter()
            .map(|one| v1::UsageCovered {
                provider: one.place.provider.to_string(),
                currency: one.place.currency.to_string(),
                account: one.place.account.to_string(),
                region: one.place.region.as_ref().map(ToString::to_string),
                group: one.place.scope.group.as_str().to_owned(),
                family: one.place.scope.family.to_string(),
                coverage: coverage(&one.coverage, &one.place.currency),
            })
            .collect(),
        held: report.commitments.iter().map(held).collect(),
        unknown: report
            .unknown
            .iter()
            .map(|one| v1::NotHourly {
                provider: one.provider.to_string(),
                currency: one.currency.to_string(),
                rows: one.rows,
                cost: cents(one.cost, &one.currency),
                why: one.why.to_owned(),
                enable: one.enable.to_owned(),
            })
            .collect(),
        advice: of.advice.iter().map(advice).collect(),
        refused: of
            .refused
            .iter()
            .map(|one| v1::Refused {
                pool: pool(&one.pool),
                why: one.why.to_string(),
            })
            .collect(),
        left_out: of
            .left_out
            .iter()
            .map(|one| v1::LeftOut {
                provider: one.place.provider.to_string(),
                currency: one.place.currency.to_string(),
                account: one.place.account.to_string(),
                region: one.place.region.as_ref().map(ToString::to_string),
                family: one.place.scope.family.to_string(),
                hourly: hourly(one.hourly),
                why: one.why.to_string(),
            })
            .collect(),
        hours: report
            .providers
            .iter()
            .flat_map(|one| {
                one.hours.iter().map(|of| v1::Hour {
                    hour: hour(of.time),
                    provider: one.provider.to_string(),
                    currency: one.currency.to_string(),
                    on_demand: hourly(of.on_demand),
                    covered: hourly(of.covered),
                    coverage_percent: of.coverage.map(tenths),
                    used: hourly(of.used),
                    unused: hourly(of.unused),
                    utilisation_percent: of.utilisation.map(tenths),
                })
            })
            .collect(),
    }
}

/// What was converted at one rate.
pub(super) fn conversion(of: &Conversion, to: &Currency) -> v1::Conversion {
    v1::Conversion {
        from: of.rate.from.to_string(),
        to: to.to_string(),
        rate: of.rate.rate.to_string(),
        date: of.rate.date.to_string(),
        source: of.rate.source.to_string(),
        first_day: of.days.0.to_string(),
        last_day: of.days.1.to_string(),
        before: costs(&of.before),
        after: costs(&of.after),
    }
}

fn hour(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn hourly(amount: Decimal) -> String {
    let mut amount =
        amount.round_dp_with_strategy(HOURLY_DIGITS, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(HOURLY_DIGITS);
    amount.to_string()
}

fn lowest(of: Option<(Time, Decimal)>) -> Option<v1::Lowest> {
    of.map(|(time, percent)| v1::Lowest {
        hour: hour(time),
        percent: tenths(percent),
    })
}

fn coverage(of: &Coverage, currency: &Currency) -> v1::Coverage {
    v1::Coverage {
        hours: of.hours as u64,
        on_demand: cents(of.on_demand, currency),
        covered: cents(of.covered, currency),
        percent: of.percent.map(tenths),
        lowest: lowest(of.lowest.filter(|_| of.percent.is_some())),
        unpriced_rows: of.unpriced,
    }
}

fn held(of: &Utilisation) -> v1::Held {
    v1::Held {
        provider: of.key.provider.to_string(),
        currency: of.key.currency.to_string(),
        id: of.key.id.to_string(),
        kind: of.kind.as_ref().map(ToString::to_string),
        hours: of.hours as u64,
        utilisation: v1::Utilisation {
            used: cents(of.used, &of.key.currency),
            unused: cents(of.unused, &of.key.currency),
            percent: of.percent.map(tenths),
            lowest: lowest(of.lowest),
            unknown: of.unknown.map(str::to_owned),
        },
    }
}

fn pool(of: &Pool) -> v1::Pool {
    let narrow = of.narrow.as_ref();
    v1::Pool {
        provider: of.provider.to_string(),
        currency: of.currency.to_string(),
        billing_account: of.billing_account.to_string(),
        group: of.group.as_str().to_owned(),
        region: narrow.and_then(|(region, _)| region.as_ref().map(ToString::to_string)),
        family: narrow.map(|(_, family)| family.to_string()),
    }
}

fn advice(of: &Advice) -> v1::Advice {
    let Plan {
        hours,
        on_demand,
        range,
        best,
        curve,
        break_even,
        upfront,
        payback_months,
        must_last_months,
    } = &of.plan;
    let currency = &of.pool.currency;
    let percent = |part: Decimal| tenths(part * Decimal::ONE_HUNDRED);
    v1::Advice {
        pool: pool(&of.pool),
        offer: of.rate.name().to_owned(),
        discount_percent: percent(of.terms.discount),
        discount_from: of.rate.origin().to_string(),
        months: of.terms.months,
        upfront_percent: percent(of.terms.upfront),
        hours: *hours as u64,
        on_demand_hourly: hourly(*on_demand),
        on_demand_least: hourly(range.0),
        on_demand_most: hourly(range.1),
        best: point(best, currency),
        curve: curve.iter().map(|one| point(one, currency)).collect(),
        break_even_percent: tenths(*break_even),
        upfront: upfront
            .filter(|upfront| !upfront.is_zero())
            .map(|upfront| cents(upfront, currency)),
        payback_months: payback_months.map(tenths),
        must_last_months: must_last_months.map(tenths),
    }
}

fn point(of: &Point, currency: &Currency) -> v1::Point {
    v1::Point {
        of_best_percent: of.of_best,
        commitment_hourly: hourly(of.commitment),
        hourly: hourly(of.hourly),
        utilisation_percent: of.utilisation.map(tenths),
        coverage_percent: of.coverage.map(tenths),
        monthly_saving: cents(of.monthly_saving, currency),
    }
}
