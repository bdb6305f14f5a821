//! The room as a whole: inventories that are wrong, the walk against its definition, and the two stories.

mod bulk;
mod conflicts;
mod schema;
mod stories;
mod walk;
mod wrong;
