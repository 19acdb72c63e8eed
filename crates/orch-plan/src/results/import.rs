//! Measurements from files: outcome metrics as they are, deployments and incidents computed.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::dora::{dora, production};
use super::events::{Events, events, instant};
use super::known::{filled, implausible};
use super::rows::{Row, rows};
use crate::brief::scene::count_of;
use crate::project::{Project, ReadingOf, is_id};

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
/// and what could not be used or stands there twice, each with its place.
///
/// # Errors
/// A file that is neither CSV nor JSON, or that has nothing to use.
pub fn readings(
    files: &[(String, String)],
    project: &Project,
    today: NaiveDate,
) -> Result<(Vec<ReadingOf>, Vec<String>), ImportError> {
    let mut found = Measured::default();
    let mut told = Vec::new();
    let mut of_events: Vec<Row> = Vec::new();
    let mut sources: Vec<&str> = Vec::new();
    for (file, text) in files {
        let fail = |why: String| ImportError {
            file: file.clone(),
            why,
        };
        let rows = rows(file, text).map_err(fail)?;
        if rows.is_empty() {
            return Err(fail(format!("there is nothing in it; {FORM}")));
        }
        if rows.iter().any(|row| row.item.get("metric").is_some()) {
            for row in &rows {
                match measurement(&row.item, file, project, today) {
                    Ok(reading) => told.extend(found.add(&row.place, reading)),
                    Err(why) => told.push(format!("{}: {why}; it is left out", row.place)),
                }
            }
            continue;
        }
        let events = events(&rows, today);
        if events.deployments.is_empty() && events.incidents.is_empty() && !events.unused.is_empty()
        {
            return Err(fail(format!("{}; {FORM}", events.unused[0])));
        }
        of_events.extend(rows);
        sources.push(file);
    }
    let events = events(&of_events, today);
    let elsewhere = elsewhere(&events);
    found.all.extend(dora(
        &events,
        project.params.dora_days,
        today,
        &sources.join(" and "),
    ));
    told.extend(events.unused);
    told.extend(events.skipped);
    told.extend(elsewhere);
    let mut found = found.all;
    found.sort_by(|a, b| (&a.metric, a.on).cmp(&(&b.metric, b.on)));
    Ok((found, told))
}

/// What was measured so far, and where each stands.
#[derive(Default)]
struct Measured {
    all: Vec<ReadingOf>,
    places: Vec<String>,
}

impl Measured {
    /// Adds one; of two of a metric, a day and a source the later one counts, and that is told.
    fn add(&mut self, place: &str, reading: ReadingOf) -> Option<String> {
        let same = |held: &ReadingOf| {
            (&held.metric, held.on, &held.source) == (&reading.metric, reading.on, &reading.source)
        };
        let Some(at) = self.all.iter().position(same) else {
            self.all.push(reading);
            self.places.push(place.to_owned());
            return None;
        };
        let (held, before) = (&mut self.all[at], &mut self.places[at]);
        let what = format!(
            "`{}` of {} stands in {before} too",
            reading.metric, reading.on
        );
        let told = match held.value == reading.value {
            true => format!("{place}: {what}; it counts once"),
            false => format!("{place}: {what}, as {}; the later one counts", held.value),
        };
        *held = reading;
        place.clone_into(before);
        Some(told)
    }
}

fn measurement(
    row: &Value,
    file: &str,
    project: &Project,
    today: NaiveDate,
) -> Result<ReadingOf, String> {
    let text = |key: &str| match row.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let decimal = |key: &str| -> Result<Option<Decimal>, String> {
        let Some(text) = text(key) else {
            return Ok(None);
        };
        let number = text.parse();
        Ok(Some(
            number.map_err(|_| format!("`{text}` is no decimal number"))?,
        ))
    };
    let metric = text("metric").ok_or("it names no `metric`")?;
    if !is_id(&metric) {
        return Err(format!(
            "`{metric}` is no name of a metric: use small letters, digits and hyphens"
        ));
    }
    let on = text("on")
        .or_else(|| text("date"))
        .ok_or("it has no day (`on`)")?;
    let on = instant(&on).ok_or_else(|| format!("`{on}` is no day: write 2026-03-31"))?;
    let value = decimal("value")?.ok_or("it has no `value`")?;
    let better = match text("better").as_deref() {
        Some("up") => Some(true),
        Some("down") => Some(false),
        Some(other) => return Err(format!("`better` is up or down, not `{other}`")),
        None => None,
    };
    let reading = ReadingOf {
        unit: text("unit"),
        up_is_good: better,
        target: decimal("target")?,
        on: on.date_naive(),
        value,
        source: text("source").unwrap_or_else(|| file.to_owned()),
        metric,
    };
    let reading = filled(reading, project);
    if reading.unit.is_none() || reading.up_is_good.is_none() {
        return Err(format!(
            "`{}` is measured for the first time, and nothing says its `unit` and what is `better` (up, down)",
            reading.metric
        ));
    }
    implausible(project, &reading, today).map_or(Ok(reading), Err)
}

