//! Measurements from files: outcome metrics as they are, deployments and incidents computed.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::events::{Events, events, instant, items};
use super::{KNOWN, dora};
use crate::project::ReadingOf;

/// A file that has no measurements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read measurements from `{file}`: {why}")]
pub struct ImportError {
    /// The file.
    pub file: String,
    /// What is wrong, with line or number.
    pub why: String,
}

/// What an import wants, in a sentence.
const FORM: &str = "give a CSV or JSON of measurements (metric, on, value, unit, better), of deployments (id, deployed_at, \
committed_at, result, environment) or of incidents (id, started_at, resolved_at, deployment), or what GitHub or GitLab export";

/// Reads files, each a name and its text. Deployments and incidents of all of them are taken together. Returns the readings
/// and what could not be used.
///
/// # Errors
/// A file that is neither CSV nor JSON, or that has nothing to use.
pub fn readings(
    files: &[(String, String)],
    window: u32,
    today: NaiveDate,
) -> Result<(Vec<ReadingOf>, Vec<String>), ImportError> {
    let mut found = Vec::new();
    let mut unused = Vec::new();
    let mut all = Events::default();
    let mut sources: Vec<&str> = Vec::new();
    for (file, text) in files {
        let fail = |why: String| ImportError {
            file: file.clone(),
            why,
        };
        let value = parse(text).map_err(fail)?;
        let rows = items(&value);
        if rows.is_empty() {
            return Err(fail(format!("there is nothing in it; {FORM}")));
        }
        if rows.iter().any(|row| row.get("metric").is_some()) {
            for (place, row) in rows.into_iter().enumerate() {
                match measurement(row, file) {
                    Ok(reading) => found.push(reading),
                    Err(why) => unused.push(format!("{file}, number {}: {why}", place + 1)),
                }
            }
            continue;
        }
        let events = events(&value);
        if events.deployments.is_empty() && events.incidents.is_empty() && !events.unused.is_empty()
        {
            return Err(fail(format!("{}; {FORM}", events.unused[0])));
        }
        unused.extend(events.unused.iter().map(|why| format!("{file}, {why}")));
        all.deployments.extend(events.deployments);
        all.incidents.extend(events.incidents);
        sources.push(file);
    }
    found.extend(dora(&all, window, today, &sources.join(" and ")));
    found.sort_by(|a, b| (&a.metric, a.on).cmp(&(&b.metric, b.on)));
    Ok((found, unused))
}

/// JSON as it is, JSON in lines as a list, CSV as a list of objects of texts.
fn parse(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['{', '[']) {
        let mut values: Vec<Value> = Vec::new();
        for value in serde_json::Deserializer::from_str(text).into_iter() {
            values.push(value.map_err(|error| format!("it is no JSON: {error}"))?);
        }
        return Ok(match values.len() {
            1 => values.swap_remove(0),
            _ => Value::Array(values),
        });
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| format!("it is no CSV: {error}"))?;
        let object: Map<String, Value> = heads
            .iter()
            .zip(row.iter())
            .map(|(head, cell)| (head.to_lowercase(), Value::from(cell)))
            .collect();
        rows.push(Value::Object(object));
    }
    Ok(Value::Array(rows))
}

fn measurement(row: &Value, file: &str) -> Result<ReadingOf, String> {
    let text = |key: &str| match row.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let metric = text("metric").ok_or("it names no `metric`")?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !metric.chars().all(fits) {
        return Err(format!(
            "`{metric}` is no name of a metric: use small letters, digits and hyphens"
        ));
    }
    let on = text("on")
        .or_else(|| text("date"))
        .ok_or("it has no day (`on`)")?;
    let on = instant(&on).ok_or_else(|| format!("`{on}` is no day: write 2026-03-31"))?;
    let value = text("value").ok_or("it has no `value`")?;
    let value: Decimal = value
        .parse()
        .map_err(|_| format!("`{value}` is no decimal number"))?;
    let known = KNOWN.iter().find(|known| known.id == metric);
    let better = match text("better").as_deref() {
        Some("up") => Some(true),
        Some("down") => Some(false),
        Some(other) => return Err(format!("`better` is up or down, not `{other}`")),
        None => known.map(|known| known.up_is_good),
    };
    Ok(ReadingOf {
        unit: text("unit").or_else(|| known.map(|known| known.unit.to_owned())),
        up_is_good: better,
        target: text("target").and_then(|target| target.parse().ok()),
        on: on.date_naive(),
        value,
        source: text("source").unwrap_or_else(|| file.to_owned()),
        metric,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<(Vec<ReadingOf>, Vec<String>), ImportError> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 28).unwrap();
        readings(&[(name.to_owned(), text.to_owned())], 28, today)
    }

    #[test]
    fn csv_json_and_lines_of_json_say_the_same() {
        let csv = "\u{feff}metric,on,value,unit,better\r\nuptime,2026-03-01,99.50,,\r\nqueue,2026-03-02, 7 ,jobs,down\r\n";
        let json = r#"{"metrics": [{"metric": "uptime", "on": "2026-03-01", "value": "99.50"},
            {"metric": "queue", "on": "2026-03-02T10:00:00Z", "value": 7, "unit": "jobs", "better": "down"}]}"#;
        let lines = "{\"metric\": \"uptime\", \"on\": \"2026-03-01\", \"value\": 99.50}\n{\"metric\": \"queue\", \"date\": \"2026-03-02\", \"value\": 7, \"unit\": \"jobs\", \"better\": \"down\"}\n";
        let (wanted, unused) = read("x", csv).unwrap();
        assert_eq!((wanted.len(), unused.len()), (2, 0));
        // What reports know has its unit without being told.
        let uptime = wanted.iter().find(|one| one.metric == "uptime").unwrap();
        assert_eq!(
            (uptime.unit.as_deref(), uptime.up_is_good),
            (Some("%"), Some(true))
        );
        for other in [json, lines] {
            assert_eq!(read("x", other).unwrap().0, wanted);
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_number_and_the_rest_is() {
        let csv = "metric,on,value\nuptime,2026-03-01,much\nuptime,31.3.2026,1\nUp time,2026-03-01,1\nuptime,2026-03-02,99\n";
        let (found, unused) = read("m.csv", csv).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(unused.len(), 3, "{unused:#?}");
        assert!(
            unused[0].starts_with("m.csv, number 1: `much`"),
            "{unused:#?}"
        );
        for (text, word) in [
            ("", "nothing"),
            ("{\"a\": ", "JSON"),
            ("colour,size\nred,2\n", "neither"),
            ("[]", "nothing"),
        ] {
            let error = read("m", text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn deployments_of_csv_are_computed_and_the_future_is_left_out() {
        let csv = "id,deployed_at,committed_at,result,environment\n1,2026-03-27 10:00:00 UTC,2026-03-27 08:00:00 UTC,success,prod-eu\n2,2026-03-28 10:00,,success,staging\n3,2027-01-01T00:00:00Z,,success,prod-eu\n";
        let (found, unused) = read("d.csv", csv).unwrap();
        assert_eq!(unused, Vec::<String>::new());
        let value = |metric: &str| {
            let one = found.iter().rev().find(|one| one.metric == metric);
            one.map(|one| (one.value.to_string(), one.source.clone()))
        };
        assert_eq!(
            value("deployment-frequency"),
            Some(("3.5".to_owned(), "d.csv, 2 days".to_owned()))
        );
        assert_eq!(
            value("lead-time"),
            Some(("2".to_owned(), "d.csv, 2 days".to_owned()))
        );
        assert_eq!(value("mttr"), None);
    }
}
