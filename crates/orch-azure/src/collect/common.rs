//! What several collectors read in the same way: switches, versions of TLS, private endpoints, ranges.

use orch_model::kind::AllowedRange;
use orch_model::{Cidr, Field, Text};

use super::list::Element;
use crate::node::{Malformed, Node};

/// The only element of a part that is one thing; none when it was not read or there is none.
pub(super) fn one<'e>(found: &'e Element, part: &str) -> Option<Node<'e>> {
    found.part(part)?.first().map(Element::node)
}

/// A switch that is one of two words. Other words mean something between them, which is neither.
pub(super) fn either(
    of: Node<'_>,
    path: &str,
    on: &str,
    off: &str,
) -> Result<Field<bool>, Malformed> {
    Ok(match of.text(path)? {
        Some(word) if word.eq_ignore_ascii_case(on) => Field::Value(true),
        Some(word) if word.eq_ignore_ascii_case(off) => Field::Value(false),
        _ => Field::NotRead,
    })
}

/// A switch whose words are `Enabled` and `Disabled`.
pub(super) fn enabled(of: Node<'_>, path: &str) -> Result<Field<bool>, Malformed> {
    either(of, path, "Enabled", "Disabled")
}

/// What a missing property stands for where it is known that the answer's version has it. Old versions leave
/// properties out, so the caller says by what it knows.
pub(super) fn or_default<T>(read: Option<T>, is_current: bool, default: T) -> Field<T> {
    match read {
        Some(read) => Field::Value(read),
        None if is_current => Field::Value(default),
        None => Field::NotRead,
    }
}

/// Whether a member is there, be it null.
pub(super) fn told(of: Node<'_>, parent: &str, name: &str) -> Result<bool, Malformed> {
    Ok(of.at(parent)?.value().get(name).is_some())
}

/// A version of TLS without the words around it: `TLS1_2`, `TLSv1.2` and `1.2` are `1.2`. None where a word
/// stands for no version at all.
pub(super) fn tls(word: &str) -> Option<Text> {
    let digits: String = word
        .chars()
        .filter(|letter| letter.is_ascii_digit() || matches!(letter, '_' | '.'))
        .map(|letter| if letter == '_' { '.' } else { letter })
        .collect();
    match digits.as_str() {
        "" => None,
        "1" => Some(Text::new_static("1.0")),
        _ => Some(Text::from(digits)),
    }
}

/// The oldest version of TLS that a word allows.
pub(super) fn min_tls(of: Node<'_>, path: &str) -> Result<Field<Text>, Malformed> {
    Ok(match of.text(path)? {
        Some(word) => Field::read(tls(word)),
        None => Field::NotRead,
    })
}

/// How many private endpoints are approved.
pub(super) fn private_endpoints(of: Node<'_>) -> Result<Field<i64>, Malformed> {
    const PATH: &str = "properties.privateEndpointConnections";
    if !of.has(PATH) {
        return Ok(Field::NotRead);
    }
    let mut approved = 0;
    for one in of.list(PATH)? {
        let status = "properties.privateLinkServiceConnectionState.status";
        approved += i64::from(one.word(status, &["Approved"])? == Some(true));
    }
    Ok(Field::Value(approved))
}

/// The ranges of a server's firewall rules.
pub(super) fn ranges(rules: Option<&[Element]>) -> Result<Field<Vec<AllowedRange>>, Malformed> {
    let Some(rules) = rules else {
        return Ok(Field::NotRead);
    };
    let mut ranges = Vec::with_capacity(rules.len());
    for rule in rules {
        let rule = rule.node();
        let address = |path: &str| match rule.address(path)? {
            Some(address) => Ok(address),
            None => Err(rule.missing(path)),
        };
        ranges.push(AllowedRange {
            name: Text::new(rule.required("name")?),
            first: address("properties.startIpAddress")?,
            last: address("properties.endIpAddress")?,
        });
    }
    ranges.sort_by(|one, other| {
        (one.first, one.last, &one.name).cmp(&(other.first, other.last, &other.name))
    });
    Ok(Field::Value(ranges))
}

/// Address blocks, sorted, each once.
pub(super) fn blocks<'a>(of: Node<'a>, path: &str, member: &str) -> Result<Vec<Cidr>, Malformed> {
    let mut blocks = of
        .list(path)?
        .filter_map(|one| one.block(member).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    blocks.sort_unstable();
    blocks.dedup();
    Ok(blocks)
}

/// Texts, sorted, each once.
pub(super) fn texts(found: impl IntoIterator<Item = Text>) -> Vec<Text> {
    let mut texts: Vec<Text> = found.into_iter().collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_of_tls_are_spelt_in_one_way() {
        for (word, version) in [
            ("TLS1_2", Some("1.2")),
            ("TLSv1.3", Some("1.3")),
            ("TLSv1", Some("1.0")),
            ("TLSEnforcementDisabled", None),
            ("None", None),
        ] {
            assert_eq!(tls(word).as_deref(), version, "{word}");
        }
    }

    #[test]
    fn a_word_between_on_and_off_is_not_read() {
        let body = json!({ "a": "enabled", "b": "Disabled", "c": "SecuredByPerimeter" });
        let read = |path| enabled(Node::of(&body), path).unwrap();
        assert_eq!(read("a"), Field::Value(true));
        assert_eq!(read("b"), Field::Value(false));
        assert_eq!(read("c"), Field::NotRead);
        assert_eq!(read("d"), Field::NotRead);
    }

    #[test]
    fn only_approved_private_endpoints_count() {
        let one = |status: &str| json!({ "properties": { "privateLinkServiceConnectionState": { "status": status } } });
        let body = json!({ "properties": {
            "privateEndpointConnections": [one("Approved"), one("Pending"), one("approved")],
        } });
        assert_eq!(private_endpoints(Node::of(&body)), Ok(Field::Value(2)));
        let none = json!({ "properties": {} });
        assert_eq!(private_endpoints(Node::of(&none)), Ok(Field::NotRead));
    }
}
