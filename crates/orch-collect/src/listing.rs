//! Lists of files as XML: S3 and Blob Storage tell theirs alike, with other words.

use xmlparser::{ElementEnd, Token, Tokenizer};

use crate::RemoteFile;

/// How a service names what there is.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The element of a file.
    pub file: &'static str,
    /// Its name, in it.
    pub name: &'static str,
    /// Its size, in it.
    pub size: &'static str,
    /// Where the list goes on; it is empty or missing on the last page.
    pub next: &'static str,
}

/// Deeper than any list is.
const DEEPEST: usize = 64;

/// What is read so far.
#[derive(Default)]
struct List {
    files: Vec<RemoteFile>,
    name: String,
    size: String,
    next: String,
}

/// The files of a page and where the list goes on; none where the text is no whole list of files with names and
/// sizes.
pub fn read(xml: &str, words: &Words) -> Option<(Vec<RemoteFile>, Option<String>)> {
    let mut open: Vec<&str> = Vec::new();
    let mut list = List::default();
    let mut seen = false;
    for token in Tokenizer::from(xml) {
        match token.ok()? {
            Token::ElementStart { local, .. } => {
                open.push(local.as_str());
                seen = true;
                if open.len() > DEEPEST {
                    return None;
                }
                if local.as_str() == words.file {
                    list.name.clear();
                    list.size.clear();
                }
            }
            Token::ElementEnd { end, .. } => {
                let closed = match end {
                    ElementEnd::Open => continue,
                    ElementEnd::Empty => open.pop()?,
                    ElementEnd::Close(_, local) => {
                        open.pop().filter(|name| *name == local.as_str())?
                    }
                };
                if closed == words.file {
                    list.files.push(RemoteFile {
                        name: (!list.name.is_empty()).then(|| list.name.clone())?,
                        size: list.size.trim().parse().ok()?,
                    });
                }
            }
            Token::Text { text } => list.append(&unescaped(text.as_str())?, &open, words),
            Token::Cdata { text, .. } => list.append(text.as_str(), &open, words),
            // A list declares no document type and no entities.
            Token::DtdStart { .. } | Token::EmptyDtd { .. } | Token::EntityDeclaration { .. } => {
                return None;
            }
            _ => {}
        }
    }
    let whole = seen && open.is_empty();
    whole.then(|| {
        let next = (!list.next.is_empty()).then_some(list.next);
        (list.files, next)
    })
}

impl List {
    /// Takes a text where its element stands in the right one.
    fn append(&mut self, text: &str, open: &[&str], words: &Words) {
        let Some((element, above)) = open.split_last() else {
            return;
        };
        let in_file = above.contains(&words.file);
        let place = match (in_file, *element) {
            (true, one) if one == words.name => &mut self.name,
            (true, one) if one == words.size => &mut self.size,
            (false, one) if one == words.next => &mut self.next,
            _ => return,
        };
        place.push_str(text);
    }
}

/// A text without `&amp;` and `&#38;`.
fn unescaped(text: &str) -> Option<String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (entity, after) = after.split_once(';')?;
        whole.push_str(before);
        whole.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let number = other.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = after;
    }
    whole.push_str(rest);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S3: Words = Words {
        file: "Contents",
        name: "Key",
        size: "Size",
        next: "NextContinuationToken",
    };

    #[test]
    fn a_page_has_files_and_a_place_to_go_on() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"x\"><Name>bills</Name>\
            <Prefix>a/</Prefix><NextContinuationToken>1/&lt;x=</NextContinuationToken>\
            <Contents><Key>a/b &amp; c&#33;.csv</Key><Size>12</Size><Owner><ID>1</ID></Owner></Contents>\
            <Contents><Key>a/d.csv</Key><Size>0</Size></Contents></ListBucketResult>";
        let (files, next) = read(xml, &S3).unwrap();
        let told: Vec<(&str, u64)> = files
            .iter()
            .map(|file| (file.name.as_str(), file.size))
            .collect();
        assert_eq!(told, [("a/b & c!.csv", 12), ("a/d.csv", 0)]);
        assert_eq!(next.as_deref(), Some("1/<x="));
        let (files, next) =
            read("<ListBucketResult><Name>b</Name></ListBucketResult>", &S3).unwrap();
        assert!(files.is_empty() && next.is_none());
    }

    #[test]
    fn what_is_no_whole_list_is_none() {
        for xml in [
            "",
            "no list",
            "<a><Contents><Key>x</Key>",
            "<a><Contents><Size>1</Size></Contents></a>",
            "<a><Contents><Key>x</Key><Size>many</Size></Contents></a>",
            "<!DOCTYPE a [<!ENTITY b \"x\">]><a></a>",
            "<a><Contents><Key>&bomb;</Key><Size>1</Size></Contents></a>",
        ] {
            assert!(read(xml, &S3).is_none(), "{xml}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(read(&deep, &S3).is_none());
    }
}
