//! Which metrics of Amazon's make one series of ours?

use aws_sdk_cloudwatch::types::{Dimension, Metric as Named, MetricDataQuery, MetricStat};
use orch_model::kind::{ComputeInstance, InstanceState};
use orch_model::{Body, Metric, Resource, Statistic, Text, Time, Uid};

/// One series to read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Whose.
    pub(super) uid: Uid,
    /// What it is to us.
    pub(super) metric: Metric,
    /// How a period is made one point.
    pub(super) statistic: Statistic,
    /// The metrics that it is the sum of; mostly one.
    pub(super) parts: Vec<Part>,
    /// What a point is multiplied with, and what is added then.
    pub(super) line: (f64, f64),
    /// From when on a period without a point is one in which nothing happened. None where silence says
    /// nothing.
    pub(super) silent_since: Option<Time>,
}

impl Wanted {
    /// A series whose points are those of one metric.
    pub(super) fn one(uid: &Uid, metric: Metric, statistic: Statistic, part: Part) -> Self {
        Self::sum(uid, metric, statistic, vec![part])
    }

    /// A series whose points are sums of those of several metrics.
    pub(super) fn sum(uid: &Uid, metric: Metric, statistic: Statistic, parts: Vec<Part>) -> Self {
        Self {
            uid: uid.clone(),
            metric,
            statistic,
            parts,
            line: (1.0, 0.0),
            silent_since: None,
        }
    }
}

/// One metric of Amazon's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) namespace: &'static str,
    pub(super) name: &'static str,
    /// What it is of, by name. All of them must be given.
    pub(super) dimensions: Vec<(Text, Text)>,
}

impl Part {
    /// A metric of something with one name.
    pub(super) fn of(
        namespace: &'static str,
        name: &'static str,
        (dimension, value): (&'static str, &str),
    ) -> Self {
        Self {
            namespace,
            name,
            dimensions: vec![(Text::new_static(dimension), Text::new(value))],
        }
    }

    /// As a question. Its id is its place in the request.
    pub(super) fn query(&self, place: usize, statistic: Statistic, step_s: u32) -> MetricDataQuery {
        let statistic = match statistic {
            Statistic::Average => "Average",
            Statistic::Maximum => "Maximum",
            Statistic::Sum => "Sum",
        };
        let dimensions = self.dimensions.iter().map(|(name, value)| {
            Dimension::builder()
                .name(name.as_str())
                .value(value.as_str())
                .build()
        });
        let metric = Named::builder()
            .namespace(self.namespace)
            .metric_name(self.name)
            .set_dimensions(Some(dimensions.collect()));
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

/// An instance that is there and can have been up since then.
pub(super) fn measured_instance(
    resource: &Resource,
    since: Option<Time>,
) -> Option<&ComputeInstance> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return None;
    };
    let gone = matches!(
        instance.state.value(),
        Some(InstanceState::ShuttingDown | InstanceState::Terminated)
    );
    let up = instance
        .stopped_since
        .value()
        .is_none_or(|stopped| since.is_none_or(|since| *stopped > since));
    (!gone && up).then_some(instance)
}

/// Metrics that EC2 keeps of an instance: ours, Amazon's name, and how a period is made one point.
pub(super) fn of_instance(
    resource: &Resource,
    since: Option<Time>,
    metrics: &[(Metric, &'static str, Statistic)],
) -> Vec<Wanted> {
    if measured_instance(resource, since).is_none() {
        return Vec::new();
    }
    let uid = &resource.uid;
    metrics
        .iter()
        .map(|(metric, name, statistic)| {
            let part = Part::of("AWS/EC2", name, ("InstanceId", uid.short()));
            Wanted::one(uid, *metric, *statistic, part)
        })
        .collect()
}
