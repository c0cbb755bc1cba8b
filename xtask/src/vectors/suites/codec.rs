//! TLVs, APDUs, file control parameters and SecurityInfos.

use serde_json::{Value, json};
use sigillo_tlv::encode;
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, bytes, own, standard};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![tlv(folder)?, apdu(folder)?, fcp(folder)?, security_infos(folder)?])
}

fn tlv(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codec/tlv.json",
        "codec.v1",
        &[("iso-7816-4", "2020", "6"), ("x690", "2021", "8.1")],
        &[
            ("Objects", NoteKind::Basic, "Tags, lengths and values, one behind the other."),
            ("Length", NoteKind::Edge, "A length of one octet up to 127, then of two to four more."),
            ("Form", NoteKind::Malformed, "A tag or length that ISO 7816-4 does not allow."),
            ("Whole", NoteKind::Malformed, "Not exactly the one object that must be there."),
        ],
    );
    suite.group(standard("ICAO Doc 9303-11, Appendix D.4", "8"));
    let answer = "8709019ff0ec34f992265199029000 8e08ad55cc17140b2ded".replace(' ', "");
    let objects = json!({ "objects": [
        { "tag": "87", "value": "019ff0ec34f9922651", "at": 0 },
        { "tag": "99", "value": "9000", "at": 11 },
        { "tag": "8e", "value": "ad55cc17140b2ded", "at": 15 },
    ] });
    suite.published("a protected response", "Objects", "tlv.read", json!({ "content": answer }), objects);
    suite.group(standard("ITU-T X.690, 8.1.3.4 and 8.1.3.5: the lengths 38 and 201", "2021"));
    for (title, length) in [("length 38", vec![38]), ("length 201", vec![0x81, 201])] {
        let value = vec![0x5A; usize::from(length.last().copied().unwrap_or_default())];
        let content = [vec![0x04], length, value.clone()].concat();
        let input = json!({ "tag": "04", "content": hex::encode(content) });
        suite.published(title, "Length", "tlv.single", input, json!({ "value": hex::encode(value) }));
    }
    suite.group(own());
    for (title, tag, length) in [("127 octets", 0x53, 127), ("128 octets", 0x53, 128), ("256 octets", 0x7F61, 256)] {
        let content = encode(tag, &vec![0xA5; length]);
        let input = json!({ "tag": format!("{tag:02x}"), "content": suite.octets(&content) });
        suite.accept(title, "Length", "tlv.single", input);
    }
    for (title, content, code) in [
        ("the tag 00", "0000", "tlv.tag-form"),
        ("the tag FF", "FF0100", "tlv.tag-form"),
        ("a tag of four octets", "7F81828301 00", "tlv.tag-form"),
        ("a tag number with leading zeros", "5F8001 00", "tlv.tag-form"),
        ("a length in five octets", "04850000000001 00", "tlv.length-form"),
        ("the indefinite length", "2480 040100 0000", "tlv.indefinite"),
        ("a value that ends early", "0403 0000", "tlv.truncated"),
        ("a length that ends early", "0482 01", "tlv.truncated"),
        ("a tag that ends early", "5F", "tlv.truncated"),
    ] {
        suite.reject(title, "Form", "tlv.read", json!({ "content": hex::encode(bytes(content)?) }), code);
    }
    for (title, content, code) in [
        ("another tag", "300100", "tlv.tag-unexpected"),
        ("nothing", "", "tlv.tag-unexpected"),
        ("an octet behind", "04010000", "tlv.trailing-bytes"),
    ] {
        suite.reject(title, "Whole", "tlv.single", json!({ "tag": "04", "content": content }), code);
    }
    suite.finish()
}

