//! Points of CloudWatch metrics of the scope's instances, as few requests as the service allows.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric as Named, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use chrono::Duration;
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Estimate, Operation,
};
use orch_model::kind::InstanceState;
use orch_model::{Body, Cause, Gap, Metric, Resource, Series, Statistic, Time, Uid};
use rust_decimal::Decimal;

use super::Entry;
use crate::call::Caller;
use crate::provider::Aws;

const NAME: &str = "cloudwatch:GetMetricData";

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

/// What a collector of metrics asks for each instance.
pub(super) trait Measured: Send + Sync + 'static {
    /// What its collector is.
    const SPEC: &'static CollectorSpec;
    /// Length of a period in seconds. A whole number of them makes a day.
    const STEP_S: u32;
    /// Our name, Amazon's name, and how a period is made one point.
    const METRICS: &'static [(Metric, &'static str, Statistic)];
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
        let instances = prior.iter().filter(|resource| is_there(resource)).count();
        let queries = instances * M::METRICS.len();
        let points = queries as u64 * u64::from(periods::<M>(settings));
        let calls = (queries.div_ceil(AT_ONCE) as u64).max(points.div_ceil(POINTS_IN_PAGE));
        Estimate {
            calls,
            usd: charge(queries),
            counted: vec![(queries as u64, "metrics"), (instances as u64, "instances")],
            assumption: format!(
                "over {} days, 0.01 USD per 1,000 \
                 metrics, each counted once; those stopped for longer are left out",
                settings.metric_days
            ),
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.cloudwatch(&ctx.scope.region);
        let caller = Caller::collector(M::SPEC.name, ctx);
        let window = Window::of::<M>(ctx);
        let wanted: Vec<Wanted> = ctx
            .prior
            .iter()
            .filter(|resource| is_there(resource) && was_up(resource, window.start))
            .flat_map(|resource| {
                M::METRICS.iter().map(|(metric, name, statistic)| Wanted {
                    uid: resource.uid.clone(),
                    metric: *metric,
                    name,
                    statistic: *statistic,
                })
            })
            .collect();
        for some in wanted.chunks(AT_ONCE) {
            read(&caller, &client, &window, some, out).await?;
        }
        Ok(())
    }
}

/// Periods of one series.
fn periods<M: Measured>(settings: &CollectSettings) -> u32 {
    settings.metric_days * (86_400 / M::STEP_S)
}

/// Whether an instance is there to be measured.
fn is_there(resource: &Resource) -> bool {
    match &resource.body {
        Body::ComputeInstance(instance) => !matches!(
            instance.state.value(),
            Some(InstanceState::ShuttingDown | InstanceState::Terminated)
        ),
        _ => false,
    }
}

/// Whether an instance can have been up since then.
fn was_up(resource: &Resource, since: Time) -> bool {
    match &resource.body {
        Body::ComputeInstance(instance) => instance
            .stopped_since
            .value()
            .is_none_or(|stopped| *stopped > since),
        _ => false,
    }
}

/// The periods asked for.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: Time,
    end: Time,
    step_s: u32,
    periods: usize,
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
    fn place(&self, at: &DateTime) -> Option<usize> {
        let offset = Duration::seconds(at.secs() - self.start.timestamp()).num_seconds();
        let place = usize::try_from(offset.div_euclid(i64::from(self.step_s))).ok()?;
        (place < self.periods).then_some(place)
    }
}

/// One series to read.
#[derive(Debug)]
struct Wanted {
    uid: Uid,
    metric: Metric,
    name: &'static str,
    statistic: Statistic,
}

impl Wanted {
    /// As a question. Its id is its place in the request.
    fn query(&self, place: usize, step_s: u32) -> MetricDataQuery {
        let statistic = match self.statistic {
            Statistic::Average => "Average",
            Statistic::Maximum => "Maximum",
            Statistic::Sum => "Sum",
        };
        let instance = Dimension::builder()
            .name("InstanceId")
            .value(self.uid.short())
            .build();
        let metric = Named::builder()
            .namespace("AWS/EC2")
            .metric_name(self.name)
            .dimensions(instance);
        MetricDataQuery::builder()
            .id(format!("q{place}"))
            .metric_stat(
                MetricStat::builder()
                    .metric(metric.build())
                    .period(i32::try_from(step_s).unwrap_or(i32::MAX))
                    .stat(statistic)
                    .build(),
            )
            .build()
    }
}

/// The points of one series while its pages arrive.
#[derive(Debug, Default)]
enum Points {
    #[default]
    None,
    Some(Vec<Option<f64>>),
    /// Handed over, or given up.
    Done,
}

/// Reads up to [`AT_ONCE`] series.
async fn read(
    caller: &Caller,
    client: &Client,
    window: &Window,
    wanted: &[Wanted],
    out: &mut Batch,
) -> Result<(), CollectError> {
    let queries: Vec<MetricDataQuery> = wanted
        .iter()
        .enumerate()
        .map(|(place, one)| one.query(place, window.step_s))
        .collect();
    let mut points: Vec<Points> = wanted.iter().map(|_| Points::None).collect();
    let mut list = caller.list(NAME, Some(POINTS_IN_PAGE));
    let mut charged = charge(wanted.len());
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
            take(window, wanted, &mut points, result, out);
        }
    }
    // What is neither complete nor given up when the pages end was told without a status.
    for (one, points) in wanted.iter().zip(points) {
        push(window, one, points, out);
    }
    Ok(())
}

/// Takes the points of one result, and hands the series over when it is complete.
fn take(
    window: &Window,
    wanted: &[Wanted],
    points: &mut [Points],
    result: &MetricDataResult,
    out: &mut Batch,
) {
    let place = result
        .id()
        .and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
    let Some((one, slot)) = place.and_then(|it| Some((wanted.get(it)?, points.get_mut(it)?)))
    else {
        return;
    };
    if matches!(slot, Points::Done) {
        return;
    }
    let status = result.status_code();
    if let Some(StatusCode::InternalError | StatusCode::Forbidden) = status {
        let forbidden = status == Some(&StatusCode::Forbidden);
        let cause = if forbidden {
            Cause::Denied
        } else {
            Cause::ServerError
        };
        let code = status.map_or("", |status| status.as_str());
        out.not_read(Gap::new(cause, format!("{NAME} {code}")));
        *slot = Points::Done;
        return;
    }
    for (at, value) in result.timestamps().iter().zip(result.values()) {
        if let Some(place) = window.place(at).filter(|_| value.is_finite()) {
            let values = match slot {
                Points::Some(values) => values,
                _ => {
                    *slot = Points::Some(vec![None; window.periods]);
                    let Points::Some(values) = slot else { return };
                    values
                }
            };
            values[place] = Some(*value);
        }
    }
    if status == Some(&StatusCode::Complete) {
        push(window, one, std::mem::replace(slot, Points::Done), out);
    }
}

/// Hands a series over. One without a point is none: that it was read stands in the read.
fn push(window: &Window, one: &Wanted, points: Points, out: &mut Batch) {
    if let Points::Some(values) = points {
        out.push(Series {
            uid: one.uid.clone(),
            metric: one.metric,
            statistic: one.statistic,
            start: window.start,
            step_s: window.step_s,
            values,
        });
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
