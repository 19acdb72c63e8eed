//! From what an audit found to the frozen report.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use orch_engine::{Catalog, Evaluation, Rule, Selection, Waived, WaiverState, WaiverStatus};
use orch_model::{
    CallOutcome, Category, Finding, Money, Provider, Reason, Scope, Severity, Snapshot, State,
    Text, UnknownAnswer, Why,
};
use rust_decimal::Decimal;

use crate::billing::{billing, cents};
use crate::coverage::coverage;
use crate::list::List;
use crate::v1;

/// A report on its way out: findings and unknown answers become `orch/v1` one by one, while they are written.
pub type Report = v1::Report<List<v1::Finding>, List<v1::Unknown>>;

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// The rules.
    pub catalog: &'a Catalog,
    /// Which of them were asked.
    pub selection: &'a Selection,
    /// The options that shape the answer.
    pub options: &'a BTreeMap<String, String>,
    /// Whether derived prices count in totals.
    pub derived_prices: bool,
    /// Findings below are counted and not listed.
    pub show_from: Severity,
}

/// Makes the report of what the rules said, in an audit that ends like this. The snapshot is not needed any
/// more when it is written.
pub fn build(input: &Input<'_>, evaluation: Evaluation, exit: v1::Exit) -> Report {
    let snapshot = input.snapshot;
    let totals = totals(input, &evaluation);
    let rules = rules(input, &evaluation);
    let mut findings = evaluation.findings;
    let hidden: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.severity < input.show_from)
        .map(|finding| finding.severity.as_str())
        .collect();
    let hidden = v1::Hidden {
        findings: hidden.len() as u64,
        by_severity: count(hidden.into_iter()),
    };
    findings.retain(|finding| finding.severity >= input.show_from);
    let advice = Advice::on(&findings, input.catalog);
    v1::Report {
        schema: v1::SCHEMA.to_owned(),
        run: run(input),
        exit,
        totals,
        findings: List::of(findings, move |found| {
            finding(found, advice.get(&found.rule))
        }),
        hidden,
        unknown: List::of(evaluation.unknown, unknown),
        unassessed: evaluation
            .unassessed
            .iter()
            .map(|answer| v1::Unassessed {
                rule: answer.rule.to_string(),
                scope: answer.scope.to_string(),
                reason: reason(&answer.reason),
            })
            .collect(),
        faults: evaluation
            .faults
            .iter()
            .map(|fault| v1::Fault {
                rule: fault.rule.to_string(),
                resource: fault.resource.to_string(),
                message: fault.message.clone(),
            })
            .collect(),
        coverage: coverage(snapshot),
        billing: billing(snapshot),
        rules,
        waivers: evaluation.waivers.iter().map(waiver).collect(),
        api: api(snapshot),
    }
}

fn run(input: &Input<'_>) -> v1::Run {
    let snapshot = input.snapshot;
    let mut accounts: BTreeMap<Scope, BTreeSet<String>> = BTreeMap::new();
    for scope in &snapshot.scopes {
        let regions = accounts.entry(scope.global()).or_default();
        if !scope.is_global() {
            regions.insert(scope.region.to_string());
        }
    }
    v1::Run {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: snapshot.as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
        accounts: accounts
            .into_iter()
            .map(|(scope, regions)| v1::Account {
                provider: scope.provider.to_string(),
                partition: scope.partition.to_string(),
                account: scope.account.to_string(),
                regions: regions.into_iter().collect(),
            })
            .collect(),
        resources: count(
            snapshot
                .resources
                .iter()
                .map(|resource| resource.kind().as_str()),
        ),
        options: input.options.clone(),
    }
}

fn totals(input: &Input<'_>, evaluation: &Evaluation) -> v1::Totals {
    let open: Vec<&Finding> = evaluation
        .findings
        .iter()
        .filter(|finding| finding.state == State::Open)
        .collect();
    let mut by_severity: BTreeMap<String, u64> = Severity::ALL
        .iter()
        .map(|severity| (severity.to_string(), 0))
        .collect();
    by_severity.extend(count(open.iter().map(|finding| finding.severity.as_str())));
    let mut by_category: BTreeMap<String, u64> = Category::ALL
        .iter()
        .map(|category| (category.to_string(), 0))
        .collect();
    by_category.extend(count(open.iter().map(|finding| finding.category.as_str())));
    v1::Totals {
        findings: open.len() as u64,
        waived: (evaluation.findings.len() - open.len()) as u64,
        by_severity,
        by_category,
        savings: savings(input, &evaluation.findings, &open),
        savings_unknown: open
            .iter()
            .filter(|finding| finding.saving_unknown.is_some())
            .count() as u64,
        unknown: evaluation.unknown.len() as u64,
        unassessed: evaluation.unassessed.len() as u64,
    }
}

