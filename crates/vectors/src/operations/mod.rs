//! One function an operation: a typed input goes in; the output, or a refusal with its stage and code, comes out.

mod bac;
mod codec;
mod codes;
mod journal;
mod key_derivation;
mod lds;
mod message;
mod mrz;
mod profile;
mod record;
mod request;
mod scp03;
mod seal;
mod secure_messaging;
mod terminal;

use serde_json::Value;

use crate::failure::Failure;
use crate::folder::Blobs;
use crate::life_cycle;

/// Runs one operation on the code of this workspace.
///
/// # Errors
///
/// [`Failure::Refused`] with stage and code, [`Failure::Broken`] for an unknown operation or an input of another form.
pub fn operate(op: &str, input: &Value, blobs: &Blobs) -> Result<Value, Failure> {
    match op {
        "mrz.check-digit" => mrz::check_digit(input),
        "mrz.transliterate" => mrz::transliterate(input),
        "mrz.names" => mrz::names(input),
        "mrz.build" => mrz::build(input),
        "mrz.parse" => mrz::parse(input),
        "lds.decode" => lds::decode(input, blobs),
        "lds.build-com" => lds::build_com(input),
        "lds.build-dg2" => lds::build_dg2(input, blobs),
        "lds.build-dg3" => lds::build_dg3(input, blobs),
        "image.read" => lds::read_image(input, blobs),
        "tlv.read" => codec::tlv_read(input, blobs),
        "tlv.single" => codec::tlv_single(input, blobs),
        "apdu.command" => codec::command(input),
        "apdu.response" => codec::response(input),
        "fcp.decode" => codec::fcp(input),
        "public-key.decode" => codec::public_key(input),
        "signature.verify" => codec::signature(input),
        "record-cipher.open" => codec::record_cipher(input),
        "security-infos.decode" => codec::security_infos(input),
        "chip-image.read" => codec::chip_image(input, blobs),
        "bac.keys" => bac::keys(input),
        "bac.open" => bac::open(input),
        "bac.answer" => bac::answer(input),
        "bac.finish" => bac::finish(input),
        "sm.terminal" => secure_messaging::terminal_end(input),
        "sm.chip" => secure_messaging::chip_end(input),
        "scp03.derive" => scp03::derive(input),
        "scp03.host" => scp03::host_end(input),
        "scp03.chip" => scp03::chip_end(input),
        "scp03.put-key" => scp03::put_key(input),
        "scp03.read-put-key" => scp03::read_put_key(input),
        "kdf.counter-cmac" => key_derivation::counter_cmac(input),
        "kdf.chip-keys" => key_derivation::chip_keys(input),
        "sod.verify" => seal::verify(input, blobs),
        "certificate.decode" => seal::certificate(input, blobs),
        "journal.digest" => journal::digest(input),
        "journal.verify" => journal::verify(input),
        "journal.audit" => journal::audit(input),
        "profile.parse" => profile::parse(input),
        "profile.fcp" => profile::file_control_parameters(input),
        "profile.environment" => profile::environment(input),
        "record.parse" => record::parse(input, blobs),
        "record.lot" => record::lot(input, blobs),
        "record.stored" => record::stored(input, blobs),
        "codice-fiscale.parse" => record::codice_fiscale(input),
        "request.judge" => request::judge(input),
        "terminal.read" => terminal::read_chip(input),
        "codes.check-digit" => codes::check_digit(input),
        "codes.parse-cip" => codes::parse_cip(input),
        "codes.generate" => codes::generate(input),
        "codes.read-plain" => codes::read_plain(input),
        "codes.encrypt" => codes::encrypt(input),
        "codes.decrypt" => codes::decrypt(input),
        "codes.make-verifier" => codes::make_verifier(input),
        "codes.verify-cip" => codes::verify_cip(input),
        "message.open" => message::open(input, blobs),
        "message.encrypt" => message::encrypt(input, blobs),
        "notification.link" => message::link(input),
        "life-cycle.causes" => life_cycle::causes(input),
        _ => Err(Failure::Broken(format!("no operation {op}"))),
    }
}
