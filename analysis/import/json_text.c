/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/json_text.h"

#include <string.h>

static long lines_before(const char *data, const char *at)
{
    long n = 1;
    for (; data < at; data++)
        n += *data == '\n';
    return n;
}

int nh_json_open(const char *name, const char *data, size_t len, struct nh_json_file *file,
                 struct nh_error *err)
{
    json_error_t why;
    const char *brace = memchr(data, '{', len);
    *file = (struct nh_json_file){.data = data, .len = len};
    if (!brace)
        return nh_fail(err, NH_EINPUT, "%s: no JSON object in it; give the whole file", name);
    file->root = json_loadb(brace, len - (size_t)(brace - data), JSON_DISABLE_EOF_CHECK, &why);
    if (file->root)
        return NH_OK;
    return nh_fail(err, NH_EINPUT, "%s:%ld: not valid JSON: %s; give the whole file", name,
                   lines_before(data, brace) + why.line - 1, why.text);
}

long nh_json_line(const struct nh_json_file *file, const char *text, size_t index)
{
    const char *at = file->data, *end = file->data + file->len, *found = file->data;
    size_t n = strlen(text);
    for (size_t i = 0; i <= index && at < end; i++) {
        const char *next = memmem(at, (size_t)(end - at), text, n);
        if (!next)
            break;
        found = next;
        at = next + n;
    }
    return lines_before(file->data, found);
}
