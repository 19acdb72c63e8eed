//! What can be done when something changes.

use insta::assert_snapshot;
use orch_plan::project::{Change, Project, edit, read};
use orch_plan::status::{Wish, choose, forecast, notice, options, options_markdown, status};

use crate::shop::*;

#[test]
fn options_come_with_their_price_and_choosing_one_is_recorded() {
    let wish = Wish {
        because: "the audit was moved to the end of March".to_owned(),
        first: vec!["alarms".to_owned()],
    };
    let project = project();
    let found = options(&project, &wish, day("2026-03-12")).unwrap();
    assert_snapshot!("options", options_markdown(&found.shown).unwrap());
    for option in &found.shown.options {
        let changes = choose(&found, option.number, "it is the cheapest", Some("Ada")).unwrap();
        let (text, _) = edit(FILE, &LIBRARY, &changes, day("2026-03-12")).unwrap();
        let then = read(&text, &LIBRARY).unwrap();
        // What was promised is what the file then says.
        assert_eq!(
            forecast(&then, day("2026-03-12")).unwrap().end.to_string(),
            option.end,
            "{}",
            option.kind
        );
        let decision = then.decisions.last().unwrap();
        assert_eq!(decision.reason.as_deref(), Some("it is the cheapest"));
        assert_eq!(decision.options.len(), found.shown.options.len());
    }
    assert!(choose(&found, 9, "x", None).is_none());
    assert_snapshot!(
        "notice",
        notice(
            &found.shown,
            1,
            "it is the cheapest",
            ("orch-project.toml", Some("runs/first"))
        )
        .unwrap()
    );
}

#[test]
fn each_option_says_what_it_does_to_the_budget() {
    let wish = Wish {
        because: "the money is short".to_owned(),
        first: vec!["dashboards".to_owned()],
    };
    let today = day("2026-03-12");
    let mut project = project();
    let found = options(&project, &wish, today).unwrap().shown;
    let now = found.budget.clone().unwrap();
    assert_eq!(
        now.forecast,
        status(&project, None, today)
            .unwrap()
            .budget
            .unwrap()
            .forecast
    );
    let amount =
        |budget: &orch_plan::status::v1::Budget| -> f64 { budget.forecast.parse().unwrap() };
    for option in &found.options {
        let then = option.budget.as_ref().unwrap();
        let cost: f64 = option.cost.as_ref().unwrap().parse().unwrap();
        // What it costs is what the forecast moves by.
        assert!(
            (amount(then) - amount(&now) - cost).abs() < 0.01,
            "{option:#?}"
        );
    }
    // Where the dates hold and the money does not, giving up work is an option.
    project.target = Some(day("2026-12-31"));
    let short = options(&project, &wish, today).unwrap().shown;
    let less = short
        .options
        .iter()
        .find(|one| one.kind == "drop-scope")
        .unwrap();
    assert!(
        amount(less.budget.as_ref().unwrap()) < amount(&now),
        "{less:#?}"
    );
    // What is not known is said to be.
    project.budget.as_mut().unwrap().day_rate = None;
    for text in ["names no day\\_rate", "has no \\[budget\\]"] {
        let found = options(&project, &wish, today).unwrap().shown;
        assert!(found.options.iter().all(|one| one.budget.is_none()));
        let told = options_markdown(&found).unwrap();
        let lines = told.matches("- **Budget:** not known: ").count();
        assert_eq!(lines, found.options.len(), "{told}");
        assert!(
            told.replace("day_rate", "day\\_rate").contains(text),
            "{told}"
        );
        project.budget = None;
    }
}

#[test]
fn one_person_more_leaves_what_was_spent() {
    let wish = Wish {
        because: "the board meets".to_owned(),
        first: Vec::new(),
    };
    let today = day("2026-03-12");
    let budget = |text: &str, on: &str| {
        let project = read(text, &LIBRARY).unwrap();
        let status = status(&project, None, day(on)).unwrap();
        status.budget.unwrap().forecast.parse::<f64>().unwrap()
    };
    // Three days on which one person had two tasks, and much is left for them.
    let more = ["more", "most"].map(|id| {
        format!("\n[[task]]\nid = \"{id}\"\ntitle = \"{id}\"\nphase = \"mend\"\nowner = \"monitoring\"\ndays = [20, 20, 20]\n")
    });
    let begun = |task: &str| Change::Start {
        task: task.to_owned(),
    };
    let both = [begun("alarms"), begun("dashboards")];
    let text = format!("{FILE}{}", more.concat());
    let (text, _) = edit(&text, &LIBRARY, &both, day("2026-03-09")).unwrap();
    let project = read(&text, &LIBRARY).unwrap();
    let found = options(&project, &wish, today).unwrap();
    let option = found
        .shown
        .options
        .iter()
        .find(|one| one.kind == "add-person" && one.title.contains("monitoring"));
    let option = option.unwrap();
    let changes = choose(&found, option.number, "now", None).unwrap();
    let (then, _) = edit(&text, &LIBRARY, &changes, today).unwrap();
    let cost: f64 = option.cost.as_ref().unwrap().parse().unwrap();
    let more = budget(&then, "2026-03-12") - budget(&text, "2026-03-12");
    assert!((more - cost).abs() < 0.01, "{more} is not {cost}\n{then}");
    assert!(then.contains("[[limit_before]]"), "{then}");
}

