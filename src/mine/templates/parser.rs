//! Sentence trees: a sentence covered by a template, what fills its slots by others, and so on.

use std::ops::Range;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::mine::templates::chart::{Chart, SCALE, Score, scaled};
use crate::mine::templates::prepared::TemplateSet;
use crate::mine::templates::slice::Slice;
use crate::mine::templates::tree::Tree;
use crate::mine::templates::trie::UNKNOWN;

/// How a parser weighs and what it refuses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParserOptions {
    /// What each word costs that no template covers, in nats; see [`TemplateParser`].
    pub null_score: f64,
    /// More words at once are refused: the work grows with their cube.
    pub max_words: usize,
    /// Whether words stand apart in the text, so that templates are written with blanks.
    pub apart: bool,
}

impl Default for ParserOptions {
    fn default() -> Self {
        ParserOptions { null_score: -20.0, max_words: 1000, apart: false }
    }
}

/// Parses sentences by a set of templates.
///
/// A stretch of words that some template matches exactly is covered by a template, and scores
/// ln p(template) plus the scores of what fills the slots, p being the share of its count. A
/// stretch that none matches scores `null_score` for each of its words but one. Of all structures
/// the one of the best sum is taken; among equals, at each level, the template with more words,
/// then the one whose words stand further left.
pub struct TemplateParser {
    templates: Arc<TemplateSet>,
    options: ParserOptions,
}

/// Parses sentences, one after the other; one a thread.
pub struct ParserWorker<'p> {
    parser: &'p TemplateParser,
    chart: Chart<'p>,
}

impl TemplateParser {
    /// A parser by a set of templates.
    pub fn new(templates: Arc<TemplateSet>, options: ParserOptions) -> Self {
        TemplateParser { templates, options }
    }

    /// The number of a word, [`UNKNOWN`] where no template has it.
    pub fn word(&self, text: &str) -> u32 {
        self.templates.index().word(text)
    }

    /// Something to parse sentences with.
    pub fn worker(&self) -> ParserWorker<'_> {
        let (index, scores) = (self.templates.index(), self.templates.scores());
        let chart = Chart::new(index, scores, scaled(self.options.null_score));
        ParserWorker { parser: self, chart }
    }
}

