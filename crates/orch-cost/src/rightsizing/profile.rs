//! How much of a type may be used: the presets that the clouds' own advisors publish, and ours.

use rust_decimal::Decimal;
use serde::Serialize;

use super::Percentile;

/// Which traffic counts against a type's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The busier of both.
    Busier,
    /// What is sent.
    Sent,
}

/// Limits that a candidate must keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Its name: `default`, `aws-balanced`.
    pub name: &'static str,
    /// Of whom and what it is.
    pub title: &'static str,
    /// The percentile of processor use that counts as the need.
    pub cpu_percentile: Percentile,
    /// What the need may take of a candidate's processors, in percent: 100 less the headroom.
    pub cpu_limit: Decimal,
    /// What the peak of memory use may take of a candidate's memory, in percent.
    pub memory_limit: Decimal,
    /// What traffic may take of a candidate's network, in percent, and which; `None` where the preset does not
    /// look at it.
    pub network: Option<(Direction, Decimal)>,
    /// Days that it looks back.
    pub lookback_days: u32,
    /// The length of the periods that its publisher measures, in seconds: only on such points is a result of
    /// ours the result of the preset.
    pub published_step_s: Option<u32>,
    /// Where its figures stand.
    pub source: &'static str,
}

const OPTIMIZER: &str =
    "AWS Compute Optimizer User Guide, \"Rightsizing recommendation preferences\"";
const ADVISOR: &str =
    "Microsoft Learn, \"Reduce service costs by using Azure Advisor\", resize SKU recommendations";
/// Points of Compute Optimizer are of five minutes: 4,032 of them are its 14 days.
const FIVE_MINUTES: Option<u32> = Some(300);

const fn optimizer(
    name: &'static str,
    title: &'static str,
    cpu_percentile: Percentile,
    cpu_headroom: u32,
    memory_headroom: u32,
) -> Profile {
    Profile {
        name,
        title,
        cpu_percentile,
        cpu_limit: percent(100 - cpu_headroom),
        memory_limit: percent(100 - memory_headroom),
        network: None,
        lookback_days: 14,
        published_step_s: FIVE_MINUTES,
        source: OPTIMIZER,
    }
}

/// Azure Advisor looks at the largest use of memory where an older text of it says so and at the 99th percentile in
/// a newer one; the largest is the stricter.
const fn advisor(name: &'static str, title: &'static str, cpu: u32, memory: u32) -> Profile {
    Profile {
        name,
        title,
        cpu_percentile: Percentile::P95,
        cpu_limit: percent(cpu),
        memory_limit: percent(memory),
        network: Some((Direction::Sent, percent(cpu))),
        lookback_days: 7,
        published_step_s: FIVE_MINUTES,
        source: ADVISOR,
    }
}

const fn percent(whole: u32) -> Decimal {
    Decimal::from_parts(whole, 0, 0, false, 0)
}

/// Every profile; the first is ours and the default.
///
/// Ours is that of Compute Optimizer, and looks at the network too: the 99.5th percentile of the busier direction may
/// take 80 % of what a candidate has for ever; where traffic is not measured, a candidate has no less than now.
pub const PROFILES: [Profile; 7] = [
    Profile {
        network: Some((Direction::Busier, percent(80))),
        published_step_s: None,
        source: "ours: the default of AWS Compute Optimizer, and the same headroom on the network",
        ..optimizer("default", "Default", Percentile::P995, 20, 20)
    },
    optimizer(
        "aws-maximum-savings",
        "AWS Compute Optimizer, maximum savings",
        Percentile::P90,
        0,
        10,
    ),
    optimizer(
        "aws-balanced",
        "AWS Compute Optimizer, balanced",
        Percentile::P95,
        30,
        30,
    ),
    optimizer(
        "aws-default",
        "AWS Compute Optimizer, default",
        Percentile::P995,
        20,
        20,
    ),
    optimizer(
        "aws-maximum-performance",
        "AWS Compute Optimizer, maximum performance",
        Percentile::P995,
        30,
        30,
    ),
    advisor(
        "azure-user-facing",
        "Azure Advisor, user-facing work",
        40,
        60,
    ),
    advisor(
        "azure-not-user-facing",
        "Azure Advisor, work that no user waits for",
        80,
        80,
    ),
];

impl Profile {
    /// The profile of a name.
    pub fn named(name: &str) -> Option<Self> {
        PROFILES.into_iter().find(|profile| profile.name == name)
    }

    /// What to say of a result that was made on points of another length than the publisher's.
    pub fn remark(&self, step_s: u32) -> Option<String> {
        let published = self.published_step_s?;
        (published != step_s).then(|| {
            format!(
                "measured on {}: not comparable with what {} says",
                period(step_s),
                self.title.split(',').next().unwrap_or(self.title)
            )
        })
    }
}

impl Default for Profile {
    fn default() -> Self {
        let [ours, ..] = PROFILES;
        ours
    }
}

fn period(step_s: u32) -> String {
    match step_s {
        step if step % 86_400 == 0 => format!("{}-day points", step / 86_400),
        step if step % 3_600 == 0 => format!("{}-hour points", step / 3_600),
        step if step % 60 == 0 => format!("{}-minute points", step / 60),
        step => format!("{step}-second points"),
    }
}
