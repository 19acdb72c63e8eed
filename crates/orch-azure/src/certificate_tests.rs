//! Tests of certificates: files as tools write them, and a sign-in by TLS.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use azure_core::http::{Transport, Url};
use orch_testkit::loopback::{Loopback, ok};
use orch_testkit::tls::Front;
use pkcs8::pkcs5::pbes2::Parameters;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::Value;

use super::*;
use crate::auth::{AzureOptions, credential};
use crate::auth_error::AzureAuthError;
use crate::endpoint::AzureCloud;

const TENANT: &str = "22222222-0000-0000-0000-000000000000";
const CLIENT: &str = "33333333-0000-0000-0000-000000000000";
const PASSWORD: &str = "canary-password";

/// A key of RSA and a certificate for it, made once: that takes a while.
struct Pair {
    key: KeyPair,
    certificate: String,
    der: Vec<u8>,
}

static PAIR: LazyLock<Pair> = LazyLock::new(pair);

fn pair() -> Pair {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let (certificate, der) = certificate(&key);
    Pair {
        key,
        certificate,
        der,
    }
}

fn certificate(key: &KeyPair) -> (String, Vec<u8>) {
    let made = CertificateParams::new(Vec::new()).unwrap();
    let made = made.self_signed(key).unwrap();
    (made.pem(), made.der().to_vec())
}

/// The key with a password on it.
fn sealed() -> String {
    let key = PAIR.key.serialize_der();
    let info = PrivateKeyInfoRef::try_from(key.as_slice()).unwrap();
    let how = Parameters::generate_pbkdf2_sha256_aes256cbc(1000, b"saltsalt", [7; 16]).unwrap();
    let sealed = info.encrypt_with_params(how, PASSWORD).unwrap();
    pem::encode(&Pem::new("ENCRYPTED PRIVATE KEY", sealed.as_bytes()))
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&base64::decode_url_safe(text).unwrap()).unwrap()
}

/// What is wrong with an assertion for this client and audience by the key of `PAIR`.
fn told(assertion: &str, audience: &str) {
    let parts: Vec<&str> = assertion.split('.').collect();
    assert_eq!(parts.len(), 3);
    let header = part(parts[0]);
    assert_eq!(header["alg"], "PS256");
    let thumbprint = base64::decode_url_safe(header["x5t#S256"].as_str().unwrap()).unwrap();
    assert_eq!(thumbprint, digest(&SHA256, &PAIR.der).as_ref());
    let claims = part(parts[1]);
    assert_eq!(claims["aud"], audience);
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!(CLIENT), &json!(CLIENT))
    );
    assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
    let (begins, ends) = (
        claims["nbf"].as_i64().unwrap(),
        claims["exp"].as_i64().unwrap(),
    );
    assert_eq!(ends - begins, 600);
    let public = RsaKeyPair::from_pkcs8(&PAIR.key.serialize_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public.public_key().as_ref());
    let signature = base64::decode_url_safe(parts[2]).unwrap();
    let signed = format!("{}.{}", parts[0], parts[1]);
    public.verify(signed.as_bytes(), &signature).unwrap();
}

/// Signs in by TLS at the real addresses with the certificate in a file of this text, as a server of ours sees it.
async fn sign_in(
    text: &str,
    password: Option<&str>,
    cloud: AzureCloud,
) -> Result<(Front, Loopback), AzureAuthError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("certificate.pem");
    std::fs::write(&path, text).unwrap();
    let token =
        json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "canary-token" });
    let server = Loopback::start(move |_, _, _| ok(&token)).unwrap();
    let address: Url = cloud.tokens_of(TENANT).parse().unwrap();
    let front = Front::start(&[(address.host_str().unwrap(), &server.url)]).unwrap();
    let root = reqwest::Certificate::from_pem(front.root.as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([root])
        .proxy(reqwest::Proxy::https(&front.url).unwrap());
    let transport = Transport::new(Arc::new(client.build().unwrap()));
    let options = AzureOptions {
        cloud,
        ..AzureOptions::default()
    };
    let (credential, from) = credential(&options, transport, |name| {
        Some(match name {
            "AZURE_TENANT_ID" => TENANT.to_owned(),
            "AZURE_CLIENT_ID" => CLIENT.to_owned(),
            "AZURE_CLIENT_CERTIFICATE_PATH" => path.to_str().unwrap().to_owned(),
            "AZURE_CLIENT_CERTIFICATE_PASSWORD" => password?.to_owned(),
            _ => return None,
        })
    })
    .await?;
    assert_eq!(from, "service principal of the environment");
    let token = credential
        .get_token(&[cloud.audience()], None)
        .await
        .unwrap();
    assert_eq!(token.token.secret(), "canary-token");
    Ok((front, server))
}

