//! What usage is, as far as commitments go: which of them can cover it, and its family.

use orch_model::{Provider, Text};
use smol_str::{SmolStr, format_smolstr};

/// Usage that the same sort of commitment covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Processors and memory of machines, containers and functions.
    Compute,
    /// Database instances.
    Database,
    /// Something else that a commitment of the bill covers.
    Other,
}

impl Group {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Database => "database",
            Self::Other => "other",
        }
    }
}

/// What usage is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Which sort of commitment covers it.
    pub group: Group,
    /// The family of machines (`m5`, `db.r5`, `n2`), or the service without one (`Fargate`).
    pub family: Text,
    /// Whether [`Self::family`] is one of machines, which right-sizing judges.
    pub machines: bool,
}

/// How a sort of usage is told from what a bill calls it. A column of FOCUS has no word for it.
struct Sort {
    provider: Provider,
    group: Group,
    /// Part of the service's name, without case and signs.
    service: &'static str,
    /// Any of these stands in the text of the meter.
    any: &'static [&'static str],
    /// None of these does.
    none: &'static [&'static str],
    family: Family,
}

/// Where the family stands.
enum Family {
    /// In the type of an instance that the meter names: `BoxUsage:m5.large`.
    OfType,
    /// Before these words: `N2 Instance Core running in Americas`.
    Before(&'static [&'static str]),
    /// There is none: this name.
    Named(&'static str),
}

const SPOT: &[&str] = &["spot", "preemptible", "low priority"];

/// From the more special to the more general; the first that fits counts. Usage types of AWS are those of the EC2, RDS,
/// Lambda and Fargate chapters of the Cost and Usage Report user guide; what Compute Savings Plans cover is the list of
/// the Savings Plans user guide, "Plan types"; what of Compute Engine committed use covers is its page "Committed use
/// discounts overview" (all read in 2026).
const SORTS: &[Sort] = &[
    Sort {
        provider: Provider::Aws,
        group: Group::Compute,
        service: "elasticcomputecloud",
        any: &["boxusage", "dedicatedusage", "on demand"],
        none: SPOT,
        family: Family::OfType,
    },
    Sort {
        provider: Provider::Aws,
        group: Group::Compute,
        service: "amazonec2",
        any: &["boxusage", "dedicatedusage", "on demand"],
        none: SPOT,
        family: Family::OfType,
    },
    Sort {
        provider: Provider::Aws,
        group: Group::Compute,
        service: "",
        any: &["fargate"],
        none: SPOT,
        family: Family::Named("Fargate"),
    },
    Sort {
        provider: Provider::Aws,
        group: Group::Compute,
        service: "lambda",
        any: &["lambda-gb-second", "lambda-provisioned", "total compute"],
        none: &[],
        family: Family::Named("Lambda"),
    },
    Sort {
        provider: Provider::Aws,
        group: Group::Database,
        service: "relationaldatabase",
        any: &["instanceusage", "multi-azusage", "instance hour"],
        none: &[],
        family: Family::OfType,
    },
    Sort {
        provider: Provider::Aws,
        group: Group::Database,
        service: "amazonrds",
        any: &["instanceusage", "multi-azusage", "instance hour"],
        none: &[],
        family: Family::OfType,
    },
    Sort {
        provider: Provider::Azure,
        group: Group::Compute,
        service: "virtualmachines",
        any: &[],
        none: SPOT,
        family: Family::Named("Virtual Machines"),
    },
    Sort {
        provider: Provider::Gcp,
        group: Group::Compute,
        service: "computeengine",
        any: &["instance core", "instance ram", "custom core", "custom ram"],
        none: &[
            "spot",
            "preemptible",
            "commitment",
            "sole tenancy",
            "premium",
        ],
        family: Family::Before(&[
            "predefined instance",
            "custom instance",
            "custom core",
            "custom ram",
            "extended instance",
            "instance core",
            "instance ram",
        ]),
    },
];

/// The cloud that a bill's name of a provider means.
pub(super) fn provider(name: &str) -> Option<Provider> {
    let plain = plain(name);
    [
        (Provider::Aws, &["aws", "amazon"][..]),
        (Provider::Azure, &["microsoft", "azure"][..]),
        (Provider::Gcp, &["google", "gcp"][..]),
    ]
    .into_iter()
    .find(|(_, names)| names.iter().any(|name| plain.contains(name)))
    .map(|(provider, _)| provider)
}

/// Whether a service is one of those of which a commitment covers some usage, where nothing more is told.
pub(crate) fn may_be_covered(provider_name: &str, service: &str) -> bool {
    let service = plain(service);
    let containers = ["fargate", "elasticcontainerservice"];
    SORTS.iter().any(|sort| {
        let named = match sort.service {
            "" => containers.iter().any(|name| service.contains(name)),
            name => service.contains(name),
        };
        named && provider(provider_name) == Some(sort.provider)
    })
}

/// Without case and signs.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

