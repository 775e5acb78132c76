/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/carried.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/base64.h"

static const char format[] = "nodehour-inputs";
enum { VERSION = 1, CHUNK = 1 << 16 };
static const size_t largest = (size_t)1 << 29; /* uncompressed */

const char nh_carried_mark[] =
    "<a id=\"inputs\" download=\"inputs.gz\" href=\"data:application/gzip;base64,";

void nh_carried_clear(struct nh_carried *c)
{
    json_decref(c->header);
    free(c->body);
    *c = (struct nh_carried){0};
}

/* ---- gzip ---- */

static int out_of_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while compressing the inputs of a page");
}

/* 16 more than the window makes it gzip, whose header has no time and so is always the same. */
static int deflate_all(const char *data, size_t len, unsigned char **out, size_t *out_len,
                       struct nh_error *err)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return out_of_memory(err);
    size_t room = deflateBound(&z, len);
    *out = malloc(room);
    z.next_in = (unsigned char *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = *out;
    z.avail_out = (uInt)room;
    int status = *out ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
    *out_len = z.total_out;
    deflateEnd(&z);
    if (status == Z_STREAM_END)
        return NH_OK;
    free(*out);
    return out_of_memory(err);
}

static int inflate_into(z_stream *z, FILE *out)
{
    unsigned char chunk[CHUNK];
    int status = Z_OK;
    while (status == Z_OK && z->total_out < largest) {
        z->next_out = chunk;
        z->avail_out = CHUNK;
        status = inflate(z, Z_NO_FLUSH);
        fwrite(chunk, 1, CHUNK - z->avail_out, out);
    }
    return status == Z_STREAM_END ? 0 : -1;
}

static int inflate_all(unsigned char *data, size_t len, char **out, size_t *out_len)
{
    z_stream z = {.next_in = data, .avail_in = (uInt)len};
    FILE *stream = open_memstream(out, out_len);
    if (!stream)
        return -1;
    int rc = inflateInit2(&z, 15 + 16) == Z_OK ? 0 : -1;
    if (rc == 0) {
        rc = inflate_into(&z, stream);
        inflateEnd(&z);
    }
    return fclose(stream) == 0 ? rc : -1;
}

int nh_carried_compress(const struct nh_carried *c, char (*notes)[512], size_t note_count,
                        unsigned char **data, size_t *len, struct nh_error *err)
{
    char *text = NULL;
    size_t text_len = 0;
    FILE *out = open_memstream(&text, &text_len);
    if (!out)
        return out_of_memory(err);
    json_t *header = json_copy(c->header), *list = json_array();
    for (size_t i = 0; i < note_count; i++)
        json_array_append_new(list, json_string(notes[i]));
    json_object_set_new(header, "notes", list);
    json_dumpf(header, out, JSON_COMPACT);
    json_decref(header);
    putc('\n', out);
    fwrite(c->body, 1, c->body_len, out);
    int rc = fclose(out) == 0 && text_len < largest ? NH_OK : out_of_memory(err);
    rc = rc ? rc : deflate_all(text, text_len, data, len, err);
    free(text);
    return rc;
}

/* ---- From a page ---- */

bool nh_is_page(const char *data, size_t len)
{
    static const char start[] = "<!DOCTYPE html>";
    return len > sizeof start && memcmp(data, start, sizeof start - 1) == 0;
}

int nh_carried_split(char *text, size_t len, struct nh_carried *out)
{
    *out = (struct nh_carried){0};
    char *newline = memchr(text, '\n', len);
    json_t *header = newline ? json_loadb(text, (size_t)(newline - text), 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(header, "format"));
    if (!newline || !name || strcmp(name, format) != 0 ||
        json_integer_value(json_object_get(header, "version")) != VERSION) {
        json_decref(header);
        return -1;
    }
    out->header = header;
    out->body_len = len - (size_t)(newline + 1 - text);
    memmove(text, newline + 1, out->body_len);
    out->body = text;
    return 0;
}

int nh_carried_read(const char *name, const char *page, size_t len, struct nh_carried *out,
                    struct nh_error *err)
{
    unsigned char *packed = NULL;
    char *text = NULL;
    size_t packed_len = 0, text_len = 0;
    const size_t mark = strlen(nh_carried_mark);
    const char *at = memmem(page, len, nh_carried_mark, mark);
    *out = (struct nh_carried){0};
    if (!at)
        return nh_fail(err, NH_EINPUT,
                       "%s: this page carries no inputs; give the files that it names under "
                       "Environment",
                       name);
    at += mark;
    nh_base64_read(at, len - (size_t)(at - page), &packed, &packed_len);
    int rc = packed ? inflate_all(packed, packed_len, &text, &text_len) : -1;
    free(packed);
    if (rc == 0 && nh_carried_split(text, text_len, out) == 0)
        return NH_OK;
    free(text);
    return nh_fail(err, NH_EINPUT,
                   "%s: the inputs in this page are damaged, or of a newer nodehour; give the "
                   "files that it names under Environment",
                   name);
}
