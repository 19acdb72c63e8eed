//! What a project costs until today and will have cost, held against its budget.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::forecast::{Forecast, took};
use super::v1;
use crate::project::{Project, State};
use crate::schedule::working_days;

/// Working days that were spent on tasks until a day.
pub(crate) fn days_spent(project: &Project, today: NaiveDate) -> u32 {
    let spent = project.tasks.iter().map(|task| match task.state {
        State::Done => took(task).unwrap_or(task.days[1]),
        State::Started => task
            .started
            .map_or(0, |started| working_days(started, today)),
        _ => 0,
    });
    spent.sum()
}

/// What a project costs and will cost, with what is to be paid besides; nothing without a budget.
pub(super) fn budget(
    project: &Project,
    forecast: &Forecast,
    today: NaiveDate,
    besides: &[(Decimal, &str)],
) -> Option<v1::Budget> {
    let budget = project.budget.as_ref()?;
    let other: Decimal = budget
        .spent
        .iter()
        .filter(|one| one.on <= today)
        .map(|one| one.amount)
        .sum();
    let spent = days_spent(project, today);
    let rate = budget.day_rate;
    let days = rate.map(|rate| rate * Decimal::from(spent));
    let left = rate.map(|rate| rate * Decimal::from(forecast.work_left));
    let more: Decimal = besides.iter().map(|(amount, _)| amount).sum();
    let total = other + more + days.unwrap_or_default() + left.unwrap_or_default();
    let over = match budget.amount.is_zero() {
        true => Decimal::ZERO,
        false => (total - budget.amount) * Decimal::ONE_HUNDRED / budget.amount,
    };
    let mut formula = match rate {
        Some(rate) => format!(
            "{spent} days until today × {rate} + {} likely days left × {rate} + {} spent besides",
            forecast.work_left,
            money(other)
        ),
        None => "what was spent; days are left out, because [budget] names no day_rate".to_owned(),
    };
    for (amount, what) in besides {
        formula.push_str(&format!(" + {} {what}", money(*amount)));
    }
    Some(v1::Budget {
        currency: budget.currency.clone(),
        amount: money(budget.amount),
        days: days.map(money),
        other: money(other),
        forecast: money(total),
        over_percent: over.round_dp(1).normalize().to_string(),
        formula,
    })
}

/// An amount with cents.
pub(crate) fn money(amount: Decimal) -> String {
    format!("{:.2}", amount.round_dp(2))
}

/// That the forecast is over the budget, where it is.
pub(super) fn over(budget: &v1::Budget) -> Option<String> {
    let over: Decimal = budget.over_percent.parse().ok()?;
    (over > Decimal::ZERO).then(|| {
        format!(
            "the forecast of {} {} is {} % over the budget",
            budget.forecast, budget.currency, budget.over_percent
        )
    })
}
