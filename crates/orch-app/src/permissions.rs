//! The read policy that the collectors of a selection need.

use crate::setup::{Prepared, Setup};
use crate::{AppError, Mistake, clouds};

/// The policy as JSON text, in the cloud's own format.
///
/// # Errors
/// When nothing names one provider, or this build lacks it, or options or rules are wrong.
pub fn permissions(setup: &Setup) -> Result<String, AppError> {
    let prepared = Prepared::of(setup)?;
    let refuse = |message: &str, help: String| AppError::usage(Mistake::new(message, help));
    let provider = match prepared.options.providers.as_deref() {
        Some([provider]) => *provider,
        Some(several) => {
            let each: Vec<String> = several
                .iter()
                .map(|provider| format!("`orch permissions --provider {provider}`"))
                .collect();
            return Err(refuse(
                "each cloud has a policy of its own, in a form of its own: name one provider",
                format!("type {}", each.join(", then ")),
            ));
        }
        None => {
            let help = "type `orch permissions --provider aws`";
            return Err(refuse("no provider is named", help.to_owned()));
        }
    };
    let names = prepared.collector_names(provider)?;
    serde_json::to_string_pretty(&clouds::policy(provider, &names)?)
        .map(|policy| policy + "\n")
        .map_err(|error| AppError::Internal(error.to_string()))
}
