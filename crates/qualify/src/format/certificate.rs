use serde::Deserialize;

/// `cases/certificates.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRecipes {
    /// The recipes.
    #[serde(rename = "certificate", default)]
    pub certificates: Vec<CertificateRecipe>,
}

/// How the laboratory issues one card verifiable certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CertificateRecipe {
    /// Its name in cases.
    pub name: String,
    /// Whose key signs: `CVCA`, the chip's trust point, or another recipe.
    pub issuer: String,
    /// The authority it names; the issuer's holder reference, unless it is another one.
    pub reference: Option<String>,
    /// The holder it names; `CVCA`: the chip's trust point.
    pub holder: String,
    /// `cvca`, `dv-domestic`, `dv-foreign`, `terminal`.
    pub role: String,
    /// `inspection`, unless it is `office`.
    #[serde(default, rename = "type")]
    pub terminal_type: Option<String>,
    /// `dg3`, `dg4`; of an office `codes`, `activate`, `terminate`.
    #[serde(default)]
    pub rights: Vec<String>,
    /// From when: `cvca-eff`, `cvca-exp` or `today`, plus or minus days, months or years.
    pub effective: String,
    /// Until when.
    pub expiration: String,
    /// The key pair; the recipe's own, unless it is another one's, or that of the trust point, `CVCA`.
    pub key: Option<String>,
    /// The signature algorithm of the holder's key; the trust point's, unless it is another one.
    pub algorithm: Option<String>,
    /// The standardized domain parameters of the holder's key; the trust point's, unless others.
    pub curve: Option<u8>,
    /// Whether the public key carries domain parameters; an authority's does.
    pub parameters: Option<bool>,
    /// What is made wrong.
    #[serde(default)]
    pub tamper: Vec<String>,
    /// Anything worth a word.
    #[serde(default)]
    pub note: String,
}
