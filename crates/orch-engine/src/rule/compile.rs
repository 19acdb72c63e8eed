//! From the file to the checked rule: words become types, expressions become programs, and all mistakes
//! are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use orch_model::{Category, Confidence, Kind, Provider, Severity, Text};

use super::file::{Remediation, RuleFile, TestFile};
use super::params;
use super::place::{At, Mistakes, RuleFileError, suggestion};
use super::template::{Template, Written, split};
use crate::catalog::RuleSource;
use crate::lang::{self, Diagnostic, Param, Program, Roots, Type, Want};
use crate::settings::RuleSettings;
use crate::slots::Layout;
use crate::value::Value;

/// The specialists a rule can be for.
pub(crate) const AUDIENCES: [&str; 11] = [
    "ansible",
    "aws",
    "azure",
    "cicd",
    "docker",
    "gcp",
    "kubernetes",
    "monitoring",
    "observability",
    "security",
    "terraform",
];

/// A checked rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: Text,
    /// The first id it ever had: fingerprints are made with it.
    pub first_id: Text,
    /// Other ids under which it is found.
    pub aliases: Vec<Text>,
    /// The file it comes from.
    pub file: String,
    /// Its headline.
    pub title: Text,
    /// What it is about.
    pub category: Category,
    /// How bad it is, after the settings.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Which specialists care.
    pub audience: Vec<Text>,
    /// The kinds it is asked of, sorted.
    pub kinds: Vec<Kind>,
    /// The clouds it is asked on; empty means all.
    pub providers: BTreeSet<Provider>,
    /// Its parameters.
    pub params: BTreeMap<Text, RuleParam>,
    /// Its expressions as they are written.
    pub sources: Sources,
    /// Whether its saving adds to others on the same resource.
    pub adds: bool,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub remediation: Remediation,
    /// Control ids by framework and version.
    pub compliance: BTreeMap<Text, Vec<Text>>,
    /// Whether the settings leave it on.
    pub enabled: bool,
    pub(crate) tests: Vec<TestFile>,
    /// The file itself: a test with other parameters compiles it again.
    pub(crate) source: RuleSource,
    pub(crate) programs: BTreeMap<Kind, Programs>,
}

/// A parameter of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleParam {
    /// Its type.
    pub ty: Type,
    /// Its value in the file.
    pub default: Value,
    /// Its value after the settings.
    pub value: Value,
    /// What it does.
    pub about: String,
}

impl RuleParam {
    /// Stands for a parameter with a mistake, so that expressions that read it are not reported as well.
    fn mistaken(ty: Type) -> Self {
        Self {
            ty,
            default: Value::Null,
            value: Value::Null,
            about: String::new(),
        }
    }
}

/// The expressions of a rule as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Whether the question makes sense.
    pub when: Option<String>,
    /// Whether the resource has the problem.
    pub fails_if: String,
    /// What makes several problems of one resource.
    pub key: Option<String>,
    /// What a finding rests on.
    pub evidence: Vec<(String, String)>,
    /// What fixing saves.
    pub saving: Option<String>,
    /// Whether a price in it was derived.
    pub saving_derived: Option<String>,
    /// The sentence of a finding.
    pub message: String,
}

/// The expressions of a rule for one kind, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) when: Option<Program>,
    pub(crate) fails_if: Program,
    pub(crate) key: Option<Program>,
    pub(crate) evidence: Vec<(Text, Program)>,
    pub(crate) saving: Option<Program>,
    pub(crate) saving_derived: Option<Program>,
    pub(crate) message: Template,
}

impl Programs {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Program> {
        [&self.when, &self.key, &self.saving, &self.saving_derived]
            .into_iter()
            .flatten()
            .chain([&self.fails_if])
            .chain(self.evidence.iter().map(|(_, program)| program))
            .chain(self.message.programs())
    }

    /// The names of the facts they read.
    pub(crate) fn facts(&self) -> BTreeSet<&str> {
        self.all()
            .flat_map(|program| program.uses().facts.iter().map(Text::as_str))
            .collect()
    }
}

