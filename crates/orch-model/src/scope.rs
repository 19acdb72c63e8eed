//! Where something is read: provider, partition, account and region.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// The region of the one scope per account and partition that holds what has no region.
pub const GLOBAL_REGION: &str = "global";

/// A cloud.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 3] = [Self::Aws, Self::Azure, Self::Gcp];

    /// The name used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Provider {
    type Err = ParseScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str() == text)
            .ok_or_else(|| ParseScopeError(text.into()))
    }
}

/// The four parts of a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeParts {
    /// The cloud.
    pub provider: Provider,
    /// The partition of the cloud: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: SmolStr,
    /// AWS account, Azure subscription, Google Cloud project.
    pub account: SmolStr,
    /// The region, or [`GLOBAL_REGION`].
    pub region: SmolStr,
}

/// One account in one region of one cloud, shared by everything read there.
///
/// Its text is `provider:partition:account:region`, for example `aws:aws:123456789012:eu-west-1`.
#[derive(Debug, Clone)]
pub struct Scope(Arc<ScopeParts>);

impl Scope {
    /// A scope of these parts.
    pub fn new(
        provider: Provider,
        partition: impl Into<SmolStr>,
        account: impl Into<SmolStr>,
        region: impl Into<SmolStr>,
    ) -> Self {
        Self(Arc::new(ScopeParts {
            provider,
            partition: partition.into(),
            account: account.into(),
            region: region.into(),
        }))
    }

    /// Whether this is the account's scope for what has no region.
    pub fn is_global(&self) -> bool {
        self.0.region == GLOBAL_REGION
    }

    /// The account's scope for what has no region.
    pub fn global(&self) -> Self {
        if self.is_global() {
            self.clone()
        } else {
            self.in_region(GLOBAL_REGION)
        }
    }

    /// The same account in another region.
    pub fn in_region(&self, region: impl Into<SmolStr>) -> Self {
        Self(Arc::new(ScopeParts {
            region: region.into(),
            ..(*self.0).clone()
        }))
    }

    /// Whether both scopes are of one account of one partition.
    pub fn same_account(&self, other: &Self) -> bool {
        self.provider == other.provider
            && self.partition == other.partition
            && self.account == other.account
    }
}

impl Deref for Scope {
    type Target = ScopeParts;

    fn deref(&self) -> &ScopeParts {
        &self.0
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Scope {}

impl PartialOrd for Scope {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scope {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            Ordering::Equal
        } else {
            self.0.cmp(&other.0)
        }
    }
}

impl Hash for Scope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}:{}",
            self.provider, self.partition, self.account, self.region
        )
    }
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope; write provider:partition:account:region")]
pub struct ParseScopeError(SmolStr);

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseScopeError(text.into());
        let mut parts = text.split(':');
        let (Some(provider), Some(partition), Some(account), Some(region), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(error());
        };
        if partition.is_empty() || account.is_empty() || region.is_empty() {
            return Err(error());
        }
        let provider = provider.parse().map_err(|_| error())?;
        Ok(Self::new(provider, partition, account, region))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

thread_local! {
    /// The scopes met while reading on this thread: a snapshot has few, its resources are many.
    static SEEN: RefCell<Vec<(SmolStr, Scope)>> = const { RefCell::new(Vec::new()) };
}

/// How many scopes one thread keeps for sharing.
const SEEN_AT_MOST: usize = 256;

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SmolStr::deserialize(deserializer)?;
        SEEN.with_borrow_mut(|seen| {
            if let Some((_, scope)) = seen.iter().rev().find(|(known, _)| *known == text) {
                return Ok(scope.clone());
            }
            let scope: Self = text.parse().map_err(serde::de::Error::custom)?;
            if seen.len() >= SEEN_AT_MOST {
                seen.clear();
            }
            seen.push((text, scope.clone()));
            Ok(scope)
        })
    }
}
