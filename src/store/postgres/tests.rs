//! What only this room can see.

use super::migrate;
use crate::store::sqlite;

#[test]
fn both_stores_take_the_same_steps() {
    let ours: Vec<(u32, &str)> = migrate::ALL.iter().map(|step| (step.number, step.name)).collect();
    assert_eq!(ours, sqlite::migrations());
}
