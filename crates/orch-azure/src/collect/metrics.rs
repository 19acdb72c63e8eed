//! Points of Azure Monitor metrics of the subscription's resources: one request a resource for all its metrics.
//!
//! The request that asks for many resources at once lives at another address with tokens of its own, and the
//! one for a whole subscription cuts its answer off without a word; this one is free and whole.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Disposition,
    Estimate,
};
use orch_model::kind::InstanceState;
use orch_model::{
    Body, Cause, Dataset, Gap, Metric, Resource, Scope, Series, Statistic, Time, Uid,
};
use serde_json::Value;

use super::list::Source;
use super::{Decoded, Entry};
use crate::call::Caller;
use crate::error::Failure;
use crate::node::{Malformed, Node};
use crate::provider::Azure;

/// The action of every collector of metrics.
pub(super) const READ: &str = "Microsoft.Insights/metrics/read";

/// Where the points of resources of one type are asked for.
const fn source(namespace: &'static [(&'static str, &'static str); 1]) -> Source {
    let path = "{id}/providers/Microsoft.Insights/metrics";
    Source::get(READ, path, "2023-10-01").with(namespace)
}

/// Resources that are asked for at the same time.
const AT_ONCE: usize = 8;

/// What is asked for each resource of one type.
pub(super) struct Group {
    /// Azure's type, as its requests name it.
    pub(super) namespace: &'static [(&'static str, &'static str); 1],
    /// Whether a resource is of this type, and there to be measured.
    pub(super) measures: fn(&Resource) -> bool,
    /// What is asked.
    pub(super) metrics: &'static [Asked],
}

/// One metric. Those of one name of ours are added up, period by period.
pub(super) struct Asked {
    metric: Metric,
    /// Azure's name.
    name: &'static str,
    /// How Azure makes a period one point.
    word: Statistic,
    /// What that is to us, and what a point is multiplied with.
    statistic: Statistic,
    factor: f64,
}

/// A metric as Azure has it.
pub(super) const fn plain(metric: Metric, name: &'static str, statistic: Statistic) -> Asked {
    Asked {
        metric,
        name,
        word: statistic,
        statistic,
        factor: 1.0,
    }
}

/// The sum of a period out of the mean of a rate a second.
pub(super) const fn rate(metric: Metric, name: &'static str, step_s: u32) -> Asked {
    Asked {
        metric,
        name,
        word: Statistic::Average,
        statistic: Statistic::Sum,
        factor: step_s as f64,
    }
}

/// What a collector of metrics asks.
pub(super) trait Measured: Send + Sync + 'static {
    /// What its collector is.
    const SPEC: &'static CollectorSpec;
    /// Length of a period in seconds, and as Azure writes it. A whole number of them makes a day.
    const STEP: (u32, &'static str);
    /// The types it asks for.
    const GROUPS: &'static [Group];
}

/// The line of a collector of metrics in the table.
pub(super) const fn measured<M: Measured>() -> Entry {
    Entry {
        spec: M::SPEC,
        make: |azure| Box::new(Metrics::<M>(azure.clone(), PhantomData)),
        decode: decode::<M>,
        #[cfg(test)]
        sources: || {
            let of = |group: &Group| {
                let [(_, namespace)] = group.namespace;
                let resource = format!(
                    "/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{namespace}/{{name}}"
                );
                let source = source(group.namespace);
                (source.pattern(&resource), source)
            };
            M::GROUPS.iter().map(of).collect()
        },
    }
}

/// The collector.
struct Metrics<M>(Arc<Azure>, PhantomData<M>);

#[async_trait]
impl<M: Measured> Collector for Metrics<M> {
    fn spec(&self) -> &CollectorSpec {
        M::SPEC
    }

