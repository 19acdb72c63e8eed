//! identity.grant: who has which role on what.

use orch_collect::CollectorSpec;
use orch_model::kind::IdentityGrant;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Uid};

use super::common::told;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use super::roles;
use crate::convert::{name, part};
use crate::names::uid;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Authorization/roleAssignments/read";

/// Role assignments at, below and above the subscription.
pub(super) struct RoleAssignments;

impl ArmList for RoleAssignments {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "identity.role-assignments",
        service: "identity",
        datasets: &[Dataset::Kind(Kind::IdentityGrant)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(roles::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments",
        "2022-04-01",
    );
    const BESIDE: &'static [Beside] = &[Beside {
        name: "roles",
        source: roles::Roles::LIST,
        shared: true,
        fields: &["body.role"],
    }];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let (names, of) = (around.names, found.node());
        let id = of.required("id")?;
        let on = uid(of.required("properties.scope")?);
        let body = IdentityGrant {
            role: role(around, of)?,
            principal: Text::new(of.required("properties.principalId")?),
            principal_kind: Field::seen(of.text("properties.principalType")?.map(principal_kind)),
            level: Field::Value(Text::new_static(level(&on))),
            on: Text::new(on.as_str()),
            conditional: if told(of, "properties", "condition")? {
                Field::Value(of.text("properties.condition")?.is_some())
            } else {
                Field::NotRead
            },
        };
        let made = Field::seen(of.time("properties.createdOn")?);
        Ok(vec![part(
            names.global().clone(),
            uid(id),
            name(of, id)?,
            // Assignments cannot be tagged.
            Field::None,
            made,
            body,
            [],
        )])
    }
}

/// The role's name, or its id where the name is not known. Roles of above are named without a subscription.
fn role(around: &Around<'_>, of: Node<'_>) -> Result<Text, Malformed> {
    let id = uid(of.required("properties.roleDefinitionId")?);
    let here = Uid::new(format!(
        "{}/providers/microsoft.authorization/roledefinitions/{}",
        around.names.subscription(),
        id.short()
    ));
    for id in [&id, &here] {
        if let Field::Value(role) = around.find("roles", id)
            && let Some(name) = role.text("properties.roleName")?
        {
            return Ok(Text::new(name));
        }
    }
    Ok(Text::new(id.as_str()))
}

fn principal_kind(word: &str) -> Text {
    Text::new_static(match word.to_ascii_lowercase().as_str() {
        "user" => "user",
        "group" | "foreigngroup" => "group",
        "serviceprincipal" => "service-account",
        _ => "unknown",
    })
}

/// How much a scope covers.
fn level(on: &Uid) -> &'static str {
    let parts: Vec<&str> = on
        .as_str()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    match parts[..] {
        [] => "organization",
        ["providers", "microsoft.management", "managementgroups", _] => "management-group",
        ["subscriptions", _] => "account",
        ["subscriptions", _, "resourcegroups", _] => "resource-group",
        _ => "resource",
    }
}

#[cfg(test)]
#[path = "role_assignments_tests.rs"]
mod tests;
