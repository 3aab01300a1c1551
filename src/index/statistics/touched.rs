//! What new leaves touch of a table: the rows of their n-grams, the places where those without a
//! row would stand, and a filter that knows the latter.

use super::pieces::{Filter, Key};
use super::trie::{Links, Statistics};
use crate::control::Control;
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::index::merge::MergeScan;
use crate::index::page::Leaf;
use crate::index::window::BOUNDARY;

/// N-grams without a row that are expected of a leaf, and bits of the filter for each.
const KEYS: usize = 2;
const FILTER_BITS: usize = 8;

/// The rows of a table that is in memory, level by level.
pub(super) struct Rows<'t> {
    levels: Vec<&'t [Links]>,
}

impl<'t> Rows<'t> {
    /// `None` where some are in a scratch file.
    pub(super) fn of(table: &'t Statistics) -> Option<Self> {
        let levels = table.levels.iter().map(|level| level.links.in_memory());
        levels.collect::<Option<_>>().map(|levels| Rows { levels })
    }

    pub(super) fn level(&self, level: usize) -> &'t [Links] {
        self.levels[level]
    }

    /// Where the extensions of the row at a place begin, or would if there were one at the end.
    fn children(&self, level: usize, place: u32) -> u32 {
        let row = self.levels[level].get(place as usize);
        row.map_or(number(self.levels[level + 1].len()), |row| row.children)
    }
}

/// As a number of a row.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// The n-grams that a leaf begins with, the shortest first.
#[derive(Clone, Copy, Default)]
pub(super) struct Path {
    /// How many of them are rows: these come first.
    pub top: usize,
    /// By length less one, the place of the row, or the place before which it would stand.
    pub places: [u32; MAX_ORDER],
}

impl Path {
    /// Goes on to the next leaf and looks up what it does not share; `each` is told the places.
    fn look_up(&mut self, rows: &Rows<'_>, leaf: &Leaf, mut each: impl FnMut(u32)) {
        // Where more is shared, the n-gram that has no row is the same.
        if leaf.shared > self.top {
            return;
        }
        self.top = leaf.shared;
        for depth in leaf.shared..units(leaf) {
            let (place, is_there) = self.search(rows, depth, leaf.window[depth]);
            self.places[depth] = place;
            each(place);
            if !is_there {
                break;
            }
            self.top += 1;
        }
    }

    /// Where an n-gram stands or would stand, and whether it is there. Leaves ascend, so that it is
    /// not before what was found last.
    fn search(&self, rows: &Rows<'_>, depth: usize, symbol: u32) -> (u32, bool) {
        let level = rows.level(depth);
        let (start, end) = match depth.checked_sub(1) {
            None => (0, number(level.len())),
            Some(above) => {
                let parent = self.places[above];
                (rows.children(above, parent), rows.children(above, parent + 1))
            }
        };
        let start = start.max(self.places[depth]) as usize;
        let among = &level[start..end as usize];
        // What comes next is mostly near.
        let mut near = 1;
        while near < among.len() && among[near].symbol < symbol {
            near *= 2;
        }
        let (from, to) = (near / 2, among.len().min(near + 1));
        let found = among[from..to].binary_search_by_key(&symbol, |row| row.symbol);
        let at = found.unwrap_or_else(|at| at);
        (number(start + from + at), found.is_ok())
    }

    /// Goes on to the next leaf with the places that looking up has given.
    fn recall(
        &mut self,
        rows: &Rows<'_>,
        leaf: &Leaf,
        top: usize,
        places: &mut std::slice::Iter<'_, u32>,
    ) {
        let units = units(leaf);
        let mut depth = leaf.shared;
        if leaf.shared <= self.top {
            let looked_up = units.min(top + 1);
            for (place, &found) in self.places[depth..looked_up].iter_mut().zip(places) {
                *place = found;
            }
            depth = looked_up;
        }
        self.top = top;
        for depth in depth..units {
            self.places[depth] = rows.children(depth - 1, self.places[depth - 1]);
        }
    }
}

/// Units of a leaf, without the boundary that ends it.
pub(super) fn units(leaf: &Leaf) -> usize {
    leaf.length - usize::from(leaf.window[leaf.length - 1] == BOUNDARY)
}

/// What all new leaves touch, in their order.
pub(super) struct Touched {
    tops: Vec<u8>,
    places: Vec<u32>,
    /// The n-grams without a row that have a side to the left.
    pub filter: Filter,
}

impl Touched {
    /// Looks up the n-grams of a scan of `leaves` new leaves.
    ///
    /// # Errors
    /// When a page cannot be read, or the work is stopped.
    pub(super) fn by(
        mut scan: MergeScan<'_>,
        leaves: u64,
        rows: &Rows<'_>,
        control: &Control,
    ) -> Result<Touched> {
        let keys = usize::try_from(leaves).unwrap_or(usize::MAX).saturating_mul(KEYS);
        let filter = Filter::new(keys, FILTER_BITS);
        let mut touched = Touched { tops: Vec::new(), places: Vec::new(), filter };
        let mut path = Path::default();
        let longest = rows.levels.len() - 1;
        let mut ticks = control.ticks();
        while let Some(run) = scan.next_run()? {
            for leaf in run {
                path.look_up(rows, leaf, |place| touched.places.push(place));
                touched.tops.push(u8::try_from(path.top).unwrap_or(u8::MAX));
                let known = leaf.shared.max(path.top);
                let mut key = Key::default();
                for (depth, &symbol) in leaf.window[..units(leaf).min(longest)].iter().enumerate() {
                    key = key.and(symbol);
                    if depth >= known {
                        touched.filter.add(key);
                    }
                }
            }
            ticks.add(run.len())?;
        }
        Ok(touched)
    }
}

/// The new leaves once more, each with its path.
pub(super) struct Paths<'t, 'v> {
    scan: MergeScan<'v>,
    rows: &'t Rows<'t>,
    tops: std::slice::Iter<'t, u8>,
    places: std::slice::Iter<'t, u32>,
    /// The path of the leaf at hand.
    pub path: Path,
    /// The leaf at hand.
    pub leaf: Option<Leaf>,
}

impl<'t, 'v> Paths<'t, 'v> {
    /// Stands on the first one.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn new(
        scan: MergeScan<'v>,
        rows: &'t Rows<'t>,
        touched: &'t Touched,
    ) -> Result<Self> {
        let (tops, places) = (touched.tops.iter(), touched.places.iter());
        let mut paths = Paths { scan, rows, tops, places, path: Path::default(), leaf: None };
        paths.advance()?;
        Ok(paths)
    }

    /// Goes to the next one.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn advance(&mut self) -> Result<()> {
        self.leaf = self.scan.next_leaf()?.copied();
        if let (Some(leaf), Some(&top)) = (&self.leaf, self.tops.next()) {
            self.path.recall(self.rows, leaf, usize::from(top), &mut self.places);
        }
        Ok(())
    }
}
