//! cloud.account: the project, what it lies in, and what holds for all of its machines.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{CloudAccount, GoogleProject, RegionStatus};
use orch_model::{Dataset, Field, Gap, Kind, Reach, Text, Uid};
use serde::Deserialize;
use serde_json::json;

use super::metadata::Metadata;
use super::reading::{Reader, Reading};
use crate::convert::{resource, sorted};
use crate::discover::SEARCH;
use crate::error::is_not_found;
use crate::operations::{Api, free, get, post};
use crate::page::{Found, Shape, Whole};

const ANCESTRY: Api = post(
    "resourcemanager.projects.get",
    "cloudresourcemanager.googleapis.com/v1/projects/{project}:getAncestry",
);
const POLICY: Api = post(
    "resourcemanager.projects.getIamPolicy",
    "cloudresourcemanager.googleapis.com/v1/projects/{project}:getIamPolicy",
);
const PROJECT: Api = get(
    "compute.projects.get",
    "compute.googleapis.com/compute/v1/projects/{project}",
);
const CONTACTS: Api = get(
    "essentialcontacts.contacts.list",
    "essentialcontacts.googleapis.com/v1/projects/{project}/contacts",
);
const APPROVAL: Api = get(
    "accessapproval.settings.get",
    "accessapproval.googleapis.com/v1/projects/{project}/accessApprovalSettings",
);

