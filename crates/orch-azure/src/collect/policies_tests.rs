use orch_model::{Body, Cause};
use serde_json::{Value, json};

use super::super::standin::{self, Read};
use super::*;

fn policy<'r>(read: &'r Read, name: &str) -> &'r GovernancePolicy {
    match &read.named(name).body {
        Body::GovernancePolicy(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_assignment_has_its_part_of_the_summary() {
    let read = standin::read("governance.policies", "policies").await;
    assert!(read.is_whole(), "{read:?}");
    let locations = policy(&read, "Allowed locations");
    assert_eq!(locations.enforced, Field::Value(true));
    assert_eq!(locations.noncompliant, Field::Value(4));
    assert!(
        locations
            .constraint
            .ends_with("/policydefinitions/e56962a6")
    );
    let trial = policy(&read, "Trial");
    assert_eq!(trial.enforced, Field::Value(false));
    assert!(trial.noncompliant.is_not_read());
}

#[tokio::test]
async fn a_refused_summary_leaves_the_assignments() {
    let deny = |exchange: &mut Value| {
        if exchange["method"] == "POST" {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    };
    let read = standin::read_changed("governance.policies", "policies", deny).await;
    assert!(read.result.is_ok(), "{read:?}");
    assert!(
        policy(&read, "Allowed locations")
            .noncompliant
            .is_not_read()
    );
    let why = &read.named("Allowed locations").not_read;
    assert_eq!(
        why.as_ref().unwrap()["body.noncompliant"].cause,
        Cause::Denied
    );
}
