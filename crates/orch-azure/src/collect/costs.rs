//! billing.costs: what each service costs a day in each location and resource group, from Cost Management.
//!
//! The query tells actual cost only: amortized cost is a second query of the same size, and each is paid for
//! with a small allowance that people share with their portal. A day is an estimate until its month is over.

use std::ops::RangeInclusive;
use std::str::FromStr as _;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::Method;
use chrono::{Datelike as _, Days, NaiveDate, NaiveTime};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate, Pages,
};
use orch_model::{
    Cause, ChargeCategory, CostLine, Currency, Dataset, Gap, Reach, Resource, Scope, Text, Time,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::list::{Source, free};
use super::{Decoded, Entry};
use crate::call::Caller;
use crate::error::Failure;
use crate::names;
use crate::node::{Malformed, Node};
use crate::provider::Azure;

const READ: &str = "Microsoft.CostManagement/query/read";

const SOURCE: Source = Source {
    method: Method::Post,
    operation: READ,
    path: "/subscriptions/{subscription}/providers/Microsoft.CostManagement/query",
    version: "2023-11-01",
    query: &[],
    graph: None,
};

/// By what costs are told apart.
const GROUPS: [&str; 4] = [
    "ServiceName",
    "ResourceLocation",
    "ResourceGroupName",
    "ChargeType",
];

const SPEC: CollectorSpec = CollectorSpec {
    name: "costs",
    service: "costs",
    datasets: &[Dataset::Costs],
    reach: Reach::Global,
    after: &[],
    operations: &[free(READ)],
};

pub(super) const ENTRY: Entry = Entry {
    spec: &SPEC,
    make: |azure| Box::new(Costs(azure.clone())),
    decode,
    #[cfg(test)]
    sources: || vec![(SOURCE.pattern(""), SOURCE)],
};

/// Reads the subscription's costs of the days before the snapshot.
struct Costs(Arc<Azure>);

#[async_trait]
impl Collector for Costs {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], settings: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption: format!(
                "{} days by service, location and resource group; one more free call for each further page",
                settings.cost_days
            ),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = &self.0.client;
        let caller = Caller::collector(SPEC.name, ctx);
        let asked = asked(ctx.as_of, ctx.settings.cost_days)
            .ok_or_else(|| Failure::undecodable(READ, "period"))?;
        let body = question(&asked);
        let mut ask = SOURCE.about(client, &ctx.scope.account, "", &[], Some(body));
        let mut pages = Pages::new(READ);
        loop {
            let answer = caller.call(client, &ask, None, count).await?;
            if answer.empty {
                break;
            }
            let page = Node::of(&answer.body);
            let (lines, gap) = lines(&ctx.scope, ctx.as_of, &asked, page)
                .map_err(|Malformed(place)| Failure::undecodable(READ, place))?;
            lines.into_iter().for_each(|line| out.push(line));
            gap.into_iter().for_each(|gap| out.not_read(gap));
            let link = page
                .text("properties.nextLink")
                .map_err(|Malformed(place)| Failure::undecodable(READ, place))?;
            match pages.follow(link)? {
                Some(link) => ask = ask.follow(client, &link)?,
                None => break,
            }
        }
        if out.count() == 0 && out.gap().is_none() {
            // A subscription that holds nothing has costs of nothing; one whose costs are kept elsewhere, or are
            // not there yet, answers alike.
            out.not_read(Gap::new(Cause::Disabled, format!("{READ} no costs")));
        }
        Ok(())
    }
}

