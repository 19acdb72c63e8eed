//! What a misspelt name of a region was meant to be.

/// The known name that is likeliest meant, if one is near.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names of clouds are in small letters, whatever people type.
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&typed, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.len().max(typed.len()))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour() {
        for (typed, known, meant) in [
            ("us-esat-1", ["us-east-1", "us-west-1"], Some("us-east-1")),
            ("eu-west1", ["eu-west-1", "eu-west-2"], Some("eu-west-1")),
            ("westeurpoe", ["westeurope", "westus"], Some("westeurope")),
            (
                "europe-wset1",
                ["europe-west1", "europe-west4"],
                Some("europe-west1"),
            ),
            ("US-EAST-1", ["us-east-1", "us-west-1"], Some("us-east-1")),
            ("mars", ["us-east-1", "westus"], None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }
}
