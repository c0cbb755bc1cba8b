//! The issuing circuit, which opens the codes of a permit once the office activated it.

use sigillo_codes::{CodeSet, EnvelopeContents};
use sigillo_issuance::life_cycle::RecordEvent;
use sigillo_keystore::Keystore;
use sigillo_store::{Act, By, PermitFacts, Store};

/// Activates a permit in the register alone, and takes its codes out; nobody else can afterwards.
pub(crate) fn open_codes(store: &mut Store, keys: &dyn Keystore, by: By<'_>, number: &str) -> Result<CodeSet, String> {
    let Some(permit) = store.permit(number).unwrap() else { return Err("there is no permit".to_owned()) };
    store.intent(by, Act::Activate, permit.serial, &[]).unwrap();
    let facts = PermitFacts { card: Some(permit.sod_digest), valid_to: Some("2028-11-01"), ..PermitFacts::default() };
    store.permit_event(by, number, RecordEvent::Activate, &facts).unwrap();
    let taken = store.consume_codes(by, number, "test").map_err(|error| error.code().to_owned())?;
    let context = EnvelopeContents::context(number, taken.generation);
    let plain = keys.decrypt_code(&context, &taken.ciphertext).map_err(|error| error.code().to_owned())?;
    Ok(EnvelopeContents::decode(number, taken.generation, &plain).map_err(|error| error.code().to_owned())?.codes)
}
