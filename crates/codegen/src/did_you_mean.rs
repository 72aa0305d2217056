//! Finds the name that was probably meant.

/// The candidate that `name` is a typing mistake of, if one is near enough: at most one wrong, missing, additional or
/// swapped letter per three letters of the name.
pub(crate) fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let longest = name.chars().count();
    let near = candidates.into_iter().filter_map(|candidate| {
        let mistakes = distance(&name.to_lowercase(), &candidate.to_lowercase());
        (mistakes <= longest.max(candidate.chars().count()).div_ceil(3) && mistakes < longest)
            .then_some((mistakes, candidate))
    });
    near.min_by_key(|(mistakes, _)| *mistakes).map(|(_, candidate)| candidate)
}

/// How many letters must be changed, added, removed or swapped with their neighbour to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_previous: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (row, letter) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let replaced = previous[column] + usize::from(letter != *other);
            let mut fewest = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && letter == b[column - 1] && last == Some(*other) {
                fewest = fewest.min(before_previous[column - 1] + 1);
            }
            current.push(fewest);
        }
        before_previous = std::mem::replace(&mut previous, current);
        last = Some(letter);
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let names = ["Row", "UserCounts", "all_rows", "no-transaction", "id"];
        for (name, meant) in [
            ("Rwo", Some("Row")),
            ("row", Some("Row")),
            ("UserCount", Some("UserCounts")),
            ("allrows", Some("all_rows")),
            ("no-transactions", Some("no-transaction")),
            ("ids", Some("id")),
            ("x", None),
            ("Column", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(name, names), meant, "{name}");
        }
    }

    #[test]
    fn swapped_letters_count_once() {
        assert_eq!(
            [("ab", "ba"), ("kitten", "sitting"), ("", "abc"), ("größe", "grösse")].map(|(a, b)| distance(a, b)),
            [1, 3, 3, 2]
        );
    }
}
