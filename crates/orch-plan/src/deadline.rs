//! By when a request wants to be done: "by end of Q3" as a day, and what else it could mean.
//!
//! Words without a year mean the next such day. Where words can mean several days, the earliest is taken and the others
//! are told; where they name no day at all ("by summer"), none is taken and that is told.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use regex::{Captures, Regex};
use schemars::JsonSchema;
use serde::Serialize;

use crate::deadline_forms::{EXPRESSIONS, Expressions, Form, NUMBERS};

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

/// Nobody means a day that is so many years away.
const FAR: u32 = 10;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// By when a request wants to be done, if it says so.
pub fn deadline(text: &str, today: NaiveDate) -> Option<Deadline> {
    let text = text.to_lowercase().replace('’', "'");
    let known = EXPRESSIONS.as_ref()?;
    let mut found: Vec<(usize, usize, Deadline)> = Vec::new();
    for (form, expression) in &known.days {
        for words in expression.captures_iter(&text) {
            let Some(all) = words.get(0) else { continue };
            // "by march 5" is no "by march", and "not before may" is no deadline.
            let is_part = found
                .iter()
                .any(|(start, end, _)| all.start() < *end && *start < all.end());
            let begins = ["before", "prior", "until", "till", "til"];
            let begins = begins.iter().any(|lead| all.as_str().starts_with(lead));
            if is_part || begins && known.not.is_match(&text[..all.start()]) {
                continue;
            }
            let said = read(*form, &words, today);
            found.extend(said.map(|one| (all.start(), all.end(), one)));
        }
    }
    for words in (known.stretches.iter()).flat_map(|stretch| stretch.captures_iter(&text)) {
        let Some(all) = words.get(0) else { continue };
        let said = in_a_while(known, &words, &text, today);
        found.extend(said.map(|one| (all.start(), all.end(), one)));
    }
    if found.is_empty() {
        let of_quarter =
            (known.in_quarter.captures(&text)).and_then(|words| in_a_quarter(&words, today));
        let is_near = || (known.near.find(&text)).and_then(|words| near_day(words.as_str(), today));
        return of_quarter.or_else(is_near);
    }
    found.sort_by_key(|(start, ..)| *start);
    let last = one_of(found.into_iter().map(|(.., one)| one).collect());
    last.map(|one| without_far(one, today))
}

/// The same without days so far away that nobody means them.
fn without_far(mut found: Deadline, today: NaiveDate) -> Deadline {
    let last = today.checked_add_months(Months::new(FAR * 12));
    let is_far = |day: &NaiveDate| last.is_some_and(|last| *day > last);
    if let Some(far) = found.date.iter().chain(&found.or).find(|day| is_far(day)) {
        found.why = Some(format!("{far} is more than {FAR} years away"));
    }
    found.date = found.date.filter(|day| !is_far(day));
    found.or.retain(|day| !is_far(day));
    found
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
    let said = text(0)?.trim_end_matches([',', ' ']).to_owned();
    let days = match form {
        // "Billed by the month" is no deadline.
        Form::Period if text(2).is_none() && !matches!(text(3), Some("this" | "next")) => {
            return None;
        }
        Form::Numbers => numbers(words),
        _ => Vec::new(),
    };
    if let [one, other] = days[..] {
        return Some(Deadline {
            words: said,
            date: None,
            or: vec![one.min(other), one.max(other)],
            why: Some("it does not say which number is the month".to_owned()),
        });
    }
    let Some(span) = span(form, words, today) else {
        let why = match form {
            Form::Numbers => "there is no such day",
            _ => "it names no day of the calendar",
        };
        return Some(Deadline {
            words: said,
            date: None,
            or: Vec::new(),
            why: Some(why.to_owned()),
        });
    };
    let before = words.name("before").is_some();
    Some(span.deadline(said, before, today))
}

