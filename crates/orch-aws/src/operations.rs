//! The one list of operations that may be called. Everything else is refused before it is sent.

use std::fmt;

/// One operation a line, sorted; `cargo xtask generate` writes it from what the collectors declare, and a
/// reader sees in the change what an audit may call from then on. Readable from outside, so that a proxy can
/// hold us to it.
const ALLOWED: &str = include_str!("../operations.txt");

/// The same of what is fetched without an audit: price lists, which need no permission, and files of billing that
/// the user names. No collector may make these calls.
const FETCHED: &str = include_str!("../fetches.txt");

/// Reads that hand out secrets. They are refused by name, whatever the list says.
const SECRET_BEARING: [&str; 16] = [
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetConsoleOutput",
    "ec2:GetConsoleScreenshot",
    "ec2:GetLaunchTemplateData",
    "ec2:GetPasswordData",
    "ecr:GetAuthorizationToken",
    "kms:Decrypt",
    "lambda:GetFunction",
    "redshift:GetClusterCredentials",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
];

/// Calls that must be made to say who we are, whichever collectors run.
pub(crate) const IDENTITY: [&str; 1] = ["sts:GetCallerIdentity"];

/// Every operation that may be called, sorted.
pub fn operations() -> impl Iterator<Item = &'static str> {
    ALLOWED
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

/// An operation that was about to be called and is not on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not on the list of operations that an audit may call",
            self.0
        )
    }
}

impl std::error::Error for Refused {}

/// Whether an operation may be called.
pub(crate) fn admit(operation: &str) -> Result<(), Refused> {
    admitted(operation, operations())
}

fn admitted<'o>(
    operation: &str,
    mut allowed: impl Iterator<Item = &'o str>,
) -> Result<(), Refused> {
    let secret = SECRET_BEARING.contains(&operation);
    if !secret && allowed.any(|one| one == operation) {
        Ok(())
    } else {
        Err(Refused(operation.to_owned()))
    }
}

/// Whether something may be fetched.
pub(crate) fn admit_fetch(operation: &str) -> Result<(), Refused> {
    match FETCHED.lines().any(|listed| listed == operation) {
        true => Ok(()),
        false => Err(Refused(operation.to_owned())),
    }
}

/// The name that policies use for an operation of an SDK client.
pub(crate) fn policy_name(service: &str, operation: &str) -> String {
    let prefix = match service {
        "Auto Scaling" => "autoscaling",
        "EC2" => "ec2",
        "EKS" => "eks",
        "RDS" => "rds",
        "S3" => "s3",
        "STS" => "sts",
        "CloudWatch" => "cloudwatch",
        "Cost Explorer" => "ce",
        // Two generations of one service: policies name both alike.
        "Elastic Load Balancing" | "Elastic Load Balancing v2" => "elasticloadbalancing",
        other => other,
    };
    let name = match (prefix, operation) {
        ("s3", "ListBuckets") => "ListAllMyBuckets",
        ("s3", "GetBucketLifecycleConfiguration") => "GetLifecycleConfiguration",
        (_, operation) => operation,
    };
    format!("{prefix}:{name}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::auth::ASSUME_ROLE;
    use crate::collect::specs;

    #[test]
    fn generated_list_of_what_the_collectors_declare() {
        let declared: BTreeSet<&str> = specs()
            .flat_map(|spec| spec.operations)
            .map(|operation| operation.name)
            .chain(IDENTITY)
            // Trades one set of credentials for another; no part of a read policy.
            .chain([ASSUME_ROLE])
            .collect();
        let wanted: String = declared.into_iter().flat_map(|name| [name, "\n"]).collect();
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/operations.txt");
        if std::env::var_os("ORCH_GENERATE").is_some() {
            std::fs::write(place, &wanted).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(place).unwrap(),
            wanted,
            "stale, run `cargo xtask generate`"
        );
        assert!(operations().count() > 0);
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        assert_eq!(admit("ec2:DescribeInstances"), Ok(()));
        for refused in [
            "ec2:TerminateInstances",
            "ec2:GetPasswordData",
            "s3:GetObject",
            "",
        ] {
            assert_eq!(admit(refused), Err(Refused(refused.to_owned())));
        }
        // Whatever the list says.
        for secret in SECRET_BEARING {
            assert!(operations().all(|allowed| allowed != secret));
            let listed = ["ec2:DescribeInstances", secret];
            assert_eq!(
                admitted(secret, listed.into_iter()),
                Err(Refused(secret.to_owned()))
            );
            assert_eq!(
                admitted("ec2:DescribeInstances", listed.into_iter()),
                Ok(())
            );
        }
    }

    #[test]
    fn what_is_fetched_stands_on_a_list_of_its_own() {
        let declared = [
            crate::prices::OFFER,
            crate::prices::INDEX,
            crate::files::GET,
            crate::files::LIST,
        ];
        assert_eq!(FETCHED.lines().collect::<Vec<_>>(), declared);
        for fetched in declared {
            assert_eq!(admit_fetch(fetched), Ok(()));
            assert!(admit(fetched).is_err(), "no audit makes it");
        }
        assert!(admit_fetch("s3:PutObject").is_err());
        assert!(admit_fetch("ec2:DescribeInstances").is_err());
    }

    #[test]
    fn operations_carry_the_names_of_policies() {
        assert_eq!(policy_name("EC2", "DescribeVpcs"), "ec2:DescribeVpcs");
        assert_eq!(
            policy_name("Cost Explorer", "GetCostAndUsage"),
            "ce:GetCostAndUsage"
        );
        for (service, operation, name) in [
            (
                "Auto Scaling",
                "DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingGroups",
            ),
            ("EKS", "ListClusters", "eks:ListClusters"),
            ("RDS", "DescribeDBInstances", "rds:DescribeDBInstances"),
            ("S3", "GetBucketTagging", "s3:GetBucketTagging"),
            (
                "S3",
                "GetBucketLifecycleConfiguration",
                "s3:GetLifecycleConfiguration",
            ),
            ("S3", "ListBuckets", "s3:ListAllMyBuckets"),
        ] {
            assert_eq!(policy_name(service, operation), name);
        }
        for generation in ["Elastic Load Balancing", "Elastic Load Balancing v2"] {
            assert_eq!(
                policy_name(generation, "DescribeLoadBalancers"),
                "elasticloadbalancing:DescribeLoadBalancers"
            );
        }
    }
}
