//! Identities of resources in one scope: ARNs, composed where the API gives none.

use orch_model::{Scope, Uid};

/// Composes the identities of one scope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    scope: &'a Scope,
}

impl<'a> Names<'a> {
    pub(crate) fn new(scope: &'a Scope) -> Self {
        Self { scope }
    }

    /// The scope itself.
    pub(crate) fn scope(&self) -> &'a Scope {
        self.scope
    }

    /// Something of EC2, by its owner where the API tells it, else by the account that is read.
    pub(crate) fn ec2(&self, owner: Option<&str>, what: &str, id: &str) -> Uid {
        let owner = owner
            .filter(|owner| !owner.is_empty())
            .unwrap_or(&self.scope.account);
        let (partition, region) = (&self.scope.partition, &self.scope.region);
        Uid::new(format!("arn:{partition}:ec2:{region}:{owner}:{what}/{id}"))
    }

    /// As [`Names::ec2`], none for an id that is missing or empty.
    pub(crate) fn maybe(&self, owner: Option<&str>, what: &str, id: Option<&str>) -> Option<Uid> {
        id.filter(|id| !id.is_empty())
            .map(|id| self.ec2(owner, what, id))
    }

    /// Something of a service in the account and region that are read: `db:orders` of `rds`.
    pub(crate) fn regional(&self, service: &str, what: &str) -> Uid {
        let (partition, region) = (&self.scope.partition, &self.scope.region);
        let account = &self.scope.account;
        Uid::new(format!(
            "arn:{partition}:{service}:{region}:{account}:{what}"
        ))
    }

    /// A load balancer of the first generation, which is known by its name.
    pub(crate) fn classic_balancer(&self, name: &str) -> Uid {
        self.regional("elasticloadbalancing", &format!("loadbalancer/{name}"))
    }

    /// The account.
    pub(crate) fn account(&self) -> Uid {
        Uid::new(format!(
            "arn:{}:iam::{}:root",
            self.scope.partition, self.scope.account
        ))
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Provider;

    use super::*;

    #[test]
    fn identities_keep_partition_and_owner() {
        let scope = Scope::new(Provider::Aws, "aws-cn", "111122223333", "cn-north-1");
        let names = Names::new(&scope);
        assert_eq!(
            names
                .ec2(Some("444455556666"), "security-group", "sg-1")
                .as_str(),
            "arn:aws-cn:ec2:cn-north-1:444455556666:security-group/sg-1"
        );
        assert_eq!(
            names.ec2(None, "vpc", "vpc-1").as_str(),
            "arn:aws-cn:ec2:cn-north-1:111122223333:vpc/vpc-1"
        );
        assert_eq!(names.maybe(None, "vpc", Some("")), None);
        assert_eq!(
            names.account().as_str(),
            "arn:aws-cn:iam::111122223333:root"
        );
    }
}
