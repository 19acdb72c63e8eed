//! cloud.account: the subscription, the locations it may use, and the management groups it lies in.

use std::sync::Arc;

use async_trait::async_trait;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::{CloudAccount, RegionStatus};
use orch_model::{Cause, Dataset, Field, Gap, Kind, Reach, Resource, Scope, Text, Uid};
use serde_json::Value;

use super::list::{Source, free, look, note};
use super::{Decoded, Entry};
use crate::call::Caller;
use crate::convert::{part, tags};
use crate::error::Failure;
use crate::graph;
use crate::names::{self, Names};
use crate::node::{Malformed, Node};
use crate::provider::Azure;
use crate::subscriptions::SUBSCRIPTIONS;

const LOCATIONS: Source = Source::get(
    "Microsoft.Resources/subscriptions/locations/read",
    "/subscriptions/{subscription}/locations",
    "2022-12-01",
);

/// Management groups tell what lies in them only to who may read them all; Resource Graph tells it to everybody.
const ANCESTORS: Source = graph::question(
    "ResourceContainers | where type =~ 'microsoft.resources/subscriptions' \
     | project ancestors = properties.managementGroupAncestorsChain",
);

const SPEC: CollectorSpec = CollectorSpec {
    name: "account",
    service: "resources",
    datasets: &[Dataset::Kind(Kind::CloudAccount)],
    reach: Reach::Global,
    after: &[],
    operations: &[free(ANCESTORS.operation), free(LOCATIONS.operation)],
};

pub(super) const ENTRY: Entry = Entry {
    spec: &SPEC,
    make: |azure| Box::new(Account(azure.clone())),
    decode,
    #[cfg(test)]
    sources: || {
        [ANCESTORS, LOCATIONS]
            .map(|source| (source.pattern(""), source))
            .to_vec()
    },
};

/// Hands over what is known of a subscription since we signed in, with what it lies in.
struct Account(Arc<Azure>);

#[async_trait]
impl Collector for Account {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 2,
            assumption: "subscriptions are listed once, when an audit begins".to_owned(),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let azure = &*self.0;
        let caller = Caller::collector(SPEC.name, ctx);
        let account = &ctx.scope.account;
        if azure.is_unseen(account) {
            let what = format!("does not tell {account}");
            return Err(Failure::new(SUBSCRIPTIONS.operation, Cause::Denied, what).into());
        }
        if let Some(gap) = azure.untold_subscriptions() {
            out.not_read(gap.clone());
        }
        let known = azure
            .subscriptions
            .iter()
            .find(|known| known.id == *account);
        let value = known.map_or(Value::Null, |known| known.value.clone());
        let locations = look(&azure.client, &caller, account, &LOCATIONS).await?;
        let regions = match locations.texts("name") {
            Some(names) => Field::Value(statuses(names)),
            None => Field::NotRead,
        };
        let mut gaps: Vec<(&str, Gap)> = Vec::new();
        gaps.extend(locations.gap().map(|gap| ("body.regions", gap.clone())));
        let groups = look(&azure.client, &caller, account, &ANCESTORS).await?;
        gaps.extend(groups.gap().map(|gap| ("body.ancestors", gap.clone())));
        let undecodable = |Malformed(place)| Failure::undecodable(ANCESTORS.operation, place);
        let ancestors = ancestors(groups.nodes()).map_err(undecodable)?;
        let mut resource = subscription(&ctx.scope, Node::of(&value), ancestors, regions)
            .map_err(|Malformed(place)| Failure::undecodable("subscriptions", place))?;
        for (field, gap) in gaps {
            note(&gap, out);
            resource
                .not_read
                .get_or_insert_default()
                .insert(Text::new_static(field), gap);
        }
        out.push(resource);
        Ok(())
    }
}

/// The locations, sorted: everything a subscription is told of it may use.
fn statuses<'a>(names: impl Iterator<Item = &'a str>) -> Vec<RegionStatus> {
    let mut regions: Vec<RegionStatus> = names
        .map(|name| RegionStatus {
            name: names::region(name),
            enabled: true,
        })
        .collect();
    regions.sort_by(|one, other| one.name.cmp(&other.name));
    regions
}

/// The management groups, from the nearest to the root.
fn ancestors<'a>(rows: impl Iterator<Item = Node<'a>>) -> Result<Vec<Uid>, Malformed> {
    let mut ancestors = Vec::new();
    for row in rows {
        for group in row.list("ancestors")? {
            let name = group.required("name")?;
            ancestors.push(names::uid(&format!("{}/{name}", names::GROUPS)));
        }
    }
    Ok(ancestors)
}

/// The subscription as a resource.
fn subscription(
    scope: &Scope,
    found: Node<'_>,
    ancestors: Vec<Uid>,
    regions: Field<Vec<RegionStatus>>,
) -> Result<Resource, Malformed> {
    let names = Names::new(scope);
    let name = found.text("displayName")?.unwrap_or(&scope.account);
    let tags = if found.is_none() {
        Field::NotRead
    } else {
        Field::Value(tags(found)?)
    };
    let body = CloudAccount {
        account_id: scope.account.clone(),
        partition: scope.partition.clone(),
        ancestors,
        gcp: Field::NotRead,
        regions,
    };
    let scope = names.global().clone();
    let (uid, made) = (names.subscription(), Field::NotRead);
    Ok(part(scope, uid, Text::new(name), tags, made, body, []))
}

/// Decodes a list of subscriptions without asking anybody.
fn decode(scope: &Scope, body: Value) -> Decoded {
    let read = || {
        Node::of(&body)
            .list("value")?
            .map(|found| {
                let id = found.required("subscriptionId")?.to_ascii_lowercase();
                let provider = scope.provider;
                let partition = scope.partition.clone();
                let scope = Scope::new(provider, partition, id, scope.region.clone());
                subscription(&scope, found, Vec::new(), Field::NotRead)
            })
            .collect::<Result<Vec<_>, Malformed>>()
    };
    match read() {
        Ok(resources) => Decoded {
            resources,
            gap: None,
        },
        Err(Malformed(place)) => Decoded {
            resources: Vec::new(),
            gap: Some(Failure::undecodable("subscriptions", place).gap()),
        },
    }
}
