//! A progress bar on standard error: bytes, rate and time left. It appears only after half a
//! second, so that what is quick shows nothing, and makes room for results.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::control::{Measure, Progress};

const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// A progress bar for one step at a time.
pub struct Bar(Arc<Shared>);

struct Shared {
    step: Mutex<Option<Step>>,
    /// A step begins, or nobody needs the bar any more.
    changed: Condvar,
}

struct Step {
    begun: Instant,
    bar: ProgressBar,
    shown: bool,
}

impl Bar {
    /// A bar on standard error; a thread of its own shows it when a step takes long.
    pub fn new() -> Self {
        let shared = Arc::new(Shared { step: Mutex::new(None), changed: Condvar::new() });
        let watched = Arc::downgrade(&shared);
        thread::spawn(move || {
            while let Some(shared) = watched.upgrade() {
                shared.tick();
            }
        });
        Bar(shared)
    }

    /// Takes the bar off the screen until the next step: results are coming.
    pub fn hide(&self) {
        if let Some(step) = self.0.lock().take() {
            step.bar.finish_and_clear();
        }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bar {
    fn begin(&self, task: &str, total: Option<u64>, measure: Measure) {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        bar.set_style(style(total.is_some(), measure));
        bar.set_message(task.to_owned());
        let step = Step { begun: Instant::now(), bar, shown: false };
        if let Some(last) = self.0.lock().replace(step) {
            last.bar.finish_and_clear();
        }
        self.0.changed.notify_all();
    }

    fn advance(&self, amount: u64) {
        if let Some(step) = self.0.lock().as_ref() {
            step.bar.inc(amount);
        }
    }

    fn finish(&self) {
        self.hide();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Step>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows or redraws the bar of a step that takes long; waits a while if there is none.
    fn tick(&self) {
        let mut step = self.lock();
        match step.as_mut() {
            Some(step) if step.shown => step.bar.tick(),
            Some(step) if step.begun.elapsed() >= PATIENCE => {
                step.bar.set_draw_target(ProgressDrawTarget::stderr());
                step.shown = true;
                step.bar.tick();
            }
            _ => {}
        }
        // Wakes up for a new step; its half second passes in ticks. A lost lock wakes up as well.
        let wait = if step.is_some() { TICK } else { PATIENCE };
        drop(self.changed.wait_timeout(step, wait));
    }
}

fn style(bounded: bool, measure: Measure) -> ProgressStyle {
    let template = match (bounded, measure) {
        (true, Measure::Bytes) => {
            "{msg:.bold} {bar:24} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} \
             left"
        }
        (true, Measure::Items) => "{msg:.bold} {bar:24} {percent:>3} %  {pos}/{len}  {eta} left",
        (false, Measure::Bytes) => "{msg:.bold} {spinner} {bytes}  {bytes_per_sec}  {elapsed}",
        (false, Measure::Items) => "{msg:.bold} {spinner} {pos}  {per_sec}  {elapsed}",
    };
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_well_formed() {
        for bounded in [true, false] {
            for measure in [Measure::Bytes, Measure::Items] {
                style(bounded, measure);
            }
        }
    }

    #[test]
    fn a_quick_step_shows_nothing() {
        let bar = Bar::new();
        bar.begin("counting", Some(10), Measure::Bytes);
        bar.advance(10);
        assert!(bar.0.lock().as_ref().is_some_and(|step| !step.shown));
        bar.finish();
        assert!(bar.0.lock().is_none());
    }
}
