//! What the word of a protocol means.

use super::{TCP, UDP};

/// The numbers of protocols that have names; the most frequent first.
const NAMED: [(&str, u8); 9] = [
    ("tcp", TCP),
    ("udp", UDP),
    ("icmp", 1),
    ("icmpv6", 58),
    ("esp", 50),
    ("ah", 51),
    ("gre", 47),
    ("ipip", 4),
    ("sctp", 132),
];

/// What an entry says of protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocols {
    /// Every one.
    All,
    /// The one with this number.
    One(u8),
}

impl Protocols {
    /// What a word means, in whatever case; `None` of one that may mean any.
    pub fn of(word: &str) -> Option<Self> {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if is("all") || word == "-1" {
            return Some(Self::All);
        }
        let named = NAMED.iter().find(|(known, _)| is(known));
        let number = named.map(|(_, number)| *number);
        number.or_else(|| word.parse().ok()).map(Self::One)
    }
}
