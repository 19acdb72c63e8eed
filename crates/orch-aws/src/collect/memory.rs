//! series.memory-available: free memory, where the agent of CloudWatch runs on an instance and reports it.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{DimensionFilter, Metric as Listed};
use orch_collect::{Batch, Charge, CollectError, CollectorSpec, Operation};
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Text, Time};
use rust_decimal::Decimal;

use super::metrics::{Measured, OPERATION, Reading};
use super::wanted::{Part, Wanted, measured_instance};

const LIST: &str = "cloudwatch:ListMetrics";

/// The most metrics that one page of the list holds.
const PAGE: u64 = 500;

/// Where the agent keeps its metrics unless somebody chose another name.
const NAMESPACE: &str = "CWAgent";

const INSTANCE: &str = "InstanceId";
const TYPE: &str = "InstanceType";

const MIB: f64 = 1_048_576.0;

/// What a metric of the agent says.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// Free memory, in so many bytes a unit.
    Free(f64),
    /// The part of memory that is used, in percent.
    UsedPercent,
}

/// The agent's metrics that tell free memory, the most exact first: those of Linux are lower case, the others
/// are counters of Windows. Which of them it sends is configured. The percentage of committed memory, which
/// it sends of Windows where nobody chose, is not of the memory there is, and tells nothing.
const TOLD: [(&str, Says); 4] = [
    ("mem_available", Says::Free(1.0)),
    ("Memory Available Bytes", Says::Free(1.0)),
    ("Memory Available MBytes", Says::Free(MIB)),
    ("mem_used_percent", Says::UsedPercent),
];

/// A thousandth of a cent for a call of the list.
const LIST_USD: Decimal = Decimal::from_parts(1, 0, 0, false, 5);

/// Free memory.
pub(super) struct Memory;

impl Measured for Memory {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.memory",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::MemoryAvailable)],
        reach: Reach::PerRegion,
        // What a percentage is of, the type tells.
        after: &["ec2.instance-types", "ec2.instances"],
        operations: &[
            OPERATION,
            Operation {
                name: LIST,
                charge: Charge::PerThousand("0.01"),
            },
        ],
    };
    const STEP_S: u32 = 300;
    const LEFT_OUT: &'static str =
        "only those whose agent reports memory are asked, and the list of them is asked first";
    const FINDING: (u64, Decimal) = (TOLD.len() as u64, Decimal::from_parts(4, 0, 0, false, 5));

    /// At most: the metric that most agents send. What an agent sends only the list tells.
    fn of(resource: &Resource, since: Option<Time>) -> Vec<Wanted> {
        let of = measured_instance(resource, since);
        let dimension = (INSTANCE, resource.uid.short());
        let part = Part::of(NAMESPACE, "mem_used_percent", dimension);
        of.map(|_| wanted(resource, part)).into_iter().collect()
    }

    async fn wanted(reading: &Reading<'_>, _: &mut Batch) -> Result<Vec<Wanted>, CollectError> {
        if reading.of_each::<Self>().is_empty() {
            return Ok(Vec::new());
        }
        let mut sent = Sent::default();
        for (rank, (name, _)) in TOLD.iter().enumerate() {
            let mut list = reading.caller.list(LIST, Some(PAGE));
            while let Some(page) = list
                .charged(
                    LIST_USD,
                    |token| {
                        reading
                            .client
                            .list_metrics()
                            .namespace(NAMESPACE)
                            .metric_name(*name)
                            .dimensions(DimensionFilter::builder().name(INSTANCE).build())
                            .set_next_token(token)
                            .send()
                    },
                    |page| page.metrics().len(),
                    |page| page.next_token(),
                )
                .await?
            {
                page.metrics().iter().for_each(|one| sent.add(rank, one));
            }
        }
        Ok(sent.of(reading.prior, reading.since))
    }
}

fn wanted(resource: &Resource, part: Part) -> Wanted {
    let (metric, statistic) = (Metric::MemoryAvailable, Statistic::Average);
    Wanted::one(&resource.uid, metric, statistic, part)
}

/// What agents send: for each instance the metrics that tell its memory, each with its place in [`TOLD`].
#[derive(Debug, Default)]
struct Sent(BTreeMap<Text, Vec<(usize, Dimensions)>>);

/// All that a metric is of, by name.
type Dimensions = Vec<(Text, Text)>;

impl Sent {
    fn add(&mut self, rank: usize, listed: &Listed) {
        let mut dimensions: Dimensions = listed
            .dimensions()
            .iter()
            .filter_map(|one| Some((Text::new(one.name()?), Text::new(one.value()?))))
            .collect();
        dimensions.sort_unstable();
        if let Some(id) = dimension(&dimensions, INSTANCE) {
            let id = id.clone();
            self.0.entry(id).or_default().push((rank, dimensions));
        }
    }

    /// What to ask of each instance that is measured.
    fn of(&self, prior: &[Resource], since: Time) -> Vec<Wanted> {
        let mut memory: BTreeMap<&str, f64> = BTreeMap::new();
        for resource in prior {
            if let Body::ComputeInstanceType(body) = &resource.body {
                memory.insert(&body.instance_type, body.memory_mib as f64 * MIB);
            }
        }
        let asked = prior.iter().filter_map(|resource| {
            let instance = measured_instance(resource, Some(since))?;
            let there = memory.get(instance.instance_type.as_str()).copied();
            let known = self.0.get(resource.uid.short())?.iter();
            let (rank, dimensions) = known
                .filter(|(rank, dimensions)| {
                    // What was sent while it had another type is another machine's.
                    let of = dimension(dimensions, TYPE);
                    let same = of.is_none_or(|of| *of == instance.instance_type);
                    same && (there.is_some() || !matches!(TOLD[*rank].1, Says::UsedPercent))
                })
                // The one that is of the instance and nothing beside it is whole.
                .min_by_key(|(rank, dimensions)| (*rank, dimensions.len(), dimensions))?;
            let (name, says) = TOLD[*rank];
            let part = Part {
                namespace: NAMESPACE,
                name,
                dimensions: dimensions.clone(),
            };
            let mut wanted = wanted(resource, part);
            wanted.line = match says {
                Says::Free(bytes) => (bytes, 0.0),
                Says::UsedPercent => {
                    let there = there?;
                    (-there / 100.0, there)
                }
            };
            Some(wanted)
        });
        asked.collect()
    }
}

fn dimension<'d>(dimensions: &'d [(Text, Text)], name: &str) -> Option<&'d Text> {
    let found = dimensions.iter().find(|(of, _)| of == name);
    found.map(|(_, value)| value)
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
