//! What surrounds the work of a specialist: how long it takes, what it waits for, what checks it, who goes on with it.

use std::collections::BTreeMap;

use orch_model::{Body, Kind};

use super::super::build::is_over;
use super::super::scene::{Scene, count_of, joined, joined_or, shell};
use super::super::v1::{Criterion, Dependency, Duration, Handoff, Objective, OwnTask};
use crate::plan::left;
use crate::project::{self, State, Task, edges};
use crate::status::v1::HandOver;

/// Hours of one rule's findings by effort: at best, likely, at worst; and those of each further finding, which is the
/// same work at another place.
const HOURS: [(&str, [u32; 3], u32); 3] = [
    ("small", [1, 3, 6], 1),
    ("medium", [6, 12, 24], 2),
    ("large", [16, 32, 60], 4),
];
/// How many tasks are named where a sentence names them.
const NAMED: usize = 3;
/// Of a day that is left for the work itself.
const HOURS_A_DAY: u32 = 6;

/// How long it takes: by the tasks of the project, else by the effort that rules state.
pub(crate) fn duration(scene: &Scene<'_>) -> Duration {
    let tasks: Vec<&Task> = open_tasks(scene);
    if let Some(project) = scene.project.filter(|_| !tasks.is_empty()) {
        let today = scene.options.today.unwrap_or(project.start);
        let mut days = [0; 3];
        for task in &tasks {
            for (sum, day) in days.iter_mut().zip(left(project, task, today)) {
                *sum += day;
            }
        }
        let mut titles: Vec<String> = tasks
            .iter()
            .map(|task| scene.of_project(&task.title))
            .collect();
        let more = titles.len().saturating_sub(NAMED);
        let others = format!("{more} more");
        // One more takes no more room than saying so.
        if more > 1 {
            titles.truncate(NAMED);
            titles.push(others);
        }
        let ends = tasks.iter().map(|task| scene.expected.get(&task.id));
        let last = ends.flatten().map(|[_, last]| *last).max();
        return Duration {
            days: Some(days),
            last: last.map(|day| day.to_string()),
            basis: format!(
                "what is left of {} of the project: {}{}",
                count_of(tasks.len(), "open task", "open tasks"),
                joined(&titles),
                match last {
                    Some(last) => format!("; the last of it is expected to be done on {last}"),
                    None => String::new(),
                }
            ),
        };
    }
    let mut by_rule: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
    for finding in &scene.findings {
        let effort = finding
            .remediation
            .as_ref()
            .map_or("medium", |mend| mend.effort.as_str());
        by_rule.entry(&finding.rule).or_insert((effort, 0)).1 += 1;
    }
    if by_rule.is_empty() {
        return Duration {
            days: None,
            last: None,
            basis: format!(
                "nothing is open for {}, so nothing says how long; {}",
                scene.specialist.title,
                match scene.project {
                    Some(_) => "the project has no open task for it either",
                    None => "the tasks of a project would (--project)",
                }
            ),
        };
    }
    let mut hours = [0; 3];
    let mut efforts: BTreeMap<&str, u32> = BTreeMap::new();
    for (effort, findings) in by_rule.values() {
        let Some((name, first, further)) = HOURS.iter().find(|(name, ..)| name == effort) else {
            continue;
        };
        *efforts.entry(name).or_default() += 1;
        for (place, (sum, hour)) in hours.iter_mut().zip(first).enumerate() {
            let more = further * (findings - 1);
            *sum += hour + [more / 2, more, more * 2][place];
        }
    }
    let told: Vec<String> = HOURS
        .iter()
        .filter_map(|(name, ..)| Some(format!("{} of {name} effort", efforts.get(name)?)))
        .collect();
    Duration {
        days: Some(hours.map(|hours| hours.div_ceil(HOURS_A_DAY))),
        last: None,
        basis: format!(
            "{} with findings for {}, {}; the first finding of a rule counts {} hours (small, medium, large effort), each further \
             one {}, and a day has {HOURS_A_DAY} hours for it",
            count_of(by_rule.len(), "rule", "rules"),
            scene.specialist.title,
            joined(&told),
            joined_numbers(|(_, hours, _)| hours[1]),
            joined_numbers(|(.., further)| *further),
        ),
    }
}

fn joined_numbers(of: impl Fn(&(&str, [u32; 3], u32)) -> u32) -> String {
    let numbers: Vec<String> = HOURS.iter().map(|row| of(row).to_string()).collect();
    joined_or(&numbers)
}

fn open_tasks<'a>(scene: &Scene<'a>) -> Vec<&'a Task> {
    let tasks = scene.project.into_iter().flat_map(|project| &project.tasks);
    tasks
        .filter(|task| task.owner == scene.id && !is_over(task.state))
        .collect()
}

