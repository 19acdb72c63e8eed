//! What every collector of Google Cloud is given: the project, calls into the ledger, and a way out that
//! keeps to the regions that the user selected.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Disposition,
    Estimate,
};
use orch_model::{Cause, CostLine, Gap, Resource, Series};
use serde::de::DeserializeOwned;

use super::{Decoder, Entry};
use crate::auth::GcpOptions;
use crate::call::{Ask, Caller};
use crate::convert::Malformed;
use crate::error::{Failure, is_not_found};
use crate::names::Names;
use crate::page::{Found, Shape, Whole, decode};
use crate::provider::Gcp;

/// Lists of children that are read at the same time.
const AT_ONCE: usize = 6;

/// A collector that is more than one list.
pub(super) trait Reader: Send + Sync + 'static {
    /// What it is.
    const SPEC: &'static CollectorSpec;
    /// What it makes of one body of its first list, where that means something by itself.
    const DECODE: Option<Decoder> = None;

    /// The option without which it has nothing to read, where the user did not give it.
    fn needs(_: &GcpOptions) -> Option<&'static str> {
        None
    }

    /// What it would do for one project.
    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: Self::SPEC.operations.len() as u64,
            assumption: "one free call for each list, and one more for each further page"
                .to_owned(),
            ..Estimate::default()
        }
    }

    /// Reads a project.
    fn read(reading: &mut Reading<'_>) -> impl Future<Output = Result<(), CollectError>> + Send;
}

/// The line of a collector in the table.
pub(super) const fn read<R: Reader>() -> Entry {
    Entry {
        spec: R::SPEC,
        make: |gcp| Box::new(Reads::<R>(gcp.clone(), PhantomData)),
        decode: R::DECODE,
    }
}

struct Reads<R>(Arc<Gcp>, PhantomData<R>);

#[async_trait]
impl<R: Reader> Collector for Reads<R> {
    fn spec(&self) -> &CollectorSpec {
        R::SPEC
    }

    fn estimate(&self, prior: &[Resource], settings: &CollectSettings) -> Estimate {
        R::estimate(prior, settings)
    }

    fn needs(&self) -> Option<&'static str> {
        R::needs(&self.0.options)
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let mut reading = Reading {
            gcp: &self.0,
            ctx,
            names: Names::new(&ctx.scope),
            caller: Caller::collector(&self.0.client, R::SPEC.name, ctx),
            out,
        };
        R::read(&mut reading).await
    }
}

/// One read of one project.
pub(super) struct Reading<'a> {
    pub(super) gcp: &'a Gcp,
    pub(super) ctx: &'a CollectContext,
    pub(super) names: Names<'a>,
    /// For calls of other forms than those below.
    pub(super) caller: Caller,
    out: &'a mut Batch,
}

