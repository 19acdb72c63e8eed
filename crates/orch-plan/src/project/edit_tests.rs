use std::sync::LazyLock;

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Change, ChangeError, ReadingOf, edit, lost_lines, read};
use crate::Library;

/// Read once: it takes most of the time of a test.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

/// A file with a comment, or nothing, at every place where one can stand.
fn file(comments: &[String], inline: bool, crlf: bool) -> String {
    let mut comments = comments.iter().cycle();
    let mut line = |text: &str| {
        let own = comments.next().cloned().unwrap_or_default();
        let behind = comments.next().cloned().unwrap_or_default();
        let mut out = String::new();
        if !own.is_empty() {
            out.push_str(&format!("  # above {own}\n"));
        }
        out.push_str(text);
        if !behind.is_empty() {
            out.push_str(&format!("   # behind {behind}"));
        }
        out.push('\n');
        out
    };
    let mut out = String::new();
    for text in [
        "version=1",
        "name = 'Shop'",
        "start =  2026-03-02",
        "",
        "clouds = []",
    ] {
        out.push_str(&line(text));
    }
    for (at, state) in ["pending", "started", "done"].iter().enumerate() {
        out.push_str(&line("[[phase]]"));
        out.push_str(&line(&format!("id = \"p{at}\"")));
        out.push_str(&line("title   = \"Phase\""));
        out.push_str(&line("[[task]]"));
        for text in [
            format!("id = \"t{at}\""),
            format!("phase = \"p{at}\""),
            "title = \"\"\"a text\nin lines\"\"\"".to_owned(),
            "owner = 'aws'".to_owned(),
            "days = [1,2,  3]".to_owned(),
            format!("state = \"{state}\""),
        ] {
            out.push_str(&line(&text));
        }
        if *state == "done" {
            out.push_str(&line("finished = 2026-03-05"));
            out.push_str(&line("evidence = \"it is\""));
        }
    }
    if inline {
        // Inline tables stand before headers, among the keys of the file itself.
        let risk = "risk = [{id = \"r1\", what = \"x\", likelihood = \"low\", impact = \"low\", since = 2026-03-02}]\n";
        out = out.replacen("[[phase]]", &format!("{risk}[[phase]]"), 1);
    } else {
        out.push_str(&line("[[risk]]"));
        for text in [
            "id = 'r1'",
            "what = 'x'",
            "likelihood = 'low'",
            "impact = 'low'",
            "since = 2026-03-02",
        ] {
            out.push_str(&line(text));
        }
    }
    out.push_str(&line("[[blocker]]"));
    for text in [
        "id = 'b1'",
        "task = 't0'",
        "what = 'x'",
        "since = 2026-03-02",
    ] {
        out.push_str(&line(text));
    }
    out.push_str(&line("[[metric]]"));
    for text in ["name = 'uptime'", "unit = '%'", "up_is_good = true"] {
        out.push_str(&line(text));
    }
    out.push_str(&line("[[metric.reading]]"));
    for text in ["on = 2026-03-02", "value = 99", "source = 'x'"] {
        out.push_str(&line(text));
    }
    out.push_str(&line("[[decision]]"));
    for text in ["id = 'd1'", "question = 'x?'", "asked = 2026-03-02"] {
        out.push_str(&line(text));
    }
    out.push_str("# the last line");
    if crlf { out.replace('\n', "\r\n") } else { out }
}

