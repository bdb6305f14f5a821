//! The outputs in README.md are real.