impl Reading<'_> {
    /// A call of the project: `{project}` is filled in.
    pub(super) fn ask(&self, api: crate::operations::Api) -> Ask {
        Ask::new(api).with("project", self.names.project())
    }

    /// Hands over a resource, unless it lies in a region that the user left out.
    pub(super) fn push(&mut self, resource: Resource) {
        if self.gcp.keeps(&resource.scope.region) {
            self.out.push(resource);
        }
    }

    /// Hands over points.
    pub(super) fn push_series(&mut self, series: Series) {
        self.out.push(series);
    }

    /// Hands over a billing line.
    pub(super) fn push_cost(&mut self, line: CostLine) {
        self.out.push(line);
    }

    /// Hands over what was made of an element, or notes that it could not be read.
    pub(super) fn push_all(
        &mut self,
        operation: &str,
        resources: Result<Vec<Resource>, Malformed>,
    ) {
        match resources {
            Ok(resources) => resources.into_iter().for_each(|one| self.push(one)),
            Err(malformed) => self.not_read(malformed.of(operation)),
        }
    }

    /// Notes that a part could not be read although the rest goes on: the read is not complete.
    pub(super) fn not_read(&mut self, gap: Gap) {
        self.out.not_read(gap);
    }

    /// Reads the list that the collector is about: without it there is nothing to hand over. What was read
    /// before it broke off is handed back, and the gap is noted.
    ///
    /// # Errors
    /// When nothing was read, with the gap; when the credentials do not hold any longer.
    pub(super) async fn list<T: DeserializeOwned>(
        &mut self,
        ask: Ask,
        shape: Shape,
        most: Option<u64>,
    ) -> Result<Vec<Found<T>>, CollectError> {
        let whole = self.caller.all(ask, shape, most).await?;
        match whole.gap {
            Some(gap) if whole.found.is_empty() => Err(gap.into()),
            Some(gap) => {
                self.not_read(gap);
                Ok(whole.found)
            }
            None => Ok(whole.found),
        }
    }

    /// Reads a list that tells a part of what is read. Where it fails, its gap stays with what was read of
    /// it, for the fields that it would have told; unless it is a refusal, the read is not complete.
    ///
    /// # Errors
    /// When the credentials do not hold any longer.
    pub(super) async fn part<T: DeserializeOwned>(
        &mut self,
        ask: Ask,
        shape: Shape,
        most: Option<u64>,
    ) -> Result<Whole<T>, CollectError> {
        let whole = self.caller.all(ask, shape, most).await?;
        if let Some(gap) = &whole.gap {
            self.part_missing(gap);
        }
        Ok(whole)
    }

    /// As [`Reading::part`], for an answer that is no list. That there is nothing leaves no gap: what it means
    /// is for the collector to say.
    ///
    /// # Errors
    /// When the credentials do not hold any longer.
    pub(super) async fn one<T: DeserializeOwned>(
        &mut self,
        operation: &'static str,
        ask: Ask,
    ) -> Result<Result<Found<T>, Gap>, CollectError> {
        let answer = one(&self.caller, operation, &ask).await?;
        if let Err(gap) = &answer
            && !is_not_found(gap)
        {
            self.part_missing(gap);
        }
        Ok(answer)
    }

    /// As [`Reading::part`], one list for each parent, several at a time, in the order of the parents.
    ///
    /// # Errors
    /// When the credentials do not hold any longer.
    pub(super) async fn children<T: DeserializeOwned>(
        &mut self,
        asks: Vec<Ask>,
        shape: Shape,
        most: Option<u64>,
    ) -> Result<Vec<Whole<T>>, CollectError> {
        let caller = &self.caller;
        let lists: Vec<_> = asks
            .into_iter()
            .map(|ask| caller.all::<T>(ask, shape, most))
            .collect();
        let answers: Vec<_> = futures::stream::iter(lists)
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut wholes = Vec::with_capacity(answers.len());
        for answer in answers {
            let whole = answer?;
            if let Some(gap) = &whole.gap {
                self.part_missing(gap);
            }
            wholes.push(whole);
        }
        Ok(wholes)
    }

    /// A refusal stays with the fields; where asking again may help, the read is not complete, so that a
    /// resumed collection asks again.
    fn part_missing(&mut self, gap: &Gap) {
        if !matches!(
            gap.cause,
            Cause::Denied | Cause::Disabled | Cause::BudgetReached
        ) {
            self.not_read(gap.clone());
        }
    }
}

/// One answer that is no list.
async fn one<T: DeserializeOwned>(
    caller: &Caller,
    operation: &'static str,
    ask: &Ask,
) -> Result<Result<Found<T>, Gap>, CollectError> {
    let answer = caller.call(ask, |_| 1).await;
    match answer.map_err(|failure: Failure| CollectError::from(failure)) {
        Ok(answer) => Ok(decode(operation, answer)),
        Err(error) if error.disposition() == Disposition::Abort => Err(error),
        Err(error) => Ok(Err(error.recorded().clone())),
    }
}
