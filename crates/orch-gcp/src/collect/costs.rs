//! billing.costs: what each service costs a day in each region, from the billing export in BigQuery.
//!
//! The table is told by the user. What it holds is read from its columns: the standard export, or a view in
//! FOCUS columns. All projects of a run are asked for at once, because a query is paid by what it looks
//! through, and each project is handed its own lines.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use chrono::{Days, NaiveDate, NaiveTime};
use orch_collect::{
    Charge, CollectError, CollectSettings, CollectorSpec, Estimate, Operation, Pages,
};
use orch_model::{
    Cause, ChargeCategory, CostLine, Currency, Dataset, Gap, Reach, Resource, Text, Time,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::billing_table::{Columns, Table};
use super::reading::{Reader, Reading};
use crate::call::{Ask, Caller};
use crate::convert::{Malformed, Number, required};
use crate::error::Failure;
use crate::operations::{Api, free, get, post};
use crate::page::decode;

const TABLE: Api = get(
    "bigquery.tables.get",
    "bigquery.googleapis.com/bigquery/v2/projects/{project}/datasets/{dataset}/tables/{table}",
);
const QUERY: Api = post(
    "bigquery.jobs.create",
    "bigquery.googleapis.com/bigquery/v2/projects/{project}/queries",
);
const RESULTS: Api = get(
    "bigquery.tables.getData",
    "bigquery.googleapis.com/bigquery/v2/projects/{project}/queries/{job}",
);

/// What looking through a tebibyte costs.
const TEBIBYTE_USD: &str = "6.25";

/// The least that a query is billed for.
const LEAST_BYTES: i64 = 10 << 20;

/// The option that names the table.
const OPTION: &str = "[gcp] billing_table";

/// Rows in one page.
const PAGE: u64 = 10_000;

/// Reads the billing export.
pub(super) struct Costs;

/// What BigQuery answers to a query.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    job_complete: Option<bool>,
    job_reference: Option<Job>,
    page_token: Option<Text>,
    total_bytes_processed: Option<Number>,
    rows: Option<Vec<Row>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Job {
    job_id: Option<Text>,
    location: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    f: Option<Vec<Cell>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cell {
    v: Option<Text>,
}

/// The lines of every project of a run.
pub(crate) type Lines = BTreeMap<Text, Vec<CostLine>>;

impl Reader for Costs {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "billing.costs",
        service: "bigquery",
        datasets: &[Dataset::Costs],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(TABLE),
            // The least that one can cost: it is paid by what it looks through.
            Operation {
                name: QUERY.permission,
                charge: Charge::PerRequest("0.00006"),
            },
            free(RESULTS),
        ],
    };

    fn needs(options: &crate::GcpOptions) -> Option<&'static str> {
        options.billing_table.is_none().then_some(OPTION)
    }

    fn estimate(_: &[Resource], settings: &CollectSettings) -> Estimate {
        Estimate {
            calls: 3,
            usd: charge(LEAST_BYTES),
            counted: Vec::new(),
            assumption: format!(
                "{} days in one query for all projects, {TEBIBYTE_USD} USD for a TiB that it looks \
                 through; a free dry run tells how much, and the limit on charged calls decides",
                settings.cost_days
            ),
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let gcp = reading.gcp;
        // Whoever comes first asks for all; a failure is everybody's.
        let lines = gcp
            .costs
            .get_or_init(|| async { all(reading).await.map_err(|error| error.recorded().clone()) })
            .await;
        match lines {
            Ok((lines, gap)) => {
                let own = lines.get(reading.names.project());
                let own: Vec<CostLine> = own.into_iter().flatten().cloned().collect();
                own.into_iter().for_each(|line| reading.push_cost(line));
                if let Some(gap) = gap {
                    reading.not_read(gap.clone());
                }
                Ok(())
            }
            Err(gap) if gap.cause == Cause::AuthExpired => {
                Err(CollectError::abort(gap.detail.clone()))
            }
            Err(gap) => Err(gap.clone().into()),
        }
    }
}

/// What looking through these bytes costs.
fn charge(bytes: i64) -> Decimal {
    let usd = Decimal::from_str(TEBIBYTE_USD).unwrap_or_default();
    usd * Decimal::from(bytes.max(LEAST_BYTES)) / Decimal::from(1_i64 << 40)
}

