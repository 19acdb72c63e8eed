//! By when a request wants to be done: "by end of Q3" as a day, and what else it could mean.
//!
//! Words without a year mean the next such day. Where words can mean several days, the earliest is taken and the others
//! are told; where they name no day at all ("by summer"), none is taken and that is told.

use std::sync::LazyLock;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::Serialize;

/// By when a request wants to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deadline {
    /// Its words, in small letters.
    pub words: String,
    /// The day, where they name one.
    pub date: Option<NaiveDate>,
    /// What else they can mean.
    pub or: Vec<NaiveDate>,
    /// What has to be known about it, where that is more than the day.
    pub why: Option<String>,
}

/// What stands before a day that is a deadline.
const LEAD: &str = r"\b(?:(?P<before>before|prior to)|by|until|till|til|no later than|not later than|at the latest (?:by|on)|deadline(?: is| of|:)?|due(?: on| by| in)?|(?:ends?|expires?|runs out|ready|done|live|finished|complete|completed|over) (?:in|on|at|with)|in time for)\s+(?:the )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:the )?";
/// The days that may follow, each with its name.
const FORMS: [(Form, &str); 14] = [
    (Form::Iso, r"(\d{4})-(\d{1,2})-(\d{1,2})\b"),
    (Form::Numbers, r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})\b"),
    (
        Form::DayDotMonth,
        r"(\d{1,2})\.(\d{1,2})(?:\.|\b)(?:[\s,;!]|$)",
    ),
    (
        Form::DayMonth,
        r"(\d{1,2})(?:st|nd|rd|th)?(?: of|\.)? (MONTH)\b,?(?: (\d{4})\b)?",
    ),
    (
        Form::MonthDay,
        r"(MONTH) (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?",
    ),
    (Form::MonthsDay, r"(\d{1,2})(?:st|nd|rd|th)\b"),
    (
        Form::Weekday,
        r"(?:(this|next|last|coming) )?(mon|tues|wednes|thurs|fri|satur|sun)day\b",
    ),
    (
        Form::Month,
        r"(?:(end|start|beginning|middle|mid|early|late)(?: of)?(?: the)?[ -])?(MONTH)\b(?:,? (\d{4})\b)?",
    ),
    (
        Form::Quarter,
        r"(?:(end|start|beginning|middle|mid|early|late)(?: of)?(?: the)?[ -])?(?:q([1-4])|(first|second|third|fourth|last) quarter)\b(?:(?: of)?[ /-]?(\d{4})\b)?",
    ),
    (
        Form::Period,
        r"(?:(end|start|beginning|middle|mid|early|late)(?: of)?(?: the)?[ -])?(?:(this|next|the) )?(month|quarter|year|week)\b",
    ),
    (
        Form::YearEnd,
        r"(?:year[- ]end|the year's end|eoy|christmas|xmas|new year(?:'s eve)?)\b",
    ),
    (
        Form::Year,
        r"(?:(end|start|beginning|middle|mid|early|late)(?: of)?(?: the)?[ -])?(20\d{2})\b",
    ),
    (Form::Near, r"(today|tonight|tomorrow)\b"),
    (
        Form::NoDay,
        r"(?:(?:this|next|end of|early|late|mid) ?)?(?:yesterday|summer|spring|autumn|fall|winter|easter|holidays|season|fy ?\d{2,4}|fiscal year)\b",
    ),
];
/// A quarter that may be when it is done, or when anything else happens.
const IN_QUARTER: &str = r"\bin q([1-4])\b(?:(?: of)?[ /-]?(\d{4})\b)?";
/// A day that is one without `by`: what is to be done tomorrow, or what somebody is told to do today.
const NEAR: &str = r"\btomorrow\b|\b(?:[a-z]+ (?:it|this|that|them|these|those)|needed|wanted|urgent|urgently) (?:today|tonight)\b";
/// A stretch of time from today on.
const STRETCH: &str = r"\b(?:(?:within|in)(?: the)?(?: next)?|over the next|(?:no|not) more than|at most) (\d{1,3}|NUMBER)[ -](weeks?|months?|quarters?|years?)\b(?P<ago> ago)?";
const MONTH: &str = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const NUMBERS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Iso,
    Numbers,
    DayDotMonth,
    DayMonth,
    MonthDay,
    MonthsDay,
    Weekday,
    Month,
    Quarter,
    Period,
    YearEnd,
    Year,
    Near,
    NoDay,
}

/// Those of days, each with its form, that of stretches, that of quarters which may be anything, and that of near days.
type Expressions = (Vec<(Form, Regex)>, Regex, Regex, Regex);

