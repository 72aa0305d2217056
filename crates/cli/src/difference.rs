//! The difference of two texts, line by line.

/// One line of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'t> {
    Removed(&'t str),
    Added(&'t str),
}

/// The lines that only one of the texts has, in order; unchanged lines are left out.
///
/// The longest common subsequence of what is between the common beginning and the common end.
pub(crate) fn lines<'t>(old: &'t str, new: &'t str) -> Vec<Line<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    let width = new.len() + 1;
    // The length of the longest common subsequence of what follows each pair of places.
    let mut lengths = vec![0_usize; (old.len() + 1) * width];
    for at in (0..old.len()).rev() {
        for other in (0..new.len()).rev() {
            lengths[at * width + other] = if old[at] == new[other] {
                lengths[(at + 1) * width + other + 1] + 1
            } else {
                lengths[(at + 1) * width + other].max(lengths[at * width + other + 1])
            };
        }
    }
    let (mut at, mut other) = (0, 0);
    let mut found = Vec::new();
    while at < old.len() || other < new.len() {
        if at < old.len() && other < new.len() && old[at] == new[other] {
            (at, other) = (at + 1, other + 1);
        } else if other == new.len()
            || (at < old.len() && lengths[(at + 1) * width + other] >= lengths[at * width + other + 1])
        {
            found.push(Line::Removed(old[at]));
            at += 1;
        } else {
            found.push(Line::Added(new[other]));
            other += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(old: &str, new: &str) -> String {
        let line = |line: &Line<'_>| match line {
            Line::Removed(text) => format!("-{text}"),
            Line::Added(text) => format!("+{text}"),
        };
        lines(old, new).iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_the_lines_of_one_text_are_listed_in_order() {
        assert_eq!(difference("a\nb\nc\n", "a\nb\nc"), "");
        assert_eq!(difference("a\nb\nc", "a\nx\nc"), "-b +x");
        assert_eq!(difference("", "a"), "+a");
        assert_eq!(difference("a\nb", ""), "-a -b");
        assert_eq!(difference("a\nb\nc\nd\ne", "b\nc\ny\ne\nz"), "-a -d +y +z");
    }
}
