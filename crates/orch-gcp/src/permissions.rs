//! The exact role that the chosen collectors need.

use std::collections::BTreeSet;

use orch_collect::CollectorSpec;
use serde_json::{Value, json};

use crate::collect::specs;
use crate::provider::DISCOVERY;

/// The custom role that lets the collectors of these names read, and nothing else, as
/// `gcloud iam roles create --file` takes it. Names that are not collectors of Google Cloud are passed over;
/// discovery's own calls are always part of it.
pub fn permissions(selected: &[&str]) -> Value {
    let permissions: BTreeSet<&str> = specs()
        .filter(|spec| selected.contains(&spec.name))
        .flat_map(|spec: &CollectorSpec| spec.operations)
        .map(|operation| operation.name)
        .chain(DISCOVERY.map(|api| api.permission))
        .collect();
    json!({
        "title": "orch read",
        "description": "What an audit by orch reads",
        "stage": "GA",
        "includedPermissions": permissions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_holds_what_the_collectors_call_and_no_more() {
        let role = permissions(&["compute.firewalls", "no.such"]);
        assert_eq!(
            role["includedPermissions"],
            json!([
                "compute.firewalls.list",
                "compute.regions.list",
                "resourcemanager.folders.list",
                "resourcemanager.projects.get",
                "resourcemanager.projects.list",
            ])
        );
    }
}
