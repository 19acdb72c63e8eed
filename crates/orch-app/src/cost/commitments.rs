//! `orch cost --commitments`: what is offered, what comes before a purchase, what is advised.

use std::path::Path;

use orch_cost::bill::Period;
use orch_cost::commitment::{
    KINDS, LEAST_DAYS, Offer, OfferKind, Pending, Report, Suggestions, Terms, Window, advise,
    report,
};
use orch_cost::rightsizing::{EstateSettings, rightsize};
use orch_engine::Inventory;
use orch_snapshot::{load, raw_series};
use rust_decimal::Decimal;

use super::{Bill, CostRequest};
use crate::AppError;
use crate::rightsize::needs;
use crate::words::{Mistake, unknown_word};

/// How long a commitment binds where nothing else is said: the shorter of the two terms that all three clouds sell.
const MONTHS: u32 = 12;
/// The longest term that any of them sells.
const MOST_MONTHS: u32 = 60;

/// What commitments are offered for, as typed; and what goes with commitments only.
pub(super) fn offers(request: &CostRequest, mistakes: &mut Vec<Mistake>) -> Vec<Offer> {
    if !request.commitments {
        let of_commitments = [
            ("--discount", !request.discount.is_empty()),
            ("--rightsized", request.rightsized),
            (
                "--snapshot beside --focus",
                request.snapshot.is_some() && request.focus.is_some(),
            ),
            (
                "--format commitments-csv",
                request.format.as_deref() == Some("commitments-csv"),
            ),
        ];
        for (name, _) in of_commitments.into_iter().filter(|(_, typed)| *typed) {
            let what = format!("{name} says something about commitments only");
            mistakes.push(Mistake::new(what, "add --commitments"));
        }
    }
    if request.rightsized && request.snapshot.is_some() {
        mistakes.push(Mistake::new(
            "both --rightsized and --snapshot say what is still to be right-sized",
            "leave one of them out",
        ));
    }
    let mut offers: Vec<Offer> = Vec::new();
    for text in &request.discount {
        match offer(text) {
            Ok(offer) if offers.contains(&offer) => {}
            Ok(offer) => offers.push(offer),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    offers
}

/// `aws-compute-savings-plan=27`, `…=45:36`, `…=46:36:100`: percent off, months, percent paid at its begin.
fn offer(text: &str) -> Result<Offer, Mistake> {
    const EXAMPLE: &str = "write for example aws-compute-savings-plan=27, or with months and percent upfront =45:36:50";
    let shown = || orch_report::visible(text).into_owned();
    let Some((name, figures)) = text.split_once('=') else {
        return Err(Mistake::new(format!("`{}` has no `=`", shown()), EXAMPLE));
    };
    let kind = OfferKind::named(name).ok_or_else(|| {
        let known = KINDS.iter().map(|kind| kind.name);
        unknown_word("commitment", name, known)
    })?;
    let wrong = |what: &str| Mistake::new(format!("`{}`: {what}", shown()), EXAMPLE);
    let percent = |text: &str| {
        let number = Decimal::from_str_exact(text.trim_end_matches('%')).ok();
        number.filter(|number| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(number))
    };
    let mut figures = figures.split(':');
    let discount = figures
        .next()
        .and_then(percent)
        .filter(|number| *number > Decimal::ZERO)
        .ok_or_else(|| wrong("the discount is no percentage above 0"))?;
    if discount > Decimal::from(kind.at_most) {
        return Err(Mistake::new(
            format!(
                "`{}`: {} takes {} % off at most ({})",
                shown(),
                kind.title,
                kind.at_most,
                kind.source
            ),
            "write the discount that the price list gives for your machines",
        ));
    }
    let months = match figures.next() {
        Some(text) => text
            .parse()
            .ok()
            .filter(|months| (1..=MOST_MONTHS).contains(months))
            .ok_or_else(|| wrong("the term is no number of months from 1 to 60"))?,
        None => MONTHS,
    };
    let upfront = match figures.next() {
        Some(text) => {
            percent(text).ok_or_else(|| wrong("the part paid at its begin is no percentage"))?
        }
        None => Decimal::ZERO,
    };
    if figures.next().is_some() {
        return Err(wrong("there is one figure too many"));
    }
    Ok(Offer {
        kind,
        terms: Terms {
            discount: discount / Decimal::ONE_HUNDRED,
            months: Some(months),
            upfront: upfront / Decimal::ONE_HUNDRED,
        },
    })
}

/// What commitments did, and what to buy.
pub(super) fn look(
    request: &CostRequest,
    offers: &[Offer],
    period: &Period,
    bill: &mut Bill,
) -> Result<(Report, Suggestions), AppError> {
    let window = Window::of(period);
    let pending = match (&request.focus, &request.snapshot) {
        _ if request.rightsized => Pending::Done,
        (Some(_), Some(dir)) => pending(dir)?,
        _ => Pending::NotKnown,
    };
    let report = report(&bill.usage, window);
    let of = advise(&bill.usage, window, offers, &pending, LEAST_DAYS);
    let silent = of.advice.is_empty() && of.refused.is_empty() && of.left_out.is_empty();
    if silent
        && report
            .places
            .iter()
            .any(|one| !one.coverage.on_demand.is_zero())
    {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        bill.notes.push(format!(
            "no advice on commitments: the bill shows no discount for usage that is on demand, and none is given (--discount KIND=PERCENT with one of {})",
            names.join(", ")
        ));
    }
    Ok((report, of))
}

/// What right-sizing says of a snapshot, with its own defaults.
fn pending(dir: &Path) -> Result<Pending, AppError> {
    let snapshot = load(dir, &needs())?;
    let inventory = Inventory::new(&snapshot);
    let estate = rightsize(&inventory, || raw_series(dir), &EstateSettings::default())?;
    Ok(Pending::of(&snapshot, &estate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_is_read_with_its_terms() {
        let of = |text: &str| offer(text).map_err(|mistake| mistake.message);
        let plain = of("aws-compute-savings-plan=27.5").unwrap();
        assert_eq!(plain.kind.name, "aws-compute-savings-plan");
        assert_eq!(plain.terms.discount, Decimal::new(275, 3));
        assert_eq!(
            (plain.terms.months, plain.terms.upfront),
            (Some(12), Decimal::ZERO)
        );
        let whole = of("gcp-flexible-cud=46:36:50").unwrap();
        assert_eq!(
            (whole.terms.months, whole.terms.upfront),
            (Some(36), Decimal::new(5, 1))
        );
        for (text, part) in [
            ("27", "has no `=`"),
            ("aws-compute-saving-plan=27", "commitment"),
            ("aws-compute-savings-plan=0", "no percentage above 0"),
            ("aws-compute-savings-plan=67", "66 % off at most"),
            ("aws-compute-savings-plan=27:0", "months"),
            ("aws-compute-savings-plan=27:12:101", "paid at its begin"),
            ("aws-compute-savings-plan=27:12:0:1", "too many"),
        ] {
            let told = of(text).unwrap_err();
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
