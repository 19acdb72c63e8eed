//! Points of CloudWatch metrics of the scope's resources, as few requests as the service allows.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{MetricDataQuery, ScanBy};
use aws_smithy_types::DateTime;
use chrono::Duration;
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Estimate, Operation,
};
use orch_model::{Resource, Time};
use rust_decimal::Decimal;

use super::Entry;
use super::points::Points;
use super::wanted::Wanted;
use crate::call::Caller;
use crate::provider::Aws;

pub(super) const NAME: &str = "cloudwatch:GetMetricData";

/// The operation of every collector of metrics. A metric is counted once however many pages its points
/// take.
pub(super) const OPERATION: Operation = Operation {
    name: NAME,
    charge: Charge::PerThousand("0.01"),
};

/// The most metrics that one request may ask for.
const AT_ONCE: usize = 500;

/// The most points that one answer holds.
const POINTS_IN_PAGE: u64 = 100_800;

/// What is charged for one metric: a thousandth of what [`OPERATION`] says.
fn charge(metrics: usize) -> Decimal {
    Decimal::new(1, 5) * Decimal::from(metrics as u64)
}

/// What a collector of metrics asks for each resource.
pub(super) trait Measured: Send + Sync + 'static {
    /// What its collector is.
    const SPEC: &'static CollectorSpec;
    /// Length of a period in seconds. A whole number of them makes a day.
    const STEP_S: u32;
    /// What the resources are called where they are counted.
    const RESOURCES: &'static str = "instances";
    /// What is left out of what an estimate counts, as a sentence.
    const LEFT_OUT: &'static str = "those stopped for longer are left out";
    /// What finding out what to ask costs in US dollars, and how many calls it takes.
    const FINDING: (u64, Decimal) = (0, Decimal::ZERO);

    /// The series to ask for of a resource, from this time on where it is known; none where nothing is
    /// measured.
    fn of(resource: &Resource, since: Option<Time>) -> Vec<Wanted>;

    /// The series to ask for of all resources.
    fn wanted(
        reading: &Reading<'_>,
        _out: &mut Batch,
    ) -> impl Future<Output = Result<Vec<Wanted>, CollectError>> + Send {
        std::future::ready(Ok(reading.of_each::<Self>()))
    }
}

/// What is at hand while a scope is read.
pub(super) struct Reading<'a> {
    pub(super) caller: &'a Caller,
    pub(super) client: &'a Client,
    pub(super) prior: &'a [Resource],
    pub(super) since: Time,
}

impl Reading<'_> {
    /// What there is to ask of each resource by itself.
    pub(super) fn of_each<M: Measured + ?Sized>(&self) -> Vec<Wanted> {
        let since = Some(self.since);
        self.prior
            .iter()
            .flat_map(|resource| M::of(resource, since))
            .collect()
    }
}

/// The line of a collector of metrics in the table.
pub(super) const fn measured<M: Measured>() -> Entry {
    (M::SPEC, |aws| {
        Box::new(Metrics::<M>(aws.clone(), std::marker::PhantomData))
    })
}

/// The collector.
struct Metrics<M>(Arc<Aws>, std::marker::PhantomData<M>);

#[async_trait]
impl<M: Measured> Collector for Metrics<M> {
    fn spec(&self) -> &CollectorSpec {
        M::SPEC
    }

