//! Was it in-window? The answer with its ground.
//!
//! Pure. Nothing here asks what is true now: everything known is passed in, with the moment it is known as of.

mod claim;
mod docket;
mod evidence;
mod flags;
mod ground;
mod held;
mod intake;
mod judge;
mod kind;
mod pieces;
mod question;
mod readings;
mod resting;
mod scope;
mod segments;
mod standing;
mod value;

#[cfg(test)]
mod tests;

pub use claim::{Claim, ClaimFacts, ClaimState, ClaimedAsset};
pub use docket::{
    AskedOfDocket, AssetNumber, Brief, BriefWindow, Desk, Docket, DocketKnown, write_instant, write_number, write_text,
};
pub use ground::group_text;
pub use held::Override;
pub use judge::judge;
pub use question::{Beside, CLOSE_IN_TIME, Concerning, Known, OutageState, Question, names_in};
pub use readings::MAX_READINGS;
pub use value::{
    Answer, AsTold, Evidence, Flag, GroupCount, ImpactSeen, Kind, NoticeSeen, SCHEMA, Segment, Verdict, WindowSeen,
};

pub use crate::maintenance::Label;
