//! What of the subscriptions and their locations is read, and why not the rest.

use std::collections::{BTreeMap, BTreeSet};

use orch_collect::{DiscoverError, Discovery, ScopeFilter};
use orch_model::{GLOBAL_REGION, Scope, Text};

use crate::{names, regions};

/// How many names an error lists.
const NAMED: usize = 10;

/// The user's choice of locations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Kept {
    /// Only these; empty means all.
    only: Vec<Text>,
    /// Not these.
    not: Vec<Text>,
}

impl Kept {
    /// The option that leaves a location out, if one does. What has no location is always kept.
    pub(crate) fn left_out(&self, region: &str) -> Option<&'static str> {
        if region == GLOBAL_REGION {
            None
        } else if self.not.iter().any(|not| not == region) {
            Some("--exclude-region")
        } else if !self.only.is_empty() && !self.only.iter().any(|only| only == region) {
            Some("--regions")
        } else {
            None
        }
    }
}

/// The subscriptions to read.
pub(crate) fn accounts(
    visible: &[Scope],
    group: Option<&str>,
    filter: &ScopeFilter,
) -> Result<Vec<Scope>, DiscoverError> {
    if filter.accounts.is_empty() {
        return Ok(visible.to_vec());
    }
    let mut selected = Vec::new();
    for named in &filter.accounts {
        let is_it = |scope: &&Scope| scope.account.eq_ignore_ascii_case(named);
        match visible.iter().find(is_it) {
            Some(scope) => selected.push(scope.clone()),
            None => return Err(unknown_account(named, visible, group)),
        }
    }
    selected.sort_unstable();
    selected.dedup();
    Ok(selected)
}

fn unknown_account(named: &str, visible: &[Scope], group: Option<&str>) -> DiscoverError {
    let of = group.map_or_else(String::new, |id| format!(" of the management group `{id}`"));
    let all = several(visible.iter().map(|scope| scope.account.as_str()));
    DiscoverError::UnknownAccount {
        account: named.to_owned(),
        help: format!("the subscriptions{of} are {all}"),
    }
}

/// Names for a message; of many only the first.
pub(crate) fn several<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let names: Vec<&str> = names.take(NAMED).collect();
    format!("{}{more}", names.join(", "))
}

/// The scopes to read, those left out, and the choice to hold resources to.
pub(crate) fn regions(
    accounts: &[Scope],
    found: &BTreeMap<Text, BTreeSet<Text>>,
    partition: &str,
    filter: &ScopeFilter,
) -> Result<(Discovery, Kept), DiscoverError> {
    let spelt = |names: &[Text]| names.iter().map(|name| names::region(name)).collect();
    let kept = Kept {
        only: spelt(&filter.regions),
        not: spelt(&filter.exclude_regions),
    };
    let mut known: BTreeSet<&str> = regions::of(partition).iter().copied().collect();
    known.extend(found.values().flatten().map(Text::as_str));
    for named in kept.only.iter().chain(&kept.not) {
        if !known.contains(named.as_str()) {
            return Err(unknown_region(named, &known));
        }
    }
    if !kept.only.is_empty() && kept.only.iter().all(|region| kept.not.contains(region)) {
        return Err(DiscoverError::NoRegion {
            help: format!(
                "take `{}` out of --exclude-region, or name others with --regions",
                kept.only[0]
            ),
        });
    }
    let mut discovery = Discovery::default();
    for account in accounts {
        discovery.scopes.push(account.clone());
        let mut regions = found.get(&account.account).cloned().unwrap_or_default();
        regions.extend(kept.only.iter().cloned());
        regions.remove(GLOBAL_REGION);
        for region in regions {
            let scope = account.in_region(region.clone());
            match kept.left_out(&region) {
                Some(why) => discovery.excluded.push((scope, Text::new_static(why))),
                None => discovery.scopes.push(scope),
            }
        }
    }
    Ok((discovery, kept))
}

fn unknown_region(named: &str, known: &BTreeSet<&str>) -> DiscoverError {
    let help = match orch_collect::nearest(named, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = known.iter().copied().collect();
            format!("the regions are {}", names.join(", "))
        }
    };
    DiscoverError::UnknownRegion {
        region: named.to_owned(),
        help,
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Provider;

    use super::*;

    fn scopes(ids: &[&str]) -> Vec<Scope> {
        ids.iter()
            .map(|id| Scope::new(Provider::Azure, "azure", *id, GLOBAL_REGION))
            .collect()
    }

    fn filter(accounts: &[&str], regions: &[&str], exclude: &[&str]) -> ScopeFilter {
        let texts = |names: &[&str]| names.iter().map(Text::new).collect();
        ScopeFilter {
            accounts: texts(accounts),
            regions: texts(regions),
            exclude_regions: texts(exclude),
        }
    }

    fn found(account: &str, regions: &[&str]) -> BTreeMap<Text, BTreeSet<Text>> {
        BTreeMap::from([(Text::new(account), regions.iter().map(Text::new).collect())])
    }

    #[test]
    fn a_subscription_that_is_not_seen_is_an_error_with_those_that_are() {
        let visible = scopes(&["a", "b"]);
        let selected = accounts(&visible, None, &filter(&["B"], &[], &[])).unwrap();
        assert_eq!(selected, scopes(&["b"]));
        let error = accounts(&visible, None, &filter(&["c"], &[], &[])).unwrap_err();
        assert_eq!(error.help(), "the subscriptions are a, b");
        let error = accounts(&visible, Some("shop"), &filter(&["c"], &[], &[])).unwrap_err();
        assert_eq!(
            error.help(),
            "the subscriptions of the management group `shop` are a, b"
        );
        let many: Vec<String> = (0..12).map(|number| format!("s{number:02}")).collect();
        let visible = scopes(&many.iter().map(String::as_str).collect::<Vec<_>>());
        let error = accounts(&visible, None, &filter(&["c"], &[], &[])).unwrap_err();
        assert!(
            error.help().ends_with("s09, and 2 more"),
            "{}",
            error.help()
        );
    }

    #[test]
    fn the_users_choice_of_regions_is_kept_with_its_option() {
        let accounts = scopes(&["a"]);
        let found = found("a", &["global", "northeurope", "westeurope"]);
        let chosen = filter(&[], &["West Europe", "uksouth"], &[]);
        let (discovery, kept) = regions(&accounts, &found, "azure", &chosen).unwrap();
        let read: Vec<&str> = discovery
            .scopes
            .iter()
            .map(|scope| scope.region.as_str())
            .collect();
        assert_eq!(read, ["global", "uksouth", "westeurope"]);
        assert_eq!(
            discovery.excluded,
            [(accounts[0].in_region("northeurope"), "--regions".into())]
        );
        assert_eq!(kept.left_out("northeurope"), Some("--regions"));
        assert_eq!(kept.left_out("global"), None);
        let chosen = filter(&[], &[], &["westeurope"]);
        let (_, kept) = regions(&accounts, &found, "azure", &chosen).unwrap();
        assert_eq!(kept.left_out("westeurope"), Some("--exclude-region"));
    }

    #[test]
    fn a_misspelt_region_is_an_error_with_its_neighbour() {
        let chosen = filter(&[], &["westeurpoe"], &[]);
        let error = regions(&scopes(&["a"]), &BTreeMap::new(), "azure", &chosen);
        assert_eq!(error.unwrap_err().help(), "did you mean `westeurope`?");
        let both = filter(&[], &["ukwest"], &["ukwest"]);
        let error = regions(&scopes(&["a"]), &BTreeMap::new(), "azure", &both);
        assert!(matches!(error, Err(DiscoverError::NoRegion { .. })));
    }
}
