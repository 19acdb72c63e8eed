//! The catalogue: every rule, checked against its kind, with the facts that rules may use.

mod select;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use orch_model::{Dataset, Kind, Provider, Text};

use crate::embedded;
use crate::facts::Fact;
use crate::lang::Type;
use crate::rule::{Mistakes, Rule, RuleFileError, compile, lint, suggestion};
use crate::settings::{Selection, Settings};
use crate::slots::{Intake, Layouts};

pub use select::UnknownRule;

/// Where the tests of a rule begin; in the rules that are built in they come last.
const TESTS: &str = "\ntests:\n";
const NO_TESTS: &str = "\ntests: []\n";

/// A rule file before it is read.
#[derive(Debug, Clone)]
pub struct RuleSource {
    /// The rule's id: the name of the file without `.yaml`.
    pub id: String,
    /// The path that messages show.
    pub file: String,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
}

impl RuleSource {
    /// A file of this path and content.
    pub fn new(file: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        let file = file.into();
        let name = file.rsplit(['/', '\\']).next().unwrap_or(&file);
        let id = name.strip_suffix(".yaml").unwrap_or(name).to_owned();
        Self {
            id,
            file,
            bytes: bytes.into(),
        }
    }

    /// The rules that are built in, with their tests.
    pub fn builtin() -> Vec<Self> {
        let rules = embedded::RULES.iter();
        rules
            .map(|(file, text)| Self::new(*file, text.as_bytes()))
            .collect()
    }

    /// The same without their tests, which are most of what there is to read: an audit needs none.
    pub fn builtin_untested() -> Vec<Self> {
        let rules = embedded::RULES.iter();
        rules
            .map(|(file, text)| match text.split_once(TESTS) {
                Some((rule, _)) => Self::new(*file, format!("{rule}{NO_TESTS}").into_bytes()),
                None => Self::new(*file, text.as_bytes()),
            })
            .collect()
    }
}

/// The facts that rules may use, shared by every catalogue made with them.
#[derive(Clone)]
pub struct Facts(Arc<[Box<dyn Fact>]>);

impl From<Vec<Box<dyn Fact>>> for Facts {
    fn from(facts: Vec<Box<dyn Fact>>) -> Self {
        Self(facts.into())
    }
}

impl Facts {
    /// Every fact.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Fact> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The facts of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &dyn Fact> {
        self.iter()
            .filter(move |fact| fact.spec().kinds.contains(&kind))
    }

    /// The fact of a kind that rules call by this name.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&dyn Fact> {
        self.of(kind).find(|fact| fact.spec().name == name)
    }

    /// The type of `facts` for a kind.
    pub(crate) fn ty(&self, kind: Kind) -> Type {
        let members = self.of(kind).map(|fact| {
            let spec = fact.spec();
            (
                Text::new_static(spec.name),
                Type::of_schema(&(spec.schema)()),
            )
        });
        Type::structure("facts", members)
    }
}

/// How the resources of a kind are taken in for its rules.
pub(crate) struct Plan {
    /// For their verdicts.
    pub(crate) verdicts: Intake,
    /// For their findings.
    pub(crate) findings: Intake,
    /// The rules of the kind, as places in the catalogue.
    pub(crate) rules: Vec<usize>,
}

/// Every rule, checked and ready to be evaluated. Only `Catalog::compile` makes one.
pub struct Catalog {
    rules: Vec<Rule>,
    facts: Facts,
    plans: BTreeMap<Kind, Plan>,
    /// Ids, first ids and aliases, with the place of their rule.
    names: BTreeMap<Text, usize>,
    retired: BTreeMap<&'static str, &'static str>,
}

impl Catalog {
    /// The rules that are built in, with the defaults of their files.
    ///
    /// # Errors
    /// The mistakes of the files; a released program has none, a test of it says so.
    pub fn builtin(facts: impl Into<Facts>) -> Result<Self, Vec<RuleFileError>> {
        Self::compile(RuleSource::builtin(), facts, &Settings::default())
    }

    /// Compiles rule files.
    ///
    /// # Errors
    /// All mistakes of all files and of the settings of rules, sorted by file and line.
    pub fn compile(
        files: Vec<RuleSource>,
        facts: impl Into<Facts>,
        settings: &Settings,
    ) -> Result<Self, Vec<RuleFileError>> {
        let facts = facts.into();
        let mut layouts: BTreeMap<Kind, Layouts> = Kind::ALL
            .iter()
            .map(|kind| (*kind, Layouts::new(&Type::of_kind(*kind), &facts.ty(*kind))))
            .collect();
        let retired = retired();
        let mut errors = Vec::new();
        let mut rules = Vec::new();
        let overrides = Overrides::of(settings, &files);
        for file in &files {
            match compile(file, &mut layouts, overrides.get(&file.id)) {
                Ok(rule) => rules.push(rule),
                Err(found) => errors.extend(found),
            }
        }
        rules.sort_by(|left, right| left.id.cmp(&right.id).then(left.file.cmp(&right.file)));
        errors.extend(duplicates(&files, &rules, &retired));
        let names = names(&rules);
        if errors.is_empty() {
            errors.extend(unknown_overrides(settings, &names, &retired));
        }
        if !errors.is_empty() {
            errors.sort();
            errors.dedup();
            return Err(errors);
        }
        let plans = layouts.into_iter().map(|(kind, layouts)| {
            let rules = (0..)
                .zip(&rules)
                .filter(|(_, rule)| rule.kinds.contains(&kind))
                .map(|(at, _)| at);
            (
                kind,
                Plan {
                    verdicts: layouts.verdicts.intake(),
                    findings: layouts.findings.intake(),
                    rules: rules.collect(),
                },
            )
        });
        let plans = plans.collect();
        Ok(Self {
            rules,
            facts,
            plans,
            names,
            retired,
        })
    }

