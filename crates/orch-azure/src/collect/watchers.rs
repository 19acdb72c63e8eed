//! network.watcher and network.flow-log: Network Watchers, and the flow logs that belong to each.

use orch_collect::CollectorSpec;
use orch_model::kind::{NetworkFlowLog, NetworkWatcher};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::{links, resource};
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/networkWatchers/read";
const LOGS: &str = "Microsoft.Network/networkWatchers/flowLogs/read";
const VERSION: &str = "2024-05-01";

/// Network Watchers with their flow logs.
pub(super) struct Watchers;

impl ArmList for Watchers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.watchers",
        service: "network",
        datasets: &[
            Dataset::Kind(Kind::NetworkWatcher),
            Dataset::Kind(Kind::NetworkFlowLog),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LOGS), free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/networkWatchers",
        VERSION,
    );
    const PARTS: &'static [Part] = &[Part::list(
        "logs",
        Source::get(LOGS, "{id}/flowLogs", VERSION),
    )];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let node = found.node();
        let state = node.text("properties.provisioningState")?;
        let body = NetworkWatcher {
            state: Text::new(state.unwrap_or_default()),
        };
        let made = Field::NotRead;
        let mut resources = vec![resource(around.names, node, made, body, [])?];
        for log in found.part("logs").unwrap_or_default() {
            resources.push(flow_log(around, log.node())?);
        }
        Ok(resources)
    }
}

/// One flow log.
fn flow_log(around: &Around<'_>, found: Node<'_>) -> Result<Resource, Malformed> {
    let of = found.at("properties")?;
    let target = of
        .uid("targetResourceId")?
        .ok_or_else(|| of.missing("targetResourceId"))?;
    let days = of.int("retentionPolicy.days")?;
    let limited = of.boolean("retentionPolicy.enabled")?;
    let analytics = of.at("flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration")?;
    let links: Vec<_> = links(Relation::AttachedTo, [&target]).collect();
    let body = NetworkFlowLog {
        target,
        active: of
            .boolean("enabled")?
            .ok_or_else(|| of.missing("enabled"))?,
        traffic: Text::new_static("all"),
        destination: Field::read(
            of.has("storageId")
                .then(|| Text::new_static("storage-account")),
        ),
        // What is not thrown away after some days is kept for ever.
        retention_days: match limited {
            Some(false) => Field::Value(0),
            _ => Field::seen(days),
        },
        analysed: Field::Value(analytics.boolean("enabled")?.unwrap_or(false)),
        delivering: Field::NotRead,
    };
    resource(around.names, found, Field::NotRead, body, links)
}
