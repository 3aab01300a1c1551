//! The same ten minutes in Chinese: 十分钟学会 erya。
#![doc = ""]
#![doc = include_str!("tutorial.zh.md")]
