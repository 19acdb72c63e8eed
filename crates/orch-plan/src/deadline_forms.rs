//! How requests write days, stretches of time, and what makes a deadline of them.

use std::sync::LazyLock;

use regex::Regex;

/// What stands before a day that is a deadline. An hour of the day makes "before" mean the day itself.
const LEAD: &str = r"\b(?:(?:before|prior to|by|until|till|til|no later than|not later than|due)(?: the)? HOUR(?: on| of)?|(?P<before>before|prior to)|by|until|till|til|no later than|not later than|at the latest (?:by|on)|deadline(?: is| of|:)?|due(?: on| by| in)?|(?:ends?|expires?|runs out|ready|done|live|finished|complete|completed|over) (?:in|on|at|with)|in time for)\s+(?:the )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(?:the )?";
/// What stands before a day from which on a stretch is counted.
const FROM: &str =
    r"^,? (from|after|of|starting(?: on| from)?|beginning(?: on)?|counted from)\s+(?:the )?";
/// What stands before the day on which a stretch may begin, wherever it is named.
const START: &str =
    r"\b(starts?|starting|begins?|beginning|kick[ -]?off)(?: on| from| in)?\s+(?:the )?";
/// Before it a stretch is gone, and says how often something was or how fast it came.
const GONE: &str = r"\b(?:doubled|tripled|rose|grew|fell|increased|dropped|jumped|climbed|failed|crashed|once|twice|times)(?: [\w%]+){0,2} $";
/// Behind it a stretch is counted from something that happens again and again.
const EACH: &str = r"^ (?:of|after) (?:an?|any|each|every)\b";
/// When on a day.
const HOUR: &str = r"(?:\d{1,2}(?::\d\d)? ?(?:am|pm)|\d{1,2}:\d\d|eod|cob|end of (?:the )?day|close of business|noon|midnight)\b,?";
/// What turns "before" and "until" behind it into the first day: "don't go live before May".
const NOT: &str = r"\b(?:not|never|cannot|nothing|nobody|no one|\w+n't|dont)(?: [\w-]+){0,3} $";
/// The days that may follow, each with its name.
const FORMS: [(Form, &str); 15] = [
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
    (Form::EndOf, r"eo([wmq])\b"),
    (
        Form::YearEnd,
        r"(?:year[- ]end|the year's end|eoy|christmas|xmas|new year(?:'s eve)?)\b",
    ),
    (
        Form::Year,
        r"(?:(end|start|beginning|middle|mid|early|late)(?: of)?(?: the)?[ -])?(20\d{2})\b",
    ),
    (
        Form::Near,
        r"(today|tonight|tomorrow|yesterday|eod|cob|end of (?:the )?day|close of business)\b",
    ),
    (
        Form::NoDay,
        r"(?:(?:this|next|end of|early|late|mid) ?)?(?:summer|spring|autumn|fall|winter|easter|holidays|season|fy ?\d{2,4}|fiscal year)\b",
    ),
];
/// A quarter that may be when it is done, or when anything else happens.
const IN_QUARTER: &str = r"\bin q([1-4])\b(?:(?: of)?[ /-]?(\d{4})\b)?";
/// A day that is one without `by`: what is to be done tomorrow, or what somebody is told to do today.
const NEAR: &str = r"\btomorrow\b|\b(?:[a-z]+ (?:it|this|that|them|these|those)|needed|wanted|urgent|urgently) (?:today|tonight)\b";
/// Stretches of time. "At most 30 days" is how long something is kept; "in a month" may be how often something happens.
const STRETCHES: [&str; 3] = [
    r"\b(?:(?:within|in)(?: the)?(?: next)?|over the next|(?:no|not) more than|at most) (?P<count>\d{1,4}|NUMBER)[ -](?P<unit>weeks?|fortnights?|months?|quarters?|years?)\b(?P<ago> ago)?",
    r"\b(?:(?:within|in)(?: the)?(?: next)?|over the next) (?P<count>\d{1,4}|NUMBER)[ -](?P<unit>(?:(?:working|business) )?days?)\b(?P<ago> ago)?",
    r"\b(?:(?:within|(?:due|done|ready|live|finished|complete|completed) in) an? (?P<unit>day|week|fortnight|month|quarter|year)|in a (?P<fortnight>fortnight))\b(?P<ago> ago)?",
];
const MONTH: &str = r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
pub(crate) const NUMBERS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
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
    EndOf,
    YearEnd,
    Year,
    Near,
    NoDay,
}

/// The expressions of all of it.
pub(crate) struct Expressions {
    /// Days behind what makes them a deadline.
    pub(crate) days: Vec<(Form, Regex)>,
    /// Days from which on a stretch is counted.
    pub(crate) from: Vec<(Form, Regex)>,
    /// Days on which something begins.
    pub(crate) start: Vec<(Form, Regex)>,
    pub(crate) stretches: Vec<Regex>,
    pub(crate) in_quarter: Regex,
    pub(crate) near: Regex,
    pub(crate) not: Regex,
    pub(crate) gone: Regex,
    pub(crate) each: Regex,
}

impl Expressions {
    fn new() -> Result<Self, regex::Error> {
        let days = |lead: &str| {
            let forms = FORMS.iter().map(|(form, text)| {
                let text = format!("{lead}{text}").replace("MONTH", MONTH);
                Ok((*form, Regex::new(&text.replace("HOUR", HOUR))?))
            });
            forms.collect::<Result<Vec<_>, regex::Error>>()
        };
        // "In 2 weeks from 9.6 to 12" counts versions, and "from 2019" too.
        let is_day = |(form, _): &(Form, Regex)| !matches!(form, Form::DayDotMonth | Form::Year);
        let of = |lead: &str| Ok::<_, regex::Error>(days(lead)?.into_iter().filter(is_day));
        let numbers = NUMBERS.join("|");
        let stretches = STRETCHES.map(|text| Regex::new(&text.replace("NUMBER", &numbers)));
        Ok(Self {
            days: days(LEAD)?,
            from: of(FROM)?.collect(),
            start: of(START)?.collect(),
            stretches: stretches.into_iter().collect::<Result<_, _>>()?,
            in_quarter: Regex::new(IN_QUARTER)?,
            near: Regex::new(NEAR)?,
            not: Regex::new(NOT)?,
            gone: Regex::new(GONE)?,
            each: Regex::new(EACH)?,
        })
    }
}

/// The expressions, compiled once; a test rules out that one is none.
pub(crate) static EXPRESSIONS: LazyLock<Option<Expressions>> =
    LazyLock::new(|| Expressions::new().ok());
