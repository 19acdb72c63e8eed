//! How bad a finding is, and which is worse.

/// The severities, worst first.
pub(crate) const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];

/// The place of a severity, the worst first; unknown ones are last.
pub(crate) fn place(severity: &str) -> usize {
    let found = SEVERITIES.iter().position(|known| *known == severity);
    found.unwrap_or(SEVERITIES.len())
}