fn savings(input: &Input<'_>, all: &[Finding], open: &[&Finding]) -> Vec<v1::Savings> {
    let savings = orch_cost::savings(all, input.derived_prices);
    let currencies: BTreeSet<_> = savings
        .monthly
        .keys()
        .chain(savings.derived_left_out.keys())
        .collect();
    currencies
        .into_iter()
        .map(|currency| {
            let amount = |from: &BTreeMap<_, Decimal>| {
                cents(from.get(currency).copied().unwrap_or_default(), currency)
            };
            let counts = |finding: &&&Finding| {
                finding.saving.as_ref().is_some_and(|saving| {
                    saving.monthly.currency == *currency
                        && (input.derived_prices || !saving.derived)
                })
            };
            v1::Savings {
                currency: currency.to_string(),
                monthly: amount(&savings.monthly),
                findings: open.iter().filter(counts).count() as u64,
                derived_monthly: amount(&savings.derived_left_out),
                includes_derived: input.derived_prices,
            }
        })
        .collect()
}

/// What a rule says to do, the same for all its findings.
struct Advice {
    audience: Vec<String>,
    remediation: v1::Remediation,
    compliance: BTreeMap<String, Vec<String>>,
}

impl Advice {
    /// The advice of every rule that found something.
    fn on(findings: &[Finding], catalog: &Catalog) -> BTreeMap<Text, Self> {
        let rules: BTreeSet<&Text> = findings.iter().map(|finding| &finding.rule).collect();
        rules
            .into_iter()
            .filter_map(|id| Some((id.clone(), Self::of(catalog.rule(id).ok()?))))
            .collect()
    }

    fn of(rule: &Rule) -> Self {
        let texts = |ids: &Vec<Text>| ids.iter().map(ToString::to_string).collect();
        Self {
            audience: texts(&rule.audience),
            remediation: v1::Remediation {
                effort: rule.remediation.effort.as_str().to_owned(),
                steps: rule.remediation.steps.clone(),
            },
            compliance: rule
                .compliance
                .iter()
                .map(|(name, ids)| (name.to_string(), texts(ids)))
                .collect(),
        }
    }
}

fn finding(finding: &Finding, advice: Option<&Advice>) -> v1::Finding {
    let (state, waiver) = match &finding.state {
        State::Open => ("open", None),
        State::Waived {
            reason,
            owner,
            until,
        } => (
            "waived",
            Some(v1::Accepted {
                reason: reason.to_string(),
                owner: owner.to_string(),
                until: until.to_string(),
            }),
        ),
    };
    let decimal = |number: Decimal| number.normalize().to_string();
    let amount = |amount: Decimal| Money::usd(amount).rounded().to_string();
    v1::Finding {
        fingerprint: finding.fingerprint.to_string(),
        rule: finding.rule.to_string(),
        title: finding.title.to_string(),
        category: finding.category.to_string(),
        severity: finding.severity.to_string(),
        confidence: finding.confidence.to_string(),
        state: state.to_owned(),
        waiver,
        resource: v1::Resource {
            uid: finding.resource.to_string(),
            name: finding.name.to_string(),
            kind: finding.kind.to_string(),
            provider: finding.scope.provider.to_string(),
            account: finding.scope.account.to_string(),
            region: finding.scope.region.to_string(),
        },
        key: finding.key.as_ref().map(ToString::to_string),
        audience: advice.map_or_else(Vec::new, |advice| {
            advice.concerned(finding.scope.provider.as_str())
        }),
        message: finding.message.clone(),
        evidence: finding
            .evidence
            .iter()
            .map(|piece| (piece.name.to_string(), piece.value.to_json(amount)))
            .collect(),
        saving: finding.saving.as_ref().map(|saving| v1::Saving {
            amount: saving.monthly.rounded().to_string(),
            currency: saving.monthly.currency.to_string(),
            period: "month".to_owned(),
            derived: saving.derived,
            adds: saving.adds,
        }),
        saving_unknown: finding.saving_unknown.clone(),
        rank: v1::Rank {
            total: decimal(finding.rank.total),
            risk: decimal(finding.rank.risk),
            money: decimal(finding.rank.money),
        },
        remediation: advice.map(|advice| advice.remediation.clone()),
        compliance: advice.map_or_else(BTreeMap::new, |advice| advice.compliance.clone()),
    }
}

impl Advice {
    /// Those of the rule's audience that a resource of a cloud concerns: not the specialists of the other clouds.
    fn concerned(&self, provider: &str) -> Vec<String> {
        let clouds = Provider::ALL.map(|provider| provider.as_str());
        let concerned = |id: &&String| id.as_str() == provider || !clouds.contains(&id.as_str());
        self.audience.iter().filter(concerned).cloned().collect()
    }
}

fn unknown(answer: &UnknownAnswer) -> v1::Unknown {
    v1::Unknown {
        rule: answer.rule.to_string(),
        resource: answer.resource.to_string(),
        scope: answer.scope.to_string(),
        reasons: answer.reasons.iter().map(reason).collect(),
    }
}

