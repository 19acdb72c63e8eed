//! Which tasks end the findings of a run: one for each rule and owner.

use std::collections::{BTreeMap, BTreeSet};

use orch_report::v1;
use rust_decimal::Decimal;

use super::settings::{Settings, priority};
use crate::Library;
use crate::analysis::is_cloud;
use crate::project::{self, id_of, scope_of};
use crate::severity::place;

/// What is kept of a group of findings until its task is placed.
pub(crate) struct Mending {
    pub(crate) task: project::Task,
    pub(crate) category: String,
}

impl Mending {
    /// What waits for nothing: what is so bad, and what pays within days.
    pub(crate) fn is_first(&self, settings: &Settings) -> bool {
        matches!(self.task.priority.as_deref(), Some("critical" | "high"))
            || self.task.saving.is_some() && self.task.days[1] <= settings.quick_win_days
    }
}

/// The findings of clouds in play that become tasks, those of other clouds, and those too small for one.
pub(crate) struct Sorted<'r> {
    pub(crate) taken: Vec<&'r v1::Finding>,
    pub(crate) elsewhere: usize,
    pub(crate) small: usize,
}

pub(crate) fn sorted<'r>(
    report: &'r v1::Report,
    settings: &Settings,
    clouds: &[String],
) -> Sorted<'r> {
    let mut sorted = Sorted {
        taken: Vec::new(),
        elsewhere: 0,
        small: 0,
    };
    let open = report.findings.iter().filter(|one| one.state == "open");
    for finding in open {
        if !clouds.contains(&finding.resource.provider) {
            sorted.elsewhere += 1;
        } else if settings.takes(finding) {
            sorted.taken.push(finding);
        } else {
            sorted.small += 1;
        }
    }
    sorted
}

/// One task for each rule and owner (and currency, where a rule saves in several), worst first.
pub(crate) fn mendings(
    library: &Library,
    ruled_out: &BTreeSet<String>,
    report: &v1::Report,
    findings: &[&v1::Finding],
) -> Vec<Mending> {
    let derived = report.totals.savings.iter().any(|one| one.includes_derived);
    let counted = counted(findings, derived);
    let mut groups: BTreeMap<(&str, String), Vec<&v1::Finding>> = BTreeMap::new();
    for finding in findings {
        let owner = owner(library, ruled_out, finding);
        let group = groups.entry((&finding.rule, owner)).or_default();
        group.push(finding);
    }
    let mut mendings = Vec::new();
    for ((rule, owner), group) in groups {
        let mut currencies: BTreeSet<Option<&str>> = group
            .iter()
            .map(|finding| finding.saving.as_ref().map(|one| one.currency.as_str()))
            .collect();
        // What saves nothing goes with the first that does.
        let alone = currencies.len() > 1 && currencies.remove(&None);
        let several = currencies.len() > 1;
        for (at, currency) in currencies.into_iter().enumerate() {
            let part: Vec<&v1::Finding> = group
                .iter()
                .copied()
                .filter(|finding| {
                    let its = finding.saving.as_ref().map(|one| one.currency.as_str());
                    its == currency || its.is_none() && alone && at == 0
                })
                .collect();
            let suffix = currency.filter(|_| several && at > 0);
            if let Some(mut mending) = mending(library, rule, &owner, &part, suffix, &counted) {
                let mut found_in: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for one in &part {
                    let here = found_in.entry(scope_of(report, one)).or_default();
                    here.push(one.fingerprint.clone());
                }
                found_in.values_mut().for_each(|here| here.sort());
                mending.task.scopes = found_in.keys().cloned().collect();
                if found_in.len() > 1 {
                    mending.task.found_in = found_in;
                }
                mendings.push(mending);
            }
        }
    }
    let order = |mending: &Mending| {
        let severity = mending.task.priority.as_deref().unwrap_or_default();
        let saving = mending.task.saving.unwrap_or_default();
        (place(severity), -saving, mending.task.id.clone())
    };
    mendings.sort_by_key(order);
    mendings
}

/// Who mends it: the first of its audience that takes part, the specialist of its cloud where a report names nobody.
fn owner(library: &Library, ruled_out: &BTreeSet<String>, finding: &v1::Finding) -> String {
    let known = |id: &&String| library.specialists.contains_key(*id) && !ruled_out.contains(*id);
    let first = finding.audience.iter().find(known);
    first.unwrap_or(&finding.resource.provider).clone()
}

