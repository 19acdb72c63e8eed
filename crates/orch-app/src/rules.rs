//! `orch rule …`: what a person who reads or writes rules asks for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use orch_engine::{Catalog, Rule, TestOutcome, TestReport};
use orch_model::Kind;

use crate::AppError;
use crate::error::{Several, Told};
use crate::exit::{Exit, ExitCode, Said};
use crate::output::read_text;
use crate::setup::{Prepared, Setup, facts, rule_errors, unknown_rule};
use crate::words::{Mistake, unknown_word};

/// From this width on, a list of rules has all its columns.
const ALL_COLUMNS: usize = 150;
/// From this width on, a title has room beside its rule.
const WITH_TITLES: usize = 60;

/// Rules, ready to be listed.
#[derive(Debug)]
pub struct RuleList(Vec<Vec<String>>);

impl RuleList {
    /// Writes the list.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
        // What would squeeze the rest is left out: first category and kind, then the title.
        let rows: Vec<Vec<String>> = self
            .0
            .iter()
            .map(|row| {
                row.iter()
                    .enumerate()
                    .filter(|(place, _)| match place {
                        0 | 1 => true,
                        2 | 3 => width >= ALL_COLUMNS,
                        _ => width >= WITH_TITLES,
                    })
                    .map(|(_, cell)| cell.clone())
                    .collect()
            })
            .collect();
        orch_report::grid(&rows, &[], &[0, 1], width, out)
    }
}

/// The selected rules.
///
/// # Errors
/// Mistakes in options, configuration or rule files.
pub fn list(setup: &Setup) -> Result<RuleList, AppError> {
    let prepared = Prepared::of(setup)?;
    let mut rows = vec![
        ["RULE", "SEVERITY", "CATEGORY", "KIND", "TITLE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for rule in prepared.catalog.selected(&prepared.settings.selection) {
        rows.push(vec![
            rule.id.to_string(),
            rule.severity.to_string(),
            rule.category.to_string(),
            kinds(rule),
            rule.title.to_string(),
        ]);
    }
    Ok(RuleList(rows))
}

fn kinds(rule: &Rule) -> String {
    rule.kinds
        .iter()
        .map(|kind| kind.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// All about one rule.
///
/// # Errors
/// A rule that there is not, with a suggestion.
pub fn explain(setup: &Setup, id: &str) -> Result<String, AppError> {
    let prepared = Prepared::of(setup)?;
    let rule = prepared
        .catalog
        .rule(id)
        .map_err(|unknown| AppError::usage(unknown_rule(&unknown)))?;
    Ok(explained(&prepared.catalog, rule))
}

fn explained(catalog: &Catalog, rule: &Rule) -> String {
    let mut text = format!("{}\n{}\n\n", rule.id, rule.title);
    // Writing to a String does not fail.
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<12}{value}");
        }
    };
    line("severity", rule.severity.as_str());
    line("category", rule.category.as_str());
    line("confidence", rule.confidence.as_str());
    line("asked of", &kinds(rule));
    let clouds: Vec<&str> = rule
        .providers
        .iter()
        .map(|provider| provider.as_str())
        .collect();
    line("on", &clouds.join(", "));
    let only_this = orch_engine::Selection {
        rules: [rule.id.clone()].into(),
        ..orch_engine::Selection::default()
    };
    let needs: Vec<String> = catalog
        .datasets(&only_this, None)
        .iter()
        .map(ToString::to_string)
        .collect();
    line("reads", &needs.join(", "));
    line("file", &rule.file);
    let sources = &rule.sources;
    if let Some(when) = &sources.when {
        line("when", when.trim());
    }
    line("fails if", sources.fails_if.trim());
    if let Some(key) = &sources.key {
        line("for each", key.trim());
    }
    if let Some(saving) = &sources.saving {
        line("saving", saving.trim());
    }
    let _ = writeln!(text, "\nWhy\n  {}", indented(&rule.why));
    if !rule.params.is_empty() {
        let _ = writeln!(
            text,
            "\nParameters ([rule.{}.params] in orch.toml)",
            rule.id
        );
        for (name, param) in &rule.params {
            let _ = writeln!(
                text,
                "  {name}: {}{} = {}\n    {}",
                param.ty,
                param.range.after_type(),
                param.value,
                param.about
            );
        }
    }
    let remediation = &rule.remediation;
    let _ = writeln!(
        text,
        "\nHow to mend it ({} effort)",
        remediation.effort.as_str()
    );
    for (number, step) in (1..).zip(&remediation.steps) {
        let _ = writeln!(text, "  {number}. {step}");
    }
    let snippets = [
        ("AWS CLI", &remediation.aws),
        ("Azure CLI", &remediation.azure),
        ("Google Cloud CLI", &remediation.gcp),
        ("Terraform", &remediation.terraform),
    ];
    for (name, snippet) in snippets {
        if let Some(snippet) = snippet {
            let _ = writeln!(text, "\n{name}\n  {}", indented(snippet));
        }
    }
    if !rule.compliance.is_empty() {
        let _ = writeln!(text, "\nCompliance");
        for (framework, controls) in &rule.compliance {
            let _ = writeln!(text, "  {framework}: {}", controls.join(", "));
        }
    }
    text
}

fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n  ")
}

/// Checks every rule file, the built-in ones too.
///
/// # Errors
/// Every mistake.
pub fn lint(setup: &Setup) -> Result<String, AppError> {
    let prepared = Prepared::tested(setup)?;
    let found = prepared.catalog.lint();
    if found.is_empty() {
        Ok(format!(
            "{} rules checked, no mistakes\n",
            prepared.catalog.rules().len()
        ))
    } else {
        Err(rule_errors(found, &prepared.config))
    }
}

