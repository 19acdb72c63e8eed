//! Whether an instance does nothing, by the thresholds that the clouds' own advisors publish.

use orch_model::Digest;
use serde::Serialize;

use super::{Measured, Network};

/// Whether something holds; not known where a metric is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// What is missing.
    NotKnown(&'static str),
}

impl Answer {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Both: a no decides, whatever else is missing.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (missing, _) => missing,
        }
    }
}

/// What is asked of an instance.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Processors.
    pub vcpu: u32,
    /// Averages of processor use in percent of the whole instance.
    pub cpu: &'q Measured,
    /// The largest momentary use in percent.
    pub peak: Option<f64>,
    /// The largest average of the last three days in percent.
    pub last_days: Option<f64>,
    /// Bytes a period.
    pub network: Option<&'q Network>,
    /// Bytes in and out of the busiest UTC day.
    pub busiest_day_bytes: Option<f64>,
    /// Network that the type has, in Mbit a second.
    pub network_mbps: Option<u32>,
}

/// A published definition of an idle instance.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// Its name: `aws-compute-optimizer`.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    /// Days that it looks at.
    pub days: u32,
    /// Where it stands.
    pub source: &'static str,
    asks: fn(&Question<'_>) -> Answer,
}

impl Idle {
    /// Whether an instance is idle by it. Less time than it looks at is not enough to say so; a tenth less
    /// counts as the whole time, because points are missing at both ends.
    pub fn ask(&self, question: &Question<'_>) -> Answer {
        let answer = (self.asks)(question);
        if answer == Answer::Yes && question.cpu.days() < f64::from(self.days) * ENOUGH {
            return Answer::NotKnown("enough days");
        }
        answer
    }
}

const ENOUGH: f64 = 0.9;
const NO_PEAK: Answer = Answer::NotKnown("the largest momentary use");
const NO_NETWORK: Answer = Answer::NotKnown("network use");

/// Every definition.
pub const IDLE: [Idle; 4] = [
    Idle {
        name: "aws-compute-optimizer",
        says: "peak of processor use below 5 % and below 5 MB of network a day",
        days: 14,
        source: "AWS Compute Optimizer User Guide, \"Viewing idle resource recommendations\", EC2",
        asks: compute_optimizer,
    },
    Idle {
        name: "aws-cost-explorer",
        says: "peak of processor use at most 1 %",
        days: 14,
        source: "AWS Cost Management User Guide, \"Understanding rightsizing recommendations calculations\"",
        asks: cost_explorer,
    },
    Idle {
        name: "azure-advisor",
        says: "95th percentile of the largest processor use below 3 %, largest average of the last three days at most 2 %, and below 2 % of the network sent",
        days: 7,
        source: "Microsoft Learn, \"Reduce service costs by using Azure Advisor\", shutdown recommendations",
        asks: advisor,
    },
    Idle {
        name: "gcp-recommender",
        says: "below 0.03 processors for 97 % of the time, below 2,000 bytes a second received and below 1,000 sent for 95 %",
        days: 14,
        source: "Compute Engine, \"Viewing and applying idle VM recommendations\" (the older text, which gives figures)",
        asks: recommender,
    },
];

fn compute_optimizer(question: &Question<'_>) -> Answer {
    let quiet = question.peak.map_or(NO_PEAK, |peak| Answer::of(peak < 5.0));
    let unused = question
        .busiest_day_bytes
        .map_or(NO_NETWORK, |bytes| Answer::of(bytes < 5e6));
    quiet.and(unused)
}

fn cost_explorer(question: &Question<'_>) -> Answer {
    question
        .peak
        .map_or(NO_PEAK, |peak| Answer::of(peak <= 1.0))
}

fn advisor(question: &Question<'_>) -> Answer {
    let quiet = Answer::of(question.cpu.p95 < 3.0);
    let lately = question
        .last_days
        .map_or(Answer::NotKnown("the last three days"), |largest| {
            Answer::of(largest <= 2.0)
        });
    let sent = match (question.network, question.network_mbps) {
        (Some(network), Some(has)) => {
            let used = network.sent_mbps(super::Percentile::Max);
            Answer::of(used < f64::from(has) * 0.02)
        }
        (Some(_), None) => Answer::NotKnown("how fast the network is"),
        (None, _) => NO_NETWORK,
    };
    quiet.and(lately).and(sent)
}

fn recommender(question: &Question<'_>) -> Answer {
    let limit = 0.03 / f64::from(question.vcpu.max(1)) * 100.0;
    let cpu = at(question.cpu, 97.0, limit);
    let Some(network) = question.network else {
        return cpu.and(NO_NETWORK);
    };
    let second = |direction: &Measured, limit: f64| {
        Answer::of(direction.p95 / f64::from(direction.step_s.max(1)) < limit)
    };
    cpu.and(second(&network.received, 2_000.0))
        .and(second(&network.sent, 1_000.0))
}

/// Whether a percentile is below a limit; of percentiles alone only the next ones on both sides can tell.
fn at(measured: &Measured, percent: f64, limit: f64) -> Answer {
    match measured.exactly(percent) {
        Some(point) => Answer::of(point < limit),
        None if measured.p99 < limit => Answer::Yes,
        None if measured.p95 >= limit => Answer::No,
        None => Answer::NotKnown("the 97th percentile of processor use"),
    }
}

/// AWS Trusted Advisor, "Low Utilization Amazon EC2 Instances": days, of the last fourteen, on which the mean of
/// processor use is at most 10 % and the network moves at most 5 MB. Four make an instance underused. The days of
/// the digests pair up by place; `None` where they do not.
pub fn low_days(cpu: &Digest, received: &Digest, sent: &Digest) -> Option<usize> {
    let same = |other: &Digest| other.start == cpu.start && other.days.len() == cpu.days.len();
    if !same(received) || !same(sent) {
        return None;
    }
    let days = cpu.days.iter().zip(&received.days).zip(&sent.days);
    let last = days.rev().take(14);
    Some(
        last.filter(|((cpu, received), sent)| cpu.mean <= 10.0 && received.sum + sent.sum <= 5e6)
            .count(),
    )
}

/// How many of [`low_days`] make an instance underused.
pub const LOW_DAYS: usize = 4;