fn count(body: &Value) -> usize {
    body.pointer("/properties/rows")
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// The closed days before an instant, the first and the last.
fn asked(as_of: Time, days: u32) -> Option<RangeInclusive<NaiveDate>> {
    let today = as_of.date_naive();
    let start = today.checked_sub_days(Days::new(u64::from(days.max(1))))?;
    Some(start..=today.checked_sub_days(Days::new(1))?)
}

/// The question for these days.
fn question(asked: &RangeInclusive<NaiveDate>) -> Value {
    let (start, end) = (asked.start(), asked.end());
    let groups: Vec<Value> = GROUPS
        .iter()
        .map(|name| json!({ "type": "Dimension", "name": name }))
        .collect();
    json!({
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {
            "from": format!("{start}T00:00:00+00:00"),
            "to": format!("{end}T23:59:59+00:00"),
        },
        "dataset": {
            "granularity": "Daily",
            "aggregation": { "totalCost": { "name": "Cost", "function": "Sum" } },
            "grouping": groups,
        },
    })
}

/// Where the columns of an answer are.
#[derive(Debug, Clone, Copy)]
struct Columns {
    cost: usize,
    date: usize,
    currency: usize,
    service: usize,
    location: Option<usize>,
    group: Option<usize>,
    charge: Option<usize>,
}

impl Columns {
    fn of(found: Node<'_>) -> Result<Self, Malformed> {
        let names = found
            .list("columns")?
            .map(|column| column.required("name"))
            .collect::<Result<Vec<_>, _>>()?;
        let place = |wanted: &[&str]| {
            names
                .iter()
                .position(|name| wanted.iter().any(|it| it.eq_ignore_ascii_case(name)))
        };
        let need = |wanted: &[&str]| place(wanted).ok_or_else(|| found.missing(wanted[0]));
        Ok(Self {
            // What it is called depends on the agreement.
            cost: need(&["Cost", "PreTaxCost"])?,
            date: need(&["UsageDate"])?,
            currency: need(&["Currency"])?,
            service: need(&["ServiceName"])?,
            location: place(&["ResourceLocation"]),
            group: place(&["ResourceGroupName", "ResourceGroup"]),
            charge: place(&["ChargeType"]),
        })
    }
}

/// The lines of a page. A row that cannot be read is left out, with a gap.
fn lines(
    scope: &Scope,
    as_of: Time,
    asked: &RangeInclusive<NaiveDate>,
    page: Node<'_>,
) -> Result<(Vec<CostLine>, Option<Gap>), Malformed> {
    let of = page.at("properties")?;
    if !of.has("rows") {
        return Err(of.missing("rows"));
    }
    let columns = Columns::of(of)?;
    let (mut lines, mut gap) = (Vec::new(), None);
    for row in of.list("rows")? {
        let line = line(scope, as_of, columns, row).and_then(|line| {
            // It is none of the days that were asked for, and an answer that has it is not to be relied on.
            match asked.contains(&line.charge_period_start.date_naive()) {
                true => Ok(line),
                false => {
                    let Malformed(place) = row.bad("");
                    let what = format!("{place} day that was not asked for");
                    Err(Malformed(what.into()))
                }
            }
        });
        match line {
            Ok(line) => lines.push(line),
            Err(Malformed(place)) => {
                gap.get_or_insert(Failure::undecodable(READ, place).gap());
            }
        }
    }
    lines.sort_by(|one, other| order(one).cmp(&order(other)));
    Ok((lines, gap))
}

fn order(line: &CostLine) -> impl Ord + '_ {
    (
        line.charge_period_start,
        &line.service_name,
        &line.region_id,
        &line.resource_id,
    )
}

/// One row.
fn line(
    scope: &Scope,
    as_of: Time,
    columns: Columns,
    row: Node<'_>,
) -> Result<CostLine, Malformed> {
    let cells: Vec<&Value> = row.value().as_array().into_iter().flatten().collect();
    let bad = || row.bad("");
    let cell = |place: usize| cells.get(place).copied().ok_or_else(bad);
    let text = |place: Option<usize>| {
        let cell = place.and_then(|place| cells.get(place)?.as_str());
        cell.filter(|text| !text.is_empty())
    };
    let billed_cost = amount(cell(columns.cost)?).ok_or_else(bad)?;
    let day = day(cell(columns.date)?).ok_or_else(bad)?;
    let next = day.checked_add_days(Days::new(1)).ok_or_else(bad)?;
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let location = text(columns.location).map(names::region);
    let group = text(columns.group).map(|group| {
        let id = format!("/subscriptions/{}/resourceGroups/{group}", scope.account);
        Text::new(names::uid(&id).as_str())
    });
    let today = as_of.date_naive();
    Ok(CostLine {
        provider_name: Text::new_static("Microsoft"),
        billing_account_id: scope.account.clone(),
        sub_account_id: Some(scope.account.clone()),
        charge_period_start: midnight(day),
        charge_period_end: midnight(next),
        charge_category: category(text(columns.charge), billed_cost),
        service_name: Text::new(text(Some(columns.service)).unwrap_or_default()),
        region_id: location.filter(|region| region != "unassigned" && region != "unknown"),
        // As deep as the query goes.
        resource_id: group,
        billed_cost,
        effective_cost: None,
        billing_currency: Currency(Text::new(text(Some(columns.currency)).ok_or_else(bad)?)),
        estimated: (day.year(), day.month()) == (today.year(), today.month()),
    })
}

/// What sort of charge; without a word for it, what is below zero is taken for a credit.
fn category(charge: Option<&str>, cost: Decimal) -> ChargeCategory {
    match charge.map(str::to_ascii_lowercase).as_deref() {
        Some("purchase") => ChargeCategory::Purchase,
        Some("tax") => ChargeCategory::Tax,
        Some("refund" | "adjustment" | "roundingadjustment") => ChargeCategory::Adjustment,
        Some("credit") => ChargeCategory::Credit,
        _ if cost < Decimal::ZERO => ChargeCategory::Credit,
        _ => ChargeCategory::Usage,
    }
}

