//! The completion report as Markdown.

use super::v1::Completion;
use crate::TemplateError;
use crate::template::render;

/// The report.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn completion_markdown(completion: &Completion) -> Result<String, TemplateError> {
    render("completion", completion)
}
