//! Files of billing in containers of Blob Storage.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use async_trait::async_trait;
use azure_core::http::Url;
use orch_collect::{Bucket, CollectError, CollectSettings, FileStore, RemoteFile, Run, listing};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::auth::{self, AzureOptions};
use crate::auth_error::AzureAuthError;
use crate::call::{Ask, Caller};
use crate::client::Client;
use crate::collect::Source;
use crate::endpoint::AzureCloud;
use crate::error::Failure;

pub(crate) const LIST: Source = Source::get(
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "/{container}",
    "2021-12-02",
);
pub(crate) const GET: Source = Source::get(
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "/{container}/{+blob}",
    "2021-12-02",
);

/// What tokens are asked for, the same in every cloud of Azure.
const AUDIENCE: &str = "https://storage.azure.com/.default";

/// What stays as it is in the path of a file.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// How lists name what there is.
const WORDS: listing::Words = listing::Words {
    file: "Blob",
    name: "Name",
    size: "Content-Length",
    next: "NextMarker",
};

/// The files of a storage account.
#[derive(Debug)]
pub struct AzureFiles {
    client: Client,
    caller: Caller,
}

/// Where the files of an account are.
fn official(account: &str, cloud: AzureCloud) -> Result<Url, AzureAuthError> {
    let end = match cloud {
        AzureCloud::Public => "core.windows.net",
        AzureCloud::China => "core.chinacloudapi.cn",
        AzureCloud::UsGov => "core.usgovcloudapi.net",
    };
    let is_name = (3..=24).contains(&account.len())
        && account
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let url = Url::parse(&format!("https://{account}.blob.{end}/"));
    match url {
        Ok(url) if is_name => Ok(url),
        _ => Err(AzureAuthError::Client {
            what: "the name of a storage account has 3 to 24 small letters and digits".to_owned(),
        }),
    }
}

impl AzureFiles {
    /// Finds credentials.
    ///
    /// # Errors
    /// When there are none that hold, or the name can be of no account.
    pub async fn connect(
        account: &str,
        options: &AzureOptions,
        settings: &CollectSettings,
        run: &Run,
    ) -> Result<Self, AzureAuthError> {
        let official = official(account, options.cloud)?;
        Ok(Self {
            client: auth::connect_files(official, AUDIENCE, options, settings).await?,
            caller: Caller::discovery(run, None),
        })
    }
}

#[async_trait]
impl FileStore for AzureFiles {
    async fn list(
        &self,
        bucket: &Bucket,
        from: Option<&str>,
    ) -> Result<(Vec<RemoteFile>, Option<String>), CollectError> {
        let mut query = vec![
            ("restype", "container"),
            ("comp", "list"),
            ("prefix", bucket.prefix.as_str()),
        ];
        query.extend(from.map(|marker| ("marker", marker)));
        let ask = Ask::of_files(&self.client, &LIST, &format!("/{}", bucket.name), query);
        let odd = |what| Failure::undecodable(LIST.operation, what);
        let lost = |error: std::io::Error| {
            CollectError::from(odd("the list cannot be kept")).caused_by(error)
        };
        let mut file = tempfile::tempfile().map_err(lost)?;
        self.caller.download(&self.client, &ask, &mut file).await?;
        let mut text = String::new();
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .map_err(lost)?;
        listing::read(&text, &WORDS).ok_or_else(|| odd("the answer is no list of files").into())
    }

    async fn fetch(
        &self,
        bucket: &Bucket,
        file: &RemoteFile,
        to: &mut File,
    ) -> Result<(), CollectError> {
        let name = utf8_percent_encode(&file.name, KEPT);
        let path = format!("/{}/{name}", bucket.name);
        let ask = Ask::of_files(&self.client, &GET, &path, []);
        self.caller.download(&self.client, &ask, to).await?;
        Ok(())
    }
}
