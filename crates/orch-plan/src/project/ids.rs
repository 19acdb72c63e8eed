//! Which words are ids in a project file: they stand in commands, and in the `after` of other tasks.

/// Small letters, digits and hyphens, at least one of them.
pub(crate) fn is_id(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !word.is_empty() && word.chars().all(fits)
}

/// The id that a word becomes: rules and clouds of users are named as their files are.
pub(crate) fn id_of(word: &str) -> String {
    let one = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '-',
    };
    word.chars().map(one).collect()
}
