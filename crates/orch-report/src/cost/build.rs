//! From charges to the bill that is written.

use orch_cost::anomaly::{Anomaly, AnomalySeverity, AnomalyState, Contributor};
use orch_cost::bill::{
    Basis, Costs, Dimension, Month, Outlook, Period, Share, Spending, Summary, changes, groups,
    outlook, summaries,
};
use orch_cost::charge::Charge;
use orch_cost::commitment::{Report, Suggestions};
use orch_cost::forecast::NoForecast;
use orch_cost::rates::Conversion;
use orch_model::{Currency, Text};
use rust_decimal::Decimal;

use super::{commitments, v1};
use crate::billing::{cents, tenths};

/// What a bill is made of.
pub struct CostInput<'a> {
    /// Every charge that was read, also before the period: the month is looked at as a whole.
    pub charges: &'a [Charge],
    /// The days that the bill is about.
    pub period: Period,
    /// How many closed days were asked for.
    pub days: u32,
    /// Which sum counts.
    pub basis: Basis,
    /// What to group by; nothing for no groups.
    pub by: &'a [Dimension],
    /// The tags that the charges were read with.
    pub tags: &'a [Text],
    /// Where it was read from.
    pub sources: Vec<v1::Source>,
    /// What was converted, and to which currency.
    pub conversions: Option<(&'a [Conversion], &'a Currency)>,
    /// What commitments did, and what to buy, where that was asked for.
    pub commitments: Option<(&'a Report, &'a Suggestions)>,
    /// The budgets against the month.
    pub budgets: &'a [Spending],
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// How the program ends.
    pub exit: crate::v1::Exit,
}

/// What a line of CSV is of where nothing is asked for.
const LINES: [Dimension; 4] = [
    Dimension::Day,
    Dimension::Account,
    Dimension::Service,
    Dimension::Region,
];

/// The bill.
pub fn build(mut input: CostInput<'_>) -> v1::CostAnalysis {
    let of_period = || input.period.of(input.charges);
    let months = Month::of(input.charges, input.period.as_of, input.basis);
    let bills = summaries(of_period(), input.period.as_of, input.basis)
        .iter()
        .map(|summary| {
            let month = months
                .iter()
                .find(|month| month.currency == summary.currency);
            let month = month.map(|month| {
                let end = outlook(input.charges, month, input.period.as_of, input.basis);
                of_month(month, &end, input.basis)
            });
            bill(summary, month)
        })
        .collect();
    let changes = changes(
        input.charges,
        input.period.from,
        input.period.as_of,
        input.basis,
    );
    if changes.not_judged > 0 {
        input.notes.push(format!(
            "{} of {} series (a service in a region of an account) have too few closed days to find anomalies in",
            changes.not_judged, changes.series
        ));
    }
    let grouped = |by: &[Dimension]| v1::Groups {
        by: by.iter().map(ToString::to_string).collect(),
        groups: groups(of_period(), by, input.tags, input.basis)
            .into_iter()
            .map(|group| v1::Group {
                values: group
                    .values
                    .iter()
                    .map(|value| value.as_ref().map(ToString::to_string))
                    .collect(),
                currency: group.currency.to_string(),
                costs: costs(&group.costs),
                percent: group.percent.map(tenths),
            })
            .collect(),
    };
    v1::CostAnalysis {
        schema: "orch.cost/v1".into(),
        as_of: input
            .period
            .as_of
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        from: input.period.from.to_string(),
        to: input.period.to.to_string(),
        days: input.days.into(),
        basis: input.basis.as_str().into(),
        sources: input.sources,
        bills,
        groups: (!input.by.is_empty()).then(|| grouped(input.by)),
        lines: grouped(&LINES),
        anomalies: changes
            .found
            .iter()
            .map(|(anomaly, made)| self::anomaly(anomaly, made))
            .collect(),
        conversions: input.conversions.map_or_else(Vec::new, |(all, to)| {
            all.iter()
                .map(|one| commitments::conversion(one, to))
                .collect()
        }),
        commitments: input
            .commitments
            .map(|(report, of)| commitments::commitments(report, of)),
        budgets: input.budgets.iter().map(budget).collect(),
        notes: input.notes,
        exit: input.exit,
    }
}

