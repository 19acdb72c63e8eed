//! Tests of who we are: what the variables of the environment add up to.

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
