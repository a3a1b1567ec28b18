//! The name somebody probably meant.

/// The candidate that `word` is a slip of the finger away from, if there is one.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut two_ago: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut before = None;
    for (row, a) in one.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut cost = at(&last, column) + usize::from(a != *b);
            cost = cost.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column.checked_sub(1).is_some_and(|left| other.get(left) == Some(&a) && before == Some(*b));
            if swapped {
                cost = cost.min(at(&two_ago, column - 1) + 1);
            }
            current.push(cost);
        }
        two_ago = std::mem::replace(&mut last, current);
        before = Some(a);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = ["keep", "keep-days", "password-command", "to", "user"];
        assert_eq!(nearest("keep-day", names), Some("keep-days"));
        assert_eq!(nearest("keep_days", names), Some("keep-days"));
        assert_eq!(nearest("usre", names), Some("user"));
        assert_eq!(nearest("Password_Comand", names), Some("password-command"));
        assert_eq!(nearest("frobnicate", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
