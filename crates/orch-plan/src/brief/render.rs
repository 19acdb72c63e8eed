//! How a briefing becomes text of a size.

use super::build::BriefError;
use super::cut::lists;
use super::v1::{Brief, Section};
use crate::template;

/// The briefing as Markdown.
///
/// # Errors
/// A template that cannot be rendered, which tests rule out.
pub fn markdown(brief: &Brief) -> Result<String, BriefError> {
    rendered("briefing", brief)
}

pub(crate) fn rendered(name: &str, context: &impl serde::Serialize) -> Result<String, BriefError> {
    template::render(name, context).map_err(|error| BriefError::Template(error.to_string()))
}

/// One section by itself: what is to be pasted as it is, else a table.
///
/// # Errors
/// A section that this briefing does not have.
pub fn section_text(brief: &Brief, id: &str) -> Result<String, BriefError> {
    of_sections(&brief.sections, id)
}

/// One of these sections as text.
pub(crate) fn of_sections(sections: &[Section], id: &str) -> Result<String, BriefError> {
    let Some(section) = sections.iter().find(|section| section.id == id) else {
        return Err(BriefError::NoSection {
            id: id.to_owned(),
            known: sections.iter().map(|section| section.id.clone()).collect(),
        });
    };
    if let Some(code) = &section.code {
        return Ok(code.blocks.items.join("\n") + "\n");
    }
    #[derive(serde::Serialize)]
    struct One<'s> {
        section: &'s Section,
    }
    rendered("section", &One { section })
}

/// Cuts the longest lists until the text that `render` makes has at most so many bytes. The first entry of a list, which
/// is the worst, always stays: an empty list says that there is nothing.
///
/// # Errors
/// A briefing that does not fit even with every list cut.
pub fn fit(
    brief: &mut Brief,
    max_bytes: usize,
    render: impl Fn(&Brief) -> Result<String, BriefError>,
) -> Result<String, BriefError> {
    shortened(brief, max_bytes, render, |brief| {
        let longest = lists(brief)
            .into_iter()
            .filter(|(list, _)| list.size().1 > 1)
            .max_by_key(|(list, _)| list.size().0);
        let Some((list, command)) = longest else {
            return false;
        };
        let items = list.size().1;
        list.keep(items / 2, &command);
        true
    })
}

/// The text of something that is made shorter, step by step, until it fits. `halve` says whether there was anything left
/// to cut.
pub(crate) fn shortened<T>(
    of: &mut T,
    max_bytes: usize,
    render: impl Fn(&T) -> Result<String, BriefError>,
    halve: impl Fn(&mut T) -> bool,
) -> Result<String, BriefError> {
    loop {
        let text = render(of)?;
        if text.len() <= max_bytes {
            return Ok(text);
        }
        if !halve(of) {
            return Err(BriefError::TooLong {
                wanted: max_bytes,
                least: text.len(),
            });
        }
    }
}

/// The name of a briefing's file: nothing in it leads out of its directory, whatever a user's specialist is called.
pub fn file_name(beginning: &str, specialist: &str, ending: &str) -> String {
    let safe: String = specialist
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(100)
        .collect();
    format!("{beginning}-{safe}.{ending}")
}
