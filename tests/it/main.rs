//! All integration tests, as one binary.

mod answers;
mod counts;
mod crash;
mod naive;
mod tidy;
