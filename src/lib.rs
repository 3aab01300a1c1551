//! Erya.
#![allow(dead_code, missing_docs)]

pub mod control;
pub mod error;
pub mod index;
pub mod mine;
pub mod measure { pub struct XLogX(Vec<u64>); impl XLogX { pub fn new() -> Self { XLogX((0..4096u64).map(Self::exact).collect()) } fn exact(c: u64) -> u64 { if c < 2 { 0 } else { ((c as f64) * (c as f64).ln() * (1u64<<26) as f64).round() as u64 } } #[inline] pub fn of(&self, c: u64) -> u64 { if c < 4096 { self.0[c as usize] } else { Self::exact(c) } } pub fn entropy(&self, sum: u64, total: u64) -> f64 { ((total as f64).ln() - sum as f64 / (1u64<<26) as f64 / total as f64).max(0.0) } } }
pub mod store;
pub mod text;
pub mod word;
