//! The one integration binary: what rooms do together, and with files.

mod notice;