impl Rule {
    /// Whether every parameter has the value of the file.
    pub(crate) fn has_defaults(&self) -> bool {
        self.params
            .values()
            .all(|param| param.value == param.default)
    }

    /// Whether it is for this cloud.
    pub(crate) fn asks(&self, provider: Provider) -> bool {
        self.providers.is_empty() || self.providers.contains(&provider)
    }
}

/// Compiles one file. What its expressions read is noted in the layouts of its kinds.
pub(crate) fn compile(
    source: &RuleSource,
    layouts: &mut BTreeMap<Kind, Layout>,
    settings: Option<&RuleSettings>,
) -> Result<Rule, Vec<RuleFileError>> {
    let mut mistakes = Mistakes::of(&source.file);
    let Some(file) = RuleFile::read(&source.bytes, &mut mistakes) else {
        return Err(mistakes.into_errors());
    };
    let raw = std::str::from_utf8(&source.bytes).unwrap_or_default();
    let mut compiler = Compiler { raw, mistakes };
    let rule = compiler.rule(source, file, layouts, settings);
    match rule {
        Some(rule) if compiler.mistakes.is_empty() => Ok(rule),
        _ => Err(compiler.mistakes.into_errors()),
    }
}

struct Compiler<'s> {
    raw: &'s str,
    mistakes: Mistakes,
}

