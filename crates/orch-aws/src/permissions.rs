//! The exact policy that the chosen collectors need.

use std::collections::BTreeSet;

use orch_collect::CollectorSpec;
use serde_json::{Value, json};

use crate::collect::specs;
use crate::operations::IDENTITY;
use crate::provider::DESCRIBE_REGIONS;

/// The IAM policy document that lets the collectors of these names read, and nothing else. Names that are
/// not collectors of AWS are passed over; discovery's own calls are always part of it.
pub fn permissions(selected: &[&str]) -> Value {
    let actions: BTreeSet<&str> = specs()
        .filter(|spec| selected.contains(&spec.name))
        .flat_map(|spec: &CollectorSpec| spec.operations)
        .map(|operation| operation.name)
        .chain(IDENTITY)
        .chain([DESCRIBE_REGIONS])
        .collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "OrchRead",
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*"
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_holds_what_the_collectors_call_and_no_more() {
        let policy = permissions(&["ec2.volumes", "ec2.snapshots", "no.such"]);
        assert_eq!(
            policy["Statement"][0]["Action"],
            json!([
                "ec2:DescribeRegions",
                "ec2:DescribeSnapshots",
                "ec2:DescribeVolumes",
                "sts:GetCallerIdentity"
            ])
        );
    }
}