/// Runs the tests of all rules, or of these.
///
/// # Errors
/// Mistakes in rule files, or a rule that there is not.
pub fn test(setup: &Setup, ids: &[String]) -> Result<Said, AppError> {
    let prepared = Prepared::tested(setup)?;
    let catalog = &prepared.catalog;
    let unknown: Vec<Mistake> = ids
        .iter()
        .filter_map(|id| Some(unknown_rule(&catalog.rule(id).err()?)))
        .collect();
    if !unknown.is_empty() {
        return Err(AppError::Usage(unknown));
    }
    let wanted: BTreeSet<&str> = ids
        .iter()
        .filter_map(|id| Some(catalog.rule(id).ok()?.id.as_str()))
        .collect();
    let rules = catalog.rules().iter();
    let asked = rules.filter(|rule| wanted.is_empty() || wanted.contains(rule.id.as_str()));
    let reports: Vec<TestReport> = asked.flat_map(|rule| catalog.test(rule)).collect();
    let failed: Vec<&TestReport> = reports
        .iter()
        .filter(|report| report.outcome != TestOutcome::Validated)
        .collect();
    let mut text = String::new();
    for report in &failed {
        let _ = writeln!(text, "{report}");
    }
    let _ = writeln!(text, "{} tests, {} failed", reports.len(), failed.len());
    let exit = if failed.is_empty() {
        Exit {
            code: ExitCode::Clean,
            why: "every test of the rules holds".to_owned(),
        }
    } else {
        let why = format!("{} tests of rules do not hold", failed.len());
        Exit {
            code: ExitCode::Invalid,
            why,
        }
    };
    Ok(Said { text, exit })
}

/// The beginning of a new rule.
///
/// # Errors
/// An id that cannot be one, or a kind that there is not.
pub fn new(id: &str, kind: &str) -> Result<String, AppError> {
    let fits = id.split('-').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !fits {
        return Err(AppError::usage(Mistake::new(
            format!("`{}` cannot be the id of a rule", orch_report::visible(id)),
            "write lower-case words joined by hyphens: volume-unencrypted",
        )));
    }
    let names = Kind::ALL.iter().map(|kind| kind.as_str());
    if !names.clone().any(|name| name == kind) {
        return Err(AppError::usage(unknown_word("kind", kind, names)));
    }
    Ok(format!(
        "# rules/<provider or multi>/<service>/{id}.yaml
title: What is wrong, in one line
category: security
severity: medium
confidence: high
audience: [security]
applies_to: {{ kind: {kind} }}
params:
  names: {{ type: list<text>, default: [\"forbidden\"], about: Names that nobody should give. }}
when: \"true\"
fails_if: resource.name in params.names
evidence: {{ name: resource.name }}
message: \"{{{{ resource.name }}}} has a name that nobody should give\"
why: What can happen, in a sentence or two.
remediation:
  effort: small
  steps: [Give it another name.]
tests:
  - name: a forbidden name fails
    resource: {{ name: forbidden }}
    expect: fail
  - name: another name passes
    resource: {{ name: fine }}
    expect: pass
"
    ))
}

/// An expression's value, type and what is not known, for a resource given by file. One that reads no resource
/// needs none.
///
/// # Errors
/// Mistakes in the expression or in the file, and a value that cannot be: a division by zero.
pub fn eval(expression: &str, resource: Option<&Path>) -> Result<String, AppError> {
    let given = match resource {
        Some(path) => Some((path.display().to_string(), read_text(path)?)),
        None => None,
    };
    let file = given
        .as_ref()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let asked = orch_engine::ask(expression, file, facts(crate::catalog::prices(None)?))
        .map_err(|errors| AppError::Expression(Several::of(errors, Told::from)))?;
    let value = match asked.value {
        Ok(value) => value.to_string(),
        Err(why) => format!("not known: {why}"),
    };
    Ok(format!("value  {value}\ntype   {}\n", asked.ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_needs_a_resource_only_where_it_reads_one() {
        assert_eq!(eval("1 + 1", None).unwrap(), "value  2\ntype   int\n");
        assert_eq!(
            eval("\"resource.name\"", None).unwrap(),
            "value  \"resource.name\"\ntype   text\n"
        );
        for expression in ["resource.name", "1 + facts.billing.total"] {
            let error = eval(expression, None).unwrap_err();
            assert_eq!(error.exit_code(), ExitCode::Invalid, "{expression}");
            let shown = crate::Shown::from(&error);
            assert!(shown.line().contains("none is given"), "{shown:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_is_an_error_and_one_that_is_not_known_is_told() {
        let error = eval("1 / 0", None).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Invalid);
        let shown = crate::Shown::from(&error);
        assert!(shown.line().ends_with("division by zero"), "{shown:?}");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("instance.yaml");
        std::fs::write(&file, "kind: compute.instance\n").unwrap();
        let told = eval("resource.vpc", Some(&file)).unwrap();
        assert!(told.starts_with("value  not known: "), "{told}");
    }

    #[test]
    fn ids_and_kinds_of_new_rules_are_checked() {
        assert!(
            new("volume-unencrypted", "storage.volume")
                .unwrap()
                .contains("storage.volume")
        );
        for id in ["", "Volume", "a--b", "a_b", "-a"] {
            assert_eq!(
                new(id, "storage.volume").unwrap_err().exit_code(),
                ExitCode::Usage,
                "{id}"
            );
        }
        let error = new("a", "storage.volum").unwrap_err();
        assert_eq!(error.next_step().unwrap(), "did you mean `storage.volume`?");
    }
}
