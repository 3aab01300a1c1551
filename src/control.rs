//! How a caller watches long work and stops it: progress, interruption, deadlines.
//!
//! The library draws nothing; whoever wants a bar implements [`Progress`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::error::{Error, Result};

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
    /// What was read or made, for whoever wants to know how an answer came about.
    fn note(&self, _what: &str) {}
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _task: &str, _total: Option<u64>, _measure: Measure) {}
    fn advance(&self, _amount: u64) {}
    fn finish(&self) {}
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

/// What running work looks at: the switch, the deadline, and whom to tell.
#[derive(Clone)]
pub struct Control {
    /// Set from outside, usually by Ctrl-C.
    pub stop: Stop,
    /// When the work has to be over.
    pub deadline: Option<Instant>,
    /// Told how far the work has got.
    pub progress: Arc<dyn Progress>,
}

impl Default for Control {
    fn default() -> Self {
        Control { stop: Stop::default(), deadline: None, progress: Arc::new(Silent) }
    }
}

impl Control {
    /// Goes on, or ends the work with an error that says why. Cheap enough for once a page.
    ///
    /// # Errors
    /// [`Error::Retry`] when a stop was asked for or the deadline has passed.
    pub fn check(&self) -> Result<()> {
        if self.stop.is_set() {
            return Err(Error::retry("interrupted").hint("nothing is left half done; run it again"));
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Error::retry("the time limit has passed")
                .hint("SET timeout = 10m gives more time, RESET timeout takes the limit away"));
        }
        Ok(())
    }
}
