//! The name of a resource that holds across accounts, runs and tools.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

/// The identity of a resource: on AWS its ARN (composed with partition and owner account where the API
/// gives none), on Azure the ARM id in lower case, on Google Cloud `//service.googleapis.com/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Uid(SmolStr);

impl Uid {
    /// Takes an identity as the collector composed it.
    pub fn new(uid: impl AsRef<str>) -> Self {
        Self(SmolStr::new(uid))
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identity as shared text.
    pub fn text(&self) -> &SmolStr {
        &self.0
    }

    /// The last part, after the last `/` or `:`: what people call the resource's id.
    pub fn short(&self) -> &str {
        self.0.rsplit(['/', ':']).next().unwrap_or(&self.0)
    }
}

thread_local! {
    /// The uids met lately while reading on this thread, each in the place that its text gives it: most of
    /// those in a snapshot name a network, a subnet or a firewall that was named just before.
    static MET: RefCell<Vec<SmolStr>> = const { RefCell::new(Vec::new()) };
}

/// How many uids one thread keeps for sharing.
const MET_AT_MOST: usize = 1 << 12;

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        if !text.is_heap_allocated() {
            return Ok(Self(text));
        }
        // Uids differ at their ends.
        let place = text.bytes().rev().take(16).fold(text.len(), |place, byte| {
            (place ^ usize::from(byte)).wrapping_mul(0x0100_0193)
        });
        MET.with_borrow_mut(|met| {
            met.resize(MET_AT_MOST, SmolStr::default());
            let known = &mut met[place % MET_AT_MOST];
            if *known != text {
                *known = text;
            }
            Ok(Self(known.clone()))
        })
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Uid {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_read_one_after_the_other_share_their_text() {
        let network = "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a";
        let read: Vec<Uid> = serde_json::from_value(serde_json::json!([
            network,
            "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0b",
            network,
            "short",
        ]))
        .unwrap();
        assert_eq!(read[0].as_str(), network);
        assert_eq!(read[1].short(), "vpc-0b");
        assert_eq!(read[3].as_str(), "short");
        assert!(std::ptr::eq(read[0].as_str(), read[2].as_str()));
    }
}