impl Compiler<'_> {
    fn rule(
        &mut self,
        source: &RuleSource,
        file: RuleFile,
        layouts: &mut BTreeMap<Kind, Layout>,
        settings: Option<&RuleSettings>,
    ) -> Option<Rule> {
        let id = source.id.as_str();
        self.identity(id, &file);
        let words: Vec<_> = Category::ALL.iter().map(|word| word.as_str()).collect();
        let category = self.word(&file.category, "category", &words);
        let words: Vec<_> = Severity::ALL.iter().map(|word| word.as_str()).collect();
        let severity = self.word(&file.severity, "severity", &words);
        let words: Vec<_> = Confidence::ALL.iter().map(|word| word.as_str()).collect();
        let confidence = self.word(&file.confidence, "confidence", &words);
        for audience in &file.audience {
            if !AUDIENCES.contains(&audience.as_str()) {
                self.mistakes.on(
                    audience,
                    format!("`{}` is not a specialist", audience.value),
                    suggestion(audience, &AUDIENCES),
                );
            }
        }
        let kinds = self.kinds(&file);
        let provider_words = Provider::ALL.map(Provider::as_str);
        let providers: Vec<Option<Provider>> = file
            .applies_to
            .providers
            .iter()
            .map(|provider| self.word(provider, "provider", &provider_words))
            .collect();
        let params = self.params(&file, settings, id);
        let constants: BTreeMap<Text, Param> = params
            .iter()
            .map(|(name, param)| {
                (
                    name.clone(),
                    Param {
                        ty: param.ty.clone(),
                        value: param.value.clone(),
                    },
                )
            })
            .collect();
        self.texts(&file);
        let mut programs = BTreeMap::new();
        for kind in &kinds {
            if let Some(layout) = layouts.get_mut(kind)
                && let Some(of_kind) =
                    self.programs(&file, *kind, kinds.len() > 1, &constants, layout)
            {
                programs.insert(*kind, of_kind);
            }
        }
        self.unused_params(&file, &programs);
        let text = |text: &At<String>| Text::new(text.trim());
        Some(Rule {
            id: id.into(),
            first_id: file.first_id.as_ref().map_or_else(|| id.into(), text),
            aliases: file
                .aliases
                .iter()
                .chain(&file.first_id)
                .map(text)
                .collect(),
            file: source.file.clone(),
            title: text(&file.title),
            category: category?,
            severity: settings
                .and_then(|settings| settings.severity)
                .or(severity)?,
            confidence: confidence?,
            audience: file.audience.iter().map(text).collect(),
            kinds,
            providers: providers.into_iter().collect::<Option<_>>()?,
            params,
            sources: sources(&file),
            adds: file.adds,
            why: file.why.trim().to_owned(),
            remediation: file.remediation,
            compliance: file
                .compliance
                .iter()
                .map(|(framework, controls)| {
                    (Text::new(framework), controls.iter().map(text).collect())
                })
                .collect(),
            enabled: settings
                .and_then(|settings| settings.enabled)
                .unwrap_or(true),
            tests: file.tests,
            source: source.clone(),
            programs,
        })
    }

    fn identity(&mut self, id: &str, file: &RuleFile) {
        let help = "write small letters, digits and single hyphens: `volume-unencrypted`";
        if !is_kebab(id) {
            self.mistakes
                .whole(format!("`{id}` is no id for a rule"), help);
        }
        for other in file.aliases.iter().chain(&file.first_id) {
            if !is_kebab(other) {
                self.mistakes.on(
                    other,
                    format!("`{}` is no id for a rule", other.value),
                    help,
                );
            }
        }
    }

    fn word<T: FromStr>(&mut self, word: &At<String>, what: &str, known: &[&str]) -> Option<T> {
        let parsed = word.parse().ok();
        if parsed.is_none() {
            self.mistakes.on(
                word,
                format!("`{}` is not a {what}", word.value),
                suggestion(word, known),
            );
        }
        parsed
    }

    fn kinds(&mut self, file: &RuleFile) -> Vec<Kind> {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        let written = file.applies_to.kind.iter().chain(&file.applies_to.kinds);
        let kinds: BTreeSet<Kind> = written
            .filter_map(|kind| self.word(kind, "kind", &known))
            .collect();
        if file.applies_to.kind.is_some() != file.applies_to.kinds.is_empty() {
            self.mistakes.whole(
                "`applies_to` needs either `kind` or `kinds`",
                "write `applies_to: { kind: network.firewall }`",
            );
        }
        kinds.into_iter().collect()
    }

    fn params(
        &mut self,
        file: &RuleFile,
        settings: Option<&RuleSettings>,
        id: &str,
    ) -> BTreeMap<Text, RuleParam> {
        let mut params = BTreeMap::new();
        for (name, param) in &file.params {
            let Some(ty) = params::type_of(&param.ty) else {
                self.mistakes.on(
                    &param.ty,
                    format!("`{}` is not a type of a parameter", param.ty.value),
                    format!("write {}", params::type_names()),
                );
                params.insert(Text::new(name), RuleParam::mistaken(Type::Any));
                continue;
            };
            let default = match params::value_of(&param.default, &ty) {
                Ok(value) => value,
                Err(error) => {
                    self.mistakes.on(
                        &param.default,
                        format!("the default of parameter `{name}` has the wrong type: {error}"),
                        format!("give a value of type {}", param.ty.value),
                    );
                    params.insert(Text::new(name), RuleParam::mistaken(ty));
                    continue;
                }
            };
            let mut value = default.clone();
            if let Some(set) = settings.and_then(|settings| settings.params.get(name.as_str())) {
                match params::value_of(set, &ty) {
                    Ok(set) => value = set,
                    Err(error) => self.setting(
                        id,
                        name,
                        format!("parameter `{name}` of rule {id} has the wrong type: {error}"),
                        format!("give a value of type {}", param.ty.value),
                    ),
                }
            }
            let about = param.about.trim().to_owned();
            params.insert(
                Text::new(name),
                RuleParam {
                    ty,
                    default,
                    value,
                    about,
                },
            );
        }
        let known: Vec<_> = file.params.keys().map(String::as_str).collect();
        for name in settings
            .into_iter()
            .flat_map(|settings| settings.params.keys())
        {
            if !file.params.contains_key(name.as_str()) {
                let help = if known.is_empty() {
                    "the rule has no parameters; remove the setting".to_owned()
                } else {
                    suggestion(name, &known)
                };
                self.setting(
                    id,
                    name,
                    format!("rule {id} has no parameter `{name}`"),
                    help,
                );
            }
        }
        params
    }

    /// A mistake in the settings of the rule and not in its file.
    fn setting(&mut self, id: &str, name: &str, message: String, help: String) {
        let mut mistakes = Mistakes::of(format!("rules.{id}.params.{name}"));
        mistakes.whole(message, help);
        self.mistakes.adopt(mistakes);
    }

    fn texts(&mut self, file: &RuleFile) {
        let mut texts = vec![
            ("title", &file.title),
            ("message", &file.message),
            ("why", &file.why),
        ];
        texts.extend(file.params.values().map(|param| ("about", &param.about)));
        texts.extend(file.tests.iter().map(|test| ("name", &test.name)));
        texts.extend(
            file.compliance
                .values()
                .flatten()
                .map(|control| ("control", control)),
        );
        for (what, text) in texts {
            if text.trim().is_empty() {
                self.mistakes
                    .on(text, format!("`{what}` is empty"), "write a sentence");
            }
        }
        let steps = &file.remediation.steps;
        if steps.is_empty() || steps.iter().any(|step| step.trim().is_empty()) {
            self.mistakes.whole(
                "`remediation.steps` is empty or has an empty step",
                "say what to do, step by step",
            );
        }
    }

    fn programs(
        &mut self,
        file: &RuleFile,
        kind: Kind,
        several: bool,
        params: &BTreeMap<Text, Param>,
        layout: &mut Layout,
    ) -> Option<Programs> {
        let mut expressions = Expressions {
            compiler: self,
            kind: several.then_some(kind),
            params,
            layout,
            key: None,
        };
        let when = file
            .when
            .as_ref()
            .map(|when| expressions.program("when", when, Want::Bool));
        let fails_if = expressions.program("fails_if", &file.fails_if, Want::Bool);
        let key = file
            .key
            .as_ref()
            .map(|key| expressions.program("key", key, Want::Key));
        if let Some(Some(key)) = &key {
            expressions.key = Some(element(key.ty()));
        } else if file.key.is_some() {
            // The key has a mistake of its own: what uses it must not be reported as well.
            expressions.key = Some(Type::Any);
        }
        let evidence: Vec<_> = file
            .evidence
            .0
            .iter()
            .map(|(name, source)| {
                let part = format!("evidence.{name}");
                (
                    Text::new(name),
                    expressions.program(&part, source, Want::Any),
                )
            })
            .collect();
        let saving = file
            .saving
            .as_ref()
            .map(|at| expressions.program("saving", at, Want::Money));
        let saving_derived = file
            .saving_derived
            .as_ref()
            .map(|at| expressions.program("saving_derived", at, Want::Bool));
        let message = expressions.message(&file.message);
        Some(Programs {
            when: flip(when)?,
            fails_if: fails_if?,
            key: flip(key)?,
            evidence: evidence
                .into_iter()
                .map(|(name, program)| program.map(|program| (name, program)))
                .collect::<Option<_>>()?,
            saving: flip(saving)?,
            saving_derived: flip(saving_derived)?,
            message: message?,
        })
    }

    fn unused_params(&mut self, file: &RuleFile, programs: &BTreeMap<Kind, Programs>) {
        if programs.is_empty() || !self.mistakes.is_empty() {
            return;
        }
        let used: BTreeSet<&str> = programs
            .values()
            .flat_map(Programs::all)
            .flat_map(|program| program.uses().params.iter().map(Text::as_str))
            .collect();
        for (name, param) in &file.params {
            if !used.contains(name.as_str()) {
                self.mistakes.on(
                    &param.ty,
                    format!("parameter `{name}` is not used"),
                    "use it in an expression or remove it",
                );
            }
        }
    }

    /// Reports the mistakes of an expression at the place of the part of it that is wrong, where the file
    /// spells the expression in one piece, else at its beginning.
    fn report(&mut self, part: &str, at: &At<String>, offset: usize, found: Vec<Diagnostic>) {
        if found.is_empty() {
            self.mistakes.on(
                at,
                format!("`{part}` cannot be checked"),
                "look at the expression",
            );
        }
        for diagnostic in found {
            let start = (offset + diagnostic.span.start).min(at.value.len());
            let end = (offset + diagnostic.span.end).clamp(start, at.value.len());
            let column = self.column(at, start);
            let excerpt = at.value.get(start..end).unwrap_or_default();
            let excerpt: String = excerpt.chars().take(60).collect();
            let near = if excerpt.is_empty() || diagnostic.message.contains(&excerpt) {
                String::new()
            } else {
                format!(" near `{excerpt}`")
            };
            self.mistakes.at(
                at.line,
                column,
                format!("in `{part}`{near}: {}", diagnostic.message),
                diagnostic.help,
            );
        }
    }

    fn column(&self, at: &At<String>, start: usize) -> u32 {
        let line = at
            .line
            .checked_sub(1)
            .and_then(|line| self.raw.lines().nth(line as usize));
        let before = at.column.saturating_sub(1) as usize;
        let rest: String = line.unwrap_or_default().chars().skip(before).collect();
        let quotes = if rest.starts_with(&at.value) {
            0
        } else if rest
            .get(1..)
            .is_some_and(|rest| rest.starts_with(&at.value))
        {
            1
        } else {
            return at.column;
        };
        let chars = at.value.get(..start).map_or(0, |text| text.chars().count());
        at.column + quotes + u32::try_from(chars).unwrap_or(0)
    }
}

