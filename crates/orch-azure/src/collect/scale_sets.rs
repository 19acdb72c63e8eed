//! compute.scaling-group: virtual machine scale sets.

use orch_collect::CollectorSpec;
use orch_model::kind::ComputeScalingGroup;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, resource, sorted};
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Compute/virtualMachineScaleSets/read";

/// Scale sets.
pub(super) struct ScaleSets;

impl ArmList for ScaleSets {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.scale-sets",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeScalingGroup)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets",
        "2024-07-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let profile = of.at("virtualMachineProfile")?;
        let upgrades = of.at("upgradePolicy")?;
        let (mut firewalls, mut public) = (Vec::new(), false);
        let cards = profile.at("networkProfile.networkInterfaceConfigurations")?;
        for card in cards.list("")? {
            firewalls.extend(card.uid("properties.networkSecurityGroup.id")?);
            for configuration in card.list("properties.ipConfigurations")? {
                public |= configuration.has("properties.publicIPAddressConfiguration");
            }
        }
        let firewalls = sorted(firewalls);
        // A set without a profile takes machines that were made elsewhere.
        let told = !cards.is_none();
        let links: Vec<_> = links(Relation::GuardedBy, &firewalls).collect();
        let body = ComputeScalingGroup {
            instance_type: found.seen_text("sku.name")?,
            size: Field::seen(found.int("sku.capacity")?),
            zones: found.texts("zones")?.into_iter().map(Text::new).collect(),
            firewalls: Field::seen(told.then_some(firewalls)),
            public_addresses_per_instance: Field::seen(told.then_some(public)),
            automatic_upgrades: switch(
                upgrades,
                "automaticOSUpgradePolicy.enableAutomaticOSUpgrade",
            )?,
            autohealing: Field::seen(
                of.boolean("automaticRepairsPolicy.enabled")?
                    .or_else(|| (!upgrades.is_none()).then_some(false)),
            ),
        };
        let made = Field::seen(of.time("timeCreated")?);
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// A switch that is left out while it is off, below something that is not left out.
fn switch(of: Node<'_>, path: &str) -> Result<Field<bool>, Malformed> {
    let known = of.boolean(path)?;
    Ok(Field::seen(
        known.or_else(|| (!of.is_none()).then_some(false)),
    ))
}
