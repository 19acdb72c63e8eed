//! One resource seen from two accounts becomes one: the owner's reading wins.

use orch_model::{Provider, Resource, Scope};

/// Makes one of the readings of one resource, which are at least one and in the order of their scopes.
pub(crate) fn merge(mut readings: Vec<Resource>) -> Option<Resource> {
    let best = readings.iter().enumerate().max_by_key(|(place, reading)| {
        // Of equals the first, so that the order of the shards decides and not that of arrival.
        (owner(reading), std::cmp::Reverse(*place))
    });
    let place = best.map(|(place, _)| place)?;
    let mut seen_from: Vec<Scope> = readings
        .iter()
        .flat_map(|reading| reading.seen_from.iter().chain([&reading.scope]))
        .cloned()
        .collect();
    seen_from.sort_unstable();
    seen_from.dedup();
    let mut resource = readings.swap_remove(place);
    if seen_from
        .iter()
        .any(|scope| !scope.same_account(&resource.scope))
    {
        resource.seen_from = seen_from;
    }
    Some(resource)
}

/// How far a reading is the owner's: its account is the one in the uid, and then its region.
fn owner(reading: &Resource) -> (bool, bool) {
    let uid = reading.uid.as_str();
    let scope = &reading.scope;
    let after = |marker: &str| {
        uid.split_once(marker)
            .and_then(|(_, rest)| rest.split('/').next())
    };
    match scope.provider {
        Provider::Aws => {
            let mut parts = uid.split(':').skip(3);
            let region = parts.next() == Some(scope.region.as_str());
            (parts.next() == Some(scope.account.as_str()), region)
        }
        Provider::Azure => (
            after("/subscriptions/")
                .is_some_and(|account| account.eq_ignore_ascii_case(&scope.account)),
            false,
        ),
        Provider::Gcp => (after("/projects/") == Some(scope.account.as_str()), false),
    }
}
