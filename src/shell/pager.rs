//! A pager, used only when a result is longer than the screen.

use std::env;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Lines kept free for the prompt and the footer.
const SPARE: usize = 3;

/// A writer that holds back what fits on the screen, and starts `$PAGER`, or less, at the first
/// line that does not fit. Without a pager everything goes to standard output.
pub(super) struct Pager {
    held: Vec<u8>,
    lines: usize,
    room: usize,
    out: Out,
    waited: Duration,
}

enum Out {
    Held,
    Screen,
    Child(Child),
}

impl Pager {
    /// A pager for a screen of so many lines.
    pub(super) fn new(height: usize) -> Self {
        let room = height.saturating_sub(SPARE).max(1);
        Pager { held: Vec::new(), lines: 0, room, out: Out::Held, waited: Duration::ZERO }
    }

    /// Everything is written: shows what was held back or waits until the person has read enough.
    /// Gives the time that the person took.
    pub(super) fn finish(mut self) -> Duration {
        let begun = Instant::now();
        match &mut self.out {
            Out::Held => {
                let shown = self.release();
                drop(shown);
            }
            Out::Screen => {}
            Out::Child(child) => {
                drop(child.stdin.take());
                let over = child.wait();
                drop(over);
                self.waited += begun.elapsed();
            }
        }
        self.waited
    }

    fn release(&mut self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(&self.held)?;
        self.held = Vec::new();
        out.flush()
    }

    fn overflow(&mut self) -> io::Result<()> {
        match start() {
            Some(mut child) => {
                let held = std::mem::take(&mut self.held);
                let written = child.stdin.as_mut().map(|stdin| stdin.write_all(&held));
                self.out = Out::Child(child);
                written.unwrap_or(Ok(()))
            }
            None => {
                self.out = Out::Screen;
                self.release()
            }
        }
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Held => {
                self.held.extend_from_slice(bytes);
                self.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
                if self.lines > self.room {
                    self.overflow()?;
                }
                Ok(bytes.len())
            }
            Out::Screen => io::stdout().lock().write(bytes),
            Out::Child(child) => {
                let begun = Instant::now();
                let stdin = child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
                let written = stdin.write(bytes);
                self.waited += begun.elapsed();
                written
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &self.out {
            Out::Screen => io::stdout().lock().flush(),
            Out::Held | Out::Child(_) => Ok(()),
        }
    }
}

/// Starts the pager that the environment names; an empty `$PAGER` means none.
fn start() -> Option<Child> {
    let mut command = match env::var("PAGER") {
        Ok(pager) if pager.trim().is_empty() => return None,
        Ok(pager) => {
            let mut command = Command::new("sh");
            command.args(["-c", &pager]);
            command
        }
        Err(_) => Command::new("less"),
    };
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRSX");
    }
    command.env("LESSCHARSET", "utf-8").stdin(Stdio::piped()).spawn().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_held_back() {
        let mut pager = Pager::new(10);
        for _ in 0..7 {
            pager.write_all(b"x\n").unwrap();
        }
        assert!(matches!(pager.out, Out::Held));
        assert_eq!(pager.held.len(), 14);
        pager.held.clear();
        assert_eq!(pager.finish(), Duration::ZERO);
    }
}
