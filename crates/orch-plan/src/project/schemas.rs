//! The JSON schemas of the project file and of what commands on it print.

use schemars::{Schema, schema_for};

use super::Project;
use crate::{results, status};

/// Each with the name of its file.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("project-v1", schema_for!(Project)),
        ("project-status-v1", schema_for!(status::v1::Status)),
        ("project-weekly-v1", schema_for!(status::v1::Weekly)),
        ("project-options-v1", schema_for!(status::v1::Options)),
        ("project-changed-v1", schema_for!(status::v1::Changed)),
        (
            "project-completion-v1",
            schema_for!(results::v1::Completion),
        ),
    ]
}
