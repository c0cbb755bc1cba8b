/*
 * Foreign judge: opens a chip by PACE with Debian's libeac (OpenPACE), reads it in secure messaging, and goes on to Chip and Terminal
 * Authentication (version 1); none of sigillo's code. The card is at the other end of two pipes (card.h).
 *
 *   terminal_with_libeac PROTOCOL DOMAIN mrz|can|pin [CA-PROTOCOL CA-DOMAIN]
 *
 * PROTOCOL and CA-PROTOCOL are libeac's names (id-PACE-ECDH-GM-AES-CBC-CMAC-128, id-CA-ECDH-AES-CBC-CMAC-128), DOMAIN a number of
 * the standardized domain parameters. Standard input begins with the password: the machine readable zone (TD1, its three lines in
 * one) or digits. With a fourth argument more lines follow: the chip's public key for Chip Authentication
 * (hexadecimal, uncompressed), then an empty line, or the terminal's private key (SEC 1 or PKCS#8), the reference of the trust point, and
 * CV certificates from the trust point's down to the terminal's, then an empty line; all hexadecimal.
 *
 * Generic mapping only: libeac's integrated mapping encodes points by an older draft's rule, which no edition of ICAO 9303 has.
 *
 * What is libeac's: key agreement, mapping, tokens, key derivation, the counter, encryption and authentication of every APDU, the
 * signature of Terminal Authentication. What is written here: the APDUs around them. Exit status: 0 all done, 1 refused, 2 wrong call.
 *
 * libeac is GPL-3: this program is built in tests and shipped never.
 */
#include <eac/ca.h>
#include <eac/eac.h>
#include <eac/pace.h>
#include <eac/ta.h>
#include <openssl/objects.h>

#include "card.h"

/* Exported by the library, declared by none of its public headers. */
BUF_MEM *KA_CTX_generate_key(const KA_CTX *ctx, BN_CTX *bn_ctx);
int KA_CTX_compute_key(KA_CTX *ctx, const BUF_MEM *in, BN_CTX *bn_ctx);
int KA_CTX_derive_keys(KA_CTX *ctx, const BUF_MEM *nonce, EVP_MD_CTX *md_ctx);
BUF_MEM *BUF_MEM_create_init(const void *octets, size_t length);

#define ROOM 4096
/* Plain octets asked for by one READ BINARY: the protected answer stays a short one. */
#define CHUNK 0xDF

typedef struct {
    unsigned char octets[ROOM];
    size_t length;
} Octets;

static void append(Octets *to, const void *octets, size_t length)
{
    if (to->length + length > ROOM)
        give_up("a message is too long for this program");
    memcpy(to->octets + to->length, octets, length);
    to->length += length;
}

static void append_tlv(Octets *to, unsigned char tag, const void *value, size_t length)
{
    unsigned char head[4] = { tag };
    size_t used = 1;
    if (length > 0xFF) {
        head[used++] = 0x82;
        head[used++] = (unsigned char)(length >> 8);
    } else if (length > 0x7F) {
        head[used++] = 0x81;
    }
    head[used++] = (unsigned char)length;
    append(to, head, used);
    append(to, value, length);
}

/* The value of a one-octet tag at the front; what follows it, too. */
static const unsigned char *value_of(const unsigned char *tlv, size_t room, unsigned char tag, size_t *length)
{
    size_t head = 2;
    if (room < 2 || tlv[0] != tag)
        give_up("a data object is missing in the chip's answer");
    *length = tlv[1];
    if (tlv[1] == 0x81 && room > 2) {
        *length = tlv[2];
        head = 3;
    } else if (tlv[1] == 0x82 && room > 3) {
        *length = (size_t)tlv[2] << 8 | tlv[3];
        head = 4;
    }
    if (head + *length > room)
        give_up("a data object of the chip's answer is cut");
    return tlv + head;
}

static BUF_MEM *buffer(const void *octets, size_t length)
{
    BUF_MEM *made = BUF_MEM_create_init(octets, length);
    if (made == NULL)
        give_up("libeac: no memory");
    return made;
}

static BUF_MEM *made_by(const char *what, BUF_MEM *result)
{
    if (result == NULL) {
        fprintf(stderr, "libeac: %s failed\n", what);
        exit(1);
    }
    return result;
}

static void done_by(const char *what, int result)
{
    if (result != 1) {
        fprintf(stderr, "libeac: %s failed\n", what);
        exit(1);
    }
}

/* The card. */

