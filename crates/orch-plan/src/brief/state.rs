//! What is true today: what there is, what is wrong with it, what bounds the work.

use std::collections::{BTreeMap, BTreeSet};

use orch_report::v1::Finding;

use super::scene::{Scene, cloud, count_of, joined, money, savings};
use super::v1::{Constraint, Count, Issue};
use crate::kinds;
use crate::rounding::fixed;
use crate::severity::SEVERITIES;

/// The resources of its kinds, by kind.
pub(super) fn counts(scene: &Scene<'_>) -> Vec<(&'static str, u64)> {
    let mut counts: Vec<_> = scene
        .kinds()
        // Types are a price list and no part of an estate.
        .filter(|kind| *kind != orch_model::Kind::ComputeInstanceType)
        .map(|kind| (kind.as_str(), scene.count(kind)))
        .filter(|(_, count)| *count > 0)
        .collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts
}

pub(super) fn noun<'s>(scene: &'s Scene<'_>) -> &'s str {
    let estate = &scene.concern().estate;
    if estate.is_empty() {
        &scene.specialist.domain
    } else {
        estate
    }
}

pub(super) fn infrastructure(scene: &Scene<'_>) -> String {
    let all = counts(scene);
    let mut noun = noun(scene).chars();
    let noun: String = noun
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(noun)
        .collect();
    let accounts = scene.accounts();
    if accounts.is_empty() {
        return format!("{noun}: nothing was read.");
    }
    if all.is_empty() {
        return format!("{noun}: none were found where this run looked.");
    }
    const NAMED: usize = 6;
    let mut parts: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(kind, count)| kinds::counted(*count, kind))
        .collect();
    let rest: u64 = all.iter().skip(NAMED).map(|(_, count)| count).sum();
    if rest > 0 {
        parts.push(format!(
            "{rest} of {}",
            count_of(all.len() - NAMED, "other kind", "other kinds")
        ));
    }
    // Where they are; a report does not say, so there it is where somebody looked.
    let regions: BTreeSet<&str> = match scene.snapshot() {
        Some(_) => scene
            .kinds()
            .flat_map(|kind| scene.resources(kind))
            .map(|resource| resource.scope.region.as_str())
            .filter(|region| *region != "global")
            .collect(),
        None => accounts
            .iter()
            .flat_map(|(.., regions)| *regions)
            .map(String::as_str)
            .collect(),
    };
    let looked = if scene.snapshot().is_some() {
        ""
    } else {
        ", read"
    };
    let clouds: Vec<&str> = scene.providers().into_iter().map(cloud).collect();
    let regions: Vec<&str> = regions.into_iter().collect();
    let places = match regions.len() {
        0 => String::new(),
        1..=4 => format!("{looked} in {}", joined(&regions)),
        many => format!("{looked} in {many} regions"),
    };
    format!(
        "{noun}: {}, on {}{places}.",
        joined(&parts),
        joined(&clouds)
    )
}

pub(super) fn estate(scene: &Scene<'_>) -> Vec<Count> {
    if scene.snapshot().is_none() {
        let all = counts(scene).into_iter();
        return all
            .map(|(kind, count)| Count {
                kind: kind.to_owned(),
                what: kinds::named(count, kind).to_owned(),
                account: "all".to_owned(),
                regions: "a report does not say".to_owned(),
                types: String::new(),
                count,
            })
            .collect();
    }
    let mut counts = Vec::new();
    for kind in scene
        .kinds()
        .filter(|kind| *kind != orch_model::Kind::ComputeInstanceType)
    {
        let sorted_by = kinds::note(kind.as_str()).and_then(|note| note.sorted_by.as_ref());
        type Cells<'k> = (BTreeMap<&'k str, u64>, BTreeMap<String, u64>, u64);
        let mut by_account: BTreeMap<String, Cells<'_>> = BTreeMap::new();
        for resource in scene.resources(kind) {
            let account = format!(
                "{} {}",
                resource.scope.provider,
                scene.marked(&resource.scope.account)
            );
            let (regions, types, all) = by_account.entry(account).or_default();
            *regions.entry(resource.scope.region.as_str()).or_default() += 1;
            *all += 1;
            if let Some(word) = sorted_by.and_then(|name| kinds::words(resource).remove(name)) {
                *types.entry(word).or_default() += 1;
            }
        }
        for (account, (regions, types, count)) in by_account {
            let regions: Vec<String> = regions
                .iter()
                .map(|(region, count)| format!("{region}: {count}"))
                .collect();
            counts.push(Count {
                kind: kind.as_str().to_owned(),
                what: kinds::named(count, kind.as_str()).to_owned(),
                account,
                regions: regions.join(", "),
                types: most(types),
                count,
            });
        }
    }
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
    counts
}

