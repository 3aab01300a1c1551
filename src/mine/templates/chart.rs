//! The best nested cover of a sentence by templates, over a chart of all its spans.
//!
//! A span that some template matches is covered by a template; its score is ln p(template) plus the
//! scores of what fills the slots. A span that none matches is a leaf: with n words it costs n − 1
//! times the null score, for one word is what a slot is for and each further one is uncovered. This
//! is the score of `Parser` in nlp-zero 0.1.6 (Su Jianlin, <https://kexue.fm/archives/5577>), which
//! walks all structures; here every span is scored once, in O(n³) beside the walks in the trie.

use std::ops::ControlFlow;

use crate::mine::templates::trie::{NodeId, Occurrences, ROOT, TemplateIndex, UNKNOWN};

/// No structure at all.
const NEVER: i64 = i64::MIN / 4;

/// Scores in billionths of a nat, so that sums are exact and ties are ties.
pub(super) type Score = i64;

/// What covers a sentence: the best score of each of its spans, and how to take it apart again.
pub(super) struct Chart<'c> {
    index: &'c TemplateIndex,
    scores: &'c [Score],
    null_score: Score,
    sentence: &'c [u32],
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

/// Where the words of the template stand that covers a span best; `None` for a leaf.
pub(super) type Choice = Option<Vec<usize>>;

/// By place after a core: the best score of the cores that end there, closed or with a slot next.
#[derive(Default)]
struct Ends([Vec<Score>; 2]);

/// A core on its way: the place after its last word, its score, the places of its words.
type Traced = (usize, Score, Vec<usize>);

impl<'c> Chart<'c> {
    /// Scores every span of a sentence. `scores` are those of the templates.
    pub(super) fn new(
        index: &'c TemplateIndex,
        scores: &'c [Score],
        null_score: Score,
        sentence: &'c [u32],
    ) -> Self {
        let length = sentence.len();
        let spans = (length + 1) * (length + 1);
        let known = Occurrences::new(sentence);
        let mut chart = Chart {
            index,
            scores,
            null_score,
            sentence,
            known,
            best: vec![NEVER; spans],
            cores: [vec![NEVER; spans], vec![NEVER; spans]],
            leads: vec![Vec::new(); length + 1],
            ends: Ends::default(),
            open: Vec::new(),
        };
        for from in (0..length).rev() {
            chart.begin_cores(from);
            chart.cover(from);
        }
        chart
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
        let word = self.sentence[place];
        if word == UNKNOWN || (slot_first && place == 0) {
            return None;
        }
        let root = self.index.node(ROOT);
        self.index.follow(if slot_first { &root.after_slot } else { &root.adjacent }, word)
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

    /// What covers a span best. Among equals, the template with more words; then the one whose
    /// words stand further left, the first word deciding first.
    pub(super) fn choice(&self, from: usize, to: usize) -> Choice {
        let best = self.score(from, to);
        let plain = self.cores[0][self.at(from, to)];
        let mut chosen: Choice = None;
        if plain > NEVER && plain == best {
            self.trace(from, false, to, &mut chosen);
        }
        let leads = self.covered(from, to).filter(|(_, score)| *score == best);
        leads.for_each(|(lead, _)| self.trace(lead, true, to, &mut chosen));
        chosen
    }

    /// Walks the cores that begin at a word once more and takes the one that made the best score.
    fn trace(&self, from: usize, slot_first: bool, to: usize, chosen: &mut Choice) {
        if let Some(child) = self.first(from, slot_first) {
            let target = self.cores[usize::from(slot_first)][self.at(from, to)];
            self.retrace(child, &[(from + 1, 0, vec![from])], to, target, chosen);
        }
    }

    fn retrace(
        &self,
        node: NodeId,
        items: &[Traced],
        to: usize,
        target: Score,
        chosen: &mut Choice,
    ) {
        let node = self.index.node(node);
        for (template, open) in node.ends().into_iter().zip([false, true]) {
            let Some(template) = template else { continue };
            for (after, sum, places) in items {
                let rest = match open {
                    true if *after < to => self.score(*after, to),
                    false if *after == to => 0,
                    _ => continue,
                };
                if sum + self.scores[template as usize] + rest == target {
                    prefer(chosen, places);
                }
            }
        }
        let mut next: Vec<(NodeId, Traced)> = Vec::new();
        for (after, sum, places) in items {
            let word = self.sentence[..to].get(*after).filter(|word| **word != UNKNOWN);
            let child = word.and_then(|word| self.index.follow(&node.adjacent, *word));
            next.extend(child.map(|child| (child, (after + 1, *sum, with(places, *after)))));
        }
        next.sort();
        for group in next.chunk_by(|one, two| one.0 == two.0) {
            let items: Vec<Traced> = group.iter().map(|(_, item)| item.clone()).collect();
            self.retrace(group[0].0, &items, to, target, chosen);
        }
        let Some((first, _, _)) = items.first() else { return };
        let _ = self.known.each_edge(self.index, &node.after_slot, first + 1, |child, places| {
            let inside = places.iter().take_while(|place| **place < to);
            let items: Vec<Traced> =
                inside.filter_map(|place| self.best_of(items, *place)).collect();
            self.retrace(child, &items, to, target, chosen);
            ControlFlow::Continue(())
        });
    }

    /// The best of the cores that a slot leads from to a word; ties go to the words further left.
    fn best_of(&self, items: &[Traced], place: usize) -> Option<Traced> {
        let before = items.iter().take_while(|(after, _, _)| *after < place);
        let summed = before.map(|(after, sum, places)| (sum + self.score(*after, place), places));
        let better = |one: &(Score, &Vec<usize>), two: &(Score, &Vec<usize>)| {
            one.0.cmp(&two.0).then_with(|| two.1.cmp(one.1))
        };
        let (sum, places) = summed.max_by(better)?;
        Some((place + 1, sum, with(places, place)))
    }
}

fn with(places: &[usize], place: usize) -> Vec<usize> {
    [places, &[place]].concat()
}

/// Keeps the places with more words, else those further left.
fn prefer(chosen: &mut Choice, places: &[usize]) {
    let better = chosen.as_ref().is_none_or(|own| {
        places.len().cmp(&own.len()).then_with(|| own.as_slice().cmp(places)).is_gt()
    });
    if better {
        *chosen = Some(places.to_vec());
    }
}
