//! What an audit would call and cost: printed by `--plan`, which makes only free calls.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use orch_collect::Estimated;
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
    services: BTreeMap<&'static str, Service>,
    accounts: usize,
    limit: Decimal,
}

#[derive(Debug, Default)]
struct Service {
    calls: u64,
    usd: Decimal,
    scopes: BTreeSet<String>,
    assumptions: BTreeSet<String>,
}

/// Finds out what an audit would do.
///
/// # Errors
/// Those of an audit, up to where it would make its first charged call.
pub fn plan(request: &AuditRequest, watch: &Watch) -> Result<Planned, AppError> {
    let prepared = Prepared::of(&request.setup)?;
    let provider = prepared.options.provider.ok_or(AppError::NothingToAudit)?;
    let settings = prepared.config.collect.clone();
    let limit = settings.max_api_cost;
    let live = Live::connect(provider, &prepared.options, settings, watch)?;
    let wanted = live.plan(&prepared.collectors(provider)?, watch)?;
    // Prices of metrics go by the number of instances, so what is counted must be read first.
    let dir = crate::pipeline::temporary()?;
    let counted = live.plan(&live.free_before_charged()?, watch)?;
    let partial = Partial::create(&dir.path().join("plan"), &counted)?;
    live.collect(&counted, &partial, &[])?;
    let estimates = live.estimates(&wanted, &partial)?;
    let accounts: BTreeSet<&str> = wanted
        .scopes
        .iter()
        .map(|scope| scope.account.as_str())
        .collect();
    Ok(Planned::of(&estimates, accounts.len(), limit))
}

impl Planned {
    fn of(estimates: &[Estimated], accounts: usize, limit: Decimal) -> Self {
        let mut services: BTreeMap<&'static str, Service> = BTreeMap::new();
        for estimated in estimates {
            let service = services.entry(estimated.service).or_default();
            service.calls += estimated.estimate.calls;
            service.usd += estimated.estimate.usd;
            service.scopes.insert(estimated.scope.region.to_string());
            if !estimated.estimate.assumption.is_empty() {
                service
                    .assumptions
                    .insert(estimated.estimate.assumption.clone());
            }
        }
        Self {
            services,
            accounts,
            limit,
        }
    }

    /// What it would cost in US dollars.
    pub fn usd(&self) -> Decimal {
        self.services.values().map(|service| service.usd).sum()
    }

    /// Calls it would make.
    pub fn calls(&self) -> u64 {
        self.services.values().map(|service| service.calls).sum()
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = vec![
            ["SERVICE", "CALLS", "USD", "WHERE", "ASSUMED"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (name, service) in &self.services {
            let places = service.scopes.len();
            let place = service.scopes.first().cloned().unwrap_or_default();
            rows.push(vec![
                (*name).to_owned(),
                service.calls.to_string(),
                dollars(service.usd),
                if places == 1 {
                    place
                } else {
                    format!("{places} scopes")
                },
                service
                    .assumptions
                    .iter()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("\n"),
            ]);
        }
        rows.push(vec![
            "in all".to_owned(),
            self.calls().to_string(),
            dollars(self.usd()),
        ]);
        orch_report::grid(&rows, &[1, 2], width, out)?;
        let within = if self.usd() > self.limit * Decimal::from(self.accounts.max(1)) {
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
                "planned {} calls for {} USD",
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
    use orch_collect::Estimate;
    use orch_model::Scope;

    use super::*;

    fn estimated(service: &'static str, region: &str, calls: u64, usd: &str) -> Estimated {
        Estimated {
            scope: Scope::new(orch_model::Provider::Aws, "aws", "1", region),
            collector: "c",
            service,
            estimate: Estimate {
                calls,
                usd: usd.parse().unwrap(),
                assumption: "500 metrics a call".to_owned(),
            },
        }
    }

    #[test]
    fn a_plan_sums_services_and_says_whether_the_limit_holds() {
        let estimates = [
            estimated("cloudwatch", "a", 2, "0.01"),
            estimated("cloudwatch", "b", 1, "0.0005"),
            estimated("ce", "global", 1, "0.01"),
        ];
        let planned = Planned::of(&estimates, 1, "0.01".parse().unwrap());
        let mut text = Vec::new();
        planned.write(100, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("cloudwatch"), "{text}");
        assert!(text.contains("0.0105"), "{text}");
        assert!(text.contains("raise --max-api-cost"), "{text}");
        assert_eq!(planned.exit().why, "planned 4 calls for 0.0205 USD");
    }
}
