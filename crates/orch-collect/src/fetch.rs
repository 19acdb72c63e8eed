//! What is fetched without an audit: price lists, page by page, and files out of buckets.

use std::fs::File;

use async_trait::async_trait;
use orch_model::Text;

use crate::CollectError;

/// A part of a cloud's price list that is fetched by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePart {
    /// Its name, the same in every run: `AmazonEC2.us-east-1`. Letters, digits, dots and dashes.
    pub name: String,
    /// Where it is, as only its cloud understands it.
    pub place: String,
    /// The region that it is about, where the list is told region by region.
    pub region: Option<String>,
}

/// A cloud's price list.
#[async_trait]
pub trait PriceList: Send + Sync {
    /// The parts that there are. A list that does not say which regions there are is asked about these.
    async fn parts(&self, regions: &[Text]) -> Result<Vec<PricePart>, CollectError>;

    /// Writes one page of a part into an empty file: the first, or the one that the page before named. Names the
    /// next one.
    async fn page(
        &self,
        part: &PricePart,
        from: Option<&str>,
        to: &mut File,
    ) -> Result<Option<String>, CollectError>;
}

/// A place in a cloud's store of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The account that the bucket is part of, where names are only known there (Azure).
    pub account: Option<String>,
    /// The bucket.
    pub name: String,
    /// How the names of the files begin; empty: all.
    pub prefix: String,
}

/// A file in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its whole name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A cloud's store of files. It is only read.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// A page of the files of a place: the first, or the one that the page before named. Names the next one.
    async fn list(
        &self,
        bucket: &Bucket,
        from: Option<&str>,
    ) -> Result<(Vec<RemoteFile>, Option<String>), CollectError>;

    /// Writes a file into an empty one.
    async fn fetch(
        &self,
        bucket: &Bucket,
        file: &RemoteFile,
        to: &mut File,
    ) -> Result<(), CollectError>;
}
