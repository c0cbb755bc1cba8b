//! docs/manual/chip.md: the chip as its profiles describe it, down to the octets that create it.

use std::fmt::Write;

use sigillo_apdu::fcp::{AccessRule, Condition, Fcp, FileKind as FcpKind, LifeCycle, Operation, df, ef};
use sigillo_apdu::ins;
use sigillo_profile::{
    Access, CertificateParameters, ConditionName, EMBEDDED, FileKind, FileSpec, KeyKind, Mechanism, MechanismReference,
    ObjectName, Profile,
};
use sigillo_tlv::Reader;

/// The whole page.
pub(super) fn page() -> Result<String, String> {
    let mut out = INTRODUCTION.to_owned();
    conditions(&mut out);
    let mut done: Vec<Profile> = Vec::new();
    let mut sections = String::new();
    for (name, text) in EMBEDDED {
        let profile = Profile::parse(text).map_err(|error| format!("{name}: {error}"))?;
        if let Some(twin) = done.iter().find(|twin| same_chip(twin, &profile)) {
            head(&mut sections, &profile);
            let _ = writeln!(sections, "\nFiles, rules, keys, secrets and gate are those of `{}`.", twin.name);
        } else {
            section(&mut sections, &profile);
        }
        done.push(profile);
    }
    if let Some(example) =
        done.iter().find(|profile| profile.test).and_then(|profile| Some((profile, profile.file("EF.DG1")?)))
    {
        dissection(&mut out, example.0, example.1)?;
    }
    Ok(out + &sections)
}

fn same_chip(one: &Profile, other: &Profile) -> bool {
    let beside_files = |profile: &'_ Profile| {
        (profile.pace.clone(), profile.key_pairs.clone(), profile.secrets.clone(), profile.objects.clone())
    };
    (&one.dates, &one.environments, &one.files, &one.gate)
        == (&other.dates, &other.environments, &other.files, &other.gate)
        && beside_files(one) == beside_files(other)
}

/// From condition to octets, by the encoder that makes the FCPs.
fn conditions(out: &mut String) {
    out.push_str("## From a condition to octets\n\n");
    out.push_str("| condition | one octet, in `8C` | data object, in `AB` |\n|---|---|---|\n");
    let environments = |numbers: &[u8]| numbers.iter().map(|number| Condition::SecurityEnvironment(*number)).collect();
    for (name, condition) in [
        ("always", Condition::Always),
        ("never", Condition::Never),
        ("secure messaging under security environment 1", Condition::SecurityEnvironment(1)),
        ("secure messaging under security environment 2", Condition::SecurityEnvironment(2)),
        ("environment 1 or environment 2", Condition::AnyOf(environments(&[1, 2]))),
        ("environment 1 and environment 2", Condition::AllOf(environments(&[1, 2]))),
    ] {
        let octet = condition.octet().map_or("–".to_owned(), |octet| format!("`{octet:02X}`"));
        let _ = writeln!(out, "| {name} | {octet} | `{}` |", hex(&security_condition(&condition)));
    }
    out.push_str(ACCESS_MODES);
    for (file, mode, application) in [
        ("delete", ef::DELETE, "delete itself"),
        ("terminate", ef::TERMINATE, "terminate"),
        ("activate", ef::ACTIVATE, "activate: on the master file, the lock"),
        ("deactivate", ef::DEACTIVATE, "deactivate"),
        ("write", ef::WRITE, "create DF"),
        ("update", ef::UPDATE, "create EF"),
        ("read", ef::READ, "delete a child"),
    ] {
        let _ = writeln!(out, "| `{mode:02X}` | {file} | {application} |");
    }
    // The two columns share their octets: bit by bit as in ISO/IEC 7816-4.
    const { assert!(ef::WRITE == df::CREATE_DF && ef::UPDATE == df::CREATE_EF && ef::ACTIVATE == df::ACTIVATE) };
}

