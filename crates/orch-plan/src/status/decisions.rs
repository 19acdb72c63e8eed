//! What is to be decided now: what the file asks, what is escalated, what holds tasks up, what will be late or dear.

use super::build::Facts;
use super::forecast::{is_done, open};
use super::overall::{between, days};
use super::v1;

/// Open questions of the file, then what follows from it and stands in no question yet.
pub(super) fn decisions(facts: &Facts<'_>, escalations: &[v1::Escalated]) -> Vec<v1::Decision> {
    let project = facts.project;
    let lead = project.lead.as_deref().unwrap_or("project lead");
    let asked = || project.decisions.iter().filter(|one| one.on.is_none());
    let mut out: Vec<v1::Decision> = asked()
        .map(|one| v1::Decision {
            id: one.id.clone(),
            question: one.question.clone(),
            decider: one.decider.clone().unwrap_or_else(|| lead.to_owned()),
            asked: one.asked.to_string(),
            options: one.options.clone(),
        })
        .collect();
    let is_asked = |kind: &str| asked().any(|one| one.kind.as_deref() == Some(kind));
    let of_today = |id: &str, question: String, decider: &str| v1::Decision {
        id: id.to_owned(),
        question,
        decider: decider.to_owned(),
        asked: facts.today.to_string(),
        options: Vec::new(),
    };
    for one in escalations.iter().filter(|one| !is_asked(&one.kind)) {
        let because = match &one.evidence[..] {
            [] => String::new(),
            [only] => format!(" ({only})"),
            [first, others @ ..] => format!(" ({first}, and {} more)", others.len()),
        };
        let question = format!("{}{because}: {}", one.title, one.decides);
        out.push(of_today(&one.kind, question, &one.decider));
    }
    // Critical ones are escalated.
    let blockers = project.blockers.iter();
    for one in blockers.filter(|one| one.ended.is_none() && !one.critical) {
        let what = match &one.mitigation {
            Some(mitigation) => format!("is this enough: {mitigation}?"),
            None => "who takes it away, and by when?".to_owned(),
        };
        let question = format!(
            "`{}` is held up since {}: {}; {what}",
            one.task, one.since, one.what
        );
        let mut decision = of_today(&one.id, question, lead);
        decision.asked = one.since.to_string();
        out.push(decision);
    }
    let who = |kind: &str| project.deciders.get(kind).map_or(lead, String::as_str);
    let is_new = |kind: &str| !is_asked(kind) && !escalations.iter().any(|one| one.kind == kind);
    if is_new("timeline")
        && let Some(question) = late(facts)
    {
        out.push(of_today("timeline", question, who("timeline")));
    }
    if is_new("budget")
        && !is_done(project)
        && let Some(over) = &facts.over_budget
    {
        let question = format!("Whether this is accepted, or what is left out: {over}");
        out.push(of_today("budget", question, who("budget")));
    }
    out
}

/// The question that an end after the target asks, by however little.
fn late(facts: &Facts<'_>) -> Option<String> {
    let target = facts.project.target?;
    let end = facts.forecast.end;
    open(facts.project).next()?;
    (end > target).then(|| {
        format!(
            "It will be done on {end}, {} after the target of {target}: whether that is accepted, or which option of \
             `orch project reprioritize` makes up for it",
            days(between(target, end))
        )
    })
}
