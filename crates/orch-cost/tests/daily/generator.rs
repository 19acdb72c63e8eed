//! Bills that nobody had: daily series with weekly patterns, noise, growth, holidays, monthly fees and, in some,
//! one change whose kind, size and first day are known.
//!
//! Each series has its own random numbers, made from the seed and its number, so that a run of 200 series is the
//! beginning of one of 1,000. A series of `DAYS` days is, before it is rounded to four digits,
//!
//! ```text
//! usage(day) = level × weekday(day) × growth(day) × holiday(day) × change(day) × noise(day)
//! bill(day)  = usage(day) + fee(day)
//! ```
//!
//! | part | drawn from |
//! |---|---|
//! | first day | any day of 2025 |
//! | level | 10 to 5,000 a day, uniform in its logarithm |
//! | weekly amplitude | 0 to 60 %, uniform: the lowest weekday costs so much less than the highest |
//! | weekly shape | half: Saturday and Sunday low; a quarter: Monday to Friday low; a quarter: each weekday drawn for itself, scaled so that the lowest has the amplitude |
//! | noise | log-normal with mean 1, σ uniform from 0.03 to 0.15, independent from day to day |
//! | growth | −2 % to +2 % in thirty days, uniform, compounded: no bill stands still |
//! | holidays | on 1 day in 36 one begins; three of four last a day, the others 2 to 5; each multiplies usage by 0.3 to 0.9; none covers the two days in which a spike or step must be found, where it would be another size |
//! | monthly fee | half of the series: on the last or on the first day of every month, 20 % to 200 % of the level, the same every month |
//! | change | none, spike (one day), step (stays), rise (linear over 14 days, stays): a quarter each |
//! | size of the change | 40 % to 300 %, uniform in its logarithm, unless a size is asked for; it multiplies usage, not the fee |
//! | first day of the change | day 56 to 128 of 150, uniform: eight weeks of history at least, three weeks after it at least |

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use orch_cost::daily::{DailySeries, SeriesKey};
use orch_model::{Currency, Text};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

/// Days of a series.
pub(crate) const DAYS: usize = 150;
/// Days over which a rise rises.
pub(crate) const RISE_DAYS: usize = 14;
/// The first day a change can begin on, and the first that it cannot.
const CHANGE_DAYS: (f64, f64) = (56.0, 129.0);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChangeKind {
    Spike,
    Step,
    Rise,
}

impl ChangeKind {
    pub(crate) const ALL: [Self; 3] = [Self::Spike, Self::Step, Self::Rise];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Step => "step",
            Self::Rise => "rise over 14 days",
        }
    }

    /// The days, from the first, by which it must be found.
    pub(crate) fn found_within(self) -> usize {
        match self {
            Self::Spike | Self::Step => 2,
            Self::Rise => 21,
        }
    }

    /// The part of its size that it has so many days after its first.
    fn part(self, after: usize) -> f64 {
        match self {
            Self::Spike => f64::from(u8::from(after == 0)),
            Self::Step => 1.0,
            Self::Rise => ((after + 1) as f64 / RISE_DAYS as f64).min(1.0),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) size: f64,
    /// Place of its first day.
    pub(crate) first: usize,
}

/// A series and the truth about it.
#[derive(Debug, Clone)]
pub(crate) struct Synthetic {
    pub(crate) series: DailySeries,
    pub(crate) change: Option<Change>,
    pub(crate) sigma: f64,
    /// What each day would have been without noise and change, holidays included.
    pub(crate) usual: Vec<f64>,
    /// The part of it that is a fee.
    pub(crate) fees: Vec<f64>,
}

impl Synthetic {
    /// The same with so many days before its change; none where it has no change.
    pub(crate) fn with_history(&self, days: usize) -> Option<Self> {
        let change = self.change?;
        let from = change.first - days;
        let mut short = self.clone();
        short.series.start = self.series.day(from);
        short.series.values.drain(..from);
        short.usual.drain(..from);
        short.fees.drain(..from);
        short.change = Some(Change {
            first: days,
            ..change
        });
        Some(short)
    }
}

/// What a series is asked to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked {
    /// A quarter of each kind and a quarter without change.
    Mixed,
    /// No change at all.
    Unchanged,
    /// A change of one kind and size.
    Of(ChangeKind, f64),
}

struct Draw(ChaCha8Rng);

