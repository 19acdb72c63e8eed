//! Points of Cloud Monitoring of the project's resources, in as few requests as there can be.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use orch_collect::{
    Charge, CollectContext, CollectError, CollectSettings, CollectorSpec, Estimate, Operation,
};
use orch_model::kind::InstanceState;
use orch_model::{Body, Metric, Resource, Scope, Series, Statistic, Text, Time, Uid};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Entry;
use super::reading::{self, Reader, Reading};
use crate::convert::{Number, time};
use crate::names::Names;
use crate::operations::{Api, get};
use crate::page::Shape;

const LIST: Api = get(
    "monitoring.timeSeries.list",
    "monitoring.googleapis.com/v3/projects/{project}/timeSeries",
);

/// The operation of every collector of metrics: half a dollar for a million series, a million a month free.
pub(super) const OPERATION: Operation = Operation {
    name: LIST.permission,
    charge: Charge::PerThousand("0.0005"),
};

/// Points in one page: more would only make one answer too large to arrive in time.
const PAGE: u64 = 50_000;

/// The most machines that one list is to hold; beyond, each zone is a list of its own.
const TOGETHER: usize = 500;

/// What is charged for series: what [`OPERATION`] says of a thousand.
fn charge(series: usize) -> Decimal {
    Decimal::new(5, 7) * Decimal::from(series as u64)
}

/// One metric as Google names it.
pub(super) struct Asked {
    pub(super) metric: Metric,
    /// How one period is made one point.
    pub(super) statistic: Statistic,
    /// The metric's type and what else is asked of it, as a filter.
    pub(super) filter: &'static str,
    pub(super) aligner: &'static str,
    /// Whether the series of one machine are added up.
    pub(super) summed: bool,
    /// From Google's unit to ours.
    pub(super) factor: f64,
}

/// What a collector of metrics asks for.
pub(super) trait Measured: Send + Sync + 'static {
    /// What its collector is.
    const SPEC: &'static CollectorSpec;
    /// Length of a period in seconds. A whole number of them makes a day.
    const STEP_S: u32;
    /// Its metrics.
    const METRICS: &'static [Asked];
    /// Whether a resource is there to be measured.
    const MEASURES: fn(&Resource) -> bool = is_machine;
    /// What else is asked of every metric, as a filter.
    const ONLY: &'static str = r#" AND resource.type = "gce_instance""#;
    /// Whose series are added up to one.
    const GROUPED_BY: &'static [&'static str] = &["resource.labels.instance_id"];
    /// The resource of a series by its names, where no number tells it.
    const OWNER: fn(Names<'_>, &TimeSeries) -> Option<Uid> = machine;
    /// Whether periods without a point are periods in which nothing happened. Then each resource has points of one of
    /// the metrics only.
    const SILENT: bool = false;
}

/// The line of a collector of metrics in the table.
pub(super) const fn measured<M: Measured>() -> Entry {
    reading::read::<Of<M>>()
}

struct Of<M>(PhantomData<M>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TimeSeries {
    metric: Option<Labelled>,
    resource: Option<Labelled>,
    points: Option<Vec<Point>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Labelled {
    labels: Option<BTreeMap<Text, Option<Text>>>,
}

impl Labelled {
    fn label<'a>(this: Option<&'a Self>, name: &str) -> Option<&'a str> {
        this?.labels.as_ref()?.get(name)?.as_deref()
    }
}

