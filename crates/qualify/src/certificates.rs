//! Card verifiable certificates as the laboratory issues them: right, or wrong in one named way.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use sigillo_crypto::{Curve, CurvePrivateKey, Entropy, HashAlgorithm, RsaPrivateKey};
use sigillo_cvc::{
    CertificateBody, Chat, CvCertificate, CvDate, CvPrivateKey, CvPublicKey, HolderReference, Rights, Role, RsaScheme,
    TerminalType,
};
use sigillo_tlv::{Reader, encode, single};

use crate::format::CertificateRecipe;
use crate::lab::{Authority, Lab};

/// The trust points of the chip, as recipes name them.
const CVCA: &str = "CVCA";
const OFFICE: &str = "OFFICE";
const BODY: u32 = 0x7F4E;
const SIGNATURE: u32 = 0x5F37;
/// Modulus of the RSA keys that recipes ask for.
const RSA_BITS: usize = 2048;

/// A certificate as it is sent, and what is known of it.
pub(crate) struct Issued {
    /// 7F4E, whole.
    pub(crate) body: Vec<u8>,
    /// 5F37, whole.
    pub(crate) signature: Vec<u8>,
    pub(crate) authority: Vec<u8>,
    pub(crate) holder: Vec<u8>,
    /// The holder's key, if the laboratory has it.
    pub(crate) key: Option<Rc<CvPrivateKey>>,
}

/// What was issued so far in this run.
pub(crate) struct Certificates {
    recipes: Vec<CertificateRecipe>,
    keys: BTreeMap<String, Rc<CvPrivateKey>>,
    issued: BTreeMap<String, Rc<Issued>>,
}

impl Certificates {
    pub(crate) fn new(recipes: Vec<CertificateRecipe>) -> Self {
        Self { recipes, keys: BTreeMap::new(), issued: BTreeMap::new() }
    }

    /// The certificate of a recipe, of the laboratory's own chain (`lab.0`, `lab.1` …), of the office's (`office.0` …), or of
    /// the trust point itself (`CVCA`).
    pub(crate) fn take(&mut self, name: &str, lab: &Lab, entropy: &mut dyn Entropy) -> Result<Rc<Issued>, String> {
        for (prefix, chain) in [("lab.", &lab.inspection), ("office.", &lab.office)] {
            if let Some(position) = name.strip_prefix(prefix) {
                let chain = chain.as_ref().ok_or("the laboratory has no such chain")?;
                let position: usize = position.parse().map_err(|_| format!("no certificate {name}"))?;
                let certificate = chain.certificates.get(position).ok_or_else(|| format!("no certificate {name}"))?;
                let key = (position + 1 == chain.certificates.len()).then(|| Rc::clone(&chain.key));
                return Ok(Rc::new(Issued::of(certificate, key)));
            }
        }
        if name == CVCA {
            let root =
                lab.authority.as_ref().ok_or("the laboratory lacks the key of the country verifying authority")?;
            return Ok(Rc::new(Issued::of(&root.certificate, Some(Rc::clone(&root.key)))));
        }
        if let Some(issued) = self.issued.get(name) {
            return Ok(Rc::clone(issued));
        }
        let recipe = self.recipes.iter().find(|recipe| recipe.name == name);
        let recipe = recipe.ok_or_else(|| format!("no certificate {name}"))?.clone();
        let issued = Rc::new(self.issue(&recipe, lab, entropy)?);
        self.issued.insert(name.to_owned(), Rc::clone(&issued));
        Ok(issued)
    }