fn apdu(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codec/apdu.json",
        "codec.v1",
        &[("iso-7816-3", "2006", "12.1"), ("iso-7816-4", "2020", "5.2")],
        &[
            ("Case", NoteKind::Basic, "With and without data, with and without expected length, short and extended."),
            ("Response", NoteKind::Basic, "Data, then the status word."),
            ("Contradiction", NoteKind::Malformed, "Lengths that do not fit the octets."),
            ("Short", NoteKind::Malformed, "Fewer octets than a header or a status word."),
        ],
    );
    suite.group(standard("ICAO Doc 9303-11, Appendix D", "8"));
    let command = |ins: &str, p1: &str, p2: &str, data: &str, le: u32| json!({ "cla": "00", "ins": ins, "p1": p1, "p2": p2, "data": data, "le": le, "extended": false });
    let token = "72c29c2371cc9bdb65b779b8e8d37b29ecc154aa56a8799fae2f498f76ed92f25f1448eea8ad90a7";
    for (title, content, said) in [
        ("D.3: GET CHALLENGE", "0084000008".to_owned(), command("84", "00", "00", "", 8)),
        ("D.3: EXTERNAL AUTHENTICATE", format!("0082000028{token}28"), command("82", "00", "00", token, 40)),
        ("D.4: SELECT EF.COM", "00a4020c02011e".to_owned(), command("a4", "02", "0c", "011e", 0)),
        ("D.4: READ BINARY, 4 octets", "00b0000004".to_owned(), command("b0", "00", "00", "", 4)),
        ("D.4: READ BINARY, 18 octets at 4", "00b0000412".to_owned(), command("b0", "00", "04", "", 18)),
    ] {
        suite.published(title, "Case", "apdu.command", json!({ "content": content }), said);
    }
    let said = json!({ "data": "4608f91988702212", "sw": "9000" });
    suite.published("D.3: RND.IC", "Response", "apdu.response", json!({ "content": "4608f919887022129000" }), said);
    suite.group(own());
    for (title, content) in [
        ("a header alone", "00440000"),
        ("256 octets expected", "00b0000000"),
        ("extended, 65 536 octets expected", "00b00000000000"),
        ("extended, 2048 octets expected", "00b00000000800"),
        ("extended, data", "00d600000000020102"),
        ("extended, data and 65 536 octets expected", "00b100000000045402800 00000"),
    ] {
        suite.accept(title, "Case", "apdu.command", json!({ "content": hex::encode(bytes(content)?) }));
    }
    suite.accept("a status word alone", "Response", "apdu.response", json!({ "content": "6a82" }));
    for (title, content, code) in [("nothing", "", "apdu.too-short"), ("three octets", "00a400", "apdu.too-short")] {
        suite.reject(title, "Short", "apdu.command", json!({ "content": content }), code);
    }
    let refused = json!({ "content": "90" });
    suite.reject("half a status word", "Short", "apdu.response", refused, "apdu.too-short");
    for (title, content) in [
        ("data that end early", "00d600000301"),
        ("an octet behind the expected length", "00b000000400 00"),
        ("extended data that end early", "00d600000000030102"),
        ("an extended length of one octet", "00b000000008"),
        ("extended data of no octet", "00d60000000000 01"),
    ] {
        let input = json!({ "content": hex::encode(bytes(content)?) });
        suite.reject(title, "Contradiction", "apdu.command", input, "apdu.length");
    }
    suite.finish()
}

fn fcp(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codec/fcp.json",
        "codec.v1",
        &[("iso-7816-4", "2020", "7.4 and 9.3"), ("sigillo-decisions", "0.1.0", "D11")],
        &[
            (
                "Parameters",
                NoteKind::Basic,
                "Descriptor, identifiers, size, life cycle, security attributes; written by hand.",
            ),
            ("Compact", NoteKind::Basic, "One octet of access mode, one condition a bit from the highest on."),
            ("Expanded", NoteKind::Basic, "Pairs of access mode and condition, with alternatives."),
            ("Form", NoteKind::Malformed, "A parameter missing, out of its place or of another length."),
            ("Security", NoteKind::Malformed, "A security attribute that nobody here can judge."),
        ],
    )
    .without_foreign_source(
        "no standard prints a whole FCP template; these are written by hand from ISO 7816-4's tables",
    );
    suite.group(own());
    for (title, flag, content) in [
        ("a master file", "Parameters", "621F 820138 83023F00 8A0103 8C06374141414141 AB0B 8401DA 9E0141 840147 9700"),
        (
            "the application",
            "Expanded",
            "622D 820138 83020100 8407A0000002471001 8A0103 8C0443414141 AB12 8401DA 9E0141 840147 9E0141 8401DB 9E0141",
        ),
        ("a file that anyone may read", "Compact", "6216 820101 83022F01 80020008 880108 8A0103 8C03034100"),
        (
            "a file with alternatives",
            "Expanded",
            "6224 820101 8302011E 80020016 8801F0 8A0103 AB11 800101 A0069E01419E0142 800102 9E0141",
        ),
        ("a file without a short identifier", "Parameters", "6211 820101 83020222 80020008 8A0105 8C02 0100"),
        (
            "two conditions at once",
            "Expanded",
            "621F 820101 83020222 80020008 8A0103 AB10 800101 AF069E01419E0142 800102 9700",
        ),
    ] {
        suite.accept(title, flag, "fcp.decode", template(content)?);
    }
    for (title, content, code) in [
        ("a descriptor that is none", "6216 820102 83022F01 80020008 880108 8A0103 8C03034100", "fcp.parameter"),
        ("a size of three octets", "6217 820101 83022F01 8003000008 880108 8A0103 8C03034100", "fcp.parameter"),
        ("short identifier 31", "6216 820101 83022F01 80020008 8801F8 8A0103 8C03034100", "fcp.parameter"),
        ("a life cycle that is none", "6216 820101 83022F01 80020008 880108 8A0102 8C03034100", "fcp.parameter"),
        ("an application name of four octets", "6213 820138 83020100 8404A0000002 8A0103 8C020200", "fcp.parameter"),
    ] {
        suite.reject(title, "Form", "fcp.decode", template(content)?, code);
    }
    for (title, content) in [
        ("another template", "6416 820101 83022F01 80020008 880108 8A0103 8C03034100"),
        ("an octet behind", "6216 820101 83022F01 80020008 880108 8A0103 8C03034100 00"),
        ("one octet short", "6216 820101 83022F01 80020008 880108 8A0103 8C030341"),
        ("no file identifier", "6212 820101 80020008 880108 8A0103 8C03034100"),
    ] {
        suite.reject(title, "Form", "fcp.decode", octets(content)?, "fcp.tlv");
    }
    for (title, content) in [
        ("a condition octet fewer than bits", "6215 820101 83022F01 80020008 880108 8A0103 8C020341"),
        ("a condition octet of user authentication", "6216 820101 83022F01 80020008 880108 8A0103 8C03034110"),
        ("environment 15", "6216 820101 83022F01 80020008 880108 8A0103 8C0303414F"),
        ("an empty list of alternatives", "6218 820101 83022F01 80020008 880108 8A0103 AB05 800101 A000"),
        (
            "alternatives four deep",
            "6223 820101 83022F01 80020008 880108 8A0103 AB10 800101 A00B A009 A007 A005 A003 9E0141",
        ),
        ("an access mode without a condition", "6216 820101 83022F01 80020008 880108 8A0103 AB03 800101"),
    ] {
        suite.reject(title, "Security", "fcp.decode", template(content)?, "fcp.security");
    }
    suite.finish()
}