/// The most frequent ones, and how many others.
fn most(types: BTreeMap<String, u64>) -> String {
    const SHOWN: usize = 4;
    let mut types: Vec<_> = types.into_iter().collect();
    types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rest = types.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = types
        .iter()
        .take(SHOWN)
        .map(|(name, count)| format!("{count} × {name}"))
        .collect();
    if rest > 0 {
        shown.push(count_of(rest, "other type", "other types"));
    }
    shown.join(", ")
}

pub(crate) fn issues(scene: &Scene<'_>) -> Vec<Issue> {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &scene.findings {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let worst = |findings: &[&Finding]| {
        SEVERITIES
            .iter()
            .position(|severity| findings.iter().any(|one| one.severity == *severity))
    };
    let mut rules: Vec<_> = by_rule.into_iter().collect();
    rules.sort_by(|a, b| {
        let order = worst(&a.1).cmp(&worst(&b.1));
        order.then(b.1.len().cmp(&a.1.len())).then(a.0.cmp(b.0))
    });
    rules
        .into_iter()
        .map(|(rule, findings)| {
            let mut seen = BTreeSet::new();
            let mut names = BTreeSet::new();
            let places: Vec<String> = findings
                .iter()
                .filter(|one| seen.insert(one.resource.uid.as_str()))
                .map(|one| {
                    let name = &one.resource.name;
                    if names.insert(name) {
                        return scene.marked(name);
                    }
                    let id = one
                        .resource
                        .uid
                        .rsplit(['/', ':'])
                        .next()
                        .unwrap_or_default();
                    scene.marked(&format!("{name} ({id})"))
                })
                .collect();
            let mend = findings.iter().find_map(|one| one.remediation.as_ref());
            Issue {
                severity: worst(&findings)
                    .and_then(|place| SEVERITIES.get(place))
                    .copied()
                    .unwrap_or("info")
                    .to_owned(),
                rule: rule.to_owned(),
                title: findings
                    .first()
                    .map(|one| one.title.clone())
                    .unwrap_or_default(),
                count: findings.len() as u64,
                places: places.into(),
                findings: findings
                    .iter()
                    .map(|one| one.fingerprint.clone())
                    .collect::<Vec<_>>()
                    .into(),
                saving: money(&savings(&findings)),
                effort: mend.map(|mend| mend.effort.clone()),
                step: mend.and_then(|mend| mend.steps.first().cloned()),
            }
        })
        .collect()
}

pub(super) fn constraints(scene: &Scene<'_>) -> Vec<Constraint> {
    let mut constraints = Vec::new();
    let mut add = |kind: &str, what: String| {
        constraints.push(Constraint {
            kind: kind.to_owned(),
            what,
        });
    };
    match scene.project {
        Some(project) => {
            match &project.budget {
                Some(budget) => add(
                    "budget",
                    format!(
                        "{} {} for the whole project",
                        fixed(budget.amount, 2),
                        budget.currency
                    ),
                ),
                None => add(
                    "budget",
                    "the project file names none; [budget] in it takes amount and currency"
                        .to_owned(),
                ),
            }
            match project.target {
                Some(target) => add("time", format!("the project began on {} and is to be done by {target}", project.start)),
                None => add("time", format!("the project began on {} and has no last day; `target` in its file takes one", project.start).replace('`', "")),
            }
            for blocker in &project.blockers {
                let mine = project
                    .tasks
                    .iter()
                    .any(|task| task.id == blocker.task && task.owner == scene.id);
                if mine && blocker.ended.is_none() {
                    add(
                        "technical",
                        format!(
                            "{} holds up the task {} since {}",
                            scene.marked(&blocker.what),
                            blocker.task,
                            blocker.since
                        ),
                    );
                }
            }
            if let Some(limit) = project.limits.get(scene.id) {
                add(
                    "technical",
                    format!(
                        "at most {} at a time",
                        count_of(*limit as usize, "task", "tasks")
                    ),
                );
            }
        }
        None => {
            add(
                "budget",
                "not given: no project file; --project FILE brings its budget".to_owned(),
            );
            add(
                "time",
                "not given: no project file; --project FILE brings its dates".to_owned(),
            );
        }
    }
    let rules: BTreeSet<&str> = scene.findings.iter().map(|one| one.rule.as_str()).collect();
    let rules: BTreeSet<&str> = rules
        .into_iter()
        .chain(
            scene
                .concern()
                .goals
                .iter()
                .flat_map(|goal| scene.rules(&goal.rules)),
        )
        .collect();
    let unknown = scene.unknown(&rules.into_iter().collect::<Vec<_>>());
    if unknown > 0 {
        add(
            "technical",
            format!(
                "{} because of what was not read or lies outside of what clouds tell",
                count_of(
                    unknown as usize,
                    "answer is not known",
                    "answers are not known"
                )
            ),
        );
    }
    for ask in &scene.concern().ask {
        add("technical", ask.trim_end_matches('.').to_owned());
    }
    constraints
}