    fn estimate(&self, prior: &[Resource], settings: &CollectSettings) -> Estimate {
        let groups = || prior.iter().filter_map(place::<M>);
        let resources = groups().count() as u64;
        let metrics = groups()
            .map(|place| M::GROUPS[place].metrics.len() as u64)
            .sum();
        Estimate {
            calls: resources,
            counted: vec![(metrics, "metrics"), (resources, "resources")],
            assumption: format!(
                "over {} days, one free call a resource",
                settings.metric_days
            ),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let caller = &Caller::collector(M::SPEC.name, ctx);
        let window = &Window::of::<M>(ctx.as_of, &ctx.settings);
        let there = ctx.prior.iter();
        let there: Vec<(Uid, usize)> = there
            .filter_map(|resource| Some((resource.uid.clone(), place::<M>(resource)?)))
            .collect();
        let mut answers = stream::iter(there)
            .map(|(uid, place)| async move {
                let answer = self
                    .read(caller, ctx, window, &M::GROUPS[place], &uid)
                    .await;
                (uid, place, answer)
            })
            .buffered(AT_ONCE);
        while let Some((uid, place, answer)) = answers.next().await {
            let group = &M::GROUPS[place];
            match answer {
                Ok(Some(body)) => match series(window, group, &uid, Node::of(&body)) {
                    Ok((series, gap)) => {
                        series.into_iter().for_each(|one| out.push(one));
                        gap.into_iter().for_each(|gap| out.not_read(gap));
                    }
                    Err(Malformed(place)) => {
                        out.not_read(Failure::undecodable(READ, place).gap());
                    }
                },
                Ok(None) => {}
                Err(error) => failed(error, out)?,
            }
        }
        Ok(())
    }
}

/// The group that a resource is of, if any.
fn place<M: Measured>(resource: &Resource) -> Option<usize> {
    M::GROUPS
        .iter()
        .position(|group| (group.measures)(resource))
}

/// What a resource's failed call leaves: what is refused for one is refused for all.
fn failed(error: CollectError, out: &mut Batch) -> Result<(), CollectError> {
    let gap = error.recorded().clone();
    let ends = error.disposition() == Disposition::Abort
        || matches!(
            gap.cause,
            Cause::Denied | Cause::Disabled | Cause::Cancelled
        );
    if ends {
        return Err(error);
    }
    out.not_read(gap);
    Ok(())
}

impl<M: Measured> Metrics<M> {
    /// The answer for one resource; none for one that is gone.
    async fn read(
        &self,
        caller: &Caller,
        ctx: &CollectContext,
        window: &Window,
        group: &Group,
        resource: &Uid,
    ) -> Result<Option<Value>, CollectError> {
        let client = &self.0.client;
        let timespan = window.timespan();
        let query = [
            ("metricnames", names(group)),
            ("aggregation", aggregations(group)),
            ("interval", M::STEP.1.to_owned()),
            ("timespan", timespan),
            // Otherwise a step that Azure does not keep would be exchanged for another one.
            ("AutoAdjustTimegrain", "false".to_owned()),
        ];
        let query: Vec<(&str, &str)> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let account = &ctx.scope.account;
        let source = source(group.namespace);
        let ask = source.about(client, account, resource.as_str(), &query, None);
        let items = |body: &Value| {
            body.get("value")
                .and_then(Value::as_array)
                .map_or(0, Vec::len)
        };
        match caller.call(client, &ask, None, items).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }
}

fn names(group: &Group) -> String {
    let mut names: Vec<&str> = group.metrics.iter().map(|asked| asked.name).collect();
    names.dedup();
    names.join(",")
}

fn aggregations(group: &Group) -> String {
    let statistics = group.metrics.iter().map(|asked| word(asked.word));
    let mut words: Vec<&str> = statistics.collect();
    words.sort_unstable();
    words.dedup();
    words.join(",")
}

/// What Azure calls a statistic; in answers it is written small.
fn word(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Average => "Average",
        Statistic::Maximum => "Maximum",
        Statistic::Sum => "Total",
    }
}

