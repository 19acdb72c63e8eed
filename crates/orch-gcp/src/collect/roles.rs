//! identity.role: custom roles of the project.

use orch_collect::CollectorSpec;
use orch_model::kind::IdentityRole;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, resource, sorted};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "iam.roles.list",
    "iam.googleapis.com/v1/projects/{project}/roles",
);

/// Custom roles.
pub(super) struct Roles;

/// A role as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Role {
    included_permissions: Option<Vec<Text>>,
    deleted: Option<bool>,
}

impl Listed for Roles {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "iam.roles",
        service: "iam",
        datasets: &[Dataset::Kind(Kind::IdentityRole)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("roles");
    const PAGE: (&'static str, u64) = ("pageSize", 300);
    // The other view leaves out what a role allows.
    const QUERY: &'static [(&'static str, &'static str)] = &[("view", "FULL")];
    type Element = Role;

    fn resources(names: Names<'_>, found: Found<Role>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        if own.deleted == Some(true) {
            return Ok(Vec::new());
        }
        let body = IdentityRole {
            custom: true,
            // A role that allows nothing comes without the list.
            actions: Field::Value(sorted(own.included_permissions.iter().flatten().cloned())),
            not_actions: Field::None,
            assignable: Field::Value(vec![Text::new(names.account().as_str())]),
        };
        let uid = names.of("iam", &format!("roles/{}", base.name()));
        Ok(vec![resource(names.at(None), uid, base, body, [])])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_tells_what_it_allows_and_deleted_ones_are_left_out() {
        let list = json!({"roles": [
            {"name": "projects/p/roles/Deployer", "title": "Deployer", "includedPermissions": ["run.services.update", "run.services.get"], "etag": "x"},
            {"name": "projects/p/roles/Empty"},
            {"name": "projects/p/roles/Gone", "deleted": true},
        ]});
        let decoded = crate::decode("iam.roles", list.to_string().as_bytes()).unwrap();
        assert_eq!((decoded.resources.len(), decoded.gap), (2, None));
        let role = &decoded.resources[0];
        assert_eq!(
            role.uid.as_str(),
            "//iam.googleapis.com/projects/project/roles/Deployer"
        );
        let Body::IdentityRole(body) = &role.body else {
            panic!()
        };
        assert_eq!(
            body.actions,
            Field::Value(vec![
                "run.services.get".into(),
                "run.services.update".into()
            ])
        );
    }
}
