//! From the file to the checked rule: words become types, expressions become programs, and all mistakes
//! are told at once.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use orch_model::{Category, Confidence, Kind, Provider, Severity, Text};

use super::checked::{Programs, Rule, RuleParam, Sources};
use super::file::RuleFile;
use super::params::{self, ParamRange, Unfit};
use super::place::{At, Mistakes, RuleFileError, suggestion};
use crate::catalog::RuleSource;
use crate::lang::{Param, Type};
use crate::settings::RuleSettings;
use crate::slots::Layouts;

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

/// Compiles one file. What its expressions read is noted in the layouts of its kinds.
pub(crate) fn compile(
    source: &RuleSource,
    layouts: &mut BTreeMap<Kind, Layouts>,
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

pub(super) struct Compiler<'s> {
    pub(super) raw: &'s str,
    pub(super) mistakes: Mistakes,
}

impl Compiler<'_> {
    fn rule(
        &mut self,
        source: &RuleSource,
        file: RuleFile,
        layouts: &mut BTreeMap<Kind, Layouts>,
        settings: Option<&RuleSettings>,
    ) -> Option<Rule> {
        let id = source.id.as_str();
        self.identity(id, &file);
        let words: Vec<_> = Category::ALL.iter().map(|word| word.as_str()).collect();
        let category = self.word(&file.category, "category", &words);
        let words: Vec<_> = Severity::ALL.iter().map(|word| word.as_str()).collect();
        let severity = self.word(&file.severity, "severity", &words);
        for entry in &file.adjust {
            let _: Option<Severity> = self.word(&entry.severity, "severity", &words);
        }
        let expected = file.tests.iter().filter_map(|test| test.severity.as_ref());
        for word in expected {
            let _: Option<Severity> = self.word(word, "severity", &words);
        }
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
        let providers: BTreeSet<Provider> = providers.into_iter().collect::<Option<_>>()?;
        let elsewhere = self.elsewhere(&file, &providers);
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
            if let Some(layouts) = layouts.get_mut(kind)
                && let Some(of_kind) =
                    self.programs(&file, *kind, kinds.len() > 1, &constants, layouts)
            {
                programs.insert(*kind, of_kind);
            }
        }
        self.unused_params(&file, &programs);
        if settings.is_some_and(|settings| settings.severity.is_some()) {
            // Who sets a severity means it.
            programs
                .values_mut()
                .for_each(|of_kind| of_kind.adjust.clear());
        }
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
            providers,
            elsewhere,
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

    /// Why the rule is not asked on the other clouds; a reason for one on which it is asked is a mistake.
    fn elsewhere(
        &mut self,
        file: &RuleFile,
        asked: &BTreeSet<Provider>,
    ) -> BTreeMap<Provider, Text> {
        let told = &file.applies_to.elsewhere;
        let mut reasons = BTreeMap::new();
        for cloud in Provider::ALL {
            let elsewhere = asked.len() > 1 && !asked.contains(&cloud);
            match told.get(cloud.as_str()) {
                Some(reason) if elsewhere => {
                    reasons.insert(cloud, Text::new(reason.trim()));
                }
                Some(reason) => self.mistakes.on(
                    reason,
                    format!("a reason why the rule is not asked on {cloud} has no place here"),
                    "only a rule for several clouds says it, and only of the others",
                ),
                None => {}
            }
        }
        let words = Provider::ALL.map(Provider::as_str);
        for (word, reason) in told {
            if !words.contains(&word.as_str()) {
                let help = suggestion(word, &words);
                self.mistakes
                    .on(reason, format!("`{word}` is not a provider"), help);
            }
        }
        reasons
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
            let range = param.range();
            let default = match params::fit(&param.default, &ty, range) {
                Ok(value) => value,
                Err(unfit) => {
                    let what = format!("the default of parameter `{name}`");
                    let (message, help) = unfitting(&what, unfit, &param.ty, range);
                    self.mistakes.on(&param.default, message, help);
                    params.insert(Text::new(name), RuleParam::mistaken(ty));
                    continue;
                }
            };
            let mut value = default.clone();
            if let Some(set) = settings.and_then(|settings| settings.params.get(name.as_str())) {
                match params::fit(set, &ty, range) {
                    Ok(set) => value = set,
                    Err(unfit) => {
                        let what = format!("parameter `{name}` of rule {id}");
                        let (message, help) = unfitting(&what, unfit, &param.ty, range);
                        self.setting(id, name, message, help);
                    }
                }
            }
            let about = param.about.trim().to_owned();
            params.insert(
                Text::new(name),
                RuleParam {
                    ty,
                    default,
                    value,
                    range,
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
        texts.extend(file.adjust.iter().map(|entry| ("because", &entry.because)));
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
}

/// What is wrong with the value of a parameter, and what to write.
fn unfitting(what: &str, unfit: Unfit, ty: &str, range: ParamRange) -> (String, String) {
    match unfit {
        Unfit::Type(error) => (
            format!("{what} has the wrong type: {error}"),
            format!("give a value of type {ty}"),
        ),
        Unfit::Range(number) => (
            format!("{what} is out of range: {number}"),
            format!("give numbers {range}"),
        ),
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
        adjust: file
            .adjust
            .iter()
            .map(|entry| {
                (
                    text(&entry.holds),
                    text(&entry.severity),
                    text(&entry.because),
                )
            })
            .collect(),
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
