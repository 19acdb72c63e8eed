//! Files of billing in buckets of S3.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use orch_collect::{Bucket, CollectError, CollectSettings, FileStore, RemoteFile, Run, listing};
use orch_model::Cause;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::auth::{self, AwsOptions};
use crate::auth_error::AwsAuthError;
use crate::endpoint::{S3, stand_in};
use crate::error::Failure;
use crate::plain::{Plain, Refusal, Signer};

pub(crate) const LIST: &str = "s3:ListBucket";
pub(crate) const GET: &str = "s3:GetObject";

/// How lists name what there is.
const WORDS: listing::Words = listing::Words {
    file: "Contents",
    name: "Key",
    size: "Size",
    next: "NextContinuationToken",
};

/// What stays as it is in a query, and in the path of a file.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const KEPT_IN_PATH: &AsciiSet = &KEPT.remove(b'/');

/// Buckets of S3.
#[derive(Debug)]
pub struct AwsFiles {
    plain: Plain,
    signer: Signer,
    /// A stand-in for S3, where one is named.
    instead: Option<String>,
    /// What the names of hosts of the partition end with.
    suffix: &'static str,
    /// Where the bucket is, once it was told.
    region: Mutex<Option<String>>,
}

impl AwsFiles {
    /// Finds credentials.
    ///
    /// # Errors
    /// When there are none that hold.
    pub async fn connect(
        options: &AwsOptions,
        settings: &CollectSettings,
        run: &Run,
    ) -> Result<Self, AwsAuthError> {
        let instead = stand_in(&S3, |name| std::env::var(name).ok())?;
        let (config, identity) = auth::connect(options, settings, run).await?;
        let region = config
            .region()
            .map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        let signer = Signer::of(&config, region).ok_or_else(|| AwsAuthError::ProfileFile {
            what: "there are no credentials in it".to_owned(),
        })?;
        Ok(Self {
            plain: Plain::new(settings, run),
            signer,
            instead,
            suffix: match identity.partition.as_str() {
                "aws-cn" => "amazonaws.com.cn",
                _ => "amazonaws.com",
            },
            region: Mutex::new(None),
        })
    }

    fn signer(&self) -> Signer {
        let known = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        let mut signer = self.signer.clone();
        if let Some(region) = &*known {
            signer.region.clone_from(region);
        }
        signer
    }

    fn url(&self, bucket: &str, region: &str, rest: &str) -> String {
        match &self.instead {
            Some(base) => format!("{base}/{bucket}{rest}"),
            // By its path: names with dots have no certificate of their own.
            None => format!("https://s3.{region}.{}/{bucket}{rest}", self.suffix),
        }
    }

    /// Asks in the region of the bucket: whoever asks elsewhere is told where it is.
    async fn get(
        &self,
        operation: &'static str,
        bucket: &Bucket,
        rest: &str,
        to: &mut File,
    ) -> Result<(), CollectError> {
        if !is_name(&bucket.name) {
            let what = "the name can be of no bucket";
            return Err(Failure::new(operation, Cause::Denied, what).into());
        }
        let mut moved = false;
        loop {
            let signer = self.signer();
            let url = self.url(&bucket.name, &signer.region, rest);
            let Err(refusal) = self.plain.get(operation, &url, Some(&signer), to).await else {
                return Ok(());
            };
            match refusal {
                Refusal {
                    region: Some(region),
                    ..
                } if !moved && region != signer.region && is_name(&region) => {
                    moved = true;
                    let mut known = self.region.lock().unwrap_or_else(PoisonError::into_inner);
                    *known = Some(region);
                }
                refusal => return Err(refusal.failure.into()),
            }
        }
    }
}

/// Small letters, digits, dots and dashes.
fn is_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && !name.contains("..")
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.'
        })
}

#[async_trait]
impl FileStore for AwsFiles {
    async fn list(
        &self,
        bucket: &Bucket,
        from: Option<&str>,
    ) -> Result<(Vec<RemoteFile>, Option<String>), CollectError> {
        // Sorted by name, as the signature wants it.
        let mut query = String::from("?");
        if let Some(token) = from {
            let token = utf8_percent_encode(token, KEPT);
            query.push_str(&format!("continuation-token={token}&"));
        }
        let prefix = utf8_percent_encode(&bucket.prefix, KEPT);
        query.push_str(&format!("list-type=2&prefix={prefix}"));
        let odd = |what| CollectError::from(Failure::undecodable(LIST, what));
        let lost = |error: std::io::Error| odd("the list cannot be kept").caused_by(error);
        let mut file = tempfile::tempfile().map_err(lost)?;
        self.get(LIST, bucket, &query, &mut file).await?;
        let mut text = String::new();
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .map_err(lost)?;
        listing::read(&text, &WORDS).ok_or_else(|| odd("the answer is no list of files"))
    }

    async fn fetch(
        &self,
        bucket: &Bucket,
        file: &RemoteFile,
        to: &mut File,
    ) -> Result<(), CollectError> {
        let path = format!("/{}", utf8_percent_encode(&file.name, KEPT_IN_PATH));
        self.get(GET, bucket, &path, to).await
    }
}