static unsigned int status_of(const unsigned char *answer, size_t length)
{
    return (unsigned int)answer[length - 2] << 8 | answer[length - 1];
}

static void require_success(const char *what, unsigned int status)
{
    if (status != 0x9000) {
        fprintf(stderr, "%s: the chip answered %04X\n", what, status);
        exit(1);
    }
}

static size_t plain(const char *what, const Octets *command, unsigned char *answer)
{
    size_t length = transmit(command->octets, command->length, answer, ROOM);
    require_success(what, status_of(answer, length));
    return length - 2;
}

/* Secure messaging around libeac's counter, cipher and MAC. Data come back in `answer`; the protected status is returned. */
static unsigned int protected(EAC_CTX *eac, const unsigned char header[4], const Octets *data, int expected, Octets *answer)
{
    static unsigned char received[ROOM];
    Octets objects = { .length = 0 }, command = { .length = 0 };
    unsigned char protected_header[4] = { (unsigned char)(header[0] | 0x0C), header[1], header[2], header[3] };

    done_by("counting", EAC_increment_ssc(eac));
    if (data->length > 0) {
        BUF_MEM *padded = made_by("padding", EAC_add_iso_pad(eac, buffer(data->octets, data->length)));
        BUF_MEM *cipher = made_by("encryption", EAC_encrypt(eac, padded));
        Octets value = { .length = 0 };
        append(&value, "\x01", 1);
        append(&value, cipher->data, cipher->length);
        append_tlv(&objects, 0x87, value.octets, value.length);
    }
    if (expected >= 0) {
        unsigned char le = (unsigned char)expected;
        append_tlv(&objects, 0x97, &le, 1);
    }
    Octets authenticated = { .length = 0 };
    BUF_MEM *padded = made_by("padding", EAC_add_iso_pad(eac, buffer(protected_header, 4)));
    append(&authenticated, padded->data, padded->length);
    append(&authenticated, objects.octets, objects.length);
    padded = made_by("padding", EAC_add_iso_pad(eac, buffer(authenticated.octets, authenticated.length)));
    BUF_MEM *mac = made_by("authentication", EAC_authenticate(eac, padded));
    append_tlv(&objects, 0x8E, mac->data, mac->length);

    append(&command, protected_header, 4);
    if (objects.length > 255) {
        unsigned char lc[3] = { 0, (unsigned char)(objects.length >> 8), (unsigned char)objects.length };
        append(&command, lc, 3);
        append(&command, objects.octets, objects.length);
        append(&command, "\0\0", 2);
    } else {
        unsigned char lc = (unsigned char)objects.length;
        append(&command, &lc, 1);
        append(&command, objects.octets, objects.length);
        append(&command, "\0", 1);
    }
    size_t length = transmit(command.octets, command.length, received, ROOM);
    unsigned int status = status_of(received, length);
    length -= 2;

    /* [87 cipher] 99 status 8E MAC */
    done_by("counting", EAC_increment_ssc(eac));
    size_t at = 0, cipher_length = 0;
    const unsigned char *cipher = NULL;
    if (length > 0 && received[0] == 0x87) {
        cipher = value_of(received, length, 0x87, &cipher_length);
        at = (size_t)(cipher - received) + cipher_length;
    }
    size_t status_length, mac_length;
    const unsigned char *inner = value_of(received + at, length - at, 0x99, &status_length);
    size_t covered = (size_t)(inner - received) + status_length;
    const unsigned char *chips_mac = value_of(received + covered, length - covered, 0x8E, &mac_length);
    if (status_length != 2 || ((unsigned int)inner[0] << 8 | inner[1]) != status)
        give_up("the protected status is not the plain one");
    padded = made_by("padding", EAC_add_iso_pad(eac, buffer(received, covered)));
    done_by("verification of the chip's MAC", EAC_verify_authentication(eac, padded, buffer(chips_mac, mac_length)));
    answer->length = 0;
    if (cipher != NULL) {
        if (cipher_length < 2 || cipher[0] != 1)
            give_up("the padding indicator of the chip's answer is wrong");
        BUF_MEM *opened = made_by("decryption", EAC_decrypt(eac, buffer(cipher + 1, cipher_length - 1)));
        BUF_MEM *unpadded = made_by("removal of padding", EAC_remove_iso_pad(opened));
        append(answer, unpadded->data, unpadded->length);
    }
    return status;
}

static void secure(const char *what, EAC_CTX *eac, const unsigned char header[4], const Octets *data, int expected, Octets *answer)
{
    require_success(what, protected(eac, header, data, expected, answer));
}

/* PACE. */

