//! Was it in-window? The answer with its ground.
//!
//! Pure. Nothing here asks what is true now: everything known is passed in, with the moment it is known as of.

mod value;

pub use value::{
    Answer, Evidence, Flag, GroupCount, ImpactSeen, Kind, Label, NoticeSeen, SCHEMA, Segment, Verdict, WindowSeen,
};
