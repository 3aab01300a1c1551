//! Tests of all methods: against brute force on few rows, against each other on many.

mod answers;
mod kernels;
mod many;
mod naive;
