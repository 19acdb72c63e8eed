//! One expression on one resource given by a file: the value a rule would see, its type, what is not known.

use std::collections::BTreeMap;

use orch_model::{Kind, Time};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::case::Case;
use super::file::{CostFile, Expect, SeriesFile, TestFile};
use super::place::{At, Mistakes, RuleFileError};
use super::read::yaml;
use super::suggestion;
use super::template::NOT_KNOWN;
use crate::catalog::{Catalog, Facts, RuleSource};
use crate::evaluate::evaluate;
use crate::inventory::Inventory;
use crate::lang::{Type, reads_a_resource};
use crate::settings::Settings;

/// Where mistakes in the expression are said to be.
const EXPRESSION: &str = "expression";

/// What an expression is on a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its value, or why that is not known.
    pub value: Result<Json, String>,
    /// Its type.
    pub ty: Type,
}

/// A small inventory as rules' tests give it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    resource: At<BTreeMap<String, Json>>,
    #[serde(default)]
    with: Vec<At<BTreeMap<String, Json>>>,
    #[serde(default)]
    reads: BTreeMap<String, At<String>>,
    #[serde(default)]
    series: Vec<SeriesFile>,
    #[serde(default)]
    costs: Vec<CostFile>,
    #[serde(default)]
    as_of: Option<Time>,
}

/// Evaluates an expression on the resource of a file, given as its name and its text: either the resource with
/// its `kind`, or `resource` with `with`, `reads`, `series`, `costs` and `as_of` as in the test of a rule. An
/// expression that reads no resource needs no file.
///
/// # Errors
/// What is wrong with the file or with the expression, or with its value.
pub fn ask(
    expression: &str,
    file: Option<(&str, &str)>,
    facts: impl Into<Facts>,
) -> Result<Asked, Vec<RuleFileError>> {
    let any = format!("kind: {}", Kind::CloudAccount);
    let (file, text) = match file {
        Some(file) => file,
        None if !reads_a_resource(expression) => (EXPRESSION, any.as_str()),
        None => {
            let message = "it reads a resource, and none is given".to_owned();
            let help = "name a file that holds one with --resource FILE";
            return Err(wrong_in(EXPRESSION, message, help));
        }
    };
    let wrong = |message: String, help: &str| wrong_in(file, message, help);
    let form = "write a resource as the test of a rule does, with its `kind`";
    let given = given(text).map_err(|message| wrong(message, form))?;
    let named = given.resource.get("kind").and_then(Json::as_str);
    let named = named.ok_or_else(|| wrong("the resource needs its `kind`".to_owned(), form))?;
    let kind: Kind = named.parse().map_err(|message| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        wrong(message, &suggestion(named, &known))
    })?;
    let catalog = Catalog::compile(vec![asking(expression, kind)], facts, &Settings::default())
        .map_err(|errors| errors.into_iter().map(of_expression).collect::<Vec<_>>())?;
    let no_rule = || wrong("the expression cannot be asked".to_owned(), form);
    let rule = catalog.rules().first().ok_or_else(no_rule)?;
    let test = TestFile {
        name: At::default(),
        resource: given.resource,
        with: given.with,
        reads: given.reads,
        series: given.series,
        costs: given.costs,
        params: BTreeMap::new(),
        as_of: given.as_of,
        expect: Expect::Fail,
        keys: None,
        severity: None,
    };
    let case = Case::of(rule, &test).map_err(|message| wrong(message, form))?;
    let evaluation = evaluate(
        &catalog,
        &Inventory::new(&case.snapshot),
        &Settings::default(),
    );
    if let Some(fault) = evaluation.faults.first() {
        let message = bare(&fault.message);
        let help = "ask first whether it can be told: `n > 0 ? 100 / n : 0`";
        return Err(wrong_in(EXPRESSION, message, help));
    }
    let finding = evaluation
        .findings
        .iter()
        .find(|finding| finding.resource == case.asked);
    let value = finding
        .and_then(|finding| finding.evidence.first())
        .map(|piece| piece.value.to_json(|amount| amount.to_string()));
    let programs = rule
        .programs
        .get(&kind)
        .and_then(|programs| programs.evidence.first());
    match (value, programs) {
        (Some(value), Some((_, program))) => Ok(Asked {
            value: match value.as_str().and_then(|text| text.strip_prefix(NOT_KNOWN)) {
                Some(why) => Err(why.to_owned()),
                None => Ok(value),
            },
            ty: program.ty().clone(),
        }),
        _ => Err(no_rule()),
    }
}

fn given(text: &str) -> Result<Given, String> {
    let shape: BTreeMap<String, Json> = yaml(text).map_err(|error| said(&error))?;
    if shape.contains_key("resource") {
        return yaml(text).map_err(|error| said(&error));
    }
    Ok(Given {
        resource: At {
            value: shape,
            line: 1,
            column: 1,
        },
        with: Vec::new(),
        reads: BTreeMap::new(),
        series: Vec::new(),
        costs: Vec::new(),
        as_of: None,
    })
}

fn said(error: &serde_saphyr::Error) -> String {
    error.without_snippet().to_string()
}

/// A rule that always fails and whose evidence is the expression. JSON is YAML.
fn asking(expression: &str, kind: Kind) -> RuleSource {
    let rule = json!({
        "title": "asked",
        "category": "governance",
        "severity": "info",
        "confidence": "high",
        "applies_to": { "kind": kind.as_str() },
        "fails_if": "true",
        "evidence": { "value": expression },
        "message": "asked",
        "why": "asked",
        "remediation": { "effort": "small", "steps": ["none"] },
        "tests": [],
    });
    RuleSource::new("expression.yaml", rule.to_string().into_bytes())
}

/// Places in the rule around the expression say nothing to who wrote the expression.
fn of_expression(error: RuleFileError) -> RuleFileError {
    RuleFileError {
        file: EXPRESSION.to_owned(),
        line: None,
        column: None,
        message: bare(&error.message),
        help: error.help,
    }
}

fn bare(message: &str) -> String {
    let message = message.trim_start_matches("in `evidence.value`");
    message.trim_start_matches(':').trim_start().to_owned()
}

fn wrong_in(file: &str, message: String, help: &str) -> Vec<RuleFileError> {
    let mut mistakes = Mistakes::of(file);
    mistakes.whole(message, help);
    mistakes.into_errors()
}
