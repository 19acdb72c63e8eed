//! monitor.alert: alerts on the activity log.

use orch_collect::CollectorSpec;
use orch_model::kind::MonitorAlert;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Uid};

use super::common::texts;
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::resource;
use crate::names::uid;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Insights/activityLogAlerts/read";

/// Alerts on the activity log.
pub(super) struct ActivityAlerts;

impl ArmList for ActivityAlerts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.activity-alerts",
        service: "monitor",
        datasets: &[Dataset::Kind(Kind::MonitorAlert)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Insights/activityLogAlerts",
        "2020-10-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let condition = condition(of)?;
        let watches = of.texts("properties.scopes")?;
        let watches = texts(watches.into_iter().map(|on| Text::new(uid(on).as_str())));
        let groups = of.list("properties.actions.actionGroups")?.count();
        let body = MonitorAlert {
            enabled: of.seen_bool("properties.enabled")?,
            operation: Field::read(condition.operations.first().cloned()),
            category: Field::read(condition.category),
            metrics: Field::None,
            filter: Field::read((!condition.narrowed.is_empty()).then(|| {
                let narrowed: Vec<&str> = condition.narrowed.iter().map(Text::as_str).collect();
                Text::from(narrowed.join(" and "))
            })),
            watches: Field::Value(watches),
            notifies: Field::Value(groups > 0),
        };
        let alert = resource(around.names, of, Field::NotRead, body, [])?;
        Ok(each(alert, &condition.operations))
    }
}

/// An alert for each operation that it watches for. One that watches for several is as many resources, told
/// apart by the operation at the end of their identities.
fn each(alert: Resource, operations: &[Text]) -> Vec<Resource> {
    if operations.len() < 2 {
        return vec![alert];
    }
    let of_operation = |operation: &Text| {
        let mut one = alert.clone();
        one.uid = Uid::new(format!("{}/operations/{operation}", alert.uid));
        if let orch_model::Body::MonitorAlert(body) = &mut one.body {
            body.operation = Field::Value(operation.clone());
        }
        one
    };
    operations.iter().map(of_operation).collect()
}

/// What makes an alert go off.
#[derive(Debug, Default)]
struct Condition {
    category: Option<Text>,
    /// Sorted; empty means every operation.
    operations: Vec<Text>,
    /// What else must hold.
    narrowed: Vec<Text>,
}

fn condition(of: Node<'_>) -> Result<Condition, Malformed> {
    let mut condition = Condition::default();
    for all in of.list("properties.condition.allOf")? {
        // What stands below `anyOf` is one of several; alone, it must hold.
        let any: Vec<Node<'_>> = all.list("anyOf")?.collect();
        let any = if any.is_empty() { vec![all] } else { any };
        let mut fields = Vec::new();
        for one in any {
            let field = one.text("field")?.unwrap_or_default().to_ascii_lowercase();
            let mut values = one.texts("containsAny")?;
            values.extend(one.text("equals")?);
            match field.as_str() {
                "operationname" => {
                    let values = values.iter().map(|value| value.to_ascii_lowercase());
                    condition.operations.extend(values.map(Text::from));
                }
                "category" => {
                    let category = values.first().map(|value| value.to_ascii_lowercase());
                    condition.category = condition.category.or(category.map(Text::from));
                }
                _ => fields.push(narrows(&field, &values)),
            }
        }
        if !fields.is_empty() {
            condition.narrowed.push(Text::from(fields.join(" or ")));
        }
    }
    condition.operations = texts(condition.operations);
    condition.narrowed = texts(condition.narrowed);
    Ok(condition)
}

/// A condition in words. Who does it is left out: people stand there by name.
fn narrows(field: &str, values: &[&str]) -> String {
    if field == "caller" || field.starts_with("claims") {
        field.to_owned()
    } else {
        format!("{field} = {}", values.join("|"))
    }
}

#[cfg(test)]
#[path = "activity_alerts_tests.rs"]
mod tests;
