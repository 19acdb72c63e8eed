//! One word for how a project stands.

use chrono::NaiveDate;

use super::forecast::{Forecast, is_done};
use super::v1;
use crate::project::{Params, Project};
use crate::schedule::working_days_after;

/// How a project stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overall {
    /// Nothing is left.
    Done,
    /// Behind the target by days that count.
    Late,
    /// Something may make it late or dear.
    AtRisk,
    /// As planned.
    OnTrack,
    /// Before the planned end by days that count.
    Ahead,
}

impl Overall {
    /// Its id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Late => "late",
            Self::AtRisk => "at-risk",
            Self::OnTrack => "on-track",
            Self::Ahead => "ahead",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Late => "Late",
            Self::AtRisk => "At risk",
            Self::OnTrack => "On track",
            Self::Ahead => "Ahead of schedule",
        }
    }
}

/// Working days from one day to another, negative backwards.
pub(super) fn between(from: NaiveDate, to: NaiveDate) -> i64 {
    if to >= from {
        i64::from(working_days_after(from, to))
    } else {
        -i64::from(working_days_after(to, from))
    }
}

/// The last day of the first plan, over all tasks that were not given up.
pub(super) fn planned_end(project: &Project) -> Option<NaiveDate> {
    let left = project
        .tasks
        .iter()
        .filter(|task| task.state != crate::project::State::Dropped);
    left.filter_map(|task| task.planned)
        .map(|[_, last]| last)
        .max()
}

/// The day that the end is held against, and what it is called.
pub(super) fn goal(project: &Project) -> Option<(NaiveDate, &'static str)> {
    match project.target {
        Some(target) => Some((target, "target")),
        None => planned_end(project).map(|planned| (planned, "planned end")),
    }
}

/// The word and what made it.
pub(super) fn overall(
    project: &Project,
    forecast: &Forecast,
    over_budget: Option<String>,
    today: NaiveDate,
) -> v1::Overall {
    let params = &project.params;
    let mut why = Vec::new();
    if today < project.start {
        why.push(format!(
            "it has not begun: its first day is {}, and today is {today}",
            project.start
        ));
    }
    let state = if is_done(project) {
        why.push(format!("nothing is left since {}", forecast.end));
        let late = goal(project).filter(|(goal, _)| forecast.end > *goal);
        why.extend(late.map(|(goal, name)| {
            let late = days(between(goal, forecast.end).max(1));
            format!("that was {late} after the {name} of {goal}")
        }));
        why.extend(over_budget);
        Overall::Done
    } else {
        judge(
            project,
            forecast,
            goal(project),
            over_budget,
            today,
            &mut why,
        )
    };
    v1::Overall {
        state: state.id().to_owned(),
        title: state.title().to_owned(),
        why,
        rule: rule(params),
    }
}

fn judge(
    project: &Project,
    forecast: &Forecast,
    goal: Option<(NaiveDate, &str)>,
    over_budget: Option<String>,
    today: NaiveDate,
    why: &mut Vec<String>,
) -> Overall {
    let params = &project.params;
    let end = forecast.end;
    if project.tasks.is_empty() {
        why.push(
            "there are no tasks yet: `orch plan new` writes a plan, or write [[task]] by hand"
                .to_owned(),
        );
        return Overall::OnTrack;
    }
    let mut at_risk = Vec::new();
    if let Some((goal, name)) = goal {
        let behind = between(goal, end);
        if behind >= i64::from(params.late_days.max(1)) {
            why.push(format!(
                "it will be done on {end}, {} after the {name} of {goal}",
                days(behind)
            ));
            return Overall::Late;
        }
        if today > goal {
            why.push(format!("the {name} of {goal} is over and work is left"));
            return Overall::Late;
        }
        if behind > 0 {
            at_risk.push(format!(
                "it will be done on {end}, {} after the {name} of {goal}",
                days(behind)
            ));
        } else if forecast.at_pace > goal
            && let Some(pace) = forecast.pace
        {
            at_risk.push(format!(
                "at the pace of what is done ({pace} times its likely days) it will be done on {}, after the {name} of {goal}",
                forecast.at_pace
            ));
        }
    }
    let blockers = project.blockers.iter().filter(|one| one.ended.is_none());
    at_risk.extend(blockers.filter_map(|one| {
        let last = forecast.critical.contains(&one.task);
        match (one.critical, last) {
            (true, _) => Some(format!("critical blocker `{}`: {}", one.id, one.what)),
            (false, true) => Some(format!(
                "`{}`, which has no room, is blocked by `{}`: {}",
                one.task, one.id, one.what
            )),
            (false, false) => None,
        }
    }));
    let risks = project.risks.iter().filter(|one| one.ended.is_none());
    let grave = risks.filter(|one| one.likelihood == "high" && one.impact == "high");
    at_risk.extend(grave.map(|one| format!("risk `{}`, likely and grave: {}", one.id, one.what)));
    at_risk.extend(over_budget);
    if !at_risk.is_empty() {
        why.extend(at_risk);
        return Overall::AtRisk;
    }
    if let Some(planned) = planned_end(project) {
        let before = between(end, planned);
        if before >= i64::from(params.ahead_days.max(1)) {
            why.push(format!(
                "it will be done on {end}, {} before the planned end of {planned}",
                days(before)
            ));
            return Overall::Ahead;
        }
    }
    why.push(match goal {
        Some((goal, name)) if forecast.worst > goal => format!(
            "it will be done on {end}; the {name} is {goal}; only if all that is left went at its worst would it be {}",
            forecast.worst
        ),
        Some((goal, name)) => format!("it will be done on {end}; the {name} is {goal}"),
        None => format!("it will be done on {end}; there is no target to hold it against"),
    });
    Overall::OnTrack
}

/// So many working days, in words.
pub(super) fn days(days: i64) -> String {
    match days {
        1 => "1 working day".to_owned(),
        days => format!("{days} working days"),
    }
}

/// The rule in words.
fn rule(params: &Params) -> String {
    format!(
        "Late: the estimated end is {late} working days or more after the target (the planned end where there is none), or \
         the target is over and work is left. At risk, by what is known and not by what might be: the end is after the target \
         by fewer days, or would be at the pace of what is done (from three finished tasks on); a critical blocker is open, \
         or one on a task without room; a risk of high likelihood and high impact is open; the forecast is over the budget. \
         Ahead: the end is {ahead} working days or more before the planned one. On track: none of these. What the end would \
         be at its worst is told beside it and decides nothing.",
        late = params.late_days.max(1),
        ahead = params.ahead_days.max(1),
    )
}
