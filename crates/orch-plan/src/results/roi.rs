//! What a project cost, what it saves, and when that pays.

use std::collections::BTreeMap;

use orch_report::v1 as report;
use rust_decimal::Decimal;

use super::v1::{Amount, Bill, Money, Roi};
use crate::project::{Project, State, Task, savings};
use crate::rounding::{money, round};

/// Days of a year, by twelve: the month that bills are compared by.
const MONTH: &str = "365 / 12";

/// Bills of two runs, and what finished tasks were to save.
pub(super) fn bills(
    project: &Project,
    before: Option<&report::Report>,
    after: &report::Report,
) -> Money {
    let claimed = claimed(project);
    let mut bills = Vec::new();
    for old in before.into_iter().flat_map(|before| &before.billing) {
        let new = after
            .billing
            .iter()
            .find(|new| new.currency == old.currency && !same(old, new));
        if let Some(bill) = new.and_then(|new| bill(old, new, &claimed)) {
            bills.push(bill);
        }
    }
    let missing = if !bills.is_empty() {
        None
    } else if before.is_none() {
        Some("there is no run from before: add --before RUN".to_owned())
    } else if before.is_some_and(|before| {
        before
            .billing
            .iter()
            .any(|old| after.billing.iter().any(|new| same(old, new)))
    }) {
        Some(
            "both runs have the bill of the same days: take a later run, with days after the work"
                .to_owned(),
        )
    } else {
        Some(
            "one of the two runs has no billing lines of closed days: collect both with billing, as `orch permissions` says"
                .to_owned(),
        )
    };
    Money {
        bills,
        missing,
        claimed: claimed
            .iter()
            .map(|(currency, amount)| (currency.clone(), money(*amount)))
            .collect(),
    }
}

/// What finished tasks were to save in a month, by currency.
fn claimed(project: &Project) -> BTreeMap<String, Decimal> {
    let done = |task: &&Task| task.state == State::Done;
    savings(project.tasks.iter().filter(done))
}

/// Whether two bills are of the same days.
fn same(old: &report::Billing, new: &report::Billing) -> bool {
    (&old.currency, &old.from, &old.to) == (&new.currency, &new.from, &new.to)
}

fn bill(
    old: &report::Billing,
    new: &report::Billing,
    claimed: &BTreeMap<String, Decimal>,
) -> Option<Bill> {
    let daily =
        |billing: &report::Billing| billing.daily_average.as_deref()?.parse::<Decimal>().ok();
    let (before, after) = (daily(old)?, daily(new)?);
    let month = Decimal::from(365) / Decimal::from(12);
    // In cents, as a bill is: who computes with what is printed gets what is printed.
    let (before_month, after_month) = (round(before * month, 2), round(after * month, 2));
    let realised = before_month - after_month;
    let claimed = claimed.get(&old.currency).copied().unwrap_or_default();
    let percent = |part: Decimal, of: Decimal| {
        (!of.is_zero()).then(|| {
            round(part * Decimal::ONE_HUNDRED / of, 1)
                .normalize()
                .to_string()
        })
    };
    let overlap = match new.from <= old.to {
        true => "; the two periods share days, so the change is larger than it looks",
        false => "",
    };
    Some(Bill {
        currency: old.currency.clone(),
        periods: [
            [old.from.clone(), old.to.clone()],
            [new.from.clone(), new.to.clone()],
        ],
        daily: [money(before), money(after)],
        monthly: [money(before_month), money(after_month)],
        realised: money(realised),
        claimed: money(claimed),
        annualised: [realised, claimed].map(|monthly| money(monthly * Decimal::from(12))),
        caution: caution(realised, claimed, &old.currency),
        realised_percent: percent(realised, claimed),
        change_percent: percent(-realised, before_month),
        formula: format!(
            "a month = mean usage of a closed day × {MONTH} ({} closed days before, {} after); realised = month before − month after; \
             all changes of usage are in it, whoever made them{overlap}",
            old.closed_days, new.closed_days
        ),
    })
}

/// What is to be thought of before the fall of a bill is called a saving of the project.
fn caution(realised: Decimal, claimed: Decimal, currency: &str) -> Option<String> {
    if realised <= Decimal::ZERO {
        return (claimed > Decimal::ZERO).then(|| {
            "the bill did not fall: what finished tasks saved was used up by something else, or has not shown yet"
                .to_owned()
        });
    }
    if claimed.is_zero() {
        return Some(
            "no finished task was to save anything, so none of it is counted for the project"
                .to_owned(),
        );
    }
    (realised > claimed).then(|| {
        format!(
            "the bill fell by {} {currency} a month more than finished tasks explain: that has other causes (less use, prices, \
             work of others) and is not counted for the project",
            money(realised - claimed)
        )
    })
}

