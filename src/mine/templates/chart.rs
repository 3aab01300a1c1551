//! The best nested cover of a sentence by templates, over a chart of all its spans.
//!
//! A span that some template matches is covered by a template; its score is ln p(template) plus the
//! scores of what fills the slots. A span that none matches is a leaf: with n words it costs n − 1
//! times the null score, for one word is what a slot is for and each further one is uncovered. This
//! is the score of `Parser` in nlp-zero 0.1.6 (Su Jianlin, <https://kexue.fm/archives/5577>), which
//! walks all structures; here every span is scored once, in O(n³) beside the walks in the trie.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use crate::mine::templates::trie::{Node, NodeId, Occurrences, TemplateIndex, UNKNOWN};

/// No structure at all.
const NEVER: i64 = i64::MIN / 4;
/// No step before.
const BEGIN: u32 = u32::MAX;

/// Scores in billionths of a nat, so that sums are exact and ties are ties.
pub(super) type Score = i64;

/// What covers a sentence: the best score of each of its spans, and how to take it apart again.
/// Filled with one sentence after the other, it keeps its buffers.
pub(super) struct Chart<'c> {
    index: &'c TemplateIndex,
    scores: &'c [Score],
    null_score: Score,
    sentence: Vec<u32>,
    known: Occurrences,
    /// By span: its best score.
    best: Vec<Score>,
    /// By span and whether a slot comes first: the best score of a core that begins the span,
    /// together with what fills its inner slots and its last.
    cores: [Vec<Score>; 2],
    /// By end: where a core begins that a slot may precede.
    leads: Vec<Vec<usize>>,
    /// What the walks from one word find.
    ends: Ends,
    /// The places after cores with a slot to come.
    open: Vec<(usize, Score)>,
}

/// The template that covers a span best, and where its words stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// The number of the template.
    pub template: u32,
    /// The places of its words.
    pub places: Vec<usize>,
}

/// By place after a core: the best score of the cores that end there, closed or with a slot next.
#[derive(Default)]
struct Ends([Vec<Score>; 2]);

impl<'c> Chart<'c> {
    /// A chart without a sentence. `scores` are those of the templates.
    pub(super) fn new(index: &'c TemplateIndex, scores: &'c [Score], null_score: Score) -> Self {
        Chart {
            index,
            scores,
            null_score,
            sentence: Vec::new(),
            known: Occurrences::default(),
            best: Vec::new(),
            cores: [Vec::new(), Vec::new()],
            leads: Vec::new(),
            ends: Ends::default(),
            open: Vec::new(),
        }
    }

    /// Scores every span of a sentence.
    pub(super) fn fill(&mut self, sentence: &[u32]) {
        let length = sentence.len();
        let spans = (length + 1) * (length + 1);
        self.sentence.clear();
        self.sentence.extend_from_slice(sentence);
        self.known.fill(sentence);
        for scores in self.cores.iter_mut().chain([&mut self.best]) {
            scores.clear();
            scores.resize(spans, NEVER);
        }
        self.leads.iter_mut().for_each(Vec::clear);
        self.leads.resize_with(self.leads.len().max(length + 1), Vec::new);
        for from in (0..length).rev() {
            self.begin_cores(from);
            self.cover(from);
        }
    }

    fn at(&self, from: usize, to: usize) -> usize {
        from * (self.sentence.len() + 1) + to
    }

    /// The best score of a span.
    pub(super) fn score(&self, from: usize, to: usize) -> Score {
        self.best[self.at(from, to)]
    }

    /// Scores the cores that begin at a word. All spans further right have been scored.
    fn begin_cores(&mut self, from: usize) {
        let length = self.sentence.len();
        let (mut ends, mut open) = (std::mem::take(&mut self.ends), std::mem::take(&mut self.open));
        for slot_first in [false, true] {
            let Some(child) = self.first(from, slot_first) else { continue };
            for ends in &mut ends.0 {
                ends.clear();
                ends.resize(length + 1, NEVER);
            }
            self.walk(child, &[(from + 1, 0)], &mut ends);
            open.clear();
            let found = ends.0[1].iter().copied().enumerate();
            open.extend(found.filter(|(_, score)| *score > NEVER));
            for (to, closed) in ends.0[0].iter().enumerate().skip(from + 1) {
                let filled = open.iter().take_while(|(after, _)| *after < to);
                let filled = filled.map(|(after, score)| score + self.score(*after, to));
                let score = filled.fold(*closed, Score::max);
                if score > NEVER {
                    let at = self.at(from, to);
                    self.cores[usize::from(slot_first)][at] = score;
                    if slot_first {
                        self.leads[to].push(from);
                    }
                }
            }
        }
        (self.ends, self.open) = (ends, open);
    }

