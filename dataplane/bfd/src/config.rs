use core::net::IpAddr;
use core::time::Duration;

/// Names a session of one engine. An identifier is not used again soon after its session was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl SessionId {
    /// An index below the capacity of the engine, for tables beside it.
    pub const fn slot(self) -> usize {
        self.slot as usize
    }
}

/// The most VRFs, the default one included.
const VRFS: u16 = 64;

/// In place of an interface: the session crosses routers (RFC 5883), so its packets may come in by any of that VRF, which is
/// named by its number below 64.
pub const fn multihop(vrf: u16) -> u16 {
    u16::MAX - vrf
}

/// The VRF in which a session crosses routers; `None` for an interface.
pub const fn multihop_vrf(interface: u16) -> Option<u16> {
    let vrf = u16::MAX - interface;
    if vrf < VRFS { Some(vrf) } else { None }
}

/// The two ends of a session. No two sessions of one engine have interface and peer in common, nor do two over several
/// hops have both addresses in common (RFC 5883 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The interface that packets must arrive on, in the numbering of [`crate::RxMeta`]; or [`multihop`] of a VRF.
    pub interface: u16,
    /// Our address; unspecified (`0.0.0.0`, `::`) accepts any destination.
    pub local: IpAddr,
    pub peer: IpAddr,
}

impl Endpoint {
    /// The VRF in which it crosses routers; `None` for one hop.
    pub const fn vrf(&self) -> Option<u16> {
        multihop_vrf(self.interface)
    }

    /// What tells it from others of one engine: [`Endpoint::local`] only where addresses alone do.
    pub fn key(&self) -> (u16, IpAddr, Option<IpAddr>) {
        (self.interface, self.peer, self.vrf().map(|_| self.local))
    }
}

/// What we ask for; what is agreed depends on the peer too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timers {
    /// bfd.DesiredMinTxInterval while Up, in whole microseconds.
    pub desired_min_tx: Duration,
    /// bfd.RequiredMinRxInterval, in whole microseconds.
    pub required_min_rx: Duration,
    /// bfd.DetectMult: the peer's detection time in our transmit intervals.
    pub multiplier: u8,
}

impl Timers {
    /// The shortest interval that a session may have.
    pub const MIN_INTERVAL: Duration = Duration::from_micros(100);
    /// The longest that the wire can carry.
    pub const MAX_INTERVAL: Duration = Duration::from_micros(u32::MAX as u64);

    /// # Errors
    /// The first value that is out of range.
    pub fn check(&self) -> Result<(), TimersError> {
        let range = Self::MIN_INTERVAL..=Self::MAX_INTERVAL;
        if !range.contains(&self.desired_min_tx) {
            return Err(TimersError::DesiredMinTx(self.desired_min_tx));
        }
        if !range.contains(&self.required_min_rx) {
            return Err(TimersError::RequiredMinRx(self.required_min_rx));
        }
        if self.multiplier == 0 {
            return Err(TimersError::Multiplier);
        }
        Ok(())
    }

    /// As the wire will carry them.
    pub(crate) fn in_microseconds(self) -> Self {
        let whole = |d: Duration| Duration::from_micros(u64::from(micros(d)));
        Self {
            desired_min_tx: whole(self.desired_min_tx),
            required_min_rx: whole(self.required_min_rx),
            multiplier: self.multiplier,
        }
    }
}

/// For the wire, which ends at 71 minutes.
pub(crate) fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub endpoint: Endpoint,
    pub timers: Timers,
    /// Ours; not 0. Unique within the engine: the peer's packets find the session by it.
    pub discriminator: u32,
    /// Transmits nothing until the peer has been heard (RFC 5880 6.1).
    pub passive: bool,
    /// Begins in AdminDown.
    pub admin_down: bool,
    /// The least TTL or hop limit of a received packet: 255 for a single hop (RFC 5881 5), less where routers lie between.
    pub min_ttl: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimersError {
    #[error("desired minimum transmit interval {0:?} is outside of 100 us to 4294 s")]
    DesiredMinTx(Duration),
    #[error("required minimum receive interval {0:?} is outside of 100 us to 4294 s")]
    RequiredMinRx(Duration),
    #[error("detection multiplier is 0")]
    Multiplier,
}

/// Why a session was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    #[error("all {0} sessions are in use")]
    Full(usize),
    #[error("local discriminator is 0")]
    ZeroDiscriminator,
    #[error("local discriminator {0} is in use")]
    DiscriminatorInUse(u32),
    #[error("interface {interface} has a session with {peer}")]
    EndpointInUse { interface: u16, peer: IpAddr },
    #[error("local address {local} and peer {peer} are of different families")]
    Families { local: IpAddr, peer: IpAddr },
    #[error(transparent)]
    Timers(#[from] TimersError),
}
