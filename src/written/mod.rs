//! Files that people write: TOML tables and CSV rows read key by key, and everything that is wrong in them with its place.
//!
//! Pure, and it knows nothing of what the files declare: the inventory, the configuration and standing windows are read
//! with it, each in its own room.

mod entry;
mod problem;
mod rows;

pub(crate) use entry::{Entry, Refusal, parse_table};
pub use problem::{MAX_PROBLEMS, Problem, SourceFile};
pub(crate) use problem::{Place, Placed, Problems, did_you_mean};
pub(crate) use rows::{Column, Holds, Rows, Sheet};
