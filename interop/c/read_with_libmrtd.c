/*
 * Foreign judge: reads a chip by Basic Access Control with Debian's libmrtd, none of sigillo's code.
 *
 * libmrtd speaks to libnfc; the one function of libnfc that it calls is defined here, over two pipes (card.h). The first three lines of
 * standard input are document number, date of birth and date of expiry (YYMMDD). Exit status: 0 all read, 1 refused.
 *
 * libmrtd is GPL-3: this program is built in tests and shipped never.
 */
/* libmrtd's headers take libnfc's for granted. */
#include <nfc/nfc.h>

#include <mrtd/mrtd.h>

#include "card.h"

#define LARGEST_FILE 65536

int nfc_initiator_transceive_bytes(nfc_device *device, const uint8_t *command, const size_t length, uint8_t *answer, const size_t room,
                                   int timeout)
{
    (void)device;
    (void)timeout;
    return (int)transmit(command, length, answer, room);
}

/* One field of the MRZ, filled up, with its check digit. */
static void field(const char *line, size_t width, uint8_t *out)
{
    size_t length = strlen(line);
    if (length == 0 || length > width)
        give_up("a field of the MRZ has a wrong length");
    memset(out, '<', width);
    memcpy(out, line, length);
    out[width] = (uint8_t)('0' + mrtd_bac_check_digit(out, (int)width));
}

int main(void)
{
    static const struct {
        const char *name;
        uint8_t identifier[2];
    } files[] = { { "EF.COM", { 0x01, 0x1E } }, { "EF.SOD", { 0x01, 0x1D } }, { "DG1", { 0x01, 0x01 } }, { "DG2", { 0x01, 0x02 } } };
    static const size_t widths[] = { 9, 6, 6 };
    static uint8_t content[LARGEST_FILE];
    uint8_t information[10 + 7 + 7], ks_enc[16], ks_mac[16];
    uint64_t counter;

    uint8_t *at = information;
    for (size_t i = 0; i < 3; i++) {
        char *line = next_line();
        if (line == NULL)
            give_up("three lines are needed on standard input");
        field(line, widths[i], at);
        at += widths[i] + 1;
        free(line);
    }
    mrtd_bac_randomize_rndifd_kifd();
    if (mrtd_bac_keyhandshake(NULL, information, ks_enc, ks_mac, &counter) < 0)
        give_up("libmrtd: basic access control failed");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int length = 0;
        if (mrtd_fileread_read(NULL, files[i].identifier, content, &length, ks_enc, ks_mac, &counter) < 0 || length <= 0)
            give_up("libmrtd: a file could not be read");
        char name[16];
        snprintf(name, sizeof name, "= %s ", files[i].name);
        print_hex(name, content, (size_t)length);
    }
    return 0;
}