#[test]
fn what_saves_more_than_it_costs_is_given_up_last() {
    let mut project = project();
    project.target = Some(day("2026-12-31"));
    project.budget.as_mut().unwrap().amount = 11000.into();
    let dropped = |project: &Project| {
        let found = options(project, &Wish::default(), day("2026-03-12")).unwrap();
        let mut found = found.shown.options.into_iter();
        let less = found.find(|one| one.kind == "drop-scope");
        less.map(|one| one.title).unwrap_or_default()
    };
    // Of two tasks of low priority one saves 825 a month for a day of 800.
    for (id, days, saving) in [("volumes", 9, Some(825)), ("dashboards", 1, None)] {
        let task = project.tasks.iter_mut().find(|one| one.id == id).unwrap();
        task.days = [days; 3];
        task.saving = saving.map(Into::into);
        task.after.clear();
        task.currency = saving.map(|_| "USD".to_owned());
    }
    project.tasks.iter_mut().for_each(|task| {
        if task.id == "cutover" {
            task.after = vec!["ports".to_owned()];
        }
    });
    assert!(
        dropped(&project).starts_with("give up `dashboards`"),
        "{}",
        dropped(&project)
    );
}

#[test]
fn what_delay_costs_can_be_computed_again() {
    let project = project();
    let found = options(&project, &Wish::default(), day("2026-03-12")).unwrap();
    let delay = &found.shown.options[0];
    assert_eq!(delay.kind, "delay");
    // 500 × 12 / 365 × 3
    assert!(
        delay.loses[1].starts_with(
            "49.32 USD of savings that come later (500.00 a month × 12 / 365 × 3 calendar days)"
        ),
        "{:?}",
        delay.loses
    );
}

/// The file with nothing that holds a task up: what is blocked is not done sooner, whoever comes and whatever is first.
fn unblocked() -> String {
    FILE.replace(
        "since = 2026-03-10\n",
        "since = 2026-03-10\nended = 2026-03-10\n",
    )
}

#[test]
fn another_order_brings_a_task_forward_and_the_file_keeps_it() {
    let wish = Wish {
        because: "a page is wanted for the board".to_owned(),
        first: vec!["dashboards".to_owned()],
    };
    let file = unblocked();
    let project = read(&file, &LIBRARY).unwrap();
    let found = options(&project, &wish, day("2026-03-12")).unwrap();
    let swap = found.shown.options.last().unwrap();
    assert_eq!(swap.kind, "swap-order");
    let changes = choose(&found, swap.number, "the board meets", None).unwrap();
    let (text, _) = edit(&file, &LIBRARY, &changes, day("2026-03-12")).unwrap();
    let then = forecast(&read(&text, &LIBRARY).unwrap(), day("2026-03-12")).unwrap();
    let now = forecast(&project, day("2026-03-12")).unwrap();
    assert!(then.dates["dashboards"] < now.dates["dashboards"]);
    for moved in &swap.tasks {
        let (start, end) = then.dates[&moved.task];
        assert_eq!(moved.to, Some([start.to_string(), end.to_string()]));
    }
    assert_snapshot!(options_markdown(&found.shown).unwrap());
}

#[test]
fn somebody_new_learns_before_they_help() {
    let wish = Wish {
        because: "the board meets".to_owned(),
        first: Vec::new(),
    };
    let today = day("2026-03-12");
    let file = unblocked();
    let end = |ramp: u32| {
        let mut project = read(&file, &LIBRARY).unwrap();
        project.params.ramp_up_days = ramp;
        let found = options(&project, &wish, today).unwrap();
        let options = found.shown.options.iter();
        let mut persons = options.filter(|one| one.kind == "add-person");
        let person = persons.next()?;
        let changes = choose(&found, person.number, "now", None).unwrap();
        let (text, told) = edit(&file, &LIBRARY, &changes, today).unwrap();
        let then = read(&text, &LIBRARY).unwrap();
        let task = then.tasks.iter().find(|task| task.id.starts_with("learn-"));
        assert_eq!(task.is_some(), ramp > 0, "{told:?}");
        Some(person.end.parse::<chrono::NaiveDate>().unwrap())
    };
    let (quick, slow) = (end(0).unwrap(), end(2).unwrap());
    assert!(quick < slow, "{quick} {slow}");
    assert_eq!(
        end(200),
        None,
        "who learns longer than the work takes is no help"
    );
}
