//! JSON: the whole report, the same bytes for the same snapshot, rules and settings.

use std::io;

use super::View;
use crate::Report;

pub(super) fn write(report: &Report, _: &View, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
