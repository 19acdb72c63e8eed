//! database.document: Cosmos DB accounts.

use orch_collect::CollectorSpec;
use orch_model::kind::DatabaseDocument;
use orch_model::{Cidr, Dataset, Field, Kind, Reach, Resource};

use super::common::{blocks, enabled, private_endpoints};
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::resource;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.DocumentDB/databaseAccounts/read";

/// Cosmos DB accounts.
pub(super) struct CosmosAccounts;

impl ArmList for CosmosAccounts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.cosmos-accounts",
        service: "database",
        datasets: &[Dataset::Kind(Kind::DatabaseDocument)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts",
        "2024-11-15",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let allowed = allowed(of)?;
        let filtered = of.boolean("properties.isVirtualNetworkFilterEnabled")?;
        // An answer that tells whether keys may be used is of a version that knows all the rest.
        let keys_disabled = of.boolean("properties.disableLocalAuth")?;
        let is_current = keys_disabled.is_some();
        let body = DatabaseDocument {
            public_access: enabled(of, "properties.publicNetworkAccess")?,
            denies_by_default: match filtered {
                _ if !allowed.is_empty() => Field::Value(true),
                Some(filtered) => Field::Value(filtered),
                None => Field::NotRead,
            },
            allowed_blocks: allowed,
            private_endpoints: match private_endpoints(of)? {
                Field::NotRead if is_current => Field::Value(0),
                read => read,
            },
            keys_disabled: Field::seen(keys_disabled),
            customer_key: match of.has("properties.keyVaultKeyUri") {
                true => Field::Value(true),
                false if is_current => Field::Value(false),
                false => Field::NotRead,
            },
            zones: zones(of)?,
        };
        let made = Field::seen(of.time("systemData.createdAt")?);
        Ok(vec![resource(around.names, of, made, body, [])?])
    }
}

/// The blocks on its list; old versions write them in one text.
fn allowed(of: Node<'_>) -> Result<Vec<Cidr>, Malformed> {
    let mut found = blocks(of, "properties.ipRules", "ipAddressOrRange")?;
    let filter = "properties.ipRangeFilter";
    for block in of.text(filter)?.unwrap_or_default().split(',') {
        let block = block.trim();
        if !block.is_empty() {
            found.push(block.parse().map_err(|_| of.bad(filter))?);
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Whether every place it lies in has more than one zone.
fn zones(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let mut all = None;
    for location in of.list("properties.locations")? {
        match location.boolean("isZoneRedundant")? {
            Some(redundant) => all = Some(redundant && all.unwrap_or(true)),
            None => return Ok(Field::NotRead),
        }
    }
    Ok(Field::seen(all))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::{Value, json};

    use super::super::standin::scope;
    use super::*;

    fn account(properties: Value) -> Result<DatabaseDocument, Malformed> {
        let found = Element::bare(json!({
            "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.DocumentDB/databaseAccounts/D",
            "location": "West Europe", "properties": properties,
        }));
        let scope = scope();
        let resources = CosmosAccounts::resources(&Around::bare(&scope), &found)?;
        match &resources[0].body {
            Body::DatabaseDocument(body) => Ok((**body).clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_list_of_addresses_denies_the_rest() {
        let open = account(json!({
            "isVirtualNetworkFilterEnabled": false, "ipRules": [], "disableLocalAuth": true,
            "publicNetworkAccess": "Enabled", "locations": [{ "isZoneRedundant": true }],
        }))
        .unwrap();
        assert_eq!(open.denies_by_default, Field::Value(false));
        assert_eq!(open.public_access, Field::Value(true));
        assert_eq!(open.keys_disabled, Field::Value(true));
        assert_eq!(open.private_endpoints, Field::Value(0));
        assert_eq!(open.zones, Field::Value(true));
        let listed = account(json!({
            "isVirtualNetworkFilterEnabled": false,
            "ipRules": [{ "ipAddressOrRange": "203.0.113.7" }],
        }))
        .unwrap();
        assert_eq!(listed.denies_by_default, Field::Value(true));
        let old = account(json!({ "ipRangeFilter": "1.2.2.128/25,3.1.1.1" })).unwrap();
        assert_eq!(old.allowed_blocks.len(), 2);
        assert!(old.keys_disabled.is_not_read() && old.private_endpoints.is_not_read());
        assert!(old.public_access.is_not_read() && old.customer_key.is_not_read());
    }

    #[test]
    fn an_odd_block_is_told_by_its_place() {
        let odd = account(json!({ "ipRules": [{ "ipAddressOrRange": "everywhere" }] }));
        let place = "properties.ipRules[0].ipAddressOrRange";
        assert_eq!(odd, Err(Malformed(place.into())));
    }
}
