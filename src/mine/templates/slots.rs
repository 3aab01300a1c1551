//! What fills the slots of one template, clause by clause.

use std::ops::Range;

use crate::mine::templates::template::Template;

/// A template that is fitted to whole clauses. Its words may be spelled by several tokens in a row,
/// for whoever writes a template does not know how a lexicon cuts.
pub struct Fitting {
    parts: Vec<Option<String>>,
    /// By part and place: whether that much is known not to fit.
    failed: Vec<bool>,
    slots: Vec<Range<usize>>,
}

impl Fitting {
    /// Fits a template whose words are spelled by `spelled` as those of the clauses are.
    pub fn new(template: &Template, spelled: impl Fn(&str) -> String) -> Self {
        let parts = template.parts().map(|part| part.map(&spelled)).collect();
        Fitting { parts, failed: Vec::new(), slots: Vec::new() }
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.parts.iter().filter(|part| part.is_none()).count()
    }

    /// The words that fill each slot where the template fits the clause from its first word to its
    /// last. Where it fits in several ways, the earlier slots are as short as possible.
    pub fn fit(&mut self, clause: &[&str]) -> Option<&[Range<usize>]> {
        self.failed.clear();
        self.failed.resize((self.parts.len() + 1) * (clause.len() + 1), false);
        self.slots.clear();
        self.fits(0, 0, clause).then_some(self.slots.as_slice())
    }

    fn fits(&mut self, part: usize, place: usize, clause: &[&str]) -> bool {
        let at = part * (clause.len() + 1) + place;
        if self.failed[at] {
            return false;
        }
        let fits = match self.parts.get(part) {
            None => place == clause.len(),
            Some(Some(word)) => match after(word, clause, place) {
                Some(next) => self.fits(part + 1, next, clause),
                None => false,
            },
            Some(None) => (place + 1..=clause.len()).any(|next| {
                self.slots.push(place..next);
                let fits = self.fits(part + 1, next, clause);
                if !fits {
                    self.slots.pop();
                }
                fits
            }),
        };
        self.failed[at] = !fits;
        fits
    }
}

/// The place after the tokens that spell a word.
fn after(word: &str, clause: &[&str], place: usize) -> Option<usize> {
    let mut rest = word;
    let mut next = place;
    while !rest.is_empty() {
        rest = rest.strip_prefix(*clause.get(next)?)?;
        next += 1;
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::trie::tests::{any_templates, naive};
    use proptest::prelude::*;

    fn fit(template: &str, clause: &[&str]) -> Option<Vec<Range<usize>>> {
        let template = Template::parse(template).unwrap();
        Fitting::new(&template, str::to_owned).fit(clause).map(<[_]>::to_vec)
    }

    #[test]
    #[expect(clippy::single_range_in_vec_init)]
    fn earlier_slots_are_short_and_ends_anchored() {
        let clause = ["a", "的", "b", "的", "c"];
        assert_eq!(fit("[X]的[X]", &clause), Some(vec![0..1, 2..5]));
        assert_eq!(fit("a 的[X]", &clause), Some(vec![2..5]));
        assert_eq!(fit("a的[X]", &clause), Some(vec![2..5]));
        assert_eq!(fit("的[X]", &clause), None);
        assert_eq!(fit("[X]c[X]", &clause), None);
    }

    proptest! {
        #[test]
        fn fits_where_a_naive_matcher_does(
            templates in any_templates(),
            clause in proptest::collection::vec("[abcde]", 1..9),
        ) {
            let clause: Vec<&str> = clause.iter().map(String::as_str).collect();
            for template in &templates {
                let parts: Vec<Option<&str>> = template.parts().collect();
                let first = naive(&parts, &clause, 0).into_iter().min();
                let mut fitting = Fitting::new(template, str::to_owned);
                let found = fitting.fit(&clause).map(<[_]>::to_vec);
                prop_assert_eq!(found.is_some(), first.is_some());
                if let (Some(slots), Some(places)) = (found, first) {
                    let filled: Vec<usize> = slots.into_iter().flatten().collect();
                    let rest = (0..clause.len()).filter(|place| !places.contains(place));
                    prop_assert_eq!(filled, rest.collect::<Vec<_>>());
                }
            }
        }
    }
}
