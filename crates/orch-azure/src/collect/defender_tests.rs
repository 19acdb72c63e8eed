use orch_model::Body;
use serde_json::{Value, json};

use super::super::standin::{self, scope};
use super::*;

#[tokio::test]
async fn a_plan_is_on_where_it_is_paid_for() {
    let read = standin::read("security.plans", "defender-plans").await;
    assert!(read.is_whole(), "{read:?}");
    let plans: Vec<_> = read
        .bodies(|body| match body {
            Body::SecurityPlan(body) => Some(&**body),
            _ => None,
        })
        .iter()
        .map(|plan| (plan.plan.clone(), plan.enabled))
        .collect();
    assert_eq!(
        plans,
        [
            ("VirtualMachines".into(), Field::Value(true)),
            ("Dns".into(), Field::Value(false))
        ]
    );
}

#[tokio::test]
async fn a_contact_is_known_to_have_an_address_and_not_which() {
    let read = standin::read("security.contacts", "security-contacts").await;
    assert!(read.is_whole(), "{read:?}");
    let Body::SecurityContact(contact) = &read.named("default").body else {
        panic!("{read:?}");
    };
    assert_eq!(contact.has_email, Field::Value(true));
    assert_eq!(contact.notifies_owners, Field::Value(true));
    assert_eq!(contact.minimum_severity, Field::Value("high".into()));
    assert!(read.named("default").scope.is_global());
    let kept = serde_json::to_string(&read.resources).unwrap();
    assert!(!kept.contains("example.com"));
}

#[test]
fn every_version_of_contacts_is_understood() {
    let contact = |properties: Value| {
        let id = "/subscriptions/S/providers/Microsoft.Security/securityContacts/default";
        let found = Element::bare(json!({ "id": id, "properties": properties }));
        let scope = scope();
        let made = Contacts::resources(&Around::bare(&scope), &found).unwrap();
        match &made[0].body {
            Body::SecurityContact(body) => (**body).clone(),
            other => panic!("{other:?}"),
        }
    };
    let second = contact(json!({
        "emails": "", "alertNotifications": { "state": "On", "minimalSeverity": "Low" },
        "notificationsByRole": { "state": "On", "roles": ["Admin"] },
    }));
    assert_eq!(second.has_email, Field::Value(false));
    assert_eq!(second.minimum_severity, Field::Value("low".into()));
    assert_eq!(second.notifies_owners, Field::Value(false));
    let first = contact(json!({
        "email": "a@b", "alertNotifications": "Off", "alertsToAdmins": "On",
    }));
    assert_eq!(first.has_email, Field::Value(true));
    assert_eq!(
        (first.minimum_severity, first.notifies_owners),
        (Field::None, Field::Value(true))
    );
    let silent = contact(json!({}));
    assert!(silent.minimum_severity.is_not_read() && silent.notifies_owners.is_not_read());
    let off = contact(json!({ "isEnabled": false }));
    assert_eq!(off.minimum_severity, Field::None);
}