/// The lines of all projects of the run, and why they may not be all.
async fn all(reading: &Reading<'_>) -> Result<(Lines, Option<Gap>), CollectError> {
    let option = reading.gcp.options.billing_table.as_deref();
    let table = Table::parse(option.unwrap_or_default()).ok_or_else(|| {
        Gap::new(
            Cause::Undecodable,
            format!("{OPTION} is not PROJECT.DATASET.TABLE"),
        )
    })?;
    let caller = &reading.caller;
    let ask = Ask::new(TABLE)
        .with("project", &table.project)
        .with("dataset", &table.dataset)
        .with("table", &table.table);
    let described = caller.call(&ask, |_| 1).await?;
    let columns = Columns::of(&described).ok_or_else(|| {
        Gap::new(
            Cause::Undecodable,
            format!("{OPTION} has no columns of a billing export"),
        )
    })?;
    let end = reading.ctx.as_of.date_naive();
    let days = u64::from(reading.ctx.settings.cost_days.max(1));
    let start = end.checked_sub_days(Days::new(days)).unwrap_or(end);
    let query = columns.query(&table);
    let body = json!({
        "query": query,
        "useLegacySql": false,
        "parameterMode": "NAMED",
        "queryParameters": parameters(start, end, &reading.gcp.projects()),
        "maxResults": PAGE,
        "timeoutMs": 10_000,
    });
    let dry = {
        let mut body = body.clone();
        body["dryRun"] = true.into();
        let ask = Ask::new(QUERY).with("project", &table.project).body(body);
        answer(caller.call(&ask, |_| 1).await?)?
    };
    let bytes = dry.total_bytes_processed.map_or(LEAST_BYTES, i64::from);
    let mut body = body;
    // Not a byte more than the budget was asked for.
    body["maximumBytesBilled"] = bytes.max(LEAST_BYTES).to_string().into();
    let ask = Ask::new(QUERY).with("project", &table.project).body(body);
    let rows = |answer: &Value| answer["rows"].as_array().map_or(0, Vec::len);
    let first = caller.charged(&ask, charge(bytes), None, rows).await?;
    let mut lines = Lines::new();
    let gap = pages(caller, &table, answer(first)?, |row| {
        let cells: Vec<Option<&str>> = row
            .f
            .iter()
            .flatten()
            .map(|cell| cell.v.as_deref())
            .collect();
        let (project, line) = line(&cells, start..end)?;
        lines.entry(project).or_default().push(line);
        Ok(())
    })
    .await?;
    Ok((lines, gap))
}

/// Reads a query to its end; the gap is the first row that could not be read.
async fn pages(
    caller: &Caller,
    table: &Table,
    first: Answer,
    mut take: impl FnMut(&Row) -> Result<(), Malformed>,
) -> Result<Option<Gap>, CollectError> {
    let job = first.job_reference.as_ref();
    let ask = job.and_then(|job| {
        let ask = Ask::new(RESULTS)
            .with("project", &table.project)
            .with("job", job.job_id.as_deref()?)
            .query("maxResults", PAGE.to_string())
            .query("timeoutMs", "10000");
        Some(match job.location.as_deref() {
            Some(location) => ask.query("location", location),
            None => ask,
        })
    });
    let rows = |answer: &Value| answer["rows"].as_array().map_or(0, Vec::len);
    let mut tokens = Pages::new(QUERY.permission);
    let mut gap = None;
    let mut page = first;
    // Each wait is ten seconds of the service's own; the deadline of the scope ends what takes longer.
    loop {
        let next = if page.job_complete == Some(false) {
            None
        } else {
            for row in page.rows.iter().flatten() {
                if let Err(malformed) = take(row) {
                    gap.get_or_insert(malformed.of(QUERY.permission));
                }
            }
            match tokens.follow(page.page_token.as_deref())? {
                Some(token) => Some(token),
                None => return Ok(gap),
            }
        };
        let ask = ask
            .clone()
            .ok_or_else(|| Failure::undecodable(QUERY.permission, "answer without job"))?;
        let ask = match next {
            Some(token) => ask.query("pageToken", token),
            None => ask,
        };
        page = answer(caller.call(&ask, rows).await?)?;
    }
}

fn answer(body: Value) -> Result<Answer, CollectError> {
    let answer = decode::<Answer>(QUERY.permission, body)?;
    Ok(answer.own)
}

/// What differs from run to run: never a part of the text of a query.
fn parameters(start: NaiveDate, end: NaiveDate, projects: &[Text]) -> Value {
    let date = |name: &str, date: NaiveDate| json!({"name": name, "parameterType": {"type": "DATE"}, "parameterValue": {"value": date.to_string()}});
    let projects: Vec<Value> = projects
        .iter()
        .map(|project| json!({"value": project.as_str()}))
        .collect();
    json!([
        date("first", start),
        date("end", end),
        {
            "name": "projects",
            "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
            "parameterValue": {"arrayValues": projects},
        },
    ])
}

