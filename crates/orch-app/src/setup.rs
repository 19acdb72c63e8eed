//! What every command with rules begins with: options, configuration, and the compiled catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use orch_collect::CollectorSpec;
use orch_cost::catalog::Prices;
use orch_engine::{
    Catalog, RuleFileError, RuleSettings, RuleSource, Selection, Settings, UnknownRule, Waived,
    Waiver,
};
use orch_model::{Dataset, Fingerprint, Kind, Provider};

use crate::config::{Config, DEFAULT_FILE, Placed, WaiverTarget, cost_cache};
use crate::error::{Several, Told};
use crate::exit::some_of;
use crate::options::{Options, RawOptions};
use crate::output::read_text;
use crate::words::Mistake;
use crate::{AppError, clouds};

/// Where options come from: the command line and a configuration file.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// As typed.
    pub options: RawOptions,
    /// The configuration file; `orch.toml` in the working directory, if it is there, when not named.
    pub config: Option<PathBuf>,
}

/// Options and configuration, understood.
pub(crate) struct Chosen {
    pub(crate) options: Options,
    pub(crate) config: Config,
}

/// Everything that is needed before something is read.
pub(crate) struct Prepared {
    pub(crate) options: Options,
    pub(crate) config: Config,
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
}

impl Chosen {
    pub(crate) fn of(setup: &Setup) -> Result<Self, AppError> {
        let typed = setup.options.clone().parse().map_err(AppError::Usage)?;
        let mut config = read_config(setup.config.as_deref())?;
        let options = typed.or(config.options.clone());
        if let Some(limit) = options.max_api_cost {
            config.collect.max_api_cost = limit;
        }
        config.collect.cost_cache = cost_cache(config.cost_cache.as_deref());
        Ok(Self { options, config })
    }

    /// Whether only a part of the rules is asked, so that only what they need has to be read.
    pub(crate) fn is_narrow(&self) -> bool {
        is_narrow(&selection(&self.options))
    }
}

fn is_narrow(selection: &Selection) -> bool {
    !selection.categories.is_empty() || !selection.rules.is_empty()
}

pub(crate) fn read_config(named: Option<&Path>) -> Result<Config, AppError> {
    let path = match named {
        Some(path) => path,
        // A link that leads nowhere is there as well: it is told, not passed over.
        None if fs::symlink_metadata(DEFAULT_FILE).is_ok() => {
            let path = Path::new(DEFAULT_FILE);
            regular(path)?;
            path
        }
        None => return Ok(Config::default()),
    };
    let text = read_text(path)?;
    Config::parse(path, &text).map_err(|mistakes| AppError::Config {
        path: path.to_path_buf(),
        text,
        mistakes,
    })
}

impl Prepared {
    pub(crate) fn of(setup: &Setup) -> Result<Self, AppError> {
        Self::compile(Chosen::of(setup)?)
    }

    /// Of what was understood already.
    pub(crate) fn compile(chosen: Chosen) -> Result<Self, AppError> {
        Self::with(chosen, RuleSource::builtin_untested())
    }

    /// With the tests of the rules that are built in.
    pub(crate) fn tested(setup: &Setup) -> Result<Self, AppError> {
        Self::with(Chosen::of(setup)?, RuleSource::builtin())
    }

    fn with(chosen: Chosen, builtin: Vec<RuleSource>) -> Result<Self, AppError> {
        let Chosen { options, config } = chosen;
        let settings = settings(&options, &config);
        let files = rule_files(builtin, &options.rules_dirs)?;
        let prices = crate::catalog::prices(options.catalog.as_deref())?;
        let catalog = Catalog::compile(files, facts(prices), &settings)
            .map_err(|errors| rule_errors(errors, &config))?;
        catalog.check(&settings.selection).map_err(unknown_rules)?;
        if catalog.selected(&settings.selection).next().is_none() {
            return Err(AppError::Usage(vec![Mistake::new(
                "no rule is left to be asked",
                "`--only`, `--rule` and `--skip-rule` leave none together; leave one of them out",
            )]));
        }
        check_waivers(&catalog, &config)?;
        tracing::info!(rules = catalog.rules().len(), "compiled");
        Ok(Self {
            options,
            config,
            catalog,
            settings,
        })
    }

    /// What the selected rules need, of one cloud or of all; nothing when everything is wanted.
    pub(crate) fn needs(&self, cloud: Option<Provider>) -> Option<BTreeSet<Dataset>> {
        is_narrow(&self.settings.selection).then(|| {
            let mut datasets = self.catalog.datasets(&self.settings.selection, cloud);
            // What the account is stands in every report.
            datasets.insert(Dataset::Kind(Kind::CloudAccount));
            datasets
        })
    }

