//! The configuration file `orch.toml`: defaults of options, rules, waivers, limits. All mistakes at once.

mod budgets;
mod cache;
pub(crate) mod rates;
mod reader;
mod rightsizing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use orch_collect::CollectSettings;
use orch_cost::bill::Budget;
use orch_engine::RankParams;
use orch_model::{Severity, Text};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::options::{AzureChoice, GoogleChoice, Options};
use crate::rightsize::Choice;
use crate::words::{self, Mistake};
use reader::{Mistakes, Section};

pub(crate) use cache::{catalogue_dir, cost_cache};
pub use reader::Placed;

/// The file that is read from the working directory when no other is named.
pub const DEFAULT_FILE: &str = "orch.toml";

/// The keys of `[rank]` besides the severities.
pub(crate) const CONFIDENCE_FACTORS: [&str; 3] =
    ["low_confidence", "medium_confidence", "high_confidence"];
pub(crate) const POINTS_PER_UNIT: &str = "points_per_unit";

/// How far back metrics can be asked for: no cloud keeps them longer than 15 months.
const METRIC_DAYS: RangeInclusive<u32> = 1..=455;
/// How far back billing can be asked for: day by day it goes back 14 months.
pub(crate) const COST_DAYS: RangeInclusive<u32> = 1..=425;
/// Every month has these days.
const INVOICE_DAY: RangeInclusive<u32> = 1..=28;
/// With more, a call that fails would wait for hours.
const ATTEMPTS: RangeInclusive<u32> = 1..=100;
/// More than this at once only opens connections that wait.
const AT_ONCE: RangeInclusive<u32> = 1..=1_000;
/// A host that failed so often is not coming back.
const FAILURES: RangeInclusive<u32> = 1..=1_000;

/// A configuration file whose every key and word is known.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it was read from; nothing for the built-in defaults.
    pub path: Option<PathBuf>,
    /// Its text, for pointing at mistakes that show later.
    pub text: String,
    /// Defaults of options.
    pub options: Options,
    /// Limits, deadlines, how far back to read.
    pub collect: CollectSettings,
    /// Where billing of closed months is kept; empty: nowhere; none: nothing is said.
    pub cost_cache: Option<PathBuf>,
    /// How findings are ranked.
    pub rank: RankParams,
    /// Changes to rules.
    pub rules: Vec<RuleChange>,
    /// Accepted findings.
    pub waivers: Vec<Waiver>,
    /// What may be spent in a month.
    pub budgets: Vec<Budget>,
    /// How instances are right-sized.
    pub(crate) rightsizing: Choice,
}

/// `[rule.ID]`
#[derive(Debug, Clone, PartialEq)]
pub struct RuleChange {
    /// The rule.
    pub id: Text,
    /// Where the id stands in the file.
    pub span: Range<usize>,
    /// Another severity.
    pub severity: Option<Severity>,
    /// Whether it is asked.
    pub enabled: Option<bool>,
    /// Other values of parameters.
    pub params: BTreeMap<Text, serde_json::Value>,
    /// Where each of them stands in the file.
    pub param_spans: BTreeMap<Text, Range<usize>>,
}

/// `[[waiver]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What it covers.
    pub target: WaiverTarget,
    /// Why it is accepted.
    pub reason: Text,
    /// Who accepted it.
    pub owner: Text,
    /// The last day, UTC, inclusive.
    pub until: NaiveDate,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// What a waiver covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverTarget {
    /// One finding.
    Fingerprint(Text),
    /// All findings of a rule on a resource.
    RuleAndResource {
        /// The rule.
        rule: Text,
        /// The resource's uid.
        resource: Text,
    },
}

