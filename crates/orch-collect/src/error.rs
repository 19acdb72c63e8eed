//! What can end a read, a discovery or a whole collection.

use std::time::Duration;

use orch_model::{Cause, Gap, Text};
use orch_snapshot::SnapshotError;

/// What a failed call means for what comes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// Worth another attempt, after this time where the service names one. A scheduler that is handed this
    /// takes it as a gap: attempts belong around one call, never around a whole read.
    Retry(Option<Duration>),
    /// This read is over; everything else goes on.
    Gap(Gap),
    /// The credentials do not hold any longer: nothing else needs to be tried.
    Abort,
}

/// Why a collector could not read on. Made in one place per provider, from the errors of its SDK.
#[derive(Debug, thiserror::Error)]
#[error("failed to read on: {gap}")]
pub struct CollectError {
    gap: Gap,
    disposition: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Retry(Option<Duration>),
    Gap,
    Abort,
}

impl CollectError {
    /// This read is over.
    pub fn gap(gap: Gap) -> Self {
        Self {
            gap,
            disposition: Kind::Gap,
            source: None,
        }
    }

    /// Worth another attempt; `gap` is what is recorded when attempts run out.
    pub fn retry(after: Option<Duration>, gap: Gap) -> Self {
        Self {
            gap,
            disposition: Kind::Retry(after),
            source: None,
        }
    }

    /// The credentials are expired or refused: everything left of the run is not read for this cause.
    pub fn abort(detail: impl Into<Text>) -> Self {
        let gap = Gap::new(Cause::AuthExpired, detail);
        Self {
            gap,
            disposition: Kind::Abort,
            source: None,
        }
    }

    /// Keeps the cause for logs. What is recorded stays the gap, which holds code and operation only.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What it means for what comes after it.
    pub fn disposition(&self) -> Disposition {
        match self.disposition {
            Kind::Retry(after) => Disposition::Retry(after),
            Kind::Gap => Disposition::Gap(self.gap.clone()),
            Kind::Abort => Disposition::Abort,
        }
    }

    /// What is recorded of it.
    pub fn recorded(&self) -> &Gap {
        &self.gap
    }

    /// The cause, for logs.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.source.as_deref()
    }
}

impl From<Gap> for CollectError {
    fn from(gap: Gap) -> Self {
        Self::gap(gap)
    }
}

/// Why a provider could not say who it is and which regions there are.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No credentials, or none that hold: exit code 5.
    #[error("failed to find valid credentials: {what}")]
    Credentials {
        /// What is wrong with them.
        what: String,
        /// The next step.
        help: String,
    },
    /// The user named a region that there is not: exit code 2.
    #[error("failed to select regions: there is no region `{region}`")]
    UnknownRegion {
        /// As typed.
        region: String,
        /// The next step, with the likeliest spelling.
        help: String,
    },
    /// The user named an account that the credentials do not see: exit code 2.
    #[error("failed to select accounts: the credentials see no account `{account}`")]
    UnknownAccount {
        /// As typed.
        account: String,
        /// The next step, with those that can be seen.
        help: String,
    },
    /// The user named what cannot be an account: exit code 2.
    #[error("failed to select accounts: `{account}` is not {kind}")]
    MalformedAccount {
        /// As typed.
        account: String,
        /// What it should be.
        kind: &'static str,
        /// What that looks like.
        help: String,
    },
    /// Every region is left out: exit code 2.
    #[error("failed to select regions: no region is left to audit")]
    NoRegion {
        /// The next step.
        help: String,
    },
    /// The provider was not reached or did not answer as it should.
    #[error("failed to reach the provider: {gap}")]
    Provider {
        /// What happened.
        gap: Gap,
        /// The next step.
        help: String,
    },
}

impl DiscoverError {
    /// What to do next.
    pub fn help(&self) -> &str {
        match self {
            Self::Credentials { help, .. }
            | Self::UnknownRegion { help, .. }
            | Self::UnknownAccount { help, .. }
            | Self::MalformedAccount { help, .. }
            | Self::NoRegion { help }
            | Self::Provider { help, .. } => help,
        }
    }
}

/// Why a collection as a whole could not go on. What was read until then stays in `DIR.partial`.
#[derive(Debug, thiserror::Error)]
pub enum CollectFailure {
    /// The snapshot directory cannot be written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A collector was named that the provider does not have.
    #[error("failed to plan the collection: there is no collector `{0}`")]
    UnknownCollector(String),
    /// Collectors wait for each other.
    #[error("failed to plan the collection: `{0}` comes after itself")]
    Circular(String),
    /// The thread that writes the snapshot is gone.
    #[error("failed to write the snapshot: its writer has stopped")]
    WriterGone,
}

impl CollectFailure {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Snapshot(error) => error.help(),
            Self::UnknownCollector(_) => {
                "use a collector's name as `orch permissions` lists it".into()
            }
            Self::Circular(_) | Self::WriterGone => "please report this as an error in orch".into(),
        }
    }
}
