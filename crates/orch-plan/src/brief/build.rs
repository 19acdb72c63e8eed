//! How a briefing is put together.

use std::collections::{BTreeMap, BTreeSet};

use orch_report::v1::Finding;

use super::options::Options;
use super::parts;
use super::redact::redact;
use super::scene::{SEVERITIES, Scene, cloud, count_of, joined, money, savings, shell};
use super::v1::{
    Asset, Brief, Constraint, Count, CurrentState, Issue, List, Metric, Objective, Priority,
    ProjectHead, SCHEMA, Source, Who,
};
use crate::project::Project;
use crate::{Library, Run, kinds};

/// How many places and ids of one rule stand in a row before the rest is counted.
pub(crate) const IN_A_ROW: usize = 4;

/// A briefing that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BriefError {
    /// Nobody has this id.
    #[error("failed to brief `{id}`: there is no such specialist")]
    Nobody {
        /// As it was typed.
        id: String,
        /// Who there is.
        known: Vec<String>,
    },
    /// A section that this specialist does not have.
    #[error("failed to find the section `{id}`")]
    NoSection {
        /// As it was typed.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It does not fit.
    #[error("failed to fit the briefing into {wanted} bytes: the shortest one has {least}")]
    TooLong {
        /// What was asked for.
        wanted: usize,
        /// The least there is.
        least: usize,
    },
    /// The template, which tests rule out.
    #[error("{0}")]
    Template(String),
}

/// Briefs a specialist. `who` is its id, with or without `-specialist`.
///
/// # Errors
/// An id that nobody has.
pub fn brief(
    who: &str,
    run: &Run,
    project: Option<&Project>,
    library: &Library,
    options: &Options,
) -> Result<Brief, BriefError> {
    let id = who.strip_suffix("-specialist").unwrap_or(who);
    let Some((id, specialist)) = library.specialists.get_key_value(id) else {
        return Err(BriefError::Nobody {
            id: who.to_owned(),
            known: library.specialists.keys().cloned().collect(),
        });
    };
    let concern = &specialist.briefing;
    let findings = run.report.findings.iter();
    let scene = Scene {
        id,
        specialist,
        library,
        run,
        project,
        options,
        command: format!("orch brief --for {id}"),
        findings: findings
            .filter(|finding| finding.state == "open" && concern.has(id, finding))
            .collect(),
    };
    let mut brief = whole(&scene);
    if !options.redact.is_empty() {
        redact(&mut brief, run, project, &options.redact);
    }
    if let Some(rows) = options.rows {
        shorten(&mut brief, rows, &scene);
    }
    Ok(brief)
}

