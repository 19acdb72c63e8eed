//! `[rightsizing]`: how instances are right-sized where the command line says nothing.

use super::METRIC_DAYS;
use super::reader::{self, Mistakes, Section};
use crate::rightsize::{Choice, effort, percent, preset};

pub(super) fn rightsizing(mut section: Section<'_, '_>, m: &mut Mistakes) -> Choice {
    let yes = |answer: Option<bool>| answer.unwrap_or_default();
    let choice = Choice {
        preset: section.parsed("preset", m, |value| preset(reader::text(value)?)),
        lookback: section.parsed("lookback", m, reader::whole(METRIC_DAYS)),
        assume_memory: section.parsed("assume_memory", m, |value| percent(reader::text(value)?)),
        effort: section.parsed("effort", m, |value| effort(reader::text(value)?)),
        other_architecture: yes(section.parsed("other_architecture", m, reader::boolean)),
        burstable: yes(section.parsed("burstable", m, reader::boolean)),
        published_prices: yes(section.parsed("published_prices", m, reader::boolean)),
    };
    section.finish(m);
    choice
}