fn of_month(month: &Month, end: &Result<Outlook, NoForecast>, basis: Basis) -> v1::Month {
    let amount = |amount: Decimal| cents(amount, &month.currency);
    v1::Month {
        month: month.name(),
        to_date: amount(month.to_date.of(basis)),
        closed_until: month.closed_until.map(|day| day.to_string()),
        no_forecast: end.as_ref().err().map(ToString::to_string),
        forecast: end.as_ref().ok().map(|end| v1::Forecast {
            expected: amount(end.expected),
            low_80: amount(end.within_80.low),
            high_80: amount(end.within_80.high),
            tried: end.tried.as_ref().map(|tried| v1::Tried {
                days: tried.horizon as u64,
                forecasts: tried.forecasts as u64,
                error_percent: tried.wape.map(tenths),
                error_of_last_week_percent: tried.wape_of_last_week.map(tenths),
                held_80: tried.held_80 as u64,
            }),
        }),
    }
}

/// How many resources of an anomaly are named.
const CONTRIBUTORS: usize = 5;

fn anomaly(anomaly: &Anomaly, made: &[Contributor]) -> v1::Anomaly {
    let key = &anomaly.key;
    let amount = |amount: Decimal| cents(amount, &key.currency);
    v1::Anomaly {
        provider: key.provider.to_string(),
        account: key.account.to_string(),
        service: key.service.as_deref().unwrap_or_default().to_owned(),
        region: key.region.as_ref().map(ToString::to_string),
        currency: key.currency.to_string(),
        kind: anomaly.kind.name().to_owned(),
        severity: match anomaly.severity {
            AnomalySeverity::Minor => "minor",
            AnomalySeverity::Major => "major",
            AnomalySeverity::Critical => "critical",
        }
        .to_owned(),
        state: match anomaly.state {
            AnomalyState::Ongoing => "ongoing",
            AnomalyState::Over => "over",
            AnomalyState::Settled => "settled",
        }
        .to_owned(),
        first_day: anomaly.first_day.to_string(),
        last_day: anomaly.last_day.to_string(),
        detected: anomaly.detected.to_string(),
        expected_per_day: amount(anomaly.expected_per_day),
        actual_per_day: amount(anomaly.actual_per_day),
        impact: amount(anomaly.impact),
        percent: anomaly.percent.map(tenths),
        score: (anomaly.score * 10.0).round() / 10.0,
        contributors: made
            .iter()
            .filter(|part| part.difference > Decimal::ZERO)
            .take(CONTRIBUTORS)
            .map(|part| v1::Contributor {
                resource: part.key.detail.as_deref().unwrap_or_default().to_owned(),
                before: amount(part.before),
                actual: amount(part.actual),
                difference: amount(part.difference),
            })
            .collect(),
    }
}

fn bill(summary: &Summary, month: Option<v1::Month>) -> v1::Bill {
    let amount = |amount: Decimal| cents(amount, &summary.currency);
    let shares = |shares: &[Share]| -> Vec<v1::Share> {
        shares
            .iter()
            .map(|part| share(part, &summary.currency))
            .collect()
    };
    v1::Bill {
        currency: summary.currency.to_string(),
        total: costs(&summary.total),
        parts: summary
            .parts
            .iter()
            .map(|(part, sums)| v1::Part {
                part: part.as_str().into(),
                costs: costs(sums),
            })
            .collect(),
        closed_usage: amount(summary.closed_usage),
        closed_days: summary.closed_days as u64,
        daily_average: summary.daily_average.map(amount),
        trend_7d_percent: summary.trend_7d_percent.map(tenths),
        month,
        services: shares(&summary.services),
        regions: shares(&summary.regions),
        accounts: shares(&summary.accounts),
        by_day: summary
            .days
            .iter()
            .map(|day| v1::Day {
                day: day.day.to_string(),
                usage: amount(day.usage),
                total: amount(day.total),
                closed: day.closed,
            })
            .collect(),
        untagged: summary
            .untagged
            .as_ref()
            .map(|part| share(part, &summary.currency)),
        estimated: summary.estimated,
    }
}

fn share(share: &Share, currency: &Currency) -> v1::Share {
    v1::Share {
        name: share.name.as_ref().map(ToString::to_string),
        cost: cents(share.total, currency),
        percent: share.percent.map(tenths),
    }
}

pub(super) fn costs(costs: &Costs) -> v1::Costs {
    let exact = |amount: Decimal| amount.normalize().to_string();
    v1::Costs {
        billed: costs.billed.map(exact),
        effective: costs.effective.map(exact),
        list: costs.list.map(exact),
    }
}

fn budget(spending: &Spending) -> v1::Budget {
    let currency = &spending.budget.currency;
    v1::Budget {
        name: spending.budget.name.to_string(),
        month: spending.month.clone(),
        amount: cents(spending.budget.amount, currency),
        currency: currency.to_string(),
        spent: cents(spending.spent, currency),
        percent: tenths(spending.percent),
        reached: spending
            .reached
            .iter()
            .map(|threshold| threshold.normalize().to_string())
            .collect(),
    }
}
