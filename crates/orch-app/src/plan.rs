//! What an audit would call and cost: printed by `--plan`, which makes only free calls.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use orch_collect::Estimated;
use orch_model::Scope;
use orch_snapshot::Partial;
use rust_decimal::Decimal;

use crate::AppError;
use crate::exit::{Exit, ExitCode};
use crate::live::Live;
use crate::pipeline::AuditRequest;
use crate::setup::Prepared;
use crate::watch::Watch;

/// The calls and dollars of an audit that was not made.
#[derive(Debug)]
pub struct Planned {
    /// What each collector would do in all its scopes, by name.
    collectors: BTreeMap<&'static str, Sum>,
    /// What each account would pay: the limit is one of each.
    accounts: BTreeMap<Scope, Decimal>,
    limit: Decimal,
}

#[derive(Debug, Default)]
struct Sum {
    calls: u64,
    usd: Decimal,
    scopes: BTreeSet<Scope>,
    counted: BTreeMap<usize, (u64, &'static str)>,
    assumptions: BTreeSet<String>,
}

impl Sum {
    fn place(&self) -> String {
        let regions: BTreeSet<&str> = self
            .scopes
            .iter()
            .map(|scope| scope.region.as_str())
            .collect();
        match regions.first() {
            Some(only) if regions.len() == 1 => (*only).to_owned(),
            _ => format!("{} regions", regions.len()),
        }
    }

    /// `212 metrics of 106 instances in 24 regions: …`.
    fn assumed(&self) -> String {
        let counted: Vec<String> = self
            .counted
            .values()
            .map(|(number, noun)| format!("{number} {noun}"))
            .collect();
        let assumptions: Vec<&str> = self.assumptions.iter().map(String::as_str).collect();
        let assumptions = assumptions.join("; ");
        if counted.is_empty() {
            return assumptions;
        }
        format!(
            "{} in {}: {assumptions}",
            counted.join(" of "),
            self.place()
        )
    }
}

/// Finds out what an audit would do.
///
/// # Errors
/// Those of an audit, up to where it would make its first charged call.
pub fn plan(request: &AuditRequest, watch: &Watch) -> Result<Planned, AppError> {
    let prepared = Prepared::of(&request.setup)?;
    let providers = prepared.options.providers.as_deref();
    let providers = providers.ok_or(AppError::NothingToAudit)?;
    let settings = prepared.config.collect.clone();
    let limit = settings.max_api_cost;
    let live = Live::connect(providers, &prepared.options, settings, watch)?;
    let wanted = live.plan(|provider| prepared.collectors(provider), watch)?;
    // Prices of metrics go by the number of instances, so what is counted must be read first.
    let dir = crate::pipeline::temporary()?;
    let counted = live.plan(|provider| live.free_before_charged(provider), watch)?;
    let partial = Partial::create(&dir.path().join("plan"), &counted)?;
    live.collect(&counted, &partial, &[])?;
    let estimates = live.estimates(&wanted, &partial)?;
    Ok(Planned::of(&estimates, limit))
}

impl Planned {
    fn of(estimates: &[Estimated], limit: Decimal) -> Self {
        let mut accounts: BTreeMap<Scope, Decimal> = BTreeMap::new();
        let mut collectors: BTreeMap<&'static str, Sum> = BTreeMap::new();
        for Estimated {
            scope,
            collector,
            estimate,
            ..
        } in estimates
        {
            let sum = collectors.entry(collector).or_default();
            sum.calls += estimate.calls;
            sum.usd += estimate.usd;
            *accounts.entry(scope.global()).or_default() += estimate.usd;
            sum.scopes.insert(scope.clone());
            for (place, (number, noun)) in estimate.counted.iter().enumerate() {
                let counted = sum.counted.entry(place).or_insert((0, *noun));
                counted.0 += number;
            }
            if !estimate.assumption.is_empty() {
                sum.assumptions.insert(estimate.assumption.clone());
            }
        }
        Self {
            collectors,
            accounts,
            limit,
        }
    }

    /// What it would cost in US dollars.
    pub fn usd(&self) -> Decimal {
        self.collectors.values().map(|sum| sum.usd).sum()
    }

    /// Calls it would make.
    pub fn calls(&self) -> u64 {
        self.collectors.values().map(|sum| sum.calls).sum()
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = vec![
            ["COLLECTOR", "CALLS", "USD", "WHERE", "ASSUMED"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (name, sum) in &self.collectors {
            rows.push(vec![
                (*name).to_owned(),
                sum.calls.to_string(),
                dollars(sum.usd),
                sum.place(),
                sum.assumed(),
            ]);
        }
        rows.push(vec![
            "in all, at least".to_owned(),
            self.calls().to_string(),
            dollars(self.usd()),
        ]);
        orch_report::grid(&rows, &[1, 2], &[0, 1, 2, 3], width, out)?;
        let within = if self.accounts.values().any(|usd| *usd > self.limit) {
            "what lies above it would not be read: raise --max-api-cost"
        } else {
            "the plan lies within it"
        };
        writeln!(
            out,
            "\nThe limit is {} USD an account; {within}.",
            self.limit.normalize()
        )
    }

    /// The exit of a plan.
    pub fn exit(&self) -> Exit {
        Exit {
            code: ExitCode::Clean,
            why: format!(
                "planned at least {} calls for {} USD",
                self.calls(),
                dollars(self.usd())
            ),
        }
    }
}

/// Charges are fractions of a cent.
fn dollars(usd: Decimal) -> String {
    let mut usd = usd.normalize();
    if usd.scale() < 2 {
        usd.rescale(2);
    }
    usd.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use orch_collect::Estimate;

    fn estimated(collector: &'static str, region: &str, calls: u64, usd: &str) -> Estimated {
        Estimated {
            scope: Scope::new(orch_model::Provider::Aws, "aws", "1", region),
            collector,
            service: "s",
            estimate: Estimate {
                calls,
                usd: usd.parse().unwrap(),
                counted: vec![(calls * 2, "metrics"), (calls, "instances")],
                assumption: "500 metrics a call".to_owned(),
            },
        }
    }

    #[test]
    fn a_plan_sums_regions_and_says_whether_the_limit_holds() {
        let estimates = [
            estimated("cloudwatch.cpu", "a", 2, "0.01"),
            estimated("cloudwatch.cpu", "b", 1, "0.0005"),
            estimated("ce.costs", "global", 1, "0.01"),
        ];
        let planned = Planned::of(&estimates, "0.01".parse().unwrap());
        let mut text = Vec::new();
        planned.write(160, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("cloudwatch"), "{text}");
        assert!(text.contains("0.0105"), "{text}");
        let one = "6 metrics of 3 instances in 2 regions: 500 metrics a call";
        let seen = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(seen.contains(one), "{text}");
        assert!(text.contains("raise --max-api-cost"), "{text}");
        assert_eq!(
            planned.exit().why,
            "planned at least 4 calls for 0.0205 USD"
        );
    }

    #[test]
    fn the_limit_is_one_of_each_account() {
        let dear = Estimated {
            scope: Scope::new(orch_model::Provider::Aws, "aws", "2", "a"),
            ..estimated("cloudwatch.cpu", "a", 2, "0.015")
        };
        let estimates = [dear, estimated("ce.costs", "global", 1, "0.001")];
        let planned = Planned::of(&estimates, "0.01".parse().unwrap());
        let mut text = Vec::new();
        planned.write(160, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("raise --max-api-cost"), "{text}");
    }
}