/// The expressions, compiled once; a test rules out that one is none.
static EXPRESSIONS: LazyLock<Option<Expressions>> = LazyLock::new(|| {
    let forms = FORMS.iter().map(|(form, text)| {
        let text = format!("{LEAD}{}", text.replace("MONTH", MONTH));
        Some((*form, Regex::new(&text).ok()?))
    });
    let stretch = STRETCH.replace("NUMBER", &NUMBERS.join("|"));
    Some((
        forms.collect::<Option<_>>()?,
        Regex::new(&stretch).ok()?,
        Regex::new(IN_QUARTER).ok()?,
        Regex::new(NEAR).ok()?,
    ))
});

/// By when a request wants to be done, if it says so.
pub fn deadline(text: &str, today: NaiveDate) -> Option<Deadline> {
    let text = text.to_lowercase().replace('’', "'");
    let (forms, stretch, in_quarter, near) = EXPRESSIONS.as_ref()?;
    let mut found: Vec<(usize, usize, Deadline)> = Vec::new();
    for (form, expression) in forms {
        for words in expression.captures_iter(&text) {
            let Some(all) = words.get(0) else { continue };
            // "by march 5" is no "by march", and "not before may" is no deadline.
            let is_part = found
                .iter()
                .any(|(start, end, _)| all.start() < *end && *start < all.end());
            if is_part || text[..all.start()].ends_with("not ") && words.name("before").is_some() {
                continue;
            }
            let said = read(*form, &words, today);
            found.extend(said.map(|one| (all.start(), all.end(), one)));
        }
    }
    for words in stretch.captures_iter(&text) {
        let said = in_a_while(&words, today);
        let all = words.get(0);
        found.extend(
            all.zip(said)
                .map(|(all, one)| (all.start(), all.end(), one)),
        );
    }
    if found.is_empty() {
        let of_quarter = in_quarter
            .captures(&text)
            .and_then(|words| in_a_quarter(&words, today));
        let is_near = || {
            near.find(&text)
                .and_then(|words| near_day(words.as_str(), today))
        };
        return of_quarter.or_else(is_near);
    }
    found.sort_by_key(|(start, ..)| *start);
    one_of(found.into_iter().map(|(.., one)| one).collect())
}

/// Of several deadlines the last is the end of it.
fn one_of(found: Vec<Deadline>) -> Option<Deadline> {
    let last = found.iter().max_by_key(|one| one.date)?;
    let mut last = last.clone();
    let mut others: Vec<NaiveDate> = found.iter().filter_map(|one| one.date).collect();
    others.retain(|date| Some(*date) != last.date);
    if !others.is_empty() {
        last.why = Some("several days are named, and the last of them is taken".to_owned());
        last.or.extend(others);
        last.or.sort();
        last.or.dedup();
    }
    Some(last)
}

/// What the words of a form mean.
fn read(form: Form, words: &Captures<'_>, today: NaiveDate) -> Option<Deadline> {
    let text = |at: usize| words.get(at).map(|one| one.as_str());
    let number = |at: usize| text(at).and_then(|text| text.parse::<u32>().ok());
    let year = |at: usize| text(at).and_then(|text| text.parse::<i32>().ok());
    // The first group is `before`.
    let span = match form {
        Form::Iso => Span::day(NaiveDate::from_ymd_opt(year(2)?, number(3)?, number(4)?)),
        Form::Numbers => return numbers(words, today),
        Form::DayDotMonth => dated(number(3)?, number(2)?, None, today),
        Form::DayMonth => dated(month(text(3)?)?, number(2)?, year(4), today),
        Form::MonthDay => dated(month(text(2)?)?, number(3)?, year(4), today),
        Form::MonthsDay => {
            let months = (0..12).filter_map(|more| today.checked_add_months(Months::new(more)));
            let mut days = months.filter_map(|month| month.with_day(number(2)?));
            Span::day(days.find(|day| *day >= today))
        }
        Form::Weekday => weekday(text(3)?, text(2), today),
        Form::Month => {
            let month = month(text(3)?)?;
            yearly(today, year(4), |year| Span::months(year, month, 1)).map(|one| one.part(text(2)))
        }
        Form::Quarter => {
            let quarter = number(3).or_else(|| {
                let names = ["first", "second", "third", "fourth"];
                let name = text(4)?;
                let place = names.iter().position(|one| *one == name);
                u32::try_from(place.unwrap_or(3) + 1).ok()
            })?;
            let first = quarter * 3 - 2;
            yearly(today, year(5), |year| Span::months(year, first, 3)).map(|one| one.part(text(2)))
        }
        // "Billed by the month" is no deadline.
        Form::Period if text(2).is_none() && !matches!(text(3), Some("this" | "next")) => {
            return None;
        }
        Form::Period => period(text(4)?, text(3) == Some("next"), today).map(|one| match text(2) {
            // "By the end of the year" and "this year" are the same; "by next month" is when it begins.
            None if text(3) != Some("next") => one.part(Some("end")),
            part => one.part(part),
        }),
        Form::YearEnd => {
            let day = if words.get(0)?.as_str().contains("mas") {
                24
            } else {
                31
            };
            dated(12, day, None, today)
        }
        Form::Year => Span::months(year(3)?, 1, 12).map(|one| one.part(text(2))),
        Form::Near if text(2) == Some("tomorrow") => Span::day(today.succ_opt()),
        Form::Near => Span::day(Some(today)),
        Form::NoDay => None,
    };
    let said = words.get(0)?.as_str().trim().to_owned();
    let Some(span) = span else {
        return Some(Deadline {
            words: said,
            date: None,
            or: Vec::new(),
            why: Some("it names no day of the calendar".to_owned()),
        });
    };
    let before = words.name("before").is_some();
    Some(span.deadline(said, before, today))
}

