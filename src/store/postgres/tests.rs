//! What only this room can see: that both databases take the same steps to the same rows, and that tables are copied.

use super::migrate;
use crate::store::sqlite;

#[test]
fn both_stores_take_the_same_steps() {
    let ours: Vec<(u32, &str)> = migrate::ALL.iter().map(|step| (step.number, step.name)).collect();
    assert_eq!(ours, sqlite::migrations());
}

#[cfg(feature = "servers")]
mod copies;

#[cfg(feature = "servers")]
mod plans;