    /// Mistakes that do not stop a rule from working but that no shipped rule may have: missing tests, two
    /// rules that are one question.
    pub fn lint(&self) -> Vec<RuleFileError> {
        lint(self)
    }

    /// Every rule, sorted by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The facts that rules may use.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn plan(&self, kind: Kind) -> Option<&Plan> {
        self.plans.get(&kind)
    }

    /// What the facts read that a rule uses on a kind.
    pub(crate) fn needs(&self, rule: &Rule, kind: Kind) -> BTreeSet<Dataset> {
        let used = rule
            .programs
            .get(&kind)
            .map(|programs| programs.facts())
            .unwrap_or_default();
        used.into_iter()
            .filter_map(|name| self.facts.get(kind, name))
            .flat_map(|fact| fact.spec().needs.iter().copied())
            .collect()
    }

    /// What must have been read to answer the selected rules, of one cloud or of all: their kinds, and what their facts
    /// need.
    pub fn datasets(&self, selection: &Selection, cloud: Option<Provider>) -> BTreeSet<Dataset> {
        let is_asked = |rule: &&Rule| {
            cloud.is_none_or(|cloud| rule.providers.is_empty() || rule.providers.contains(&cloud))
        };
        let mut datasets = BTreeSet::new();
        for rule in self.selected(selection).filter(is_asked) {
            for kind in &rule.kinds {
                datasets.insert(Dataset::Kind(*kind));
                datasets.extend(self.needs(rule, *kind));
            }
        }
        datasets
    }
}

/// The overrides of each file's rule, found by id. An alias is known only after its file is read, so the
/// settings of an alias count for every file that mentions it as a whole word under its `aliases`.
struct Overrides<'s> {
    settings: &'s Settings,
    by_alias: BTreeMap<String, Text>,
}

impl<'s> Overrides<'s> {
    fn of(settings: &'s Settings, files: &[RuleSource]) -> Self {
        let mut by_alias = BTreeMap::new();
        for file in files {
            let mut ignored = Mistakes::of(&file.file);
            let other_names = settings.rules.keys().any(|id| *id != file.id.as_str());
            if !other_names || settings.rules.contains_key(file.id.as_str()) {
                continue;
            }
            if let Some(read) = crate::rule::RuleFile::read(&file.bytes, &mut ignored) {
                for alias in read.aliases.iter().chain(&read.first_id) {
                    if settings.rules.contains_key(alias.as_str()) {
                        by_alias.insert(file.id.clone(), Text::new(&alias.value));
                    }
                }
            }
        }
        Self { settings, by_alias }
    }

    fn get(&self, id: &str) -> Option<&'s crate::settings::RuleSettings> {
        let direct = self.settings.rules.get(id);
        direct.or_else(|| self.settings.rules.get(self.by_alias.get(id)?))
    }
}

fn names(rules: &[Rule]) -> BTreeMap<Text, usize> {
    let mut names = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        for name in rule.aliases.iter().chain([&rule.first_id, &rule.id]) {
            names.insert(name.clone(), at);
        }
    }
    names
}

/// `id  reason` in each line.
fn retired() -> BTreeMap<&'static str, &'static str> {
    embedded::RETIRED
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(char::is_whitespace).unwrap_or((line, "")))
        .map(|(id, reason)| (id, reason.trim()))
        .collect()
}

/// Ids, aliases and first ids that two rules claim, and retired ids that come back.
fn duplicates(
    files: &[RuleSource],
    rules: &[Rule],
    retired: &BTreeMap<&'static str, &'static str>,
) -> Vec<RuleFileError> {
    let mut errors = Vec::new();
    let mut whole = |file: &str, message: String, help: &str| {
        let mut mistakes = Mistakes::of(file);
        mistakes.whole(message, help);
        errors.extend(mistakes.into_errors());
    };
    let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
    for file in files {
        if let Some(other) = claimed.insert(&file.id, &file.file) {
            let message = format!("rule id `{}` is also the id of {other}", file.id);
            whole(&file.file, message, "give the file another name");
        }
        if let Some(reason) = retired.get(file.id.as_str()) {
            let message = format!("rule id `{}` is retired: {reason}", file.id);
            whole(&file.file, message, "give the file another name");
        }
    }
    for rule in rules {
        let others: BTreeSet<&Text> = rule.aliases.iter().chain([&rule.first_id]).collect();
        for alias in others.into_iter().filter(|alias| **alias != rule.id) {
            if let Some(other) = claimed.insert(alias, &rule.file) {
                let message = format!("`{alias}` is also a name of {other}");
                whole(
                    &rule.file,
                    message,
                    "remove it from `aliases` or `first_id`",
                );
            }
        }
    }
    errors
}

/// Settings of rules that are not there.
fn unknown_overrides(
    settings: &Settings,
    names: &BTreeMap<Text, usize>,
    retired: &BTreeMap<&'static str, &'static str>,
) -> Vec<RuleFileError> {
    let known: Vec<&str> = names.keys().map(Text::as_str).collect();
    let mut errors = Vec::new();
    for id in settings.rules.keys().filter(|id| !names.contains_key(*id)) {
        let mut mistakes = Mistakes::of(format!("rules.{id}"));
        match retired.get(id.as_str()) {
            Some(reason) => mistakes.whole(
                format!("rule `{id}` is retired: {reason}"),
                "remove the setting",
            ),
            None => mistakes.whole(format!("there is no rule `{id}`"), suggestion(id, &known)),
        }
        errors.extend(mistakes.into_errors());
    }
    errors
}
