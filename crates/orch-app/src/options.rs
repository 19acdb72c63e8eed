//! The options of an audit, as given by the command line or as defaults by the configuration.

use std::path::PathBuf;

use orch_model::{Category, Provider, Severity, Text};
use orch_report::{Format, GroupBy};
use rust_decimal::Decimal;

use crate::words::{self, FailOn, Mistake};

/// Options as typed.
#[derive(Debug, Clone, Default)]
pub struct RawOptions {
    /// `--provider`
    pub provider: Option<String>,
    /// `--accounts`
    pub accounts: Vec<String>,
    /// `--regions`
    pub regions: Vec<String>,
    /// `--exclude-region`
    pub exclude_regions: Vec<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--role`
    pub role: Option<String>,
    /// `--external-id`
    pub external_id: Option<String>,
    /// `--tag`
    pub tags: Vec<String>,
    /// `--only`
    pub only: Vec<String>,
    /// `--rule`
    pub rules: Vec<String>,
    /// `--skip-rule`
    pub skip_rules: Vec<String>,
    /// `--severity`
    pub severity: Option<String>,
    /// `--rules`
    pub rules_dirs: Vec<PathBuf>,
    /// `--catalog`
    pub catalog: Option<PathBuf>,
    /// `--fail-on`
    pub fail_on: Option<String>,
    /// `--allow-gaps`, with its words.
    pub allow_gaps: Option<Vec<String>>,
    /// `--group-by`
    pub group_by: Option<String>,
    /// `--format`
    pub format: Option<String>,
    /// `--max-api-cost`
    pub max_api_cost: Option<String>,
    /// `--derived-prices`
    pub derived_prices: bool,
}

/// Options whose words are known. Nothing means: not given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which clouds, sorted.
    pub providers: Option<Vec<Provider>>,
    /// Only these accounts, subscriptions and projects.
    pub accounts: Option<Vec<Text>>,
    /// How Azure is to be read.
    pub azure: AzureChoice,
    /// How Google Cloud is to be read.
    pub gcp: GoogleChoice,
    /// Only these regions.
    pub regions: Option<Vec<Text>>,
    /// Not these regions.
    pub exclude_regions: Option<Vec<Text>>,
    /// Which profile of the provider's own configuration.
    pub profile: Option<String>,
    /// Which role to take on.
    pub role: Option<String>,
    /// What the role's owner wants to be told.
    pub external_id: Option<String>,
    /// Only resources that carry all of these tags.
    pub tags: Option<Vec<(Text, Text)>>,
    /// Only rules of these categories.
    pub only: Option<Vec<Category>>,
    /// Only these rules.
    pub rules: Option<Vec<Text>>,
    /// Not these rules.
    pub skip_rules: Option<Vec<Text>>,
    /// Show findings from this severity on.
    pub severity: Option<Severity>,
    /// Directories with more rules.
    pub rules_dirs: Vec<PathBuf>,
    /// The folder with price tables of the user's own.
    pub catalog: Option<PathBuf>,
    /// From which severity on findings count for the exit code.
    pub fail_on: Option<FailOn>,
    /// Which gaps do not count for the exit code; no words mean all.
    pub allow_gaps: Option<Vec<Text>>,
    /// What to group by.
    pub group_by: Option<GroupBy>,
    /// How to write the report.
    pub format: Option<&'static Format>,
    /// What charged calls may cost per account, in US dollars.
    pub max_api_cost: Option<Decimal>,
    /// Whether derived prices count in totals.
    pub derived_prices: Option<bool>,
}

/// What `[azure]` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AzureChoice {
    /// Which of the clouds of Azure: `public`, `china`, `us-gov`.
    pub cloud: Option<String>,
    /// The directory to sign in to.
    pub tenant: Option<String>,
    /// Every subscription of this management group.
    pub management_group: Option<String>,
}

/// What `[gcp]` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoogleChoice {
    /// Every project of this organisation.
    pub organization: Option<String>,
    /// Every project of this folder.
    pub folder: Option<String>,
    /// The service account to act as.
    pub impersonate: Option<String>,
    /// The project that requests are counted for.
    pub quota_project: Option<String>,
    /// The table or view of the billing export.
    pub billing_table: Option<String>,
}

impl RawOptions {
    /// Understands every word, or says of each that it does not.
    ///
    /// # Errors
    /// All mistakes, each naming its option.
    pub fn parse(self) -> Result<Options, Vec<Mistake>> {
        let mut mistakes = Mistakes::default();
        let m = &mut mistakes;
        let options = Options {
            providers: m.one("--provider", self.provider, words::providers),
            accounts: list(self.accounts),
            azure: AzureChoice::default(),
            gcp: GoogleChoice::default(),
            regions: list(self.regions),
            exclude_regions: list(self.exclude_regions),
            profile: self.profile,
            role: self.role,
            external_id: self.external_id,
            tags: m.all("--tag", self.tags, words::tag),
            only: m.all("--only", self.only, words::category),
            rules: list(self.rules),
            skip_rules: list(self.skip_rules),
            severity: m.one("--severity", self.severity, words::severity),
            rules_dirs: self.rules_dirs,
            catalog: self.catalog,
            fail_on: m.one("--fail-on", self.fail_on, words::fail_on),
            allow_gaps: self
                .allow_gaps
                .map(|words| words.iter().map(Text::new).collect()),
            group_by: m.one("--group-by", self.group_by, words::group_by),
            format: m.one("--format", self.format, words::format),
            max_api_cost: m.one("--max-api-cost", self.max_api_cost, words::dollars),
            derived_prices: self.derived_prices.then_some(true),
        };
        let without_aws = options
            .providers
            .as_ref()
            .is_some_and(|providers| !providers.contains(&Provider::Aws));
        let of_aws = [
            ("--profile", &options.profile),
            ("--role", &options.role),
            ("--external-id", &options.external_id),
        ];
        for (option, _) in of_aws.iter().filter(|(_, value)| value.is_some()) {
            if without_aws {
                mistakes.0.push(Mistake::new(
                    format!("{option} is for AWS, which is not among the providers"),
                    "leave it out; `[gcp] impersonate` of orch.toml names a service account to act as, and Azure \
                     signs in as its own tools do",
                ));
            }
        }
        if mistakes.0.is_empty() {
            Ok(options)
        } else {
            Err(mistakes.0)
        }
    }
}

impl Options {
    /// These options, and `defaults` where nothing was given.
    #[must_use]
    pub fn or(self, defaults: Self) -> Self {
        Self {
            providers: self.providers.or(defaults.providers),
            accounts: self.accounts.or(defaults.accounts),
            // Only the configuration has these.
            azure: defaults.azure,
            gcp: defaults.gcp,
            regions: self.regions.or(defaults.regions),
            exclude_regions: self.exclude_regions.or(defaults.exclude_regions),
            profile: self.profile.or(defaults.profile),
            role: self.role.or(defaults.role),
            external_id: self.external_id.or(defaults.external_id),
            tags: self.tags.or(defaults.tags),
            only: self.only.or(defaults.only),
            rules: self.rules.or(defaults.rules),
            skip_rules: self.skip_rules.or(defaults.skip_rules),
            severity: self.severity.or(defaults.severity),
            rules_dirs: if self.rules_dirs.is_empty() {
                defaults.rules_dirs
            } else {
                self.rules_dirs
            },
            catalog: self.catalog.or(defaults.catalog),
            fail_on: self.fail_on.or(defaults.fail_on),
            allow_gaps: self.allow_gaps.or(defaults.allow_gaps),
            group_by: self.group_by.or(defaults.group_by),
            format: self.format.or(defaults.format),
            max_api_cost: self.max_api_cost.or(defaults.max_api_cost),
            derived_prices: self.derived_prices.or(defaults.derived_prices),
        }
    }
}

fn list(words: Vec<String>) -> Option<Vec<Text>> {
    (!words.is_empty()).then(|| words.into_iter().map(Text::from).collect())
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn one<T>(
        &mut self,
        option: &str,
        given: Option<String>,
        parse: impl Fn(&str) -> Result<T, Mistake>,
    ) -> Option<T> {
        match parse(&given?) {
            Ok(value) => Some(value),
            Err(mistake) => {
                let message = format!("{option}: {}", mistake.message);
                self.0.push(Mistake { message, ..mistake });
                None
            }
        }
    }

    fn all<T>(
        &mut self,
        option: &str,
        given: Vec<String>,
        parse: impl Fn(&str) -> Result<T, Mistake>,
    ) -> Option<Vec<T>> {
        let any = !given.is_empty();
        let all = given
            .into_iter()
            .filter_map(|word| self.one(option, Some(word), &parse))
            .collect();
        any.then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_at_once() {
        let raw = RawOptions {
            provider: Some("asw".into()),
            severity: Some("hgih".into()),
            only: vec!["cost".into(), "securty".into()],
            max_api_cost: Some("-1".into()),
            ..RawOptions::default()
        };
        let mistakes = raw.parse().unwrap_err();
        let messages: Vec<&str> = mistakes
            .iter()
            .map(|mistake| mistake.message.as_str())
            .collect();
        assert_eq!(
            messages,
            [
                "--provider: no provider `asw`",
                "--only: no category `securty`",
                "--severity: no severity `hgih`",
                "--max-api-cost: `-1` is not an amount of US dollars from 0 to 100000",
            ]
        );
    }

    #[test]
    fn what_is_typed_wins_over_the_configuration() {
        let typed = Options {
            severity: Some(Severity::High),
            ..Options::default()
        };
        let defaults = Options {
            severity: Some(Severity::Low),
            regions: Some(vec!["eu-west-1".into()]),
            ..Options::default()
        };
        let options = typed.or(defaults);
        assert_eq!(options.severity, Some(Severity::High));
        assert_eq!(options.regions.unwrap(), ["eu-west-1"]);
    }
}
