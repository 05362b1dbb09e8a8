//! The crate as its users see it.

mod behaviour;
mod captures;
mod hostile;
mod properties;
mod support;
