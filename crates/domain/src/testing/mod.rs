//! For tests and first steps: an in-memory store, fixtures, and the contract that every store
//! must keep.
