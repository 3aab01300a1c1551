//! Ctrl-C: the first asks the running work to stop, a second one that finds the first unserved for
//! two seconds ends the process.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::control::Stop;
use crate::error::{Error, Result};

const GRACE: Duration = Duration::from_secs(2);
/// What a shell reports for a program that Ctrl-C has ended.
const INTERRUPTED: i32 = 130;

/// What Ctrl-C does while nothing runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Ends the process.
    Exit,
    /// Nothing: a shell is left on purpose only.
    Stay,
}

/// The handler of Ctrl-C. Clones share it.
#[derive(Clone)]
pub struct Interrupts(Arc<State>);

struct State {
    stop: Stop,
    idle: Idle,
    working: AtomicBool,
    first: Mutex<Option<Instant>>,
}

/// Work that Ctrl-C stops, as long as this lives.
pub struct Working<'i>(&'i State);

impl Interrupts {
    /// Takes Ctrl-C over; once in a process.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is a handler already.
    pub fn install(stop: Stop, idle: Idle) -> Result<Self> {
        let interrupts = Self::detached(stop, idle);
        let state = Arc::clone(&interrupts.0);
        ctrlc::set_handler(move || {
            if state.pressed() == Press::Exit {
                process::exit(INTERRUPTED);
            }
        })
        .map_err(|error| Error::internal("Ctrl-C cannot be handled").because(error))?;
        Ok(interrupts)
    }

    fn detached(stop: Stop, idle: Idle) -> Self {
        let (working, first) = (AtomicBool::new(false), Mutex::new(None));
        Interrupts(Arc::new(State { stop, idle, working, first }))
    }

    /// Work begins; an earlier request to stop is forgotten.
    pub fn working(&self) -> Working<'_> {
        *self.0.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.stop.clear();
        self.0.working.store(true, Ordering::SeqCst);
        Working(&self.0)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.working.store(false, Ordering::SeqCst);
    }
}

#[derive(Debug, PartialEq)]
enum Press {
    Wait,
    Exit,
}

impl State {
    fn pressed(&self) -> Press {
        if !self.working.load(Ordering::SeqCst) {
            return if self.idle == Idle::Exit { Press::Exit } else { Press::Wait };
        }
        self.stop.set();
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        match *first {
            Some(first) if first.elapsed() >= GRACE => Press::Exit,
            Some(_) => Press::Wait,
            None => {
                *first = Some(Instant::now());
                Press::Wait
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_stops_second_exits_only_when_unserved() {
        let stop = Stop::default();
        let interrupts = Interrupts::detached(stop.clone(), Idle::Stay);
        assert_eq!(interrupts.0.pressed(), Press::Wait);
        assert!(!stop.is_set());
        let working = interrupts.working();
        assert_eq!(interrupts.0.pressed(), Press::Wait);
        assert!(stop.is_set());
        assert_eq!(interrupts.0.pressed(), Press::Wait);
        *interrupts.0.first.lock().unwrap() = Instant::now().checked_sub(GRACE);
        assert_eq!(interrupts.0.pressed(), Press::Exit);
        drop(working);
        assert_eq!(interrupts.0.pressed(), Press::Wait);
        let _working = interrupts.working();
        assert!(!stop.is_set());
    }

    #[test]
    fn a_program_that_does_nothing_ends_at_once() {
        let interrupts = Interrupts::detached(Stop::default(), Idle::Exit);
        assert_eq!(interrupts.0.pressed(), Press::Exit);
    }
}