    fn issue(&mut self, recipe: &CertificateRecipe, lab: &Lab, entropy: &mut dyn Entropy) -> Result<Issued, String> {
        let root = if recipe.terminal_type.as_deref() == Some("office") || recipe.issuer == OFFICE {
            lab.office_authority.as_ref().ok_or("the laboratory lacks the key of the office's trust point")?
        } else {
            lab.authority.as_ref().ok_or("the laboratory lacks the key of the country verifying authority")?
        };
        let (issuer, mut signer) = if recipe.issuer == CVCA || recipe.issuer == OFFICE {
            (root.certificate.holder().octets().to_vec(), Some(Rc::clone(&root.key)))
        } else {
            let issuer = self.take(&recipe.issuer, lab, entropy)?;
            (issuer.holder.clone(), issuer.key.clone())
        };
        let authority = recipe.reference.as_ref().map_or(issuer, |text| text.as_bytes().to_vec());
        let key = self.key(recipe, root, entropy)?;
        let holder = match recipe.holder.as_str() {
            CVCA => root.certificate.holder().octets().to_vec(),
            text => text.as_bytes().to_vec(),
        };
        let body = well_formed(recipe, root, lab, &authority, &holder, &key)?;
        let (before, after): (Vec<_>, Vec<_>) =
            recipe.tamper.iter().partition(|tamper| !tamper.starts_with("signature-"));
        let mut octets = body;
        for tamper in before {
            match tamper.split_once(':') {
                Some(("signed-by", other)) if other == CVCA => signer = Some(Rc::clone(&root.key)),
                Some(("signed-by", other)) => signer = self.take(other, lab, entropy)?.key.clone(),
                Some((verb, argument)) => octets = edited(&octets, verb, argument)?,
                None => return Err(format!("no tampering {tamper}")),
            }
        }
        let signer = signer.ok_or("the laboratory lacks the key of the issuer")?;
        let mut signature = signer.sign(&octets, entropy).map_err(|error| error.to_string())?;
        for tamper in after {
            match tamper.as_str() {
                "signature-wrong" => signature.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
                "signature-short" => drop(signature.pop()),
                "signature-missing" => signature.clear(),
                _ => return Err(format!("no tampering {tamper}")),
            }
        }
        let missing = recipe.tamper.iter().any(|tamper| tamper == "signature-missing");
        let signature = if missing { Vec::new() } else { encode(SIGNATURE, &signature) };
        Ok(Issued { body: octets, signature, authority, holder, key: Some(key) })
    }

    /// The key pair of a recipe; recipes that name the same key share it.
    fn key(
        &mut self,
        recipe: &CertificateRecipe,
        root: &Authority,
        entropy: &mut dyn Entropy,
    ) -> Result<Rc<CvPrivateKey>, String> {
        let name = recipe.key.as_ref().unwrap_or(&recipe.name);
        if name == CVCA {
            return Ok(Rc::clone(&root.key));
        }
        if let Some(key) = self.keys.get(name) {
            return Ok(Rc::clone(key));
        }
        let hash = |word: &str| match word {
            "sha1" => Ok(HashAlgorithm::Sha1),
            "sha224" => Ok(HashAlgorithm::Sha224),
            "sha256" => Ok(HashAlgorithm::Sha256),
            "sha384" => Ok(HashAlgorithm::Sha384),
            "sha512" => Ok(HashAlgorithm::Sha512),
            _ => Err(format!("no hash {word}")),
        };
        let curve = recipe.curve.map(|id| Curve::from_parameter_id(id).ok_or(format!("no domain {id}"))).transpose()?;
        let of_root = match &*root.key {
            CvPrivateKey::Ec { key, .. } => key.curve(),
            CvPrivateKey::Rsa { .. } => Curve::P256,
        };
        let mut rsa = |scheme, hash| {
            let key = RsaPrivateKey::generate(RSA_BITS, entropy).map_err(|error| error.to_string())?;
            Ok::<_, String>(CvPrivateKey::Rsa { scheme, hash, key })
        };
        let key = match (&recipe.algorithm, &*root.key) {
            (None, CvPrivateKey::Rsa { scheme, hash, .. }) => rsa(*scheme, *hash)?,
            (None, CvPrivateKey::Ec { hash, .. }) => {
                CvPrivateKey::Ec { hash: *hash, key: CurvePrivateKey::generate(curve.unwrap_or(of_root), entropy) }
            }
            (Some(word), _) => match word.strip_prefix("ecdsa-") {
                Some(word) => CvPrivateKey::Ec {
                    hash: hash(word)?,
                    key: CurvePrivateKey::generate(curve.unwrap_or(of_root), entropy),
                },
                None => match (word.strip_prefix("rsa-pss-"), word.strip_prefix("rsa-")) {
                    (Some(word), _) => rsa(RsaScheme::Pss, hash(word)?)?,
                    (None, Some(word)) => rsa(RsaScheme::Pkcs1, hash(word)?)?,
                    _ => return Err(format!("no algorithm {word}")),
                },
            },
        };
        let key = Rc::new(key);
        self.keys.insert(name.clone(), Rc::clone(&key));
        Ok(key)
    }
}

