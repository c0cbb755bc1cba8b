"""Makes demo/lot.jsonl, demo/cases.json and demo/CASES.md: sixteen invented people, each standing for some hard case.

    python3 demo/make_lot.py

Standard library only. Every person, number and file reference is invented; the codici fiscali are computed here with
valid check letters. The results are committed; running this again gives the same bytes. Today is 2026-11-02.
"""

import base64
import json
import pathlib

HERE = pathlib.Path(__file__).parent
QUESTURE = {"NA": "Napoli", "RM": "Roma", "MI": "Milano", "PA": "Palermo", "TO": "Torino"}

# What each case shows; the order of the table in CASES.md.
CASES = {
    "latin-diacritics": "Turkish letters: dotted İ, dotless ı, ş, ğ, ü, ö",
    "latin-letters-expanded": "ß, ø, ł and ñ: letters that have no base letter or become two",
    "decomposed-unicode": "the same letters as base letter and combining mark (NFD)",
    "cyrillic": "names in Ukrainian Cyrillic",
    "arabic": "names in Arabic script",
    "greek": "names in Greek script",
    "mrz-names-given": "names in Han characters, for which ICAO 9303-3 has no table: the record brings the MRZ form",
    "single-name": "no given names: the only name is the primary identifier",
    "name-truncated": "names longer than the MRZ's thirty characters",
    "apostrophe-hyphen": "apostrophe and hyphen in one name",
    "birth-day-unknown": "day of birth unknown",
    "birth-month-and-day-unknown": "month and day of birth unknown",
    "stateless": "nationality XXA, stateless person",
    "refugee": "nationality XXB, refugee under the 1951 Convention",
    "refugee-other": "nationality XXC, refugee of another kind",
    "codice-fiscale": "a plain codice fiscale",
    "codice-fiscale-omocodia": "a codice fiscale whose last digits are replaced by letters (omocodia)",
    "codice-fiscale-absent": "no codice fiscale",
    "minor-under-six": "a child under six at the capture date: no fingerprints",
    "minor-of-eight": "a child of eight: fingerprints are taken",
    "two-fingers": "two fingerprints",
    "one-finger": "one fingerprint, with the reason why the second is absent",
    "no-fingers-for-ever": "no fingerprints: physically impossible",
    "no-fingers-now": "no fingerprints: temporarily impossible",
    "portrait-jpeg": "a JPEG portrait",
    "portrait-jpeg-2000": "a JPEG 2000 portrait",
    "image-in-base64": "an image inside the record, in base64",
    "children": "children under fourteen entered in the permit",
    "remarks": "remarks",
    "sex-x": "sex X, printed and coded as <",
    "number-from-blank": "no document number: it comes from the blank card",
    "number-from-record": "the record brings its document number",
    "previous-document": "the number of the permit that this one replaces",
}


