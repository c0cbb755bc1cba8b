//! The secrets of a home and of the people in a lot, read where they are allowed to lie.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sigillo_channel::scp03::KeySet;
use sigillo_crypto::passphrase::{PassphraseCost, derive_key};
use sigillo_crypto::{PrivateKey, record_cipher, sha1};
use sigillo_issuance::record::{ImageRefused, ImageSource, LotRules, parse_line};
use sigillo_keystore::{Keystore, Mode, NoSecrets, SoftwareKeys};
use sigillo_lds::mrz::Td1;
use sigillo_secret::SecretBytes;
use sigillo_store::{Database, LotId, Serial, Store};
use sigillo_tlv::{Reader, Tlv};

use crate::needles::Secrets;

/// Every key of the keys folder, and the keys that come from them: each chip's, each record's.
pub(crate) fn of_home(secrets: &mut Secrets, home: &Path) {
    of_key_files(secrets, &home.join("keys"));
    let keys = SoftwareKeys::open(&home.join("keys"), Mode::Test, &mut NoSecrets).unwrap();
    for file in files_below(&home.join("chips")) {
        let image = fs::read(&file).unwrap();
        let serial: [u8; 10] = image[SERIAL..SERIAL + 10].try_into().unwrap();
        let batch = name(file.parent().unwrap());
        of_key_set(secrets, "transport", &serial, &keys.transport_keys(&batch, &serial).unwrap());
        of_key_set(secrets, "formation", &serial, &keys.formation_keys(&serial, 0x30).unwrap());
        of_image(secrets, &serial, &image);
    }
    let store = Store::open(&Database::Sqlite(home.join("sigillo.db"))).unwrap();
    for record in store.records_of(LotId::new(1)).unwrap() {
        for sealed in store.parts(record.id).unwrap() {
            let place = format!("sigillo/v1/record/{}/{}/{}", record.lot, record.line, sealed.part.name());
            let key = keys.unwrap_data_key(place.as_bytes(), &sealed.cipher.wrapped_key).unwrap();
            key.expose(|key| secrets.key(&format!("data key of line {}, {}", record.line, sealed.part.name()), key));
        }
    }
}

/// The keys of a store in files, opened with nothing but the passphrase beside them; and that passphrase.
pub(crate) fn of_key_files(secrets: &mut Secrets, folder: &Path) {
    let register = fs::read_to_string(folder.join("keystore.jsonl")).unwrap();
    let first: Value = serde_json::from_str(register.lines().next().unwrap()).unwrap();
    let place = &first["entry"]["place"];
    let number = |name: &str| u32::try_from(place[name].as_u64().unwrap()).unwrap();
    let salt = hex::decode(place["salt"].as_str().unwrap()).unwrap().try_into().unwrap();
    let cost = PassphraseCost { memory: number("memory"), passes: number("passes"), lanes: number("lanes") };
    let passphrase = SecretBytes::new(fs::read(folder.join("TEST-passphrase")).unwrap());
    let store_key = derive_key(&passphrase, &salt, cost).unwrap();
    passphrase.expose(|text| secrets.key("the passphrase", text));
    store_key.expose(|key| secrets.key("the key of the key store", key));
    for file in files_below(folder) {
        let octets = fs::read(&file).unwrap();
        if octets.starts_with(b"sigillo2") {
            let head = 9 + usize::from(octets[8]);
            let nonce = octets[head..head + 12].try_into().unwrap();
            let key = record_cipher::open(&store_key, nonce, &octets[..head], &octets[head + 12..]).unwrap();
            key.expose(|key| match PrivateKey::from_pkcs8(&SecretBytes::copy_of(key)) {
                // The scalar itself, which the PKCS#8 form wraps in an octet string of 32.
                Ok(_) => {
                    let at = key.windows(2).position(|pair| pair == [0x04, 0x20]).unwrap();
                    secrets.key(&format!("key {}", name(&file)), &key[at + 2..at + 34]);
                }
                Err(_) => secrets.key(&format!("key {}", name(&file)), key),
            });
        }
    }
}

fn of_key_set(secrets: &mut Secrets, what: &str, serial: &[u8; 10], keys: &KeySet) {
    for (role, key) in [("ENC", keys.enc()), ("MAC", keys.mac()), ("DEK", keys.dek())] {
        key.expose(|key| secrets.key(&format!("{what} {role} of {}", Serial::new(*serial)), key));
    }
}