impl Issued {
    fn of(certificate: &CvCertificate, key: Option<Rc<CvPrivateKey>>) -> Self {
        Self {
            body: certificate.body().to_vec(),
            signature: encode(SIGNATURE, certificate.signature()),
            authority: certificate.authority().octets().to_vec(),
            holder: certificate.holder().octets().to_vec(),
            key,
        }
    }
}

/// The body before anything is made wrong.
fn well_formed(
    recipe: &CertificateRecipe,
    root: &Authority,
    lab: &Lab,
    authority: &[u8],
    holder: &[u8],
    key: &CvPrivateKey,
) -> Result<Vec<u8>, String> {
    let role = match recipe.role.as_str() {
        "cvca" => Role::Cvca,
        "dv-domestic" => Role::DvDomestic,
        "dv-foreign" => Role::DvForeign,
        "terminal" => Role::Terminal,
        other => return Err(format!("no role {other}")),
    };
    let terminal_type = match recipe.terminal_type.as_deref() {
        None | Some("inspection") => TerminalType::InspectionSystem,
        Some("office") => TerminalType::Office,
        Some(other) => return Err(format!("no terminal type {other}")),
    };
    let rights = recipe.rights.iter().try_fold(0, |rights, word| match word.as_str() {
        "dg3" => Ok(rights | Rights::READ_DG3),
        "dg4" => Ok(rights | Rights::READ_DG4),
        "codes" => Ok(rights | Rights::SET_CODES),
        "activate" => Ok(rights | Rights::ACTIVATE),
        "terminate" => Ok(rights | Rights::TERMINATE),
        other => Err(format!("no right {other}")),
    })?;
    let with_parameters = recipe.parameters.unwrap_or(role == Role::Cvca);
    let public_key = key.public().map_err(|error| error.to_string())?;
    // References that are none are put in afterwards.
    let place =
        |octets: &[u8]| HolderReference::decode(octets).map_err(|_| "a reference that is none: use `set:`".to_owned());
    let body = CertificateBody {
        authority: place(authority)?,
        public_key: if with_parameters { public_key } else { bare(public_key) },
        holder: place(holder)?,
        template: Chat::new(terminal_type, role, rights),
        effective: date(&recipe.effective, root, lab)?,
        expiration: date(&recipe.expiration, root, lab)?,
        extensions: None,
    };
    body.encode().map_err(|error| error.to_string())
}

fn bare(key: CvPublicKey) -> CvPublicKey {
    key.without_domain_parameters()
}

/// `cvca-eff`, `cvca-exp` or `today`, and `+1m`, `-3d`, `+1y` behind it.
fn date(text: &str, root: &Authority, lab: &Lab) -> Result<CvDate, String> {
    let refused = || format!("no date {text}");
    let (base, mut rest) = ["cvca-eff", "cvca-exp", "today"]
        .into_iter()
        .find_map(|word| text.strip_prefix(word).map(|rest| (word, rest)))
        .ok_or_else(refused)?;
    let civil = |date: CvDate| {
        let (year, month, day) = date.civil();
        let signed = |number: u8| i8::try_from(number).unwrap_or(1);
        Date::new(i16::try_from(year).unwrap_or(2000), signed(month), signed(day)).map_err(|_| refused())
    };
    let mut date = match base {
        "cvca-eff" => civil(root.certificate.effective())?,
        "cvca-exp" => civil(root.certificate.expiration())?,
        _ => lab.today,
    };
    while !rest.is_empty() {
        let end = rest.find(['d', 'm', 'y']).ok_or_else(refused)?;
        let (number, tail) = rest.split_at_checked(end).ok_or_else(refused)?;
        let number: i32 = number.trim().parse().map_err(|_| refused())?;
        let span: Span = match tail.chars().next() {
            Some('d') => number.days(),
            Some('m') => number.months(),
            _ => number.years(),
        };
        date = date.checked_add(span).map_err(|_| refused())?;
        rest = tail.get(1..).unwrap_or_default();
    }
    let unsigned = |number: i8| u8::try_from(number).unwrap_or(1);
    CvDate::new(u16::try_from(date.year()).unwrap_or(2000), unsigned(date.month()), unsigned(date.day()))
        .map_err(|error| error.to_string())
}

