//! The nearest of the words somebody may have meant.

/// Longer words are not compared: nobody mistypes a paragraph, and comparing costs their product.
const LONGEST: usize = 64;

/// The candidate nearest to `word`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let letters = word.chars().count();
    if letters > LONGEST {
        return None;
    }
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| {
            *distance <= 1 + letters.max(candidate.chars().count()) / 4 && *distance < letters
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let words = ["hours", "minutes", "grid", "local_hour"];
        for (word, expected) in [
            ("huors", Some("hours")),
            ("Grid", Some("grid")),
            ("minuets", Some("minutes")),
            ("localhour", Some("local_hour")),
            ("speed", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, words), expected, "{word}");
        }
        assert_eq!(nearest(&"h".repeat(10_000), words), None);
    }
}
