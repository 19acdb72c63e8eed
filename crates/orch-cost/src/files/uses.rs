//! What a row says of commitments, in each format.

use chrono::Duration;
use orch_model::{Text, Time};
use rust_decimal::Decimal;
use smol_str::format_smolstr;

use super::dialect::{Dialect, is_commitment};
use super::row::{Cost, Row, Word, time};
use crate::charge::Key;
use crate::commitment::{Place, Role, Scope, Usage, Use, may_be_covered};

/// Adds what a row says.
pub(super) fn add(usage: &mut Usage, dialect: &Dialect, row: &Row, key: &Key) {
    for used in (dialect.uses)(row).into_iter().flatten() {
        let said = |word| row.word(word).map_or("", |text| text.as_str());
        let meter = format_smolstr!("{} {}", said(Word::Meter), said(Word::Description));
        let scope = match (Scope::of(&key.provider, &key.service, &meter), used.role) {
            (Some(scope), _) => scope,
            // Nothing that anyone sells a commitment for, or nothing that says what it is.
            (None, Role::OnDemand) => {
                if meter.trim().is_empty() && may_be_covered(&key.provider, &key.service) {
                    let cost = used.cost.or(used.list).unwrap_or_default();
                    usage.unnamed(&key.provider, &key.currency, cost, row.rows);
                }
                continue;
            }
            (None, Role::Covered | Role::Unused) => Scope::other(&key.service),
        };
        if let Some(resource) = key.resource.as_ref().filter(|_| scope.machines)
            && used.role != Role::Unused
        {
            let amounts = (used.list, used.cost);
            let currency = key.currency.clone();
            usage
                .paid
                .add(resource, currency, key.day, amounts, row.rows);
        }
        let place = Place {
            currency: key.currency.clone(),
            provider: key.provider.clone(),
            billing_account: key.billing_account.clone(),
            account: key.account.clone(),
            region: key.region.clone(),
            scope,
        };
        let id = [Word::Plan, Word::Commitment]
            .into_iter()
            .find_map(|word| row.word(word));
        let kind: Option<Text> = row.word(Word::CommitmentKind).cloned();
        let commitment = id.map(|id| (id.clone(), kind));
        usage.add(place, &used, hour(row), commitment, row.rows);
    }
}

/// The hour that a row is of; none for one of a day, of a month, or of no stated period.
fn hour(row: &Row) -> Option<Time> {
    let start = time(row.word(Word::Start)?)?;
    let end = time(row.word(Word::End)?)?;
    (end - start == Duration::hours(1)).then_some(start)
}

fn is(row: &Row, word: Word, value: &str) -> bool {
    row.word(word)
        .is_some_and(|text| text.eq_ignore_ascii_case(value))
}

fn one(role: Role, list: Option<Decimal>, cost: Option<Decimal>) -> [Option<Use>; 2] {
    [Some(Use { role, list, cost }), None]
}

const NOTHING: [Option<Use>; 2] = [None, None];

/// FOCUS says all of it in columns. What has no pricing category is on demand unless a commitment is named.
pub(super) fn focus(row: &Row) -> [Option<Use>; 2] {
    if !is(row, Word::Category, "usage") || is(row, Word::Class, "correction") {
        return NOTHING;
    }
    let (list, effective) = (row.cost(Cost::List), row.cost(Cost::Effective));
    if is(row, Word::CommitmentStatus, "used") {
        one(Role::Covered, list, effective)
    } else if is(row, Word::CommitmentStatus, "unused") {
        one(Role::Unused, None, effective)
    } else if row.word(Word::Commitment).is_none()
        && (row.word(Word::PricingCategory).is_none() || is(row, Word::PricingCategory, "standard"))
    {
        one(Role::OnDemand, list, effective.or(row.cost(Cost::Billed)))
    } else {
        NOTHING
    }
}

/// The unused part stands in the row of the fee: of a savings plan every hour, of a reservation once a month.
pub(super) fn cur(row: &Row) -> [Option<Use>; 2] {
    let (billed, list) = (row.cost(Cost::Billed), row.cost(Cost::List));
    let cost = |cost| row.cost(cost).unwrap_or_default();
    let unused = |amount: Decimal| match amount.is_zero() {
        true => NOTHING,
        false => one(Role::Unused, None, Some(amount)),
    };
    match row.word(Word::Category).map_or("", |kind| kind.as_str()) {
        "Usage" => one(Role::OnDemand, list, billed),
        "DiscountedUsage" => one(Role::Covered, list, row.cost(Cost::ReservationEffective)),
        // Its unblended cost is what it would be on demand.
        "SavingsPlanCoveredUsage" => one(
            Role::Covered,
            list.or(billed),
            row.cost(Cost::PlanEffective),
        ),
        "RIFee" => unused(cost(Cost::ReservationUnusedUpfront) + cost(Cost::ReservationUnusedFee)),
        "SavingsPlanRecurringFee" => unused(cost(Cost::PlanCommitment) - cost(Cost::PlanUsed)),
        _ => NOTHING,
    }
}

/// Rows of days: they only tell that there is something to know.
pub(super) fn azure(row: &Row) -> [Option<Use>; 2] {
    let cost = row.cost(Cost::Billed);
    let unused = ["unusedreservation", "unusedsavingsplan"];
    match row.word(Word::Category) {
        Some(kind) if kind.eq_ignore_ascii_case("usage") => match is_commitment(row) {
            true => one(Role::Covered, None, cost),
            false => one(Role::OnDemand, None, cost),
        },
        Some(kind) if unused.contains(&kind.to_ascii_lowercase().as_str()) => {
            one(Role::Unused, None, cost)
        }
        _ => NOTHING,
    }
}

/// A credit takes off what a commitment covers, all of it; what the commitment costs stands in rows of its own, and
/// nothing tells which part of that went into a row.
pub(super) fn gcp(row: &Row) -> [Option<Use>; 2] {
    if row.word(Word::Category).is_some() && !is(row, Word::Category, "regular") {
        return NOTHING;
    }
    let cost = row.cost(Cost::Billed).unwrap_or_default();
    let credit = row.cost(Cost::CommitmentDiscount).unwrap_or_default();
    let paid = cost + row.cost(Cost::Discount).unwrap_or_default();
    let covered = (!credit.is_zero()).then(|| Use {
        role: Role::Covered,
        list: Some(-credit),
        cost: None,
    });
    let rest = cost + credit;
    let on_demand = (rest > Decimal::ZERO).then_some(Use {
        role: Role::OnDemand,
        list: Some(rest),
        cost: Some(paid.max(Decimal::ZERO)),
    });
    [covered, on_demand]
}

#[cfg(test)]
#[path = "uses_tests.rs"]
mod tests;