/// Changes a body: `omit:7F4C/06`, `set:5F25=020A00000000`, `tail:5F25=0302` (the last octets), `raw-tag:42=43`,
/// `append:DEADBEEF`, `append:7F49=770100`, `outer-tag:7F4F`.
fn edited(body: &[u8], verb: &str, argument: &str) -> Result<Vec<u8>, String> {
    let refused = || format!("no tampering {verb}:{argument}");
    let tag = |text: &str| u32::from_str_radix(text, 16).map_err(|_| refused());
    let inner = single(body, BODY).map_err(|error| error.to_string())?.value;
    let (path, value) = argument.split_once('=').unwrap_or((argument, ""));
    let edit = match verb {
        "append" if !argument.contains('=') => {
            return Ok(encode(BODY, &[inner, &hex::decode(argument).map_err(|_| refused())?].concat()));
        }
        "outer-tag" => return Ok(encode(tag(argument)?, inner)),
        "omit" => Edit::Omit,
        "set" => Edit::Set(hex::decode(value).map_err(|_| refused())?),
        "tail" => Edit::Tail(hex::decode(value).map_err(|_| refused())?),
        "append" => Edit::Append(hex::decode(value).map_err(|_| refused())?),
        "raw-tag" => Edit::Retag(tag(value)?),
        _ => return Err(refused()),
    };
    let path = path.split('/').map(tag).collect::<Result<Vec<_>, _>>()?;
    walk(inner, &path, &edit).map(|inner| encode(BODY, &inner)).ok_or_else(refused)
}

enum Edit {
    Omit,
    Set(Vec<u8>),
    Tail(Vec<u8>),
    Append(Vec<u8>),
    Retag(u32),
}

/// The level with the object at the path changed; nothing, if there is none.
fn walk(level: &[u8], path: &[u32], edit: &Edit) -> Option<Vec<u8>> {
    let (first, rest) = path.split_first()?;
    let mut reader = Reader::new(level);
    let (mut out, mut found) = (Vec::new(), false);
    while let Some(object) = reader.next().ok()? {
        let tag = object.tag.number();
        if tag != *first || found {
            out.extend_from_slice(object.raw);
            continue;
        }
        found = true;
        match (rest.is_empty(), edit) {
            (false, _) => out.extend(encode(tag, &walk(object.value, rest, edit)?)),
            (true, Edit::Omit) => {}
            (true, Edit::Set(value)) => out.extend(encode(tag, value)),
            (true, Edit::Tail(last)) => {
                let kept = object.value.len().saturating_sub(last.len());
                out.extend(encode(tag, &[object.value.get(..kept).unwrap_or_default(), last].concat()));
            }
            (true, Edit::Append(more)) => out.extend(encode(tag, &[object.value, more].concat())),
            (true, Edit::Retag(other)) => out.extend(encode(*other, object.value)),
        }
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_changed_where_it_is_said() {
        let body = hex::decode("7F4E0F5F290100420241427F4C045F200153").unwrap();
        let body = [body.as_slice(), &[]].concat();
        let after = |verb: &str, argument: &str| hex::encode_upper(edited(&body, verb, argument).unwrap());
        assert_eq!(after("omit", "42"), "7F4E0B5F2901007F4C045F200153");
        assert_eq!(after("set", "42=58"), "7F4E0E5F2901004201587F4C045F200153");
        assert_eq!(after("raw-tag", "42=43"), "7F4E0F5F290100430241427F4C045F200153");
        assert_eq!(after("set", "7F4C/5F20=5959"), "7F4E105F290100420241427F4C055F20025959");
        assert_eq!(after("append", "42=0101AA"), "7F4E125F290100420541420101AA7F4C045F200153");
        assert_eq!(after("tail", "42=58"), "7F4E0F5F290100420241587F4C045F200153");
        assert_eq!(after("append", "0101AA"), "7F4E125F290100420241427F4C045F2001530101AA");
        assert!(edited(&body, "omit", "44").is_err() && edited(&body, "bend", "42").is_err());
    }
}
