//! What a program may ask the switch.

/// Of swerve.p4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SwitchValue {
    /// Of a port (9 bits): 48 bits.
    Mac,
    /// Of a port (9 bits) and a VLAN id (12 bits): 16 bits, all ones for none.
    Interface,
    /// Of an interface (16 bits): 16 bits, 0 for the default one.
    Vrf,
    /// Of a path (16 bits): one bit.
    PathLive,
    /// Of the packet as it came in: 32 bits.
    FlowHash,
}

impl SwitchValue {
    /// Bits of the result, and of each argument.
    pub fn widths(self) -> (u32, &'static [u32]) {
        match self {
            SwitchValue::Mac => (48, &[9]),
            SwitchValue::Interface => (16, &[9, 12]),
            SwitchValue::Vrf => (16, &[16]),
            SwitchValue::PathLive => (1, &[16]),
            SwitchValue::FlowHash => (32, &[]),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            SwitchValue::Mac => "swerve_mac",
            SwitchValue::Interface => "swerve_interface",
            SwitchValue::Vrf => "swerve_vrf",
            SwitchValue::PathLive => "swerve_path_live",
            SwitchValue::FlowHash => "swerve_flow_hash",
        }
    }
}