impl Config {
    /// Reads a configuration from its text.
    ///
    /// # Errors
    /// Every mistake with its place.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<Placed>> {
        let document = document(text, "see orch.example.toml for the form")?;
        let mut mistakes = Mistakes::default();
        let mut root = Section::new("the configuration", document.get_ref());
        let mut config = Self {
            path: Some(path.to_path_buf()),
            text: text.to_owned(),
            ..Self::default()
        };
        let m = &mut mistakes;
        if let Some(table) = table(&mut root, "audit", m) {
            config.options = options(Section::new("[audit]", table), path, m);
        }
        if let Some(table) = table(&mut root, "azure", m) {
            config.options.azure = azure(Section::new("[azure]", table), m);
        }
        if let Some(table) = table(&mut root, "gcp", m) {
            config.options.gcp = gcp(Section::new("[gcp]", table), m);
        }
        if let Some(table) = table(&mut root, "network", m) {
            network(Section::new("[network]", table), &mut config.collect, m);
        }
        if let Some(table) = table(&mut root, "metrics", m) {
            let mut section = Section::new("[metrics]", table);
            set(
                &mut config.collect.metric_days,
                section.parsed("days", m, reader::whole(METRIC_DAYS)),
            );
            section.finish(m);
        }
        if let Some(table) = table(&mut root, "costs", m) {
            costs(Section::new("[costs]", table), path, &mut config, m);
        }
        if let Some(table) = table(&mut root, "catalog", m) {
            let mut section = Section::new("[catalog]", table);
            let dir = section.parsed("dir", m, |value| Ok(here(path).join(reader::text(value)?)));
            config.options.catalog = dir;
            section.finish(m);
        }
        if let Some(table) = table(&mut root, "rightsizing", m) {
            let section = Section::new("[rightsizing]", table);
            config.rightsizing = rightsizing::rightsizing(section, m);
        }
        if let Some(table) = table(&mut root, "rank", m) {
            rank(Section::new("[rank]", table), &mut config.rank, m);
        }
        if let Some(rules) = table(&mut root, "rule", m) {
            config.rules = rules
                .iter()
                .filter_map(|(id, value)| rule(id, value, m))
                .collect();
            config.rules.sort_by(|a, b| a.id.cmp(&b.id));
        }
        config.waivers = waivers(&mut root, m);
        config.budgets = budgets::budgets(&mut root, m);
        root.finish(m);
        if let Some(limit) = config.options.max_api_cost {
            config.collect.max_api_cost = limit;
        }
        mistakes.0.sort_by_key(|placed| placed.span.start);
        if mistakes.0.is_empty() {
            Ok(config)
        } else {
            Err(mistakes.0)
        }
    }
}

/// The tables of a text; a text that is no TOML would only bring mistakes that are not the user's.
fn document<'t>(text: &'t str, form: &str) -> Result<Spanned<DeTable<'t>>, Vec<Placed>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    // What is nested too deep brings one mistake for each level; one says it.
    let deep = errors
        .iter()
        .position(|error| error.message().contains("recurs"));
    let errors = match deep {
        Some(at) => &errors[at..=at],
        None => &errors,
    };
    let mut mistakes = Mistakes::default();
    for error in errors {
        let mistake = Mistake::new(error.message(), form);
        mistakes.push(mistake, error.span().unwrap_or(0..0));
    }
    match mistakes.0.is_empty() {
        true => Ok(document),
        false => Err(mistakes.0),
    }
}

fn azure(mut section: Section<'_, '_>, m: &mut Mistakes) -> AzureChoice {
    let choice = AzureChoice {
        cloud: section.parsed("cloud", m, |value| {
            let word = reader::text(value)?;
            words::azure_cloud(word).map(str::to_owned)
        }),
        tenant: section.parsed("tenant", m, word),
        management_group: section.parsed("management_group", m, |value| {
            words::management_group(reader::text(value)?).map(str::to_owned)
        }),
    };
    section.finish(m);
    choice
}

fn gcp(mut section: Section<'_, '_>, m: &mut Mistakes) -> GoogleChoice {
    let choice = GoogleChoice {
        organization: section.parsed("organization", m, word),
        folder: section.parsed("folder", m, word),
        impersonate: section.parsed("impersonate", m, word),
        quota_project: section.parsed("quota_project", m, word),
        billing_table: section.parsed("billing_table", m, word),
    };
    section.finish(m);
    choice
}

fn word(value: &DeValue<'_>) -> Result<String, Mistake> {
    reader::text(value).map(str::to_owned)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn table<'t, 'i>(
    root: &mut Section<'t, 'i>,
    key: &'static str,
    mistakes: &mut Mistakes,
) -> Option<&'t DeTable<'i>> {
    let value = root.get(key)?;
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => {
            let mistake = Mistake::new(
                format!("`{key}` is not a table"),
                format!("write it as [{key}]"),
            );
            mistakes.push(mistake, value.span());
            None
        }
    }
}

