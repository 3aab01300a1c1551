//! What a person reads: the reference, generated from the tables of the language, and a tutorial
//! in two languages whose every example is run by a test.

pub mod reference;
pub mod tutorial;
pub mod tutorial_zh;
