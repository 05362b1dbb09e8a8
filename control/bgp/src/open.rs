//! OPEN (RFC 4271 4.2) and the capabilities (RFC 5492) that matter here.

use crate::bytes::Bytes;
use crate::{Family, FamilySet, Fault};
use std::net::Ipv4Addr;

/// Stands for an AS that does not fit into two octets (RFC 6793 9).
const AS_TRANS: u16 = 23456;

/// Optional parameters (RFC 5492 4, RFC 9072 2).
const PARAMETER_CAPABILITIES: u8 = 2;
const PARAMETER_EXTENDED: u8 = 255;

mod code {
    /// RFC 4760 8.
    pub(super) const MULTIPROTOCOL: u8 = 1;
    /// RFC 2918 2.
    pub(super) const ROUTE_REFRESH: u8 = 2;
    /// RFC 8654 3.
    pub(super) const EXTENDED_MESSAGE: u8 = 6;
    /// RFC 4724 3.
    pub(super) const GRACEFUL_RESTART: u8 = 64;
    /// RFC 6793 3.
    pub(super) const FOUR_OCTET_AS: u8 = 65;
    /// RFC 7911 4.
    pub(super) const ADD_PATH: u8 = 69;
    /// RFC 7313 3.1.
    pub(super) const ENHANCED_REFRESH: u8 = 70;
}

/// What a peer says of a restart (RFC 4724 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GracefulRestart {
    /// The R bit: the peer has just restarted.
    pub restarting: bool,
    /// How long it may take to come back, in seconds (12 bits).
    pub restart_time: u16,
    /// Families for which it keeps its forwarding state, and waits for others before it announces again.
    pub families: FamilySet,
}

/// The capabilities of one side. Those that are not here are not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// `None` when there was no such capability, which means IPv4 unicast.
    pub families: Option<FamilySet>,
    pub four_octet_as: Option<u32>,
    /// Families whose paths it sends with an identifier each.
    pub add_path_send: FamilySet,
    /// Families whose paths it wants with an identifier each.
    pub add_path_receive: FamilySet,
    pub graceful_restart: Option<GracefulRestart>,
    pub route_refresh: bool,
    pub enhanced_refresh: bool,
    pub extended_message: bool,
}

/// The body of an OPEN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// From the capability of RFC 6793 when there is one.
    pub asn: u32,
    /// Seconds; 0 for no keepalives.
    pub hold_time: u16,
    pub identifier: Ipv4Addr,
    pub capabilities: Capabilities,
}

impl Open {
    /// # Errors
    /// `Version`, `Open`, `OptionalParameter`.
    pub fn parse(body: &[u8]) -> Result<Open, Fault> {
        let mut rest = Bytes(body);
        let version = rest.u8().ok_or(Fault::Open("the version"))?;
        if version != 4 {
            return Err(Fault::Version(version));
        }
        let fixed = (rest.u16(), rest.u16(), rest.array::<4>(), rest.u8());
        let (Some(asn), Some(hold_time), Some(identifier), Some(length)) = fixed else {
            return Err(Fault::Open("the fixed part"));
        };
        let capabilities = parameters(rest, length)?;
        let asn = capabilities.four_octet_as.unwrap_or(u32::from(asn));
        Ok(Open { asn, hold_time, identifier: identifier.into(), capabilities })
    }

    /// The body of a message.
    pub fn body(&self) -> Vec<u8> {
        let mut capabilities = Vec::new();
        self.capabilities.emit(&mut capabilities);
        let two_octets = u16::try_from(self.asn).unwrap_or(AS_TRANS);
        let mut body = vec![4];
        body.extend(two_octets.to_be_bytes());
        body.extend(self.hold_time.to_be_bytes());
        body.extend(self.identifier.octets());
        let length = u8::try_from(capabilities.len()).expect("the capabilities here take 60 octets at most");
        body.extend([length + 2, PARAMETER_CAPABILITIES, length]);
        body.extend(capabilities);
        body
    }
}

