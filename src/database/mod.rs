//! The public door: open a database, begin a session, run statements.
//!
//! A [`Database`] is shared; a [`Session`] belongs to one user and keeps settings, the corpus in
//! use and the last result. Each group of statements has a file.

mod backup;
mod corpora;
#[allow(clippy::module_inception)] // the noun of the floor is the noun of its main type
mod database;
mod exchange;
mod ingest;
mod itemsets;
mod listings;
mod measured;
mod outline;
mod queries;
mod refresh;
mod segmenting;
mod session;
mod settings;
mod sources;
mod upkeep;

#[cfg(test)]
mod tests;

pub use database::{Database, Options};
pub use outline::Outline;
pub use session::Session;
pub use settings::Settings;
