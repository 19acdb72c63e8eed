//! Which words name a day, which can mean several, and which are no deadline.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day of a request of 23 November 2026, and the other days that it can mean.
fn said(text: &str) -> Option<(String, String)> {
    let found = deadline(text, day("2026-11-23"))?;
    let or: Vec<String> = found.or.iter().map(NaiveDate::to_string).collect();
    let date = found
        .date
        .map_or("none".to_owned(), |date| date.to_string());
    assert_eq!(
        found.why.is_some(),
        date == "none" || !or.is_empty(),
        "{found:?}"
    );
    Some((date, or.join(" ")))
}

#[test]
fn days_are_read_from_words() {
    for (text, date) in [
        ("done until 2027-03-31", "2027-03-31"),
        ("to GKE by end of Q3", "2027-09-30"),
        ("by the end of March, please", "2027-03-31"),
        ("before March", "2027-02-28"),
        ("by 5 March", "2027-03-05"),
        ("by March 5th, 2027", "2027-03-05"),
        ("no later than 31.12.2026", "2026-12-31"),
        ("by 31/01/2027", "2027-01-31"),
        ("by end of the year", "2026-12-31"),
        ("by year end", "2026-12-31"),
        ("by end of next year", "2027-12-31"),
        ("before Christmas", "2026-12-23"),
        ("done in Q1? no, by end of Q1 2028", "2028-03-31"),
        ("within six months", "2027-05-23"),
        ("a plan for over the next two quarters", "2027-05-23"),
        ("by the end of this month", "2026-11-30"),
        ("by end of November", "2026-11-30"),
        ("move our shop by Friday", "2026-11-27"),
        ("by Monday", "2026-11-30"),
        ("deadline 31.12.", "2026-12-31"),
        ("done by 15.1., please", "2027-01-15"),
        ("No more than 3 weeks: a VPC", "2026-12-14"),
        ("by Monday 30 November", "2026-11-30"),
        ("before the 15th", "2026-12-14"),
        ("public S3 bucket, close it today", "2026-11-23"),
        ("auditor comes tomorrow", "2026-11-24"),
        ("fix what we have today by Friday", "2026-11-27"),
        ("by the 5th of March", "2027-03-05"),
        (
            "finish in 2 weeks from 1 december, move on-prem to gcp",
            "2026-12-15",
        ),
        ("within six weeks after 2027-01-04", "2027-02-15"),
        ("done in a month from today", "2026-12-23"),
        ("in 3 weeks from Monday", "2026-12-21"),
        ("we start with Jenkins, done in 3 weeks", "2026-12-14"),
        ("in 2 weeks, upgrade from 9.6 to 12", "2026-12-07"),
        ("in 3 weeks from aws to gcp", "2026-12-14"),
        ("within 2 weeks of hard work", "2026-12-07"),
        ("due in a fortnight", "2026-12-07"),
        ("within two fortnights", "2026-12-21"),
        ("in 0 days", "2026-11-23"),
        ("in ten days", "2026-12-03"),
        ("within 5 working days", "2026-11-30"),
        ("within a year", "2027-11-23"),
        ("by 5pm today", "2026-11-23"),
        ("by 17:30 tomorrow", "2026-11-24"),
        ("by EOD friday", "2026-11-27"),
        ("before 5 pm on Friday", "2026-11-27"),
        ("before Friday", "2026-11-26"),
        ("by end of day", "2026-11-23"),
        ("by close of business on 4 December", "2026-12-04"),
        ("by EOW", "2026-11-27"),
        ("by 5 December", "2026-12-05"),
        ("do not forget to be live before May", "2027-04-30"),
    ] {
        let last = said(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(last.0, date, "{text}");
    }
}

#[test]
fn what_can_mean_several_days_says_so() {
    for (text, date, or) in [
        ("by March", "2027-03-01", "2027-03-31"),
        ("by Q3 2027", "2027-07-01", "2027-09-30"),
        ("by November", "2026-11-30", ""),
        ("by 03/04/2027", "none", "2027-03-04 2027-04-03"),
        ("by summer", "none", ""),
        ("by end of FY27", "none", ""),
        ("by last Friday", "none", ""),
        ("by next Friday", "2026-11-27", "2026-12-04"),
        ("by yesterday", "none", ""),
        ("we go live in Q4", "2026-12-31", ""),
        ("migrate the shop in Q1 2027", "none", "2027-03-31"),
        ("by March 2020", "none", ""),
        (
            "start on 1 december and finish in 2 weeks",
            "2026-12-07",
            "2026-12-15",
        ),
        ("within 2 weeks, beginning 7 December", "2026-12-21", ""),
        ("in 2 weeks from March", "2027-03-15", "2027-04-14"),
        ("within 500 years", "none", ""),
        ("by 2126-01-01", "none", ""),
        ("by 31 February 2027", "none", ""),
        (
            "design by end of January, live by 15 May",
            "2027-05-15",
            "2027-01-31",
        ),
    ] {
        let found = said(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((found.0.as_str(), found.1.as_str()), (date, or), "{text}");
    }
}

#[test]
fn what_is_no_deadline_is_none() {
    for text in [
        "move the shop to AWS",
        "managed by the platform team",
        "not before May",
        "not before 2027-02-01",
        "don't go live before 2027-02-01",
        "nothing may change until 15 January",
        "not until May",
        "we deploy three times in a week",
        "we pay too much in a month",
        "restored within 4 hours, kept at most 30 days",
        "cheaper by 5 percent",
        "keys over 90 days are rotated",
        "our bill doubled in two months",
        "the cluster crashed twice in 2 weeks",
        "keys are changed within 5 days of a leak",
        "stop the dev VMs by 8pm, they run until 20:00",
        "we moved in two years ago",
        "commits must arrive within 20 minutes",
        "the 3 servers march on",
    ] {
        assert_eq!(said(text), None, "{text}");
    }
}

#[test]
fn what_is_over_or_too_far_away_is_told_so() {
    let why = |text: &str| deadline(text, day("2026-11-23")).unwrap().why.unwrap();
    assert_eq!(why("by yesterday"), "2026-11-22 is over");
    assert_eq!(why("by 2020-01-01"), "2020-01-01 is over");
    assert_eq!(
        why("within 500 years"),
        "2526-11-23 is more than 10 years away"
    );
    let words = deadline("in 2 weeks from 1 december, to gcp", day("2026-11-23"));
    assert_eq!(words.unwrap().words, "in 2 weeks from 1 december");
    assert_eq!(why("by summer"), "it names no day of the calendar");
    let far = deadline("within ten years", day("2026-11-23")).unwrap();
    assert_eq!((far.date, far.why), (Some(day("2036-11-23")), None));
}