static void append_object_identifier(Octets *to, unsigned char tag, int protocol)
{
    const ASN1_OBJECT *object = OBJ_nid2obj(protocol);
    if (object == NULL || OBJ_length(object) == 0)
        give_up("libeac does not know the protocol");
    append_tlv(to, tag, OBJ_get0_data(object), OBJ_length(object));
}

/* One GENERAL AUTHENTICATE with one object inside 7C; the value of the answer's object. */
static BUF_MEM *general_authenticate(unsigned char class, unsigned char tag, const BUF_MEM *value, unsigned char expected)
{
    static unsigned char answer[ROOM];
    unsigned char header[4] = { class, 0x86, 0, 0 };
    Octets inner = { .length = 0 }, body = { .length = 0 }, command = { .length = 0 };
    if (value != NULL)
        append_tlv(&inner, tag, value->data, value->length);
    append_tlv(&body, 0x7C, inner.octets, inner.length);
    append(&command, header, 4);
    unsigned char lc = (unsigned char)body.length;
    append(&command, &lc, 1);
    append(&command, body.octets, body.length);
    append(&command, "\0", 1);
    size_t length = plain("GENERAL AUTHENTICATE", &command, answer);
    size_t template_length, found;
    const unsigned char *template = value_of(answer, length, 0x7C, &template_length);
    if (template_length == 0)
        return buffer("", 0);
    const unsigned char *object = value_of(template, template_length, expected, &found);
    return buffer(object, found);
}

/* PACE; yields the chip's ephemeral public key, which identifies the chip in Terminal Authentication. */
static BUF_MEM *pace(EAC_CTX *eac, int protocol, int domain, unsigned char reference, const PACE_SEC *password)
{
    unsigned char answer[ROOM], domain_octet = (unsigned char)domain;
    Octets body = { .length = 0 }, command = { .length = 0 };
    done_by("initialization of PACE", EAC_CTX_init_pace(eac, protocol, domain));
    append_object_identifier(&body, 0x80, protocol);
    append_tlv(&body, 0x83, &reference, 1);
    append_tlv(&body, 0x84, &domain_octet, 1);
    append(&command, "\x00\x22\xC1\xA4", 4);
    unsigned char lc = (unsigned char)body.length;
    append(&command, &lc, 1);
    append(&command, body.octets, body.length);
    plain("MSE:Set AT", &command, answer);

    BUF_MEM *nonce = general_authenticate(0x10, 0, NULL, 0x80);
    done_by("decryption of the nonce", PACE_STEP2_dec_nonce(eac, password, nonce));
    BUF_MEM *mapping = made_by("mapping data", PACE_STEP3A_generate_mapping_data(eac));
    BUF_MEM *theirs = general_authenticate(0x10, 0x81, mapping, 0x82);
    done_by("mapping", PACE_STEP3A_map_generator(eac, theirs));
    BUF_MEM *own = made_by("the ephemeral key", PACE_STEP3B_generate_ephemeral_key(eac));
    BUF_MEM *chip = general_authenticate(0x10, 0x83, own, 0x84);
    done_by("key agreement", PACE_STEP3B_compute_shared_secret(eac, chip));
    done_by("key derivation", PACE_STEP3C_derive_keys(eac));
    BUF_MEM *token = made_by("the token", PACE_STEP3D_compute_authentication_token(eac, chip));
    BUF_MEM *chips_token = general_authenticate(0x00, 0x85, token, 0x86);
    done_by("verification of the chip's token", PACE_STEP3D_verify_authentication_token(eac, chips_token));
    done_by("secure messaging", EAC_CTX_set_encryption_ctx(eac, EAC_ID_PACE));
    return chip;
}

/* Files. */

static const Octets NOTHING = { .length = 0 };

static void read_file(EAC_CTX *eac, const char *name, unsigned char short_identifier)
{
    static unsigned char file[65536];
    size_t have = 0, whole = 2;
    while (have < whole) {
        unsigned char header[4] = { 0x00, 0xB0, (unsigned char)(have >> 8), (unsigned char)have };
        if (have == 0)
            header[2] = (unsigned char)(0x80 | short_identifier);
        size_t wanted = have == 0 ? 6 : (whole - have < CHUNK ? whole - have : CHUNK);
        Octets chunk;
        unsigned int status = protected(eac, header, &NOTHING, (int)wanted, &chunk);
        if (status != 0x6282)
            require_success(name, status);
        if (chunk.length == 0 || have + chunk.length > sizeof file)
            give_up("a file has no end");
        memcpy(file + have, chunk.octets, chunk.length);
        have += chunk.length;
        if (have < 6)
            give_up("a file is too short");
        /* Tags of these files have one octet. */
        whole = file[1] < 0x80 ? 2u + file[1] : file[1] == 0x81 ? 3u + file[2] : 4u + ((size_t)file[2] << 8 | file[3]);
    }
    char prefix[32];
    snprintf(prefix, sizeof prefix, "= %s ", name);
    print_hex(prefix, file, whole);
}

