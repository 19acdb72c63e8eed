//! The file that a person writes: exactly the YAML of a rule. The docs of its members are the manual.

use std::collections::BTreeMap;

use orch_model::{
    Category, ChargeCategory, Confidence, Field, Kind, Metric, Provider, Severity, Text, Time,
};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::params::ParamRange;
use super::place::{At, Ordered};

/// A question to a kind of resource. The name of the file without `.yaml` is the rule's id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// What is wrong when the rule fails, as a headline.
    pub title: At<String>,
    /// What it is about.
    #[schemars(with = "Category")]
    pub category: At<String>,
    /// How bad it is if it is true.
    #[schemars(with = "Severity")]
    pub severity: At<String>,
    /// When a finding is worse or less bad than that. The first entry that holds counts; one of which it is
    /// not known never does, and the finding's evidence says so. A severity from the settings stays.
    #[serde(default)]
    pub adjust: Vec<AdjustFile>,
    /// How sure it is that what the rule finds is the problem it names.
    #[schemars(with = "Confidence")]
    pub confidence: At<String>,
    /// Which specialists care: aws, azure, gcp, terraform, ansible, cicd, kubernetes, monitoring, docker,
    /// security, observability.
    #[serde(default)]
    pub audience: Vec<At<String>>,
    /// Which resources it is asked of.
    pub applies_to: AppliesTo,
    /// Numbers and words that somebody may disagree with; expressions read them as `params.<name>`.
    #[serde(default)]
    pub params: BTreeMap<String, ParamFile>,
    /// Expression, true or false: whether the question makes sense for a resource. Where it does not, the
    /// rule does not apply; where it is unknown, the answer is unknown.
    #[serde(default)]
    pub when: Option<At<String>>,
    /// Expression, true or false: whether the resource has the problem.
    pub fails_if: At<String>,
    /// Expression, text or int or a list of them: what makes several problems of one resource, such as
    /// ports. Each element becomes a finding of its own and is bound as `key` in the message, the evidence
    /// and the saving. No ages, counts or prices: it is a part of the finding's identity.
    #[serde(default)]
    pub key: Option<At<String>>,
    /// Expressions by name: what the finding rests on.
    #[serde(default)]
    pub evidence: Ordered<At<String>>,
    /// Expression, money or none: what fixing saves in a month.
    #[serde(default)]
    pub saving: Option<At<String>>,
    /// Expression, true or false: whether a price in the saving was derived and not published.
    #[serde(default)]
    pub saving_derived: Option<At<String>>,
    /// Whether the saving adds to other savings on the same resource. Otherwise they are alternatives, and
    /// totals take the largest.
    #[serde(default)]
    pub adds: bool,
    /// The sentence of a finding, with expressions in `{{ }}`.
    pub message: At<String>,
    /// Why it matters.
    pub why: At<String>,
    /// How to mend it.
    pub remediation: Remediation,
    /// Control ids by framework and version: `cis-aws-5.0: ["5.3"]`.
    #[serde(default)]
    pub compliance: BTreeMap<String, Vec<At<String>>>,
    /// The first id the rule ever had, when it was renamed: fingerprints and waivers stay valid.
    #[serde(default)]
    pub first_id: Option<At<String>>,
    /// Other ids under which settings and the command line find the rule.
    #[serde(default)]
    pub aliases: Vec<At<String>>,
    /// Cases that hold: at least one that fails, one that passes, and one that is unknown wherever evidence
    /// can be missing.
    pub tests: Vec<TestFile>,
}

/// Which resources a rule is asked of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// The kind.
    #[serde(default)]
    #[schemars(with = "Option<Kind>")]
    pub kind: Option<At<String>>,
    /// Several kinds; the expressions are checked for each.
    #[serde(default)]
    #[schemars(with = "Vec<Kind>")]
    pub kinds: Vec<At<String>>,
    /// The clouds; all when left out.
    #[serde(default)]
    #[schemars(with = "Vec<Provider>")]
    pub providers: Vec<At<String>>,
    /// Of a rule for several clouds, why it is not asked on the others, in a few words each.
    #[serde(default)]
    #[schemars(with = "BTreeMap<Provider, String>")]
    pub elsewhere: BTreeMap<String, At<String>>,
}

/// Another severity for some findings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustFile {
    /// Expression, true or false: whether it holds for a finding. It may read `key`.
    #[serde(rename = "if")]
    pub holds: At<String>,
    /// The severity then.
    #[schemars(with = "Severity")]
    pub severity: At<String>,
    /// Why, as the end of a sentence, with expressions in `{{ }}`: it stands in the message and in the
    /// evidence.
    pub because: At<String>,
}

/// A parameter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParamFile {
    /// `bool`, `int`, `double`, `text`, `money`, or a list of them: `list<int>`.
    #[serde(rename = "type")]
    pub ty: At<String>,
    /// Its value where settings give no other.
    pub default: At<Json>,
    /// The least number it may be, or hold.
    #[serde(default)]
    pub min: Option<f64>,
    /// The largest number it may be, or hold: 65535 for ports.
    #[serde(default)]
    pub max: Option<f64>,
    /// A sentence on what it does.
    pub about: At<String>,
}

