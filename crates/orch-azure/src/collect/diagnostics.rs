//! monitor.log-sink: what diagnostic settings send where, of the subscription and of single resources.

use orch_collect::CollectorSpec;
use orch_model::kind::MonitorLogSink;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Scope, Text, Uid};

use super::common::texts;
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::{links, name, part, sorted};
use crate::names::uid;
use crate::node::{Malformed, Node};

/// The action that a role must allow, for the subscription's settings and for those of resources.
pub(super) const READ: &str = "Microsoft.Insights/diagnosticSettings/read";

/// No version of this list but previews tells groups of categories.
const VERSION: &str = "2021-05-01-preview";

/// Where logs can go. A rule of an event hub is written, its namespace is what is meant.
const DESTINATIONS: [&str; 5] = [
    "eventHubAuthorizationRuleId",
    "marketplacePartnerId",
    "serviceBusRuleId",
    "storageAccountId",
    "workspaceId",
];

/// The diagnostic settings of the subscription: they export its activity log.
pub(super) struct DiagnosticSettings;

impl ArmList for DiagnosticSettings {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.diagnostic-settings",
        service: "monitor",
        datasets: &[Dataset::Kind(Kind::MonitorLogSink)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Insights/diagnosticSettings",
        VERSION,
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let (names, found) = (around.names, found.node());
        let sink = sink(&names.subscription(), names.global().clone(), found)?;
        Ok(vec![sink])
    }
}

/// The diagnostic settings of each resource of a list, which tell these fields.
pub(super) const fn settings(fields: &'static [&'static str]) -> Part {
    let source = Source::get(
        READ,
        "{id}/providers/Microsoft.Insights/diagnosticSettings",
        VERSION,
    );
    Part {
        fields,
        ..Part::list("settings", source)
    }
}

/// Whether one of these categories, or of the groups that hold it, is sent anywhere.
pub(super) fn sends(found: &Element, wanted: &[&str]) -> Result<Field<bool>, Malformed> {
    let Some(settings) = found.part("settings") else {
        return Ok(Field::NotRead);
    };
    for setting in settings {
        let sent = categories(setting.node())?;
        let is_wanted = |sent: &Text| wanted.iter().any(|one| one.eq_ignore_ascii_case(sent));
        if sent.iter().any(is_wanted) {
            return Ok(Field::Value(true));
        }
    }
    Ok(Field::Value(false))
}

/// The sinks of a resource's own settings.
pub(super) fn sinks(of: &Uid, scope: &Scope, found: &Element) -> Result<Vec<Resource>, Malformed> {
    let settings = found.part("settings").unwrap_or_default();
    settings
        .iter()
        .map(|setting| sink(of, scope.clone(), setting.node()))
        .collect()
}

/// One diagnostic setting. Its id is spelt in several ways, so it is composed of what it belongs to.
fn sink(of: &Uid, scope: Scope, found: Node<'_>) -> Result<Resource, Malformed> {
    let name = name(found, found.required("id")?)?;
    let own = uid(&format!(
        "{of}/providers/microsoft.insights/diagnosticsettings/{name}"
    ));
    let mut stores = Vec::new();
    for destination in DESTINATIONS {
        stores.extend(found.uid(&format!("properties.{destination}"))?.map(store));
    }
    let stores = sorted(stores);
    let sent = categories(found)?;
    let body = MonitorLogSink {
        source: Text::new(of.as_str()),
        destinations: stores
            .iter()
            .map(|store| Text::new(store.as_str()))
            .collect(),
        enabled: Field::Value(!sent.is_empty()),
        categories: Field::Value(sent),
        // Whole categories are sent or not.
        filter: Field::None,
        retention_days: Field::NotRead,
    };
    let to = links(Relation::Refers, &stores);
    Ok(part(
        scope,
        own,
        name,
        Field::NotRead,
        Field::NotRead,
        body,
        to,
    ))
}

/// What a destination means: the namespace of an event hub's rule, else itself.
fn store(destination: Uid) -> Uid {
    match destination.as_str().split_once("/authorizationrules/") {
        Some((namespace, _)) => Uid::new(namespace),
        None => destination,
    }
}

/// The categories of logs that a setting sends, and its groups of categories.
fn categories(setting: Node<'_>) -> Result<Vec<Text>, Malformed> {
    let mut sent = Vec::new();
    for log in setting.list("properties.logs")? {
        if log.boolean("enabled")? == Some(true) {
            let names = [log.text("category")?, log.text("categoryGroup")?];
            sent.extend(names.into_iter().flatten().map(Text::new));
        }
    }
    Ok(texts(sent))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;

    use super::super::standin;
    use super::*;

    #[tokio::test]
    async fn the_subscriptions_settings_export_its_log() {
        let read = standin::read("monitor.diagnostic-settings", "diagnostic-settings").await;
        assert!(read.is_whole(), "{read:?}");
        let found = read.named("Export");
        let subscription = "/subscriptions/11111111-2222-3333-4444-555555555555";
        assert_eq!(
            found.uid.as_str(),
            format!("{subscription}/providers/microsoft.insights/diagnosticsettings/export")
        );
        let Body::MonitorLogSink(sink) = &found.body else {
            panic!("{found:?}");
        };
        assert_eq!(sink.source, subscription);
        assert_eq!(
            sink.categories,
            Field::Value(vec!["Administrative".into(), "Security".into()])
        );
        assert_eq!(sink.enabled, Field::Value(true));
        let stores: Vec<&str> = sink
            .destinations
            .iter()
            .filter_map(|store| store.rsplit('/').next())
            .collect();
        assert_eq!(stores, ["bus", "central", "prodlogs"]);
        assert_eq!(found.linked(Relation::Refers).count(), 3);
    }
}