/// Every kind of change that such a file takes, with the keys of lines that it may replace.
fn changes() -> Vec<(Change, &'static [&'static str])> {
    let text = |text: &str| text.to_owned();
    vec![
        (Change::Start { task: text("t0") }, &["state"]),
        (
            Change::Done {
                task: text("t1"),
                evidence: text("run 7\n\"x\""),
            },
            &["state"],
        ),
        (
            Change::Percent {
                task: text("t1"),
                percent: 40,
            },
            &[],
        ),
        (
            Change::Reopen {
                task: text("t2"),
                why: text("it is back"),
            },
            &["state", "finished", "evidence"],
        ),
        (
            Change::Block {
                task: text("t1"),
                what: text("no # key"),
                critical: true,
                mitigation: Some(text("ask")),
            },
            &[],
        ),
        (Change::Unblock { id: text("b1") }, &[]),
        (
            Change::Risk {
                what: text("x"),
                likelihood: text("low"),
                impact: text("high"),
                watch: None,
            },
            &["risk"],
        ),
        (Change::RiskOver { id: text("r1") }, &["risk"]),
        (
            Change::Ask {
                question: text("why?"),
                kind: None,
                options: vec![text("a"), text("b")],
                decider: None,
            },
            &[],
        ),
        (
            Change::Decide {
                what: text("d1"),
                decided: text("a"),
                reason: text("b"),
                by: None,
                options: Vec::new(),
                kind: Some(text("budget")),
            },
            &[],
        ),
        (
            Change::Measure(ReadingOf {
                metric: text("uptime"),
                unit: None,
                up_is_good: None,
                target: None,
                on: day(9),
                value: Decimal::new(9995, 2),
                source: text("y"),
            }),
            &[],
        ),
        (
            Change::Measure(ReadingOf {
                metric: text("lead-time"),
                unit: Some(text("hours")),
                up_is_good: Some(false),
                target: None,
                on: day(9),
                value: Decimal::TWO,
                source: text("y"),
            }),
            &[],
        ),
        (
            Change::Measure(ReadingOf {
                metric: text("uptime"),
                unit: None,
                up_is_good: None,
                target: None,
                on: day(2),
                value: Decimal::new(98, 0),
                source: text("x"),
            }),
            &["value"],
        ),
        (
            Change::Log {
                what: text("noted"),
                task: Some(text("t0")),
                on: None,
            },
            &[],
        ),
        (Change::Drop { task: text("t0") }, &["state"]),
        (Change::Target(day(30)), &[]),
        (
            Change::Limit {
                owner: text("aws"),
                tasks: 2,
            },
            &[],
        ),
        (
            Change::Planned {
                task: text("t0"),
                days: [day(9), day(10)],
            },
            &[],
        ),
    ]
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn key_of(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_other_line_stays(
        comments in proptest::collection::vec("|[a-z =\"\\[\\]#é]{1,12}", 7..40),
        inline: bool,
        crlf: bool,
        picks in proptest::collection::vec(0..18_usize, 1..4),
    ) {
        let library = &*LIBRARY;
        let text = file(&comments, inline, crlf);
        prop_assert!(read(&text, library).is_ok(), "{:?}\n{text}", read(&text, library));
        let all = changes();
        for pick in picks {
            let (change, keys) = &all[pick];
            let (after, said) = edit(&text, library, std::slice::from_ref(change), day(12))
                .map_err(|error| TestCaseError::fail(format!("{error} of {change:?} in\n{text}")))?;
            prop_assert!(!said.is_empty());
            let wrong: Vec<&str> = lost_lines(&text, &after)
                .into_iter()
                .filter(|line| !keys.contains(&key_of(line)))
                .collect();
            prop_assert!(wrong.is_empty(), "{change:?} lost {wrong:?} in\n{after}");
            // A comment behind a value that was replaced stays too.
            for comment in text.lines().filter_map(|line| line.split_once("   # behind ")) {
                prop_assert!(after.contains(comment.1.trim_end()), "{change:?} lost {comment:?}");
            }
            // What stays is in the same order, with the same line ends.
            let kept: Vec<&str> = text.split_inclusive('\n').filter(|line| !keys.contains(&key_of(line)) && !line.trim().is_empty()).collect();
            let mut there = after.split_inclusive('\n');
            for line in kept {
                let line_end = line.trim_end_matches(['\n', '\r']);
                prop_assert!(
                    there.any(|other| other == line || other.trim_end_matches(['\n', '\r']) == line_end && !line.ends_with('\n')),
                    "{change:?} moved {line:?} in\n{after}"
                );
            }
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_next_step() {
    let library = &*LIBRARY;
    let text = file(&[String::new()], false, false);
    let on = |change: Change, day: NaiveDate| {
        let error = edit(&text, library, &[change], day).unwrap_err();
        format!("{error}; {}", error.help().unwrap_or_default())
    };
    let refused = |change: Change| on(change, day(12));
    let task = |id: &str| id.to_owned();
    insta::assert_snapshot!(
        [
            refused(Change::Start { task: task("t9") }),
            refused(Change::Start { task: task("t1") }),
            refused(Change::Start { task: task("t2") }),
            refused(Change::Percent {
                task: task("t1"),
                percent: 100
            }),
            refused(Change::Done {
                task: task("t1"),
                evidence: "  ".to_owned()
            }),
            refused(Change::Unblock { id: task("b7") }),
            refused(Change::Decide {
                what: task("d2"),
                decided: task("x"),
                reason: task("y"),
                by: None,
                options: Vec::new(),
                kind: None
            }),
            refused(Change::Risk {
                what: task("x"),
                likelihood: task("often"),
                impact: task("low"),
                watch: None
            }),
            on(Change::Start { task: task("t0") }, day(1)),
            refused(Change::Ask {
                question: task("more money?"),
                kind: Some(task("foo")),
                options: Vec::new(),
                decider: None,
            }),
            refused(Change::Log {
                what: task(" "),
                task: None,
                on: None
            }),
            refused(Change::Measure(ReadingOf {
                metric: task("uptime"),
                unit: None,
                up_is_good: None,
                target: None,
                on: day(13),
                value: Decimal::ONE,
                source: task("x"),
            })),
            refused(Change::Measure(ReadingOf {
                metric: task("uptime"),
                unit: Some(task("%")),
                up_is_good: None,
                target: None,
                on: day(12),
                value: Decimal::new(250, 0),
                source: task("x"),
            })),
        ]
        .join("\n")
    );
}

#[test]
fn a_today_before_what_the_file_holds_is_told_plainly() {
    let text = "version = 1\nname = \"x\"\nstart = 2026-03-02\n\n[[phase]]\nid = \"p\"\ntitle = \"P\"\n\n[[task]]\nid = \"t\"\n\
                title = \"T\"\nphase = \"p\"\nowner = \"aws\"\ndays = [1, 1, 1]\n\n[[blocker]]\nid = \"b1\"\ntask = \"t\"\n\
                what = \"w\"\nsince = 2026-03-05\n";
    let change = Change::Unblock {
        id: "b1".to_owned(),
    };
    let error = edit(text, &LIBRARY, &[change], day(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "it does not fit the rest of the file, which is as it was: ended is 2026-03-03, before since on 2026-03-05"
    );
    let help = error.help().unwrap();
    assert!(help.contains("--today"), "{help}");
}

#[test]
fn an_edit_that_would_lose_a_comment_is_not_made() {
    let error = ChangeError::Edit(super::EditError::Loses("# x".to_owned()));
    assert!(error.help().unwrap().contains("as it was"));
    // A list within one line, with a comment that an added element would swallow or lose, is either kept or refused.
    let library = &*LIBRARY;
    let text = "version = 1\nname = \"x\"\nstart = 2026-03-02\nrisk = [\n  # first\n  {id = \"r1\", what = \"x\", likelihood = \"low\", impact = \"low\", since = 2026-03-02}, # one\n  # last\n]\n";
    let change = Change::Risk {
        what: "y".to_owned(),
        likelihood: "low".to_owned(),
        impact: "low".to_owned(),
        watch: None,
    };
    let (after, _) = edit(text, library, &[change], day(3)).unwrap();
    for comment in ["# first", "# one", "# last"] {
        assert!(after.contains(comment), "{after}");
    }
    assert_eq!(read(&after, library).unwrap().risks.len(), 2);
}
