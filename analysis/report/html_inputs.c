/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "analysis/report/html.h"
#include "common/base64.h"

/* The files behind the page: names, hashes, and what is needed to make it again. */

enum { MOST_FILES = 40 };

static void file_row(FILE *out, const char *name, const struct nh_input *input)
{
    char number[NH_HTML_TEXT];
    nh_html_row_open(out, "%s", name);
    nh_html_cell(out, "%s", nh_html_number((double)input->size, number));
    fputs("<td class=\"t\"><code>", out);
    nh_html_text(out, "%s", input->digest[0] != '\0' ? input->digest : "–");
    fputs("</code></td>", out);
    nh_html_row_close(out);
}

static void files_table(FILE *out, const struct nh_dataset *set)
{
    static const char *const columns[] = {"File", "Bytes", "<SHA-256", NULL};
    nh_html_table_open(out, "Files that were read", columns);
    for (size_t i = 0; i < set->source_count && i < MOST_FILES; i++)
        file_row(out, set->sources[i], &set->inputs[i]);
    nh_html_table_close(out);
}

static void write_carried(FILE *out, const unsigned char *data, size_t len)
{
    fputs("<p>", out);
    fputs(nh_carried_mark, out);
    nh_base64_write(out, data, len);
    fputs("\">Save the inputs</a> (gzip). They are in this page, records without their samples: "
          "<code>nodehour report</code> with this file makes it again, byte for byte, and with "
          "further options another one.</p>\n",
          out);
}

void nh_html_inputs(FILE *out, const struct nh_report *r)
{
    unsigned char *data = NULL;
    size_t len = 0, notes = r->data.warning_count - r->own_warnings;
    files_table(out, &r->data);
    if (r->carried.header == NULL ||
        nh_carried_compress(&r->carried, notes > 0 ? r->data.warnings + r->own_warnings : NULL,
                            notes, &data, &len, NULL) != NH_OK)
        return;
    if (len <= NH_CARRIED_MOST)
        write_carried(out, data, len);
    else
        fprintf(out,
                "<p>The inputs are not in this page, since they take %zu kB compressed: keep the "
                "files.</p>\n",
                len / 1000);
    free(data);
}