/// One row as a line, with its project. The columns are those that every query selects. A row of a day that was not
/// asked for is none of the days that were, and an answer that has it is not to be relied on.
fn line(cells: &[Option<&str>], asked: Range<NaiveDate>) -> Result<(Text, CostLine), Malformed> {
    let [
        project,
        account,
        day,
        service,
        region,
        category,
        currency,
        billed,
        effective,
        month,
    ] = cells
    else {
        return Err(Malformed("row with other columns"));
    };
    let project = Text::new(required(*project, "row without project")?);
    let day = NaiveDate::from_str(required(*day, "row without day")?);
    let day = day.map_err(|_| Malformed("date"))?;
    if !asked.contains(&day) {
        return Err(Malformed("row of a day that was not asked for"));
    }
    let midnight = |day: NaiveDate| -> Time { day.and_time(NaiveTime::MIN).and_utc() };
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    // The invoice of a month is open until the month is over.
    let month = month.unwrap_or_default().replace('-', "");
    let line = CostLine {
        provider_name: Text::new_static("Google Cloud"),
        billing_account_id: Text::new(required(*account, "row without billing account")?),
        sub_account_id: Some(project.clone()),
        charge_period_start: midnight(day),
        charge_period_end: midnight(next),
        charge_category: charge_category(category.unwrap_or_default()),
        service_name: Text::new(service.unwrap_or_default()),
        region_id: region.filter(|region| !region.is_empty()).map(Text::new),
        resource_id: None,
        billed_cost: amount(required(*billed, "row without cost")?)?,
        effective_cost: effective.map(amount).transpose()?,
        billing_currency: Currency(Text::new(required(*currency, "row without currency")?)),
        estimated: month >= asked.end.format("%Y%m").to_string(),
    };
    Ok((project, line))
}

/// In FOCUS words; the standard export has its own.
fn charge_category(word: &str) -> ChargeCategory {
    match word.to_ascii_lowercase().as_str() {
        "tax" => ChargeCategory::Tax,
        "credit" => ChargeCategory::Credit,
        "purchase" => ChargeCategory::Purchase,
        "adjustment" | "rounding_error" => ChargeCategory::Adjustment,
        _ => ChargeCategory::Usage,
    }
}

/// An exact amount.
fn amount(text: &str) -> Result<Decimal, Malformed> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|_| Malformed("amount"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'a>(category: &'a str, cost: &'a str) -> Vec<Option<&'a str>> {
        vec![
            Some("p-1"),
            Some("01AB-CD"),
            Some("2026-11-02"),
            Some("Compute Engine"),
            Some("us-east1"),
            Some(category),
            Some("EUR"),
            Some(cost),
            None,
            Some("202611"),
        ]
    }

    fn asked() -> Range<NaiveDate> {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        day(10, 23)..day(11, 22)
    }

    #[test]
    fn a_day_that_was_not_asked_for_is_not_counted() {
        let of = |day| {
            let mut cells = cells("regular", "1");
            cells[2] = Some(day);
            line(&cells, asked())
        };
        for day in ["2026-10-23", "2026-11-21"] {
            assert!(of(day).is_ok(), "{day}");
        }
        for day in ["2026-10-22", "2026-11-22", "2025-11-02", "2099-01-01"] {
            let why = of(day).unwrap_err();
            assert_eq!(
                why,
                Malformed("row of a day that was not asked for"),
                "{day}"
            );
        }
    }

    #[test]
    fn a_row_becomes_a_line_with_an_exact_amount() {
        let (project, line) = line(&cells("regular", "12.345678901"), asked()).unwrap();
        assert_eq!(
            (project.as_str(), line.service_name.as_str()),
            ("p-1", "Compute Engine")
        );
        assert_eq!(line.billed_cost.to_string(), "12.345678901");
        assert_eq!(
            line.charge_period_end.to_rfc3339(),
            "2026-11-03T00:00:00+00:00"
        );
        assert_eq!(
            (line.charge_category, line.estimated),
            (ChargeCategory::Usage, true)
        );
        let (_, credit) = super::line(&cells("Credit", "-3.1E-7"), asked()).unwrap();
        assert_eq!(credit.charge_category, ChargeCategory::Credit);
        assert_eq!(credit.billed_cost.to_string(), "-0.00000031");
        assert!(super::line(&cells("tax", "much"), asked()).is_err());
        assert!(super::line(&[Some("x")], asked()).is_err());
    }

    #[test]
    fn a_query_is_charged_by_what_it_looks_through() {
        assert_eq!(charge(1 << 40), Decimal::new(625, 2));
        assert_eq!(charge(1), charge(LEAST_BYTES));
        assert!(charge(LEAST_BYTES) < Decimal::new(1, 4));
    }
}
