//! Files of billing in buckets of Cloud Storage.

use std::fs::File;

use async_trait::async_trait;
use orch_collect::{Bucket, CollectError, CollectSettings, FileStore, RemoteFile, Run};
use orch_model::Cause;
use serde_json::Value;

use crate::auth::{self, GcpOptions};
use crate::auth_error::GcpAuthError;
use crate::call::{Ask, Caller};
use crate::error::Failure;
use crate::operations::{Api, get};

const LIST: Api = get(
    "storage.objects.list",
    "storage.googleapis.com/storage/v1/b/{bucket}/o",
);
const GET: Api = get(
    "storage.objects.get",
    "storage.googleapis.com/storage/v1/b/{bucket}/o/{object}",
);
#[cfg(test)]
pub(crate) const FETCHES: [Api; 2] = [GET, LIST];

/// Cloud Storage.
#[derive(Debug)]
pub struct GcpFiles {
    caller: Caller,
}

impl GcpFiles {
    /// Finds credentials.
    ///
    /// # Errors
    /// When there are none that hold.
    pub async fn connect(
        options: &GcpOptions,
        settings: &CollectSettings,
        run: &Run,
    ) -> Result<Self, GcpAuthError> {
        let client = auth::connect(options, settings).await?;
        Ok(Self {
            caller: Caller::discovery(&client, run, None),
        })
    }
}

/// A file of a list.
fn file(item: &Value) -> Option<RemoteFile> {
    Some(RemoteFile {
        name: item["name"].as_str()?.to_owned(),
        size: item["size"].as_str()?.parse().ok()?,
    })
}

#[async_trait]
impl FileStore for GcpFiles {
    async fn list(
        &self,
        bucket: &Bucket,
        from: Option<&str>,
    ) -> Result<(Vec<RemoteFile>, Option<String>), CollectError> {
        let mut ask = Ask::new(LIST)
            .with("bucket", bucket.name.as_str())
            .query("prefix", bucket.prefix.as_str())
            .query("fields", "items(name,size),nextPageToken");
        if let Some(token) = from {
            ask = ask.query("pageToken", token);
        }
        let items = |answer: &Value| answer["items"].as_array().map_or(0, Vec::len);
        let answer = self.caller.call(&ask, items).await?;
        let found: Option<Vec<RemoteFile>> = match answer.get("items") {
            None => Some(Vec::new()),
            Some(items) => items
                .as_array()
                .and_then(|items| items.iter().map(file).collect()),
        };
        let odd = || {
            Failure::new(
                LIST.permission,
                Cause::Undecodable,
                "a file without name or size",
            )
        };
        let next = answer["nextPageToken"].as_str().map(str::to_owned);
        Ok((found.ok_or_else(odd)?, next))
    }

    async fn fetch(
        &self,
        bucket: &Bucket,
        file: &RemoteFile,
        to: &mut File,
    ) -> Result<(), CollectError> {
        let ask = Ask::new(GET)
            .with("bucket", bucket.name.as_str())
            .with("object", file.name.as_str())
            .query("alt", "media");
        self.caller.download(&ask, to).await?;
        Ok(())
    }
}