/// Optional parameters behind their length octet; in the form of RFC 9072 when that and the first type are 255.
fn parameters(mut rest: Bytes<'_>, length: u8) -> Result<Capabilities, Fault> {
    const WHERE: Fault = Fault::Open("an optional parameter");
    let extended = length != 0 && rest.0.first() == Some(&PARAMETER_EXTENDED);
    let length = if extended {
        rest.u8();
        rest.u16().ok_or(WHERE)?
    } else {
        u16::from(length)
    };
    // Nothing may be behind the parameters either.
    if rest.0.len() != usize::from(length) {
        return Err(WHERE);
    }
    let mut capabilities = Capabilities::default();
    while !rest.is_empty() {
        let kind = rest.u8().ok_or(WHERE)?;
        let length = if extended { rest.u16() } else { rest.u8().map(u16::from) };
        let value = length.and_then(|length| rest.take(usize::from(length))).ok_or(WHERE)?;
        if kind != PARAMETER_CAPABILITIES {
            return Err(Fault::OptionalParameter(kind));
        }
        capabilities.parse(Bytes(value))?;
    }
    Ok(capabilities)
}

impl Capabilities {
    /// One parameter's worth. A capability whose content is not as its RFC says is not there.
    fn parse(&mut self, mut rest: Bytes<'_>) -> Result<(), Fault> {
        const WHERE: Fault = Fault::Open("a capability");
        while !rest.is_empty() {
            let code = rest.u8().ok_or(WHERE)?;
            let value = rest.u8().and_then(|length| rest.take(usize::from(length))).ok_or(WHERE)?;
            self.take(code, Bytes(value));
        }
        Ok(())
    }

    fn take(&mut self, code: u8, mut value: Bytes<'_>) {
        match code {
            code::MULTIPROTOCOL => {
                let families = self.families.unwrap_or_default();
                self.families = Some(families);
                if let Some([a, b, _, safi]) = value.array::<4>()
                    && let Some(family) = Family::from_code(u16::from_be_bytes([a, b]), safi)
                {
                    self.families = Some(families.with(family));
                }
            }
            code::ROUTE_REFRESH => self.route_refresh = true,
            code::ENHANCED_REFRESH => self.enhanced_refresh = true,
            code::EXTENDED_MESSAGE => self.extended_message = true,
            code::FOUR_OCTET_AS => self.four_octet_as = value.u32().or(self.four_octet_as),
            code::ADD_PATH => {
                while let Some([a, b, safi, direction]) = value.array::<4>() {
                    let Some(family) = Family::from_code(u16::from_be_bytes([a, b]), safi) else { continue };
                    // 1 receive, 2 send, 3 both; anything else is ignored (RFC 7911 4).
                    if matches!(direction, 1 | 3) {
                        self.add_path_receive = self.add_path_receive.with(family);
                    }
                    if matches!(direction, 2 | 3) {
                        self.add_path_send = self.add_path_send.with(family);
                    }
                }
            }
            code::GRACEFUL_RESTART => {
                let Some(head) = value.u16() else { return };
                let mut graceful = GracefulRestart {
                    restarting: head & 0x8000 != 0,
                    restart_time: head & 0x0fff,
                    families: FamilySet::default(),
                };
                while let Some([a, b, safi, _flags]) = value.array::<4>() {
                    if let Some(family) = Family::from_code(u16::from_be_bytes([a, b]), safi) {
                        graceful.families = graceful.families.with(family);
                    }
                }
                self.graceful_restart = Some(graceful);
            }
            _ => {}
        }
    }