/// `friday`: the next one, and of "next friday" the one after it as well.
fn weekday(name: &str, which: Option<&str>, today: NaiveDate) -> Option<Span> {
    let names = ["mon", "tues", "wednes", "thurs", "fri", "satur", "sun"];
    let place = names.iter().position(|one| *one == name)?;
    let now = today.weekday().num_days_from_monday() as usize;
    let days = match (place + 7 - now) % 7 {
        0 => 7,
        days => days as u64,
    };
    let coming = today.checked_add_days(Days::new(days))?;
    let week = Days::new(7);
    let (first, last) = match which {
        Some("next") => (coming, coming.checked_add_days(week)?),
        Some("last") => {
            let gone = coming.checked_sub_days(week)?;
            (gone, gone)
        }
        _ => (coming, coming),
    };
    Some(Span { first, last })
}

/// `03/04/2027`: the day first, or the month.
fn numbers(words: &Captures<'_>, today: NaiveDate) -> Option<Deadline> {
    let number = |at: usize| words.get(at)?.as_str().parse::<u32>().ok();
    let (one, two) = (number(2)?, number(3)?);
    let year = i32::try_from(number(4)?).ok()?;
    let year = if year < 100 { year + 2000 } else { year };
    let day_first = NaiveDate::from_ymd_opt(year, two, one);
    let month_first = NaiveDate::from_ymd_opt(year, one, two);
    // With full stops the day always comes first.
    let stops = words.get(0)?.as_str().contains('.');
    let said = words.get(0)?.as_str().trim().to_owned();
    match (day_first, month_first) {
        (Some(one), Some(other)) if one != other && !stops => Some(Deadline {
            words: said,
            date: None,
            or: vec![one.min(other), one.max(other)],
            why: Some("it does not say which number is the month".to_owned()),
        }),
        (Some(day), _) | (None, Some(day)) => {
            let before = words.name("before").is_some();
            Some(Span::day(Some(day))?.deadline(said, before, today))
        }
        (None, None) => Some(Deadline {
            words: said,
            date: None,
            or: Vec::new(),
            why: Some("there is no such day".to_owned()),
        }),
    }
}

/// `in Q4`: nobody says that it is to be done by then, so that it is asked.
fn in_a_quarter(words: &Captures<'_>, today: NaiveDate) -> Option<Deadline> {
    let quarter: u32 = words.get(1)?.as_str().parse().ok()?;
    let year = words.get(2).and_then(|year| year.as_str().parse().ok());
    let span = yearly(today, year, |year| Span::months(year, quarter * 3 - 2, 3))?;
    (span.last >= today).then(|| Deadline {
        words: words[0].to_owned(),
        date: None,
        or: vec![span.last],
        why: Some("it may be when something else happens".to_owned()),
    })
}

/// `close it today`, `tomorrow`.
fn near_day(words: &str, today: NaiveDate) -> Option<Deadline> {
    let date = match words {
        "tomorrow" => today.succ_opt()?,
        _ => today,
    };
    Some(Deadline {
        words: words.to_owned(),
        date: Some(date),
        or: Vec::new(),
        why: None,
    })
}

