//! A project as the text of a file that people read, edit and compare.

use toml_edit::visit_mut::{VisitMut, visit_array_mut, visit_value_mut};
use toml_edit::{Array, DocumentMut, Formatted, Value};

use crate::project::Project;

/// What the file is.
const HEAD: &str = "\
# A project of orch. `orch plan show` draws its dates, `orch project status` says how it stands; commands that change
# something edit this file and leave all other lines as they are. Edit it by hand as you like. Keep it in git.

";
/// Longer lists stand with one item a line, so that a change of one is a change of one line.
const LINE: usize = 100;

/// The text of a project.
///
/// # Errors
/// Numbers that TOML cannot hold.
pub fn written(project: &Project) -> Result<String, toml_edit::ser::Error> {
    let text = toml_edit::ser::to_string_pretty(project)?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(<toml_edit::ser::Error as serde::ser::Error>::custom)?;
    Lines.visit_document_mut(&mut document);
    Ok(format!("{HEAD}{document}"))
}

/// Dates as dates of TOML, and short lists on one line.
struct Lines;

impl VisitMut for Lines {
    fn visit_value_mut(&mut self, value: &mut Value) {
        let is_date = |text: &str| {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            text.len() == 10 && digits == 8
        };
        let date = value.as_str().filter(|text| is_date(text));
        if let Some(date) = date.and_then(|text| text.parse().ok()) {
            let decor = value.decor().clone();
            *value = Value::Datetime(Formatted::new(date));
            *value.decor_mut() = decor;
        }
        visit_value_mut(self, value);
    }

    fn visit_array_mut(&mut self, array: &mut Array) {
        visit_array_mut(self, array);
        let length: usize = array
            .iter()
            .map(|item| item.to_string().trim().len() + 2)
            .sum();
        let long = length > LINE;
        for item in array.iter_mut() {
            let decor = item.decor_mut();
            decor.set_prefix(if long { "\n    " } else { "" });
            decor.set_suffix("");
        }
        if !long {
            array.fmt();
        }
        array.set_trailing(if long { "\n" } else { "" });
        array.set_trailing_comma(long);
    }
}