impl TimeSeries {
    /// A label of the resource that it is about.
    pub(super) fn of(&self, label: &str) -> Option<&str> {
        Labelled::label(self.resource.as_ref(), label)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Point {
    interval: Option<Interval>,
    value: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Interval {
    end_time: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Value {
    double_value: Option<f64>,
    int64_value: Option<Number>,
}

impl<M: Measured> Reader for Of<M> {
    const SPEC: &'static CollectorSpec = M::SPEC;

    fn estimate(prior: &[Resource], settings: &CollectSettings) -> Estimate {
        let resources = prior.iter().filter(|one| (M::MEASURES)(one)).count();
        let series = resources * M::METRICS.len();
        let points = series as u64 * u64::from(periods::<M>(settings));
        Estimate {
            calls: points.div_ceil(PAGE).max(M::METRICS.len() as u64),
            usd: charge(series),
            counted: vec![(series as u64, "series"), (resources as u64, "resources")],
            assumption: format!(
                "over {} days, 0.50 USD for a million series; the first million of a month is free",
                settings.metric_days
            ),
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let window = Window::of::<M>(reading.ctx);
        let owners = Owners::of::<M>(reading.names, reading.ctx);
        if owners.by_id.is_empty() && owners.by_place.is_empty() {
            return Ok(());
        }
        let mut all = if M::SILENT {
            owners.silence(&window)
        } else {
            Points::new()
        };
        for asked in M::METRICS {
            for zone in owners.lists() {
                let found = read::<M>(reading, &window, &owners, asked, zone, &mut all).await;
                if !M::SILENT {
                    // A series that broke off has fewer points, which its digest tells.
                    push(reading, &window, asked, std::mem::take(&mut all));
                }
                found?;
            }
        }
        if let (true, Some(asked)) = (M::SILENT, M::METRICS.first()) {
            push(reading, &window, asked, all);
        }
        Ok(())
    }
}

/// Points of resources, period by period.
type Points = BTreeMap<Uid, Vec<Option<f64>>>;

fn push(reading: &mut Reading<'_>, window: &Window, asked: &Asked, points: Points) {
    for (uid, values) in points {
        if values.iter().any(Option::is_some) {
            reading.push_series(Series {
                uid,
                metric: asked.metric,
                statistic: asked.statistic,
                start: window.start,
                step_s: window.step_s,
                values,
            });
        }
    }
}

/// Reads one metric, of one zone or of all.
async fn read<M: Measured>(
    reading: &mut Reading<'_>,
    window: &Window,
    owners: &Owners,
    asked: &Asked,
    zone: Option<&str>,
    points: &mut Points,
) -> Result<(), CollectError> {
    let zone = zone.map(|zone| format!(r#" AND resource.labels.zone = "{zone}""#));
    let filter = format!("{}{}{}", asked.filter, M::ONLY, zone.unwrap_or_default());
    let mut ask = reading
        .ask(LIST)
        .query("filter", filter)
        .query("interval.startTime", window.start.to_rfc3339())
        .query("interval.endTime", window.end.to_rfc3339())
        .query("aggregation.alignmentPeriod", format!("{}s", window.step_s))
        .query("aggregation.perSeriesAligner", asked.aligner)
        .query("pageSize", PAGE.to_string());
    if asked.summed {
        ask = ask.query("aggregation.crossSeriesReducer", "REDUCE_SUM");
        for field in M::GROUPED_BY {
            ask = ask.query("aggregation.groupByFields", *field);
        }
    }
    let usd = charge(owners.count());
    let mut list = reading
        .caller
        .list(ask, Shape::Items("timeSeries"), Some(PAGE))
        .charging(usd);
    let mut ended = Ok(());
    loop {
        let whole = match list.page().await {
            Ok(Some(page)) => page.decoded::<TimeSeries>(),
            Ok(None) => break,
            Err(error) => {
                ended = Err(error);
                break;
            }
        };
        if let Some(gap) = whole.gap {
            reading.not_read(gap);
        }
        for found in &whole.found {
            let Some(uid) = owners.of_series(&found.own) else {
                // Of a resource that is gone, or in a region that is left out.
                continue;
            };
            let values = points
                .entry(uid.clone())
                .or_insert_with(|| vec![None; window.periods]);
            for point in found.own.points.iter().flatten() {
                if let Some((place, value)) = window.point(point) {
                    values[place] = Some(value * asked.factor);
                }
            }
        }
    }
    ended
}

/// Periods of one series.
fn periods<M: Measured>(settings: &CollectSettings) -> u32 {
    settings.metric_days * (86_400 / M::STEP_S)
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

/// The machine of a series that is told by its zone and name.
fn machine(names: Names<'_>, series: &TimeSeries) -> Option<Uid> {
    let name = Labelled::label(series.metric.as_ref(), "instance_name")?;
    Some(names.compute(Some(series.of("zone")?), "instances", name))
}

/// The resources to be measured, by what series know them by.
struct Owners {
    by_id: BTreeMap<Text, Uid>,
    /// With when it was made, where that is known.
    by_place: BTreeMap<Uid, Option<Time>>,
    zones: BTreeSet<Text>,
    project: Scope,
    owner: fn(Names<'_>, &TimeSeries) -> Option<Uid>,
}

impl Owners {
    fn of<M: Measured>(names: Names<'_>, ctx: &CollectContext) -> Self {
        let mut owners = Self {
            by_id: BTreeMap::new(),
            by_place: BTreeMap::new(),
            zones: BTreeSet::new(),
            project: names.at(None),
            owner: M::OWNER,
        };
        for resource in ctx.prior.iter().filter(|one| (M::MEASURES)(one)) {
            if let Body::ComputeInstance(instance) = &resource.body {
                let id = instance.gcp.value().and_then(|gcp| gcp.numeric_id.value());
                if let Some(id) = id {
                    owners.by_id.insert(id.clone(), resource.uid.clone());
                }
                owners.zones.extend(instance.zone.value().cloned());
            }
            let made = resource.created_at.value().copied();
            owners.by_place.insert(resource.uid.clone(), made);
        }
        owners
    }

    fn count(&self) -> usize {
        self.by_place.len()
    }

    /// One list for all, or one a zone where there are too many for one.
    fn lists(&self) -> Vec<Option<&str>> {
        if self.count() <= TOGETHER || self.zones.is_empty() {
            vec![None]
        } else {
            self.zones.iter().map(|zone| Some(zone.as_str())).collect()
        }
    }

    /// The resource of a series.
    fn of_series(&self, series: &TimeSeries) -> Option<&Uid> {
        if let Some(uid) = series.of("instance_id").and_then(|id| self.by_id.get(id)) {
            return Some(uid);
        }
        let uid = (self.owner)(Names::new(&self.project), series)?;
        self.by_place.get_key_value(&uid).map(|(known, _)| known)
    }

    /// Nothing in every period since a resource was made.
    fn silence(&self, window: &Window) -> Points {
        let made = self.by_place.iter();
        let made = made.filter_map(|(uid, made)| Some((uid.clone(), (*made)?)));
        made.map(|(uid, made)| (uid, window.since(made))).collect()
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

    /// Zero in every whole period after an instant.
    fn since(&self, made: Time) -> Vec<Option<f64>> {
        let step = i64::from(self.step_s);
        let before = (made - self.start).num_seconds().max(0);
        let first = usize::try_from((before + step - 1) / step).unwrap_or(usize::MAX);
        (0..self.periods)
            .map(|place| (place >= first).then_some(0.0))
            .collect()
    }

    /// The period and the value of a point. An aligned point is told by the end of its period.
    fn point(&self, point: &Point) -> Option<(usize, f64)> {
        let end = time(point.interval.as_ref()?.end_time.as_deref()?)?;
        let value = point.value.as_ref()?;
        let value = value
            .double_value
            .or_else(|| value.int64_value.map(|number| number.0 as f64))
            .filter(|value| value.is_finite())?;
        let step = i64::from(self.step_s);
        let since = (end - self.start).num_seconds();
        let place = usize::try_from((since + step - 1).div_euclid(step) - 1).ok()?;
        (place < self.periods).then_some((place, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn window() -> Window {
        Window {
            start: "2026-11-22T00:00:00Z".parse().unwrap(),
            end: "2026-11-22T01:00:00Z".parse().unwrap(),
            step_s: 300,
            periods: 12,
        }
    }

    #[test]
    fn a_point_belongs_to_the_period_that_it_ends() {
        let at = |end: &str, value: serde_json::Value| {
            let point = json!({"interval": {"startTime": end, "endTime": end}, "value": value});
            window().point(&serde_json::from_value(point).unwrap())
        };
        let double = || json!({"doubleValue": 0.5});
        assert_eq!(at("2026-11-22T00:05:00Z", double()), Some((0, 0.5)));
        assert_eq!(at("2026-11-22T01:00:00Z", double()), Some((11, 0.5)));
        assert_eq!(at("2026-11-22T00:00:00Z", double()), None);
        assert_eq!(at("2026-11-22T01:05:00Z", double()), None);
        let bytes = json!({"int64Value": "1024"});
        assert_eq!(at("2026-11-22T00:10:00Z", bytes), Some((1, 1024.0)));
        assert_eq!(at("yesterday", double()), None);
    }

    #[test]
    fn silence_is_nothing_from_the_first_whole_period_on() {
        let since = |made: &str| window().since(made.parse().unwrap());
        let zeros = |made: &str| since(made).iter().flatten().count();
        assert_eq!(zeros("2026-01-01T00:00:00Z"), 12);
        assert_eq!(zeros("2026-11-22T00:00:01Z"), 11);
        assert_eq!(since("2026-11-22T00:55:00Z")[10..], [None, Some(0.0)]);
        assert_eq!(zeros("2026-11-23T00:00:00Z"), 0);
    }

    #[test]
    fn a_million_series_cost_half_a_dollar() {
        assert_eq!(charge(1_000_000), Decimal::new(5, 1));
    }
}