impl ParamFile {
    /// From where to where its numbers go.
    pub(super) fn range(&self) -> ParamRange {
        ParamRange {
            min: self.min,
            max: self.max,
        }
    }
}

/// How to mend it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// How much work it is.
    pub effort: Effort,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// Commands of the AWS command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<String>,
    /// Commands of the Azure command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<String>,
    /// Commands of the Google Cloud command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcp: Option<String>,
    /// Terraform that does not have the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform: Option<String>,
}

/// How much work a remediation is.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Deserialize,
    serde::Serialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Minutes.
    #[default]
    Small,
    /// Hours, or it needs planning.
    Medium,
    /// Days, or it needs a project.
    Large,
}

impl Effort {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// A case that holds, over a small inventory.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// What it shows.
    pub name: At<String>,
    /// The resource that is asked: members of its kind, and uid, name, scope, tags, created_at, links. What
    /// is required and left out comes from the smallest valid resource of the kind; every other member that
    /// is left out was not read.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub resource: At<BTreeMap<String, Json>>,
    /// Other resources of the inventory, each with its `kind`.
    #[serde(default)]
    #[schemars(with = "Vec<BTreeMap<String, Json>>")]
    pub with: Vec<At<BTreeMap<String, Json>>>,
    /// What was not completely read, with the cause: `network.interface: denied`, or `excluded` where the
    /// user left it out. Resources of that kind that the test gives were read before it failed. Everything
    /// else was completely read.
    #[serde(default)]
    pub reads: BTreeMap<String, At<String>>,
    /// Metrics of the resources.
    #[serde(default)]
    pub series: Vec<SeriesFile>,
    /// Billing lines.
    #[serde(default)]
    pub costs: Vec<CostFile>,
    /// Parameters other than the defaults.
    #[serde(default)]
    pub params: BTreeMap<String, Json>,
    /// The instant of the snapshot; 2025-06-30T12:00:00Z when left out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub as_of: Option<Time>,
    /// What must come out.
    pub expect: Expect,
    /// The keys of the findings, when the rule has keys.
    #[serde(default)]
    pub keys: Option<Vec<Json>>,
    /// The severity of every finding, when the rule adjusts it.
    #[serde(default)]
    #[schemars(with = "Option<Severity>")]
    pub severity: Option<At<String>>,
}

/// The points of a metric in a test: given one by one, or one value over days.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesFile {
    /// Whose; the resource that is asked when left out.
    #[serde(default)]
    pub uid: Option<Text>,
    /// What.
    pub metric: Metric,
    /// How one period was made one point.
    pub statistic: orch_model::Statistic,
    /// Start of the first period; as many whole periods before `as_of` as there are when left out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub start: Option<Time>,
    /// Length of a period in seconds.
    #[serde(default = "an_hour")]
    pub step_s: u32,
    /// The points; null where there is none.
    #[serde(default)]
    pub values: Vec<Option<f64>>,
    /// Instead of points: one value for every period of `days` days.
    #[serde(default)]
    pub value: Option<f64>,
    /// How many days `value` lasts.
    #[serde(default)]
    pub days: u32,
}

fn an_hour() -> u32 {
    3600
}

/// A daily cost in a test: one billing line for each day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostFile {
    /// The service's name as the provider bills it.
    pub service: Text,
    /// The cost of one day.
    pub amount: Amount,
    /// The day, counted backwards from the day of `as_of`, which is 0.
    pub days_ago: u32,
    /// The other end, for a cost of several days.
    #[serde(default)]
    pub to_days_ago: Option<u32>,
    /// The region's id; `null` for a cost that names none, `us-east-1` when left out.
    #[serde(default)]
    pub region: Field<Text>,
    /// What sort of charge.
    #[serde(default = "usage")]
    pub category: ChargeCategory,
    /// ISO 4217 code.
    #[serde(default = "usd")]
    pub currency: Text,
    /// Whether the provider still calls the figure an estimate.
    #[serde(default)]
    pub estimated: bool,
}

fn usage() -> ChargeCategory {
    ChargeCategory::Usage
}

fn usd() -> Text {
    Text::new_static("USD")
}

/// An exact amount, as text (`"12.50"`) or as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Json")]
#[schemars(with = "Json")]
pub struct Amount(pub Decimal);

impl TryFrom<Json> for Amount {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        let text = match &json {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        text.parse()
            .map(Self)
            .map_err(|_| format!("`{text}` is not an amount"))
    }
}

/// What a test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// A finding.
    Fail,
    /// No problem.
    Pass,
    /// It cannot be told.
    Unknown,
    /// The question makes no sense.
    NotApplicable,
}

impl Expect {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }
}