static void select_application(EAC_CTX *eac)
{
    Octets answer, identifier = { .length = 0 };
    append(&identifier, "\xA0\x00\x00\x02\x47\x10\x01", 7);
    secure("SELECT", eac, (const unsigned char[]){ 0x00, 0xA4, 0x04, 0x0C }, &identifier, -1, &answer);
}

/* X of an uncompressed point, all its octets: libeac's own EAC_Comp drops leading zeros, which the standard keeps. */
static BUF_MEM *compressed(const BUF_MEM *point)
{
    return buffer(point->data + 1, (point->length - 1) / 2);
}

/* Chip Authentication, version 1; yields the terminal's ephemeral public key. */
static BUF_MEM *chip_authentication(EAC_CTX *eac, const char *name, int domain, const BUF_MEM *chip)
{
    Octets answer, body = { .length = 0 }, inner = { .length = 0 };
    int protocol = OBJ_sn2nid(name);
    done_by("initialization of Chip Authentication", EAC_CTX_init_ca(eac, protocol, domain));
    KA_CTX *agreement = eac->ca_ctx->ka_ctx;
    BUF_MEM *own = made_by("the ephemeral key", KA_CTX_generate_key(agreement, eac->bn_ctx));
    if (strstr(name, "3DES") != NULL) {
        append_tlv(&body, 0x91, own->data, own->length);
        secure("MSE:Set KAT", eac, (const unsigned char[]){ 0x00, 0x22, 0x41, 0xA6 }, &body, -1, &answer);
    } else {
        append_object_identifier(&body, 0x80, protocol);
        secure("MSE:Set AT", eac, (const unsigned char[]){ 0x00, 0x22, 0x41, 0xA4 }, &body, -1, &answer);
        body.length = 0;
        append_tlv(&inner, 0x80, own->data, own->length);
        append_tlv(&body, 0x7C, inner.octets, inner.length);
        secure("GENERAL AUTHENTICATE", eac, (const unsigned char[]){ 0x00, 0x86, 0x00, 0x00 }, &body, 0, &answer);
    }
    done_by("key agreement", KA_CTX_compute_key(agreement, chip, eac->bn_ctx));
    done_by("key derivation", KA_CTX_derive_keys(agreement, NULL, eac->md_ctx));
    done_by("secure messaging", EAC_CTX_set_encryption_ctx(eac, EAC_ID_CA));
    return own;
}

static BUF_MEM *hexadecimal_line(void)
{
    unsigned char octets[ROOM];
    char *line = next_line();
    if (line == NULL || *line == 0) {
        free(line);
        return NULL;
    }
    size_t length = from_hex(line, octets, sizeof octets);
    free(line);
    return buffer(octets, length);
}

#define MOST_CERTIFICATES 8

typedef struct {
    BUF_MEM *key;
    BUF_MEM *trust_point;
    BUF_MEM *certificates[MOST_CERTIFICATES];
    size_t count;
} Terminal;

/* The terminal's key, the trust point's reference and the certificates, up to an empty line; or just that line. */
static Terminal typed_terminal(void)
{
    Terminal terminal = { .key = hexadecimal_line(), .count = 0 };
    if (terminal.key == NULL)
        return terminal;
    terminal.trust_point = hexadecimal_line();
    BUF_MEM *certificate;
    while ((certificate = hexadecimal_line()) != NULL) {
        if (terminal.count == MOST_CERTIFICATES)
            give_up("too many certificates on standard input");
        terminal.certificates[terminal.count++] = certificate;
    }
    if (terminal.trust_point == NULL || terminal.count == 0)
        give_up("a chain of certificates is missing on standard input");
    return terminal;
}

/* The value of a one-octet tag that stands somewhere in a certificate's body, after `before`. */
static BUF_MEM *holder_reference(const BUF_MEM *certificate)
{
    const unsigned char *octets = (const unsigned char *)certificate->data;
    for (size_t at = 0; at + 3 < certificate->length; at++)
        if (octets[at] == 0x5F && octets[at + 1] == 0x20 && octets[at + 2] <= 16)
            return buffer(octets + at + 3, octets[at + 2]);
    give_up("a certificate names no holder");
    return NULL;
}

