//! billing.costs: what each service costs a day in each region, from Cost Explorer.
//!
//! Cost Explorer groups by two dimensions at most, and every page costs a cent: service and region are
//! asked for, the sort of charge is not. Tax is told by its own line; a group below zero is taken for a
//! credit; everything else counts as usage, commitments included. Amortized cost is the effective cost.

use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_costexplorer::types::{
    DateInterval, Dimension, DimensionValues, Expression, Granularity, Group, GroupDefinition,
    GroupDefinitionType, MetricValue, ResultByTime,
};
use chrono::{Days, NaiveDate, NaiveTime};
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Estimate, Operation,
};
use orch_model::{
    Cause, ChargeCategory, CostLine, Currency, Dataset, Gap, Reach, Resource, Text, Time,
};
use rust_decimal::Decimal;

use crate::call::Caller;
use crate::convert::{Malformed, required};
use crate::provider::Aws;
use crate::regions;

const OPERATION: &str = "ce:GetCostAndUsage";

/// What a page costs.
const PAGE_USD: &str = "0.01";

/// The basis of the invoice, and the same after commitments are spread over their time.
const BILLED: &str = "UnblendedCost";
const EFFECTIVE: &str = "AmortizedCost";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "ce.costs",
    service: "ce",
    datasets: &[Dataset::Costs],
    reach: Reach::Global,
    after: &[],
    operations: &[Operation {
        name: OPERATION,
        charge: Charge::PerRequest(PAGE_USD),
    }],
};

/// Reads the account's own costs of the days before the snapshot.
pub(super) struct Costs(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for Costs {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], settings: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            usd: page_usd(),
            counted: Vec::new(),
            assumption: format!(
                "{} days by service and region in one page; each further page costs {PAGE_USD} USD",
                settings.cost_days
            ),
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let partition = regions::partition(&ctx.scope.partition);
        if !partition.has_cost_explorer {
            let detail = format!("{OPERATION}: not part of {}", ctx.scope.partition);
            return Err(Gap::new(Cause::Disabled, detail).into());
        }
        let client = self.0.clients.cost_explorer(partition.home);
        let caller = Caller::collector(SPEC.name, ctx);
        let period = period(ctx.as_of, ctx.settings.cost_days)
            .ok_or_else(|| Malformed("period").of(OPERATION))?;
        let account = ctx.scope.account.clone();
        let mut list = caller.list(OPERATION, None);
        while let Some(page) = list
            .charged(
                page_usd(),
                |token| {
                    client
                        .get_cost_and_usage()
                        .time_period(period.clone())
                        .granularity(Granularity::Daily)
                        .filter(own(&account))
                        .metrics(BILLED)
                        .metrics(EFFECTIVE)
                        .group_by(by("SERVICE"))
                        .group_by(by("REGION"))
                        .set_next_page_token(token)
                        .send()
                },
                |page| {
                    page.results_by_time()
                        .iter()
                        .map(|day| day.groups().len())
                        .sum()
                },
                |page| page.next_page_token(),
            )
            .await?
        {
            for day in page.results_by_time() {
                let lines = lines(&account, day).map_err(|malformed| malformed.of(OPERATION))?;
                lines.into_iter().for_each(|line| out.push(line));
            }
        }
        Ok(())
    }
}

/// What a page costs.
fn page_usd() -> Decimal {
    Decimal::new(1, 2)
}

/// The closed days before an instant.
fn period(as_of: Time, days: u32) -> Option<DateInterval> {
    let end = as_of.date_naive();
    let start = end.checked_sub_days(Days::new(u64::from(days.max(1))))?;
    DateInterval::builder()
        .start(start.to_string())
        .end(end.to_string())
        .build()
        .ok()
}

/// Only the account's own costs: a management account would be told those of the whole organisation.
fn own(account: &str) -> Expression {
    let account = DimensionValues::builder()
        .key(Dimension::LinkedAccount)
        .values(account)
        .build();
    Expression::builder().dimensions(account).build()
}

fn by(dimension: &str) -> GroupDefinition {
    GroupDefinition::builder()
        .r#type(GroupDefinitionType::Dimension)
        .key(dimension)
        .build()
}

/// The lines of one day, by service and region.
fn lines(account: &Text, day: &ResultByTime) -> Result<Vec<CostLine>, Malformed> {
    let period = required(day.time_period(), "day without date")?;
    let (start, end) = (midnight(period.start())?, midnight(period.end())?);
    let mut lines = day
        .groups()
        .iter()
        .map(|group| line(account, start, end, day.estimated(), group))
        .collect::<Result<Vec<_>, _>>()?;
    lines.sort_by(|one, other| {
        (&one.service_name, &one.region_id).cmp(&(&other.service_name, &other.region_id))
    });
    Ok(lines)
}

