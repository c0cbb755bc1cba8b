//! Which protocol a SecurityInfo is of, also where nothing else of it is understood.

use sigillo_channel::security_info::{SecurityInfo, SecurityInfos};

/// id-PK, 0.4.0.127.0.7.2.2.1: public keys of Chip Authentication.
const PUBLIC_KEY: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x01];
/// id-CA, 0.4.0.127.0.7.2.2.3.
const CHIP_AUTHENTICATION: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03];
/// id-PACE, 0.4.0.127.0.7.2.2.4.
const PACE: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04];

/// PACEInfo and PACEDomainParameterInfo of any protocol and version.
pub(crate) fn is_pace(info: &SecurityInfo) -> bool {
    is_below(info, &PACE)
}

/// Whether Chip Authentication is offered, by any protocol and with any key.
pub(crate) fn offers_chip_authentication(infos: &SecurityInfos) -> bool {
    infos.infos().iter().any(|info| is_below(info, &CHIP_AUTHENTICATION) || is_below(info, &PUBLIC_KEY))
}

fn is_below(info: &SecurityInfo, arc: &[u8]) -> bool {
    let entry = info.encode();
    let protocol = sigillo_tlv::single(&entry, 0x30).and_then(|entry| entry.reader().expect(0x06));
    protocol.is_ok_and(|protocol| protocol.value.starts_with(arc))
}
