use serde::Deserialize;

/// Where a chip stands in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Files and keys are there, no holder yet.
    Initialized,
    /// Formed, before the lock.
    Written,
    /// Locked, not activated: as the line ships it.
    Locked,
    /// Activated by the issuing office.
    Activated,
    /// Ended.
    Terminated,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Initialized, Self::Written, Self::Locked, Self::Activated, Self::Terminated];

    /// Whether the formation keys still exist.
    #[must_use]
    pub const fn has_formation_keys(self) -> bool {
        matches!(self, Self::Initialized | Self::Written)
    }

    /// Whether the public protocols are offered.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Locked | Self::Activated)
    }
}

/// What a terminal has proven when it sends a command.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing.
    Nobody,
    /// The formation keys.
    Formation,
    /// The MRZ, by BAC.
    Bac,
    /// The MRZ, by PACE.
    PaceMrz,
    /// The card access number, by PACE.
    PaceCan,
    /// The PIN, by PACE.
    PacePin,
    /// BAC, then Chip Authentication.
    BacCa,
    /// PACE with the MRZ, then Chip Authentication.
    PaceCa,
    /// That, then Terminal Authentication as an inspection system without any right.
    InspectionNone,
    /// With the right to read DG3.
    InspectionDg3,
    /// With the right to read DG4.
    InspectionDg4,
    /// With both.
    InspectionBoth,
    /// After BAC instead of PACE, with both.
    BacInspectionBoth,
    /// Terminal Authentication as an issuing office without any right.
    OfficeNone,
    /// With the right to set codes.
    OfficeCodes,
    /// With the right to activate.
    OfficeActivate,
    /// With the right to terminate.
    OfficeTerminate,
    /// With all three.
    OfficeAll,
    /// After BAC instead of PACE, with all three.
    BacOfficeAll,
    /// PACE with the CAN, eServices selected, then the PIN by VERIFY.
    Holder,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Nobody,
        Self::Formation,
        Self::Bac,
        Self::PaceMrz,
        Self::PaceCan,
        Self::PacePin,
        Self::BacCa,
        Self::PaceCa,
        Self::InspectionNone,
        Self::InspectionDg3,
        Self::InspectionDg4,
        Self::InspectionBoth,
        Self::BacInspectionBoth,
        Self::OfficeNone,
        Self::OfficeCodes,
        Self::OfficeActivate,
        Self::OfficeTerminate,
        Self::OfficeAll,
        Self::BacOfficeAll,
        Self::Holder,
    ];

    /// Whether a chip of this phase can let a terminal come so far at all.
    ///
    /// The PIN is verified in eServices, which works only when it is active.
    #[must_use]
    pub const fn exists_in(self, phase: Phase) -> bool {
        match self {
            Self::Nobody => true,
            Self::Formation => phase.has_formation_keys(),
            Self::Holder => matches!(phase, Phase::Activated),
            _ => phase.is_public(),
        }
    }
}