/// What only the image of a chip holds: its own private keys; and its key set and MRZ secret once more, from there.
pub(crate) fn of_image(secrets: &mut Secrets, serial: &[u8; 10], image: &[u8]) {
    let objects = &image[OBJECTS..image.len() - 32];
    let mut names = |tag: u32, octets: &[u8]| {
        secrets.key(&format!("{tag:X} inside the image of {}", Serial::new(*serial)), octets);
    };
    for object in all(&mut Reader::new(objects)) {
        match object.tag.number() {
            0xE4 => all(&mut object.reader())
                .iter()
                .filter(|part| part.value.len() == 16)
                .for_each(|key| names(key.tag.number(), key.value)),
            0xEA => {
                for part in all(&mut object.reader()) {
                    match part.tag.number() {
                        0xDF21 => names(0xDF21, part.value),
                        0xEE => all(&mut part.reader())
                            .iter()
                            .filter(|part| part.tag.number() == 0xCC)
                            .for_each(|scalar| names(0xEE, scalar.value)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

fn all<'a>(reader: &mut Reader<'a>) -> Vec<Tlv<'a>> {
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

/// What a lot says of its people, as it says it and as the machine readable zone will.
pub(crate) fn of_people(secrets: &mut Secrets, lot: &Path) {
    let folder = Folder(lot.parent().unwrap().to_owned());
    let rules = LotRules::new(jiff::civil::date(2026, 11, 2));
    for (number, line) in (1..).zip(fs::read_to_string(lot).unwrap().lines()) {
        let record: Value = serde_json::from_str(line).unwrap();
        let parsed = parse_line(line, &folder, &rules).unwrap();
        of_person(secrets, &format!("line {number}"), &record);
        for child in record["children"].as_array().into_iter().flatten() {
            of_person(secrets, &format!("child of line {number}"), child);
        }
        for text in [&parsed.mrz_surname, &parsed.mrz_given_names] {
            secrets.text(&format!("MRZ name of line {number}"), text);
            secrets.text(&format!("MRZ name of line {number}"), &text.replace(' ', "<"));
        }
        secrets.image(&format!("portrait of line {number}"), &parsed.portrait.bytes);
        for finger in parsed.fingerprints.taken() {
            secrets.image(&format!("fingerprint of line {number}"), &finger.image.bytes);
        }
    }
}

fn of_person(secrets: &mut Secrets, who: &str, record: &Value) {
    for field in ["surname", "given_names", "birth_place", "codice_fiscale", "pratica", "previous_document", "remarks"]
    {
        let Some(text) = record[field].as_str() else { continue };
        for part in std::iter::once(text).chain(text.split([' ', '-', '\'', '(', ')'])) {
            // Words of the language, and years, are nobody's.
            if part == text
                || (part.chars().count() >= 4 && part.chars().all(char::is_alphabetic) && field != "remarks")
            {
                secrets.text(&format!("{field} of {who}"), part);
            }
        }
    }
    let date = record["birth_date"].as_str().unwrap();
    let parts: Vec<&str> = date.split('-').collect();
    for shape in [date.to_owned(), parts.concat()] {
        secrets.text(&format!("birth date of {who}"), &shape);
    }
    for between in [".", "/", "-"] {
        secrets.text(&format!("birth date of {who}"), &[parts[2], parts[1], parts[0]].join(between));
    }
}

/// A printed machine readable zone, and everything that Basic Access Control derives from it.
pub(crate) fn of_machine_readable_zone(secrets: &mut Secrets, text: &str) {
    let mrz = Td1::parse(text).unwrap();
    let number = text[5..14].to_owned();
    for line in mrz.lines() {
        secrets.text(&format!("MRZ line of {number}"), &line);
    }
    // Birth date with check digit and sex.
    secrets.text(&format!("MRZ birth date of {number}"), &mrz.lines()[1][..8]);
    let information = mrz.mrz_information();
    secrets.text(&format!("MRZ information of {number}"), &information);
    let secret = sha1(information.as_bytes());
    secrets.key(&format!("MRZ secret of {number}"), &secret);
    for (role, counter) in [("K_ENC", 1), ("K_MAC", 2)] {
        secrets.key(&format!("{role} of {number}"), &session_key(&secret[..16], counter));
    }
}

/// The key derivation function of ICAO 9303-11 for two-key triple DES, written down once more.
pub(crate) fn session_key(seed: &[u8], counter: u8) -> [u8; 16] {
    let digest = sha1(&[seed, &[0, 0, 0, counter]].concat());
    let odd = |octet: u8| if (octet >> 1).count_ones().is_multiple_of(2) { octet | 1 } else { octet & !1 };
    std::array::from_fn(|at| odd(digest[at]))
}

/// Every file below a folder, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

pub(crate) struct Folder(pub(crate) PathBuf);

impl ImageSource for Folder {
    fn read(&self, relative: &str) -> Result<Vec<u8>, ImageRefused> {
        fs::read(self.0.join(relative)).map_err(|_| ImageRefused::Missing)
    }
}

/// Behind the first line of an image and its version; the serial behind `C1 08 generation C2 0A`.
const OBJECTS: usize = 27;
const SERIAL: usize = OBJECTS + 12;