    /// The collectors that read what the selected rules need. Where everything is wanted that is everything but
    /// points that cost money and that no rule looks at.
    pub(crate) fn collectors(
        &self,
        provider: Provider,
    ) -> Result<orch_collect::Selection, AppError> {
        let names = self.collector_names(provider)?;
        if is_narrow(&self.settings.selection) {
            return Ok(orch_collect::Selection::of(names, self.narrowed_by()));
        }
        let asked = self
            .catalog
            .datasets(&self.settings.selection, Some(provider));
        let specs = clouds::specs(provider)?;
        let worth = specs.iter().filter(|spec| is_worth(spec, &asked));
        Ok(orch_collect::Selection::of(
            worth.map(|spec| spec.name),
            NO_RULE,
        ))
    }

    /// The names of those collectors.
    pub(crate) fn collector_names(
        &self,
        provider: Provider,
    ) -> Result<Vec<&'static str>, AppError> {
        let needs = self.needs(Some(provider));
        let wanted = |datasets: &[Dataset]| match &needs {
            Some(needs) => datasets.iter().any(|dataset| needs.contains(dataset)),
            None => true,
        };
        clouds::collectors_of(provider, wanted)
    }

    /// The option that narrows, as typed: it stands in the reads of all other collectors.
    fn narrowed_by(&self) -> String {
        let only: Vec<&str> = self
            .options
            .only
            .iter()
            .flatten()
            .map(|category| category.as_str())
            .collect();
        let rules: Vec<&str> = self
            .options
            .rules
            .iter()
            .flatten()
            .map(|rule| rule.as_str())
            .collect();
        let mut words = Vec::new();
        if !only.is_empty() {
            words.push(format!("--only {}", only.join(",")));
        }
        if !rules.is_empty() {
            words.push(format!("--rule {}", rules.join(",")));
        }
        words.join(" ")
    }
}

/// What leaves out points that no rule looks at, as it stands in their reads.
const NO_RULE: &str = "the rules, of which none looks at it";

/// Whether a collector reads anything else than points that cost money and that nothing asks for.
fn is_worth(spec: &CollectorSpec, asked: &BTreeSet<Dataset>) -> bool {
    let needless = |dataset: &Dataset| match dataset {
        Dataset::Series(_) => !asked.contains(dataset),
        Dataset::Kind(_) | Dataset::Costs => false,
    };
    !spec.is_charged() || !spec.datasets.iter().all(needless)
}

/// Every fact there is, with these prices.
pub(crate) fn facts(prices: Prices) -> Vec<Box<dyn orch_engine::Fact>> {
    let mut facts = orch_engine::facts::facts();
    facts.extend(orch_cost::facts::facts(prices));
    facts
}

fn settings(options: &Options, config: &Config) -> Settings {
    let rules: BTreeMap<_, _> = config
        .rules
        .iter()
        .map(|rule| {
            let settings = RuleSettings {
                severity: rule.severity,
                enabled: rule.enabled,
                params: rule.params.clone(),
            };
            (rule.id.clone(), settings)
        })
        .collect();
    let waivers = config
        .waivers
        .iter()
        .map(|waiver| Waiver {
            what: match &waiver.target {
                WaiverTarget::Fingerprint(text) => Waived::Fingerprint(Fingerprint(text.clone())),
                WaiverTarget::RuleAndResource { rule, resource } => Waived::Rule {
                    rule: rule.clone(),
                    resource: resource.clone(),
                },
            },
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            until: waiver.until,
        })
        .collect();
    Settings {
        rules,
        waivers,
        rank: config.rank.clone(),
        selection: selection(options),
    }
}

fn selection(options: &Options) -> Selection {
    Selection {
        categories: options.only.iter().flatten().copied().collect(),
        rules: options.rules.iter().flatten().cloned().collect(),
        skip: options.skip_rules.iter().flatten().cloned().collect(),
        tags: options.tags.iter().flatten().cloned().collect(),
    }
}

