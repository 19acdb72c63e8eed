use orch_model::Body;

use super::super::standin;
use super::*;

#[tokio::test]
async fn a_grant_names_role_holder_and_reach() {
    let read = standin::read("identity.role-assignments", "role-assignments").await;
    assert!(read.is_whole(), "{read:?}");
    let grants = read.bodies(|body| match body {
        Body::IdentityGrant(body) => Some(&**body),
        _ => None,
    });
    let told: Vec<_> = grants
        .iter()
        .map(|grant| {
            let kind = grant.principal_kind.value().unwrap();
            let level = grant.level.value().unwrap();
            (&*grant.role, &**kind, &**level, grant.conditional)
        })
        .collect();
    let unknown = "/subscriptions/11111111-2222-3333-4444-555555555555/providers/microsoft.authorization/roledefinitions/dddddddd-0000-0000-0000-000000000000";
    assert_eq!(
        told,
        [
            ("Owner", "user", "account", Field::Value(false)),
            ("Owner", "group", "management-group", Field::Value(false)),
            (
                "Lock Keeper",
                "service-account",
                "resource-group",
                Field::Value(true)
            ),
            (unknown, "unknown", "resource", Field::Value(false)),
        ]
    );
    assert!(grants[3].on.ends_with("/vaults/safe"));
    assert_eq!(grants[0].principal, "aaaaaaaa-0000-0000-0000-000000000001");
}

#[tokio::test]
async fn only_roles_of_the_customers_are_resources() {
    let read = standin::read("identity.roles", "roles").await;
    assert!(read.is_whole(), "{read:?}");
    assert_eq!(read.resources.len(), 1);
    let Body::IdentityRole(role) = &read.named("Lock Keeper").body else {
        panic!("{read:?}");
    };
    assert!(role.custom);
    assert_eq!(
        role.actions,
        Field::Value(vec![
            "*/read".into(),
            "Microsoft.Authorization/locks/*".into()
        ])
    );
    assert_eq!(
        role.assignable,
        Field::Value(vec![
            "/subscriptions/11111111-2222-3333-4444-555555555555".into()
        ])
    );
}

#[test]
fn a_scope_tells_how_much_it_covers() {
    for (scope, expected) in [
        ("/", "organization"),
        (
            "/providers/Microsoft.Management/managementGroups/m",
            "management-group",
        ),
        ("/subscriptions/s", "account"),
        ("/subscriptions/s/resourceGroups/g", "resource-group"),
        (
            "/subscriptions/s/resourceGroups/g/providers/a/b/c",
            "resource",
        ),
    ] {
        assert_eq!(level(&uid(scope)), expected, "{scope}");
    }
}
