//! How likely a smaller type is too small.

use serde::Serialize;

/// The risk of a candidate, from the share of the time in which the work would have been above the target.
///
/// very low: at most 0.5 % of the points; low: at most 1 %; medium: at most 5 %; high: more. The limits are the
/// percentiles that are always at hand, so that the grade is the same with and without the points. Where less
/// than nine tenths of the time looked back at was measured, the grade is one step higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// At most 0.5 % of the time.
    VeryLow,
    /// At most 1 %.
    Low,
    /// At most 5 %.
    Medium,
    /// More.
    High,
}

const VERY_LOW: f64 = 0.005;
const LOW: f64 = 0.01;
const MEDIUM: f64 = 0.05;
/// Of the time looked back at, this much must have points.
const MEASURED: f64 = 0.9;
/// Shares are quotients of counts; a hair above a limit is the limit.
const HAIR: f64 = 1e-9;

impl Risk {
    /// Of the share of time above the target, and of the share of the lookback that has points.
    pub fn of(above: f64, measured: f64) -> Self {
        let grades = [
            (VERY_LOW, Self::VeryLow),
            (LOW, Self::Low),
            (MEDIUM, Self::Medium),
        ];
        let grade = grades
            .into_iter()
            .find(|(limit, _)| above <= limit + HAIR)
            .map_or(Self::High, |(_, grade)| grade);
        if measured + HAIR < MEASURED {
            grade.higher()
        } else {
            grade
        }
    }

    fn higher(self) -> Self {
        match self {
            Self::VeryLow => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }

    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
