use orch_model::Body;

use super::super::standin::{self, Read};
use super::*;

fn alert(resource: &Resource) -> &MonitorAlert {
    match &resource.body {
        Body::MonitorAlert(body) => body,
        other => panic!("{other:?}"),
    }
}

async fn alerts() -> Read {
    let read = standin::read("monitor.activity-alerts", "activity-alerts").await;
    assert!(read.is_whole(), "{read:?}");
    read
}

#[tokio::test]
async fn an_alert_names_its_operation_in_lower_case() {
    let read = alerts().await;
    let nsg = alert(read.named("nsg"));
    assert_eq!(
        nsg.operation,
        Field::Value("microsoft.network/networksecuritygroups/write".into())
    );
    assert_eq!(nsg.category, Field::Value("administrative".into()));
    assert_eq!(nsg.filter, Field::None);
    assert_eq!(
        (nsg.enabled, nsg.notifies),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        nsg.watches,
        Field::Value(vec![
            "/subscriptions/11111111-2222-3333-4444-555555555555".into()
        ])
    );
}

#[tokio::test]
async fn an_alert_on_two_operations_is_one_for_each() {
    let read = alerts().await;
    let operations: Vec<_> = read
        .resources
        .iter()
        .filter(|resource| resource.name == "two")
        .map(|resource| {
            let operation = alert(resource).operation.value().unwrap();
            assert!(
                resource
                    .uid
                    .as_str()
                    .ends_with(&format!("/two/operations/{operation}"))
            );
            operation.as_str()
        })
        .collect();
    assert_eq!(
        operations,
        [
            "microsoft.sql/servers/firewallrules/delete",
            "microsoft.sql/servers/firewallrules/write"
        ]
    );
}

#[tokio::test]
async fn what_narrows_an_alert_is_told_without_names_of_people() {
    let read = alerts().await;
    let narrow = alert(read.named("narrow"));
    assert_eq!(
        narrow.filter,
        Field::Value("caller and level = Error".into())
    );
    assert_eq!(narrow.notifies, Field::Value(false));
    let health = alert(read.named("health"));
    assert_eq!(
        (health.enabled, &health.operation),
        (Field::Value(false), &Field::None)
    );
    assert_eq!(health.category, Field::Value("servicehealth".into()));
    let filter = "properties.incidenttype = Incident or properties.incidenttype = Security";
    assert_eq!(health.filter, Field::Value(filter.into()));
}
