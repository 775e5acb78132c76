/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/nearest.h"

/* A new format is a function and a line. */
static const struct nh_format formats[] = {{"html", "html", nh_report_html, NULL},
                                           {"markdown", "md", nh_report_markdown, NULL},
                                           {"csv", "csv", nh_report_csv, NULL},
                                           {"latex", "tex", nh_report_latex, NULL},
                                           {"png", "png", nh_report_html, "--screenshot"},
                                           {"pdf", "pdf", nh_report_html, "--print-to-pdf"}};
enum { FORMATS = sizeof formats / sizeof *formats };

int nh_format_find(const char *name, const struct nh_format **format, struct nh_error *err)
{
    const char *names[FORMATS];
    for (size_t i = 0; i < FORMATS; i++) {
        names[i] = formats[i].name;
        *format = &formats[i];
        if (strcmp(name, formats[i].name) == 0)
            return NH_OK;
    }
    const char *near = nh_nearest(name, names, FORMATS);
    return nh_fail(err, NH_EINPUT,
                   "--format: unknown format '%.40s'; %s%s%sgive html, markdown, csv, latex, png "
                   "or pdf",
                   name, near ? "did you mean '" : "", near ? near : "", near ? "'? Else " : "");
}

/* The browser reads and writes files, so the page lies in one for a while. */
static int save_rendered(const struct nh_format *f, const char *html, size_t len, const char *path,
                         struct nh_error *err)
{
    char folder[] = "/tmp/nodehour-page-XXXXXX", page[64], picture[64], *data = NULL;
    size_t data_len = 0;
    if (!mkdtemp(folder))
        return nh_fail_errno(err, "cannot make a temporary folder");
    snprintf(page, sizeof page, "%s/page.html", folder);
    snprintf(picture, sizeof picture, "%s/picture.%s", folder, f->extension);
    int rc = nh_file_replace(page, html, len, err);
    if (!rc)
        rc = nh_render(f->browser_option, page, picture, err);
    if (!rc)
        rc = nh_file_read(picture, &data, &data_len, err);
    if (!rc)
        rc = nh_file_replace(path, data, data_len, err);
    free(data);
    unlink(page);
    unlink(picture);
    rmdir(folder);
    return rc;
}

int nh_format_save(const struct nh_format *f, const struct nh_report *r, const char *path,
                   struct nh_error *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return nh_fail_errno(err, "cannot make the report");
    int rc = f->write(out, r, err);
    if (fclose(out) && !rc)
        rc = nh_fail_errno(err, "cannot make the report");
    if (!rc)
        rc = f->browser_option ? save_rendered(f, text, len, path, err)
                               : nh_file_replace(path, text, len, err);
    free(text);
    return rc;
}