static void terminal_authentication(EAC_CTX *eac, const Terminal *terminal, const BUF_MEM *own, const BUF_MEM *chip)
{
    Octets answer, body = { .length = 0 };
    BUF_MEM *authority = terminal->trust_point;
    for (size_t i = 0; i < terminal->count; i++) {
        const BUF_MEM *certificate = terminal->certificates[i];
        size_t length;
        const unsigned char *octets = (const unsigned char *)certificate->data;
        /* 7F21 L: what PSO carries is what stands inside. */
        const unsigned char *content = value_of(octets + 1, certificate->length - 1, 0x21, &length);
        body.length = 0;
        append_tlv(&body, 0x83, authority->data, authority->length);
        secure("MSE:Set DST", eac, (const unsigned char[]){ 0x00, 0x22, 0x81, 0xB6 }, &body, -1, &answer);
        body.length = 0;
        append(&body, content, length);
        secure("PSO: Verify Certificate", eac, (const unsigned char[]){ 0x00, 0x2A, 0x00, 0xBE }, &body, -1, &answer);
        authority = holder_reference(certificate);
    }
    const BUF_MEM *last = terminal->certificates[terminal->count - 1];
    done_by("initialization of Terminal Authentication",
            EAC_CTX_init_ta(eac, (unsigned char *)terminal->key->data, terminal->key->length, (unsigned char *)last->data, last->length));
    body.length = 0;
    append_tlv(&body, 0x83, authority->data, authority->length);
    secure("MSE:Set AT", eac, (const unsigned char[]){ 0x00, 0x22, 0x81, 0xA4 }, &body, -1, &answer);
    secure("GET CHALLENGE", eac, (const unsigned char[]){ 0x00, 0x84, 0x00, 0x00 }, &NOTHING, 8, &answer);
    done_by("the chip's challenge", TA_STEP4_set_nonce(eac, buffer(answer.octets, answer.length)));
    BUF_MEM *signature = made_by("the signature", TA_STEP5_sign(eac, compressed(own), compressed(chip), NULL));
    body.length = 0;
    append(&body, signature->data, signature->length);
    secure("EXTERNAL AUTHENTICATE", eac, (const unsigned char[]){ 0x00, 0x82, 0x00, 0x00 }, &body, -1, &answer);
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 6) {
        fprintf(stderr, "usage: terminal_with_libeac PROTOCOL DOMAIN mrz|can|pin [CA-PROTOCOL CA-DOMAIN]\n");
        return 2;
    }
    enum s_type kind = strcmp(argv[3], "mrz") == 0 ? PACE_MRZ : strcmp(argv[3], "can") == 0 ? PACE_CAN : PACE_PIN;
    EAC_init();
    EAC_CTX *eac = EAC_CTX_new();
    char *secret = next_line();
    int protocol = OBJ_sn2nid(argv[1]);
    if (eac == NULL || secret == NULL || protocol == NID_undef)
        give_up("no context, no password, or no such protocol");
    PACE_SEC *password = PACE_SEC_new(secret, strlen(secret), kind);
    if (password == NULL)
        give_up("libeac: no such password");
    /* All that is typed comes before the card's first answer. */
    BUF_MEM *static_key = argc == 6 ? hexadecimal_line() : NULL;
    if (argc == 6 && static_key == NULL)
        give_up("the chip's public key is missing on standard input");
    Terminal terminal = argc == 6 ? typed_terminal() : (Terminal){ .count = 0 };

    BUF_MEM *chip = pace(eac, protocol, atoi(argv[2]), (unsigned char)kind, password);
    printf("+ pace\n");
    select_application(eac);
    read_file(eac, "EF.COM", 0x1E);
    read_file(eac, "EF.SOD", 0x1D);
    read_file(eac, "DG1", 0x01);
    if (argc == 6) {
        BUF_MEM *own = chip_authentication(eac, argv[4], atoi(argv[5]), static_key);
        read_file(eac, "DG1", 0x01);
        printf("+ chip-authentication\n");
        if (terminal.key != NULL) {
            terminal_authentication(eac, &terminal, own, chip);
            printf("+ terminal-authentication\n");
            read_file(eac, "DG3", 0x03);
        }
    }
    /* Buffers live as long as the process: one card, one run. */
    PACE_SEC_clear_free(password);
    EAC_CTX_clear_free(eac);
    free(secret);
    return 0;
}
