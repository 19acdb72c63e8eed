//! What the collectors of EC2 lists have in common: pages in, resources out.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Disposition, Estimate, Operation,
};
use orch_model::{Cause, Gap, Resource};

use super::Entry;
use crate::call::{Caller, List};
use crate::convert::Malformed;
use crate::names::Names;
use crate::provider::Aws;

/// The largest page that most lists hand out.
pub(super) const PAGE: i32 = 1_000;

/// A free operation.
pub(super) const fn free(name: &'static str) -> Operation {
    Operation {
        name,
        charge: Charge::Free,
    }
}

/// A list that tells its resources page after page, mostly with all there is to tell.
pub(super) trait Ec2List: Send + Sync + 'static {
    /// What its collector is; the first operation is that of the list.
    const SPEC: &'static CollectorSpec;
    /// The largest page it hands out.
    const PAGE: i32 = PAGE;
    /// Calls that it makes besides its pages, and what for.
    const BESIDES: Option<(u64, &'static str)> = None;
    /// One page.
    type Page: Send + Sync;

    /// Asks for the next page.
    fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> impl Future<Output = Result<Option<Self::Page>, CollectError>> + Send;

    /// What a page holds.
    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed>;

    /// Adds to the resources of a page what the list does not tell.
    fn fill(
        _aws: &Aws,
        _caller: &Caller,
        _resources: &mut [Resource],
        _out: &mut Batch,
    ) -> impl Future<Output = Result<(), CollectError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Asks for the next page of a list: `page!(list, client.describe_vpcs(), vpcs)`. The SDK has a type of its own for
/// every request and every answer, and no trait for what they share.
macro_rules! page {
    ($list:ident, $request:expr, $items:ident) => {
        $list
            .page(
                |token| {
                    $request
                        .max_results(Self::PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.$items().len(),
                |page| page.next_token(),
            )
            .await
    };
}
pub(super) use page;

/// The line of a list in the table of collectors.
pub(super) const fn listed<L: Ec2List>() -> Entry {
    (L::SPEC, |aws| {
        Box::new(Listed::<L>(aws.clone(), PhantomData))
    })
}

/// The collector of a list.
struct Listed<L>(Arc<Aws>, PhantomData<L>);

#[async_trait]
impl<L: Ec2List> Collector for Listed<L> {
    fn spec(&self) -> &CollectorSpec {
        L::SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(L::PAGE);
        if let Some((calls, what)) = L::BESIDES {
            estimate.calls += calls;
            estimate.assumption.push_str(what);
        }
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let (names, client) = (
            Names::new(&ctx.scope),
            self.0.clients.ec2(&ctx.scope.region),
        );
        let caller = Caller::collector(L::SPEC.name, ctx);
        let operation = L::SPEC
            .operations
            .first()
            .map_or("", |operation| operation.name);
        let mut list = caller.list(operation, Some(L::PAGE as u64));
        while let Some(page) = L::page(&client, &mut list).await? {
            let mut resources =
                L::resources(names, &page).map_err(|malformed| malformed.of(operation))?;
            L::fill(&self.0, &caller, &mut resources, out).await?;
            resources
                .into_iter()
                .for_each(|resource| out.push(resource));
        }
        Ok(())
    }
}

/// The estimate for a list whose length nobody knows before it is read.
pub(super) fn one_page(page: i32) -> Estimate {
    Estimate {
        calls: 1,
        assumption: format!(
            "at most {page} in a region; one more free call for each {page} beyond"
        ),
        ..Estimate::default()
    }
}

/// What a failed call for a part of what is read leaves: its gap, for the fields it would have told. Where
/// asking again may help the read is not complete, so that a resumed collection asks again; a refusal stays
/// with the fields.
///
/// # Errors
/// When the credentials do not hold any longer.
pub(super) fn part_not_read(error: CollectError, out: &mut Batch) -> Result<Gap, CollectError> {
    if error.disposition() == Disposition::Abort {
        return Err(error);
    }
    let gap = error.recorded().clone();
    if !is_refusal(gap.cause) {
        out.not_read(gap.clone());
    }
    Ok(gap)
}

/// Whether asking again, or for another resource, would be answered alike.
pub(super) fn is_refusal(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Denied | Cause::Disabled | Cause::BudgetReached
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_may_be_read_later_leaves_the_read_incomplete() {
        for cause in Cause::ALL {
            let mut out = Batch::in_memory();
            let gap = Gap::new(cause, "ec2:DescribeSnapshots");
            let left = part_not_read(CollectError::gap(gap.clone()), &mut out).unwrap();
            assert_eq!(left, gap);
            let refused = ["denied", "disabled", "budget-reached"].contains(&cause.as_str());
            assert_eq!(out.gap(), (!refused).then_some(&gap), "{cause}");
        }
    }

    #[test]
    fn expired_credentials_end_the_read() {
        let mut out = Batch::in_memory();
        let error = part_not_read(CollectError::abort("ExpiredToken"), &mut out).unwrap_err();
        assert_eq!(error.disposition(), Disposition::Abort);
        assert_eq!(out.gap(), None);
    }
}
