/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FORMAT_H
#define NH_FORMAT_H

#include "analysis/report/report.h"

/* What a report can be saved as. */
struct nh_format {
    const char *name, *extension;
    int (*write)(FILE *out, const struct nh_report *r, struct nh_error *err);
    const char *browser_option; /* the page is rendered by a browser, which is told so; or NULL */
};

/** NH_EINPUT with the names there are. */
int nh_format_find(const char *name, const struct nh_format **format, struct nh_error *err);

/** Saves the report, whole or not at all. */
int nh_format_save(const struct nh_format *format, const struct nh_report *r, const char *path,
                   struct nh_error *err);

int nh_report_markdown(FILE *out, const struct nh_report *r, struct nh_error *err);
/** Tables of LaTeX without packages, to be put into a document by \input. */
int nh_report_latex(FILE *out, const struct nh_report *r, struct nh_error *err);
/** One table with a row for each size and price model; of a report without applications, one
 *  for each point of its curves. Full precision, base units. */
int nh_report_csv(FILE *out, const struct nh_report *r, struct nh_error *err);

/** Lets a browser without window turn `page` into `path`. NH_EFAIL names the packages when no
 *  browser is found. */
int nh_render(const char *browser_option, const char *page, const char *path, struct nh_error *err);

#endif
