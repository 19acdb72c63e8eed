//! What a cloud adapter implements.

use async_trait::async_trait;
use orch_model::{Dataset, Provider, Reach, Resource, Scope, Text};
use rust_decimal::Decimal;

use crate::{Batch, CollectContext, CollectError, CollectSettings, DiscoverError, Run};

/// One cloud, seen with one set of credentials.
#[async_trait]
pub trait CloudProvider: Send + Sync {
    /// Which cloud.
    fn provider(&self) -> Provider;

    /// Everything it can read, in any order; names are unique.
    fn collectors(&self) -> &[Box<dyn Collector>];

    /// The region that it was pointed at, where it has one.
    fn home_region(&self) -> Option<&str> {
        None
    }

    /// Finds out who we are and which regions are to be read.
    async fn discover(&self, filter: &ScopeFilter, run: &Run) -> Result<Discovery, DiscoverError>;
}

/// The accounts and regions a user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeFilter {
    /// Only these accounts (Azure: subscriptions; Google Cloud: projects); empty means all that can be seen.
    pub accounts: Vec<Text>,
    /// Only these; empty means all that are enabled.
    pub regions: Vec<Text>,
    /// Not these.
    pub exclude_regions: Vec<Text>,
}

/// The scopes of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// What is to be read: the account's global scope and its regions.
    pub scopes: Vec<Scope>,
    /// What is left out, each with the option or the words that say why: `--regions`, `not opted in`.
    pub excluded: Vec<(Scope, Text)>,
}

/// What a collector is and needs. Plans, permissions and the choice of collectors follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectorSpec {
    /// Its name: `ec2.instances`.
    pub name: &'static str,
    /// The service it calls: the key of the limit per account, region and service.
    pub service: &'static str,
    /// What it reads.
    pub datasets: &'static [Dataset],
    /// Where it runs.
    pub reach: Reach,
    /// Collectors of the same scope whose resources it needs.
    pub after: &'static [&'static str],
    /// Every operation it may call.
    pub operations: &'static [Operation],
}

impl CollectorSpec {
    /// Whether the provider charges for any of its calls.
    pub fn is_charged(&self) -> bool {
        self.operations
            .iter()
            .any(|operation| operation.charge != Charge::Free)
    }
}

/// One operation of a provider's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// As policies name it: `ec2:DescribeInstances`.
    pub name: &'static str,
    /// What the provider charges.
    pub charge: Charge,
}

/// What a provider charges for an operation, in US dollars as published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Nothing.
    Free,
    /// For each request.
    PerRequest(&'static str),
    /// For each thousand of what the operation counts, for example metrics.
    PerThousand(&'static str),
}

/// What a collector expects to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Estimate {
    /// Requests.
    pub calls: u64,
    /// US dollars.
    pub usd: Decimal,
    /// What there is to read, the first of the second: `(212, "metrics")` of `(106, "instances")`. Sums over
    /// scopes are made of it.
    pub counted: Vec<(u64, &'static str)>,
    /// What was assumed, as a sentence that is the same in every scope.
    pub assumption: String,
}

/// Reads one thing in one scope.
#[async_trait]
pub trait Collector: Send + Sync {
    /// What it is.
    fn spec(&self) -> &CollectorSpec;

    /// The option that it needs and the user did not give: then it is left out, and its reads say so.
    fn needs(&self) -> Option<&'static str> {
        None
    }

    /// What it would do for one scope, given the resources of the collectors it comes after.
    fn estimate(&self, prior: &[Resource], settings: &CollectSettings) -> Estimate;

    /// Reads. Pages are pushed as they arrive: what was pushed is kept when this fails or is stopped.
    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError>;
}
