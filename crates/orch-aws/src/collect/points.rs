//! From the pages of an answer to series: points find their places, and several metrics become one.

use aws_sdk_cloudwatch::types::{MetricDataResult, StatusCode};
use orch_collect::Batch;
use orch_model::{Cause, Gap, Series};

use super::metrics::{NAME, Window};
use super::wanted::Wanted;

/// The series of one request while its pages arrive.
pub(super) struct Points<'w> {
    window: &'w Window,
    slots: Vec<Slot<'w>>,
    /// For each question the series it is for, and its place among the parts of it.
    places: Vec<(usize, usize)>,
}

/// One series.
struct Slot<'w> {
    wanted: &'w Wanted,
    parts: Vec<Part>,
    /// Handed over, or given up.
    done: bool,
}

/// The points of one metric.
#[derive(Default)]
struct Part {
    values: Option<Vec<Option<f64>>>,
    /// Whether the answer says that these are all there are.
    complete: bool,
}

impl<'w> Points<'w> {
    pub(super) fn of(window: &'w Window, wanted: &'w [Wanted]) -> Self {
        let (mut slots, mut places) = (Vec::new(), Vec::new());
        for (slot, one) in wanted.iter().enumerate() {
            places.extend((0..one.parts.len()).map(|part| (slot, part)));
            slots.push(Slot {
                wanted: one,
                parts: one.parts.iter().map(|_| Part::default()).collect(),
                done: false,
            });
        }
        Self {
            window,
            slots,
            places,
        }
    }

    /// Takes the points of one result, and hands its series over when that is complete.
    pub(super) fn take(&mut self, result: &MetricDataResult, out: &mut Batch) {
        let question = result
            .id()
            .and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
        let Some((slot, part)) = question
            .and_then(|question| self.places.get(question))
            .and_then(|(slot, part)| Some((self.slots.get_mut(*slot)?, *part)))
        else {
            return;
        };
        if slot.done {
            return;
        }
        let status = result.status_code();
        if let Some(StatusCode::InternalError | StatusCode::Forbidden) = status {
            let forbidden = status == Some(&StatusCode::Forbidden);
            let cause = if forbidden {
                Cause::Denied
            } else {
                Cause::ServerError
            };
            let code = status.map_or("", |status| status.as_str());
            out.not_read(Gap::new(cause, format!("{NAME} {code}")));
            slot.give_up();
            return;
        }
        let Some(part) = slot.parts.get_mut(part) else {
            return;
        };
        for (at, value) in result.timestamps().iter().zip(result.values()) {
            if let Some(place) = self.window.place(at).filter(|_| value.is_finite()) {
                let values = part
                    .values
                    .get_or_insert_with(|| vec![None; self.window.periods]);
                values[place] = Some(*value);
            }
        }
        part.complete |= status == Some(&StatusCode::Complete);
        if slot.parts.iter().all(|part| part.complete) {
            slot.hand_over(self.window, out);
        }
    }

    /// Hands over what is neither complete nor given up when the pages end: it was told without a status.
    pub(super) fn finish(mut self, out: &mut Batch) {
        for slot in &mut self.slots {
            slot.hand_over(self.window, out);
        }
    }
}

impl Slot<'_> {
    fn give_up(&mut self) {
        self.done = true;
        self.parts.clear();
    }

    /// Hands the series over. One without a point is none: that it was read stands in the read.
    fn hand_over(&mut self, window: &Window, out: &mut Batch) {
        if self.done {
            return;
        }
        let silent = self
            .wanted
            .silent_since
            .filter(|_| self.parts.iter().all(|part| part.complete));
        let mut parts = std::mem::take(&mut self.parts).into_iter();
        self.give_up();
        let mut sum = parts.next().and_then(|part| part.values);
        for part in parts {
            sum = sum.zip(part.values).map(|(sum, more)| added(sum, &more));
        }
        let (factor, more) = self.wanted.line;
        if let Some(values) = &mut sum {
            for value in values.iter_mut().flatten() {
                *value = *value * factor + more;
            }
        }
        if let Some(since) = silent {
            let values = sum.get_or_insert_with(|| vec![None; window.periods]);
            // Points of the last period may be on their way.
            let known = values.len().saturating_sub(1);
            for value in values
                .iter_mut()
                .take(known)
                .skip(window.first_after(since))
            {
                value.get_or_insert(0.0);
            }
        }
        if let Some(values) = sum.filter(|values| values.iter().any(Option::is_some)) {
            out.push(Series {
                uid: self.wanted.uid.clone(),
                metric: self.wanted.metric,
                statistic: self.wanted.statistic,
                start: window.start,
                step_s: window.step_s,
                values,
            });
        }
    }
}

/// The sums of the periods in which both have a point: what is missing is not nothing.
fn added(mut sum: Vec<Option<f64>>, more: &[Option<f64>]) -> Vec<Option<f64>> {
    for (value, more) in sum.iter_mut().zip(more) {
        *value = value.zip(*more).map(|(value, more)| value + more);
    }
    sum
}

#[cfg(test)]
#[path = "points_tests.rs"]
mod tests;