/// The project that is read.
pub(super) struct Account;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ancestry {
    ancestor: Option<Vec<Ancestor>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ancestor {
    resource_id: Option<AncestorId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AncestorId {
    r#type: Option<Text>,
    id: Option<Text>,
}

/// Of a policy only who is recorded, never who has which rights.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Policy {
    audit_configs: Option<Vec<AuditConfig>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AuditConfig {
    service: Option<Text>,
    audit_log_configs: Option<Vec<AuditLog>>,
    exempted_members: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AuditLog {
    log_type: Option<Text>,
    exempted_members: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ComputeProject {
    common_instance_metadata: Option<Metadata>,
    xpn_project_status: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Contact {
    notification_category_subscriptions: Option<Vec<Text>>,
    validation_state: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Approval {
    enrolled_services: Option<Vec<serde_json::Value>>,
    enrolled_ancestor: Option<bool>,
}

/// What several calls told, each by itself.
struct Parts {
    ancestry: Result<Found<Ancestry>, Gap>,
    policy: Result<Found<Policy>, Gap>,
    compute: Result<Found<ComputeProject>, Gap>,
    contacts: Whole<Contact>,
    approval: Result<Found<Approval>, Gap>,
}

impl Reader for Account {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "account",
        service: "resourcemanager",
        datasets: &[Dataset::Kind(Kind::CloudAccount)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(ANCESTRY),
            free(POLICY),
            free(PROJECT),
            free(CONTACTS),
            free(APPROVAL),
        ],
    };

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let known = reading.gcp.project(reading.names.project());
        let (told, regions) = match known {
            Some(project) => (project.told, project.regions),
            None => {
                let gap = Gap::new(orch_model::Cause::NotCollected, SEARCH.permission);
                (Err(gap.clone()), Err(gap))
            }
        };
        let parts = Parts {
            ancestry: {
                let ask = reading.ask(ANCESTRY).body(json!({}));
                reading.one(ANCESTRY.permission, ask).await?
            },
            policy: {
                let options = json!({"options": {"requestedPolicyVersion": 3}});
                let ask = reading.ask(POLICY).body(options);
                reading.one(POLICY.permission, ask).await?
            },
            compute: reading
                .one(PROJECT.permission, reading.ask(PROJECT))
                .await?,
            contacts: {
                let ask = reading.ask(CONTACTS).query("pageSize", "100");
                reading.part(ask, Shape::Items("contacts"), None).await?
            },
            approval: reading
                .one(APPROVAL.permission, reading.ask(APPROVAL))
                .await?,
        };
        if let Err(gap) = &told {
            reading.not_read(gap.clone());
        }
        if let Some(gap) = reading.gcp.untold_projects() {
            reading.not_read(gap);
        }
        push(reading, told.ok(), regions, parts);
        Ok(())
    }
}

/// Hands the project over.
fn push(
    reading: &mut Reading<'_>,
    told: Option<Found<crate::discover::Told>>,
    regions: Result<Vec<RegionStatus>, Gap>,
    parts: Parts,
) {
    let names = reading.names;
    let mut gaps: BTreeMap<Text, Gap> = BTreeMap::new();
    let mut missing = |path: &'static str, gap: &Gap| {
        gaps.insert(Text::new_static(path), gap.clone());
    };
    let ancestors = match &parts.ancestry {
        Ok(found) => ancestors(&found.own),
        Err(gap) => {
            missing("body.ancestors", gap);
            Vec::new()
        }
    };
    let (os_login, serial_port, shares_networks) = match &parts.compute {
        Ok(found) => {
            let metadata = found.own.common_instance_metadata.as_ref();
            // Without the key neither is on.
            let set = |key: &str| Field::Value(metadata.is_some_and(|all| all.is_set(key)));
            let host = found.own.xpn_project_status.as_deref() == Some("HOST");
            (
                set("enable-oslogin"),
                set("serial-port-enable"),
                Field::Value(host),
            )
        }
        Err(gap) => {
            missing("body.gcp.os_login", gap);
            missing("body.gcp.serial_port", gap);
            missing("body.gcp.shares_networks", gap);
            (Field::NotRead, Field::NotRead, Field::NotRead)
        }
    };
    let (audit_logs, audit_exemptions) = match &parts.policy {
        Ok(found) => (
            Field::Value(audit_logs(&found.own)),
            Field::Value(exempts(&found.own)),
        ),
        Err(gap) => {
            missing("body.gcp.audit_logs", gap);
            missing("body.gcp.audit_exemptions", gap);
            (Field::NotRead, Field::NotRead)
        }
    };
    let contact_categories = match &parts.contacts.gap {
        None => Field::Value(categories(&parts.contacts)),
        Some(gap) => {
            missing("body.gcp.contact_categories", gap);
            Field::NotRead
        }
    };
    let access_approval = match &parts.approval {
        Ok(found) => Field::Value(
            found.own.enrolled_ancestor == Some(true)
                || found.own.enrolled_services.iter().flatten().count() > 0,
        ),
        // Who never asked for it has no settings.
        Err(gap) if is_not_found(gap) => Field::Value(false),
        Err(gap) => {
            missing("body.gcp.access_approval", gap);
            Field::NotRead
        }
    };
    let regions = match regions {
        Ok(regions) => Field::Value(regions),
        Err(gap) => {
            missing("body.regions", &gap);
            Field::NotRead
        }
    };
    let number = told.as_ref().map(|found| found.base.name());
    let body = CloudAccount {
        account_id: Text::new(names.project()),
        partition: reading.ctx.scope.partition.clone(),
        ancestors,
        gcp: Field::Value(GoogleProject {
            number: Field::seen(number.filter(|number| !number.is_empty())),
            os_login,
            serial_port,
            audit_logs,
            audit_exemptions,
            contact_categories,
            access_approval,
            shares_networks,
        }),
        regions,
    };
    let base = told.as_ref().map(|found| found.base.clone());
    let mut project = resource(
        names.at(None),
        names.account(),
        &base.clone().unwrap_or_default(),
        body,
        [],
    );
    let shown = told.and_then(|found| found.own.display_name);
    project.name = shown.unwrap_or_else(|| Text::new(names.project()));
    if base.is_none() {
        project.tags = Field::NotRead;
    }
    project.not_read = (!gaps.is_empty()).then(|| Box::new(gaps));
    reading.push(project);
}

/// Folders and the organisation, the nearest first.
fn ancestors(ancestry: &Ancestry) -> Vec<Uid> {
    let all = ancestry.ancestor.iter().flatten();
    all.filter_map(|ancestor| {
        let id = ancestor.resource_id.as_ref()?;
        let collection = match id.r#type.as_deref()? {
            "folder" => "folders",
            "organization" => "organizations",
            _ => return None,
        };
        let id = id.id.as_deref().filter(|id| !id.is_empty())?;
        Some(Uid::new(format!(
            "//cloudresourcemanager.googleapis.com/{collection}/{id}"
        )))
    })
    .collect()
}

/// The services whose audit logs are on, with the sort of log.
fn audit_logs(policy: &Policy) -> Vec<Text> {
    let configs = policy.audit_configs.iter().flatten();
    sorted(configs.flat_map(|config| {
        let service = config.service.as_deref().unwrap_or_default();
        let logs = config.audit_log_configs.iter().flatten();
        logs.filter_map(move |log| {
            let kind = log.log_type.as_deref()?;
            Some(Text::from(format!("{service} {kind}")))
        })
    }))
}

/// Whether anybody is left out of them.
fn exempts(policy: &Policy) -> bool {
    policy.audit_configs.iter().flatten().any(|config| {
        let mut logs = config.audit_log_configs.iter().flatten();
        config.exempted_members.iter().flatten().count() > 0
            || logs.any(|log| log.exempted_members.iter().flatten().count() > 0)
    })
}

/// What contacts are told of. An address that does not answer is nobody's.
fn categories(contacts: &Whole<Contact>) -> Vec<Text> {
    let valid = contacts
        .found
        .iter()
        .filter(|contact| contact.own.validation_state.as_deref() != Some("INVALID"));
    sorted(valid.flat_map(|contact| {
        let categories = contact.own.notification_category_subscriptions.iter();
        categories.flatten().cloned()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_come_nearest_first_without_the_project() {
        let ancestry: Ancestry = serde_json::from_value(json!({"ancestor": [
            {"resourceId": {"type": "project", "id": "p"}},
            {"resourceId": {"type": "folder", "id": "2"}},
            {"resourceId": {"type": "organization", "id": "1"}},
            {"resourceId": null},
        ]}))
        .unwrap();
        let uids = ancestors(&ancestry);
        assert_eq!(
            uids.iter().map(Uid::as_str).collect::<Vec<_>>(),
            [
                "//cloudresourcemanager.googleapis.com/folders/2",
                "//cloudresourcemanager.googleapis.com/organizations/1"
            ]
        );
    }

    #[test]
    fn audit_logs_name_service_and_sort() {
        let policy: Policy = serde_json::from_value(json!({
            "bindings": [{"role": "roles/owner", "members": ["user:secret@example.com"]}],
            "auditConfigs": [{"service": "allServices", "auditLogConfigs": [
                {"logType": "DATA_READ"},
                {"logType": "ADMIN_READ", "exemptedMembers": ["user:x@example.com"]}]}]
        }))
        .unwrap();
        assert_eq!(
            audit_logs(&policy),
            ["allServices ADMIN_READ", "allServices DATA_READ"]
        );
        assert!(exempts(&policy));
        assert!(audit_logs(&Policy::default()).is_empty());
    }
}
