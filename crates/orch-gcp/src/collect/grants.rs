//! identity.grant: who has which role on the project, and on the folders and the organisation above it.

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::IdentityGrant;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Uid};
use serde_json::{Value, json};

use super::ancestry::{ANCESTRY, Above, Ancestry};
use super::iam_policy::{self, Policy};
use super::parts::{made, single};
use super::reading::{Reader, Reading};
use crate::call::Ask;
use crate::convert::{Base, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, post};
use crate::page::Shape;

const POLICY: Api = post(
    "resourcemanager.projects.getIamPolicy",
    "cloudresourcemanager.googleapis.com/v1/projects/{project}:getIamPolicy",
);
const FOLDER: Api = post(
    "resourcemanager.folders.getIamPolicy",
    "cloudresourcemanager.googleapis.com/v3/folders/{folder}:getIamPolicy",
);
const ORGANIZATION: Api = post(
    "resourcemanager.organizations.getIamPolicy",
    "cloudresourcemanager.googleapis.com/v1/organizations/{organization}:getIamPolicy",
);

/// Grants.
pub(super) struct Grants;

impl Reader for Grants {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "iam.grants",
        service: "resourcemanager",
        datasets: &[Dataset::Kind(Kind::IdentityGrant)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(POLICY),
            free(ANCESTRY),
            free(FOLDER),
            free(ORGANIZATION),
        ],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let names = reading.names;
        let ask = versioned(reading.ask(POLICY));
        let own = reading.one::<Policy>(POLICY.permission, ask).await?;
        let own = own.map_err(CollectError::gap)?;
        push(reading, &names.account(), "account", &own.own);
        let ask = reading.ask(ANCESTRY).body(json!({}));
        let above: Vec<Above> = match reading.one::<Ancestry>(ANCESTRY.permission, ask).await? {
            Ok(found) => found.own.above().collect(),
            Err(gap) => {
                reading.not_read(gap);
                return Ok(());
            }
        };
        let asks = above.iter().map(|above| versioned(asked(above))).collect();
        let policies = reading
            .children::<Policy>(asks, Shape::Single, None)
            .await?;
        for (above, policy) in above.iter().zip(policies) {
            match single(policy) {
                Ok(policy) => push(reading, &above.uid(), above.level, &policy),
                // Who may not look above the project does not see all rights in it.
                Err(gap) => reading.not_read(gap),
            }
        }
        Ok(())
    }
}

/// With conditions; an older form of the answer would leave out what has some.
fn versioned(ask: Ask) -> Ask {
    ask.body(json!({"options": {"requestedPolicyVersion": iam_policy::VERSION}}))
}

/// The call for the policy of a folder or an organisation.
fn asked(above: &Above) -> Ask {
    match above.level {
        "folder" => Ask::new(FOLDER).with("folder", above.id.as_str()),
        _ => Ask::new(ORGANIZATION).with("organization", above.id.as_str()),
    }
}

fn push(reading: &mut Reading<'_>, on: &Uid, level: &'static str, policy: &Policy) {
    for grant in grants(reading.names, on, level, policy) {
        reading.push(grant);
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(POLICY, Shape::Single, body, |found| {
        Ok(grants(names, &names.account(), "account", &found.own))
    })
}

/// The grants of a policy.
fn grants(names: Names<'_>, on: &Uid, level: &'static str, policy: &Policy) -> Vec<Resource> {
    let grants = policy.rights().map(|right| {
        let who = &right.member.principal;
        let condition = right.condition.as_ref();
        let condition_part = condition
            .map(|number| format!("/{number}"))
            .unwrap_or_default();
        let uid = Uid::new(format!("{on}/grants/{}/{who}{condition_part}", right.role));
        let body = IdentityGrant {
            role: right.role.clone(),
            principal: who.clone(),
            principal_kind: Field::Value(Text::new_static(right.member.kind)),
            on: Text::new(on.as_str()),
            level: Field::Value(Text::new_static(level)),
            conditional: Field::Value(condition.is_some()),
        };
        let mut grant = resource(names.at(None), uid, &Base::default(), body, []);
        grant.name = Text::from(format!("{} to {who}", right.role));
        grant
    });
    grants.collect()
}

#[cfg(test)]
mod tests {
    use orch_model::Body;

    use super::*;
    use crate::collect::parts::wire;
    use crate::provider::global;

    fn body(resource: &Resource) -> &IdentityGrant {
        match &resource.body {
            Body::IdentityGrant(grant) => grant,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_role_of_each_member_is_a_grant() {
        let decoded = crate::decode("iam.grants", &wire("policy")).unwrap();
        assert_eq!(decoded.gap, None);
        let all: Vec<_> = decoded.resources.iter().map(body).collect();
        assert_eq!(all.len(), 4);
        assert!(
            all.iter()
                .all(|grant| grant.on == "//cloudresourcemanager.googleapis.com/projects/project")
        );
        let kinds: Vec<_> = all
            .iter()
            .map(|grant| grant.principal_kind.value().unwrap().as_str())
            .collect();
        assert_eq!(
            kinds,
            ["user", "service-account", "service-account", "everybody"]
        );
        // The same role of the same account twice, once under a condition, is two grants.
        assert_eq!(
            (all[1].conditional, all[2].conditional),
            (Field::Value(false), Field::Value(true))
        );
        assert_ne!(decoded.resources[1].uid, decoded.resources[2].uid);
        assert_eq!(
            decoded.resources[1].uid.as_str(),
            "//cloudresourcemanager.googleapis.com/projects/project/grants/roles/editor/serviceAccount:ci@p.iam.gserviceaccount.com"
        );
        assert!(
            !format!("{decoded:?}").contains("ada"),
            "people are numbers"
        );
    }

    #[test]
    fn grants_above_the_project_say_where_they_were_made() {
        let policy = serde_json::from_value(
            json!({"bindings": [{"role": "roles/viewer", "members": ["group:g@example.com"]}]}),
        )
        .unwrap();
        let scope = global("p");
        let folder = Uid::new("//cloudresourcemanager.googleapis.com/folders/7");
        let grants = grants(Names::new(&scope), &folder, "folder", &policy);
        assert_eq!(body(&grants[0]).level.value().unwrap(), "folder");
        assert_eq!(
            grants[0].uid.as_str(),
            "//cloudresourcemanager.googleapis.com/folders/7/grants/roles/viewer/group:g@example.com"
        );
        assert!(grants[0].scope.is_global());
    }
}
