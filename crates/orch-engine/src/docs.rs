//! The reference of the rules: a page for each, the schema of their files, and what they cover.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use orch_model::{Provider, Scope};
use schemars::Schema;
use schemars::generate::SchemaSettings;

use crate::catalog::Catalog;
use crate::framework::{Automation, Control, Framework};
use crate::rule::{Expect, Rule, RuleFile, TestFile};

/// What stands where no source tells what a control is checked by.
const NOT_TOLD: &str = "not told";

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

/// The page of the facts that rules may use, in Markdown. A name that asks different things of different kinds
/// stands there once.
pub fn facts_page(catalog: &Catalog) -> String {
    let mut page =
        String::from("# Facts\n\nWhat rules may ask besides the resource: `facts.<name>`.\n");
    let mut facts: Vec<_> = catalog.facts().iter().map(|fact| fact.spec()).collect();
    facts.sort_by_key(|spec| (spec.name, spec.kinds));
    let mut before = "";
    for spec in facts {
        let kinds: Vec<_> = spec.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let needs: Vec<_> = spec.needs.iter().map(|need| format!("`{need}`")).collect();
        if spec.name != before {
            let _ = write!(page, "\n## {}\n", spec.name);
            before = spec.name;
        }
        let _ = write!(page, "\n{}\n\nOn {}.", spec.about, kinds.join(", "));
        if !needs.is_empty() {
            let _ = write!(page, " Needs {}.", needs.join(", "));
        }
        page.push('\n');
    }
    page
}

/// The page of the benchmarks, in Markdown: for each control the rules that assess it, or why none does.
pub fn coverage_page(frameworks: &[Framework], catalog: &Catalog) -> String {
    let mut page = String::from(
        "# Coverage of benchmarks\n\nA control that no rule assesses is named here with the reason; it is \
         never counted as passed. The words are ours; the benchmarks' own texts are theirs. Where a control \
         is checked by a program or by a person is what the first version says that has it; where it says \"not told\", \
         no public source that we may use tells it control by control, only how many there are. \"Decidable\" are, of \
         those that a program can check, the assessed ones and the ones that what is collected would suffice \
         to decide; for all others the reason says what is missing. Controls that are not listed are those whose \
         ids no public source that we may use tells.\n\n\
         | benchmark | controls | assessed | a program can check | assessed of those | decidable of those | not listed |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let rules = by_control(catalog);
    for of in frameworks {
        let assessed =
            |control: &&Control| rules.contains_key(&(of.id.as_str(), control.id.as_str()));
        let done = of.controls.iter().filter(assessed);
        let told = of
            .controls
            .iter()
            .any(|control| control.automation.is_some());
        let by_program = |control: &&Control| control.automation == Some(Automation::Automated);
        let own = done.clone().filter(by_program).count();
        let left = of.controls.iter().filter(by_program);
        let left = left.filter(|control| control.decidable).count();
        let cell = |count: usize| {
            if told {
                count.to_string()
            } else {
                NOT_TOLD.to_owned()
            }
        };
        let listed = u32::try_from(of.controls.len()).unwrap_or(u32::MAX);
        let _ = writeln!(
            page,
            "| {} {} | {} | {} | {} | {} | {} | {} |",
            of.title,
            of.version,
            of.total,
            done.count(),
            of.automated,
            cell(own),
            cell(own + left),
            of.total.saturating_sub(listed),
        );
    }
    for of in frameworks {
        let _ = write!(
            page,
            "\n## {} {}\n\n| control | about | checked by | rules |\n|---|---|---|---|\n",
            of.title, of.version
        );
        for control in &of.controls {
            let by = match control.automation {
                Some(Automation::Automated) => "a program",
                Some(Automation::Manual) => "a person",
                None => NOT_TOLD,
            };
            let cell = match rules.get(&(of.id.as_str(), control.id.as_str())) {
                Some(rules) => {
                    let links = rules.iter().map(|id| format!("[{id}](rules/{id}.md)"));
                    links.collect::<Vec<_>>().join(", ")
                }
                None => format!(
                    "not assessed: {}",
                    control.not_assessed.as_deref().unwrap_or("no rule yet")
                ),
            };
            let _ = writeln!(
                page,
                "| {} | {} | {by} | {cell} |",
                control.id, control.about
            );
        }
    }
    page
}

/// The rules of each control, by framework and control.
fn by_control(catalog: &Catalog) -> BTreeMap<(&str, &str), BTreeSet<&str>> {
    let mut rules: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for rule in catalog.rules() {
        for (framework, controls) in &rule.compliance {
            for control in controls {
                let of = rules.entry((framework.as_str(), control.as_str()));
                of.or_default().insert(rule.id.as_str());
            }
        }
    }
    rules
}

/// The page of the rules of several clouds, in Markdown: for each cloud a test of the rule that shows it there.
pub fn clouds_page(catalog: &Catalog) -> String {
    let mut page = String::from(
        "# Rules by cloud\n\nThe rules that are asked on several clouds, with the test in the rule's file that \
         shows it on each. A dash is followed by why the question is not asked there. Whole audits of each \
         cloud prove the same rules end to end: every finding in the replayed accounts of \
         `fixtures/wire/expected-azure.json` and `fixtures/wire/expected-gcp.json`, and in those of \
         `fixtures/accounts/*/expected.json` for AWS, was listed by a person who read the accounts.\n\n| rule |",
    );
    for cloud in Provider::ALL {
        let _ = write!(page, " {cloud} |");
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(Provider::ALL.len()));
    page.push('\n');
    for rule in catalog
        .rules()
        .iter()
        .filter(|rule| rule.providers.len() != 1)
    {
        let _ = write!(page, "| [{0}](rules/{0}.md) |", rule.id);
        for cloud in Provider::ALL {
            let cell = if rule.asks(cloud) {
                let test = shown_on(rule, cloud);
                test.map_or_else(|| "no test".to_owned(), |test| test.name.to_string())
            } else {
                let why = rule.elsewhere.get(&cloud).map_or("", |why| why.as_str());
                format!("– {why}")
            };
            let _ = write!(page, " {} |", cell.replace('|', "\\|"));
        }
        page.push('\n');
    }
    page
}

/// The first test of a rule whose resource lies in a cloud and has the problem; else the first there.
pub fn shown_on(rule: &Rule, cloud: Provider) -> Option<&TestFile> {
    let usual = rule.providers.first().copied().unwrap_or(Provider::Aws);
    let mut there = rule.tests.iter().filter(|test| {
        let scope = test.resource.get("scope").and_then(|scope| scope.as_str());
        let scope = scope.and_then(|scope| scope.parse::<Scope>().ok());
        scope.map_or(usual, |scope| scope.provider) == cloud
    });
    let first = there.clone().next();
    there.find(|test| test.expect == Expect::Fail).or(first)
}
