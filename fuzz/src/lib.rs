//! One harness a decoder and one a session, as functions of bytes.
//!
//! Each holds more than "it does not panic": what decodes must encode to the same bytes, offsets must add up, a chip's
//! life cycle never goes back, an engine ends whatever a card answers. A broken promise is a panic here.
#![forbid(unsafe_code)]

mod authentication;
mod authority;
mod certificates;
mod channels;
mod checkpoints;
mod decoders;
mod documents;
mod fixtures;
mod generator;
mod hostile;
mod impostor;
mod messages;
mod messaging;
mod requests;
mod script;
mod seeds;
mod session;
mod specimen_session;
mod specimens;
mod stranger;

pub use generator::Random;
pub use seeds::seeds;

/// A harness: any bytes, no answer, a panic for a broken promise.
pub type Harness = fn(&[u8]);

/// Every harness, by the name of its fuzz target.
pub const TARGETS: &[(&str, Harness)] = &[
    ("tlv", decoders::tlv),
    ("apdu_command", decoders::apdu_command),
    ("apdu_response", decoders::apdu_response),
    ("fcp", decoders::fcp),
    ("lds_any", decoders::lds_any),
    ("mrz", decoders::mrz),
    ("images", decoders::images),
    ("record_line", decoders::record_line),
    ("signed_request", requests::signed_request),
    ("trace_checkpoint", checkpoints::trace_checkpoint),
    ("holder_codes", decoders::holder_codes),
    ("sod_verify", decoders::sod_verify),
    ("cv_certificate", certificates::cv_certificate),
    ("revocation_lists", authority::revocation_lists),
    ("certificate_requests", authority::certificate_requests),
    ("signed_lists", authority::signed_lists),
    ("encrypted_messages", messages::encrypted_messages),
    ("channel_unwrap", channels::channel_unwrap),
    ("secure_messaging", messaging::secure_messaging),
    ("authentication", authentication::authentication),
    ("chip_session", session::chip_session),
    ("specimen_session", specimen_session::specimen_session),
    ("chip_image", session::chip_image),
    ("hostile_card", hostile::hostile_card),
    ("strange_chip", stranger::strange_chip),
    ("impostor", impostor::impostor),
];

/// Runs one harness.
///
/// # Panics
///
/// For a name that is no target, and for every promise that these bytes break.
pub fn run(target: &str, bytes: &[u8]) {
    let harness = TARGETS.iter().find(|(name, _)| *name == target).map(|(_, harness)| harness);
    harness.unwrap_or_else(|| panic!("{target} is no target"))(bytes);
}