/// `in six weeks`.
fn in_a_while(words: &Captures<'_>, today: NaiveDate) -> Option<Deadline> {
    if words.name("ago").is_some() {
        return None;
    }
    let count = words.get(1)?.as_str();
    let count = count.parse::<u32>().ok().or_else(|| {
        let place = NUMBERS.iter().position(|one| *one == count)?;
        u32::try_from(place + 1).ok()
    })?;
    let date = match words.get(2)?.as_str().trim_end_matches('s') {
        "week" => today.checked_add_days(Days::new(u64::from(count) * 7)),
        "month" => today.checked_add_months(Months::new(count)),
        "quarter" => today.checked_add_months(Months::new(count * 3)),
        _ => today.checked_add_months(Months::new(count * 12)),
    }?;
    Some(Deadline {
        words: words.get(0)?.as_str().to_owned(),
        date: Some(date),
        or: Vec::new(),
        why: None,
    })
}

/// The days that words can mean: the first and the last.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: NaiveDate,
    last: NaiveDate,
}

impl Span {
    fn day(day: Option<NaiveDate>) -> Option<Self> {
        let day = day?;
        Some(Self {
            first: day,
            last: day,
        })
    }

    fn months(year: i32, first: u32, count: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, first, 1)?;
        let behind = first.checked_add_months(Months::new(count))?;
        Some(Self {
            first,
            last: behind.pred_opt()?,
        })
    }

    /// `end of`, `mid`: one day of it, or fewer of them.
    fn part(self, part: Option<&str>) -> Self {
        let days = self.last.signed_duration_since(self.first).num_days();
        let third = |count: i64| {
            let days = u64::try_from(days * count / 3).unwrap_or(0);
            self.first
                .checked_add_days(Days::new(days))
                .unwrap_or(self.last)
        };
        let (first, last) = match part {
            Some("end") => (self.last, self.last),
            Some("start" | "beginning") => (self.first, self.first),
            Some("early") => (self.first, third(1)),
            Some("mid" | "middle") => (third(1), third(2)),
            Some("late") => (third(2), self.last),
            _ => (self.first, self.last),
        };
        Self { first, last }
    }

    fn deadline(self, words: String, before: bool, today: NaiveDate) -> Deadline {
        let first = match before {
            true => self.first.pred_opt().unwrap_or(self.first),
            false => self.first,
        };
        let last = if before { first } else { self.last };
        let over = last < today;
        // Within March "by March" can only mean its end, or the next one.
        let first = if first < today { last } else { first };
        Deadline {
            words,
            date: (!over).then_some(first),
            or: if first == last {
                Vec::new()
            } else {
                vec![last]
            },
            why: match (over, first == last) {
                (true, _) => Some(format!("{last} is over")),
                (false, true) => None,
                (false, false) => Some("the earliest day that it can mean is taken".to_owned()),
            },
        }
    }
}

/// A day of a month, in the year that is said or the next in which it is not over.
fn dated(month: u32, day: u32, year: Option<i32>, today: NaiveDate) -> Option<Span> {
    yearly(today, year, |year| {
        Span::day(NaiveDate::from_ymd_opt(year, month, day))
    })
}

/// A span in the year that is said, or in the next year in which it is not over.
fn yearly(today: NaiveDate, year: Option<i32>, span: impl Fn(i32) -> Option<Span>) -> Option<Span> {
    if let Some(year) = year {
        return span(year);
    }
    // A 29 February may be four years away, or eight.
    let years = today.year()..=today.year() + 8;
    let mut spans = years.filter_map(span);
    spans.find(|one| one.last >= today)
}

/// This week, month, quarter or year, or the next.
fn period(name: &str, next: bool, today: NaiveDate) -> Option<Span> {
    let step = u32::from(next);
    let (months, of) = match name {
        "week" => {
            let monday = u64::from(today.weekday().num_days_from_monday());
            let monday = today.checked_sub_days(Days::new(monday))?;
            let first = monday.checked_add_days(Days::new(u64::from(step) * 7))?;
            let last = first.checked_add_days(Days::new(4))?;
            return Some(Span { first, last });
        }
        "month" => (1, today.month()),
        "quarter" => (3, today.month0() / 3 * 3 + 1),
        _ => (12, 1),
    };
    let first = NaiveDate::from_ymd_opt(today.year(), of, 1)?;
    let first = first.checked_add_months(Months::new(months * step))?;
    Span::months(first.year(), first.month(), months)
}

/// The number of a month, by its first letters.
fn month(name: &str) -> Option<u32> {
    let place = MONTHS.iter().position(|one| name.starts_with(one))?;
    u32::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
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
            "we moved in two years ago",
            "commits must arrive within 20 minutes",
            "the 3 servers march on",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}
