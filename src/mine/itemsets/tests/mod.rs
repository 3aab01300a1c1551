//! Tests of all methods against each other and against brute force.

mod answers;
mod naive;
