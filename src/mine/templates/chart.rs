//! The best nested cover of a sentence by templates, over a chart of all its spans.
//!
//! A span that some template matches is covered by a template; its score is ln p(template) plus the
//! scores of what fills the slots. A span that none matches is a leaf: with n words it costs n − 1
//! times the null score, for one word is what a slot is for and each further one is uncovered. This
//! is the score of `Parser` in nlp-zero 0.1.6 (Su Jianlin, <https://kexue.fm/archives/5577>), which
//! walks all structures; here every span is scored once, in O(n³) beside the walks in the trie.

use std::ops::ControlFlow;

use crate::index::prefetch;
use crate::mine::templates::trie::{NodeId, Occurrences, TemplateIndex, UNKNOWN, follow};

/// No structure at all.
const NEVER: i64 = i64::MIN / 4;
/// No step before, and no template.
const NONE: u32 = u32::MAX;

/// Scores in billionths of a nat, so that sums are exact and ties are ties.
pub(super) type Score = i64;

/// Scores in a nat.
pub(super) const SCALE: f64 = 1e9;

/// Nats as whole billionths, bounded so that sums stay within range.
pub(super) fn scaled(nats: f64) -> Score {
    // Clamped well within the range of the cast.
    #[expect(clippy::cast_possible_truncation)]
    let score = (nats.clamp(-1e5, 1e5) * SCALE).round() as Score;
    score
}

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
    /// By span and whether a slot comes first: the best core that begins the span, together with
    /// what fills its inner slots and its last.
    cores: [Vec<Core>; 2],
    /// By end: where a core begins that a slot may precede.
    leads: Vec<Vec<usize>>,
    /// What the walks from one word find, by place after a core: the best core that ends there,
    /// closed or with a slot next.
    ends: [Vec<Core>; 2],
    /// The places after cores with a slot to come.
    open: Vec<(usize, Core)>,
    /// The words of all cores, each with the one before it.
    steps: Vec<Step>,
}

/// A core that was found: its score, its template, its last word.
#[derive(Clone, Copy)]
struct Core {
    score: Score,
    template: u32,
    step: u32,
}

const NO_CORE: Core = Core { score: NEVER, template: NONE, step: NONE };

/// A word of a core: its place, the step to the word before it, and how many words there are.
#[derive(Clone, Copy)]
struct Step {
    place: usize,
    before: u32,
    words: u32,
}

