//! Where in the file the values stand that only a machine can judge, for [`crate::Config::check_machine`].

use crate::learn::LearnPlaces;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of the text.
pub(crate) type Span = Range<usize>;

/// The place of what is not written.
pub(crate) const START: Span = 0..0;

/// The file's name and its text, shared by every message about it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) source: Source,
    pub(crate) hugepages: Span,
    pub(crate) memory: Span,
    pub(crate) main_core: Span,
    /// One for each of the workers' cores, or one for `auto`.
    pub(crate) cores: Vec<Span>,
    /// By port: the device, and each of `queue_cores`.
    pub(crate) devices: Vec<Span>,
    pub(crate) queue_cores: Vec<Vec<Span>>,
    /// By interface, and behind them by loopback: the mirror's namespace, [`START`] where there is none.
    pub(crate) namespaces: Vec<Span>,
    /// The namespaces in which control listens for FPM and for BGP, [`START`] where there is none.
    pub(crate) listeners: [Span; 2],
    /// By path: its BFD interval, [`START`] where there is none.
    pub(crate) intervals: Vec<Span>,
    /// The program's file.
    pub(crate) program: Span,
    /// By entry of the program.
    pub(crate) entries: Vec<Span>,
    /// By default action that the file gives.
    pub(crate) defaults: Vec<Span>,
    /// By clone session.
    pub(crate) clones: Vec<Span>,
    /// By multicast group.
    pub(crate) multicast: Vec<Span>,
    /// By rule of what is learned.
    pub(crate) learn: Vec<LearnPlaces>,
}
