//! The regions of each partition, for when the account may not list them.

/// A partition's regions.
pub(crate) struct Partition {
    name: &'static str,
    /// Where we ask when nothing else is configured, and where billing answers.
    pub(crate) home: &'static str,
    /// Enabled in every account.
    pub(crate) always: &'static [&'static str],
    /// Enabled only where the account asked for them.
    pub(crate) opt_in: &'static [&'static str],
    /// Whether Cost Explorer exists there.
    pub(crate) has_cost_explorer: bool,
}

const PARTITIONS: [Partition; 3] = [
    Partition {
        name: "aws",
        home: "us-east-1",
        always: &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
        opt_in: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ],
        has_cost_explorer: true,
    },
    Partition {
        name: "aws-cn",
        home: "cn-northwest-1",
        always: &["cn-north-1", "cn-northwest-1"],
        opt_in: &[],
        has_cost_explorer: true,
    },
    Partition {
        name: "aws-us-gov",
        home: "us-gov-west-1",
        always: &["us-gov-east-1", "us-gov-west-1"],
        opt_in: &[],
        has_cost_explorer: false,
    },
];

/// A partition by name; that of the public cloud for one we do not know.
pub(crate) fn partition(name: &str) -> &'static Partition {
    PARTITIONS
        .iter()
        .find(|partition| partition.name == name)
        .unwrap_or(&PARTITIONS[0])
}

/// Whether any partition has this region.
pub(crate) fn is_known(region: &str) -> bool {
    PARTITIONS
        .iter()
        .any(|partition| partition.always.contains(&region) || partition.opt_in.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_partition_is_taken_for_the_public_one() {
        assert_eq!(partition("aws-iso").home, "us-east-1");
        assert_eq!(partition("aws-cn").always.len(), 2);
        assert!(is_known("us-gov-west-1") && !is_known("us-esat-1"));
    }
}
