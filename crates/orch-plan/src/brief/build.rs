//! How a briefing is put together.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use orch_report::v1::Finding;

use super::cut::{printed_by, shorten};
use super::options::Options;
use super::parts;
use super::scene::{Ground, Scene, by_kind, cloud, count_of, money, savings, shell};
use super::state::{constraints, counts, estate, infrastructure, issues, noun};
use super::v1::{
    Asset, Brief, CurrentState, Metric, Objective, Priority, ProjectHead, SCHEMA, Source, Who,
};
use crate::project::Project;
use crate::severity::SEVERITIES;
use crate::{Library, Run};

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
    #[error("failed to fit the text into {wanted} bytes: the shortest one has {least}")]
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
    made(who, &Ground::of(run, project, library, options))
}

/// Briefs several specialists of the same run.
///
/// # Errors
/// The first id that nobody has.
pub fn briefs(
    whom: &[String],
    run: &Run,
    project: Option<&Project>,
    library: &Library,
    options: &Options,
) -> Result<Vec<Brief>, BriefError> {
    let ground = Ground::of(run, project, library, options);
    whom.iter().map(|who| made(who, &ground)).collect()
}

fn made(who: &str, ground: &Ground<'_>) -> Result<Brief, BriefError> {
    let (run, library, options) = (ground.run, ground.library, ground.options);
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
        project: ground.project,
        expected: &ground.expected,
        options,
        command: printed_by(id),
        findings: findings
            .filter(|finding| finding.state == "open" && concern.has(id, finding))
            .collect(),
        by_kind: by_kind(run, concern),
        targets: OnceCell::new(),
    };
    let mut brief = whole(&scene);
    if let Some(redaction) = &ground.redaction {
        redaction.apply(&mut brief);
    }
    if let Some(rows) = options.rows {
        shorten(&mut brief, rows);
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
            name: scene.marked(&scene.run.name),
            as_of: report.run.as_of.clone(),
            snapshot: scene.snapshot().is_some(),
            coverage: report.coverage.summary.clone(),
        },
        project: scene.project.map(|project| ProjectHead {
            name: scene.marked(&project.name),
            request: scene.marked(&project.request),
            start: project.start.to_string(),
            target: project.target.map(|target| target.to_string()),
        }),
        need: need(scene),
        duration: parts::work::duration(scene),
        priority: priority(scene),
        context: context(scene),
        success: parts::work::success(scene, &objectives).into(),
        objectives: objectives.into(),
        tasks: parts::work::own_tasks(scene).into(),
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
        hand_overs: parts::work::hand_overs(scene).into(),
        sections,
        redacted: scene
            .options
            .redact
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
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
            _ => format!("The run of {day} saw {number}; {}: {total}.", noun(scene)),
        });
    }
    match scene.findings.first() {
        Some(worst) => {
            let count = count_of(scene.findings.len(), "open finding", "open findings");
            said.push(format!(
                "{count} concern {title} ({}); the first in rank is: {}.",
                scene.severities(&scene.findings),
                scene.message(worst).trim_end_matches('.')
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

fn metrics(scene: &Scene<'_>) -> Vec<Metric> {
    // Only the briefing counts what concerns one specialist, on this run and on any later one.
    let source = format!("{} --run {}", scene.command, shell(&scene.run.name));
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
            name: scene.marked(&metric.name),
            from: last.map_or("not measured".to_owned(), |reading| {
                format!("{} {}", reading.value, metric.unit)
            }),
            to: format!("{target} {}", metric.unit),
            source: last.map_or("orch project metric".to_owned(), |reading| {
                scene.marked(&reading.source)
            }),
        });
    }
    metrics
}

fn assets(scene: &Scene<'_>) -> Vec<Asset> {
    let run = &scene.run.name;
    let mut assets = vec![Asset {
        what: match scene.snapshot() {
            Some(snapshot) if scene.providers().is_empty() => format!(
                "snapshot with {} resources, none of them on {}",
                snapshot.resources.len(),
                scene.specialist.title
            ),
            Some(snapshot) => format!(
                "snapshot with {} resources, and what was measured and billed",
                snapshot.resources.len()
            ),
            None => "report of an audit: findings, coverage and counts".to_owned(),
        },
        at: scene.marked(run),
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
