//! Which charges come on the same day of every month, such as support plans and licences.

use chrono::{Datelike, Months, NaiveDate};

use super::{Baseline, Curve, median};

/// Former months that are looked at.
const MONTHS: u32 = 3;
/// On the first and the last day of a month, where fees are billed, the mean of former months must be so many of
/// its standard errors above a usual day.
const SURE_AT_BOUNDARY: f64 = 2.0;
/// On any day the last month alone must be so many standard deviations above.
const SURE_ELSEWHERE: f64 = 3.5;
/// Of former months those count whose excess is at least this part of the largest: the others were before the fee.
const LIKE_THE_LARGEST: f64 = 0.5;

/// What is known of a fee on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fee {
    /// Former months had none.
    None,
    /// Former months had it.
    Known {
        /// What it adds to a usual day.
        amount: f64,
        /// The months this was seen in.
        months: usize,
    },
    /// The first or last day of a month, and the history holds no other: a fee cannot be told from an anomaly.
    Unseen,
}

/// Whether fees are usual on a day: the first and the last of a month.
pub(crate) fn is_boundary(date: NaiveDate) -> bool {
    date.day() == 1 || is_last_of_month(date)
}

/// The fee of a day, seen from the days that are `known`. `shifts` is what was added to the scaled
/// amount of each day to make it comparable with the baseline.
pub(crate) fn fee(
    curve: &Curve,
    shifts: &[f64],
    baseline: &Baseline,
    day: usize,
    known: impl Fn(usize) -> bool,
) -> Fee {
    let date = curve.date(day);
    let is_last = is_last_of_month(date);
    let boundary = is_last || date.day() == 1;
    // A fee of the last day of a short month comes later in a long one.
    let same = |former: NaiveDate| (is_last || !is_last_of_month(former)).then_some(former);
    let same: Vec<usize> = seen(day, date, &known, same).collect();
    let found = of_group(curve, shifts, baseline, &same, boundary);
    if !is_last {
        return match found {
            Some(known) => known,
            None if boundary && same.is_empty() => Fee::Unseen,
            None => Fee::None,
        };
    }
    let ends: Vec<usize> = seen(day, date, &known, last_of_month).collect();
    match of_group(curve, shifts, baseline, &ends, true).or(found) {
        Some(known) => known,
        None if ends.is_empty() => Fee::Unseen,
        None => Fee::None,
    }
}

/// The days of the history that stand in former months where `date` stands in its own, latest first.
fn seen(
    day: usize,
    date: NaiveDate,
    known: &impl Fn(usize) -> bool,
    place: impl Fn(NaiveDate) -> Option<NaiveDate>,
) -> impl Iterator<Item = usize> {
    (1..=MONTHS)
        .filter_map(move |months| date.checked_sub_months(Months::new(months)))
        .filter_map(place)
        .filter_map(move |former| day.checked_sub((date - former).num_days() as usize))
        .filter(|former| known(*former))
}

fn of_group(
    curve: &Curve,
    shifts: &[f64],
    baseline: &Baseline,
    days: &[usize],
    boundary: bool,
) -> Option<Fee> {
    let above =
        |day: usize| curve.scaled[day] + shifts[day] - baseline.expect(day, curve.weekday(day));
    let latest = above(*days.first()?);
    let excesses: Vec<f64> = days.iter().map(|day| above(*day)).collect();
    let count = excesses.len() as f64;
    let mean = excesses.iter().sum::<f64>() / count;
    let sure = latest >= SURE_ELSEWHERE * baseline.sigma
        || (boundary && mean * count.sqrt() >= SURE_AT_BOUNDARY * baseline.sigma);
    if !sure {
        return None;
    }
    let largest = excesses.iter().copied().fold(f64::MIN, f64::max);
    let mut amounts: Vec<f64> = days
        .iter()
        .zip(&excesses)
        .filter(|(_, excess)| **excess >= LIKE_THE_LARGEST * largest)
        .map(|(day, _)| {
            let usual = baseline.expect(*day, curve.weekday(*day)) - shifts[*day];
            curve.money[*day] - curve.to_money(usual)
        })
        .collect();
    let amount = median(&mut amounts);
    (amount > 0.0).then_some(Fee::Known {
        amount,
        months: amounts.len(),
    })
}

fn last_of_month(date: NaiveDate) -> Option<NaiveDate> {
    date.with_day(1)?
        .checked_add_months(Months::new(1))?
        .pred_opt()
}

fn is_last_of_month(date: NaiveDate) -> bool {
    last_of_month(date) == Some(date)
}