/// The security condition data object, as it stands behind an access mode data object `84 01 INS`.
fn security_condition(condition: &Condition) -> Vec<u8> {
    let rule = AccessRule { operation: Operation::Instruction(ins::PUT_DATA), condition: condition.clone() };
    let fcp =
        Fcp { kind: FcpKind::Df { name: None }, fid: 0, life_cycle: LifeCycle::Initialisation, rules: vec![rule] };
    let encoded = fcp.encode();
    let is_expanded = |octets: &&[u8]| octets.first() == Some(&0xAB);
    let from = (0..encoded.len()).filter_map(|at| encoded.get(at..)).find(is_expanded).unwrap_or_default();
    from.get(5..).unwrap_or_default().to_vec()
}

/// One FCP, data object by data object.
fn dissection(out: &mut String, profile: &Profile, file: &FileSpec) -> Result<(), String> {
    let octets = profile.file_control_parameters(file).encode();
    let _ = write!(
        out,
        "\n## One of them, taken apart\n\n{} of `{}`: CREATE FILE `00 E0 00 00 {:02X}` with these octets.\n\n\
         | octets | say |\n|---|---|\n| `62 {:02X}` | file control parameters |\n",
        file.name,
        profile.name,
        octets.len(),
        octets.get(1).copied().unwrap_or_default(),
    );
    let broken = |error: sigillo_tlv::TlvError| error.to_string();
    let template = sigillo_tlv::single(&octets, 0x62).map_err(broken)?;
    let mut reader = template.reader();
    while let Some(tlv) = reader.next().map_err(broken)? {
        let says = match tlv.tag.number() {
            0x82 => "a transparent elementary file".to_owned(),
            0x83 => "file identifier".to_owned(),
            0x80 => format!("size: {} octets", file.size().unwrap_or_default()),
            0x88 => format!("short file identifier {:02X}, in bits 8 to 4", file.sfi().unwrap_or_default()),
            0x8A => "life cycle: initialisation".to_owned(),
            0x8C => "compact: access mode, then one condition octet for each bit of it, from the highest".to_owned(),
            _ => "expanded: pairs of access mode and condition:".to_owned(),
        };
        if tlv.tag.number() == 0xAB {
            let header = tlv.raw.get(..tlv.raw.len() - tlv.value.len()).unwrap_or_default();
            let _ = writeln!(out, "| `{}` | {says} |", hex(header));
            pairs(out, tlv.reader()).map_err(broken)?;
        } else {
            let _ = writeln!(out, "| `{}` | {says} |", hex(tlv.raw));
        }
    }
    Ok(())
}

fn pairs(out: &mut String, mut reader: Reader<'_>) -> Result<(), sigillo_tlv::TlvError> {
    while let Some(mode) = reader.next()? {
        let Some(condition) = reader.next()? else { break };
        let operation = match mode.value.first() {
            Some(&ef::READ) => "read",
            Some(&ef::UPDATE) => "update",
            _ => "the operation",
        };
        let (mode, condition) = (hex(mode.raw), hex(condition.raw));
        let _ = writeln!(out, "| `{mode}` `{condition}` | {operation}, and the condition for it |");
    }
    Ok(())
}

fn head(out: &mut String, profile: &Profile) {
    let parameters = match profile.certificate_parameters {
        CertificateParameters::Explicit => "explicit",
        CertificateParameters::Named => "named",
    };
    let _ = write!(
        out,
        "\n## `{}`\n\n{}. {}LDS {}; document code `{}`, issuing state `{}`; certificates with {parameters} curve \
         parameters; whole APDUs of at most {} octets down and {} up.\n",
        profile.name,
        profile.title,
        if profile.test { "**A TEST profile: production mode refuses it.** " } else { "" },
        profile.lds_version,
        profile.document_code,
        profile.issuing_state,
        profile.max_command,
        profile.max_response,
    );
}

