use sigillo_crypto::EcParameters;

/// Who issues, and what its document signer may sign.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// Country as X.509 writes it: two letters.
    pub country: String,
    /// Country as the MRZ writes it.
    pub mrz_country: String,
    /// Name of the organization; the unit below it says TEST where the keys do.
    pub organization: String,
    /// An e-mail or web address for the alternative names.
    pub contact: String,
    /// Where the revocation list lies.
    pub crl_addresses: Vec<String>,
    /// MRZ classes without filler.
    pub document_types: Vec<String>,
    /// Explicit parameters by ICAO 9303-12, or the named curve for software that refuses them.
    pub parameters: EcParameters,
    /// How many seals a document signer may make.
    pub seals: u64,
}

impl Default for IssuerSettings {
    /// Italy, permits of class `IR`, explicit parameters, 100 000 seals; the addresses lead nowhere.
    fn default() -> Self {
        Self {
            country: "IT".to_owned(),
            mrz_country: "ITA".to_owned(),
            organization: "Sigillo".to_owned(),
            contact: "csca@example.invalid".to_owned(),
            crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
            document_types: vec!["IR".to_owned()],
            parameters: EcParameters::Explicit,
            seals: 100_000,
        }
    }
}
