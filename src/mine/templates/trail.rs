//! A path on its way, as a hash of the template that it makes: it grows word by word, so that paths
//! that begin alike share the work.

use crate::mine::templates::discovery::SLOT;

/// The hash of the parts of a template so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trail(u64);

impl Trail {
    /// A path that begins at a place of a clause.
    pub(super) fn start(clause: &[u32], place: usize) -> Self {
        let before = if place > 0 { Trail(0).with(SLOT) } else { Trail(0) };
        before.with(clause[place])
    }

    /// The path goes on from one place to a later one.
    pub(super) fn on(self, clause: &[u32], from: usize, to: usize) -> Self {
        let before = if to > from + 1 { self.with(SLOT) } else { self };
        before.with(clause[to])
    }

    /// The hash of the whole template, once the path ends at a place.
    pub(super) fn end(self, clause: &[u32], last: usize) -> u64 {
        let all = if last + 1 < clause.len() { self.with(SLOT) } else { self };
        // Both ends of the number are used: the upper for the sketch, the lower for the table.
        let mixed = (all.0 ^ all.0 >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 29
    }

    /// The hash of the template of a path.
    pub(super) fn of(clause: &[u32], path: &[usize]) -> u64 {
        let [first, .., last] = path else {
            let only = path.first().copied().unwrap_or(0);
            return Trail::start(clause, only).end(clause, only);
        };
        let steps = path.windows(2);
        let all = steps
            .fold(Trail::start(clause, *first), |trail, step| trail.on(clause, step[0], step[1]));
        all.end(clause, *last)
    }

    fn with(self, part: u32) -> Self {
        let next = self.0.rotate_left(23) ^ (u64::from(part) + 1);
        Trail(next.wrapping_mul(0xd6e8_feb8_6659_fd93))
    }
}
