/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart.h"

#include <stdint.h>
#include <string.h>

/* Text of users (case names, notes, file names, commands) goes into HTML and SVG.
 * What cannot stand there in any escaped form is replaced, never passed on. */
static const uint32_t replacement = 0xFFFD;

/* Length of the UTF-8 sequence that a lead byte announces; 0 for none. */
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

static bool allowed(uint32_t code, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return false;
    if (code < 0x20)
        return code == '\t' || code == '\n';
    if (code >= 0x7F && code <= 0x9F)
        return false;
    return (code & 0xFFFE) != 0xFFFE && !(code >= 0xFDD0 && code <= 0xFDEF);
}

/* Takes one character off the text: its code, or U+FFFD and one byte if it is none. */
static uint32_t next_character(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t length = sequence_length(p[0]);
    uint32_t code = length > 1 ? p[0] & (0x7Fu >> length) : p[0];
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            length = 0;
        else
            code = code << 6 | (p[i] & 0x3Fu);
    }
    if (length == 0 || !allowed(code, length)) {
        *text += 1;
        return replacement;
    }
    *text += length;
    return code;
}

static void write_utf8(FILE *out, uint32_t code)
{
    if (code < 0x80) {
        putc((int)code, out);
    } else if (code < 0x800) {
        fprintf(out, "%c%c", (int)(0xC0 | code >> 6), (int)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        fprintf(out, "%c%c%c", (int)(0xE0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3F)),
                (int)(0x80 | (code & 0x3F)));
    } else {
        fprintf(out, "%c%c%c%c", (int)(0xF0 | code >> 18), (int)(0x80 | (code >> 12 & 0x3F)),
                (int)(0x80 | (code >> 6 & 0x3F)), (int)(0x80 | (code & 0x3F)));
    }
}

static void write_character(FILE *out, uint32_t code)
{
    switch (code) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        write_utf8(out, code);
    }
}

void nh_write_escaped(FILE *out, const char *text)
{
    while (*text != '\0')
        write_character(out, next_character(&text));
}

size_t nh_text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; width++)
        next_character(&text);
    return width;
}

void nh_write_escaped_short(FILE *out, const char *text, size_t limit)
{
    bool cut = nh_text_width(text) > limit;
    size_t room = cut && limit > 0 ? limit - 1 : limit;
    for (size_t i = 0; i < room && *text != '\0'; i++)
        write_character(out, next_character(&text));
    if (cut)
        write_character(out, 0x2026);
}
