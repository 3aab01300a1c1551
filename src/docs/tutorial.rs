//! Ten minutes with erya.
#![doc = ""]
#![doc = include_str!("tutorial.md")]
