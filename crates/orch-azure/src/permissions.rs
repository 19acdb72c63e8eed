//! The exact role that the chosen collectors need.

use std::collections::BTreeSet;

use orch_collect::CollectorSpec;
use serde_json::{Value, json};

use crate::collect::specs;
use crate::operations::IDENTITY;

/// The definition of a custom role that lets the collectors of these names read, and nothing else. Names that
/// are not collectors of Azure are passed over; discovery's own calls are always part of it.
pub fn permissions(selected: &[&str]) -> Value {
    let actions: BTreeSet<&str> = specs()
        .filter(|spec| selected.contains(&spec.name))
        .flat_map(|spec: &CollectorSpec| spec.operations)
        .map(|operation| operation.name)
        .chain(IDENTITY)
        .collect();
    json!({
        "Name": "orch Reader",
        "IsCustom": true,
        "Description": "What orch reads",
        "Actions": actions,
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": ["/subscriptions/SUBSCRIPTION"]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_holds_what_the_collectors_call_and_no_more() {
        let role = permissions(&["network.security-groups", "no.such"]);
        assert_eq!(
            role["Actions"],
            json!([
                "Microsoft.Management/managementGroups/descendants/read",
                "Microsoft.Network/networkSecurityGroups/read",
                "Microsoft.ResourceGraph/resources/read",
                "Microsoft.Resources/subscriptions/read",
                "Microsoft.Resources/subscriptions/resources/read"
            ])
        );
    }
}
