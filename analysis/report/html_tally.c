/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_tally.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/html.h"

/* Copies as much of a text as fits, cutting between characters, not inside one. */
static void copy_cut(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    if (length >= size) {
        length = size - 4;
        while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
            length--;
        memcpy(to, from, length);
        memcpy(to + length, "...", 4);
        return;
    }
    memcpy(to, from, length + 1);
}

void nh_tally_add(struct nh_tally *t, const char *key, const char *value)
{
    struct nh_tally_row row = {.count = 1};
    copy_cut(row.key, sizeof row.key, key);
    copy_cut(row.value, sizeof row.value, value);
    for (size_t i = 0; i < t->row_count; i++) {
        if (strcmp(t->rows[i].value, row.value) == 0 && strcmp(t->rows[i].key, row.key) == 0) {
            t->rows[i].count++;
            return;
        }
    }
    if (t->row_count < NH_TALLY_ROWS)
        t->rows[t->row_count++] = row;
    else
        t->others++;
}

void nh_tally_json(struct nh_tally *t, const char *key, const json_t *value)
{
    if (json_is_null(value))
        return;
    if (json_is_string(value)) {
        if (json_string_value(value)[0] != '\0')
            nh_tally_add(t, key, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    if (text != NULL)
        nh_tally_add(t, key, text);
    free(text);
}

static int by_key_and_value(const void *left, const void *right)
{
    const struct nh_tally_row *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->value, b->value);
}

/* "clock_source" as a reader would write it. */
static void write_key(FILE *out, const char *key)
{
    char text[NH_TALLY_KEY];
    copy_cut(text, sizeof text, key);
    bool variable = strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
    for (char *c = text; !variable && *c != '\0'; c++) {
        if (*c == '_')
            *c = ' ';
    }
    fputs(variable ? "<th scope=\"row\"><code>" : "<th scope=\"row\">", out);
    nh_write_escaped(out, text);
    fputs(variable ? "</code></th>" : "</th>", out);
}

void nh_tally_write(FILE *out, struct nh_tally *t, const char *title, size_t records)
{
    static const char *const columns[] = {"What", "<Value", "Records", NULL};
    if (t->row_count == 0)
        return;
    qsort(t->rows, t->row_count, sizeof t->rows[0], by_key_and_value);
    fputs("<div class=\"facts\">", out);
    nh_html_table_open(out, title, columns);
    for (size_t i = 0; i < t->row_count; i++) {
        fputs("<tr>", out);
        write_key(out, t->rows[i].key);
        fputs("<td class=\"t\"><code>", out);
        nh_write_escaped(out, t->rows[i].value);
        fputs("</code></td>", out);
        if (t->rows[i].count == records)
            nh_html_cell(out, "all %zu", records);
        else
            nh_html_cell(out, "%zu", t->rows[i].count);
        nh_html_row_close(out);
    }
    nh_html_table_close(out);
    if (t->others > 0)
        fprintf(out, "<p>%zu more values are not shown; they are in the record files.</p>\n",
                t->others);
    fputs("</div>\n", out);
}
