//! Whether usage is about to become less, so that a commitment on it would come too early.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, Provider, Snapshot, Text};
use smol_str::format_smolstr;

use super::scope::provider as cloud;
use super::usage::Place;
use crate::catalog;
use crate::rightsizing::Estate;

/// What comes before what: each step makes the usage less that the next one looks at.
pub const ORDER: &str = "delete → right-size → schedule → commit";

/// Usage with an open recommendation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// Of which cloud.
    pub provider: Provider,
    /// The account, subscription or project.
    pub account: Text,
    /// The region.
    pub region: Text,
    /// The family of machines: `m5`.
    pub family: Text,
}

/// What is known of open recommendations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pending {
    /// Nothing.
    #[default]
    NotKnown,
    /// The user says that there are none.
    Done,
    /// What right-sizing says of a snapshot.
    Known {
        /// Usage with open recommendations, and how many of what sort.
        open: BTreeMap<Open, BTreeMap<&'static str, u32>>,
        /// Accounts and regions whose machines were read.
        seen: BTreeSet<(Provider, Text, Text)>,
    },
}

const IDLE: &str = "idle";
const CHEAPER: &str = "to right-size";
const UNJUDGED: &str = "not judged yet";

impl Pending {
    /// What right-sizing says of a snapshot.
    pub fn of(snapshot: &Snapshot, estate: &Estate) -> Self {
        let mut open: BTreeMap<Open, BTreeMap<&'static str, u32>> = BTreeMap::new();
        let types: BTreeMap<&str, &str> = snapshot
            .resources
            .iter()
            .filter_map(|resource| match &resource.body {
                Body::ComputeInstance(instance) => {
                    Some((resource.uid.as_str(), instance.instance_type.as_str()))
                }
                _ => None,
            })
            .collect();
        let judged = estate.entries.iter().filter_map(|entry| {
            let what = match (&entry.idle_by[..], &entry.recommendation.chosen) {
                ([_, ..], _) => IDLE,
                ([], Some(_)) => CHEAPER,
                ([], None) => return None,
            };
            Some((&entry.subject, what))
        });
        let unjudged = estate.unjudged.iter().map(|one| (&one.subject, UNJUDGED));
        for (subject, what) in judged.chain(unjudged) {
            let provider = subject.scope.provider;
            let Some(name) = types.get(subject.uid.as_str()) else {
                continue;
            };
            let key = Open {
                provider,
                account: Text::new(subject.scope.account.as_str()),
                region: Text::new(subject.scope.region.as_str()),
                family: family(provider, name),
            };
            *open.entry(key).or_default().entry(what).or_default() +=
                subject.group.as_ref().map_or(1, |group| group.members);
        }
        let not_read: BTreeSet<_> = estate.not_read.iter().map(|one| &one.scope).collect();
        let seen = snapshot
            .scopes
            .iter()
            .filter(|scope| !scope.is_global() && !not_read.contains(scope))
            .map(|scope| {
                let account = Text::new(scope.account.as_str());
                (scope.provider, account, Text::new(scope.region.as_str()))
            });
        Self::Known {
            open,
            seen: seen.collect(),
        }
    }

    /// Why a commitment on this usage would come too early; none where nothing speaks against it.
    pub fn why(&self, place: &Place) -> Option<Cow<'static, str>> {
        let (open, seen) = match self {
            Self::NotKnown => {
                return Some(Cow::Borrowed(
                    "whether right-sizing of it is done is not known: name the snapshot (--snapshot), or say that it is (--rightsized)",
                ));
            }
            Self::Done => return None,
            Self::Known { open, seen } => (open, seen),
        };
        // What has no machines of a type is nothing that right-sizing judges.
        if !place.scope.machines {
            return None;
        }
        let provider = cloud(&place.provider)?;
        let region = place.region.clone().unwrap_or_default();
        let key = (provider, place.account.clone(), region.clone());
        if !seen.contains(&key) {
            return Some(Cow::Borrowed(
                "its machines are not, or not completely, in the snapshot",
            ));
        }
        let of = open.get(&Open {
            provider,
            account: place.account.clone(),
            region,
            family: place.scope.family.clone(),
        })?;
        let parts: Vec<String> = of
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        Some(Cow::Owned(format!("of its machines {}", parts.join(", "))))
    }
}

/// The family of a type, as [`super::Scope`] takes it from a bill.
fn family(provider: Provider, instance_type: &str) -> Text {
    match provider {
        Provider::Aws => Text::new(instance_type.split('.').next().unwrap_or(instance_type)),
        // The bill calls the first two generations by the word alone, and the later ones by their name.
        Provider::Gcp if instance_type.starts_with("m1-") || instance_type.starts_with("m2-") => {
            Text::new_static("memory-optimized")
        }
        // A type of the customer's own making on N1 has no family in its name.
        Provider::Gcp => catalog::machine(provider, instance_type).map_or_else(
            || Text::new(instance_type.split('-').next().unwrap_or(instance_type)),
            |machine| machine.family.name.clone(),
        ),
        Provider::Azure => catalog::machine(provider, instance_type).map_or_else(
            || format_smolstr!("{instance_type}"),
            |machine| machine.family.name.clone(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::Scope;

    #[test]
    fn a_machine_has_the_family_that_the_bill_calls_it_by() {
        for (name, meter) in [
            ("custom-2-4096", "Custom Instance Core running in Americas"),
            (
                "n1-standard-2",
                "N1 Predefined Instance Core running in Americas",
            ),
            (
                "n2-custom-2-4096",
                "N2 Custom Instance Core running in Americas",
            ),
            (
                "m1-ultramem-40",
                "Memory-optimized Instance Core running in Americas",
            ),
            (
                "m3-ultramem-32",
                "M3 Memory-optimized Instance Core running in Americas",
            ),
            ("e2-standard-4", "E2 Instance Core running in Americas"),
        ] {
            let billed = Scope::of("Google Cloud", "Compute Engine", meter).unwrap();
            assert_eq!(family(Provider::Gcp, name), billed.family, "{name}");
        }
    }
}
