//! How a caller watches long work and stops it: progress, interruption, deadlines; and how work is
//! shared out.
//!
//! The library draws nothing; whoever wants a bar implements [`Progress`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::{Error, Result};

/// So many things that were made ahead wait until they are taken.
const WAITING: usize = 4;

/// Runs `work` on every part, each on a thread of its own; the results in the order of the parts.
pub fn on_threads<T: Send, R: Send>(mut parts: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let Some(last) = parts.pop() else { return Vec::new() };
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        let mine = work(last);
        let mut results: Vec<R> = running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        results.push(mine);
        results
    })
}

/// Does both, at the same time where there are two threads or more.
pub fn both<A: Send, B>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let running = scope.spawn(one);
        let mine = other();
        (running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), mine)
    })
}

/// Makes something of every part and hands it over, in the order of the parts. Where there are two
/// threads or more, what comes next is made meanwhile, and whoever waits for it makes a later one.
///
/// # Errors
/// The first of `take`, which ends it.
pub fn in_turn<P, T: Send>(
    threads: usize,
    mut parts: impl Iterator<Item = P> + Send,
    make: impl Fn(P) -> T + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    if threads < 2 {
        return parts.try_for_each(|part| take(make(part)));
    }
    let parts = Mutex::new(parts.enumerate());
    let make_next = || {
        let (place, part) = parts.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        Some((place, make(part)))
    };
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        // Once nobody takes them any more, nobody makes them.
        scope.spawn(|| {
            let sender = sender;
            while make_next().is_some_and(|made| sender.send(made).is_ok()) {}
        });
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        loop {
            if let Some(made) = early.remove(&turn) {
                take(made)?;
                turn += 1;
                continue;
            }
            match receiver.try_recv().ok().or_else(make_next).or_else(|| receiver.recv().ok()) {
                Some((place, made)) => early.insert(place, made),
                None => return Ok(()),
            };
        }
    })
}

/// Runs `work` on every part, each on the first worker that is free; the results in the order of
/// the parts. Workers keep what is theirs from part to part.
pub fn share_out<W: Send, T: Send, R: Send>(
    workers: Vec<W>,
    parts: Vec<T>,
    work: impl Fn(&mut W, T) -> R + Sync,
) -> Vec<R> {
    let queue = Mutex::new(parts.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let shares = on_threads(workers, |mut worker| {
        let mut share = Vec::new();
        while let Some((place, part)) = next() {
            share.push((place, work(&mut worker, part)));
        }
        share
    });
    let mut results: Vec<(usize, R)> = shares.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

/// What the numbers of a progress report count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Bytes read or written.
    Bytes,
    /// Things: rows, segments, sentences.
    Items,
}

/// Receives the progress of one long step at a time. Called from any thread.
pub trait Progress: Send + Sync {
    /// A step begins: its name, and how much there is to do where that is known.
    fn begin(&self, task: &str, total: Option<u64>, measure: Measure);
    /// So much more is done.
    fn advance(&self, amount: u64);
    /// The step is over, whatever came of it.
    fn finish(&self);
    /// How far the step under way has got, in words.
    fn reached(&self) -> Option<String> {
        None
    }
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _task: &str, _total: Option<u64>, _measure: Measure) {}
    fn advance(&self, _amount: u64) {}
    fn finish(&self) {}
}

/// Progress that is handed on, and remembered for whoever stops the work.
pub struct Remembered {
    next: Arc<dyn Progress>,
    step: Mutex<Option<(String, Option<u64>)>>,
    done: AtomicU64,
}

impl Remembered {
    /// Hands everything on to `next`.
    pub fn new(next: Arc<dyn Progress>) -> Self {
        Remembered { next, step: Mutex::default(), done: AtomicU64::new(0) }
    }

    fn set(&self, step: Option<(String, Option<u64>)>) {
        self.done.store(0, Ordering::Relaxed);
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }
}

impl Progress for Remembered {
    fn begin(&self, task: &str, total: Option<u64>, measure: Measure) {
        self.set(Some((task.to_owned(), total)));
        self.next.begin(task, total, measure);
    }

    fn advance(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
        self.next.advance(amount);
    }

    fn finish(&self) {
        self.set(None);
        self.next.finish();
    }

    fn reached(&self) -> Option<String> {
        let step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let (task, total) = step.as_ref()?;
        let done = self.done.load(Ordering::Relaxed);
        let share = total.filter(|total| *total > 0).map(|total| {
            let percent = u128::from(done.min(total)) * 100 / u128::from(total);
            format!(": {percent} % done")
        });
        Some(format!("{task}{}", share.unwrap_or_else(|| ": under way".into())))
    }
}