    /// The node of the first word of the cores that begin there.
    fn first(&self, place: usize, slot_first: bool) -> Option<NodeId> {
        if slot_first && place == 0 {
            return None;
        }
        self.index.begin(self.sentence[place], slot_first)
    }

    /// Goes through the trie below a node. `items` are the places after its word with the best
    /// score so far of each, by place.
    fn walk(&self, node: NodeId, items: &[(usize, Score)], ends: &mut Ends) {
        let length = self.sentence.len();
        let node = self.index.node(node);
        for (template, ends) in node.ends().into_iter().zip(&mut ends.0) {
            let Some(template) = template else { continue };
            let score = self.scores[template as usize];
            items.iter().for_each(|(after, sum)| ends[*after] = ends[*after].max(sum + score));
        }
        if let [(after, sum)] = items {
            let word = self.sentence.get(*after).filter(|word| **word != UNKNOWN);
            if let Some(child) = word.and_then(|word| self.index.follow(&node.adjacent, *word)) {
                self.walk(child, &[(after + 1, *sum)], ends);
            }
        } else if !node.adjacent.is_empty() {
            let next = |(after, sum): &(usize, Score)| {
                let word = self.sentence.get(*after).filter(|word| **word != UNKNOWN)?;
                let child = self.index.follow(&node.adjacent, *word)?;
                Some((child, (after + 1, *sum)))
            };
            let mut next: Vec<(NodeId, (usize, Score))> = items.iter().filter_map(next).collect();
            next.sort_unstable();
            for group in next.chunk_by(|one, two| one.0 == two.0) {
                let items: Vec<(usize, Score)> = group.iter().map(|(_, item)| *item).collect();
                self.walk(group[0].0, &items, ends);
            }
        }
        let Some((first, _)) = items.first() else { return };
        if node.after_slot.is_empty() || first + 1 >= length {
            return;
        }
        let _ = self.known.each_edge(self.index, &node.after_slot, first + 1, |child, places| {
            let filled = |place: &usize| {
                let before = items.iter().take_while(|(after, _)| after < place);
                let sums = before.map(|(after, sum)| sum + self.score(*after, *place));
                (place + 1, sums.fold(NEVER, Score::max))
            };
            if let [place] = places {
                self.walk(child, &[filled(place)], ends);
            } else {
                let items: Vec<(usize, Score)> = places.iter().map(filled).collect();
                self.walk(child, &items, ends);
            }
            ControlFlow::Continue(())
        });
    }

    /// Scores the spans that begin at a word, the short ones first.
    fn cover(&mut self, from: usize) {
        for to in from + 1..=self.sentence.len() {
            let [plain, _] = &self.cores;
            let covered = self.covered(from, to).map(|(_, score)| score);
            let score = covered.fold(plain[self.at(from, to)], Score::max);
            let at = self.at(from, to);
            let uncovered = Score::try_from(to - from - 1).unwrap_or(Score::MAX);
            self.best[at] = if score > NEVER { score } else { self.null_score * uncovered };
        }
    }

    /// The covers of a span by templates that begin with a slot: where their core begins, and the
    /// score of the whole.
    fn covered(&self, from: usize, to: usize) -> impl Iterator<Item = (usize, Score)> {
        let leads = self.leads[to].iter().take_while(move |lead| **lead > from);
        leads.map(move |lead| (*lead, self.score(from, *lead) + self.cores[1][self.at(*lead, to)]))
    }

    /// What covers a span best, `None` for a leaf. Among equals, the template with more words; then
    /// the one whose words stand further left, the first word deciding first.
    pub(super) fn choice(&self, from: usize, to: usize) -> Option<Choice> {
        let best = self.score(from, to);
        let mut tracing = Tracing { chart: self, to, target: 0, steps: Vec::new(), chosen: None };
        let plain = self.cores[0][self.at(from, to)];
        if plain > NEVER && plain == best {
            tracing.begin(from, false);
        }
        for (lead, score) in self.covered(from, to) {
            if score == best {
                tracing.begin(lead, true);
            }
        }
        tracing.chosen
    }
}

/// A walk through the cores of a span once more, for the one that made the best score.
struct Tracing<'t> {
    chart: &'t Chart<'t>,
    to: usize,
    target: Score,
    /// The places of words, each with the step before it.
    steps: Vec<(usize, u32)>,
    chosen: Option<Choice>,
}

