//! A bill as CSV: one line a group, under FOCUS column names; what commitments did, one line an hour.

use std::io;

use super::CostView;
use super::v1::CostAnalysis;
use crate::visible;

/// What a program that calculates would take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Writes the groups, all of them; without any, the bill by day, account, service and region.
pub(super) fn write(
    analysis: &CostAnalysis,
    _: &CostView,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let groups = analysis.groups.as_ref().unwrap_or(&analysis.lines);
    let head = groups.by.iter().map(|by| column(by));
    let sums = [
        "BilledCost",
        "EffectiveCost",
        "ListCost",
        "BillingCurrency",
        "x_Percent",
    ];
    csv.write_record(head.chain(sums.map(str::to_owned)))?;
    for group in &groups.groups {
        let values = group.values.iter().map(|value| harmless(value.as_deref()));
        let amount = |amount: &Option<String>| amount.clone().unwrap_or_default();
        let sums = [
            amount(&group.costs.billed),
            amount(&group.costs.effective),
            amount(&group.costs.list),
            harmless(Some(&group.currency)),
            amount(&group.percent),
        ];
        csv.write_record(values.chain(sums))?;
    }
    csv.flush()
}

/// Writes every hour of commitments.
pub(super) fn hours(
    analysis: &CostAnalysis,
    _: &CostView,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "ChargePeriodStart",
        "ProviderName",
        "BillingCurrency",
        "x_OnDemandListCost",
        "x_CoveredListCost",
        "x_CoveragePercent",
        "x_CommitmentUsed",
        "x_CommitmentUnused",
        "x_UtilisationPercent",
    ])?;
    let hours = analysis.commitments.iter().flat_map(|of| &of.hours);
    for hour in hours {
        let part = |percent: &Option<String>| percent.clone().unwrap_or_default();
        csv.write_record([
            hour.hour.clone(),
            harmless(Some(&hour.provider)),
            harmless(Some(&hour.currency)),
            hour.on_demand.clone(),
            hour.covered.clone(),
            part(&hour.coverage_percent),
            hour.used.clone(),
            hour.unused.clone(),
            part(&hour.utilisation_percent),
        ])?;
    }
    csv.flush()
}

/// The FOCUS column of what a bill is grouped by; where FOCUS has none, one of our own.
fn column(by: &str) -> String {
    match by {
        "provider" => "ProviderName".into(),
        "account" => "SubAccountId".into(),
        "service" => "ServiceName".into(),
        "region" => "RegionId".into(),
        "resource" => "ResourceId".into(),
        "day" => "x_Day".into(),
        "part" => "x_Part".into(),
        tag => harmless(Some(&tag.replacen("tag:", "x_Tag_", 1))),
    }
}

/// A name from a cloud may begin like a formula: an apostrophe makes it text in every program that calculates.
fn harmless(text: Option<&str>) -> String {
    let text = visible(text.unwrap_or_default());
    match text.starts_with(FORMULA) {
        true => format!("'{text}"),
        false => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_formula() {
        assert_eq!(harmless(Some("=1+1")), "'=1+1");
        assert_eq!(harmless(Some("\tx")), "\\tx");
        assert_eq!(harmless(Some("i-1")), "i-1");
        assert_eq!(column("tag:team"), "x_Tag_team");
    }
}
