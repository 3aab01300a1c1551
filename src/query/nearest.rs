//! How it is said that nothing has a name, and which of the names that exist was perhaps meant.

/// The candidate nearest to `name` by edit distance in characters, ignoring case; none if all are
/// far. Two neighbours exchanged are one edit. The first of equals wins.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let allowed = match wanted.len() {
        0 | 1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let distance = |candidate: &&str| {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        edits(&wanted, &letters)
    };
    let measured = candidates.into_iter().map(|candidate| (distance(&candidate), candidate));
    let best = measured.filter(|(distance, _)| *distance <= allowed).min_by_key(|(d, _)| *d);
    best.map(|(_, candidate)| candidate)
}

/// The question to ask about a misspelt name, if a name is near.
pub fn did_you_mean<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(name, candidates).map(|meant| format!("did you mean {meant}?"))
}

/// The least number of insertions, deletions, replacements and exchanges of neighbours.
fn edits(one: &[char], two: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in two.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut least = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let exchanged =
                row > 0 && column > 0 && one[row - 1] == *other && two[column - 1] == *letter;
            if exchanged {
                least = least.min(before_last[column - 1] + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[two.len()]
}

/// Says that something is missing, of which there may be one or a set.
pub fn there_is_no(what: &str) -> String {
    let verb = if is_set(what) { "are" } else { "is" };
    format!("there {verb} no {what}")
}

/// Says what a name is of.
pub fn it_is(name: &str, what: &str) -> String {
    if is_set(what) { format!("{name} holds {what}") } else { format!("{name} is a {what}") }
}

fn is_set(what: &str) -> bool {
    ["itemsets", "templates"].contains(&what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_one_or_two_edits() {
        let stages = ["WORDS", "NGRAMS", "WHERE"];
        assert_eq!(nearest("NGRMAS", stages), Some("NGRAMS"));
        assert_eq!(nearest("wrods", stages), Some("WORDS"));
        assert_eq!(nearest("wher", stages), Some("WHERE"));
        assert_eq!(nearest("cluster", stages), None);
        assert_eq!(nearest("x", stages), None);
    }

    #[test]
    fn characters_count_once_in_any_script() {
        assert_eq!(nearest("红楼孟", ["红楼梦", "三国"]), Some("红楼梦"));
        assert_eq!(nearest("", [""]), Some(""));
    }
}