fn security_infos(folder: &mut Folder) -> Made<String> {
    let mut suite = Maker::new(
        folder,
        "codec/security-infos.json",
        "codec.v1",
        &[("icao-9303-11", "8", "9.2 and Appendix G")],
        &[
            ("Infos", NoteKind::Basic, "What a chip can do, in DER; what is not known is kept as it is."),
            ("Form", NoteKind::Malformed, "Not the one DER form of a set of SecurityInfos."),
        ],
    );
    suite.group(standard("ICAO Doc 9303-11, Appendix G.1 (the PACEInfo of EF.CardAccess)", "8"));
    let info = "3012060a04007f0007020204020202010202010d";
    let said = json!({ "infos": [{ "unknown": info }] });
    suite.published("PACE", "Infos", "security-infos.decode", json!({ "content": format!("3114{info}") }), said);
    suite.group(own());
    for (title, content) in [
        ("Chip Authentication", "31123010060A04007F00070202030202020101"),
        ("Chip Authentication with a key identifier", "31153013060A04007F00070202030202020101020101"),
        ("none", "3100"),
    ] {
        let content = corrected(&bytes(content)?);
        suite.accept(title, "Infos", "security-infos.decode", json!({ "content": hex::encode(content) }));
    }
    for (title, content) in [
        ("a sequence instead of a set", Some("3000")),
        ("an integer in the set", Some("3103020101")),
        ("version 3 of Chip Authentication", None),
        ("an octet behind", Some("310000")),
        ("a length that is not the shortest", Some("318100")),
    ] {
        match content {
            Some(content) => {
                let input = json!({ "content": hex::encode(bytes(content)?) });
                suite.reject(title, "Form", "security-infos.decode", input, "securityinfo.der");
            }
            // Once refused; issued chips publish it beside version 1.
            None => {
                let input = json!({ "content": "3111300f060a04007f00070202030202020103" });
                suite.accept(title, "Infos", "security-infos.decode", input);
            }
        }
    }
    suite.finish()
}

/// The same set with the lengths that its octets have.
fn corrected(set: &[u8]) -> Vec<u8> {
    match set.get(4..) {
        Some(fields) if !fields.is_empty() => encode(0x31, &encode(0x30, fields)),
        _ => set.to_vec(),
    }
}

/// An FCP template with the outer length that its octets have.
fn template(text: &str) -> Made<Value> {
    let content = bytes(text)?;
    let tag = content.first().copied().map_or(0x62, u32::from);
    octets(&hex::encode(encode(tag, content.get(2..).unwrap_or_default())))
}

fn octets(text: &str) -> Made<Value> {
    Ok(json!({ "content": hex::encode(bytes(text)?) }))
}