#[tokio::test]
async fn a_certificate_signs_in_at_the_directory_of_each_cloud() {
    let text = format!("{}{}", PAIR.certificate, PAIR.key.serialize_pem());
    for cloud in AzureCloud::ALL {
        let (_front, server) = sign_in(&text, None, cloud).await.unwrap();
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        let audience = cloud.tokens_of(TENANT);
        assert!(audience.ends_with(&asked[0].path), "{asked:?}");
        let form: Vec<(String, String)> = {
            let mut form = asked[0].clone();
            form.query = form.body.clone();
            form.pairs()
        };
        let field = |name: &str| {
            let found = form.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str()).unwrap()
        };
        assert_eq!(field("grant_type"), "client_credentials");
        assert_eq!(field("client_id"), CLIENT);
        assert_eq!(field("scope"), cloud.audience());
        assert_eq!(
            field("client_assertion_type"),
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        told(field("client_assertion"), &audience);
    }
}

#[test]
fn keys_are_read_in_each_of_their_forms_and_beside_a_chain() {
    let other = certificate(&KeyPair::generate().unwrap()).0;
    let plain = PAIR.key.serialize_pem();
    let own = &PAIR.certificate;
    let bags = format!("Bag Attributes\n    localKeyID: 01\n{plain}subject=CN = x\n{other}{own}");
    // The same key in its older form, as it stands within the newer.
    let info = PAIR.key.serialize_der();
    let inner = PrivateKeyInfoRef::try_from(info.as_slice()).unwrap();
    let older = pem::encode(&Pem::new("RSA PRIVATE KEY", inner.private_key.as_bytes()));
    for (text, password) in [
        (format!("{plain}{own}"), None),
        (bags, None),
        (format!("{own}{older}"), None),
        (format!("{own}{}", sealed()), Some(PASSWORD)),
        // A password that is not needed does no harm.
        (format!("{own}{plain}"), Some("x")),
    ] {
        let read = Certificate::of(text.as_bytes(), password);
        let read = read.unwrap_or_else(|flaw| panic!("{flaw}: {text}"));
        told(&read.assertion(CLIENT, "a").unwrap(), "a");
    }
}

#[tokio::test]
async fn a_file_of_no_use_says_why_and_what_to_do_and_nothing_of_what_it_holds() {
    let (own, key) = (&PAIR.certificate, PAIR.key.serialize_pem());
    let other = certificate(&KeyPair::generate().unwrap()).0;
    let curve = KeyPair::generate().unwrap();
    let curve = format!("{}{}", certificate(&curve).0, curve.serialize_pem());
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
               DEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    // An algorithm that nobody knows.
    let (aes, none) = (
        [0x86, 0x48, 1, 0x65, 3, 4, 1, 42],
        [0x86, 0x48, 1, 0x65, 3, 4, 9, 9],
    );
    let mut odd = pem::parse(sealed()).unwrap().into_contents();
    let at = odd.windows(8).position(|part| part == aes).unwrap();
    odd[at..at + 8].copy_from_slice(&none);
    let odd = pem::encode(&Pem::new("ENCRYPTED PRIVATE KEY", odd));
    for (text, password, says, help) in [
        (
            "0\u{1}canary".to_owned(),
            None,
            "PKCS#12",
            "openssl pkcs12 -in '",
        ),
        ("canary".to_owned(), None, "not PEM", "PEM file"),
        (key.clone(), None, "no certificate", "PEM file"),
        (own.clone(), None, "no private key", "PEM file"),
        (
            format!("{own}{}", sealed()),
            None,
            "encrypted",
            "CERTIFICATE_PASSWORD",
        ),
        (
            format!("{own}{}", sealed()),
            Some("wrong"),
            "does not open",
            "CERTIFICATE_PASSWORD",
        ),
        (
            format!("{own}{old}"),
            Some(PASSWORD),
            "not known",
            "openssl pkcs8",
        ),
        (
            format!("{own}{odd}"),
            Some(PASSWORD),
            "not known",
            "openssl pkcs8",
        ),
        (
            format!("{other}{key}"),
            None,
            "belongs",
            "certificate that was made",
        ),
        (curve, None, "RSA", "RSA key"),
    ] {
        let error = sign_in(&text, password, AzureCloud::Public)
            .await
            .unwrap_err();
        let message = error.to_string();
        assert!(message.contains(says), "{says}: {message}");
        assert!(error.help().contains(help), "{help}: {}", error.help());
        assert!(!error.is_usage());
        let all = format!("{message}{}{error:?}", error.help());
        assert!(!all.contains("canary") && !all.contains("BEGIN"), "{all}");
    }
    let missing = Certificate::read(Path::new("/nowhere/at/all.pem"), None)
        .err()
        .unwrap();
    assert_eq!(
        missing,
        CertificateFlaw::Unreadable(std::io::ErrorKind::NotFound)
    );
    let folder = Certificate::read(Path::new("/"), None).err().unwrap();
    assert!(matches!(folder, CertificateFlaw::Unreadable(_)));
}

#[test]
fn what_signs_does_not_show_itself() {
    let text = format!("{}{}", PAIR.certificate, PAIR.key.serialize_pem());
    let signer = Signer {
        certificate: Certificate::of(text.as_bytes(), None).ok().unwrap(),
        client: CLIENT.to_owned(),
        audience: "a".to_owned(),
    };
    assert_eq!(format!("{signer:?}"), "Signer { .. }");
}