fn section(out: &mut String, profile: &Profile) {
    head(out, profile);
    dates(out, profile);
    files(out, profile);
    applications(out, profile);
    environments(out, profile);
    pace(out, profile);
    keys(out, profile);
    objects(out, profile);
    parameters(out, profile);
    gate(out, profile);
}

fn dates(out: &mut String, profile: &Profile) {
    let Some(dates) = &profile.dates else { return };
    let _ = write!(
        out,
        "\nDays of issue: PACE is compulsory from {}, Basic Access Control is gone from {}, biometric data are in ISO/IEC 39794 \
         alone from {}. A run refuses a profile whose day is past.\n",
        dates.pace_compulsory, dates.no_bac, dates.iso_39794_alone,
    );
}

fn files(out: &mut String, profile: &Profile) {
    out.push_str("\n### Files\n\n| file | in | FID | SFI | octets | read before the lock | read after it | update before the lock | update after it | clause |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for file in profile.files.iter().filter(|file| file.content().is_some()) {
        let sfi = file.sfi().map_or("–".to_owned(), |sfi| format!("`{sfi:02X}`"));
        let (read, update) = (file.rule(Access::Read), file.rule(Access::Update));
        let _ = writeln!(
            out,
            "| {} | {} | `{:04X}` | {sfi} | {} | {} | {} | {} | {} | `{}` |",
            file.name,
            file.parent.as_deref().unwrap_or("–"),
            file.fid,
            file.size().unwrap_or_default(),
            who(profile, read, Lock::Before),
            who(profile, read, Lock::After),
            who(profile, update, Lock::Before),
            who(profile, update, Lock::After),
            file.clause,
        );
    }
}

fn applications(out: &mut String, profile: &Profile) {
    out.push_str("\n### Master file and applications\n\n| DF | FID | AID | operation | before the lock | after it |\n|---|---|---|---|---|---|\n");
    for file in &profile.files {
        let aid = match &file.kind {
            FileKind::Transparent { .. } => continue,
            FileKind::MasterFile => "–".to_owned(),
            FileKind::Application { aid } => format!("`{}`", hex::encode_upper(aid)),
        };
        for (access, names) in &file.rules {
            let before = who(profile, names, Lock::Before);
            let after = who(profile, names, Lock::After);
            let operation = operation(*access);
            let _ = writeln!(out, "| {} | `{:04X}` | {aid} | {operation} | {before} | {after} |", file.name, file.fid);
        }
        if file.deactivated {
            let _ = writeln!(
                out,
                "| {} | `{:04X}` | {aid} | everything but select, activate, deactivate | as above, until formation deactivates it | as above, once it is activated |",
                file.name, file.fid
            );
        }
    }
}

fn environments(out: &mut String, profile: &Profile) {
    out.push_str("\n### Security environments\n\nSet by PUT DATA on the master file. A template `A4` is one alternative: mechanism `80`, then key or right `83`.\n\n| number | name | any one of | PUT DATA |\n|---|---|---|---|\n");
    let mut environments: Vec<_> = profile.environments.iter().collect();
    environments.sort_by_key(|environment| environment.number);
    for environment in environments {
        let means: Vec<String> = environment.alternatives.iter().map(|alternative| channel(*alternative)).collect();
        let template = environment.template();
        let _ = writeln!(
            out,
            "| {} | {} | {} | `00 DA 00 7B {:02X} {}` |",
            environment.number,
            environment.name,
            means.join("; "),
            template.len(),
            hex(&template)
        );
    }
}

fn pace(out: &mut String, profile: &Profile) {
    if profile.pace.is_empty() {
        return;
    }
    out.push_str("\n### PACE, as EF.CardAccess offers it\n\n| protocol | domain parameters |\n|---|---|\n");
    for row in &profile.pace {
        let _ = writeln!(out, "| {} | {} |", row.protocol.name(), domain(row.parameters));
    }
}

