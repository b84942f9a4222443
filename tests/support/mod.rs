//! A browser in a struct: the network, the clock and the locks that tabs share, and each tab's storage.
//!
//! A [`World`](world::World) has one server behind its network, and hands out [`Tab`](tab::Tab)s. A tab is a
//! platform for the client, so a test opens a page in it with `tab.client()`, steps the futures with
//! [`executor`], looks at `world.requests()`, and turns the clock, the storage or the network between two steps.
//! Nothing here reads the real clock or the real random generator, except to make keys.

#![allow(dead_code, reason = "each crate of tests uses a part of it")]

pub(crate) mod built_in;
pub(crate) mod executor;
pub(crate) mod provider;
pub(crate) mod random;
pub(crate) mod signer;
pub(crate) mod tab;
pub(crate) mod world;
