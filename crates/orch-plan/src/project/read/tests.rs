use std::sync::LazyLock;

use insta::assert_snapshot;

use super::{line_and_column, read};
use crate::Library;

/// Read once: it takes most of the time of a test.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

const RIGHT: &str = r#"version = 1
name = "Shop"
clouds = ["aws"]
start = 2026-03-02 # a Monday
target = "2026-04-30"

[budget]
amount = 40_000
currency = "EUR"
day_rate = 800.50

[limits]
terraform = 2

[[phase]]
id = "first"
title = "First"

[[task]]
id = "network"
title = "Network"
phase = "first"
owner = "aws"
days = [1, 2, 3]
planned = [2026-03-02, 2026-03-03]

[[task]]
id = "code"
title = "Code"
phase = "first"
owner = "terraform"
days = [1, 2, 3]
after = ["network"]
state = "started"

[[metric]]
name = "uptime"
unit = "%"
up_is_good = true

[[metric.reading]]
on = 2026-03-02
value = 99.95
source = "x.csv"
"#;

/// Every mistake as people see it.
fn told(text: &str) -> String {
    told_on(text, None)
}

fn told_on(text: &str, today: Option<chrono::NaiveDate>) -> String {
    let library = &*LIBRARY;
    let Err(mistakes) = super::read_on(text, library, today) else {
        panic!("nothing is wrong with it");
    };
    let line = |mistake: &super::Mistake| {
        let (line, column) = line_and_column(text, mistake.span.start);
        let help = mistake.help.as_deref().unwrap_or("-");
        format!("{line}:{column} {}\n    {help}\n", mistake.message)
    };
    mistakes.iter().map(line).collect()
}

#[test]
fn what_people_write_is_read() {
    let library = &*LIBRARY;
    let project = read(RIGHT, library).unwrap_or_else(|error| panic!("{error:#?}"));
    let budget = project.budget.unwrap();
    assert_eq!(budget.day_rate.unwrap().to_string(), "800.50");
    assert_eq!(budget.amount.to_string(), "40000");
    assert_eq!(project.metrics[0].readings[0].value.to_string(), "99.95");
    assert_eq!(project.target.unwrap().to_string(), "2026-04-30");
    assert_eq!(project.params.late_days, 5);
}

#[test]
fn all_slips_of_a_hand_are_told_at_once() {
    let text = RIGHT
        .replace("clouds =", "cluods =")
        .replace("owner = \"aws\"", "owner = \"asw\"")
        .replace("\"started\"", "\"statred\"")
        .replace("2026-04-30", "2026-02-30")
        .replace(
            "after = [\"network\"]",
            "after = [\"netwrok\", \"gone\"]\npriority = \"urgent\"\nfinished = \"yesterday\"",
        )
        .replace(
            "[1, 2, 3]\nplanned = [2026-03-02",
            "[3, 2, 1]\nplanned = [2026-03-09",
        )
        .replace("terraform = 2", "terraform = \"two\"")
        .replace("value = 99.95", "value = \"much\"")
        .replace(
            "[[metric]]",
            "[[task]]\nid = \"code\"\nname = \"Twice\"\n\n[[metric]]",
        );
    assert_snapshot!(told(&text));
}

#[test]
fn a_removed_task_is_named_wherever_it_still_stands() {
    let cut = RIGHT.find("[[task]]").unwrap()..RIGHT.find("[[task]]\nid = \"code\"").unwrap();
    let mut text = RIGHT.to_owned();
    text.replace_range(cut, "");
    text.push_str("\n[[blocker]]\nid = \"b1\"\ntask = \"network\"\nwhat = \"no peering\"\nsince = 2026-03-03\n");
    text.push_str("\n[[log]]\non = 2026-03-03\ntask = \"network\"\nwhat = \"history stays\"\n");
    assert_snapshot!(told(&text));
}

#[test]
fn merge_conflicts_are_named_with_their_lines_and_the_rest_is_looked_at() {
    let text = RIGHT
        .replace(
            "title = \"Network\"\n",
            "<<<<<<< HEAD\ntitle = \"Network\"\n||||||| 1234567\ntitle = \"Net\"\n=======\ntitle = \"Networks\"\n>>>>>>> theirs\n",
        )
        .replace("owner = \"terraform\"", "owner = \"teraform\"")
        .replace("unit = \"%\"", ">>>>>>> theirs\nunit = \"%\"");
    assert_snapshot!(told(&text));
}

