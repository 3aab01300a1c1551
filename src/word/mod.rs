//! Words in text: lexicons, models, and segmenters that cut sentences into their words.

mod autonomy;
mod coded;
mod double_array;
mod joining;
mod lexicon;
mod model;
mod numbering;
mod own;
mod path;
mod segmenter;
mod units;
mod wholes;

pub use autonomy::{Autonomy, RunRows};
pub use joining::{Joining, draws, joins};
pub use lexicon::{Lexicon, Numbered};
pub use model::Model;
pub use path::{Path, Scores};
pub use segmenter::{Segmenter, Token, Worker};