/// A pipe would be waited for without end, a device read without end.
pub(crate) fn regular(path: &Path) -> Result<(), AppError> {
    let metadata = fs::metadata(path).map_err(|source| AppError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    if metadata.is_file() {
        return Ok(());
    }
    Err(AppError::Input(Mistake::new(
        format!(
            "failed to read `{}`: it is not a regular file",
            path.display()
        ),
        "name a file, not a directory, a pipe or a device",
    )))
}

/// The built-in rules and those of the directories, in order of path.
fn rule_files(builtin: Vec<RuleSource>, dirs: &[PathBuf]) -> Result<Vec<RuleSource>, AppError> {
    let mut files = builtin;
    for dir in dirs {
        let mut found = Vec::new();
        walk(dir, &mut found)?;
        found.sort();
        check_names(dir, &found)?;
        for path in found {
            regular(&path)?;
            let bytes = fs::read(&path).map_err(|source| AppError::Read {
                path: path.clone(),
                source,
            })?;
            files.push(RuleSource::new(path.display().to_string(), bytes));
        }
    }
    Ok(files)
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), AppError> {
    let fail = |source| AppError::Read {
        path: dir.to_path_buf(),
        source,
    };
    for entry in fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        // A link is not followed: it could lead back to here.
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_dir() {
            walk(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Rules that would be passed over in silence are worse than none: whoever wrote them relies on them.
fn check_names(dir: &Path, found: &[PathBuf]) -> Result<(), AppError> {
    let fail = |what: String, help: &str| {
        let message = format!("failed to load the rules of `{}`: {what}", dir.display());
        Err(AppError::Input(Mistake::new(message, help)))
    };
    let misnamed: Vec<String> = found
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .map(|path| format!("`{}`", path.strip_prefix(dir).unwrap_or(path).display()))
        .collect();
    match (misnamed.as_slice(), found) {
        ([], []) => fail(
            "there is no rule in it".to_owned(),
            "rules are files whose names end in .yaml; `orch rule new` prints one",
        ),
        ([], _) => Ok(()),
        (names, _) => fail(
            format!("{} would not be read", some_of(names)),
            "rename: rules end in .yaml",
        ),
    }
}

/// Mistakes of rule files, and of the settings of rules, which stand in the configuration.
pub(crate) fn rule_errors(errors: Vec<RuleFileError>, config: &Config) -> AppError {
    let name = config
        .path
        .as_deref()
        .unwrap_or(Path::new(DEFAULT_FILE))
        .display()
        .to_string();
    let told = Several::of(errors, |error| {
        let path = error.file.strip_prefix("rules.").unwrap_or_default();
        match place(config, path) {
            Some(span) => {
                let mistake = Mistake {
                    message: error.message,
                    help: error.help,
                };
                let placed = Placed { mistake, span };
                Told::placed(name.clone(), &config.text, &placed)
            }
            None => Told::from(error),
        }
    });
    AppError::Rules(told)
}

/// Where a setting of a rule stands in the configuration: `ID` or `ID.params.NAME`.
fn place(config: &Config, path: &str) -> Option<Range<usize>> {
    let id = path.split('.').next()?;
    let rule = config.rules.iter().find(|rule| rule.id == id)?;
    let param = path
        .strip_prefix(id)
        .and_then(|rest| rest.strip_prefix(".params."))
        .and_then(|name| rule.param_spans.get(name));
    Some(param.unwrap_or(&rule.span).clone())
}

pub(crate) fn unknown_rule(unknown: &UnknownRule) -> Mistake {
    Mistake::new(unknown.to_string(), unknown.help())
}

fn unknown_rules(unknown: Vec<UnknownRule>) -> AppError {
    AppError::Usage(unknown.iter().map(unknown_rule).collect())
}

/// Waivers of rules that there are not.
fn check_waivers(catalog: &Catalog, config: &Config) -> Result<(), AppError> {
    let mistakes: Vec<Placed> = config
        .waivers
        .iter()
        .filter_map(|waiver| match &waiver.target {
            WaiverTarget::RuleAndResource { rule, .. } => {
                let mistake = unknown_rule(&catalog.rule(rule).err()?);
                Some(Placed {
                    mistake,
                    span: waiver.span.clone(),
                })
            }
            WaiverTarget::Fingerprint(_) => None,
        })
        .collect();
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(AppError::Config {
        path: config.path.clone().unwrap_or_default(),
        text: config.text.clone(),
        mistakes,
    })
}

/// Checks a configuration as far as that is possible without a cloud, and says what is in it.
///
/// # Errors
/// Every mistake in it.
pub fn check_config(setup: &Setup) -> Result<String, AppError> {
    let prepared = Prepared::of(setup)?;
    let config = &prepared.config;
    Ok(match &config.path {
        None => format!("There is no {DEFAULT_FILE} here; the built-in defaults are in use.\n"),
        Some(path) => format!(
            "{}: no mistakes; {} rules changed, {} waivers.\n",
            path.display(),
            config.rules.len(),
            config.waivers.len()
        ),
    })
}

#[cfg(test)]
mod tests {
    use orch_collect::{Charge, Operation};
    use orch_model::{Metric, Reach};

    use super::*;

    fn spec(datasets: &'static [Dataset], charge: Charge) -> CollectorSpec {
        let operation = Operation {
            name: "x:Get",
            charge,
        };
        CollectorSpec {
            name: "x.get",
            service: "x",
            datasets,
            reach: Reach::PerRegion,
            after: &[],
            operations: Box::leak(Box::new([operation])),
        }
    }

    #[test]
    fn points_that_cost_money_are_read_only_where_a_rule_looks_at_them() {
        const POINTS: &[Dataset] = &[
            Dataset::Series(Metric::VolumeBytes),
            Dataset::Series(Metric::VolumeOperations),
        ];
        let paid = Charge::PerThousand("0.01");
        let none = BTreeSet::new();
        assert!(!is_worth(&spec(POINTS, paid), &none));
        assert!(is_worth(&spec(POINTS, paid), &BTreeSet::from([POINTS[1]])));
        assert!(is_worth(&spec(POINTS, Charge::Free), &none));
        assert!(is_worth(&spec(&[Dataset::Costs], paid), &none));
    }
}
