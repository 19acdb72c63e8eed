//! From charges to the bill that is written.

use orch_cost::bill::{
    Basis, Costs, Dimension, Month, Period, Share, Spending, Summary, groups, summaries,
};
use orch_cost::charge::Charge;
use orch_model::{Currency, Text};
use rust_decimal::Decimal;

use super::v1;
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
    /// The budgets against the month.
    pub budgets: &'a [Spending],
    /// What a reader has to know.
    pub notes: Vec<String>,
    /// How the program ends.
    pub exit: crate::v1::Exit,
}

/// The bill.
pub fn build(input: CostInput<'_>) -> v1::CostAnalysis {
    let of_period = || input.period.of(input.charges);
    let months = Month::of(input.charges, input.period.as_of, input.basis);
    let bills = summaries(of_period(), input.period.as_of, input.basis)
        .iter()
        .map(|summary| {
            let month = months
                .iter()
                .find(|month| month.currency == summary.currency);
            bill(summary, month, input.basis)
        })
        .collect();
    let by = input.by;
    let grouped = (!by.is_empty()).then(|| v1::Groups {
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
    });
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
        groups: grouped,
        budgets: input.budgets.iter().map(budget).collect(),
        notes: input.notes,
        exit: input.exit,
    }
}

fn bill(summary: &Summary, month: Option<&Month>, basis: Basis) -> v1::Bill {
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
        month: month.map(|month| v1::Month {
            month: month.name(),
            to_date: amount(month.to_date.of(basis)),
            closed_until: month.closed_until.map(|day| day.to_string()),
        }),
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

fn costs(costs: &Costs) -> v1::Costs {
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