/// A switch that stops running work within a second; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the work to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes the request back, before the next work begins.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How an answer comes about: what is read and what is made on the way. Kept only while somebody
/// has asked for it; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Option<Vec<String>>>>);

impl Notes {
    /// Begins to keep what is noted.
    pub fn begin(&self) {
        *self.kept() = Some(Vec::new());
    }

    /// Notes something, if that is wanted.
    pub fn add(&self, what: impl FnOnce() -> String) {
        if let Some(notes) = &mut *self.kept() {
            notes.push(what());
        }
    }

    /// Hands out what was noted since the last time.
    pub fn take(&self) -> Vec<String> {
        self.kept().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Keeps nothing any more.
    pub fn end(&self) {
        *self.kept() = None;
    }

    fn kept(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What running work looks at: the switch, the deadline, and whom to tell.
#[derive(Clone)]
pub struct Control {
    /// Set from outside, usually by Ctrl-C.
    pub stop: Stop,
    /// When the work has to be over.
    pub deadline: Option<Instant>,
    /// Told how far the work has got.
    pub progress: Arc<dyn Progress>,
    /// What EXPLAIN ANALYZE wants to know.
    pub notes: Notes,
}

impl Default for Control {
    fn default() -> Self {
        let (stop, notes) = (Stop::default(), Notes::default());
        Control { stop, deadline: None, progress: Arc::new(Silent), notes }
    }
}

impl Control {
    /// Goes on, or ends the work with an error that says why. Cheap enough for once a page.
    ///
    /// # Errors
    /// [`Error::Retry`] when a stop was asked for or the deadline has passed.
    pub fn check(&self) -> Result<()> {
        if self.stop.is_set() {
            return Err(self.stopped("interrupted", "nothing is left half done; run it again"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let advice = "SET timeout = 10m gives more time, RESET timeout takes the limit away";
            return Err(self.stopped("the time limit has passed", advice));
        }
        Ok(())
    }

    /// For work of many small steps, too many to look here at each.
    pub fn ticks(&self) -> Ticks<'_> {
        Ticks { control: self, since: 0 }
    }

    /// The error of work that is stopped: how far it got, and what to do.
    fn stopped(&self, message: &str, advice: &str) -> Error {
        let reached = self.progress.reached();
        Error::retry(message).hint(match reached {
            Some(reached) => format!("{reached}; {advice}"),
            None => advice.to_owned(),
        })
    }
}

/// Small steps of work: once in a while they are reported, and the work may be stopped.
pub struct Ticks<'c> {
    control: &'c Control,
    /// Steps not yet reported.
    since: u64,
}

impl Ticks<'_> {
    /// Steps between two looks at the controls.
    const EVERY: u64 = 1 << 16;

    /// So many more are done.
    ///
    /// # Errors
    /// Those of [`Control::check`].
    #[inline]
    pub fn add(&mut self, steps: usize) -> Result<()> {
        self.since += steps as u64;
        if self.since < Self::EVERY {
            return Ok(());
        }
        self.control.progress.advance(std::mem::take(&mut self.since));
        self.control.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(control: &Control) -> String {
        control.check().unwrap_err().report().hint.clone().unwrap()
    }

    #[test]
    fn what_is_made_is_taken_in_turn() {
        let is_slow = |part: usize| part.is_multiple_of(7);
        let make = |part: usize| {
            std::thread::sleep(std::time::Duration::from_micros(100 * u64::from(is_slow(part))));
            part
        };
        for threads in 1..=3 {
            let mut taken = Vec::new();
            in_turn(threads, 0..100, make, |part| {
                taken.push(part);
                Ok(())
            })
            .unwrap();
            assert!(taken.iter().copied().eq(0..100));
            let until = |part| if part < 30 { Ok(()) } else { Err(Error::retry("enough")) };
            assert!(in_turn(threads, 0..100, make, until).is_err());
        }
    }

    #[test]
    fn whoever_is_stopped_learns_how_far_it_got() {
        let progress = Arc::new(Remembered::new(Arc::new(Silent)));
        let control = Control { progress, ..Control::default() };
        assert!(control.check().is_ok());
        control.stop.set();
        assert_eq!(hint(&control), "nothing is left half done; run it again");
        control.progress.begin("statistics", Some(200), Measure::Items);
        control.progress.advance(86);
        assert!(hint(&control).starts_with("statistics: 43 % done; nothing"));
        control.progress.begin("reading", None, Measure::Bytes);
        assert!(hint(&control).starts_with("reading: under way; nothing"));
        control.progress.finish();
        assert!(hint(&control).starts_with("nothing"));
    }
}
