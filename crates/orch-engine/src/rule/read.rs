//! From the bytes of a file to a `RuleFile`, within limits: a hostile file gets an error, never an abort.

use serde::de::DeserializeOwned;
use serde_saphyr::{DuplicateKeyPolicy, Options};

use super::file::RuleFile;
use super::place::Mistakes;

/// The largest rule file that is read, in bytes.
pub(crate) const LARGEST_FILE: usize = 256 * 1024;

fn limits() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: Some(LARGEST_FILE),
            max_events: 100_000,
            max_aliases: 64,
            max_anchors: 64,
            max_depth: 32,
            max_documents: 1,
            max_nodes: 50_000,
            max_merge_keys: 64,
            max_total_scalar_bytes: 2 * LARGEST_FILE,
            flow_nesting_limit: 32,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    }
}

/// Reads YAML within the limits.
pub(crate) fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, limits())
}

impl RuleFile {
    /// Reads the bytes of a file. What its values mean is checked when it is compiled.
    pub(crate) fn read(bytes: &[u8], mistakes: &mut Mistakes) -> Option<Self> {
        if bytes.len() > LARGEST_FILE {
            mistakes.whole(
                format!("failed to read the rule: it has {} bytes", bytes.len()),
                format!("a rule file has at most {LARGEST_FILE} bytes; split it"),
            );
            return None;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                mistakes.at(
                    u32::try_from(line).unwrap_or(0),
                    0,
                    "failed to read the rule: it is not UTF-8".to_owned(),
                    Some("save the file as UTF-8".to_owned()),
                );
                return None;
            }
        };
        match yaml(text) {
            Ok(file) => Some(file),
            Err(error) => {
                let place = error.location();
                let number = |number: u64| u32::try_from(number).unwrap_or(0);
                let (line, column) = place.map_or((0, 0), |place| {
                    (number(place.line()), number(place.column()))
                });
                let said = error.without_snippet().to_string();
                let said = said.split(" at line ").next().unwrap_or(&said).trim_end();
                mistakes.at(
                    line,
                    column,
                    format!("failed to read the rule: {said}"),
                    Some("`orch rule new` prints a rule that can be filled in".to_owned()),
                );
                None
            }
        }
    }
}
