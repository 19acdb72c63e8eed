//! The next step for each reason why something is not known.

/// What to do about a cause (`denied`, `excluded`, …), in one short sentence; nothing for what the provider or
/// the price list does not tell.
pub fn next_step(cause: &str, provider: &str) -> Option<String> {
    Some(match cause {
        "denied" => {
            format!(
                "allow the call; `orch permissions --provider {provider}` prints the read policy"
            )
        }
        "disabled" => "enable the service, or accept it with --allow-gaps=disabled".to_owned(),
        "throttled" => "run again later, or lower network.concurrency in orch.toml".to_owned(),
        "timed-out" => {
            "check the network, or raise the deadlines under [network] in orch.toml".to_owned()
        }
        "server-error" => "run again later: the provider failed on its side".to_owned(),
        "unreachable" => "check network, proxy and endpoint, then run again".to_owned(),
        "skipped-after-failures" => {
            "cure the failures of the same host listed beside it, then run again".to_owned()
        }
        "undecodable" | "paging-broken" => {
            "run again; if it stays, report it with the operation named".to_owned()
        }
        "auth-expired" => "sign in again, then go on with `orch collect --resume`".to_owned(),
        "cancelled" => "run it to the end, or go on with `orch collect --resume`".to_owned(),
        "budget-reached" => {
            "raise --max-api-cost; `orch audit --plan` prints what it takes".to_owned()
        }
        "not-collected" => "collect a new snapshot with this version of orch".to_owned(),
        "excluded" => "leave out the option that excludes it".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use orch_model::Cause;

    use super::*;

    #[test]
    fn every_cause_has_a_step_of_its_own() {
        for cause in Cause::ALL {
            assert!(next_step(cause.as_str(), "aws").is_some(), "{cause}");
        }
        assert_eq!(next_step("untold", "aws"), None);
    }
}
