//! Which Azure is asked, and at which address: one of the three clouds, or a stand-in on this machine.

use std::fmt;
use std::str::FromStr;

use azure_core::cloud::CloudConfiguration;
use azure_core::http::Url;
use orch_collect::endpoint::{fit, is_loopback};

/// The variable that names a stand-in for Resource Manager on this machine.
pub(crate) const VARIABLE: &str = "ORCH_AZURE_ENDPOINT_URL";

/// One of the separate clouds of Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AzureCloud {
    /// The public cloud.
    #[default]
    Public,
    /// Azure operated by 21Vianet.
    China,
    /// Azure Government.
    UsGov,
}

impl AzureCloud {
    /// Every cloud.
    pub const ALL: [Self; 3] = [Self::Public, Self::China, Self::UsGov];

    /// The name used in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::China => "china",
            Self::UsGov => "us-gov",
        }
    }

    /// The partition of its scopes.
    pub(crate) fn partition(self) -> &'static str {
        match self {
            Self::Public => "azure",
            Self::China => "azure-china",
            Self::UsGov => "azure-us-gov",
        }
    }

    /// The address of its Resource Manager.
    pub(crate) fn management(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com/",
            Self::China => "https://management.chinacloudapi.cn/",
            Self::UsGov => "https://management.usgovcloudapi.net/",
        }
    }

    /// What its tokens are asked for.
    pub(crate) fn audience(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com/.default",
            Self::China => "https://management.chinacloudapi.cn/.default",
            Self::UsGov => "https://management.usgovcloudapi.net/.default",
        }
    }

    /// Where people and programs sign in.
    pub(crate) fn login(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::China => "login.chinacloudapi.cn",
            Self::UsGov => "login.microsoftonline.us",
        }
    }

    /// The address at which a directory gives tokens.
    pub(crate) fn tokens_of(self, tenant: &str) -> String {
        format!("https://{}/{tenant}/oauth2/v2.0/token", self.login())
    }

    /// What the SDK calls it.
    pub(crate) fn configuration(self) -> CloudConfiguration {
        match self {
            Self::Public => CloudConfiguration::AzurePublic,
            Self::China => CloudConfiguration::AzureChina,
            Self::UsGov => CloudConfiguration::AzureGovernment,
        }
    }
}

impl fmt::Display for AzureCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AzureCloud {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is not a cloud of Azure; write public, china or us-gov")
            })
    }
}

/// What is wrong with the address of a stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A host that is not this machine.
    Elsewhere,
    /// Not an http address at all.
    NotHttp,
}

/// The address of a stand-in. It gets no credentials, and whatever it says is believed, so it must be on this
/// machine.
pub(crate) fn stand_in(url: &str) -> Result<Url, Unfit> {
    let url = fit(url).map_err(|unfit| match unfit {
        orch_collect::endpoint::Unfit::PlainHttp => Unfit::Elsewhere,
        orch_collect::endpoint::Unfit::NotHttp => Unfit::NotHttp,
    })?;
    if is_loopback(&url) {
        Ok(url)
    } else {
        Err(Unfit::Elsewhere)
    }
}

/// Whether both addresses are of one server.
pub(crate) fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_on_this_machine() {
        for fit in [
            "http://127.0.0.1:5000",
            "http://[::1]:1/",
            "http://localhost:9",
            "https://127.3.2.1",
        ] {
            assert!(stand_in(fit).is_ok(), "{fit}");
        }
        for elsewhere in [
            "http://azure.example",
            "https://management.azure.com",
            "http://127.0.0.1@evil.example",
            "http://localhost.evil.example",
            "http://[2001:db8::1]:80",
        ] {
            assert_eq!(stand_in(elsewhere), Err(Unfit::Elsewhere), "{elsewhere}");
        }
        for other in ["127.0.0.1:5000", "ftp://127.0.0.1", "http://", ""] {
            assert_eq!(stand_in(other), Err(Unfit::NotHttp), "{other}");
        }
    }

    #[test]
    fn clouds_have_names_and_addresses_of_their_own() {
        for cloud in AzureCloud::ALL {
            assert_eq!(cloud.as_str().parse(), Ok(cloud));
            let token = cloud.audience().trim_end_matches(".default");
            assert_eq!(token, cloud.management());
        }
        assert!("germany".parse::<AzureCloud>().is_err());
    }
}