    fn emit(&self, out: &mut Vec<u8>) {
        let mut put = |code: u8, value: &[u8]| {
            out.extend([code, value.len() as u8]);
            out.extend(value);
        };
        for family in self.families.into_iter().flat_map(FamilySet::iter) {
            put(code::MULTIPROTOCOL, &family.octets());
        }
        for (is, code) in [
            (self.route_refresh, code::ROUTE_REFRESH),
            (self.enhanced_refresh, code::ENHANCED_REFRESH),
            (self.extended_message, code::EXTENDED_MESSAGE),
        ] {
            if is {
                put(code, &[]);
            }
        }
        if let Some(asn) = self.four_octet_as {
            put(code::FOUR_OCTET_AS, &asn.to_be_bytes());
        }
        let mut add_path = Vec::new();
        for family in Family::ALL {
            let direction =
                u8::from(self.add_path_receive.has(family)) + 2 * u8::from(self.add_path_send.has(family));
            if direction != 0 {
                let [a, b, _, safi] = family.octets();
                add_path.extend([a, b, safi, direction]);
            }
        }
        if !add_path.is_empty() {
            put(code::ADD_PATH, &add_path);
        }
        if let Some(graceful) = self.graceful_restart {
            let head = u16::from(graceful.restarting) << 15 | (graceful.restart_time & 0x0fff);
            let mut value = head.to_be_bytes().to_vec();
            for family in graceful.families.iter() {
                let [a, b, _, safi] = family.octets();
                value.extend([a, b, safi, 0]);
            }
            put(code::GRACEFUL_RESTART, &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Open {
        let capabilities = Capabilities {
            families: Some(FamilySet::ALL),
            four_octet_as: Some(4_200_000_000),
            add_path_send: FamilySet::ALL,
            add_path_receive: FamilySet::default().with(Family::Ipv6),
            graceful_restart: Some(GracefulRestart {
                restarting: true,
                restart_time: 120,
                families: FamilySet::ALL,
            }),
            route_refresh: true,
            enhanced_refresh: true,
            extended_message: true,
        };
        Open { asn: 4_200_000_000, hold_time: 90, identifier: [10, 0, 0, 9].into(), capabilities }
    }

    #[test]
    fn what_is_emitted_is_parsed_again() {
        let body = open().body();
        assert_eq!(Open::parse(&body), Ok(open()));
        assert_eq!(body[1..3], AS_TRANS.to_be_bytes());
    }

    #[test]
    fn the_long_form_of_the_parameters_is_understood_too() {
        let body = open().body();
        let (fixed, capabilities) = (&body[..9], &body[12..]);
        let length = capabilities.len() as u16;
        let mut long = fixed.to_vec();
        long.extend([255, 255]);
        long.extend((length + 3).to_be_bytes());
        long.push(PARAMETER_CAPABILITIES);
        long.extend(length.to_be_bytes());
        long.extend(capabilities);
        assert_eq!(Open::parse(&long), Ok(open()));
    }

    #[test]
    fn any_cut_and_anything_behind_is_an_error_of_the_open() {
        let body = open().body();
        for end in 1..body.len() {
            assert!(matches!(Open::parse(&body[..end]), Err(Fault::Open(_))), "{end}");
        }
        assert!(matches!(Open::parse(&[&body[..], &[0]].concat()), Err(Fault::Open(_))));
    }

    #[test]
    fn another_version_and_a_parameter_that_is_no_capability_are_named() {
        assert_eq!(Open::parse(&[3]), Err(Fault::Version(3)));
        let body = [4, 0, 1, 0, 90, 1, 1, 1, 1, 3, 1, 1, 0];
        assert_eq!(Open::parse(&body), Err(Fault::OptionalParameter(1)));
    }

    #[test]
    fn a_peer_without_the_capability_of_rfc_4760_has_no_families_and_one_with_others_has_none_of_ours() {
        let with = |capability: &[u8]| {
            let length = capability.len() as u8;
            let body = [&[4, 0, 1, 0, 90, 1, 1, 1, 1, length + 2, 2, length], capability].concat();
            Open::parse(&body).unwrap().capabilities.families
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[1, 4, 0, 1, 0, 128]), Some(FamilySet::default()));
        assert_eq!(with(&[1, 4, 0, 2, 0, 1]), Some(FamilySet::default().with(Family::Ipv6)));
    }
}