impl Draw {
    fn unit(&mut self) -> f64 {
        StandardUniform.sample(&mut self.0)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn log_between(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }
}

/// Series of a seed.
pub(crate) fn generate(seed: u64, count: u64, asked: Asked) -> Vec<Synthetic> {
    (0..count).map(|number| one(seed, number, asked)).collect()
}

fn one(seed: u64, number: u64, asked: Asked) -> Synthetic {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let mut draw = Draw(rng);
    let start = NaiveDate::from_yo_opt(2025, 1 + draw.between(0.0, 365.0) as u32).expect("a day");
    let level = draw.log_between(10.0, 5_000.0);
    let weekdays = weekdays(&mut draw);
    let sigma = draw.between(0.03, 0.15);
    let growth = (1.0 + draw.between(-0.02, 0.02)).powf(1.0 / 30.0);
    let fee = (draw.unit() < 0.5).then(|| (draw.unit() < 0.5, level * draw.between(0.2, 2.0)));
    let change = change(&mut draw, asked);
    let holidays = holidays(&mut draw, change);
    let dates: Vec<NaiveDate> = (0..DAYS as u64).map(|day| start + Days::new(day)).collect();
    let fees: Vec<f64> = dates
        .iter()
        .map(|date| match fee {
            Some((true, amount)) if date.day() == 1 => amount,
            Some((false, amount)) if (*date + Days::new(1)).day() == 1 => amount,
            _ => 0.0,
        })
        .collect();
    let usual: Vec<f64> = (0..DAYS)
        .map(|day| {
            let weekday = dates[day].weekday().num_days_from_monday() as usize;
            level * weekdays[weekday] * growth.powi(day as i32) * holidays[day] + fees[day]
        })
        .collect();
    let values = (0..DAYS)
        .map(|day| {
            let noise = (sigma * draw.normal() - sigma * sigma / 2.0).exp();
            let changed = change
                .filter(|change| day >= change.first)
                .map_or(1.0, |change| {
                    1.0 + change.size * change.kind.part(day - change.first)
                });
            let bill = (usual[day] - fees[day]) * changed * noise + fees[day];
            Decimal::from_f64(bill).expect("finite").round_dp(4)
        })
        .collect();
    Synthetic {
        series: DailySeries {
            key: SeriesKey {
                provider: Text::new_static("AWS"),
                account: Text::from(format!("{number:012}")),
                service: Some(Text::new_static("synthetic")),
                region: None,
                detail: None,
                currency: Currency::usd(),
            },
            start,
            values,
        },
        change,
        sigma,
        usual,
        fees,
    }
}

fn weekdays(draw: &mut Draw) -> [f64; 7] {
    let amplitude = draw.between(0.0, 0.6);
    let shape = draw.unit();
    let own: [f64; 7] = std::array::from_fn(|_| draw.unit());
    let (least, most) = own
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, most), part| {
            (least.min(*part), most.max(*part))
        });
    std::array::from_fn(|weekday| {
        let low = if shape < 0.5 {
            f64::from(u8::from(weekday >= 5))
        } else if shape < 0.75 {
            f64::from(u8::from(weekday < 5))
        } else {
            (most - own[weekday]) / (most - least)
        };
        1.0 - amplitude * low
    })
}

fn change(draw: &mut Draw, asked: Asked) -> Option<Change> {
    let kind = draw.unit();
    let size = draw.log_between(0.4, 3.0);
    let first = draw.between(CHANGE_DAYS.0, CHANGE_DAYS.1) as usize;
    let (kind, size) = match asked {
        Asked::Unchanged => return None,
        Asked::Of(kind, size) => (kind, size),
        Asked::Mixed => (*ChangeKind::ALL.get((kind * 4.0) as usize)?, size),
    };
    Some(Change { kind, size, first })
}

fn holidays(draw: &mut Draw, change: Option<Change>) -> [f64; DAYS] {
    let mut factors = [1.0; DAYS];
    let mut lengths = BTreeMap::new();
    for day in 0..DAYS {
        let (begins, long) = (draw.unit() < 1.0 / 36.0, draw.unit() < 0.25);
        let (length, factor) = (draw.between(2.0, 6.0) as usize, draw.between(0.3, 0.9));
        if begins {
            lengths.insert(day, (if long { length } else { 1 }, factor));
        }
    }
    for (first, (length, factor)) in lengths {
        for day in factors.iter_mut().skip(first).take(length) {
            *day = factor;
        }
    }
    if let Some(change) = change.filter(|change| change.kind != ChangeKind::Rise) {
        for day in factors.iter_mut().skip(change.first).take(2) {
            *day = 1.0;
        }
    }
    factors
}