impl ParserWorker<'_> {
    /// The tree of a sentence of numbered words, and its score in nats. `text` gives the text of a
    /// range of words.
    ///
    /// # Errors
    /// [`Error::Query`] for more words than the options allow.
    pub fn parse(
        &mut self,
        words: &[u32],
        text: &dyn Fn(Range<usize>) -> Slice,
    ) -> Result<(Tree, f64)> {
        let (length, most) = (words.len(), self.parser.options.max_words);
        if length > most {
            let start: String = text(0..length).chars().take(12).collect();
            let message =
                format!("`{start}…` has {length} words in a row, and PARSE takes {most} at once");
            let hint = format!(
                "PARSE … WITH max_words = {length} takes them, in time that grows with the cube; \
                 WHERE length(tokens) <= {most} before it leaves such sentences out"
            );
            return Err(Error::query(message).hint(hint));
        }
        if words.iter().all(|word| *word == UNKNOWN) {
            let leaf = Tree { template: None, text: text(0..length), children: Vec::new() };
            let further = Score::try_from(length.saturating_sub(1)).unwrap_or(Score::MAX);
            let null_score = scaled(self.parser.options.null_score);
            return Ok((leaf, null_score.saturating_mul(further) as f64 / SCALE));
        }
        self.chart.fill(words);
        Ok((self.tree(0..length, text), self.chart.score(0, length) as f64 / SCALE))
    }

    /// Reads the tree of a span off the chart.
    fn tree(&self, span: Range<usize>, text: &dyn Fn(Range<usize>) -> Slice) -> Tree {
        let whole = text(span.clone());
        let Some((template, mut step)) = self.chart.choice(span.start, span.end) else {
            return Tree { template: None, text: whole, children: Vec::new() };
        };
        let TemplateParser { templates, options } = self.parser;
        templates.prefetch_written(template, options.apart);
        let mut children = Vec::new();
        let mut end = span.end;
        while let Some((place, before)) = self.chart.place(step) {
            if place + 1 < end {
                children.push(self.tree(place + 1..end, text));
            }
            (end, step) = (place, before);
        }
        if span.start < end {
            children.push(self.tree(span.start..end, text));
        }
        children.reverse();
        let template = Some(templates.written(template, options.apart));
        Tree { template, text: whole, children }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::templates::skipgrams::log;
    use crate::mine::templates::template::Template;
    use crate::mine::templates::trie::tests::{any_templates, naive};
    use proptest::prelude::*;

    type Set = [(Template, u64)];

    fn parser(templates: &Set, null_score: f64) -> TemplateParser {
        let options = ParserOptions { null_score, ..ParserOptions::default() };
        TemplateParser::new(Arc::new(TemplateSet::new(templates.to_vec())), options)
    }

    fn parse(templates: &Set, words: &[&str], null_score: f64) -> (Tree, f64) {
        let parser = parser(templates, null_score);
        let mut worker = parser.worker();
        // Another sentence before leaves nothing behind.
        let longer = [words, words].concat();
        run(&parser, &mut worker, &longer).unwrap();
        run(&parser, &mut worker, words).unwrap()
    }

    fn run(
        parser: &TemplateParser,
        worker: &mut ParserWorker<'_>,
        words: &[&str],
    ) -> Result<(Tree, f64)> {
        let numbers: Vec<u32> = words.iter().map(|word| parser.word(word)).collect();
        worker.parse(&numbers, &|span| words[span].concat().into())
    }

    fn set(templates: &[(&str, u64)]) -> Vec<(Template, u64)> {
        templates.iter().map(|(text, count)| (Template::parse(text).unwrap(), *count)).collect()
    }

    /// The best structure by trying all: the score in billionths of a nat and the tree.
    fn best(templates: &Set, words: &[&str], span: Range<usize>, null: Score) -> (Score, Tree) {
        let total = log(templates.iter().map(|(_, count)| count).sum());
        let text: Slice = words[span.clone()].concat().into();
        let mut found: Option<(Score, Vec<usize>, Tree)> = None;
        for (template, count) in templates {
            let parts: Vec<Option<&str>> = template.parts().collect();
            for places in naive(&parts, &words[span.clone()], span.start) {
                let mut score = scaled(log(*count) - total);
                let mut children = Vec::new();
                let ends = places.iter().copied().chain([span.end]);
                let mut next = span.start;
                for place in ends {
                    if place > next {
                        let (inner, child) = best(templates, words, next..place, null);
                        score += inner;
                        children.push(child);
                    }
                    next = place + 1;
                }
                let wins = found.as_ref().is_none_or(|(sum, own, _)| {
                    let more = score.cmp(sum).then(places.len().cmp(&own.len()));
                    more.then_with(|| own.cmp(&places)).is_gt()
                });
                if wins {
                    let template = Some(template.text(false).into());
                    let tree = Tree { template, text: text.clone(), children };
                    found = Some((score, places, tree));
                }
            }
        }
        let uncovered = i64::try_from(span.len() - 1).unwrap();
        let leaf = Tree { template: None, text, children: Vec::new() };
        found.map_or((null * uncovered, leaf), |(score, _, tree)| (score, tree))
    }

    proptest! {
        #[test]
        fn the_chart_finds_the_best_of_all_structures(
            templates in any_templates(),
            counts in proptest::collection::vec(1u64..4, 8),
            words in proptest::collection::vec("[abcde]", 1..8),
            null_score in -3i32..1,
        ) {
            let templates: Vec<(Template, u64)> = templates.into_iter().zip(counts).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let null = f64::from(null_score);
            let (score, tree) = best(&templates, &words, 0..words.len(), scaled(null));
            let (own, own_score) = parse(&templates, &words, null);
            prop_assert_eq!(own, tree);
            prop_assert!((own_score - score as f64 / SCALE).abs() < 1e-6);
        }
    }

    #[test]
    fn templates_nest() {
        let templates = set(&[("[X]可以[X]吗", 5), ("[X]的[X]", 9), ("吃 鸡蛋", 1)]);
        let words = ["我", "的", "猫", "可以", "吃", "鸡蛋", "吗"];
        let (tree, score) = parse(&templates, &words, -20.0);
        assert_eq!(tree.nested(), "((我)的(猫))可以(吃 鸡蛋)吗");
        assert_eq!(tree.children[1].template.as_deref(), Some("吃 鸡蛋"));
        let sum = [5f64, 9.0, 1.0].map(|count| (count / 15.0).ln()).iter().sum::<f64>();
        assert!((score - sum).abs() < 1e-6);
    }

    #[test]
    fn what_no_template_matches_costs_a_null_score_a_further_word() {
        let (tree, score) = parse(&set(&[("a[X]", 1)]), &["b", "c", "d"], -20.0);
        assert_eq!((tree.template.clone(), tree.line()), (None, "bcd".into()));
        assert_eq!(score, -40.0);
        assert_eq!(parse(&set(&[("a[X]", 1)]), &["b"], -20.0).1, 0.0);
    }

    #[test]
    fn among_equals_more_words_and_then_the_left() {
        let templates = set(&[("[X]a[X]", 1), ("a[X]a[X]", 1), ("[X]b[X]", 1)]);
        let (tree, _) = parse(&templates, &["a", "x", "a", "y"], 0.0);
        assert_eq!(tree.template.as_deref(), Some("a[X]a[X]"));
        let (tree, _) = parse(&templates, &["x", "a", "b", "y"], 0.0);
        assert_eq!(tree.line(), "(x)a(by)");
    }

    #[test]
    fn a_long_sentence_is_parsed_or_refused() {
        let templates = set(&[("[X]a[X]", 3), ("[X]a[X]a[X]", 2), ("b[X]a", 1)]);
        let words: Vec<&str> = ["a", "b", "c", "a", "d"].into_iter().cycle().take(120).collect();
        let (tree, _) = parse(&templates, &words, -20.0);
        assert!(tree.depth() > 3);
        let short = ParserOptions { max_words: 100, ..ParserOptions::default() };
        let parser = TemplateParser::new(Arc::new(TemplateSet::new(templates)), short);
        let refused = run(&parser, &mut parser.worker(), &words).unwrap_err();
        assert!(refused.to_string().contains("120 words in a row"), "{refused}");
    }
}
