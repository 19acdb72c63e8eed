//! How a cloud is read: the traits of a provider and the scheduler that runs its collectors.

mod batch;
mod circuit;
mod context;
pub mod endpoint;
mod error;
mod fetch;
mod garbled;
pub mod listing;
mod nearest;
mod pages;
mod plan;
mod progress;
mod provider;
mod run;
mod schedule;
mod settings;
mod writer;

pub use batch::Batch;
pub use context::{CollectContext, current};
pub use error::{CollectError, CollectFailure, DiscoverError, Disposition};
pub use fetch::{Bucket, FileStore, PriceList, PricePart, RemoteFile};
pub use garbled::GARBLED;
pub use nearest::nearest;
pub use pages::{MOST_PAGES, Pages};
pub use plan::{Estimated, Selection, estimates, join, plan, with_dependencies};
pub use progress::Progress;
pub use provider::{
    Charge, CloudProvider, Collector, CollectorSpec, Discovery, Estimate, Operation, ScopeFilter,
};
pub use run::Run;
pub use schedule::{Collected, collect};
pub use settings::CollectSettings;
pub use url::Url;
