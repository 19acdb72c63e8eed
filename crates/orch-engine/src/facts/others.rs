//! alerts, grants, locks, log sinks and others: what else the account holds that bears on a resource.

use std::sync::LazyLock;

use orch_model::kind::{
    DnsPolicy, GovernanceLock, GovernanceService, IdentityGrant, IdentityRole, MonitorAlert,
    MonitorLogMetric, MonitorLogSink, NetworkGateway, NetworkWatcher, SecurityContact,
    SecurityPlan,
};
use orch_model::{Body, Dataset, Field, Kind, Resource, Text};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, found};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::slots::Converter;
use crate::value::Value;

/// One of the others: all that its kind tells, with its id and name.
#[derive(Serialize, JsonSchema)]
struct View<'r, B> {
    /// Its id.
    id: &'r str,
    /// Its name.
    name: &'r Text,
    #[serde(flatten)]
    body: &'r B,
}

/// The resources of one kind in the account that belong to the resource that is asked.
pub(super) struct Others<B> {
    spec: FactSpec,
    body: fn(&Body) -> Option<&B>,
    /// Whether one of them belongs to the resource: the resource, the other, its body.
    belongs: fn(&Resource, &Resource, &B) -> bool,
    converter: LazyLock<Converter>,
}

/// The table: name, kinds that ask, kind that is listed, which of them belong, and a sentence.
macro_rules! others {
    ($($name:literal on $($on:ident),+: $kind:ident where $belongs:expr, $about:literal;)*) => {
        /// Every fact of this file.
        pub(super) fn all() -> Vec<Box<dyn Fact>> {
            vec![$(Box::new(Others::<$kind> {
                spec: FactSpec {
                    name: $name,
                    kinds: &[$(Kind::$on),+],
                    schema: schema::<$kind>,
                    needs: &[Dataset::Kind(Kind::$kind)],
                    about: $about,
                },
                body: |body| match body {
                    Body::$kind(body) => Some(body),
                    _ => None,
                },
                belongs: $belongs,
                converter: LazyLock::new(|| Converter::new(&Type::of::<View<'static, $kind>>())),
            })),*]
        }
    };
}

others! {
    "alerts" on CloudAccount: MonitorAlert where |_, _, _| true,
        "The alerts of the account.";
    "contacts" on CloudAccount: SecurityContact where |_, _, _| true,
        "Whom the provider tells about threats in the account.";
    "dns_policies" on NetworkVpc: DnsPolicy where
        |network, _, policy| policy.vpcs.contains(&network.uid),
        "The policies on how names are resolved in it.";
    "gateways" on CloudAccount: NetworkGateway where |_, _, _| true,
        "The gateways of the account.";
    "grants" on CloudAccount: IdentityGrant where |_, _, _| true,
        "Who has which role in the account, or above it where that was read.";
    "locks" on DatabaseDocument, DatabaseServer, SecurityVault, StorageAccount: GovernanceLock where
        |resource, _, lock| covers(&lock.on, resource),
        "The locks on it, its group or its account.";
    "log_metrics" on CloudAccount: MonitorLogMetric where |_, _, _| true,
        "The metrics that are made of the account's logs.";
    "log_sinks" on CloudAccount: MonitorLogSink where
        |account, _, sink| account.uid.as_str().eq_ignore_ascii_case(&sink.source),
        "Where the account's own log is sent.";
    "log_sinks" on StorageAccount, StorageBucket: MonitorLogSink where
        |store, _, sink| sink.destinations.iter().any(|destination| is_store(destination, store)),
        "The sinks that send logs to it.";
    "plans" on CloudAccount: SecurityPlan where |_, _, _| true,
        "The provider's protection plans for the account.";
    "roles" on CloudAccount: IdentityRole where |_, _, _| true,
        "The roles that the customer made.";
    "services" on CloudAccount: GovernanceService where |_, _, _| true,
        "The services that are known to be on or off.";
    "watchers" on NetworkVpc: NetworkWatcher where
        |network, watcher, _| watcher.scope == network.scope,
        "The network watchers of its region.";
}

fn schema<B: JsonSchema + 'static>() -> Schema {
    schema_for!(Vec<View<'static, B>>)
}

/// Whether something that holds for `on` holds for the resource: it is the same or lies above it.
fn covers(on: &str, resource: &Resource) -> bool {
    let uid = resource.uid.as_str();
    let (on, rest) = match uid.split_at_checked(on.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(on) => (start, rest),
        _ => return false,
    };
    !on.is_empty() && (rest.is_empty() || rest.starts_with('/'))
}

/// Whether a sink's destination is this store. Google names a bucket without its project.
fn is_store(destination: &str, store: &Resource) -> bool {
    destination.eq_ignore_ascii_case(store.uid.as_str())
        || destination.strip_prefix("storage.googleapis.com/") == Some(store.uid.short())
            && store.kind() == Kind::StorageBucket
}

impl<B: Serialize + JsonSchema + 'static> Fact for Others<B> {
    fn spec(&self) -> &FactSpec {
        &self.spec
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let mut values = Vec::new();
        let mut complete = Ok(());
        for need in self.spec.needs {
            let Dataset::Kind(kind) = need else { continue };
            let listing = inventory.list_account(*kind, &resource.scope);
            for other in listing.items {
                let Some(body) = (self.body)(&other.body) else {
                    continue;
                };
                if !(self.belongs)(resource, other, body) {
                    continue;
                }
                let view = View {
                    id: other.uid.short(),
                    name: &other.name,
                    body,
                };
                let untold = |path: &str| super::not_told(path, &other.uid).0;
                values.push(self.converter.convert(&view, &untold));
            }
            complete = listing.complete;
        }
        Ok(Field::Value(found(values, complete)))
    }
}

#[cfg(test)]
mod tests {
    use orch_model::kind::StorageAccount;
    use orch_model::{Provider, Scope, Uid};
    use serde_json::json;

    use super::*;

    fn store(uid: &str) -> Resource {
        let body: StorageAccount = serde_json::from_value(json!({})).unwrap();
        Resource {
            uid: Uid::new(uid),
            scope: Scope::new(Provider::Azure, "azure", "a", "westeurope"),
            name: "store".into(),
            tags: Field::NotRead,
            created_at: Field::NotRead,
            body: body.into(),
            links: Vec::new(),
            seen_from: Vec::new(),
            not_read: None,
        }
    }

    #[test]
    fn a_lock_holds_for_what_lies_below_it_and_not_for_a_neighbour() {
        let place = "/subscriptions/a/resourcegroups/rg/store";
        let store = store(place);
        assert!(covers("/subscriptions/a", &store));
        assert!(covers("/Subscriptions/A/resourceGroups/RG", &store));
        assert!(covers(place, &store));
        assert!(!covers("/subscriptions/a/resourcegroups/r", &store));
        assert!(!covers(
            "/subscriptions/a/resourcegroups/rg/store/blobs",
            &store
        ));
        assert!(!covers("", &store));
        let odd = self::store("/subscriptions/ä");
        assert!(!covers("/subscriptions/a1", &odd), "inside a letter");
    }

    #[test]
    fn every_member_of_the_other_kind_has_a_type() {
        for fact in all() {
            let spec = fact.spec();
            let Type::List(ty) = Type::of_schema(&(spec.schema)()) else {
                panic!("{} is no list", spec.name);
            };
            let Type::Struct(view) = &*ty else {
                panic!("{} is no list of structs", spec.name);
            };
            assert!(!ty.has_any(), "{}", spec.name);
            let Some(Dataset::Kind(kind)) = spec.needs.first() else {
                panic!("{} lists nothing", spec.name);
            };
            let Type::Struct(own) = Type::of_schema(&kind.schema()) else {
                panic!("{kind} is no struct");
            };
            assert_eq!(
                view.members().len(),
                own.members().len() + 2,
                "{}: a member of {kind} is called id or name",
                spec.name
            );
        }
    }
}
