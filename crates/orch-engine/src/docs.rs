//! The reference of the rules: a page for each, and the schema of their files.

use std::fmt::Write as _;

use schemars::Schema;
use schemars::generate::SchemaSettings;

use crate::catalog::Catalog;
use crate::rule::{Rule, RuleFile};

/// The JSON schema of a rule file.
pub fn rule_schema() -> Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RuleFile>()
}

/// The page of a rule, in Markdown.
pub fn rule_page(rule: &Rule) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, rule);
    page
}

fn write_page(page: &mut String, rule: &Rule) -> std::fmt::Result {
    writeln!(page, "# {}\n\n{}\n", rule.id, rule.title)?;
    writeln!(page, "| | |\n|---|---|")?;
    writeln!(page, "| category | {} |", rule.category)?;
    writeln!(page, "| severity | {} |", rule.severity)?;
    writeln!(page, "| confidence | {} |", rule.confidence)?;
    let kinds: Vec<_> = rule.kinds.iter().map(|kind| format!("`{kind}`")).collect();
    writeln!(page, "| asked of | {} |", kinds.join(", "))?;
    if !rule.providers.is_empty() {
        let providers: Vec<_> = rule.providers.iter().map(|cloud| cloud.as_str()).collect();
        writeln!(page, "| clouds | {} |", providers.join(", "))?;
    }
    writeln!(page, "| for | {} |", rule.audience.join(", "))?;
    for (framework, controls) in &rule.compliance {
        writeln!(page, "| {framework} | {} |", controls.join(", "))?;
    }
    writeln!(page, "\n## Why\n\n{}", rule.why)?;
    if !rule.params.is_empty() {
        writeln!(
            page,
            "\n## Parameters\n\n| name | type | default | |\n|---|---|---|---|"
        )?;
        for (name, param) in &rule.params {
            let default = param
                .default
                .to_json(&param.ty)
                .to_string()
                .replace('|', "\\|");
            let about = param.about.replace('\n', " ");
            writeln!(
                page,
                "| `{name}` | `{}`{} | `{default}` | {about} |",
                param.ty,
                param.range.after_type()
            )?;
        }
    }
    writeln!(page, "\n## Question\n")?;
    if let Some(when) = &rule.sources.when {
        writeln!(page, "Asked when:\n\n```\n{when}\n```\n")?;
    }
    writeln!(page, "Fails if:\n\n```\n{}\n```", rule.sources.fails_if)?;
    if let Some(key) = &rule.sources.key {
        writeln!(page, "\nOne finding for each of:\n\n```\n{key}\n```")?;
    }
    for (holds, severity, because) in &rule.sources.adjust {
        let told = because.replace('\n', " ");
        writeln!(
            page,
            "\nSeverity {severity}, told as \"{told}\", if:\n\n```\n{holds}\n```"
        )?;
    }
    writeln!(
        page,
        "\n## Remediation\n\nEffort: {}.\n",
        rule.remediation.effort.as_str()
    )?;
    for (number, step) in (1..).zip(&rule.remediation.steps) {
        writeln!(page, "{number}. {step}")?;
    }
    let fix = &rule.remediation;
    for (language, text) in [
        ("sh", &fix.aws),
        ("sh", &fix.azure),
        ("sh", &fix.gcp),
        ("hcl", &fix.terraform),
    ] {
        if let Some(text) = text {
            writeln!(page, "\n```{language}\n{}\n```", text.trim_end())?;
        }
    }
    Ok(())
}

/// The page of the facts that rules may use, in Markdown.
pub fn facts_page(catalog: &Catalog) -> String {
    let mut page =
        String::from("# Facts\n\nWhat rules may ask besides the resource: `facts.<name>`.\n");
    let mut facts: Vec<_> = catalog.facts().iter().map(|fact| fact.spec()).collect();
    facts.sort_by_key(|spec| (spec.name, spec.kinds));
    for spec in facts {
        let kinds: Vec<_> = spec.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let needs: Vec<_> = spec.needs.iter().map(|need| format!("`{need}`")).collect();
        let _ = write!(
            page,
            "\n## {}\n\n{}\n\nOn {}.",
            spec.name,
            spec.about,
            kinds.join(", ")
        );
        if !needs.is_empty() {
            let _ = write!(page, " Needs {}.", needs.join(", "));
        }
        page.push('\n');
    }
    page
}
