//! Outages as observed, what people said about them and attached to them, and what they did about claims.
//!
//! Pure. Nothing here judges.

mod attachment;
mod claim_step;
pub mod monitor;
mod observed;
mod statement;

pub use attachment::{
    Attached, Attachment, MAX_ATTACHMENTS, MAX_BUNDLED_BYTES, MAX_KEPT_BYTES, MAX_TEXT_BYTES, MAX_URL_BYTES,
};
pub use claim_step::{ClaimAct, ClaimStep};
pub use observed::{Observed, Outage};
pub use statement::{Stance, Statement};
