//! What a search has found: counted, or spelled out and handed over in a fixed order.
//!
//! A search is cut into tasks. Each thread writes the itemsets of its task into a block; blocks
//! reach the sink in the order of the tasks, whichever thread was first.

use std::collections::BTreeMap;
use std::mem::take;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::method::Task;
use super::search::{Sizes, Target};
use super::sink::Sink;
use super::top::Best;
use crate::control::Control;
use crate::error::{Error, Result};

/// Numbers in a block before it is handed on.
const BLOCK: usize = 1 << 16;
/// Steps between two looks at the controls.
const CHECK_EVERY: usize = 1 << 22;

/// What all threads of a search share.
pub(super) struct Shared<'s> {
    pub(super) target: Target,
    pub(super) sizes: Sizes,
    pub(super) min: u32,
    /// Items that a generator has to have; others begin with them.
    wanted: &'s [u32],
    lists: bool,
    control: &'s Control,
    best: Option<Mutex<Best>>,
    /// The count that gets among the best.
    floor: AtomicU32,
    stopped: AtomicBool,
    delivery: Mutex<Delivery<'s>>,
    moved: Condvar,
    /// Numbers that may wait for their turn.
    patience: usize,
}

/// Blocks on their way to the sink.
struct Delivery<'s> {
    sink: &'s mut dyn Sink,
    /// The task whose itemsets are due.
    turn: usize,
    /// Blocks of tasks that are not yet due, and whether the task is over.
    waiting: BTreeMap<usize, (Vec<u32>, bool)>,
    /// Numbers in them.
    held: usize,
    found: u64,
}

impl<'s> Shared<'s> {
    pub(super) fn new(task: &'s Task<'_>, sink: &'s mut dyn Sink) -> Self {
        let words = task.search.memory / 8 / size_of::<u32>() as u64;
        Shared {
            target: task.search.target,
            sizes: task.search.sizes(),
            min: task.min,
            wanted: &task.ground.wanted,
            lists: sink.lists() || task.search.top.is_some(),
            control: task.control,
            best: task.search.top.map(|top| Mutex::new(Best::new(top))),
            floor: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
            delivery: Mutex::new(Delivery {
                sink,
                turn: 0,
                waiting: BTreeMap::new(),
                held: 0,
                found: 0,
            }),
            moved: Condvar::new(),
            patience: usize::try_from(words).unwrap_or(usize::MAX),
        }
    }

    /// Ends the tasks of all threads; says whether this is the first call.
    pub(super) fn stop(&self) -> bool {
        let is_first = !self.stopped.swap(true, Ordering::Relaxed);
        self.moved.notify_all();
        is_first
    }

    /// Hands over what waits for the end, and says how many itemsets there are.
    pub(super) fn finish(self) -> Result<u64> {
        let delivery = self.delivery.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(best) = self.best {
            let best = best.into_inner().unwrap_or_else(PoisonError::into_inner);
            return best.deliver(delivery.sink);
        }
        if delivery.found == u64::MAX {
            return Err(Error::input("there are more itemsets than 64 bits can count")
                .hint("ask for a higher support, or for target = closed"));
        }
        if !self.lists {
            delivery.sink.tally(delivery.found)?;
        }
        Ok(delivery.found)
    }
}

/// The itemset a thread stands at, and what it has found in its task.
pub(super) struct Output<'o, 's> {
    pub(super) shared: &'o Shared<'s>,
    task: usize,
    /// The items of the itemset at hand.
    pub(super) items: Vec<u32>,
    /// Items that are in every transaction that holds it. Only where all itemsets are wanted; the
    /// other targets take them in, or have none.
    pub(super) free: Vec<u32>,
    found: u64,
    told: u64,
    steps: usize,
    /// For each itemset: how many items, its count, its items.
    block: Vec<u32>,
    sorted: Vec<u32>,
}