fn whole(scene: &Scene<'_>) -> Brief {
    let report = &scene.run.report;
    let specialist = scene.specialist;
    let (mut sections, of_sections): (Vec<_>, Vec<_>) = parts::of(scene)
        .into_iter()
        .map(|part| (part.section, part.metrics))
        .unzip();
    let unread = scene.all_unread();
    for section in &mut sections {
        // Said once is enough, but where a section has nothing else to say.
        if !section.rows.items.is_empty() || section.code.is_some() {
            section.unread.retain(|one| {
                !unread
                    .iter()
                    .any(|said| said.why == one.why && said.command == one.command)
            });
        }
    }
    let objectives = objectives(scene);
    let mut metrics = metrics(scene);
    metrics.extend(of_sections.into_iter().flatten());
    Brief {
        schema: SCHEMA.to_owned(),
        specialist: Who {
            id: scene.id.to_owned(),
            title: specialist.title.clone(),
            domain: specialist.domain.clone(),
        },
        run: Source {
            name: scene.run.name.clone(),
            as_of: report.run.as_of.clone(),
            snapshot: scene.snapshot().is_some(),
            coverage: report.coverage.summary.clone(),
        },
        project: scene.project.map(|project| ProjectHead {
            name: project.name.clone(),
            request: project.request.clone(),
            start: project.start.to_string(),
            target: project.target.map(|target| target.to_string()),
        }),
        need: need(scene),
        duration: parts::work::duration(scene),
        priority: priority(scene),
        context: context(scene),
        success: parts::work::success(scene, &objectives).into(),
        objectives: objectives.into(),
        state: CurrentState {
            infrastructure: infrastructure(scene),
            estate: estate(scene).into(),
            issues: issues(scene).into(),
            constraints: constraints(scene).into(),
            unread: unread.into(),
        },
        deliverables: specialist.briefing.deliverables.clone(),
        metrics: metrics.into(),
        requires: parts::work::requires(scene).into(),
        blocks: parts::work::blocks(scene).into(),
        assets: assets(scene).into(),
        handoff: parts::work::handoff(scene).into(),
        sections,
        redacted: scene
            .options
            .redact
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

/// The resources of its kinds, by kind.
fn counts(scene: &Scene<'_>) -> Vec<(&'static str, u64)> {
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

fn need(scene: &Scene<'_>) -> String {
    let said = &scene.concern().need;
    if said.is_empty() {
        let domain = &scene.specialist.domain;
        return format!(
            "{} is asked for what this run shows of {domain}.",
            scene.specialist.title
        );
    }
    said.clone()
}

fn noun<'s>(scene: &'s Scene<'_>) -> &'s str {
    let estate = &scene.concern().estate;
    if estate.is_empty() {
        &scene.specialist.domain
    } else {
        estate
    }
}

fn context(scene: &Scene<'_>) -> Vec<String> {
    let title = &scene.specialist.title;
    let total: u64 = counts(scene).iter().map(|(_, count)| count).sum();
    let accounts = scene.accounts();
    let day = scene.run.report.run.as_of.get(..10).unwrap_or_default();
    let mut said = Vec::new();
    if accounts.is_empty() {
        said.push(format!(
            "No account on {title} is part of the run of {day}, so nothing is said here of {}.",
            noun(scene)
        ));
    } else {
        let number = count_of(accounts.len(), "account", "accounts");
        let whole = scene.kinds().all(|kind| scene.is_complete(kind));
        said.push(match total {
            0 if whole => format!("The run of {day} saw {number} and found no {}.", noun(scene)),
            0 => format!(
                "The run of {day} saw {number} and no {}, but it did not look everywhere (see what was not read).",
                noun(scene)
            ),
            _ => format!("The run of {day} saw {number} with {total} {}.", noun(scene)),
        });
    }
    match scene.findings.first() {
        Some(worst) => {
            let count = count_of(scene.findings.len(), "open finding", "open findings");
            said.push(format!(
                "{count} concern {title} ({}); the first in rank is: {}.",
                scene.severities(&scene.findings),
                worst.message.trim_end_matches('.')
            ));
        }
        None if !accounts.is_empty() => {
            said.push(format!("Not one open finding concerns {title} here."));
        }
        None => {}
    }
    if let Some(saving) = money(&savings(&scene.findings)) {
        said.push(format!(
            "What {title} can mend would save up to {saving} a month."
        ));
    }
    said
}

fn priority(scene: &Scene<'_>) -> Priority {
    let title = &scene.specialist.title;
    let worst = SEVERITIES
        .iter()
        .find(|severity| scene.findings.iter().any(|one| one.severity == **severity));
    let held: Vec<&str> = scene
        .project
        .iter()
        .flat_map(|project| &project.tasks)
        .filter(|task| task.owner == scene.id && !is_over(task.state))
        .filter_map(|task| task.cannot_skip.as_deref())
        .collect();
    let (level, mut why) = match worst {
        Some(severity) => {
            let count = scene
                .findings
                .iter()
                .filter(|one| one.severity == **severity)
                .count();
            let level = if *severity == "info" { "low" } else { severity };
            let noun = format!("finding of severity {severity} is open");
            let nouns = format!("findings of severity {severity} are open");
            (
                level,
                format!("{} for {title}", count_of(count, &noun, &nouns)),
            )
        }
        None if scene.providers().is_empty() => (
            "low",
            format!("nothing of {title} was read, so nothing is known to be urgent"),
        ),
        None => ("low", format!("no finding is open for {title}")),
    };
    let level = match held.first() {
        Some(what) => {
            why = format!("{why}; and it does what nobody may leave out: {what}");
            if matches!(level, "critical" | "high") {
                level
            } else {
                "high"
            }
        }
        None => level,
    };
    Priority {
        level: level.to_owned(),
        why,
    }
}

pub(super) fn is_over(state: crate::project::State) -> bool {
    use crate::project::State;
    matches!(state, State::Done | State::Dropped)
}

fn objectives(scene: &Scene<'_>) -> Vec<Objective> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut objectives = Vec::new();
    for goal in &scene.concern().goals {
        let rules = scene.rules(&goal.rules);
        let findings = scene.of_rules(&goal.rules);
        named.extend(findings.iter().map(|finding| finding.fingerprint.as_str()));
        let unknown = scene.unknown(&rules);
        if !scene.was_asked(&rules) && findings.is_empty() {
            continue;
        }
        let asked = rules.into_iter().filter(|rule| scene.was_asked(&[rule]));
        objectives.push(Objective {
            text: goal.text.clone(),
            findings: findings.len() as u64,
            unknown,
            rules: asked.map(str::to_owned).collect(),
        });
    }
    let rest: Vec<&&Finding> = scene
        .findings
        .iter()
        .filter(|finding| !named.contains(finding.fingerprint.as_str()))
        .collect();
    // What stands against it comes first; what holds already is kept.
    objectives.sort_by_key(|one| one.findings == 0 && one.unknown == 0);
    if !rest.is_empty() {
        let rules: BTreeSet<&str> = rest.iter().map(|finding| finding.rule.as_str()).collect();
        let rules: Vec<&str> = rules.into_iter().collect();
        let text = match scene.concern().rest.as_str() {
            "" => format!("Nothing is open for {}", scene.specialist.title),
            said => said.to_owned(),
        };
        objectives.push(Objective {
            text,
            findings: rest.len() as u64,
            unknown: scene.unknown(&rules),
            rules: rules.into_iter().map(str::to_owned).collect(),
        });
    }
    objectives
}

fn infrastructure(scene: &Scene<'_>) -> String {
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
    let regions: BTreeSet<&str> = accounts
        .iter()
        .flat_map(|(.., regions)| *regions)
        .map(String::as_str)
        .collect();
    let clouds: Vec<&str> = scene.providers().into_iter().map(cloud).collect();
    let regions: Vec<&str> = regions.into_iter().collect();
    let places = match regions.len() {
        0 => String::new(),
        1..=4 => format!(" in {}", joined(&regions)),
        many => format!(" in {many} regions"),
    };
    format!(
        "{noun}: {}, on {}{places}.",
        joined(&parts),
        joined(&clouds)
    )
}

fn estate(scene: &Scene<'_>) -> Vec<Count> {
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
            let account = format!("{} {}", resource.scope.provider, resource.scope.account);
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
                .map(|(region, count)| format!("{region} {count}"))
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
        .map(|(name, count)| format!("{name} {count}"))
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
                        return name.clone();
                    }
                    let id = one
                        .resource
                        .uid
                        .rsplit(['/', ':'])
                        .next()
                        .unwrap_or_default();
                    format!("{name} ({id})")
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

fn constraints(scene: &Scene<'_>) -> Vec<Constraint> {
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
                        "{:.2} {} for the whole project",
                        budget.amount, budget.currency
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
                            blocker.what, blocker.task, blocker.since
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

fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    let source = format!("orch audit --snapshot {}", shell(&scene.run.name));
    let mut metrics = Vec::new();
    let mut add = |name: &str, from: String, to: &str| {
        metrics.push(Metric {
            name: name.to_owned(),
            from,
            to: to.to_owned(),
            source: source.clone(),
        });
    };
    if !scene.findings.is_empty() {
        add("open findings", scene.findings.len().to_string(), "0");
    }
    let grave = scene
        .findings
        .iter()
        .filter(|one| matches!(one.severity.as_str(), "critical" | "high"))
        .count();
    if grave > 0 {
        add("critical and high among them", grave.to_string(), "0");
    }
    if let Some(saving) = money(&savings(&scene.findings)) {
        add("saving still possible a month", saving, "0");
    }
    for metric in scene.project.iter().flat_map(|project| &project.metrics) {
        let Some(target) = metric.target else {
            continue;
        };
        let last = metric.readings.last();
        metrics.push(Metric {
            name: metric.name.clone(),
            from: last.map_or("not measured".to_owned(), |reading| {
                format!("{} {}", reading.value, metric.unit)
            }),
            to: format!("{target} {}", metric.unit),
            source: last.map_or("orch project metric".to_owned(), |reading| {
                reading.source.clone()
            }),
        });
    }
    metrics
}

fn assets(scene: &Scene<'_>) -> Vec<Asset> {
    let run = &scene.run.name;
    let mut assets = vec![Asset {
        what: match scene.snapshot() {
            Some(snapshot) => format!(
                "snapshot with {} resources, and what was measured and billed",
                snapshot.resources.len()
            ),
            None => "report of an audit: findings, coverage and counts".to_owned(),
        },
        at: run.clone(),
    }];
    let mut add = |what: &str, at: String| {
        assets.push(Asset {
            what: what.to_owned(),
            at,
        });
    };
    let rules: BTreeSet<&str> = scene.findings.iter().map(|one| one.rule.as_str()).collect();
    if let Some(rule) = rules.first() {
        add(
            "why each rule matters and how it is mended, with commands and Terraform",
            format!("orch rule explain {rule}"),
        );
    }
    for provider in scene.providers() {
        add(
            &format!(
                "rights that reading {} needs; no credentials are in a snapshot",
                cloud(provider)
            ),
            format!("orch permissions --provider {provider}"),
        );
    }
    if scene.project.is_some() {
        add(
            "project file with tasks, decisions and log",
            "orch project status".to_owned(),
        );
    }
    for section in &scene.concern().sections {
        if matches!(section.as_str(), "import-blocks" | "inventory") {
            add("ready to be put into a file", scene.show_section(section));
        }
    }
    assets
}

/// Cuts every list to so many rows.
fn shorten(brief: &mut Brief, rows: usize, scene: &Scene<'_>) {
    let all = scene.show_all();
    brief.state.estate.cut(rows, &all);
    for issue in &mut brief.state.issues.items {
        let command = scene.show_rule(&issue.rule);
        issue.places.cut(IN_A_ROW, &command);
        issue.findings.cut(IN_A_ROW, &command);
    }
    brief.state.issues.cut(rows.max(1) * 2, &all);
    brief.state.unread.cut(rows, &all);
    for section in &mut brief.sections {
        let command = scene.show_section(&section.id);
        section.rows.cut(rows, &command);
        if let Some(code) = &mut section.code {
            code.blocks.cut(rows, &command);
        }
    }
}

/// Every list that may be cut to make a briefing smaller, with the command that prints all of it.
pub(super) fn lists(brief: &mut Brief) -> Vec<(&mut dyn Cuttable, String)> {
    let run = shell(&brief.run.name);
    let begin = format!("orch brief --for {} --run {run}", brief.specialist.id);
    let all = format!("{begin} --format json");
    let mut lists: Vec<(&mut dyn Cuttable, String)> = vec![
        (&mut brief.state.estate, all.clone()),
        (&mut brief.state.issues, all.clone()),
        (&mut brief.state.unread, all.clone()),
        (&mut brief.state.constraints, all.clone()),
        (&mut brief.objectives, all.clone()),
        (&mut brief.metrics, all.clone()),
        (&mut brief.success, all.clone()),
        (&mut brief.assets, all.clone()),
        (&mut brief.requires, all.clone()),
        (&mut brief.blocks, all.clone()),
        (&mut brief.handoff, all),
    ];
    for section in &mut brief.sections {
        let command = format!("{begin} --section {}", section.id);
        lists.push((&mut section.rows, command.clone()));
        if let Some(code) = &mut section.code {
            lists.push((&mut code.blocks, command));
        }
    }
    lists
}

/// A list that may be cut.
pub(super) trait Cuttable {
    /// How many bytes it has, and how many items.
    fn size(&self) -> (usize, usize);
    /// Keeps the first so many.
    fn keep(&mut self, items: usize, command: &str);
}

impl<T: serde::Serialize> Cuttable for List<T> {
    fn size(&self) -> (usize, usize) {
        let bytes = serde_json::to_vec(&self.items).map_or(0, |bytes| bytes.len());
        (bytes, self.items.len())
    }

    fn keep(&mut self, items: usize, command: &str) {
        self.cut(items, command);
    }
}