fn reason(reason: &Reason) -> v1::Reason {
    let (cause, collector, scope, detail) = match &reason.why {
        Why::Gap {
            scope,
            collector,
            gap,
        } => (
            gap.cause.as_str(),
            (!collector.is_empty()).then(|| collector.to_string()),
            Some(scope.to_string()),
            gap.detail.to_string(),
        ),
        Why::Excluded(option) => ("excluded", None, None, option.to_string()),
        Why::Untold(text) => ("untold", None, None, text.to_string()),
    };
    v1::Reason {
        what: reason.what.to_string(),
        cause: cause.to_owned(),
        collector,
        scope,
        detail,
    }
}

fn rules(input: &Input<'_>, evaluation: &Evaluation) -> Vec<v1::RuleCounts> {
    let mut rules: BTreeMap<&str, v1::RuleCounts> = BTreeMap::new();
    for rule in input.catalog.selected(input.selection) {
        let counts = v1::RuleCounts {
            rule: rule.id.to_string(),
            ..v1::RuleCounts::default()
        };
        rules.insert(&rule.id, counts);
    }
    for ((rule, _), counted) in &evaluation.counts {
        if let Some(counts) = rules.get_mut(rule.as_str()) {
            counts.pass += counted.pass;
            counts.fail += counted.fail;
            counts.unknown += counted.unknown;
            counts.not_applicable += counted.not_applicable;
            counts.fault += counted.fault;
        }
    }
    for answer in &evaluation.unassessed {
        if let Some(counts) = rules.get_mut(answer.rule.as_str()) {
            counts.unassessed += 1;
        }
    }
    rules.into_values().collect()
}

fn waiver(state: &WaiverState) -> v1::Waiver {
    let target = match &state.waiver.what {
        Waived::Fingerprint(fingerprint) => fingerprint.to_string(),
        Waived::Rule { rule, resource } => format!("{rule} on {resource}"),
    };
    let word = match state.status {
        WaiverStatus::Matched => "matched",
        WaiverStatus::Expiring => "expiring",
        WaiverStatus::MatchesNothing => "unmatched",
        WaiverStatus::Expired => "expired",
    };
    v1::Waiver {
        target,
        state: word.to_owned(),
        findings: state.findings,
        owner: state.waiver.owner.to_string(),
        reason: state.waiver.reason.to_string(),
        until: state.waiver.until.to_string(),
    }
}

fn api(snapshot: &Snapshot) -> v1::Api {
    let ledger = &snapshot.ledger;
    let charge: Decimal = ledger.iter().map(|call| call.charge_usd).sum();
    v1::Api {
        calls: ledger.len() as u64,
        least_calls: orch_model::least_calls(ledger),
        requests: ledger.iter().map(|call| u64::from(call.attempts)).sum(),
        failed: ledger
            .iter()
            .filter(|call| call.outcome != CallOutcome::Ok)
            .count() as u64,
        // Charges are fractions of a cent and are not rounded.
        charge: v1::Amount {
            amount: charge.normalize().to_string(),
            currency: "USD".to_owned(),
        },
    }
}

fn count<'t>(words: impl Iterator<Item = &'t str>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use orch_model::{
        Category, Confidence, Evidence, Fingerprint, Kind, Provider, Rank, Shown, Uid,
    };

    use super::*;

    #[test]
    fn amounts_in_evidence_are_rounded_to_the_cent_wherever_they_stand() {
        let amount = || Shown::Money("12.3456789".parse().unwrap());
        let price = Shown::Members([("monthly".into(), amount())].into());
        let evidence = [
            ("amount", amount()),
            ("prices", Shown::List([price].into())),
            ("share", Shown::Double(12.345_678_9)),
        ];
        let found = Finding {
            fingerprint: Fingerprint("0".into()),
            rule: "a-rule".into(),
            resource: Uid::new("u"),
            name: "u".into(),
            kind: Kind::StorageVolume,
            scope: Scope::new(Provider::Aws, "aws", "1", "eu-west-1"),
            key: None,
            category: Category::Cost,
            severity: Severity::Low,
            confidence: Confidence::High,
            title: "t".into(),
            message: "m".to_owned(),
            evidence: evidence
                .map(|(name, value)| Evidence {
                    name: name.into(),
                    value,
                })
                .into(),
            saving: None,
            saving_unknown: None,
            rank: Rank {
                total: Decimal::ONE,
                risk: Decimal::ONE,
                money: Decimal::ZERO,
            },
            state: State::Open,
        };
        assert_eq!(
            serde_json::to_value(finding(&found, None).evidence).unwrap(),
            serde_json::json!({
                "amount": "12.35",
                "prices": [{"monthly": "12.35"}],
                "share": 12.345_678_9,
            })
        );
    }
}