def people():
    """The sixteen records and, for each, the cases it stands for."""
    yield ["latin-diacritics", "codice-fiscale", "two-fingers", "portrait-jpeg", "number-from-record"], person(
        1, "I40718263", ["LAVORO SUBORDINATO"], "ŞAHİN ÖZTÜRK", "Gülşah Işıl", "1991-04-17", "İzmir (TUR)", "F", "TUR", "NA",
        codice_fiscale=codice_fiscale("SAHIN OZTURK", "GULSAH ISIL", "1991-04-17", "F", "Z243"))
    yield ["latin-letters-expanded", "remarks"], person(
        2, "I52936174", ["LAVORO AUTONOMO"], "Núñez Groß", "Søren Łukasz", "1978-12-05", "Córdoba (ARG)", "M", "ARG", "MI",
        remarks="PERM. UNICO LAVORO")
    yield ["cyrillic", "children"], person(
        3, "I31864507", ["PROTEZIONE TEMPORANEA"], "Ковальчук", "Юлія Андріївна", "1987-08-24", "Київ (UKR)", "F", "UKR", "RM",
        children=[child("Ковальчук", "Данило", "2015-05-30", "M"), child("Ковальчук", "Злата", "2019-01-11", "F")])
    yield ["arabic", "codice-fiscale-omocodia"], person(
        4, "I68250419", ["FAMILIARE DI", "CITTADINO UE"], "بن صالح", "محمد أمين", "1983-02-09", "تونس (TUN)", "M", "TUN", "PA",
        codice_fiscale=omocodia(codice_fiscale("BEN SALAH", "MOHAMED AMINE", "1983-02-09", "M", "Z352"), 3))
    yield ["greek", "remarks"], person(
        5, "I27493850", ["SOGGIORNANTE DI LUNGO", "PERIODO - UE"], "Παπαδόπουλος", "Δημήτριος Χρήστος", "1969-10-28", "Δρόπολη (ALB)", "M", "ALB", "TO",
        years=10, remarks="EX ART. 9 D.LGS. 286/98")
    yield ["single-name", "portrait-jpeg-2000"], person(
        6, "I83047162", ["STUDIO"], "Wulandari", None, "2003-06-21", "Yogyakarta (IDN)", "F", "IDN", "MI", years=1)
    yield ["name-truncated", "previous-document"], person(
        7, "I19625738", ["ATTESA OCCUPAZIONE"], "Wickramasinghe Mudiyanselage", "Bandaranayake Chandrasekhara Priyantha", "1974-03-02",
        "Kurunegala (LKA)", "M", "LKA", "NA", previous_document="I08361947")
    yield ["birth-day-unknown", "one-finger"], person(
        8, "I74509283", ["PROTEZIONE", "SUSSIDIARIA"], "Warsame", "Hodan Cabdi", "1985-06-00", "Muqdisho (SOM)", "F", "SOM", "RM",
        years=5, fingers=["left-index"], second_finger_absent="physically-impossible")
    yield ["birth-month-and-day-unknown", "refugee"], person(
        9, "I46183795", ["ASILO"], "Ahmadzai", "Noorullah", "1990-00-00", "Jalalabad (AFG)", "M", "XXB", "RM", years=5)
    yield ["stateless", "portrait-jpeg-2000"], person(
        10, "I95372016", ["APOLIDIA"], "Omerović-Đurić", "Senad", "1996-09-13", "Mostar (BIH)", "M", "XXA", "TO", years=5)
    yield ["refugee-other", "no-fingers-for-ever"], person(
        11, "I60918342", ["CASI SPECIALI"], "Tesfamariam", "Yohannes", "1958-01-30", "Asmara (ERI)", "M", "XXC", "PA",
        fingerprints_absent="physically-impossible")
    yield ["minor-under-six", "codice-fiscale-absent"], person(
        12, "I38571920", ["MOTIVI FAMILIARI"], "El Fassi", "Yasmine", "2022-03-14", "Salerno (ITA)", "F", "MAR", "NA",
        fingerprints_absent="under-six")
    yield ["minor-of-eight", "image-in-base64"], person(
        13, "I57240681", ["MOTIVI FAMILIARI"], "dela Cruz", "Angelo Miguel", "2018-05-19", "Roma (ITA)", "M", "PHL", "RM",
        inline=True)
    yield ["decomposed-unicode", "one-finger"], person(
        14, "I82095364", ["LAVORO SUBORDINATO"], "Quispe N\u0303ahui\u0301", "Jose\u0301 Mari\u0301a", "1980-07-07", "Cuzco (PER)", "M", "PER", "MI",
        fingers=["right-thumb"], second_finger_absent="temporarily-impossible")
    yield ["sex-x", "apostrophe-hyphen", "number-from-blank"], person(
        15, None, ["RICERCA SCIENTIFICA"], "O'Brien-Taylor", "Robin Alex", "1993-11-23", "Hobart (AUS)", "X", "AUS", "TO")
    yield ["mrz-names-given", "number-from-blank", "no-fingers-now"], person(
        16, None, ["LAVORO STAGIONALE"], "欧阳", "小明", "1999-02-28", "温州 (CHN)", "M", "CHN", "TO", years=1,
        mrz_surname="OUYANG", mrz_given_names="XIAOMING", fingerprints_absent="temporarily-impossible")


