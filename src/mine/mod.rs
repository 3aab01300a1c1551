//! What is found in counts: words, templates, sequences, itemsets.
//!
//! A method is a pure function of stored statistics and arguments. Its row in [`words::METHODS`] or
//! [`itemsets::METHODS`] says what it is called and where it comes from.

mod derive;
mod gains;
mod grown;
pub mod itemsets;
mod lookup;
mod method;
mod packed;
mod ranking;
mod refresh;
mod rules;
pub mod sequences;
mod sets;
mod share;
pub mod templates;
pub mod words;

pub use derive::{derive, filtered, is_derivable, is_subset};
pub use gains::{GainStep, Gains};
pub use grown::{Grown, GrownReader, reaches};
pub use method::{Argument, Arguments, Bounds, MethodHead, ParameterKind, ParameterRow};
pub use ranking::Group;
pub use refresh::{Changes, Refresh, Refreshed, compare, refresh};
pub use rules::{Rule, RuleSearch, Rules, rules};
pub use sets::{SetList, SetReader, Step};
pub use share::Share;
