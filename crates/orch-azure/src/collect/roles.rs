//! identity.role: roles that the customer made.

use orch_collect::CollectorSpec;
use orch_model::kind::IdentityRole;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};

use super::common::texts;
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{name, part};
use crate::names::uid;
use crate::node::{Malformed, Node};

/// The action that a role must allow, for names of roles too.
pub(super) const READ: &str = "Microsoft.Authorization/roleDefinitions/read";

/// Roles. Those of the provider's are the same everywhere, so only their names are looked up.
pub(super) struct Roles;

impl ArmList for Roles {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "identity.roles",
        service: "identity",
        datasets: &[Dataset::Kind(Kind::IdentityRole)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions",
        "2022-04-01",
    );
    const SHARED: bool = true;

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        if of.word("properties.type", &["CustomRole"])? != Some(true) {
            return Ok(Vec::new());
        }
        let id = of.required("id")?;
        let body = IdentityRole {
            custom: true,
            actions: Field::Value(listed(of, "actions")?),
            not_actions: Field::Value(listed(of, "notActions")?),
            assignable: Field::Value(texts(
                of.texts("properties.assignableScopes")?
                    .into_iter()
                    .map(|scope| Text::new(uid(scope).as_str())),
            )),
        };
        let called = match of.text("properties.roleName")? {
            Some(called) => Text::new(called),
            None => name(of, id)?,
        };
        let made = Field::seen(of.time("properties.createdOn")?);
        Ok(vec![part(
            around.names.global().clone(),
            uid(id),
            called,
            // Roles cannot be tagged.
            Field::None,
            made,
            body,
            [],
        )])
    }
}

/// The actions of all sets of rights: a role of the customer's has one.
fn listed(of: Node<'_>, which: &str) -> Result<Vec<Text>, Malformed> {
    let mut actions = Vec::new();
    for rights in of.list("properties.permissions")? {
        actions.extend(rights.texts(which)?.into_iter().map(Text::new));
    }
    Ok(texts(actions))
}
