//! Status, week and options as Markdown.

use super::v1;
use crate::TemplateError;
use crate::template::render;

/// The status.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn status_markdown(status: &v1::Status) -> Result<String, TemplateError> {
    render("status", status)
}

/// The week.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn weekly_markdown(weekly: &v1::Weekly) -> Result<String, TemplateError> {
    render("weekly", weekly)
}

/// What can be done.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn options_markdown(options: &v1::Options) -> Result<String, TemplateError> {
    render("options", options)
}

/// What everybody is told of a decision. `file` is the project's, `run` the last one that is known.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn notice(
    options: &v1::Options,
    number: u32,
    reason: &str,
    (file, run): (&str, Option<&str>),
) -> Result<String, TemplateError> {
    #[derive(serde::Serialize)]
    struct Notice<'n> {
        options: &'n v1::Options,
        chosen: Option<&'n v1::Choice>,
        reason: &'n str,
        file: &'n str,
        run: Option<&'n str>,
    }
    render(
        "notice",
        &Notice {
            options,
            chosen: options.options.iter().find(|one| one.number == number),
            reason,
            file,
            run,
        },
    )
}

/// What a command did.
///
/// # Errors
/// A template that is wrong, which tests rule out.
pub fn changed_markdown(changed: &v1::Changed) -> Result<String, TemplateError> {
    render("changed", changed)
}