def person(record, document_number, kind, surname, given_names, birth_date, birth_place, sex, nationality, office, *,
           years=2, fingers=("right-index", "left-index"), fingerprints_absent=None, inline=False, **more):
    """One R-PSE record in the order of D4; absent fields are left out."""
    city = QUESTURE[office]
    portrait = f"images/p{record:02}.jp2" if (HERE / f"images/p{record:02}.jp2").exists() else f"images/p{record:02}.jpg"
    fields = {
        "schema": "r-pse.v1",
        "document_number": document_number,
        "type": kind,
        "surname": surname,
        "given_names": given_names,
        "mrz_surname": more.get("mrz_surname"),
        "mrz_given_names": more.get("mrz_given_names"),
        "birth_date": birth_date,
        "birth_place": birth_place,
        "sex": sex,
        "nationality": nationality,
        "codice_fiscale": more.get("codice_fiscale"),
        "issue_place": city,
        "authority": f"Questura di {city}",
        "delivery_office": f"Questura di {city} - Ufficio Immigrazione",
        "valid_from": "2026-11-02",
        "valid_to": f"{2026 + years}-11-01",
        "remarks": more.get("remarks"),
        "children": more.get("children"),
        "portrait": image(portrait),
        "capture_date": f"2026-10-{4 + record:02}",
        "previous_document": more.get("previous_document"),
        "pratica": f"{office}-2026-{271_828 * record % 1_000_000:06}",
    }
    if fingerprints_absent:
        fields["fingerprints_absent"] = fingerprints_absent
    else:
        fields["fingerprints"] = [
            {"position": finger, "image": image(f"images/f{record:02}-{finger}.wsq", inline and finger == "left-index")} for finger in fingers
        ]
    fields["second_finger_absent"] = more.get("second_finger_absent")
    return {name: value for name, value in fields.items() if value is not None}


def image(path, inline=False):
    if inline:
        return {"base64": base64.b64encode((HERE / path).read_bytes()).decode()}
    return {"path": path}


def child(surname, given_names, birth_date, sex):
    return {"surname": surname, "given_names": given_names, "birth_date": birth_date, "sex": sex}


# --- Codice fiscale (D.M. 23.12.1976) ------------------------------------------------------------------------------

ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
               [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
                2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
OMOCODIA = dict(zip("0123456789", "LMNPQRSTUV"))


def codice_fiscale(surname, given_names, birth_date, sex, place):
    def split(name):
        letters = [c for c in name if c.isalpha()]
        return [c for c in letters if c not in "AEIOU"], [c for c in letters if c in "AEIOU"]

    def three(consonants, vowels):
        return "".join((consonants + vowels + ["X", "X", "X"])[:3])

    consonants, vowels = split(given_names)
    if len(consonants) > 3:
        consonants = [consonants[0], consonants[2], consonants[3]]
    year, month, day = birth_date.split("-")
    day = int(day) + (40 if sex == "F" else 0)
    return with_check_letter(three(*split(surname)) + three(consonants, vowels) + year[2:] + "ABCDEHLMPRST"[int(month) - 1] + f"{day:02}" + place)


def omocodia(code, count):
    """The same code with its last `count` digits written as letters, and its new check letter."""
    letters = list(code[:15])
    for position in [14, 13, 12, 10, 9, 7, 6][:count]:
        letters[position] = OMOCODIA[letters[position]]
    return with_check_letter("".join(letters))


def with_check_letter(fifteen):
    even = {c: i for i, c in enumerate("0123456789")} | {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    total = sum(ODD[c] if index % 2 == 0 else even[c] for index, c in enumerate(fifteen))
    return fifteen + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[total % 26]


# --- Output --------------------------------------------------------------------------------------------------------


def main():
    lines, shown = [], {name: [] for name in CASES}
    for number, (cases, record) in enumerate(people(), start=1):
        lines.append(json.dumps(record, ensure_ascii=False))
        for name in set(cases) | implied(record):
            shown[name].append(number)
    missing = [name for name, where in shown.items() if not where]
    if missing:
        raise SystemExit(f"no record shows {missing}")
    (HERE / "lot.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    (HERE / "cases.json").write_text(
        json.dumps({name: min(where) for name, where in shown.items()}, indent=2) + "\n", encoding="utf-8")
    table = "".join(f"| `{name}` | {what} | {', '.join(map(str, shown[name]))} |\n" for name, what in CASES.items())
    (HERE / "CASES.md").write_text(HEAD.format(count=len(lines)) + table, encoding="utf-8")


def implied(record):
    """Cases that can be read off the fields."""
    found = set()
    found.add("number-from-record" if "document_number" in record else "number-from-blank")
    found.add("portrait-jpeg-2000" if record["portrait"].get("path", "").endswith(".jp2") else "portrait-jpeg")
    if "codice_fiscale" not in record:
        found.add("codice-fiscale-absent")
    if len(record.get("fingerprints", [])) == 2:
        found.add("two-fingers")
    for field in ("children", "remarks"):
        if field in record:
            found.add(field)
    return found


HEAD = """# The demo's hard cases

Made by `demo/make_lot.py`; {count} records, all of invented people. `cases.json` holds the first line of each case, and a
test asserts that the line really shows it.

| case | what is hard | lines of `lot.jsonl` |
|---|---|---|
"""

if __name__ == "__main__":
    main()