/// Its tasks that are not done, the first expected first: each is delivered, and has an objective that somebody can check.
pub(crate) fn own_tasks(scene: &Scene<'_>) -> Vec<OwnTask> {
    let mut tasks = open_tasks(scene);
    tasks.sort_by_key(|task| scene.expected.get(&task.id));
    let told = |task: &&Task| OwnTask {
        task: task.id.clone(),
        what: scene.of_project(&task.title),
        done_when: task.objective.as_deref().map(|text| scene.of_project(text)),
        check: match task.objective.as_deref().and_then(command_in) {
            Some((objective, command)) => scene.part_of_project(objective, command),
            None => format!("orch project done {} --evidence TEXT", shell(&task.id)),
        },
        state: match (task.state, scene.expected.get(&task.id)) {
            (State::Started, Some([_, last])) => format!("{}, expected until {last}", stands(task)),
            (_, Some([first, last])) if first == last => {
                format!("{}, expected {first}", stands(task))
            }
            (_, Some([first, last])) => format!("{}, expected {first} to {last}", stands(task)),
            (_, None) => stands(task),
        },
    };
    tasks.iter().map(told).collect()
}

/// An objective with the command that it names: the first of several words between backticks.
fn command_in(objective: &str) -> Option<(&str, &str)> {
    let mut quoted = objective.split('`').skip(1).step_by(2);
    let command = quoted.find(|text| text.contains(' '))?;
    Some((objective, command))
}

/// What must be done before: the tasks that its own wait for; without a project, what its partners hand over.
pub(crate) fn requires(scene: &Scene<'_>) -> Vec<Dependency> {
    if let Some(project) = scene.project {
        let mine = edges(project)
            .into_iter()
            .filter(|edge| edge.to == scene.id);
        return mine
            .map(|edge| of_task(scene, edge.from, edge.tasks))
            .collect();
    }
    let after = scene.specialist.partners.after.iter();
    let mut all: Vec<Dependency> = after
        .filter_map(|id| {
            let partner = scene.library.specialists.get(id)?;
            plays(scene, id).then(|| Dependency {
                who: id.clone(),
                what: partner.hands_over.join("; "),
                state: state_of(scene, id),
                for_tasks: Vec::new(),
            })
        })
        .collect();
    if !scene.specialist.needs.is_empty() {
        all.push(Dependency {
            who: "whoever asks for the work".to_owned(),
            what: scene.specialist.needs.join("; ").replace('`', ""),
            state: "no snapshot tells it".to_owned(),
            for_tasks: Vec::new(),
        });
    }
    all
}

/// Who waits for it.
pub(crate) fn blocks(scene: &Scene<'_>) -> Vec<Dependency> {
    if let Some(project) = scene.project {
        let mine = open_tasks(scene);
        let waits = project::waits(project);
        let others = |task: &&Task| task.owner != scene.id && !is_over(task.state);
        return project
            .tasks
            .iter()
            .filter(others)
            .filter_map(|task| {
                let after = waits.get(task.id.as_str())?;
                let of: Vec<&Task> = mine
                    .iter()
                    .filter(|one| after.contains(&one.id.as_str()))
                    .copied()
                    .collect();
                (!of.is_empty()).then(|| of_task(scene, task, of))
            })
            .collect();
    }
    if scene.providers().is_empty() {
        // Nobody waits for work on a cloud that is not there.
        return Vec::new();
    }
    let before = scene.specialist.partners.before.iter();
    before
        .filter_map(|id| {
            let partner = scene.library.specialists.get(id)?;
            plays(scene, id).then(|| Dependency {
                who: id.clone(),
                what: partner.needs.join("; ").replace('`', ""),
                state: state_of(scene, id),
                for_tasks: Vec::new(),
            })
        })
        .collect()
}

fn of_task(scene: &Scene<'_>, task: &Task, mine: Vec<&Task>) -> Dependency {
    Dependency {
        for_tasks: mine.iter().map(|task| task.id.clone()).collect(),
        who: task.owner.clone(),
        what: format!("{} ({})", scene.of_project(&task.title), task.id),
        state: stands(task),
    }
}

/// How a task stands, in words.
fn stands(task: &Task) -> String {
    match task.state {
        State::Pending => "not begun".to_owned(),
        State::Started => match task.percent {
            Some(percent) => format!("begun, {percent} %"),
            None => "begun".to_owned(),
        },
        State::Done => "done".to_owned(),
        State::Dropped => "given up".to_owned(),
    }
}

/// Whether a partner has anything to do here: a cloud only where the run has it.
fn plays(scene: &Scene<'_>, id: &str) -> bool {
    let Some(partner) = scene.library.specialists.get(id) else {
        return false;
    };
    let clouds = &partner.briefing.providers;
    let accounts = &scene.run.report.run.accounts;
    clouds.is_empty()
        || accounts
            .iter()
            .any(|account| clouds.contains(&account.provider))
}