/// Where paths of the file start.
fn here(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn options(mut section: Section<'_, '_>, path: &Path, m: &mut Mistakes) -> Options {
    let plain = |word: &str| Ok(Text::new(word));
    let here = here(path);
    let options = Options {
        providers: section.parsed("provider", m, |v| words::providers(reader::text(v)?)),
        accounts: section.list("accounts", m, plain),
        azure: AzureChoice::default(),
        gcp: GoogleChoice::default(),
        regions: section.list("regions", m, plain),
        exclude_regions: section.list("exclude_regions", m, plain),
        profile: section.parsed("profile", m, word),
        role: section.parsed("role", m, word),
        external_id: section.parsed("external_id", m, word),
        tags: section.list("tags", m, words::tag),
        only: section.list("only", m, words::category),
        rules: section.list("rules", m, plain),
        skip_rules: section.list("skip_rules", m, plain),
        severity: section.parsed("severity", m, |v| words::severity(reader::text(v)?)),
        rules_dirs: section
            .list("rules_dirs", m, |dir| Ok(here.join(dir)))
            .unwrap_or_default(),
        // It stands in a table of its own.
        catalog: None,
        fail_on: section.parsed("fail_on", m, |v| words::fail_on(reader::text(v)?)),
        allow_gaps: section.list("allow_gaps", m, plain),
        group_by: section.parsed("group_by", m, |v| words::group_by(reader::text(v)?)),
        format: section.parsed("format", m, |v| words::format(reader::text(v)?)),
        max_api_cost: section.parsed("max_api_cost", m, |v| words::dollars(reader::text(v)?)),
        derived_prices: section.parsed("derived_prices", m, reader::boolean),
    };
    section.finish(m);
    options
}

fn network(mut section: Section<'_, '_>, collect: &mut CollectSettings, m: &mut Mistakes) {
    set(
        &mut collect.connect,
        section.parsed("connect_timeout", m, reader::duration),
    );
    set(
        &mut collect.attempt,
        section.parsed("attempt_timeout", m, reader::duration),
    );
    set(
        &mut collect.call,
        section.parsed("call_timeout", m, reader::duration),
    );
    set(
        &mut collect.scope,
        section.parsed("scope_timeout", m, reader::duration),
    );
    set(
        &mut collect.max_attempts,
        section.parsed("max_attempts", m, reader::whole(ATTEMPTS)),
    );
    let count = |value: &DeValue<'_>| reader::whole(AT_ONCE)(value).map(|number| number as usize);
    set(
        &mut collect.concurrency,
        section.parsed("concurrency", m, count),
    );
    set(
        &mut collect.service_concurrency,
        section.parsed("service_concurrency", m, count),
    );
    set(
        &mut collect.circuit,
        section.parsed("circuit_failures", m, reader::whole(FAILURES)),
    );
    section.finish(m);
}

fn costs(mut section: Section<'_, '_>, path: &Path, config: &mut Config, m: &mut Mistakes) {
    set(
        &mut config.collect.cost_days,
        section.parsed("days", m, reader::whole(COST_DAYS)),
    );
    set(
        &mut config.collect.invoice_day,
        section.parsed("invoice_day", m, reader::whole(INVOICE_DAY)),
    );
    config.cost_cache = section.parsed("cache", m, |value| {
        let dir = reader::text(value)?;
        // Joined with nothing, the folder of the file would be taken.
        Ok(match dir {
            "" => PathBuf::new(),
            dir => here(path).join(dir),
        })
    });
    section.finish(m);
}

fn rank(mut section: Section<'_, '_>, rank: &mut RankParams, m: &mut Mistakes) {
    for (severity, points) in Severity::ALL.iter().zip(&mut rank.severity_points) {
        set(points, section.parsed(severity.as_str(), m, reader::amount));
    }
    for (name, factor) in CONFIDENCE_FACTORS
        .into_iter()
        .zip(&mut rank.confidence_factors)
    {
        set(factor, section.parsed(name, m, reader::amount));
    }
    set(
        &mut rank.points_per_unit,
        section.parsed(POINTS_PER_UNIT, m, reader::amount),
    );
    section.finish(m);
}

fn rule(
    id: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    m: &mut Mistakes,
) -> Option<RuleChange> {
    let id_text: &str = id.get_ref();
    let DeValue::Table(table) = value.get_ref() else {
        let mistake = Mistake::new(
            format!("rule `{id_text}` is not a table"),
            format!("write [rule.{id_text}]"),
        );
        m.push(mistake, value.span());
        return None;
    };
    let mut section = Section::new(format!("[rule.{id_text}]"), table);
    let severity = section.parsed("severity", m, |v| words::severity(reader::text(v)?));
    let enabled = section.parsed("enabled", m, reader::boolean);
    let (params, param_spans) = section
        .get("params")
        .map(|params| rule_params(id_text, params, m))
        .unwrap_or_default();
    section.finish(m);
    Some(RuleChange {
        id: id_text.into(),
        span: id.span(),
        severity,
        enabled,
        params,
        param_spans,
    })
}

type Params = (
    BTreeMap<Text, serde_json::Value>,
    BTreeMap<Text, Range<usize>>,
);

/// `[rule.ID.params]`: the values, and where each stands. What a rule makes of them is its own matter.
fn rule_params(rule: &str, params: &Spanned<DeValue<'_>>, m: &mut Mistakes) -> Params {
    let mut found = Params::default();
    let DeValue::Table(table) = params.get_ref() else {
        let message = format!("params of rule `{rule}` is not a table");
        let help = format!("write [rule.{rule}.params]");
        m.push(Mistake::new(message, help), params.span());
        return found;
    };
    for (name, value) in table.iter() {
        let name = Text::new(name.get_ref());
        match reader::json(value.get_ref()) {
            Ok(json) => {
                found.1.insert(name.clone(), value.span());
                found.0.insert(name, json);
            }
            Err(mistake) => {
                let message = format!("{name} in [rule.{rule}.params]: {}", mistake.message);
                m.push(Mistake { message, ..mistake }, value.span());
            }
        }
    }
    found
}

fn waivers(root: &mut Section<'_, '_>, m: &mut Mistakes) -> Vec<Waiver> {
    let Some(value) = root.get("waiver") else {
        return Vec::new();
    };
    let DeValue::Array(items) = value.get_ref() else {
        m.push(
            Mistake::new("`waiver` is not a list", "write [[waiver]]"),
            value.span(),
        );
        return Vec::new();
    };
    items.iter().filter_map(|item| waiver(item, m)).collect()
}

fn waiver(item: &Spanned<DeValue<'_>>, m: &mut Mistakes) -> Option<Waiver> {
    let DeValue::Table(table) = item.get_ref() else {
        m.push(
            Mistake::new("a waiver is not a table", "write [[waiver]]"),
            item.span(),
        );
        return None;
    };
    let before = m.0.len();
    let mut section = Section::new("[[waiver]]", table);
    let word = |value: &DeValue<'_>| reader::text(value).map(Text::new);
    // A word that says nothing is as good as missing.
    let mut said = |name| {
        let text: Option<Text> = section.parsed(name, m, word);
        text.filter(|text| !text.trim().is_empty())
    };
    let fingerprint = said("fingerprint");
    let rule = said("rule");
    let resource = said("resource");
    let reason = said("reason");
    let owner = said("owner");
    let until = section.parsed("until", m, reader::date);
    section.finish(m);
    let broken = m.0.len() > before;
    let target = match (fingerprint, rule, resource) {
        (Some(fingerprint), None, None) => Some(WaiverTarget::Fingerprint(fingerprint)),
        (None, Some(rule), Some(resource)) => {
            Some(WaiverTarget::RuleAndResource { rule, resource })
        }
        _ => None,
    };
    let mut missing = Vec::new();
    if target.is_none() {
        missing.push("fingerprint, or rule and resource");
    }
    for (name, there) in [
        ("reason", reason.is_some()),
        ("owner", owner.is_some()),
        ("until", until.is_some()),
    ] {
        if !there {
            missing.push(name);
        }
    }
    match (target, reason, owner, until) {
        (Some(target), Some(reason), Some(owner), Some(until)) => Some(Waiver {
            target,
            reason,
            owner,
            until,
            span: item.span(),
        }),
        _ => {
            if !broken {
                let help = format!("a waiver says {}", missing.join(", "));
                m.push(Mistake::new("a waiver is not complete", help), item.span());
            }
            None
        }
    }
}
