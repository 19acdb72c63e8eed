//! cloud.account: the account and its standing in each region.

use std::sync::Arc;

use async_trait::async_trait;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::CloudAccount;
use orch_model::{Dataset, Field, Kind, Reach, Resource};

use super::ec2::free;
use crate::call::Caller;
use crate::convert::resource;
use crate::names::Names;
use crate::provider::{Aws, DESCRIBE_REGIONS};

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "account",
    service: "ec2",
    datasets: &[Dataset::Kind(Kind::CloudAccount)],
    reach: Reach::Global,
    after: &[],
    operations: &[free(DESCRIBE_REGIONS)],
};

/// Hands over what discovery has read.
pub(super) struct Account(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for Account {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption: "the regions are listed once, when an audit begins".to_owned(),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let caller = Caller::collector(SPEC.name, ctx);
        let regions = self.0.regions(&caller).await;
        let names = Names::new(&ctx.scope);
        let field = match &regions {
            Ok(regions) => Field::Value(regions.clone()),
            Err(_) => Field::NotRead,
        };
        let body = CloudAccount {
            account_id: ctx.scope.account.clone(),
            partition: ctx.scope.partition.clone(),
            ancestors: Vec::new(),
            gcp: Field::NotRead,
            regions: field,
        };
        let name = ctx.scope.account.clone();
        let (uid, not_read) = (names.account(), Field::NotRead);
        out.push(resource(
            names,
            uid,
            name,
            Field::NotRead,
            not_read,
            body,
            [],
        ));
        regions.map(|_| ())
    }
}
