//! Which rows a file of measurements has, and in which line each stands.

use serde_json::{Map, Value};

/// A row of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Where it stands: `deploys.csv, line 3`; `deploys.json, number 3` where lines say nothing.
    pub(super) place: String,
    /// What it says.
    pub(super) item: Value,
}

/// Where lists are, in what is no list itself.
const LISTS: &[&str] = &[
    "/workflow_runs",
    "/data/repository/deployments/nodes",
    "/deployments",
    "/incidents",
    "/issues",
    "/data/repository/issues/nodes",
    "/metrics",
    "/readings",
];

/// JSON as it is, JSON in lines as a list, CSV as a list of objects of texts.
pub(super) fn rows(file: &str, text: &str) -> Result<Vec<Row>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) {
        json(file, text)
    } else {
        csv(file, text)
    }
}

fn json(file: &str, text: &str) -> Result<Vec<Row>, String> {
    let mut values: Vec<(usize, Value)> = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter();
    while let Some(value) = stream.next() {
        let value = value.map_err(|error| format!("it is no JSON: {error}"))?;
        let before = text.get(..stream.byte_offset()).unwrap_or(text);
        values.push((before.trim_end().matches('\n').count() + 1, value));
    }
    if values.len() == 1 {
        return Ok(values
            .into_iter()
            .flat_map(|(_, value)| of_value(file, value))
            .collect());
    }
    let row = |(line, item)| Row {
        place: format!("{file}, line {line}"),
        item,
    };
    Ok(values.into_iter().map(row).collect())
}

/// The objects of one value, wherever their lists are.
pub(super) fn of_value(file: &str, value: Value) -> Vec<Row> {
    let items = match value {
        Value::Array(items) => items,
        value => LISTS
            .iter()
            .filter_map(|list| value.pointer(list)?.as_array())
            .flatten()
            .cloned()
            .collect(),
    };
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(place, item)| Row {
            place: format!("{file}, number {}", place + 1),
            item,
        })
        .collect()
}

fn csv(file: &str, text: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heads = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| format!("it is no CSV: {error}"))?;
        let line = row.position().map_or(0, csv::Position::line);
        let item: Map<String, Value> = heads
            .iter()
            .zip(row.iter())
            .map(|(head, cell)| (head.to_lowercase(), Value::from(cell)))
            .collect();
        rows.push(Row {
            place: format!("{file}, line {line}"),
            item: Value::Object(item),
        });
    }
    Ok(rows)
}
