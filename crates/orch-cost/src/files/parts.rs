//! Rows of Parquet files added up in parts, so that memory depends on the groups and not on the rows.
//!
//! The streaming engine keeps every row whose group is not among the few thousand it has at hand until all rows are
//! read: measured with 20 million rows in 130,000 groups, 106 bytes a row. A file is therefore taken a few row groups
//! at a time, and what the parts came to is added up in turn.

use std::fs::File;
use std::num::TryFromIntError;
use std::path::Path;

use polars::prelude::{
    DataFrame, Engine, Expr, IdxSize, IntoLazy, LazyFrame, ParquetReader, PolarsError,
    PolarsResult, SerReader as _, UnionArgs, col, concat,
};

use super::parquet::scan;

/// What is held in memory at a time.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Rows of one part, where row groups are not larger.
    rows: i64,
    /// Lines of parts before they are added up.
    lines: usize,
}

/// Some 200 MB of rows while they are added up.
const LIMITS: Limits = Limits {
    rows: 2_000_000,
    lines: 500_000,
};

/// The row groups of a file by first row and number of rows, those together that are not more than `most` rows.
fn parts(path: &Path, most: i64) -> PolarsResult<Vec<(i64, IdxSize)>> {
    let metadata = ParquetReader::new(File::open(path)?)
        .get_metadata()?
        .clone();
    let (mut parts, mut first, mut held) = (Vec::new(), 0_i64, 0_i64);
    for group in &metadata.row_groups {
        let rows = i64::try_from(group.num_rows()).map_err(many)?;
        if held > 0 && held + rows > most {
            parts.push((first, IdxSize::try_from(held).map_err(many)?));
            first += held;
            held = 0;
        }
        held += rows;
    }
    parts.push((first, IdxSize::try_from(held).map_err(many)?));
    Ok(parts)
}

fn many(_: TryFromIntError) -> PolarsError {
    PolarsError::ComputeError("one of its row groups has more rows than can be counted".into())
}

/// Adds rows up: the keys, then the measures, each of which must be a sum. `of` makes rows of those of a file.
pub(super) fn sums(
    files: &[&Path],
    of: impl Fn(LazyFrame) -> LazyFrame,
    keys: &[Expr],
    measures: &[Expr],
) -> PolarsResult<DataFrame> {
    sums_within(LIMITS, files, of, keys, measures)
}

fn sums_within(
    limits: Limits,
    files: &[&Path],
    of: impl Fn(LazyFrame) -> LazyFrame,
    keys: &[Expr],
    measures: &[Expr],
) -> PolarsResult<DataFrame> {
    let mut kept: Vec<DataFrame> = Vec::new();
    let mut limit = limits.lines;
    for path in files {
        for (first, rows) in parts(path, limits.rows)? {
            let part = of(scan(path, None)?.slice(first, rows))
                .group_by(keys)
                .agg(measures)
                .collect_with_engine(Engine::Streaming)?
                .unwrap_single();
            kept.push(part);
            if kept.iter().map(DataFrame::height).sum::<usize>() > limit {
                let one = together(kept, keys.len())?;
                limit = limits.lines.max(2 * one.height());
                kept = vec![one];
            }
        }
    }
    together(kept, keys.len())
}

/// The lines of parts added up.
fn together(parts: Vec<DataFrame>, keys: usize) -> PolarsResult<DataFrame> {
    let parts: Vec<LazyFrame> = parts.into_iter().map(IntoLazy::lazy).collect();
    let mut all = concat(parts, UnionArgs::default())?;
    let names: Vec<_> = all.collect_schema()?.iter_names_cloned().collect();
    let (keys, sums) = names.split_at(keys.min(names.len()));
    let column = |name: &_| col(Clone::clone(name));
    all.group_by(keys.iter().map(column).collect::<Vec<_>>())
        .agg(
            sums.iter()
                .map(|name| column(name).sum())
                .collect::<Vec<_>>(),
        )
        .collect_with_engine(Engine::Streaming)
        .map(|frame| frame.unwrap_single())
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
