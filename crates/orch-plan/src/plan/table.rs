//! Plans as people read them in a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use orch_report::{grid, visible};

use super::view::{HandOff, LeftOut, PlanView, Target, TaskView};
use crate::project::State;
use crate::rounding::money;

/// How many quick wins are named.
const QUICK_WINS: usize = 10;

/// From this width on there is a column of what saves money and of who else works.
const WIDE: usize = 120;

/// Writes a plan.
///
/// # Errors
/// Those of `out`.
pub fn table(plan: &PlanView, width: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", visible(&plan.name))?;
    let pattern = plan.pattern.as_deref().unwrap_or("no pattern");
    let clouds = match plan.clouds.as_slice() {
        [] => "no cloud".to_owned(),
        clouds => clouds.join(", "),
    };
    writeln!(out, "{} on {}", visible(pattern), visible(&clouds))?;
    if let Some(scenario) = &plan.scenario {
        writeln!(out, "{}", visible(scenario))?;
    }
    let [best, likely, worst] = plan.end;
    writeln!(
        out,
        "{} to {likely} ({best} at best, {worst} at worst): {} working days; {} if nobody were ever busy",
        plan.start, plan.working_days, plan.critical_days
    )?;
    if let Some(target) = &plan.target {
        writeln!(out, "{}", of_target(target))?;
    }
    let percent = plan.done * 100 / plan.of.max(1);
    writeln!(
        out,
        "{percent} % done ({}/{} tasks) on {}",
        plan.done, plan.of, plan.today
    )?;
    for saving in &plan.savings {
        let currency = visible(&saving.currency);
        writeln!(
            out,
            "what is open saves {} {currency} a month",
            money(saving.monthly)
        )?;
    }
    for phase in plan.phases.iter().filter(|phase| phase.of > 0) {
        writeln!(out)?;
        let dates = phase
            .dates
            .map_or_else(String::new, |[first, last]| format!(", {first} to {last}"));
        let weeks = match phase.weeks {
            Some([first, last]) if first == last => format!("; in the pattern: week {first}"),
            Some([first, last]) => format!("; in the pattern: weeks {first} to {last}"),
            None => String::new(),
        };
        writeln!(
            out,
            "{} ({}{dates}{weeks})",
            visible(&phase.title),
            phase.state
        )?;
        let mut rows = vec![head(width)];
        let here = plan.tasks.iter().filter(|task| task.phase == phase.id);
        rows.extend(here.map(|task| row(task, width)));
        grid(&rows, &[3, 7], &[0, 1, 3, 4, 5, 6, 7], width, out)?;
        if !phase.reviews.is_empty() {
            writeln!(out, "Reviews: {}", phase.reviews.join(", "))?;
        }
        if let Some(milestone) = &phase.milestone {
            writeln!(out, "=> {}", visible(milestone))?;
        }
    }
    let out_of_it = plan.left_out.iter().map(|one| {
        let LeftOut {
            task,
            title,
            reason,
        } = one;
        format!("{title} ({task}): {reason}")
    });
    list(out, "Not in the plan", &out_of_it.collect::<Vec<_>>())?;
    list(out, "Notes", &plan.notes)?;
    let title = |id: &String| {
        let task = plan.tasks.iter().find(|task| task.id == *id);
        task.map_or_else(String::new, |task| format!("{} ({id})", task.title))
    };
    let mut wins: Vec<String> = plan.quick_wins.iter().take(QUICK_WINS).map(title).collect();
    if let Some(more @ 1..) = plan.quick_wins.len().checked_sub(QUICK_WINS) {
        wins.push(format!("and {more} more, which --format json names"));
    }
    list(out, "Quick wins", &wins)?;
    list(out, "Also quick, wherever this is done", &plan.also_quick)?;
    list(out, "After the project", &plan.long_term)?;
    list(out, "Side by side", &side_by_side(plan))?;
    hand_offs(plan, out)
}

fn head(width: usize) -> Vec<String> {
    let mut head = [
        "", "OWNER", "TASK", "DAYS", "FIRST", "LAST", "AT WORST", "SLACK",
    ]
    .to_vec();
    if width >= WIDE {
        head.push("SAVES");
    }
    head.into_iter().map(str::to_owned).collect()
}

