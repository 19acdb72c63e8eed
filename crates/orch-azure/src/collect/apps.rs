//! compute.app: App Service sites and function apps with their web configuration.

use orch_collect::CollectorSpec;
use orch_model::kind::ComputeApp;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};

use super::common::{enabled, min_tls, one, told};
use super::diagnostics;
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::resource;
use crate::names::uid;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Web/sites/read";
const CONFIG: &str = "Microsoft.Web/sites/config/read";
const VERSION: &str = "2023-12-01";

/// The category of requests, and the group that holds it.
const REQUESTS: [&str; 2] = ["AppServiceHTTPLogs", "allLogs"];

/// Sites. Their settings and connection strings hold secrets and are never asked for.
pub(super) struct Apps;

impl ArmList for Apps {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.apps",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeApp)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(CONFIG), free(diagnostics::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Web/sites",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            fields: &[
                "body.runtime",
                "body.min_tls",
                "body.plain_ftp",
                "body.http2",
                "body.remote_debugging",
            ],
            ..Part::one("web", Source::get(CONFIG, "{id}/config/web", VERSION))
        },
        Part {
            fields: &["body.signs_in"],
            ..Part::one(
                "sign-in",
                Source::get(CONFIG, "{id}/config/authsettingsV2", VERSION),
            )
        },
        diagnostics::settings(&["body.logging"]),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let mut body = ComputeApp {
            purpose: Text::new_static(purpose(of)?),
            enabled: Field::seen(of.word("properties.state", &["Running"])?),
            runtime: Field::NotRead,
            https_only: of.seen_bool("properties.httpsOnly")?,
            min_tls: Field::NotRead,
            public_access: enabled(of, "properties.publicNetworkAccess")?,
            public_to: Field::NotRead,
            signs_in: match one(found, "sign-in") {
                Some(sign_in) => signs_in(sign_in)?,
                None => Field::NotRead,
            },
            client_certificates: certificates(of)?,
            identity: identity(of)?,
            plain_ftp: Field::NotRead,
            http2: Field::NotRead,
            remote_debugging: Field::NotRead,
            logging: diagnostics::sends(found, &REQUESTS)?,
            vpc: if told(of, "properties", "virtualNetworkSubnetId")? {
                Field::Value(of.has("properties.virtualNetworkSubnetId"))
            } else {
                Field::NotRead
            },
        };
        if let Some(web) = one(found, "web") {
            body.runtime = runtime(web)?;
            body.min_tls = min_tls(web, "properties.minTlsVersion")?;
            let allowed = web.word("properties.ftpsState", &["AllAllowed"])?;
            body.plain_ftp = Field::seen(allowed);
            // The list of sites has a member of this name too. Microsoft documents the configuration as where the
            // value is (learn.microsoft.com/rest/api/appservice/web-apps/get-configuration), and leaves most
            // members of `siteConfig` null in lists: what stands there is not taken for an answer.
            body.http2 = web.seen_bool("properties.http20Enabled")?;
            body.remote_debugging = web.seen_bool("properties.remoteDebuggingEnabled")?;
            if body.public_access.is_not_read() {
                body.public_access = enabled(web, "properties.publicNetworkAccess")?;
            }
        }
        Ok(vec![resource(around.names, of, Field::NotRead, body, [])?])
    }
}

/// `web`, `function` or `container`, from words like `functionapp,linux,container`.
fn purpose(of: Node<'_>) -> Result<&'static str, Malformed> {
    let kind = of.text("kind")?.unwrap_or_default().to_ascii_lowercase();
    let is = |wanted: &str| kind.split(',').any(|word| word.trim() == wanted);
    Ok(if is("functionapp") {
        "function"
    } else if is("container") {
        "container"
    } else {
        "web"
    })
}

/// What runs it, where one word tells language and version; on Windows none does.
fn runtime(web: Node<'_>) -> Result<Field<Text>, Malformed> {
    for word in ["properties.linuxFxVersion", "properties.windowsFxVersion"] {
        if let Some(runtime) = web.text(word)? {
            return Ok(Field::Value(runtime.to_lowercase().into()));
        }
    }
    Ok(Field::NotRead)
}

/// Whether a caller must sign in before the code runs.
fn signs_in(settings: Node<'_>) -> Result<Field<bool>, Malformed> {
    let Some(is_on) = settings.boolean("properties.platform.enabled")? else {
        return Ok(Field::NotRead);
    };
    let action = "properties.globalValidation.unauthenticatedClientAction";
    let anonymous = settings.word(action, &["AllowAnonymous"])? == Some(true);
    Ok(Field::Value(is_on && !anonymous))
}

/// Whether callers need a certificate. Without a mode it is required where it is on.
fn certificates(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let is_on = of.boolean("properties.clientCertEnabled")?;
    let required = of.word("properties.clientCertMode", &["Required"])?;
    Ok(Field::seen(
        is_on.map(|is_on| is_on && required.unwrap_or(true)),
    ))
}

/// The identity of its own, or the first that was given to it.
fn identity(of: Node<'_>) -> Result<Field<Text>, Malformed> {
    if let Some(own) = of.text("identity.principalId")? {
        return Ok(Field::Value(Text::new(own)));
    }
    let given = of.members("identity.userAssignedIdentities")?;
    let first = given.map(|(id, _)| uid(id)).min();
    Ok(Field::read(first.map(|id| Text::new(id.as_str()))))
}

#[cfg(test)]
#[path = "apps_tests.rs"]
mod tests;