/// The expressions of one file for one kind.
struct Expressions<'c, 's> {
    compiler: &'c mut Compiler<'s>,
    /// Named in messages when the rule has several kinds.
    kind: Option<Kind>,
    params: &'c BTreeMap<Text, Param>,
    layout: &'c mut Layout,
    key: Option<Type>,
}

impl Expressions<'_, '_> {
    fn program(&mut self, part: &str, at: &At<String>, want: Want) -> Option<Program> {
        self.compiled(part, at, &at.value, 0, want)
    }

    fn compiled(
        &mut self,
        part: &str,
        at: &At<String>,
        source: &str,
        offset: usize,
        want: Want,
    ) -> Option<Program> {
        let roots = Roots {
            params: self.params,
            key: self.key.as_ref(),
        };
        match lang::compile(source, &roots, self.layout, want) {
            Ok(program) => Some(program),
            Err(found) => {
                let part = match self.kind {
                    Some(kind) => format!("{part} (for {kind})"),
                    None => part.to_owned(),
                };
                self.compiler.report(&part, at, offset, found);
                None
            }
        }
    }

    fn message(&mut self, at: &At<String>) -> Option<Template> {
        match split(&at.value) {
            Ok(parts) => {
                let wanted = count(&parts);
                let template = Template::of(parts, |source, offset| {
                    self.compiled("message", at, source, offset, Want::Any)
                });
                (template.programs().count() == wanted).then_some(template)
            }
            Err(_) => {
                self.compiler.mistakes.on(
                    at,
                    "in `message`: `{{` is never closed",
                    "close the expression with `}}`",
                );
                None
            }
        }
    }
}

fn count(parts: &[Written<'_>]) -> usize {
    parts
        .iter()
        .filter(|part| matches!(part, Written::Expression(..)))
        .count()
}

/// An optional part that has a mistake makes the whole wrong; one that is not there does not.
fn flip<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}

/// The type of one element of a key.
fn element(ty: &Type) -> Type {
    match ty.strip_null() {
        Type::List(element) => element.strip_null().clone(),
        other => other.clone(),
    }
}

fn sources(file: &RuleFile) -> Sources {
    let text = |at: &At<String>| at.trim().to_owned();
    Sources {
        when: file.when.as_ref().map(text),
        fails_if: text(&file.fails_if),
        key: file.key.as_ref().map(text),
        evidence: file
            .evidence
            .0
            .iter()
            .map(|(name, at)| (name.clone(), text(at)))
            .collect(),
        saving: file.saving.as_ref().map(text),
        saving_derived: file.saving_derived.as_ref().map(text),
        message: text(&file.message),
    }
}

/// Small letters, digits and single hyphens, beginning with a letter.
pub(crate) fn is_kebab(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}
