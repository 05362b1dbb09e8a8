//! The crate as its users see it.

mod captures;
mod hostile;
mod restart;
mod sessions;
mod support;
mod updates;
