//! A bill from billing files.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;

use orch_cost::bill::Period;
use orch_cost::charge::{Charge, Charges};
use orch_cost::files::{self, Fault, FileError, Lines, Wanted};
use orch_model::Time;
use orch_report::cost::v1;
use orch_report::visible;

use super::{Bill, Kept};
use crate::AppError;
use crate::words::Mistake;

/// The bill that a file or a directory of them holds.
pub(super) fn bill(path: &Path, kept: &Kept, now: Time) -> Result<Bill, AppError> {
    let wanted = Wanted {
        resources: kept.resources,
        tags: kept.tags.clone(),
        commitments: kept.commitments,
    };
    let found = files::find(path).map_err(file_error)?;
    let mut all = Charges::default();
    let mut bill = Bill::default();
    let mut rounded = false;
    let mut seen: HashMap<u64, String> = HashMap::new();
    for file in &found.files {
        let named = file.strip_prefix(path).unwrap_or(file);
        let named = match named.as_os_str().is_empty() {
            true => file.file_name().map(Path::new).unwrap_or(file),
            false => named,
        };
        let name = visible(&named.to_string_lossy()).into_owned();
        let reading = match files::read(file, &wanted) {
            // A manifest beside the rows is no bill, and nobody asked for it by name.
            Err(FileError::Format { .. }) if found.files.len() > 1 => {
                bill.notes
                    .push(format!("{name} holds no billing rows and was left out"));
                continue;
            }
            reading => reading.map_err(file_error)?,
        };
        bill.sources.push(v1::Source {
            name: name.clone(),
            format: reading.format.into(),
            rows: reading.rows,
            malformed: malformed(&reading.malformed),
            lacking: malformed(&reading.lacking),
            gap: None,
        });
        rounded |= reading.charges.rounded;
        bill.usage.merge(reading.usage);
        let charges = reading.charges.into_sorted();
        // What a file held is kept as one number: the files of a year would not fit beside each other.
        if !charges.is_empty()
            && let Some(twin) = seen.insert(number(&charges), name.clone())
        {
            bill.notes.push(format!(
                "{name} and {twin} hold the same charges: they are counted twice"
            ));
        }
        for charge in charges {
            all.add(charge.key, &charge.sums);
        }
    }
    if rounded || all.rounded {
        let note = "a sum has more than 28 digits: the last ones are rounded";
        bill.notes.push(note.into());
    }
    if bill.sources.is_empty() {
        return Err(file_error(FileError::Nothing {
            path: path.to_owned(),
        }));
    }
    bill.charges = all.into_sorted();
    bill.as_of = Period::as_of(&bill.charges, now);
    Ok(bill)
}

/// The same for the same charges.
fn number(charges: &[Charge]) -> u64 {
    let mut hasher = DefaultHasher::new();
    charges.hash(&mut hasher);
    hasher.finish()
}

fn malformed(of: &BTreeMap<Fault, Lines>) -> Vec<v1::Malformed> {
    of.iter()
        .map(|(fault, lines)| v1::Malformed {
            reason: fault.0.to_string(),
            rows: lines.count,
            lines: lines.to_string(),
        })
        .collect()
}

fn file_error(error: FileError) -> AppError {
    let help = match &error {
        FileError::Io { .. } => "check that the file is there, whole, and can be read",
        FileError::Nothing { .. } => {
            "name a file, or a directory with files that end in .csv, .csv.gz, .parquet, .json or .jsonl"
        }
        FileError::Format { .. } | FileError::Column { .. } => {
            "name a cost export with its header: FOCUS, AWS CUR, Azure cost details or Google Cloud's billing export"
        }
        FileError::Json { .. } | FileError::Parquet { .. } => "export the file again",
    };
    AppError::Input(Mistake::new(format!("failed to {error}"), help))
}