fn keys(out: &mut String, profile: &Profile) {
    out.push_str("\n### Key pairs\n\nGenerated on the chip; nobody reads a private key. A key serves the protocols that were named when it was made, and no other.\n\n| key pair | in | kind | serves | GENERATE ASYMMETRIC KEY PAIR |\n|---|---|---|---|---|\n");
    for pair in &profile.key_pairs {
        let kind = match pair.kind {
            KeyKind::Domain(id) => domain(id),
            KeyKind::ModulusBits(bits) => format!("RSA, {bits} bits"),
        };
        let serves: Vec<&str> = pair.protocols.iter().map(|protocol| protocol.name()).collect();
        let template = pair.template();
        let _ = writeln!(
            out,
            "| {} | {} | {kind} | {} | `00 47 80 00 {:02X} {} 00` |",
            pair.name,
            pair.application,
            serves.join(", "),
            template.len(),
            hex(&template),
        );
    }
}

fn objects(out: &mut String, profile: &Profile) {
    out.push_str("\n### Secrets and data objects\n\nSet by PUT DATA before the lock; nobody reads them. After it codes change by CHANGE REFERENCE DATA and RESET RETRY COUNTER,\ntrust points and date by Terminal Authentication.\n\n| object | in | PUT DATA |\n|---|---|---|\n");
    for secret in &profile.secrets {
        let [high, low] = secret.tag.to_be_bytes();
        let length = secret.name.length();
        let content = match secret.tries {
            Some(tries) => format!("`{:02X} {tries:02X}`, {length} digits: {tries} tries", length + 1),
            None if length == 20 => format!("`{length:02X}`, 20 octets: SHA-1 of the MRZ information"),
            None => format!("`{length:02X}`, {length} digits"),
        };
        let _ = writeln!(
            out,
            "| secret {} | {} | `00 DA {high:02X} {low:02X}` {content} |",
            secret.name.name(),
            secret.application
        );
    }
    for object in &profile.objects {
        let [high, low] = object.tag.to_be_bytes();
        let content = match object.name {
            ObjectName::CurrentDate => "`06`, year, month and day, a digit an octet",
            ObjectName::DocumentNumber => "document number and its check digit",
            ObjectName::InspectionTrustPoints | ObjectName::OfficeTrustPoints => {
                "`7F4E` … `5F37` …, the content of a CVCA certificate; once for each, the newest last"
            }
        };
        let name = object.name.name();
        let _ = writeln!(out, "| {name} | {} | `00 DA {high:02X} {low:02X}` {content} |", object.application);
    }
}

/// Spec: `icao-9303-11#domain-parameters`.
fn domain(id: u8) -> String {
    let curve = match id {
        12 => "P-256",
        13 => "brainpoolP256r1",
        15 => "P-384",
        16 => "brainpoolP384r1",
        18 => "P-521",
        _ => "unknown",
    };
    format!("{curve} ({id})")
}

fn parameters(out: &mut String, profile: &Profile) {
    out.push_str("\n### File control parameters, as CREATE FILE sends them\n\n| file | octets |\n|---|---|\n");
    for file in &profile.files {
        let _ = writeln!(out, "| {} | `{}` |", file.name, hex(&profile.file_control_parameters(file).encode()));
    }
}