/// What of a saving is counted for the project: what was measured, and no more of it than finished tasks explain.
struct Counted {
    monthly: Decimal,
    currency: String,
    basis: &'static str,
    said: &'static str,
}

fn counted(bills: &Money, currency: Option<&str>) -> Option<Counted> {
    let fits = |other: &str| currency.is_none_or(|currency| currency == other);
    if let Some(bill) = bills.bills.iter().find(|bill| fits(&bill.currency)) {
        let (realised, claimed): (Decimal, Decimal) =
            (bill.realised.parse().ok()?, bill.claimed.parse().ok()?);
        if claimed.is_zero() && realised > Decimal::ZERO {
            return None;
        }
        let measured = realised <= claimed;
        return Some(Counted {
            monthly: realised.min(claimed),
            currency: bill.currency.clone(),
            basis: if measured { "realised" } else { "claimed" },
            said: if measured {
                "annualised from what two bills measured"
            } else {
                "annualised from what finished tasks were planned to save; two bills measured more"
            },
        });
    }
    let (currency, amount) = bills.claimed.iter().find(|(currency, _)| fits(currency))?;
    Some(Counted {
        monthly: amount.parse().ok()?,
        currency: currency.clone(),
        basis: "claimed",
        said: "annualised from what finished tasks were planned to save; not measured",
    })
}

/// Investment, saving, payback, three years.
pub(super) fn roi(project: &Project, investment: Option<(Decimal, String)>, bills: &Money) -> Roi {
    let mut formulas = Vec::new();
    let mut missing = Vec::new();
    if project.budget.is_none() {
        missing.push(
            "investment: write [budget] with amount, currency and day_rate into the project file"
                .to_owned(),
        );
    } else if investment.is_none() {
        missing.push("investment: [budget] names no day_rate, so days have no price".to_owned());
    }
    let currency = investment.as_ref().map(|(_, currency)| currency.as_str());
    let Some(Counted {
        monthly,
        currency: of,
        basis,
        said,
    }) = counted(bills, currency)
    else {
        missing.push(match (bills.bills.first(), currency) {
            (Some(_), _) => {
                "saving: the bill fell, but no finished task names what it was to save (`saving` and `currency`)".to_owned()
            }
            (None, Some(currency)) => format!(
                "saving: neither two bills nor finished tasks say what is saved in {currency}"
            ),
            (None, None) => "saving: neither two bills nor finished tasks say what is saved".to_owned(),
        });
        return Roi {
            investment: investment.map(|(amount, currency)| Amount {
                amount: money(amount),
                currency,
            }),
            annual_saving: None,
            basis: None,
            basis_said: None,
            payback_months: None,
            three_year_percent: None,
            formulas,
            missing,
        };
    };
    let annual = monthly * Decimal::from(12);
    formulas.push(format!(
        "annual saving = {} a month × 12 = {} {of} ({said})",
        money(monthly),
        money(annual)
    ));
    let mut payback = None;
    let mut three = None;
    if let Some((amount, _)) = investment
        .as_ref()
        .filter(|(amount, _)| *amount > Decimal::ZERO)
    {
        if monthly > Decimal::ZERO {
            let months = round(*amount / monthly, 1);
            formulas.push(format!(
                "payback = {} / {} a month = {months} months",
                money(*amount),
                money(monthly)
            ));
            payback = Some(months.normalize().to_string());
        } else {
            missing
                .push("payback: nothing is saved, so the investment does not come back".to_owned());
        }
        let gain = annual * Decimal::from(3) - *amount;
        let percent = round(gain * Decimal::ONE_HUNDRED / *amount, 0);
        formulas.push(format!(
            "three-year ROI = (3 × {} − {amount}) / {amount} = {percent} %",
            money(annual),
            amount = money(*amount)
        ));
        three = Some(percent.normalize().to_string());
    }
    Roi {
        investment: investment.map(|(amount, currency)| Amount {
            amount: money(amount),
            currency,
        }),
        annual_saving: Some(Amount {
            amount: money(annual),
            currency: of,
        }),
        basis: Some(basis.to_owned()),
        basis_said: Some(said.to_owned()),
        payback_months: payback,
        three_year_percent: three,
        formulas,
        missing,
    }
}