/// How many findings are open for a partner.
fn state_of(scene: &Scene<'_>, id: &str) -> String {
    let Some(partner) = scene.library.specialists.get(id) else {
        return String::new();
    };
    let findings = scene.run.report.findings.iter();
    let open = findings
        .filter(|one| one.state == "open" && partner.briefing.has(id, one))
        .count();
    count_of(open, "finding open", "findings open")
}

/// The checks of its objectives, and those with tools of its own.
pub(crate) fn success(scene: &Scene<'_>, objectives: &[Objective]) -> Vec<Criterion> {
    let mut criteria: Vec<Criterion> = objectives
        .iter()
        .filter(|objective| !objective.rules.is_empty())
        .map(|objective| Criterion {
            what: objective.text.clone(),
            command: format!(
                "orch audit --snapshot after --rule {} --fail-on info",
                objective.rules.join(",")
            ),
            today: today(scene, objective),
        })
        .collect();
    for check in &scene.concern().checks {
        criteria.push(Criterion {
            what: check.what.clone(),
            command: check.command.clone(),
            today: match check.command.starts_with("kubectl ") && !has_nodes(scene) {
                true => "cannot be run yet: no cluster with nodes is in this run".to_owned(),
                false => "not run: it needs what this work makes".to_owned(),
            },
        });
    }
    if criteria.is_empty() {
        let providers: Vec<&str> = scene.providers().into_iter().collect();
        let command = match (providers.first(), scene.concern().providers.first()) {
            (Some(_), _) => format!(
                "orch audit --snapshot {} --fail-on info",
                shell(&scene.run.name)
            ),
            (None, Some(cloud)) => format!(
                "orch collect --provider {cloud} --out after && orch audit --snapshot after"
            ),
            (None, None) => {
                "orch collect --provider aws --out after && orch audit --snapshot after".to_owned()
            }
        };
        criteria.push(Criterion {
            what: format!(
                "{} appears in a run, so that there is something to check",
                scene.specialist.title
            ),
            command,
            today: "nothing of it was read".to_owned(),
        });
    }
    criteria
}

/// Whether a cluster is there that runs something.
fn has_nodes(scene: &Scene<'_>) -> bool {
    scene.resources(Kind::ContainerCluster).any(|resource| {
        matches!(&resource.body, Body::ContainerCluster(cluster) if cluster.nodes.value() != Some(&0))
    })
}

/// What the check of an objective says of this run: gaps go before findings.
fn today(scene: &Scene<'_>, objective: &Objective) -> String {
    let rules: Vec<&str> = objective.rules.iter().map(String::as_str).collect();
    let findings = count_of(objective.findings as usize, "finding", "findings");
    match (scene.gaps(&rules), objective.findings) {
        (0, 0) => "exits with 0: it holds, and has to go on".to_owned(),
        (0, _) => format!("exits with 1: {findings}"),
        (gaps, _) => {
            let gaps = count_of(gaps as usize, "answer lacks", "answers lack");
            format!("exits with 3: {findings}, and {gaps} a read")
        }
    }
}

/// Its tasks that others wait for, the first expected first.
pub(crate) fn hand_overs(scene: &Scene<'_>) -> Vec<HandOver> {
    let edges = scene.project.map(edges).unwrap_or_default();
    let mut mine: Vec<_> = edges
        .into_iter()
        .filter(|edge| edge.from.owner == scene.id)
        .collect();
    mine.sort_by_key(|edge| scene.expected.get(&edge.from.id));
    mine.into_iter()
        .map(|edge| HandOver {
            task: edge.from.id.clone(),
            what: scene.of_project(&edge.from.title),
            from: edge.from.owner.clone(),
            to: edge.to.to_owned(),
            for_tasks: edge.tasks.iter().map(|task| task.id.clone()).collect(),
            ready: edge.from.state == State::Done,
            on: edge
                .from
                .finished
                .or_else(|| Some(scene.expected.get(&edge.from.id)?[1]))
                .map(|day| day.to_string()),
        })
        .collect()
}

/// What the next ones get.
pub(crate) fn handoff(scene: &Scene<'_>) -> Vec<Handoff> {
    if scene.providers().is_empty() && open_tasks(scene).is_empty() {
        return Vec::new();
    }
    let partners = &scene.specialist.partners;
    let mut next: Vec<&String> = Vec::new();
    for id in partners
        .before
        .iter()
        .chain(&partners.iterative)
        .chain(&partners.parallel)
    {
        if !next.contains(&id) && plays(scene, id) {
            next.push(id);
        }
    }
    next.into_iter()
        .filter_map(|id| {
            let partner = scene.library.specialists.get(id)?;
            let shared = scene
                .findings
                .iter()
                .filter(|one| partner.briefing.has(id, one))
                .count() as u64;
            let first = partners.before.contains(id);
            (first || shared > 0).then(|| Handoff {
                to: id.clone(),
                what: scene.specialist.hands_over.clone(),
                shared_findings: shared,
            })
        })
        .collect()
}