/// A core on its way: the place after its last word, its score, its last step.
type Traced = (usize, Score, u32);

impl Tracing<'_> {
    /// Goes through the cores that begin at a word.
    fn begin(&mut self, from: usize, slot_first: bool) {
        let chart = self.chart;
        let Some(child) = chart.first(from, slot_first) else { return };
        self.target = chart.cores[usize::from(slot_first)][chart.at(from, self.to)];
        self.steps.clear();
        let step = self.step(from, BEGIN);
        self.walk(child, &[(from + 1, 0, step)]);
    }

    fn step(&mut self, place: usize, before: u32) -> u32 {
        self.steps.push((place, before));
        u32::try_from(self.steps.len() - 1).unwrap_or(BEGIN)
    }

    /// The places of the words up to a step.
    fn places(&self, mut step: u32) -> Vec<usize> {
        let mut places = Vec::new();
        while let Some(&(place, before)) = self.steps.get(step as usize) {
            places.push(place);
            step = before;
        }
        places.reverse();
        places
    }

    fn walk(&mut self, node: NodeId, items: &[Traced]) {
        let (chart, to) = (self.chart, self.to);
        let node = chart.index.node(node);
        for (template, open) in node.ends().into_iter().zip([false, true]) {
            let Some(template) = template else { continue };
            for &(after, sum, step) in items {
                let rest = match open {
                    true if after < to => chart.score(after, to),
                    false if after == to => 0,
                    _ => continue,
                };
                if sum + chart.scores[template as usize] + rest == self.target {
                    self.prefer(template, step);
                }
            }
        }
        if let [item] = items {
            if let Some((child, next)) = self.adjacent(node, *item) {
                self.walk(child, &[next]);
            }
        } else if !node.adjacent.is_empty() {
            let next = items.iter().filter_map(|item| self.adjacent(node, *item));
            let mut next: Vec<(NodeId, Traced)> = next.collect();
            next.sort_unstable_by_key(|(child, (after, ..))| (*child, *after));
            for group in next.chunk_by(|one, two| one.0 == two.0) {
                let items: Vec<Traced> = group.iter().map(|(_, item)| *item).collect();
                self.walk(group[0].0, &items);
            }
        }
        let Some((first, ..)) = items.first() else { return };
        if node.after_slot.is_empty() {
            return;
        }
        let _ = chart.known.each_edge(chart.index, &node.after_slot, first + 1, |child, places| {
            let inside = places.iter().take_while(|place| **place < to);
            let items: Vec<Traced> =
                inside.filter_map(|place| self.best_of(items, *place)).collect();
            if !items.is_empty() {
                self.walk(child, &items);
            }
            ControlFlow::Continue(())
        });
    }

    /// Where the word after a core leads that has come to a node.
    fn adjacent(&mut self, node: &Node, (after, sum, step): Traced) -> Option<(NodeId, Traced)> {
        let word = self.chart.sentence[..self.to].get(after).filter(|word| **word != UNKNOWN)?;
        let child = self.chart.index.follow(&node.adjacent, *word)?;
        Some((child, (after + 1, sum, self.step(after, step))))
    }

    /// The best of the cores that a slot leads from to a word; ties go to the words further left.
    fn best_of(&mut self, items: &[Traced], place: usize) -> Option<Traced> {
        let mut best: Option<(Score, u32)> = None;
        for &(after, sum, step) in items.iter().take_while(|(after, ..)| *after < place) {
            let sum = sum + self.chart.score(after, place);
            let better = best.is_none_or(|(own, own_step)| {
                sum.cmp(&own).then_with(|| self.further_left(step, own_step)).is_gt()
            });
            if better {
                best = Some((sum, step));
            }
        }
        let (sum, before) = best?;
        Some((place + 1, sum, self.step(place, before)))
    }

    /// Greater for the words further left, of two cores with as many.
    fn further_left(&self, one: u32, two: u32) -> Ordering {
        self.places(two).cmp(&self.places(one))
    }

    /// Keeps the core with more words, else the one whose words stand further left.
    fn prefer(&mut self, template: u32, step: u32) {
        let places = self.places(step);
        let better = self.chosen.as_ref().is_none_or(|own| {
            places.len().cmp(&own.places.len()).then_with(|| own.places.cmp(&places)).is_gt()
        });
        if better {
            self.chosen = Some(Choice { template, places });
        }
    }
}