/// A core on its way: the place after its last word, its score, its last word.
type Item = (usize, Score, u32);

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
            ends: [Vec::new(), Vec::new()],
            open: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Scores every span of a sentence.
    pub(super) fn fill(&mut self, sentence: &[u32]) {
        let length = sentence.len();
        let spans = (length + 1) * (length + 1);
        self.sentence.clear();
        self.sentence.extend_from_slice(sentence);
        self.best.clear();
        self.best.resize(spans, NEVER);
        for cores in &mut self.cores {
            cores.clear();
            cores.resize(spans, NO_CORE);
        }
        for ends in &mut self.ends {
            ends.resize(ends.len().max(length + 1), NO_CORE);
        }
        self.leads.iter_mut().for_each(Vec::clear);
        self.leads.resize_with(self.leads.len().max(length + 1), Vec::new);
        self.steps.clear();
        let mut known = std::mem::take(&mut self.known);
        known.fill(sentence);
        self.prefetch(sentence);
        for from in (0..length).rev() {
            self.begin_cores(from, &known);
            self.cover(from);
        }
        self.known = known;
    }

    /// Asks for what the first words of cores lead to: all of it is far away, and would be waited
    /// for each time.
    fn prefetch(&self, sentence: &[u32]) {
        sentence.iter().for_each(|word| self.index.prefetch_begins(*word));
        for (word, slot_first) in sentence.iter().flat_map(|word| [(word, false), (word, true)]) {
            let Some(child) = self.index.begin(*word, slot_first) else { continue };
            self.index.prefetch_edges(child);
            for template in self.index.ends(child).into_iter().flatten() {
                prefetch(self.scores, template as usize);
            }
        }
    }

    fn at(&self, from: usize, to: usize) -> usize {
        from * (self.sentence.len() + 1) + to
    }

    /// The best score of a span.
    pub(super) fn score(&self, from: usize, to: usize) -> Score {
        self.best[self.at(from, to)]
    }

    /// Finds the cores that begin at a word. All spans further right have been scored.
    fn begin_cores(&mut self, from: usize, known: &Occurrences) {
        for slot_first in [false, true] {
            let word = self.sentence[from];
            let child = self.index.begin(word, slot_first).filter(|_| !slot_first || from > 0);
            let Some(child) = child else { continue };
            let step = self.step(from, NONE);
            self.walk(child, &[(from + 1, 0, step)], known);
            self.collect(from, slot_first);
        }
    }

    /// Takes what the walks from a word have found as the cores of spans, and leaves no trace.
    fn collect(&mut self, from: usize, slot_first: bool) {
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        for to in from + 1..=self.sentence.len() {
            let mut best = std::mem::replace(&mut self.ends[0][to], NO_CORE);
            for (after, core) in &open {
                let score = core.score + self.score(*after, to);
                best = self.better(best, Core { score, ..*core });
            }
            if best.score > NEVER {
                let at = self.at(from, to);
                self.cores[usize::from(slot_first)][at] = best;
                if slot_first {
                    self.leads[to].push(from);
                }
            }
            let next = std::mem::replace(&mut self.ends[1][to], NO_CORE);
            if next.score > NEVER {
                open.push((to, next));
            }
        }
        self.open = open;
    }

    fn step(&mut self, place: usize, before: u32) -> u32 {
        let words = self.steps.get(before as usize).map_or(0, |step| step.words) + 1;
        self.steps.push(Step { place, before, words });
        u32::try_from(self.steps.len() - 1).unwrap_or(NONE)
    }

    /// Goes through the trie below a node. `items` are the cores that have come to it, each the
    /// best of those with the same last word, by place.
    fn walk(&mut self, node: NodeId, items: &[Item], known: &Occurrences) {
        let index = self.index;
        for (template, slot_last) in index.ends(node).into_iter().zip([0, 1]) {
            let Some(template) = template else { continue };
            let own = self.scores[template as usize];
            for &(after, sum, step) in items {
                let core = Core { score: sum + own, template, step };
                self.ends[slot_last][after] = self.better(self.ends[slot_last][after], core);
            }
        }
        if let [item] = items {
            if let Some((child, next)) = self.adjacent(node, *item) {
                self.walk(child, &[next], known);
            }
        } else if !index.adjacent(node).is_empty() {
            let next = items.iter().filter_map(|item| self.adjacent(node, *item));
            let mut next: Vec<(NodeId, Item)> = next.collect();
            next.sort_unstable_by_key(|(child, (after, ..))| (*child, *after));
            for group in next.chunk_by(|one, two| one.0 == two.0) {
                let items: Vec<Item> = group.iter().map(|(_, item)| *item).collect();
                self.walk(group[0].0, &items, known);
            }
        }
        let Some((first, ..)) = items.first() else { return };
        let edges = index.after_slot(node);
        if edges.is_empty() || first + 1 >= self.sentence.len() {
            return;
        }
        let _ = known.each_edge(edges, first + 1, |child, places| {
            if let [place] = places {
                let item = self.after_slot(items, *place);
                self.walk(child, &[item], known);
            } else {
                let items: Vec<Item> =
                    places.iter().map(|place| self.after_slot(items, *place)).collect();
                self.walk(child, &items, known);
            }
            ControlFlow::Continue(())
        });
    }

    /// Where the word after a core leads that has come to a node.
    fn adjacent(&mut self, node: NodeId, (after, sum, step): Item) -> Option<(NodeId, Item)> {
        let word = self.sentence.get(after).filter(|word| **word != UNKNOWN)?;
        let child = follow(self.index.adjacent(node), *word)?;
        Some((child, (after + 1, sum, self.step(after, step))))
    }

    /// The best of the cores that a slot leads from to a word, the first of which ends before it.
    fn after_slot(&mut self, items: &[Item], place: usize) -> Item {
        let mut best = NO_CORE;
        for &(after, sum, step) in items.iter().take_while(|(after, ..)| *after < place) {
            let score = sum + self.score(after, place);
            best = self.better(best, Core { score, template: NONE, step });
        }
        (place + 1, best.score, self.step(place, best.step))
    }

    /// The better of two cores. Among equals, the one with more words; then the one whose words
    /// stand further left, the first word deciding first.
    fn better(&self, own: Core, other: Core) -> Core {
        let wins = other.score > own.score
            || (other.score == own.score && own.score > NEVER && self.goes_before(other, own));
        if wins { other } else { own }
    }

    fn goes_before(&self, one: Core, two: Core) -> bool {
        let words = |core: Core| self.steps.get(core.step as usize).map_or(0, |step| step.words);
        let (mut one, mut two, mut order) = (one.step, two.step, words(one).cmp(&words(two)));
        if order.is_ne() {
            return order.is_gt();
        }
        // From the last words to the first: what differs there decides.
        while one != two
            && let (Some((place, before)), Some((other, other_before))) =
                (self.place(one), self.place(two))
        {
            order = other.cmp(&place).then(order);
            (one, two) = (before, other_before);
        }
        order.is_gt()
    }

    /// Where the word of a step of a core stands, and the step to the word before it.
    pub(super) fn place(&self, step: u32) -> Option<(usize, u32)> {
        self.steps.get(step as usize).map(|step| (step.place, step.before))
    }

    /// Scores the spans that begin at a word, the short ones first.
    fn cover(&mut self, from: usize) {
        for to in from + 1..=self.sentence.len() {
            let at = self.at(from, to);
            let covered = self.covered(from, to).map(|core| core.score);
            let score = covered.fold(self.cores[0][at].score, Score::max);
            let uncovered = Score::try_from(to - from - 1).unwrap_or(Score::MAX);
            self.best[at] = if score > NEVER { score } else { self.null_score * uncovered };
        }
    }

    /// The covers of a span by templates that begin with a slot: their cores, with the score of the
    /// whole.
    fn covered(&self, from: usize, to: usize) -> impl Iterator<Item = Core> {
        let leads = self.leads[to].iter().take_while(move |lead| **lead > from);
        leads.map(move |&lead| {
            let core = self.cores[1][self.at(lead, to)];
            Core { score: core.score + self.score(from, lead), ..core }
        })
    }

    /// What covers a span best, `None` for a leaf: the number of the template and the step to its
    /// last word.
    pub(super) fn choice(&self, from: usize, to: usize) -> Option<(u32, u32)> {
        let plain = self.cores[0][self.at(from, to)];
        let best = self.covered(from, to).fold(plain, |best, core| self.better(best, core));
        (best.score > NEVER).then_some((best.template, best.step))
    }
}
