//! Tests of who we are: what the variables of the environment add up to.

use azure_core::credentials::{AccessToken, TokenRequestOptions};

use super::*;

fn of(set: &[(&str, &str)]) -> Result<Principal, AzureAuthError> {
    principal(|name| {
        set.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn a_service_principal_is_whole_or_a_mistake() {
    assert!(matches!(of(&[]), Ok(Principal::None)));
    // Names a managed identity, too.
    assert!(matches!(
        of(&[("AZURE_CLIENT_ID", "c")]),
        Ok(Principal::None)
    ));
    let (tenant, client) = (("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"));
    let secret = ("AZURE_CLIENT_SECRET", "s");
    let path = ("AZURE_CLIENT_CERTIFICATE_PATH", "x");
    let file = ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/token");
    let found = of(&[tenant, client, file]);
    assert!(matches!(found, Ok(Principal::Workload)));
    let found = of(&[tenant, client, path, file]);
    assert!(matches!(found, Ok(Principal::Certificate { .. })));
    let found = of(&[tenant, client, secret, path, file]);
    assert!(matches!(found, Ok(Principal::Secret { .. })));
    for named in [secret, path, file] {
        for (there, missing) in [(tenant, "AZURE_CLIENT_ID"), (client, "AZURE_TENANT_ID")] {
            let Err(error) = of(&[there, named]) else {
                panic!("{named:?} without {missing}")
            };
            assert!(error.to_string().contains(missing), "{error}");
            assert!(!error.is_usage());
        }
    }
}

/// A sign-in that ends as it is told, or never.
#[derive(Debug)]
struct SignIn(Option<&'static str>);

#[async_trait::async_trait]
impl TokenCredential for SignIn {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        match self.0 {
            Some(why) => Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Credential,
                why,
            )),
            None => std::future::pending().await,
        }
    }
}

async fn sign_in(outcome: Option<&'static str>) -> AzureAuthError {
    let settings = CollectSettings {
        attempt: Duration::from_millis(20),
        ..CollectSettings::default()
    };
    let cloud = AzureCloud::Public;
    let tokens = Tokens::Of(Arc::new(SignIn(outcome)), cloud.audience());
    let address = official(&AzureOptions::default()).unwrap();
    let client = Client::new(address, None, tokens, &settings).unwrap();
    let signed = signed_in(&client, cloud, ENVIRONMENT).await;
    signed.unwrap_err()
}

#[tokio::test]
async fn a_sign_in_that_nobody_answers_ends_and_names_the_host() {
    let error = sign_in(None).await;
    assert_eq!(error.unreachable().unwrap().cause, Cause::TimedOut);
    for text in [error.to_string(), error.help()] {
        assert!(text.contains("login.microsoftonline.com"), "{text}");
    }
    let error = sign_in(Some("AADSTS7000215: no such secret.")).await;
    assert!(error.unreachable().is_none());
    assert!(error.to_string().contains("AADSTS7000215"), "{error}");
}