#[test]
fn a_marker_that_was_left_alone_is_told_and_the_rest_is_looked_at() {
    let text = RIGHT
        .replace("title = \"Network\"\n", "title = \"Network\"\n=======\n")
        .replace("owner = \"terraform\"", "owner = \"teraform\"");
    let told = told(&text);
    assert!(told.contains("======= in line"), "{told}");
    assert!(told.contains("teraform"), "{told}");
    let heading = RIGHT.replace(
        "title = \"Network\"\n",
        "title = \"Network\"\nobjective = \"\"\"\nA heading\n=======\n\"\"\"\n",
    );
    assert!(read(&heading, &LIBRARY).is_ok());
}

#[test]
fn dates_and_syntax_that_cannot_be() {
    let text = RIGHT
        .replace("start = 2026-03-02", "start = 2026-13-02")
        .replace("title = \"Network\"", "title = Network")
        .replace("unit = \"%\"", "unit \"%\"");
    assert_snapshot!(told(&text));
}

#[test]
fn days_that_cannot_be_are_told_with_their_place() {
    let text = RIGHT
        .replace("target = \"2026-04-30\"", "target = 9999-12-31")
        .replace(
            "state = \"started\"",
            "state = \"done\"\nstarted = 2026-02-27\nfinished = 2026-03-20",
        )
        .replace(
            "[[metric]]",
            "[[log]]\non = 2026-03-11\nwhat = \"  \"\n\n[[metric]]",
        )
        .replace("on = 2026-03-02\nvalue", "on = 2026-03-11\nvalue")
        .replace("title = \"Network\"", "title = \" \"");
    let today = "2026-03-10".parse().unwrap();
    assert_snapshot!(told_on(&text, Some(today)));
    // A plan is written before its first day, with notes of that day.
    let early = RIGHT.replace(
        "[[metric]]",
        "[[log]]\non = 2026-03-02\nwhat = \"x\"\n\n[[metric]]",
    );
    let early = early.replace("state = \"started\"", "state = \"pending\"");
    let early = early.split("[[metric.reading]]").next().unwrap();
    let before = "2026-02-20".parse().unwrap();
    let read = super::read_on(early, &LIBRARY, Some(before));
    assert!(read.is_ok(), "{read:#?}");
}

#[test]
fn tasks_that_wait_for_each_other_are_told_along_the_circle() {
    let text = RIGHT.replace("planned = ", "after = [\"code\"]\nplanned = ");
    assert_snapshot!(told(&text));
}

#[test]
fn a_later_version_is_told_apart() {
    assert_snapshot!(told(&RIGHT.replace("version = 1", "version = 2")));
}

#[test]
fn money_and_people_that_cannot_be_are_told_with_their_place() {
    let text = RIGHT
        .replace("800.50", "-800.50")
        .replace("[limits]\n", "[limits]\nsecurity = 0\n");
    let told = told_on(&text, None);
    assert!(
        told.contains("`day_rate` cannot be less than nothing"),
        "{told}"
    );
    assert!(
        told.contains("nobody at all does the work of security"),
        "{told}"
    );
}

#[test]
fn a_budget_of_nothing_is_refused() {
    for amount in ["0", "0.00", "\"0\""] {
        let text = RIGHT.replace("amount = 40_000", &format!("amount = {amount}"));
        let told = told(&text);
        assert!(told.contains("`amount` cannot be nothing"), "{told}");
    }
    // A day may cost nothing.
    assert!(read(&RIGHT.replace("800.50", "0"), &LIBRARY).is_ok());
}

#[test]
fn a_number_of_days_is_told_by_what_may_stand_there() {
    for days in ["4294967296", "2701"] {
        let told = told(&RIGHT.replacen("[1, 2, 3]", &format!("[1, 2, {days}]"), 1));
        assert!(
            told.contains("write a whole number from 0 to 2700"),
            "{told}"
        );
        assert_eq!(told.matches("cannot be").count(), 1, "{told}");
    }
}

#[test]
fn one_slip_of_a_day_is_one_mistake() {
    let task = |at: usize| {
        format!(
            "\n[[task]]\nid = \"t{at}\"\ntitle = \"T\"\nphase = \"first\"\nowner = \"aws\"\ndays = [1, 1, 1]\n\
             state = \"done\"\nstarted = 2026-03-0{0}\nfinished = 2026-03-0{0}\n",
            at + 2
        )
    };
    let text = format!("{RIGHT}{}", (0..7).map(task).collect::<String>());
    let late = text.replace("start = 2026-03-02 #", "start = 2026-03-20 #");
    let told = told_on(&late, None);
    assert!(
        told.contains(
            "the project begins on 2026-03-20, after `t0` was begun on 2026-03-02, and 6 more tasks"
        ),
        "{told}"
    );
    assert_eq!(told.matches("was begun on").count(), 1, "{told}");
    // A clock before the days of the file.
    let told = told_on(&text, "2026-02-01".parse().ok());
    assert_eq!(told.matches("after today").count(), 1, "{told}");
    assert!(told.contains("not before 2026-03-08"), "{told}");
}