impl<'o, 's> Output<'o, 's> {
    pub(super) fn new(shared: &'o Shared<'s>) -> Self {
        Output {
            shared,
            task: 0,
            items: Vec::new(),
            free: Vec::new(),
            found: 0,
            told: 0,
            steps: 0,
            block: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// Begins a task.
    pub(super) fn begin(&mut self, task: usize, prefix: &[u32], free: &[u32]) {
        self.task = task;
        self.items.clear();
        self.items.extend_from_slice(prefix);
        self.free.clear();
        self.free.extend_from_slice(free);
    }

    /// Whether itemsets are only counted.
    pub(super) fn only_counts(&self) -> bool {
        !self.shared.lists
    }

    /// The count below which no itemset is reported: the least, or what gets among the best.
    #[inline]
    pub(super) fn least(&self) -> u32 {
        self.shared.min.max(self.shared.floor.load(Ordering::Relaxed))
    }

    /// Whether the itemset at hand may have more items.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.items.len() < self.shared.sizes.max
    }

    /// Notes so many steps of work; now and then tells of the progress and looks whether to stop.
    #[inline]
    pub(super) fn step(&mut self, steps: usize) -> Result<()> {
        self.steps += steps;
        if self.steps >= CHECK_EVERY { self.look() } else { Ok(()) }
    }

    #[cold]
    fn look(&mut self) -> Result<()> {
        self.steps = 0;
        self.shared.control.progress.advance(self.found - self.told);
        self.told = self.found;
        self.shared.control.check()?;
        self.shared.go_on()
    }

    /// Takes the itemset at hand; where all are wanted, also with every choice of free items.
    #[inline]
    pub(super) fn emit(&mut self, count: u32) -> Result<()> {
        if self.only_counts() {
            let more = self.choices(self.items.len(), self.free.len());
            self.found = self.found.saturating_add(more);
            return Ok(());
        }
        if self.free.is_empty() {
            return self.spell(count);
        }
        let mut free = take(&mut self.free);
        let spelled = self.spell_choices(&free, count);
        std::mem::swap(&mut self.free, &mut free);
        spelled
    }

    /// Adds itemsets of the present size and `deeper` more items, each with every choice of free
    /// items. Only where they are only counted.
    #[inline]
    pub(super) fn add(&mut self, number: u64, deeper: usize) {
        let each = self.choices(self.items.len() + deeper, self.free.len());
        self.found = self.found.saturating_add(number.saturating_mul(each));
    }

    /// In how many ways any of `free` items can be added so that the size is wanted.
    #[inline]
    fn choices(&self, size: usize, free: usize) -> u64 {
        let Sizes { min, max } = self.shared.sizes;
        if size >= min && max == usize::MAX && self.shared.wanted_is_met(&self.items) {
            return u32::try_from(free)
                .ok()
                .and_then(|free| 1u64.checked_shl(free))
                .unwrap_or(u64::MAX);
        }
        self.some_choices(size, free)
    }

    fn some_choices(&self, size: usize, free: usize) -> u64 {
        if !self.shared.wanted_is_met(&self.items) {
            return 0;
        }
        let mut ways = 1u128;
        let mut sum = 0u128;
        for added in 0..=free {
            if self.shared.sizes.hold(size + added) {
                sum = sum.saturating_add(ways);
            }
            ways = ways.saturating_mul((free - added) as u128) / (added as u128 + 1);
        }
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    fn spell_choices(&mut self, free: &[u32], count: u32) -> Result<()> {
        self.spell(count)?;
        if !self.has_room() {
            return Ok(());
        }
        for (place, &item) in free.iter().enumerate() {
            self.items.push(item);
            let spelled = self.spell_choices(&free[place + 1..], count);
            self.items.pop();
            spelled?;
        }
        Ok(())
    }

    fn spell(&mut self, count: u32) -> Result<()> {
        let shared = self.shared;
        self.step(16)?;
        if !shared.sizes.hold(self.items.len()) || !shared.wanted_is_met(&self.items) {
            return Ok(());
        }
        if let Some(best) = &shared.best {
            if count >= shared.floor.load(Ordering::Relaxed) {
                self.found += 1;
                self.sorted.clone_from(&self.items);
                self.sorted.sort_unstable();
                let mut best = best.lock().unwrap_or_else(PoisonError::into_inner);
                best.offer(&self.sorted, count);
                shared.floor.store(best.floor(), Ordering::Relaxed);
            }
            return Ok(());
        }
        self.found += 1;
        let length = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.block.extend([length, count]);
        let start = self.block.len();
        self.block.extend_from_slice(&self.items);
        self.block[start..].sort_unstable();
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    /// Hands the block on, as soon as the task is due or there is room to wait.
    fn flush(&mut self) -> Result<()> {
        let shared = self.shared;
        let mut delivery = shared.lock();
        while delivery.turn != self.task && delivery.held + self.block.len() > shared.patience {
            shared.control.check()?;
            shared.go_on()?;
            let wait = shared.moved.wait_timeout(delivery, Duration::from_millis(50));
            delivery = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        delivery.put(self.task, &mut self.block, false)?;
        drop(delivery);
        self.look()
    }

    /// Ends the task: what is left of it is handed on.
    pub(super) fn end(&mut self) -> Result<()> {
        let mut delivery = self.shared.lock();
        delivery.put(self.task, &mut self.block, true)?;
        delivery.found = delivery.found.saturating_add(self.found);
        drop(delivery);
        self.shared.moved.notify_all();
        self.look()?;
        (self.found, self.told) = (0, 0);
        Ok(())
    }
}

impl Delivery<'_> {
    /// Adds to the block of a task, and hands over all that is due.
    fn put(&mut self, task: usize, block: &mut Vec<u32>, over: bool) -> Result<()> {
        self.held += block.len();
        let waiting = self.waiting.entry(task).or_default();
        waiting.0.append(block);
        waiting.1 = over;
        while let Some((due, over)) = self.waiting.remove(&self.turn) {
            self.held -= due.len();
            let mut rest = due.as_slice();
            while let [length, count, after @ ..] = rest {
                let (items, following) = after.split_at(*length as usize);
                self.sink.take(items, u64::from(*count))?;
                rest = following;
            }
            if !over {
                break;
            }
            self.turn += 1;
        }
        Ok(())
    }
}

impl<'s> Shared<'s> {
    fn lock(&self) -> MutexGuard<'_, Delivery<'s>> {
        self.delivery.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn go_on(&self) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Error::retry("another thread of the search has stopped"));
        }
        Ok(())
    }

    #[inline]
    fn wanted_is_met(&self, items: &[u32]) -> bool {
        self.target != Target::Generators || self.wanted.iter().all(|item| items.contains(item))
    }
}