/// The fingerprints of findings whose saving counts: of alternatives on one resource only the largest does. So the
/// savings of all tasks add up to what can be saved. Derived prices count where those of the run's totals do.
fn counted(findings: &[&v1::Finding], derived: bool) -> BTreeMap<String, Decimal> {
    let mut counted = BTreeMap::new();
    let mut best: BTreeMap<(&str, &str), (Decimal, &str)> = BTreeMap::new();
    for finding in findings {
        let saving = finding.saving.as_ref();
        let Some(saving) = saving.filter(|saving| derived || !saving.derived) else {
            continue;
        };
        let Ok(amount) = saving.amount.parse::<Decimal>() else {
            continue;
        };
        if amount <= Decimal::ZERO {
            continue;
        }
        if saving.adds {
            counted.insert(finding.fingerprint.clone(), amount);
            continue;
        }
        let place = (finding.resource.uid.as_str(), saving.currency.as_str());
        let held = best.entry(place).or_insert((amount, &finding.fingerprint));
        if amount > held.0 {
            *held = (amount, &finding.fingerprint);
        }
    }
    let alternatives = best.into_values();
    counted.extend(alternatives.map(|(amount, print)| (print.to_owned(), amount)));
    counted
}

fn mending(
    library: &Library,
    rule: &str,
    owner: &str,
    group: &[&v1::Finding],
    currency: Option<&str>,
    counted: &BTreeMap<String, Decimal>,
) -> Option<Mending> {
    let worst = group.iter().min_by_key(|one| place(&one.severity))?;
    let settings = &library.findings;
    let effort = worst.remediation.as_ref().map(|one| one.effort.as_str());
    let resources: BTreeSet<&str> = group.iter().map(|one| one.resource.uid.as_str()).collect();
    let clouds: BTreeSet<&str> = group
        .iter()
        .map(|one| one.resource.provider.as_str())
        .collect();
    let clouds: Vec<&str> = clouds.into_iter().collect();
    let savings = group.iter().filter_map(|one| counted.get(&one.fingerprint));
    let saving: Decimal = savings.sum();
    let counts = |one: &&&v1::Finding| counted.contains_key(&one.fingerprint);
    let saved_in = group.iter().find(counts);
    let saved_in = saved_in.and_then(|one| Some(one.saving.as_ref()?.currency.clone()));
    let mut fingerprints: Vec<String> = group.iter().map(|one| one.fingerprint.clone()).collect();
    fingerprints.sort();
    let id = match currency {
        Some(currency) => format!("fix-{rule}-{owner}-{}", currency.to_lowercase()),
        None => format!("fix-{rule}-{owner}"),
    };
    let task = project::Task {
        // Rules and specialists of users may be named as no task may.
        id: id_of(&id),
        title: format!(
            "Mend: {} ({})",
            worst.title,
            number(resources.len(), "resource")
        ),
        owner: owner.to_owned(),
        days: settings.days(effort.unwrap_or("medium"), group.len()),
        objective: Some(format!(
            "`orch audit --provider {} --rule {rule} --fail-on info` exits 0; when this was planned it found {}",
            clouds.join(","),
            number(group.len(), "finding")
        )),
        rollback: settings.rollback.get(&worst.category).cloned(),
        rule: Some(rule.to_owned()),
        findings: fingerprints,
        saving: (!saving.is_zero()).then_some(saving),
        currency: saved_in.filter(|_| !saving.is_zero()),
        priority: Some(priority(&worst.severity).to_owned()),
        ..super::empty_task()
    };
    Some(Mending {
        task,
        category: worst.category.clone(),
    })
}

pub(crate) fn number(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// The specialists of the clouds that a run read, sorted.
pub(crate) fn clouds_of(library: &Library, report: &v1::Report) -> Vec<String> {
    let accounts = report
        .run
        .accounts
        .iter()
        .map(|account| account.provider.clone());
    let clouds: BTreeSet<String> = accounts.filter(|id| is_cloud(library, id)).collect();
    clouds.into_iter().collect()
}
