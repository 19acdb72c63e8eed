//! How a service principal shows who it is with a certificate: what is in its file, and the assertion that it signs.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use azure_core::error::ErrorKind;
use azure_core::http::ClientMethodOptions;
use azure_core::time::OffsetDateTime;
use azure_core::{Uuid, base64};
use azure_identity::ClientAssertion;
use pem::Pem;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use serde_json::json;

/// How long an assertion may be shown. A token is asked for at once; what is left is for clocks that differ.
const HOLDS: Duration = Duration::from_secs(600);

/// Why a file is of no use to sign in with. Nothing of what it holds is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFlaw {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
    /// PKCS#12 or DER.
    #[error("it is not text in PEM, but PKCS#12 or DER")]
    Binary,
    /// PEM that does not end, or nothing in it.
    #[error("it is not PEM")]
    NotPem,
    /// No certificate.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// No private key.
    #[error("there is no private key in it")]
    NoKey,
    /// The key is encrypted.
    #[error("its private key is encrypted, and AZURE_CLIENT_CERTIFICATE_PASSWORD is not set")]
    NoPassword,
    /// The password is another one.
    #[error("AZURE_CLIENT_CERTIFICATE_PASSWORD does not open its private key")]
    WrongPassword,
    /// Encrypted in a way that is not built in, triple DES for one.
    #[error("its private key is encrypted in a way that is not known")]
    OldEncryption,
    /// Not an RSA key, or a short one.
    #[error("its private key is not an RSA key of 2048 bits or more")]
    NotRsa,
    /// The key and the certificates are strangers.
    #[error("none of its certificates belongs to its private key")]
    Strangers,
}

impl CertificateFlaw {
    /// What to do next about a file of this path.
    pub(crate) fn help(self, path: &str) -> String {
        let then = "and let AZURE_CLIENT_CERTIFICATE_PATH name the new file";
        match self {
            Self::Unreadable(_) => "check that the file is there and may be read".to_owned(),
            Self::Binary => format!(
                "convert it with `openssl pkcs12 -in '{path}' -nodes -out certificate.pem`, {then}"
            ),
            Self::NotPem | Self::NoCertificate | Self::NoKey => {
                "name a PEM file with both the certificate and its private key, one after the other".to_owned()
            }
            Self::NoPassword | Self::WrongPassword => {
                "set AZURE_CLIENT_CERTIFICATE_PASSWORD to the password of the private key".to_owned()
            }
            Self::OldEncryption => format!(
                "encrypt the key anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -in \
                 '{path}'`, put the certificate beside it, {then}"
            ),
            Self::NotRsa => {
                "make an RSA key with its certificate, and add the certificate to the application in Entra ID"
                    .to_owned()
            }
            Self::Strangers => "put the certificate that was made for the private key into the file".to_owned(),
        }
    }
}

/// A certificate with its private key.
pub(crate) struct Certificate {
    key: RsaKeyPair,
    /// By which Entra ID finds the certificate.
    thumbprint: String,
}

impl Certificate {
    /// What is in a file.
    pub(crate) fn read(path: &Path, password: Option<&str>) -> Result<Self, CertificateFlaw> {
        let text =
            std::fs::read(path).map_err(|error| CertificateFlaw::Unreadable(error.kind()))?;
        Self::of(&text, password)
    }

    fn of(text: &[u8], password: Option<&str>) -> Result<Self, CertificateFlaw> {
        // A sequence in DER, as both a certificate and PKCS#12 begin.
        if text.first() == Some(&0x30) {
            return Err(CertificateFlaw::Binary);
        }
        let parts = pem::parse_many(text).map_err(|_| CertificateFlaw::NotPem)?;
        if parts.is_empty() {
            return Err(CertificateFlaw::NotPem);
        }
        let certificates: Vec<&Pem> = parts
            .iter()
            .filter(|part| part.tag() == "CERTIFICATE")
            .collect();
        if certificates.is_empty() {
            return Err(CertificateFlaw::NoCertificate);
        }
        let key = parts
            .iter()
            .find(|part| part.tag().ends_with("PRIVATE KEY"))
            .ok_or(CertificateFlaw::NoKey)?;
        let key = private_key(key, password)?;
        // The chain may stand in the file too, in any order. A certificate holds its public key in the very bytes
        // that the key pair gives.
        let public = key.public_key().as_ref();
        let own = certificates
            .into_iter()
            .find(|one| {
                one.contents()
                    .windows(public.len())
                    .any(|part| part == public)
            })
            .ok_or(CertificateFlaw::Strangers)?;
        let thumbprint = base64::encode_url_safe(digest(&SHA256, own.contents()));
        Ok(Self { key, thumbprint })
    }

    /// What proves to an audience, for a while from now on, that we are this client.
    fn assertion(
        &self,
        client: &str,
        audience: &str,
    ) -> Result<String, aws_lc_rs::error::Unspecified> {
        // PS256 and the longer thumbprint are what Microsoft documents for Entra ID today; RS256 with SHA-1 is
        // what it documented before (learn.microsoft.com/entra/identity-platform/certificate-credentials).
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let now = OffsetDateTime::now_utc();
        let claims = json!({
            "aud": audience,
            "iss": client,
            "sub": client,
            "jti": Uuid::new_v4().to_string(),
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp(),
            "exp": (now + HOLDS).unix_timestamp(),
        });
        let part = |value: &serde_json::Value| base64::encode_url_safe(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(
            &RSA_PSS_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", base64::encode_url_safe(signature)))
    }
}

/// The key in a part of a file.
fn private_key(part: &Pem, password: Option<&str>) -> Result<RsaKeyPair, CertificateFlaw> {
    let der = part.contents();
    // Encryption that PEM itself once had.
    if part.headers().get("DEK-Info").is_some() {
        return Err(CertificateFlaw::OldEncryption);
    }
    let key = match part.tag() {
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(der),
        "ENCRYPTED PRIVATE KEY" => {
            let password = password.ok_or(CertificateFlaw::NoPassword)?;
            let sealed = EncryptedPrivateKeyInfoRef::try_from(der)
                .map_err(|_| CertificateFlaw::OldEncryption)?;
            let open = sealed.decrypt(password).map_err(|error| match error {
                pkcs8::Error::EncryptedPrivateKey(
                    pkcs8::pkcs5::Error::NoPbes1CryptSupport
                    | pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }
                    | pkcs8::pkcs5::Error::AlgorithmParametersInvalid { .. },
                ) => CertificateFlaw::OldEncryption,
                _ => CertificateFlaw::WrongPassword,
            })?;
            // One wrong password in some hundreds gives something, but no key.
            PrivateKeyInfoRef::try_from(open.as_bytes())
                .map_err(|_| CertificateFlaw::WrongPassword)?;
            RsaKeyPair::from_pkcs8(open.as_bytes())
        }
        _ => RsaKeyPair::from_pkcs8(der),
    };
    key.map_err(|_| CertificateFlaw::NotRsa)
}

/// Signs one assertion for each token that is asked for.
pub(crate) struct Signer {
    pub(crate) certificate: Certificate,
    pub(crate) client: String,
    /// The address that tokens are asked of.
    pub(crate) audience: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

#[async_trait]
impl ClientAssertion for Signer {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let signed = self.certificate.assertion(&self.client, &self.audience);
        signed.map_err(|_| {
            azure_core::Error::with_message(
                ErrorKind::Credential,
                "the private key of the certificate does not sign",
            )
        })
    }
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;