/// The cost of one service in one region on one day.
fn line(
    account: &Text,
    start: Time,
    end: Time,
    estimated: bool,
    group: &Group,
) -> Result<CostLine, Malformed> {
    let [service, region] = group.keys() else {
        return Err(Malformed("group without service and region"));
    };
    let metric = |name: &str| group.metrics().and_then(|metrics| metrics.get(name));
    let billed = required(metric(BILLED), "group without cost")?;
    let billed_cost = amount(billed)?;
    let charge_category = match service.as_str() {
        "Tax" => ChargeCategory::Tax,
        _ if billed_cost < Decimal::ZERO => ChargeCategory::Credit,
        _ => ChargeCategory::Usage,
    };
    Ok(CostLine {
        provider_name: Text::new_static("AWS"),
        billing_account_id: account.clone(),
        sub_account_id: Some(account.clone()),
        charge_period_start: start,
        charge_period_end: end,
        charge_category,
        service_name: Text::new(service),
        region_id: (!region.is_empty() && region != "NoRegion").then(|| Text::new(region)),
        resource_id: None,
        billed_cost,
        effective_cost: metric(EFFECTIVE).map(amount).transpose()?,
        billing_currency: Currency(Text::new(required(billed.unit(), "cost without currency")?)),
        estimated,
    })
}

/// An exact amount. Very small ones come with an exponent.
fn amount(value: &MetricValue) -> Result<Decimal, Malformed> {
    let text = required(value.amount(), "cost without amount")?;
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|_| Malformed("amount"))
}

/// The start of a day in UTC.
fn midnight(date: &str) -> Result<Time, Malformed> {
    let day = date.get(..10).unwrap_or(date);
    let date = NaiveDate::from_str(day).map_err(|_| Malformed("date"))?;
    Ok(date.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(amount: &str) -> MetricValue {
        MetricValue::builder().amount(amount).unit("USD").build()
    }

    fn group(service: &str, region: &str, billed: &str) -> Group {
        Group::builder()
            .keys(service)
            .keys(region)
            .metrics(BILLED, value(billed))
            .metrics(EFFECTIVE, value("0.5"))
            .build()
    }

    fn day(groups: Vec<Group>) -> ResultByTime {
        ResultByTime::builder()
            .time_period(
                DateInterval::builder()
                    .start("2026-10-01")
                    .end("2026-10-02")
                    .build()
                    .unwrap(),
            )
            .set_groups(Some(groups))
            .estimated(true)
            .build()
    }

    #[test]
    fn a_day_becomes_lines_with_exact_amounts() {
        let day = day(vec![
            group("Tax", "NoRegion", "1.20"),
            group(
                "Amazon Elastic Compute Cloud - Compute",
                "eu-west-1",
                "12.3456789012",
            ),
            group("Amazon S3", "global", "-3"),
        ]);
        let lines = lines(&"111122223333".into(), &day).unwrap();
        let categories: Vec<ChargeCategory> =
            lines.iter().map(|line| line.charge_category).collect();
        assert_eq!(
            categories,
            [
                ChargeCategory::Usage,
                ChargeCategory::Credit,
                ChargeCategory::Tax
            ]
        );
        assert_eq!(lines[0].billed_cost.to_string(), "12.3456789012");
        assert_eq!(lines[0].effective_cost, Some(Decimal::new(5, 1)));
        assert_eq!(
            lines[0].charge_period_start.to_rfc3339(),
            "2026-10-01T00:00:00+00:00"
        );
        assert_eq!((&lines[2].region_id, lines[2].estimated), (&None, true));
    }

    #[test]
    fn very_small_amounts_carry_an_exponent() {
        assert_eq!(amount(&value("3.1E-7")).unwrap().to_string(), "0.00000031");
        assert!(amount(&value("much")).is_err());
        assert!(lines(&"1".into(), &day(vec![Group::builder().keys("x").build()])).is_err());
    }

    #[test]
    fn only_closed_days_are_asked_for() {
        let as_of = "2026-11-22T17:30:00Z".parse().unwrap();
        let period = period(as_of, 30).unwrap();
        assert_eq!((period.start(), period.end()), ("2026-10-23", "2026-11-22"));
    }
}
