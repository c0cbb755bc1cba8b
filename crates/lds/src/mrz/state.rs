use crate::error::{LdsError, LdsErrorKind};

/// A code of a state, organization or nationality as the MRZ writes it: one to three letters.
///
/// Known are ISO 3166-1 alpha-3 and the additions of ICAO 9303-3 section 5, stateless persons and refugees included. Germany
/// is `D`, never `DEU`.
///
/// Spec: `icao-9303-3#codes`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StateCode(&'static str);

impl StateCode {
    /// Italy.
    pub const ITALY: Self = Self("ITA");
    /// Stateless person (Convention of 1954).
    pub const STATELESS: Self = Self("XXA");
    /// Refugee (Convention of 1951).
    pub const REFUGEE: Self = Self("XXB");
    /// Refugee other than `XXB`.
    pub const OTHER_REFUGEE: Self = Self("XXC");
    /// Unspecified nationality.
    pub const UNSPECIFIED: Self = Self("XXX");

    /// Reads a code of one to three capital letters; trailing fillers are allowed.
    ///
    /// # Errors
    ///
    /// `lds.country` if the code is in neither list.
    pub fn parse(code: &str) -> Result<Self, LdsError> {
        let letters = code.trim_end_matches('<');
        let known = ISO_3166_1.split(' ').chain(ICAO_ADDITIONS.split(' ')).find(|known| *known == letters);
        known.filter(|_| code.len() <= 3).map(Self).ok_or(LdsError::new(LdsErrorKind::Country))
    }

    /// The code without fillers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The three positions of the MRZ, filled.
    #[must_use]
    pub fn mrz(self) -> String {
        format!("{:<<3}", self.0)
    }

    /// Whether the code says that its bearer has no nationality: `XXA`, `XXB`, `XXC` or `XXX`.
    #[must_use]
    pub fn is_without_nationality(self) -> bool {
        self.0.starts_with("XX")
    }
}

/// ICAO 9303-3 section 5, parts A to H.
const ICAO_ADDITIONS: &str = "D GBD GBN GBO GBP GBS RKS EUE UNO UNA UNK XBA XIM XCC XCE XCO XEC XPO XES XMP XOM XDC \
XXA XXB XXC XXX ANT NTZ UTO IAO";

/// ISO 3166-1 alpha-3, less `DEU`.
const ISO_3166_1: &str = "\
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM \
BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR \
CYM CYP CZE DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN \
GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM \
JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG \
MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL \
NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN \
SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO \
TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_what_the_standard_says() {
        assert_eq!(ISO_3166_1.split(' ').count(), 248);
        for code in ["ITA", "XXA", "XXB", "XXC", "XXX", "UNO", "UNA", "UNK", "RKS", "D", "D<<", "GBN", "MAR", "UKR"] {
            assert!(StateCode::parse(code).is_ok(), "{code}");
        }
        for code in ["", "<<<", "DEU", "XYZ", "ita", "IT", "IT<", "ITA<", "I<A", "ITA IT", "A B"] {
            assert_eq!(StateCode::parse(code).unwrap_err().code(), "lds.country", "{code}");
        }
        assert_eq!(StateCode::parse("D").unwrap().mrz(), "D<<");
    }
}
