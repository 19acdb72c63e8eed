//! Whether an answer arrived whole. The SDK takes XML that breaks off for a shorter list.

use std::fmt;

/// An answer that breaks off, or is empty where every answer says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer breaks off")
    }
}

impl std::error::Error for BrokenOff {}

/// Whether the body of a good answer is whole, as far as its outermost element tells. Parsers of the other
/// formats notice by themselves.
pub(crate) fn check(body: &[u8]) -> Result<(), BrokenOff> {
    let body = body.trim_ascii();
    if body.first() != Some(&b'<') {
        return if body.is_empty() {
            Err(BrokenOff)
        } else {
            Ok(())
        };
    }
    let (root, rest) = root(body).ok_or(BrokenOff)?;
    let closed = body
        .strip_suffix(b">")
        .map(<[u8]>::trim_ascii_end)
        .and_then(|body| body.strip_suffix(root))
        .is_some_and(|body| body.ends_with(b"</"));
    // The outermost element may hold nothing and end with its own tag.
    let empty = rest.ends_with(b"/>") && !rest[..rest.len() - 1].contains(&b'>');
    if closed || empty {
        Ok(())
    } else {
        Err(BrokenOff)
    }
}

/// The name of the outermost element, and what follows it.
fn root(mut body: &[u8]) -> Option<(&[u8], &[u8])> {
    loop {
        let rest = body.trim_ascii_start().strip_prefix(b"<")?;
        if !rest.starts_with(b"?") && !rest.starts_with(b"!") {
            let end = rest
                .iter()
                .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
            return Some(rest.split_at(end));
        }
        // A declaration or a comment comes first.
        let end = rest.iter().position(|byte| *byte == b'>')?;
        body = &rest[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_breaks_off_is_no_shorter_list() {
        for whole in [
            "<R xmlns=\"x\"><item/></R>",
            "<?xml version=\"1.0\"?>\n<R><a>1</a></R >\n",
            "<R/>",
            "<?xml version=\"1.0\"?><R/>",
            "{\"json\": true}",
            "\u{1}cbor",
        ] {
            assert_eq!(check(whole.as_bytes()), Ok(()), "{whole}");
        }
        for broken in [
            "",
            "  \n",
            "<R><item><id>1",
            "<R><item/></R",
            "<R><set><item/></set>",
            "<R><item/>",
            "<?xml version=\"1.0\"?>",
            "<",
        ] {
            assert_eq!(check(broken.as_bytes()), Err(BrokenOff), "{broken}");
        }
    }
}