fn gate(out: &mut String, profile: &Profile) {
    out.push_str("\n### Release gate, in order\n\n| check | |\n|---|---|\n");
    for line in &profile.gate {
        let made = line.waived.as_ref().map_or("asked for".to_owned(), |why| format!("waived: {why}"));
        let _ = writeln!(out, "| `{}` | {made} |", line.check.name());
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Lock {
    Before,
    After,
}

/// Who meets a rule: the formation keys are gone after the lock, and nothing else opens a session before it.
fn who(profile: &Profile, names: &[ConditionName], lock: Lock) -> String {
    let mut who: Vec<String> = Vec::new();
    for name in names {
        match name {
            ConditionName::Always => who.push("anybody".to_owned()),
            ConditionName::Environment(name) => who.extend(
                profile
                    .environment(name)
                    .into_iter()
                    .flat_map(|environment| &environment.alternatives)
                    .filter(|alternative| (alternative.mechanism == Mechanism::Scp03) == (lock == Lock::Before))
                    .map(|alternative| channel(*alternative)),
            ),
        }
    }
    if who.is_empty() { "nobody".to_owned() } else { who.join("; ") }
}

fn channel(reference: MechanismReference) -> String {
    let password = match reference.reference {
        1 => "MRZ",
        2 => "CAN",
        3 => "PIN",
        4 => "PUK",
        _ => "another password",
    };
    match reference.mechanism {
        Mechanism::Scp03 => format!("SCP03, key set {:02X}", reference.reference),
        Mechanism::Bac => format!("BAC, {password}"),
        Mechanism::Pace => format!("PACE, {password}"),
        Mechanism::ChipAuthentication => format!("Chip Authentication, key {}", reference.reference),
        Mechanism::TerminalAuthentication => format!("Terminal Authentication, right {:02X}", reference.reference),
        Mechanism::IssuingOffice => {
            format!("Terminal Authentication as the issuing office, right {:02X}", reference.reference)
        }
        Mechanism::Holder => "the holder, verified by the PIN".to_owned(),
    }
}

fn operation(access: Access) -> &'static str {
    match access {
        Access::Read => "read",
        Access::Update => "update",
        Access::CreateEf => "create a file (`02`)",
        Access::CreateDf => "create an application (`04`)",
        Access::Activate => "activate (`10`)",
        Access::Deactivate => "deactivate (`08`)",
        Access::Terminate => "terminate (`20`)",
        Access::PutData => "PUT DATA (any with INS `DA`)",
        Access::GenerateKeyPair => "GENERATE ASYMMETRIC KEY PAIR (any with INS `47`)",
        Access::Select => "SELECT (any with INS `A4`)",
        Access::InternalAuthenticate => "INTERNAL AUTHENTICATE (any with INS `88`)",
        Access::Sign => "PERFORM SECURITY OPERATION (any with INS `2A`)",
        Access::Verify => "VERIFY (any with INS `20`)",
        Access::ChangeCode => "CHANGE REFERENCE DATA with the old value (INS `24`, P1 `00`)",
        Access::SetCodes => "CHANGE REFERENCE DATA without it: set codes (INS `24`, P1 `01`)",
        Access::ResetCode => "RESET RETRY COUNTER (INS `2C`, P1 `00` and `01`)",
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(" ")
}

const INTRODUCTION: &str = "\
# The chip, file by file

<!-- Made by `cargo xtask manual` from profiles/*.toml; do not edit. `scripts/lint` fails when it is stale. -->

What a chip of each profile holds, who may read and update it, and the octets that tell the chip so. The chip enforces those
octets and nothing else (decision [D11](../decisions/d11-details.md)): an operation that no rule names is refused. Why the
profile is so: [D2](../decisions/d02-chip-profile.md); which commands there are: [D3](../decisions/d03-native-dialect.md).

Virtual chip and terminal speak every protocol that is named here. The line has no source of codes, of roots of terminals and of
holders' certificates yet: a run refuses a profile that puts them on the chip, such as `pse-rf`. *Before the lock* holds from the moment when the files exist
until ACTIVATE FILE on the master file, the lock: before it BAC and PACE answer 6985, by it the key sets are destroyed. The master
file itself is made by a session under key set 30: before there is a file there is no rule.

";

const ACCESS_MODES: &str = "
A rule is compact (`8C`) when each of its file's operations has one condition octet, otherwise expanded (`AB`): pairs of
`80 01` with an access mode, `84 01` with an instruction code, or `86 02` with an instruction code and P1, and the condition's
data object.

| access mode | of a file | of an application or the master file |
|---|---|---|
";
