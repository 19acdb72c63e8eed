//! How a review becomes text of a size.

use super::v1::Review;
use crate::brief::BriefError;
use crate::brief::commands::Commands;
use crate::brief::cut::IN_A_ROW;

/// Cuts every list to so many rows.
pub(super) fn shorten(review: &mut Review, rows: usize) {
    let commands = commands(review);
    let all = commands.all();
    for issue in &mut review.issues.items {
        let command = commands.rule(&issue.rule);
        issue.places.cut(IN_A_ROW, &command);
        issue.findings.cut(IN_A_ROW, &command);
    }
    review.issues.cut(rows, &all);
    review.unread.cut(rows, &all);
    for section in &mut review.sections {
        let command = commands.section(&section.id);
        section.rows.cut(rows * 2, &command);
    }
}

fn commands(review: &Review) -> Commands {
    Commands::of(&printed_by(&review.area), &review.run)
}

/// What prints the review of an area, before `--run`.
pub(super) fn printed_by(area: &str) -> String {
    format!("orch review --area {area}")
}

/// The review as Markdown.
///
/// # Errors
/// A template that cannot be rendered, which tests rule out.
pub fn markdown(review: &Review) -> Result<String, BriefError> {
    crate::brief::render::rendered("review", review)
}

/// One section of a review by itself.
///
/// # Errors
/// A section that it does not have.
pub fn section_text(review: &Review, id: &str) -> Result<String, BriefError> {
    crate::brief::render::of_sections(&review.sections, id)
}

/// Cuts the longest lists until the text fits; the first entry of each stays.
///
/// # Errors
/// A review that does not fit even so.
pub fn fit(
    review: &mut Review,
    max_bytes: usize,
    render: impl Fn(&Review) -> Result<String, BriefError>,
) -> Result<String, BriefError> {
    crate::brief::render::shortened(review, max_bytes, render, halve)
}

fn halve(review: &mut Review) -> bool {
    let commands = commands(review);
    let all = commands.all();
    let longest = review
        .sections
        .iter_mut()
        .max_by_key(|section| section.rows.items.len());
    let rows = longest
        .as_ref()
        .map_or(0, |section| section.rows.items.len());
    if rows > 1 && rows >= review.issues.items.len() {
        if let Some(section) = longest {
            section.rows.cut(rows / 2, &commands.section(&section.id));
        }
        return true;
    }
    if review.issues.items.len() > 1 {
        let keep = review.issues.items.len() / 2;
        review.issues.cut(keep, &all);
        return true;
    }
    if review.unread.items.len() > 1 {
        let keep = review.unread.items.len() / 2;
        review.unread.cut(keep, &all);
        return true;
    }
    false
}
