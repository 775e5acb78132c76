/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <string.h>

#include "analysis/report/html_predict.h"
#include "common/cli.h"
#include "common/paths.h"

/* The frame of the page. There is no script in it: the theme switch is three radio
 * buttons that the style sheet looks at, and the policy below forbids scripts and any
 * loading, so that even a flaw in escaping could do no harm. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"generator\" content=\"nodehour " NH_VERSION "\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n";

/* The buttons stand before the page, so that the style sheet can reach it from their state. */
static const char theme_buttons[] =
    "<input class=\"theme\" type=\"radio\" name=\"theme\" id=\"theme-auto\" checked>"
    "<input class=\"theme\" type=\"radio\" name=\"theme\" id=\"theme-light\">"
    "<input class=\"theme\" type=\"radio\" name=\"theme\" id=\"theme-dark\">\n";

static const char theme_labels[] =
    "<p class=\"themes\">Theme <label for=\"theme-auto\">auto</label>"
    "<label for=\"theme-light\">light</label><label for=\"theme-dark\">dark</label></p>\n";

/* Copies the style sheet into the page. "</" ends a style element whatever it says
 * inside, so a sheet that has it is refused. */
static int write_styles(FILE *out, struct nh_error *err)
{
    char path[NH_PATH_MAX], chunk[8192];
    if (nh_data_path("report.css", path, sizeof path, err) != 0)
        return err != NULL ? err->code : NH_EFAIL;
    FILE *css = fopen(path, "r");
    if (css == NULL)
        return nh_fail_errno(err, "cannot read the style sheet %s", path);
    size_t got;
    int previous = 0, status = NH_OK;
    fputs("<style>\n", out);
    while ((got = fread(chunk, 1, sizeof chunk, css)) > 0) {
        for (size_t i = 0; i < got; i++) {
            if (previous == '<' && chunk[i] == '/')
                status = nh_fail(err, NH_EINPUT, "%s: a style sheet cannot hold \"</\"; remove it",
                                 path);
            previous = (unsigned char)chunk[i];
        }
        fwrite(chunk, 1, got, out);
    }
    fputs("</style>\n", out);
    if (ferror(css))
        status = nh_fail_errno(err, "cannot read the style sheet %s", path);
    fclose(css);
    return status;
}

static const char *page_title(const struct nh_report *r)
{
    return r->title[0] != '\0' ? r->title : "nodehour report";
}

static void write_contents(FILE *out, const struct nh_report *r)
{
    fputs("<nav aria-label=\"Contents\"><ul>", out);
    for (size_t i = 0; i < r->app_count; i++) {
        fprintf(out, "<li><a href=\"#app%zu\">", i + 1);
        nh_write_escaped_short(out, r->apps[i].scaling.app->name, 40);
        fputs("</a></li>", out);
    }
    if (r->mesh_count > 0)
        fputs("<li><a href=\"#meshes\">Another mesh</a></li>", out);
    if (r->data.curve_count > 0)
        fputs("<li><a href=\"#micro\">Message passing</a></li>", out);
    if (nh_html_matrices(r) > 0)
        fputs("<li><a href=\"#matrix\">Every pair</a></li>", out);
    if (r->references.data.source_count > 0)
        fputs("<li><a href=\"#references\">Published figures</a></li>", out);
    if (r->doubts.count > 0)
        fputs("<li><a href=\"#guard\">What cannot be true</a></li>", out);
    fputs("<li><a href=\"#assumptions\">Assumptions</a></li>"
          "<li><a href=\"#environment\">Environment</a></li>"
          "<li><a href=\"#method\">Method</a></li></ul></nav>\n",
          out);
}

static void write_header(FILE *out, const struct nh_report *r)
{
    fputs("<header><div><p class=\"kicker\">nodehour report</p><h1>", out);
    nh_write_escaped(out, page_title(r));
    fputs("</h1></div>\n", out);
    fputs(theme_labels, out);
    fputs("</header>\n", out);
    write_contents(out, r);
}

static void write_body(FILE *out, const struct nh_report *r)
{
    write_header(out, r);
    fputs("<main>\n", out);
    if (r->app_count == 0)
        nh_html_answer_none(out, r);
    for (size_t i = 0; i < r->app_count; i++) {
        fprintf(out, "<section class=\"app\" id=\"app%zu\">\n", i + 1);
        nh_html_answer(out, r, i);
        nh_html_application(out, r, i);
        fputs("</section>\n", out);
    }
    nh_html_meshes(out, r);
    nh_html_limits(out, r);
    nh_html_nvme(out, r);
    nh_html_micro(out, r);
    nh_html_matrix(out, r);
    nh_html_references(out, r);
    nh_html_guard(out, r);
    nh_html_appendix(out, r);
    fputs("</main>\n<footer>Made by nodehour " NH_VERSION
          ". Equal records give an identical page, byte for byte.</footer>\n",
          out);
}

int nh_report_html(FILE *out, const struct nh_report *r, struct nh_error *err)
{
    fputs(head, out);
    fputs("<title>", out);
    nh_write_escaped(out, page_title(r));
    fputs("</title>\n", out);
    int status = write_styles(out, err);
    if (status != NH_OK)
        return status;
    fputs("</head>\n<body>\n", out);
    fputs(theme_buttons, out);
    fputs("<div class=\"page\"><div class=\"column\">\n", out);
    write_body(out, r);
    fputs("</div></div>\n</body>\n</html>\n", out);
    return ferror(out) ? nh_fail_errno(err, "cannot write the report") : NH_OK;
}
