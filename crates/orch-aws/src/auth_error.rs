//! Why credentials do not hold, and what to type next.

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use orch_model::{Cause, Gap};

use crate::auth::{ASSUME_ROLE, ChosenProfile};
use crate::error::{Failure, causes, find};
use crate::watch::PlainHttp;

/// From this difference between two clocks on, AWS refuses signatures.
const TOLERATED_SKEW_S: i64 = 240;

/// Why we could not find out who we are.
#[derive(Debug, thiserror::Error)]
pub enum AwsAuthError {
    /// Neither environment, profile, container nor machine holds credentials.
    #[error("failed to find AWS credentials")]
    NoCredentials {
        /// The profile that was looked into.
        profile: String,
        /// Whether the machine's metadata service was asked.
        asked_machine: bool,
    },
    /// The profile that was named is not in the configuration files.
    #[error("failed to find the AWS profile `{name}`")]
    UnknownProfile {
        /// As named.
        name: String,
        /// The likeliest spelling.
        suggestion: Option<String>,
        /// Every profile there is.
        known: Vec<String>,
    },
    /// The configuration files cannot be read.
    #[error("failed to read the AWS configuration files: {what}")]
    ProfileFile {
        /// What is wrong with them.
        what: String,
    },
    /// The sign-in through IAM Identity Center has run out, or there was none.
    #[error("failed to use the AWS profile `{profile}`: its single sign-on has expired")]
    SsoExpired {
        /// The profile.
        profile: String,
    },
    /// This machine's clock is wrong.
    #[error("failed to sign requests to AWS: this machine's clock is {} {}",
        span(*ahead_s), if *ahead_s > 0 { "ahead" } else { "behind" })]
    ClockSkew {
        /// Our clock minus that of AWS.
        ahead_s: i64,
    },
    /// The credentials have run out.
    #[error("failed to use the AWS credentials: they have expired ({code})")]
    Expired {
        /// The error's code.
        code: String,
    },
    /// AWS does not know the credentials.
    #[error("failed to use the AWS credentials: AWS does not accept them ({code})")]
    InvalidToken {
        /// The error's code.
        code: String,
    },
    /// The role may not be assumed.
    #[error("failed to assume the role `{role}`: {code}")]
    AssumeRoleDenied {
        /// The role.
        role: String,
        /// The error's code.
        code: String,
    },
    /// The source of credentials that is configured gave none.
    #[error("failed to get AWS credentials from the profile `{profile}`: {what}")]
    Source {
        /// The profile.
        profile: String,
        /// What went wrong, without anything secret.
        what: String,
    },
    /// An address that requests must not go to.
    #[error("failed to use {variable}: plain http to a host other than this machine ({url})")]
    PlainHttp {
        /// The variable or setting that names it.
        variable: &'static str,
        /// The address.
        url: String,
    },
    /// An address that is none.
    #[error("failed to use {variable}: `{url}` is not an http or https address")]
    BadEndpoint {
        /// The variable that names it.
        variable: &'static str,
        /// What it holds.
        url: String,
    },
    /// Nobody answered.
    #[error("failed to ask AWS who we are: {gap}")]
    Unreachable {
        /// What happened.
        gap: Gap,
    },
}

impl AwsAuthError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::NoCredentials { asked_machine, .. } => {
                let machine = if *asked_machine {
                    "; this machine's metadata service gave none"
                } else {
                    ""
                };
                format!(
                    "run `aws configure` or `aws sso login`, set AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY, or name a profile with --profile{machine}"
                )
            }
            Self::UnknownProfile { suggestion: Some(suggestion), .. } => {
                format!("did you mean `{suggestion}`?")
            }
            Self::UnknownProfile { known, .. } if known.is_empty() => {
                "there are no profiles yet: run `aws configure --profile NAME`".to_owned()
            }
            Self::UnknownProfile { known, .. } => {
                format!("the profiles are {}", known.join(", "))
            }
            Self::ProfileFile { .. } => {
                "mend the file that AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE name, or \
                 ~/.aws/config and ~/.aws/credentials"
                    .to_owned()
            }
            Self::SsoExpired { profile } => format!("run `aws sso login --profile {profile}`"),
            Self::ClockSkew { .. } => {
                "set this machine's clock, for example with `timedatectl set-ntp true`".to_owned()
            }
            Self::Expired { .. } => {
                "get new credentials, for example with `aws sso login`, and run again".to_owned()
            }
            Self::InvalidToken { .. } => {
                "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the keys of \
                 the profile; they may have been deleted or belong to another partition"
                    .to_owned()
            }
            Self::AssumeRoleDenied { role, .. } => format!(
                "allow sts:AssumeRole on {role}, let its trust policy name you, and check \
                 --external-id"
            ),
            Self::Source { profile, .. } => {
                format!("try `aws sts get-caller-identity --profile {profile}`")
            }
            Self::PlainHttp { .. } => {
                "use https, or http to 127.0.0.1, ::1 or localhost".to_owned()
            }
            Self::BadEndpoint { variable, .. } => {
                format!("write {variable}=https://host, or unset it")
            }
            Self::Unreachable { .. } => {
                "check the network, HTTPS_PROXY and AWS_REGION, and run again".to_owned()
            }
        }
    }

    /// Whether the user asked for something that there is not, as opposed to credentials that do not hold.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownProfile { .. } | Self::PlainHttp { .. } | Self::BadEndpoint { .. }
        )
    }
}

/// A time in words.
fn span(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    if seconds >= 7_200 {
        format!("{} hours", seconds / 3_600)
    } else {
        format!("{} minutes", seconds / 60)
    }
}

