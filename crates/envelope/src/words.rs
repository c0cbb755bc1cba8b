//! The sentences of the letter, Italian and English; `{}` is where a number goes.

/// A sentence in both languages.
pub(crate) struct Both {
    pub(crate) italian: &'static str,
    pub(crate) english: &'static str,
}

pub(crate) const FILE_TITLE: &str = "Lettera dei codici - Code letter";
pub(crate) const TITLE: Both =
    Both { italian: "I codici del Suo permesso di soggiorno", english: "The codes of your residence permit" };
pub(crate) const CONFIDENTIAL: &str = "RISERVATA ALLA PERSONA  ·  PERSONAL AND CONFIDENTIAL";
pub(crate) const CARE_OF: &str = "presso / c/o";
pub(crate) const DOCUMENT: &str = "Documento / Document";
pub(crate) const PRINTED: &str = "Stampata il / Printed on";
pub(crate) const PROTECTED: &str = "ZONA PROTETTA  ·  TAMPER-EVIDENT AREA";
pub(crate) const OPENED: Both = Both {
    italian: "Aperta o danneggiata prima della consegna? Non usi questi codici: lo dica subito all’ufficio.",
    english: "Opened or damaged before you received it? Do not use these codes: tell the office at once.",
};

pub(crate) const PIN: Both = Both {
    italian: "Per i servizi elettronici. Lo digiti solo Lei. Dopo {} errori di fila si blocca.",
    english: "For electronic services. Only you type it. Blocked after {} wrong tries in a row.",
};
pub(crate) const PUK: Both = Both {
    italian: "Sblocca il PIN e Le fa scegliere un PIN nuovo. In tutto {} errori ammessi.",
    english: "Unblocks the PIN and lets you choose a new one. {} wrong tries in all.",
};
pub(crate) const CIP: Both = Both {
    italian: "Per denunciare perdita o furto al telefono, anche senza il permesso.",
    english: "To report loss or theft by telephone, even without the permit.",
};

pub(crate) const HEADINGS: Both = Both { italian: "Che cosa fare", english: "What to do" };
pub(crate) const ADVICE: [Both; 4] = [
    Both {
        italian: "Digiti le cifre senza spazi. Il PIN si può cambiare in ogni momento.",
        english: "Type the digits without spaces. You may change the PIN at any time.",
    },
    Both {
        italian: "Tenga questa lettera lontana dal permesso; non scriva i codici su di esso.",
        english: "Keep this letter away from the permit; never write the codes on it.",
    },
    Both {
        italian: "Nessun ufficio Le chiederà mai il PIN o il PUK: non li dica a nessuno.",
        english: "No office will ever ask for your PIN or PUK: tell them to nobody, not even to us.",
    },
    Both {
        italian: "La lettera non si ristampa. Se è persa o letta da altri, chieda codici nuovi.",
        english: "This letter is never printed again. If lost or read by others, ask for new codes.",
    },
];
pub(crate) const LOST: Both = Both { italian: "Permesso perso o rubato?", english: "Permit lost or stolen?" };
pub(crate) const CALL: Both = Both { italian: "Chiami subito e dica il CIP", english: "Call at once and tell the CIP" };
