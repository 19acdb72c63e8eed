//! series.credit-balance: the CPU credits that burstable instances have left.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Wanted, measured_instance, of_instance};

/// Credits that are left.
pub(super) struct Credits;

impl Measured for Credits {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.credits",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::CreditBalance)],
        reach: Reach::PerRegion,
        after: &["ec2.instances"],
        operations: &[OPERATION],
    };
    /// The balance is told every five minutes, and a longer mean hides when it was used up.
    const STEP_S: u32 = 300;
    const RESOURCES: &'static str = "burstable instances";

    fn of(resource: &Resource, since: Option<Time>) -> Vec<Wanted> {
        let of = measured_instance(resource, since);
        if !of.is_some_and(|instance| is_burstable(&instance.instance_type)) {
            return Vec::new();
        }
        let metric = (
            Metric::CreditBalance,
            "CPUCreditBalance",
            Statistic::Average,
        );
        of_instance(resource, since, &[metric])
    }
}

/// Whether a type works on credits: families of the letter T from the second generation on. The first has
/// credits that nobody is told.
fn is_burstable(instance_type: &str) -> bool {
    instance_type
        .strip_prefix('t')
        .and_then(|rest| rest.bytes().next())
        .is_some_and(|generation| matches!(generation, b'2'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_of_the_letter_t_tell_credits() {
        for (of, burstable) in [
            ("t2.micro", true),
            ("t3a.large", true),
            ("t4g.nano", true),
            ("t1.micro", false),
            ("trn1.2xlarge", false),
            ("m5.large", false),
            ("t", false),
        ] {
            assert_eq!(is_burstable(of), burstable, "{of}");
        }
    }
}