/// An exact amount: the digits as they were sent, with an exponent where it is very small.
fn amount(cell: &Value) -> Option<Decimal> {
    let text = match cell {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    Decimal::from_str(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

/// A day: `20261122`, or a date with a time.
fn day(cell: &Value) -> Option<NaiveDate> {
    match cell {
        Value::Number(number) => {
            NaiveDate::parse_from_str(&number.as_u64()?.to_string(), "%Y%m%d").ok()
        }
        Value::String(text) => NaiveDate::from_str(text.get(..10).unwrap_or(text))
            .or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"))
            .ok(),
        _ => None,
    }
}

/// Decodes an answer without asking anybody.
fn decode(scope: &Scope, body: Value) -> Decoded {
    let any = NaiveDate::MIN..=NaiveDate::MAX;
    let gap = match lines(scope, Time::UNIX_EPOCH, &any, Node::of(&body)) {
        Ok((_, gap)) => gap,
        Err(Malformed(place)) => Some(Failure::undecodable(READ, place).gap()),
    };
    Decoded {
        resources: Vec::new(),
        gap,
    }
}

#[cfg(test)]
mod tests {
    use orch_model::{GLOBAL_REGION, Provider};

    use super::*;

    fn scope() -> Scope {
        Scope::new(Provider::Azure, "azure", "s", GLOBAL_REGION)
    }

    fn as_of() -> Time {
        "2026-11-22T17:30:00Z".parse().unwrap()
    }

    fn answer(rows: Value) -> Value {
        let columns = [
            "Cost",
            "UsageDate",
            "ServiceName",
            "ResourceLocation",
            "ResourceGroupName",
            "ChargeType",
            "Currency",
        ]
        .map(|name| json!({ "name": name }));
        json!({ "properties": { "nextLink": null, "columns": columns, "rows": rows } })
    }

    #[test]
    fn a_row_becomes_a_line_with_an_exact_amount() {
        let body = answer(json!([
            [
                12.345678901,
                20261120,
                "Virtual Machines",
                "EU West",
                "Prod",
                "Usage",
                "EUR"
            ],
            [6e-05, 20261031, "Storage", "Unassigned", "", "Usage", "EUR"],
            [-3, 20261120, "Savings", "", "Prod", null, "EUR"],
        ]));
        let (lines, gap) = lines(
            &scope(),
            as_of(),
            &asked(as_of(), 30).unwrap(),
            Node::of(&body),
        )
        .unwrap();
        assert_eq!((lines.len(), gap), (3, None));
        assert_eq!(lines[0].billed_cost.to_string(), "0.00006");
        assert_eq!((&lines[0].region_id, &lines[0].resource_id), (&None, &None));
        assert!(!lines[0].estimated && lines[1].estimated);
        assert_eq!(lines[1].charge_category, ChargeCategory::Credit);
        let machines = &lines[2];
        assert_eq!(machines.billed_cost.to_string(), "12.345678901");
        assert_eq!(machines.region_id.as_deref(), Some("euwest"));
        assert_eq!(
            machines.resource_id.as_deref(),
            Some("/subscriptions/s/resourcegroups/prod")
        );
        assert_eq!(
            machines.charge_period_end.to_rfc3339(),
            "2026-11-21T00:00:00+00:00"
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_is_a_gap_and_the_rest_is_kept() {
        let body = answer(json!([
            ["much", 20261120, "Storage", "", "", "Usage", "EUR"],
            [1, 20261120, "Storage", "", "", "Usage", "EUR"],
            [1, 20269999, "Storage", "", "", "Usage", "EUR"],
        ]));
        let (lines, gap) = lines(
            &scope(),
            as_of(),
            &asked(as_of(), 30).unwrap(),
            Node::of(&body),
        )
        .unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(gap.unwrap().detail, format!("{READ} properties.rows[0]"));
    }

    #[test]
    fn a_day_that_was_not_asked_for_is_not_counted() {
        let row = |day: u32| json!([1, day, "Storage", "", "", "Usage", "EUR"]);
        let of = |day| {
            let body = answer(json!([row(20261120), row(day)]));
            lines(
                &scope(),
                as_of(),
                &asked(as_of(), 30).unwrap(),
                Node::of(&body),
            )
            .unwrap()
        };
        for day in [20261023, 20261121] {
            let (lines, gap) = of(day);
            assert_eq!((lines.len(), gap), (2, None), "{day}");
        }
        for day in [20261022, 20261122, 20251120, 20990101] {
            let (lines, gap) = of(day);
            assert_eq!(lines.len(), 1, "{day}");
            let gap = gap.unwrap().detail;
            assert!(gap.ends_with("rows[1] day that was not asked for"), "{gap}");
        }
    }

    #[test]
    fn only_closed_days_are_asked_for() {
        let question = question(&asked(as_of(), 30).unwrap());
        assert_eq!(
            question["timePeriod"],
            json!({ "from": "2026-10-23T00:00:00+00:00", "to": "2026-11-21T23:59:59+00:00" })
        );
    }
}
