/*
 * The card at the other end of two pipes: a command goes to standard output as `> HEX`, its answer comes back on standard input
 * as one line of hexadecimal. What was read goes to standard output as `= NAME HEX`, what was checked as `+ CHECK`.
 */
#ifndef SIGILLO_INTEROP_CARD_H
#define SIGILLO_INTEROP_CARD_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An extended response and its status word, as two digits an octet, a line feed, a zero. */
#define LONGEST_LINE (2 * (65536 + 2) + 2)

static inline void give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* One line of standard input without its end; NULL when there is none. The caller frees it. */
static inline char *next_line(void)
{
    char *line = malloc(LONGEST_LINE);
    if (line == NULL || fgets(line, LONGEST_LINE, stdin) == NULL) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = 0;
    return line;
}

/* Octets of hexadecimal; their number, or give up. */
static inline size_t from_hex(const char *hex, unsigned char *out, size_t room)
{
    size_t digits = strlen(hex);
    if (digits % 2 != 0 || digits / 2 > room)
        give_up("a line has too many digits, or an odd number of them");
    for (size_t i = 0; i < digits / 2; i++) {
        unsigned int octet;
        if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
            give_up("a line is not hexadecimal");
        out[i] = (unsigned char)octet;
    }
    return digits / 2;
}

static inline void print_hex(const char *prefix, const unsigned char *octets, size_t length)
{
    fputs(prefix, stdout);
    for (size_t i = 0; i < length; i++)
        printf("%02x", octets[i]);
    putchar('\n');
    fflush(stdout);
}

/* Sends a command and waits for the answer; its length, status word included. */
static inline size_t transmit(const unsigned char *command, size_t length, unsigned char *answer, size_t room)
{
    print_hex("> ", command, length);
    char *line = next_line();
    if (line == NULL)
        give_up("the card is gone");
    size_t found = from_hex(line, answer, room);
    free(line);
    if (found < 2)
        give_up("an answer has no status word");
    return found;
}

#endif