/// Deployments that are left out because others are those to production.
fn elsewhere(events: &Events) -> Option<String> {
    let counted = production(&events.deployments).len();
    let left = events.deployments.len() - counted;
    (left > 0).then(|| {
        let is = count_of(left, "deployment", "deployments");
        format!("not counted, because others are to production: {is} to other environments")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<(Vec<ReadingOf>, Vec<String>), ImportError> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 28).unwrap();
        let project = crate::project::fresh("x", "", &[], today);
        let project = crate::project::read(&project, &crate::Library::built_in().unwrap()).unwrap();
        readings(&[(name.to_owned(), text.to_owned())], &project, today)
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
    fn what_cannot_be_used_is_told_with_its_line_and_the_rest_is() {
        let csv = "metric,on,value\nuptime,2026-03-01,much\nuptime,31.3.2026,1\nUp time,2026-03-01,1\nuptime,2026-03-02,99\n";
        let (found, unused) = read("m.csv", csv).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(unused.len(), 3, "{unused:#?}");
        assert!(
            unused[0].starts_with("m.csv, line 2: `much`"),
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
    fn what_cannot_be_is_told_with_its_line_and_is_left_out() {
        let csv = "metric,on,value,unit,better\nuptime,2026-03-01,99.5,,\nuptime,2026-03-01,99.5,,\nuptime,2026-03-29,99,,\n\
            uptime,2026-03-02,250,,\nlead-time,2026-03-02,-1,,\nuptime,2026-03-01,99.6,,\nqueue,2026-03-02,1,,\n";
        let (found, told) = read("m.csv", csv).unwrap();
        assert_eq!(
            told,
            [
                "m.csv, line 3: `uptime` of 2026-03-01 stands in m.csv, line 2 too; it counts once",
                "m.csv, line 4: 2026-03-29 is after today, 2026-03-28; it is left out",
                "m.csv, line 5: `uptime` is a share of 0 to 100 %, so it cannot be 250; it is left out",
                "m.csv, line 6: `lead-time` cannot be -1: it is never below 0; it is left out",
                "m.csv, line 7: `uptime` of 2026-03-01 stands in m.csv, line 3 too, as 99.5; the later one counts",
                "m.csv, line 8: `queue` is measured for the first time, and nothing says its `unit` and what is `better` (up, down); it is left out",
            ]
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].value.to_string(), "99.6");
    }

    #[test]
    fn deployments_that_stand_twice_or_cannot_be_are_told() {
        let csv = "id,deployed_at,committed_at,result,environment\n\
            1,2026-03-27T10:00:00Z,2026-03-27T08:00:00Z,success,prod-eu\n\
            1,2026-03-27T10:00:00Z,2026-03-27T08:00:00Z,success,prod-eu\n\
            2,2026-03-27T11:00:00Z,2026-03-27T12:00:00Z,success,prod-eu\n\
            3,2026-03-27T12:00:00Z,,success,prod-eu\n3,2026-03-27T12:00:00Z,,failed,prod-eu\n\
            4,2027-01-01T00:00:00Z,,success,prod-eu\n5,2026-03-27T12:00:00Z,,cancelled,prod-eu\n\
            6,2026-03-27T12:00:00Z,,success,staging\n";
        let (found, told) = read("d.csv", csv).unwrap();
        assert_eq!(
            told,
            [
                "d.csv, line 3: `1` stands in d.csv, line 2 too; it counts once",
                "d.csv, line 4: it was committed at 2026-03-27T12:00:00Z, after it was deployed at 2026-03-27T11:00:00Z: one of the two is wrong; it is left out",
                "d.csv, line 6: `3` stands in d.csv, line 5 too, with other values; the later one counts",
                "d.csv, line 7: 2027-01-01T00:00:00Z is after today, 2026-03-28; it is left out",
                "1 deployment is not counted: `cancelled` neither worked nor failed",
                "not counted, because others are to production: 1 deployment to other environments",
            ]
        );
        let rate = found
            .iter()
            .rev()
            .find(|one| one.metric == "change-failure-rate");
        assert_eq!(rate.unwrap().value.to_string(), "50");
        // The same rows in two files are the same deployments.
        let today = NaiveDate::from_ymd_opt(2026, 3, 28).unwrap();
        let project = crate::project::fresh("x", "", &[], today);
        let project = crate::project::read(&project, &crate::Library::built_in().unwrap()).unwrap();
        let files = ["a.csv", "b.csv"].map(|name| (name.to_owned(), csv.to_owned()));
        let (twice, _) = readings(&files, &project, today).unwrap();
        let values =
            |found: &[ReadingOf]| -> Vec<Decimal> { found.iter().map(|one| one.value).collect() };
        assert_eq!(values(&twice), values(&found));
    }

    #[test]
    fn small_values_are_not_rounded_away() {
        let csv = "id,deployed_at,committed_at,result\n1,2026-03-27T10:00:10Z,2026-03-27T10:00:00Z,success\n";
        let (found, _) = read("d.csv", csv).unwrap();
        let lead = found.iter().find(|one| one.metric == "lead-time").unwrap();
        assert_eq!(lead.value.to_string(), "0.002778");
    }

    #[test]
    fn deployments_of_csv_are_computed() {
        let csv = "id,deployed_at,committed_at,result,environment\n1,2026-03-27 10:00:00 UTC,2026-03-27 08:00:00 UTC,success,prod-eu\n2,2026-03-28 10:00,,success,staging\n";
        let (found, _) = read("d.csv", csv).unwrap();
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