/// Whether a machine is there to be measured.
fn is_machine(resource: &Resource) -> bool {
    match &resource.body {
        Body::ComputeInstance(instance) => !matches!(
            instance.state.value(),
            Some(InstanceState::ShuttingDown | InstanceState::Terminated)
        ),
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
    fn of<M: Measured>(as_of: Time, settings: &CollectSettings) -> Self {
        let step_s = M::STEP.0;
        let periods = settings.metric_days * (86_400 / step_s);
        let step = i64::from(step_s);
        let end = as_of.timestamp().div_euclid(step) * step;
        let start = end - step * i64::from(periods);
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap_or(as_of);
        Self {
            start: at(start),
            end: at(end),
            step_s,
            periods: periods as usize,
        }
    }

    fn timespan(&self) -> String {
        let text = |time: Time| time.format("%Y-%m-%dT%H:%M:%SZ");
        format!("{}/{}", text(self.start), text(self.end))
    }

    /// The period that an instant falls into.
    fn place(&self, at: Time) -> Option<usize> {
        let offset = at.timestamp() - self.start.timestamp();
        let place = usize::try_from(offset.div_euclid(i64::from(self.step_s))).ok()?;
        (place < self.periods).then_some(place)
    }
}

/// The series of an answer. One without a point is none: that it was read stands in the read.
fn series(
    window: &Window,
    group: &Group,
    uid: &Uid,
    body: Node<'_>,
) -> Result<(Vec<Series>, Option<Gap>), Malformed> {
    let (mut found, mut gap): (Vec<Series>, _) = (Vec::new(), None);
    if !body.has("value") {
        return Err(body.missing("value"));
    }
    for metric in body.list("value")? {
        let name = metric.required("name.value")?;
        if let Some(code) = metric.text("errorCode")?.filter(|code| *code != "Success") {
            let plain = code.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let code = if plain { code } else { "error" };
            gap.get_or_insert(Failure::new(READ, Cause::ServerError, code).gap());
            continue;
        }
        let wanted = group
            .metrics
            .iter()
            .filter(|asked| asked.name.eq_ignore_ascii_case(name));
        for asked in wanted {
            let Some(values) = values(window, metric, asked)? else {
                continue;
            };
            let same =
                |one: &&mut Series| (one.metric, one.statistic) == (asked.metric, asked.statistic);
            match found.iter_mut().find(same) {
                Some(series) => add(&mut series.values, &values),
                None => found.push(Series {
                    uid: uid.clone(),
                    metric: asked.metric,
                    statistic: asked.statistic,
                    start: window.start,
                    step_s: window.step_s,
                    values,
                }),
            }
        }
    }
    Ok((found, gap))
}

/// Adds points to others; a period in which one of them is missing has none.
fn add(all: &mut [Option<f64>], more: &[Option<f64>]) {
    for (sum, one) in all.iter_mut().zip(more) {
        *sum = sum.zip(*one).map(|(sum, one)| sum + one);
    }
}

/// The points of one metric, or none.
fn values(
    window: &Window,
    metric: Node<'_>,
    asked: &Asked,
) -> Result<Option<Vec<Option<f64>>>, Malformed> {
    let member = word(asked.word).to_ascii_lowercase();
    let mut values: Option<Vec<Option<f64>>> = None;
    for line in metric.list("timeseries")? {
        for point in line.list("data")? {
            let at = point
                .time("timeStamp")?
                .ok_or_else(|| point.missing("timeStamp"))?;
            let value = point.at(&member)?;
            if value.is_none() {
                continue;
            }
            let value = value.value().as_f64().ok_or_else(|| point.bad(&member))?;
            if let Some(place) = window.place(at).filter(|_| value.is_finite()) {
                let values = values.get_or_insert_with(|| vec![None; window.periods]);
                values[place] = Some(value * asked.factor);
            }
        }
    }
    Ok(values)
}

/// Decodes an answer without asking anybody.
fn decode<M: Measured>(_: &Scope, body: Value) -> Decoded {
    let settings = CollectSettings::default();
    let window = Window::of::<M>(Time::UNIX_EPOCH, &settings);
    let gaps = M::GROUPS.iter().map(|group| {
        match series(&window, group, &Uid::new("resource"), Node::of(&body)) {
            Ok((_, gap)) => gap,
            Err(Malformed(place)) => Some(Failure::undecodable(READ, place).gap()),
        }
    });
    Decoded {
        resources: Vec::new(),
        gap: gaps.flatten().next(),
    }
}

/// Machines, as requests name them.
const MACHINES: &[(&str, &str); 1] = &[("metricnamespace", "Microsoft.Compute/virtualMachines")];

/// Processor use every five minutes: mean and peak, as a mean alone hides what a smaller machine could not
/// carry.
pub(super) struct Cpu;

impl Measured for Cpu {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.cpu",
        service: "monitor",
        datasets: &[Dataset::Series(Metric::Cpu)],
        reach: orch_model::Reach::Global,
        after: &["compute.instances"],
        operations: &[super::list::free(READ)],
    };
    const STEP: (u32, &'static str) = (300, "PT5M");
    const GROUPS: &'static [Group] = &[Group {
        namespace: MACHINES,
        measures: is_machine,
        metrics: &[
            plain(Metric::Cpu, "Percentage CPU", Statistic::Average),
            plain(Metric::Cpu, "Percentage CPU", Statistic::Maximum),
        ],
    }];
}

/// Bytes in and out and free memory, every hour.
pub(super) struct Hourly;

impl Measured for Hourly {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.hourly",
        service: "monitor",
        datasets: &[
            Dataset::Series(Metric::NetworkIn),
            Dataset::Series(Metric::NetworkOut),
            Dataset::Series(Metric::MemoryAvailable),
        ],
        reach: orch_model::Reach::Global,
        after: &["compute.instances"],
        operations: &[super::list::free(READ)],
    };
    const STEP: (u32, &'static str) = (3_600, "PT1H");
    const GROUPS: &'static [Group] = &[Group {
        namespace: MACHINES,
        measures: is_machine,
        metrics: &[
            plain(Metric::NetworkIn, "Network In Total", Statistic::Sum),
            plain(Metric::NetworkOut, "Network Out Total", Statistic::Sum),
            plain(
                Metric::MemoryAvailable,
                "Available Memory Bytes",
                Statistic::Average,
            ),
        ],
    }];
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
