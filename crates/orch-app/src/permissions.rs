//! The read policy that the collectors of a selection need.

use crate::setup::{Prepared, Setup};
use crate::{AppError, Mistake, clouds};

/// The policy as JSON text, in the cloud's own format.
///
/// # Errors
/// When nothing names one provider, or this build lacks it, or options or rules are wrong.
pub fn permissions(setup: &Setup) -> Result<String, AppError> {
    let prepared = Prepared::of(setup)?;
    let one = |message: &str| {
        let help = "type `orch permissions --provider aws`";
        AppError::usage(Mistake::new(message, help))
    };
    let provider = match prepared.options.providers.as_deref() {
        Some([provider]) => *provider,
        Some(_) => return Err(one("each cloud has a policy of its own: name one provider")),
        None => return Err(one("no provider is named")),
    };
    let names = prepared.collector_names(provider)?;
    serde_json::to_string_pretty(&clouds::policy(provider, &names)?)
        .map(|policy| policy + "\n")
        .map_err(|error| AppError::Internal(error.to_string()))
}