/// The days that the words of a form can mean.
fn span(form: Form, words: &Captures<'_>, today: NaiveDate) -> Option<Span> {
    let text = |at: usize| words.get(at).map(|one| one.as_str());
    let number = |at: usize| text(at).and_then(|text| text.parse::<u32>().ok());
    let year = |at: usize| text(at).and_then(|text| text.parse::<i32>().ok());
    // The first group is what stands before the day.
    match form {
        Form::Iso => Span::day(NaiveDate::from_ymd_opt(year(2)?, number(3)?, number(4)?)),
        Form::Numbers => match numbers(words)[..] {
            [day] => Span::day(Some(day)),
            _ => None,
        },
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
        Form::Period => period(text(4)?, text(3) == Some("next"), today).map(|one| match text(2) {
            // "By the end of the year" and "this year" are the same; "by next month" is when it begins.
            None if text(3) != Some("next") => one.part(Some("end")),
            part => one.part(part),
        }),
        Form::EndOf => {
            let name = match text(2)? {
                "w" => "week",
                "m" => "month",
                _ => "quarter",
            };
            period(name, false, today).map(|one| one.part(Some("end")))
        }
        Form::YearEnd => {
            let day = if words.get(0)?.as_str().contains("mas") {
                24
            } else {
                31
            };
            dated(12, day, None, today)
        }
        Form::Year => Span::months(year(3)?, 1, 12).map(|one| one.part(text(2))),
        Form::Near => Span::day(match text(2)? {
            "tomorrow" => today.succ_opt(),
            "yesterday" => today.pred_opt(),
            _ => Some(today),
        }),
        Form::NoDay => None,
    }
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

/// `03/04/2027`: the day first, or the month, and both where each can be.
fn numbers(words: &Captures<'_>) -> Vec<NaiveDate> {
    let number = |at: usize| words.get(at)?.as_str().parse::<u32>().ok();
    let (Some(one), Some(two), Some(year)) = (number(2), number(3), number(4)) else {
        return Vec::new();
    };
    let year = if year < 100 { year + 2000 } else { year };
    let day = |month, day| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
    // With full stops the day always comes first.
    let stops = words[0].contains('.');
    let mut days: Vec<NaiveDate> = day(two, one).into_iter().chain(day(one, two)).collect();
    days.dedup();
    days.truncate(if stops { 1 } else { 2 });
    days
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

/// `in six weeks`, from today or from the day that is named behind it. Where a beginning is named, it may be either.
fn in_a_while(
    known: &Expressions,
    words: &Captures<'_>,
    text: &str,
    today: NaiveDate,
) -> Option<Deadline> {
    let all = words.get(0)?;
    let (before, behind) = (&text[..all.start()], &text[all.end()..]);
    let is_gone = words.name("ago").is_some() || known.gone.is_match(before);
    if is_gone || known.each.is_match(behind) {
        return None;
    }
    let count = match words.name("count").map(|count| count.as_str()) {
        None => 1,
        Some(count) => count.parse().ok().or_else(|| {
            let place = NUMBERS.iter().position(|one| *one == count)?;
            u32::try_from(place + 1).ok()
        })?,
    };
    let unit = words.name("unit").or(words.name("fortnight"))?.as_str();
    let named = |forms: &[(Form, Regex)], text: &str| {
        forms.iter().find_map(|(form, expression)| {
            let words = expression.captures(text)?;
            Some((span(*form, &words, today), words[0].to_owned()))
        })
    };
    let (from, said) = match (named(&known.from, behind), named(&known.start, text)) {
        (Some((from, of)), _) => (from, format!("{}{of}", all.as_str())),
        (None, Some((Some(start), _))) => {
            let first = today.min(start.first);
            let last = today.max(start.first);
            (Some(Span { first, last }), all.as_str().to_owned())
        }
        (None, _) => (Span::day(Some(today)), all.as_str().to_owned()),
    };
    let said = said.trim_end_matches([',', ' ']).to_owned();
    let Some(from) = from else {
        return Some(Deadline {
            words: said,
            date: None,
            or: Vec::new(),
            why: Some("it does not say from which day on".to_owned()),
        });
    };
    let span = Span {
        first: later(from.first, count, unit)?,
        last: later(from.last, count, unit)?,
    };
    Some(span.deadline(said, false, today))
}

/// The day so many weeks, or other units, after one.
fn later(from: NaiveDate, count: u32, unit: &str) -> Option<NaiveDate> {
    let days = |days: u64| from.checked_add_days(Days::new(u64::from(count) * days));
    match unit.trim_end_matches('s') {
        "working day" | "business day" => {
            let is_worked = |day: &NaiveDate| day.weekday().num_days_from_monday() < 5;
            let mut worked = from.iter_days().skip(1).filter(is_worked);
            match count {
                0 => Some(from),
                count => worked.nth(count as usize - 1),
            }
        }
        "day" => days(1),
        "week" => days(7),
        "fortnight" => days(14),
        "month" => from.checked_add_months(Months::new(count)),
        "quarter" => from.checked_add_months(Months::new(count * 3)),
        _ => from.checked_add_months(Months::new(count * 12)),
    }
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
#[path = "deadline_tests.rs"]
mod tests;