/// What a failed question to STS says about the credentials.
pub(crate) fn explain(
    failure: Failure,
    profile: &ChosenProfile,
    role: Option<&str>,
) -> AwsAuthError {
    if let Some(error) = failure.credentials() {
        return explain_source(error, profile, role);
    }
    if let Some(PlainHttp(url)) = failure.source.as_deref().and_then(|source| find(source)) {
        let variable = "the endpoint_url of the AWS configuration";
        return AwsAuthError::PlainHttp {
            variable,
            url: url.clone(),
        };
    }
    let code = failure.code.to_string();
    let signature = matches!(
        failure.code.as_str(),
        "RequestTimeTooSkewed"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "RequestExpired"
            | "AuthFailure"
    );
    match (failure.ahead_s, failure.cause) {
        (Some(ahead_s), _) if signature && ahead_s.abs() >= TOLERATED_SKEW_S => {
            AwsAuthError::ClockSkew { ahead_s }
        }
        (_, Cause::AuthExpired) => AwsAuthError::Expired { code },
        (_, Cause::Denied | Cause::Disabled) => AwsAuthError::InvalidToken { code },
        _ if signature => AwsAuthError::InvalidToken { code },
        _ => AwsAuthError::Unreachable { gap: failure.gap() },
    }
}

/// What the source of the credentials says.
fn explain_source(
    error: &CredentialsError,
    profile: &ChosenProfile,
    role: Option<&str>,
) -> AwsAuthError {
    if let (Some(role), Some(failure)) = (role, assume_role(error)) {
        return match failure.credentials() {
            Some(base) => explain_source(base, profile, None),
            None => {
                let (role, code) = (role.to_owned(), failure.code.to_string());
                AwsAuthError::AssumeRoleDenied { role, code }
            }
        };
    }
    let name = profile.name.clone();
    match error {
        CredentialsError::CredentialsNotLoaded(_) => AwsAuthError::NoCredentials {
            profile: name,
            asked_machine: !machine_is_off(|name| std::env::var(name).ok()),
        },
        // The machine's metadata service comes last: whatever it says, there is nothing else.
        other if find::<ImdsError>(other).is_some() => AwsAuthError::NoCredentials {
            profile: name,
            asked_machine: true,
        },
        // The SDK's own error for this is private; a profile that signs in and fails has signed out.
        CredentialsError::ProviderError(_) | CredentialsError::InvalidConfiguration(_)
            if profile.signs_in =>
        {
            AwsAuthError::SsoExpired { profile: name }
        }
        other => {
            let what = causes(other)
                .last()
                .map_or_else(String::new, ToString::to_string);
            AwsAuthError::Source {
                profile: name,
                what,
            }
        }
    }
}

/// The failed call behind the credentials of a role.
fn assume_role(error: &CredentialsError) -> Option<&Failure> {
    find::<Failure>(error).filter(|failure| failure.operation == ASSUME_ROLE)
}

/// Whether the user turned the machine's metadata service off.
fn machine_is_off(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: &str, cause: Cause, ahead_s: Option<i64>) -> Failure {
        Failure {
            ahead_s,
            ..Failure::new("sts:GetCallerIdentity", cause, code)
        }
    }

    fn sso() -> ChosenProfile {
        ChosenProfile {
            name: "work".to_owned(),
            signs_in: true,
        }
    }

    #[test]
    fn a_wrong_clock_is_told_by_the_date_of_the_answer() {
        let skewed = failure("SignatureDoesNotMatch", Cause::Denied, Some(900));
        let error = explain(skewed, &sso(), None);
        assert_eq!(
            error.to_string(),
            "failed to sign requests to AWS: this machine's clock is 15 minutes ahead"
        );
        let wrong = failure("SignatureDoesNotMatch", Cause::Denied, Some(2));
        assert!(matches!(
            explain(wrong, &sso(), None),
            AwsAuthError::InvalidToken { .. }
        ));
    }

    #[test]
    fn every_failure_has_its_next_step() {
        let no_credentials = || {
            let source = CredentialsError::not_loaded("nothing");
            Failure {
                source: Some(Box::new(source)),
                ..failure("no credentials", Cause::AuthExpired, None)
            }
        };
        let error = explain(no_credentials(), &sso(), None);
        assert!(matches!(&error, AwsAuthError::NoCredentials { profile, .. } if profile == "work"));
        let source = CredentialsError::provider_error("token");
        let expired = Failure {
            source: Some(Box::new(source)),
            ..failure("credentials not renewed", Cause::AuthExpired, None)
        };
        let error = explain(expired, &sso(), None);
        assert_eq!(error.help(), "run `aws sso login --profile work`");
        let denied = Failure::new(ASSUME_ROLE, Cause::Denied, "AccessDenied");
        let role = Failure {
            source: Some(Box::new(CredentialsError::provider_error(denied))),
            ..failure("credentials not renewed", Cause::AuthExpired, None)
        };
        let error = explain(role, &sso(), Some("arn:aws:iam::1:role/audit"));
        assert!(
            matches!(&error, AwsAuthError::AssumeRoleDenied { code, .. } if code == "AccessDenied")
        );
        let expired = failure("ExpiredToken", Cause::AuthExpired, None);
        assert!(matches!(
            explain(expired, &sso(), None),
            AwsAuthError::Expired { .. }
        ));
        let nobody = failure("", Cause::Unreachable, None);
        assert!(matches!(
            explain(nobody, &sso(), None),
            AwsAuthError::Unreachable { .. }
        ));
    }
}