    fn estimate(&self, prior: &[Resource], settings: &CollectSettings) -> Estimate {
        let wanted = prior.iter().map(|resource| M::of(resource, None));
        let wanted: Vec<Vec<Wanted>> = wanted.filter(|wanted| !wanted.is_empty()).collect();
        let queries: usize = wanted.iter().flatten().map(|one| one.parts.len()).sum();
        let points = queries as u64 * u64::from(periods::<M>(settings));
        let calls = (queries.div_ceil(AT_ONCE) as u64).max(points.div_ceil(POINTS_IN_PAGE));
        let (finding, usd) = match queries {
            0 => (0, Decimal::ZERO),
            _ => M::FINDING,
        };
        Estimate {
            calls: calls + finding,
            usd: charge(queries) + usd,
            counted: vec![
                (queries as u64, "metrics"),
                (wanted.len() as u64, M::RESOURCES),
            ],
            assumption: format!(
                "over {} days, 0.01 USD per 1,000 metrics, each counted once; {}",
                settings.metric_days,
                M::LEFT_OUT
            ),
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.cloudwatch(&ctx.scope.region);
        let caller = Caller::collector(M::SPEC.name, ctx);
        let window = Window::of::<M>(ctx);
        let reading = Reading {
            caller: &caller,
            client: &client,
            prior: &ctx.prior,
            since: window.start,
        };
        let wanted = M::wanted(&reading, out).await?;
        for some in chunks(&wanted) {
            read(&caller, &client, &window, some, out).await?;
        }
        Ok(())
    }
}

/// Periods of one series.
fn periods<M: Measured>(settings: &CollectSettings) -> u32 {
    settings.metric_days * (86_400 / M::STEP_S)
}

/// The periods asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: Time,
    pub(super) end: Time,
    pub(super) step_s: u32,
    pub(super) periods: usize,
}

impl Window {
    /// Whole periods up to the time of the snapshot.
    fn of<M: Measured>(ctx: &CollectContext) -> Self {
        let periods = periods::<M>(&ctx.settings);
        let step = i64::from(M::STEP_S);
        let end = ctx.as_of.timestamp().div_euclid(step) * step;
        let start = end - step * i64::from(periods);
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap_or(ctx.as_of);
        Self {
            start: at(start),
            end: at(end),
            step_s: M::STEP_S,
            periods: periods as usize,
        }
    }

    /// The period that an instant falls into.
    pub(super) fn place(&self, at: &DateTime) -> Option<usize> {
        let offset = Duration::seconds(at.secs() - self.start.timestamp()).num_seconds();
        let place = usize::try_from(offset.div_euclid(i64::from(self.step_s))).ok()?;
        (place < self.periods).then_some(place)
    }

    /// The first period that lies wholly after an instant.
    pub(super) fn first_after(&self, at: Time) -> usize {
        let offset = (at - self.start).num_seconds();
        let step = i64::from(self.step_s);
        usize::try_from(offset.div_euclid(step) + i64::from(offset.rem_euclid(step) > 0))
            .unwrap_or(0)
    }
}

/// As many series at once as a request may ask for. The parts of one stay together.
fn chunks(wanted: &[Wanted]) -> Vec<&[Wanted]> {
    let (mut chunks, mut from, mut parts) = (Vec::new(), 0, 0);
    for (place, one) in wanted.iter().enumerate() {
        if parts + one.parts.len() > AT_ONCE {
            chunks.push(&wanted[from..place]);
            (from, parts) = (place, 0);
        }
        parts += one.parts.len();
    }
    chunks.push(&wanted[from..]);
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// Reads up to [`AT_ONCE`] metrics.
async fn read(
    caller: &Caller,
    client: &Client,
    window: &Window,
    wanted: &[Wanted],
    out: &mut Batch,
) -> Result<(), CollectError> {
    let queries: Vec<MetricDataQuery> = wanted
        .iter()
        .flat_map(|one| one.parts.iter().map(move |part| (one.statistic, part)))
        .enumerate()
        .map(|(place, (statistic, part))| part.query(place, statistic, window.step_s))
        .collect();
    let mut points = Points::of(window, wanted);
    let mut list = caller.list(NAME, Some(POINTS_IN_PAGE));
    let mut charged = charge(queries.len());
    while let Some(page) = list
        .charged(
            std::mem::take(&mut charged),
            |token| {
                client
                    .get_metric_data()
                    .set_metric_data_queries(Some(queries.clone()))
                    .start_time(DateTime::from_secs(window.start.timestamp()))
                    .end_time(DateTime::from_secs(window.end.timestamp()))
                    .scan_by(ScanBy::TimestampAscending)
                    .set_next_token(token)
                    .send()
            },
            |page| {
                page.metric_data_results()
                    .iter()
                    .map(|one| one.values().len())
                    .sum()
            },
            |page| page.next_token(),
        )
        .await?
    {
        for result in page.metric_data_results() {
            points.take(result, out);
        }
    }
    points.finish(out);
    Ok(())
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
