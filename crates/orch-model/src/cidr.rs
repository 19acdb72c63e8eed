//! An address block of either family.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

/// An IPv4 or IPv6 block in CIDR notation; a bare address is a block of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Cidr(IpNet);

impl Cidr {
    /// The block with its host bits cleared.
    pub fn net(&self) -> IpNet {
        self.0.trunc()
    }
}

impl FromStr for Cidr {
    type Err = ipnet::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<IpNet>()
            .or_else(|error| {
                text.parse::<std::net::IpAddr>()
                    .map(IpNet::from)
                    .map_err(|_| error)
            })
            .map(Self)
    }
}

impl TryFrom<Cow<'_, str>> for Cidr {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, Self::Error> {
        text.parse()
            .map_err(|_| format!("`{text}` is not an address block"))
    }
}

/// Room for the longest IPv4 block.
#[derive(Default)]
struct Line {
    bytes: [u8; 18],
    length: usize,
}

impl Line {
    fn push(&mut self, byte: u8) {
        if let Some(room) = self.bytes.get_mut(self.length) {
            *room = byte;
            self.length += 1;
        }
    }

    fn number(&mut self, number: u8) {
        if number >= 100 {
            self.push(b'0' + number / 100);
        }
        if number >= 10 {
            self.push(b'0' + number / 10 % 10);
        }
        self.push(b'0' + number % 10);
    }
}

/// Written without a heap block, and IPv4 without the machinery of formatting: firewalls hold many.
impl Serialize for Cidr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let IpNet::V4(net) = self.0 else {
            return serializer.collect_str(self);
        };
        let mut line = Line::default();
        for (place, octet) in net.addr().octets().into_iter().enumerate() {
            if place > 0 {
                line.push(b'.');
            }
            line.number(octet);
        }
        line.push(b'/');
        line.number(net.prefix_len());
        match std::str::from_utf8(line.bytes.get(..line.length).unwrap_or_default()) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.collect_str(self),
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Cidr {
    fn schema_name() -> Cow<'static, str> {
        "Cidr".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "cidr" })
    }
}