fn row(task: &TaskView, width: usize) -> Vec<String> {
    let state = match (task.state, task.critical) {
        (State::Done, _) => "done",
        (State::Dropped, _) => "dropped",
        (State::Started, _) => "begun",
        (State::Pending, true) => "!",
        (State::Pending, false) => "",
    };
    let mut title = task.title.clone();
    for wait in &task.waits {
        title = format!("{title}\nafter {}: {}", wait.task, wait.reason);
    }
    if let Some(evidence) = &task.evidence {
        title = format!("{title}\n{evidence}");
    }
    let mut row = vec![
        state.to_owned(),
        task.owner.clone(),
        title,
        format!("{}-{}-{}", task.days[0], task.days[1], task.days[2]),
        task.first.to_string(),
        task.last[1].to_string(),
        task.last[2].to_string(),
        match task.state {
            State::Done => String::new(),
            _ => task.slack.to_string(),
        },
    ];
    if width >= WIDE {
        let saving = task.saving.as_ref();
        row.push(saving.map_or_else(String::new, |one| {
            format!("{} {}", money(one.monthly), one.currency)
        }));
    }
    row
}

fn of_target(target: &Target) -> String {
    let days = |late: u32| match late {
        1 => "1 working day".to_owned(),
        _ => format!("{late} working days"),
    };
    let [best, likely, worst] = target.late;
    let date = target.date;
    match target.verdict {
        "held" => format!("The target {date} was held"),
        "missed" => format!("The target {date} was missed by {}", days(likely)),
        "safe" => format!("The target {date} is held even if everything takes its worst days"),
        "likely" => format!(
            "The target {date} is likely held; at worst it is {} late",
            days(worst)
        ),
        "unlikely" => format!(
            "The target {date} is only held at best; likely it is {} late, at worst {}",
            days(likely),
            days(worst)
        ),
        _ => format!(
            "The target {date} cannot be held: {} late at best, {} likely, {} at worst",
            days(best),
            days(likely),
            days(worst)
        ),
    }
}

fn list(out: &mut dyn Write, title: &str, items: &[String]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    for item in items {
        writeln!(out, "  {}", visible(item))?;
    }
    Ok(())
}

/// Who works at the same time without waiting for the other.
fn side_by_side(plan: &PlanView) -> Vec<String> {
    let tasks = plan.tasks.iter().enumerate();
    let places: BTreeMap<&str, usize> = tasks
        .map(|(place, task)| (task.id.as_str(), place))
        .collect();
    let line = |(at, task): (usize, &TaskView)| {
        let later = task.beside.iter().filter_map(|id| {
            let other = *places.get(id.as_str()).filter(|other| **other > at)?;
            let other = plan.tasks.get(other)?;
            Some(format!("{} ({})", other.id, other.owner))
        });
        let later: Vec<String> = later.collect();
        let said = format!("{} ({}): {}", task.id, task.owner, later.join(", "));
        (!later.is_empty()).then_some(said)
    };
    plan.tasks.iter().enumerate().filter_map(line).collect()
}

/// What goes from each task to which others.
fn hand_offs(plan: &PlanView, out: &mut dyn Write) -> io::Result<()> {
    if plan.hand_offs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nHand-offs")?;
    let mut from: BTreeMap<&str, Vec<&HandOff>> = BTreeMap::new();
    for one in &plan.hand_offs {
        from.entry(&one.from).or_default().push(one);
    }
    for task in &plan.tasks {
        let mine = from.get(task.id.as_str());
        let Some((mine, first)) = mine.and_then(|mine| Some((mine, mine.first()?))) else {
            continue;
        };
        let to: Vec<String> = mine
            .iter()
            .map(|one| format!("{} ({})", one.to, one.to_owner))
            .collect();
        let line = format!("{} ({}) to {}", task.id, task.owner, to.join(", "));
        writeln!(out, "  {}", visible(&line))?;
        for what in &first.what {
            writeln!(out, "    {}", visible(what))?;
        }
    }
    Ok(())
}
