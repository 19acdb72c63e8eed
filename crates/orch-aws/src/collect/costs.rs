//! billing.costs: what each service costs a day in each region, from Cost Explorer.
//!
//! Cost Explorer groups by two dimensions at most, and every page costs a cent: service and region are
//! asked for, the sort of charge is not. Tax is told by its own line; a group below zero is taken for a
//! credit; everything else counts as usage, commitments included. Amortized cost is the effective cost.
//! A month whose invoice is closed is paid for once: its answer is kept.

mod kept;
mod months;

use std::collections::BTreeSet;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_costexplorer::Client;
use aws_sdk_costexplorer::types::{
    DateInterval, DimensionValues, Expression, Granularity, Group, GroupDefinition,
    GroupDefinitionType, MetricValue, ResultByTime,
};
use chrono::{Days, NaiveDate, NaiveTime};
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Estimate, Operation,
};
use orch_model::{
    Cause, ChargeCategory, CostLine, Currency, Dataset, Gap, Reach, Resource, Scope, Text, Time,
};
use rust_decimal::Decimal;

use self::kept::{Question, Shelf};
use self::months::{Period, periods};
use crate::call::Caller;
use crate::convert::{Malformed, required};
use crate::error::Failure;
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
        let days = settings.cost_days;
        let (calls, pages) = match settings.cost_cache {
            None => (1, "in one page".to_owned()),
            // A month has 28 days at least, and the first and the last may be asked for in part.
            Some(_) => {
                let months = days / 28 + 2;
                let pages = format!(
                    "in at most {months} pages, one a month; months that are kept from earlier runs cost nothing"
                );
                (months, pages)
            }
        };
        Estimate {
            calls: calls.into(),
            usd: page_usd() * Decimal::from(calls),
            counted: Vec::new(),
            assumption: format!(
                "{days} days by service and region {pages}; each further page costs {PAGE_USD} USD"
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
        let asked = asked(ctx.as_of, ctx.settings.cost_days)
            .ok_or_else(|| Malformed("period").of(OPERATION))?;
        let mut shelf = Shelf::of(&ctx.settings).await;
        let periods = if shelf.is_there() {
            periods(&asked, ctx.settings.invoice_day)
                .ok_or_else(|| Malformed("period").of(OPERATION))?
        } else {
            // The rest of a month is worth its cent only where it is kept.
            vec![Period {
                days: asked.clone(),
                closed: false,
            }]
        };
        for Period { days, closed } in periods {
            let question = question(&ctx.scope, days);
            if closed && let Some(lines) = shelf.read(&question).await {
                tracing::debug!(month = %question.start, "billing of a closed month was kept");
                let wanted = lines.into_iter().filter(|line| is_asked(&asked, line));
                wanted.for_each(|line| out.push(line));
                continue;
            }
            let mut answer = closed.then(Answer::default);
            ask(&client, &caller, &question, &asked, &mut answer, out).await?;
            if let Some(answer) = answer.filter(|answer| answer.is_final(&question)) {
                shelf.keep(&question, answer.lines).await;
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
fn asked(as_of: Time, days: u32) -> Option<Range<NaiveDate>> {
    let end = as_of.date_naive();
    Some(end.checked_sub_days(Days::new(u64::from(days.max(1))))?..end)
}

fn is_asked(asked: &Range<NaiveDate>, line: &CostLine) -> bool {
    asked.contains(&line.charge_period_start.date_naive())
}

/// What Cost Explorer is asked about some days: only the account's own costs, because a management account would be
/// told those of the whole organisation.
fn question(scope: &Scope, days: Range<NaiveDate>) -> Question {
    Question {
        partition: scope.partition.clone(),
        account: scope.account.clone(),
        start: days.start,
        end: days.end,
        granularity: Text::new_static("DAILY"),
        metrics: [BILLED, EFFECTIVE].map(Text::new_static).to_vec(),
        group_by: ["SERVICE", "REGION"].map(Text::new_static).to_vec(),
        filter: (Text::new_static("LINKED_ACCOUNT"), scope.account.clone()),
    }
}

/// All that was answered to a question.
#[derive(Default)]
struct Answer {
    lines: Vec<CostLine>,
    days: BTreeSet<Time>,
    /// Whether some of it may still change, or cannot be relied on.
    doubtful: bool,
}

impl Answer {
    /// Whether every day is there, and none of them will change.
    fn is_final(&self, question: &Question) -> bool {
        let days = question.start.iter_days();
        let mut days = days.take_while(|day| *day < question.end);
        !self.doubtful && days.all(|day| self.days.contains(&start_of(day)))
    }
}

/// Asks a question page by page. The lines of the days asked for go out as they come, all lines into the answer.
async fn ask(
    client: &Client,
    caller: &Caller,
    question: &Question,
    asked: &Range<NaiveDate>,
    answer: &mut Option<Answer>,
    out: &mut Batch,
) -> Result<(), CollectError> {
    let period = DateInterval::builder()
        .start(question.start.to_string())
        .end(question.end.to_string())
        .build()
        .map_err(|_| Malformed("period").of(OPERATION))?;
    let request = client
        .get_cost_and_usage()
        .time_period(period)
        .granularity(Granularity::from(question.granularity.as_str()))
        .filter(only(&question.filter))
        .set_metrics(Some(question.metrics.iter().map(Text::to_string).collect()))
        .set_group_by(Some(question.group_by.iter().map(|it| by(it)).collect()));
    let mut list = caller.list(OPERATION, None);
    while let Some(page) = list
        .charged(
            page_usd(),
            |token| request.clone().set_next_page_token(token).send(),
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
            let malformed = |malformed: Malformed| malformed.of(OPERATION);
            let (start, end) = dates(day).map_err(malformed)?;
            let lines = lines(&question.account, day).map_err(malformed)?;
            let stray = !question.covers(start, end);
            if let Some(answer) = answer {
                answer.doubtful |= stray || day.estimated();
                answer.days.insert(start);
                answer.lines.extend(lines.iter().cloned());
            }
            if stray {
                // It is none of the days that were asked for, and an answer that has it is not to be relied on.
                if !lines.is_empty() {
                    let what = "day that was not asked for";
                    out.not_read(Failure::undecodable(OPERATION, what).gap());
                }
                continue;
            }
            let wanted = lines.into_iter().filter(|line| is_asked(asked, line));
            wanted.for_each(|line| out.push(line));
        }
    }
    Ok(())
}

fn only((dimension, value): &(Text, Text)) -> Expression {
    let dimension = DimensionValues::builder()
        .key(dimension.as_str().into())
        .values(value.as_str())
        .build();
    Expression::builder().dimensions(dimension).build()
}

fn by(dimension: &str) -> GroupDefinition {
    GroupDefinition::builder()
        .r#type(GroupDefinitionType::Dimension)
        .key(dimension)
        .build()
}

/// The start of a day and its end.
fn dates(day: &ResultByTime) -> Result<(Time, Time), Malformed> {
    let period = required(day.time_period(), "day without date")?;
    Ok((midnight(period.start())?, midnight(period.end())?))
}

/// The lines of one day, by service and region.
fn lines(account: &Text, day: &ResultByTime) -> Result<Vec<CostLine>, Malformed> {
    let (start, end) = dates(day)?;
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
    Ok(start_of(date))
}

fn start_of(day: NaiveDate) -> Time {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn working_days(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

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
        let days = asked(as_of, 30).unwrap();
        assert_eq!(days, working_days("2026-10-23")..working_days("2026-11-22"));
    }
}
