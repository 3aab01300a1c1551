//! The shell: statements typed or piped in, answers shown, and everything that makes typing easy.
//!
//! It knows no corpus and no row: sentences go to `database`, answers to `render`. What it knows of
//! the language it takes from the tables of the language.

mod commands;
mod completion;
mod files;
mod help;
mod helper;
mod highlight;
mod hint;
mod interrupt;
mod lexis;
mod output;
mod pager;
mod position;
mod prompt;
mod runner;
mod screen;
mod script;
mod session;

pub use interrupt::{Idle, Interrupts};
pub use output::Output;
pub use runner::{Outcome, Runner, RunnerOptions};
pub use screen::{complain, is_coloured, note};
pub use script::{Script, run_all};
pub use session::{Shell, run};
