//! What the leaves say of n-grams, in the order of the n-grams: windows of text with their counts,
//! and what follows a boundary with its counts as left edges.

use crate::control::Control;
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::index::merge::MergeScan;
use crate::index::page::Leaf;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, FIRST_SYMBOL, PAD, Window, shared_prefix};

/// How many leaves pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 16;

/// A stretch of text and how often it occurs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    pub window: Window,
    /// How many leading symbols it shares with the item before it, which may be all.
    pub shared: usize,
    /// Symbols in it, a closing boundary included.
    pub length: usize,
    /// How often it occurs.
    pub count: u64,
    /// Whether `count` is of occurrences after a boundary, which other items count as well.
    pub at_edge: bool,
}

struct Source<'v> {
    scan: MergeScan<'v>,
    at_edge: bool,
    /// The next item; what it shares is with the one before it in this source.
    head: Option<Item>,
}

impl Source<'_> {
    #[inline]
    fn advance(&mut self) -> Result<()> {
        self.head = match self.scan.next_leaf()? {
            Some(leaf) if !self.at_edge => Some(Item {
                window: leaf.window,
                shared: leaf.shared,
                length: leaf.length,
                count: leaf.count,
                at_edge: false,
            }),
            Some(leaf) if leaf.window[0] == BOUNDARY => Some(behind_the_boundary(leaf)),
            _ => None,
        };
        Ok(())
    }
}

/// A leaf that begins with a boundary as what it says of the rest.
fn behind_the_boundary(leaf: &Leaf) -> Item {
    let mut window = leaf.window;
    window.rotate_left(1);
    window[MAX_ORDER - 1] = PAD;
    Item {
        window,
        shared: leaf.shared.saturating_sub(1),
        length: leaf.length - 1,
        count: leaf.count,
        at_edge: true,
    }
}

/// All items of a view.
pub(super) struct Items<'v> {
    sources: Vec<Source<'v>>,
    /// The source of the last item, and how many of its items may come before another source's.
    current: usize,
    /// What the last item shares with the smallest head of the other sources; `None` where it has
    /// to be found out anew.
    margin: Option<usize>,
    limit: Option<Window>,
    last: Window,
    switched: bool,
    leaves: u64,
}

impl<'v> Items<'v> {
    /// Stands before the first item.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn new(view: &'v CorpusView<'_>) -> Result<Self> {
        let mut first = [PAD; MAX_ORDER];
        first[0] = FIRST_SYMBOL;
        let mut sources = Vec::new();
        for at_edge in [false, true] {
            let scan = view.scan((!at_edge).then_some(&first))?;
            let mut source = Source { scan, at_edge, head: None };
            source.advance()?;
            sources.push(source);
        }
        let (last, limit) = ([PAD; MAX_ORDER], None);
        Ok(Items { sources, current: 0, margin: None, limit, last, switched: true, leaves: 0 })
    }

    /// The next item.
    ///
    /// # Errors
    /// When a page cannot be read, or the work is stopped.
    #[inline]
    pub(super) fn next(&mut self, control: &Control) -> Result<Option<Item>> {
        if !self.goes_on() {
            self.choose();
        }
        let Some(source) = self.sources.get_mut(self.current) else { return Ok(None) };
        let Some(mut item) = source.head else { return Ok(None) };
        source.advance()?;
        if self.switched {
            item.shared = shared_prefix(&self.last, &item.window).min(item.length);
            self.switched = false;
        }
        self.last = item.window;
        self.leaves += 1;
        if self.leaves.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.progress.advance(CHECK_EVERY);
        }
        Ok(Some(item))
    }

    /// Whether the next item of the same source comes before those of all others. Mostly what it
    /// shares with the last one says so, and nothing is compared.
    #[inline]
    fn goes_on(&mut self) -> bool {
        let Some(margin) = self.margin else { return false };
        let Some(head) = self.sources.get(self.current).and_then(|source| source.head.as_ref())
        else {
            return false;
        };
        let Some(limit) = &self.limit else { return true };
        if head.shared != margin {
            return head.shared > margin;
        }
        let more = shared_prefix(limit, &head.window);
        self.margin = Some(more);
        more < limit.len() && head.window[more] < limit[more]
    }

    /// Finds the source with the smallest head and the smallest head of the others.
    fn choose(&mut self) {
        let mut best: Option<(Window, usize)> = None;
        let mut limit = None;
        for (number, source) in self.sources.iter().enumerate() {
            let Some(head) = &source.head else { continue };
            match best {
                Some((window, _)) if window <= head.window => {
                    if limit.is_none_or(|limit| head.window < limit) {
                        limit = Some(head.window);
                    }
                }
                _ => {
                    limit = best.map(|(window, _)| window);
                    best = Some((head.window, number));
                }
            }
        }
        let Some((window, number)) = best else {
            self.current = self.sources.len();
            return;
        };
        self.switched |= number != self.current;
        self.current = number;
        self.limit = limit;
        // At an equal window the other source has its turn next.
        self.margin = Some(limit.map_or(0, |limit| shared_prefix(&limit, &window)));
    }
}