impl Scope {
    /// What usage of a service under a meter is; none where it is no sort that commitments are bought for. `meter` is
    /// all that the bill says of it: usage type, description.
    pub fn of(provider_name: &str, service: &str, meter: &str) -> Option<Self> {
        let provider = provider(provider_name)?;
        let service = plain(service);
        let meter = meter.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| meter.contains(word));
        SORTS
            .iter()
            .filter(|sort| sort.provider == provider && service.contains(sort.service))
            .filter(|sort| (sort.any.is_empty() || has(sort.any)) && !has(sort.none))
            .find_map(|sort| {
                let (family, machines) = sort.family.of(&meter)?;
                Some(Self {
                    group: sort.group,
                    family,
                    machines: machines && sort.group == Group::Compute,
                })
            })
    }

    /// What a commitment covers and no sort tells: its service.
    pub fn other(service: &str) -> Self {
        Self {
            group: Group::Other,
            family: Text::new(service),
            machines: false,
        }
    }
}

impl Family {
    fn of(&self, meter: &str) -> Option<(Text, bool)> {
        match self {
            Self::OfType => instance_family(meter).map(|family| (family, true)),
            Self::Before(words) => {
                let at = words.iter().filter_map(|word| meter.find(word)).min()?;
                // Custom machines without a name are those of N1.
                let family = meter.get(..at)?.split_whitespace().next().unwrap_or("n1");
                Some((SmolStr::new(family), true))
            }
            Self::Named(name) => Some((SmolStr::new_static(name), false)),
        }
    }
}

/// The family of the first instance type in a text: `m5` of `usw2-boxusage:m5.large`, `db.r5` of `db.r5.large`.
fn instance_family(meter: &str) -> Option<Text> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    meter.split(|c: char| !letters(c)).find_map(|word| {
        let (database, word) = match word.strip_prefix("db.") {
            Some(rest) => ("db.", rest),
            None => ("", word),
        };
        let (family, size) = word.split_once('.')?;
        (is_size(size) && family.starts_with(|c: char| c.is_ascii_alphabetic()))
            .then(|| format_smolstr!("{database}{family}"))
    })
}

/// `nano`, `large`, `12xlarge`, `metal-24xl`.
fn is_size(word: &str) -> bool {
    let size = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(
        size,
        "nano" | "micro" | "small" | "medium" | "large" | "xlarge"
    ) || word.starts_with("metal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bill_calls_usage_tells_what_covers_it() {
        let of = |provider: &str, service: &str, meter: &str| {
            Scope::of(provider, service, meter)
                .map(|scope| format!("{} {}", scope.group.as_str(), scope.family))
        };
        // The first two as the published sample of FOCUS 1.0 has them, the others as the user guides write them.
        for (provider, service, meter, expected) in [
            (
                "AWS",
                "Amazon Elastic Compute Cloud",
                "$0.0464 per On Demand Linux t2.medium Instance Hour",
                Some("compute t2"),
            ),
            (
                "AWS",
                "Amazon Elastic Compute Cloud",
                "$0.19152 per On Demand Linux m7i-flex.xlarge Instance Hour",
                Some("compute m7i-flex"),
            ),
            (
                "AWS",
                "Amazon Elastic Compute Cloud",
                "$0.045 per NAT Gateway Hour",
                None,
            ),
            (
                "AWS",
                "Amazon Elastic Compute Cloud",
                "$0.085 per GB - next 40 TB / month data transfer out",
                None,
            ),
            (
                "AWS",
                "Amazon Elastic Container Service",
                "AWS Fargate - Memory  - US West 2 (Oregon)",
                Some("compute Fargate"),
            ),
            (
                "AWS",
                "AWS Lambda",
                "AWS Lambda - Total Compute - US West (Oregon)-Tier-1",
                Some("compute Lambda"),
            ),
            (
                "AWS",
                "AWS Lambda",
                "AWS Lambda - Total Requests - US East (Ohio)",
                None,
            ),
            (
                "AWS",
                "AmazonEC2",
                "USW2-BoxUsage:m5.12xlarge",
                Some("compute m5"),
            ),
            ("AWS", "AmazonEC2", "BoxUsage:c5.metal", Some("compute c5")),
            ("AWS", "AmazonEC2", "USW2-SpotUsage:m5.large", None),
            ("AWS", "AmazonEC2", "EBSOptimized:m1.large", None),
            (
                "AWS",
                "AmazonRDS",
                "InstanceUsage:db.r5.large",
                Some("database db.r5"),
            ),
            (
                "Microsoft",
                "Virtual Machines",
                "D2 v2/DS2 v2",
                Some("compute Virtual Machines"),
            ),
            ("Microsoft", "Virtual Machines", "D2 v2 Spot", None),
            (
                "Google Cloud",
                "Compute Engine",
                "N2 Instance Core running in Americas",
                Some("compute n2"),
            ),
            (
                "Google Cloud",
                "Compute Engine",
                "N1 Predefined Instance Ram running in EMEA",
                Some("compute n1"),
            ),
            (
                "Google Cloud",
                "Compute Engine",
                "Spot Preemptible N2 Instance Core",
                None,
            ),
            (
                "Google Cloud",
                "Compute Engine",
                "Commitment v1: N2 Cpu in Americas for 1 Year",
                None,
            ),
            ("Oracle", "Compute", "anything", None),
        ] {
            assert_eq!(of(provider, service, meter).as_deref(), expected, "{meter}");
        }
    }
}
