/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"

static void write_formatted(FILE *out, const char *fmt, va_list args)
{
    char text[2048];
    vsnprintf(text, sizeof text, fmt, args);
    nh_write_escaped(out, text);
}

void nh_html_text(FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    write_formatted(out, fmt, args);
    va_end(args);
}

/* Digits of a non-negative whole number in groups of three. */
static void group_digits(double value, char *buf)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", value);
    char *to = buf;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}

const char *nh_html_number(double value, char *buf)
{
    double size = fabs(value);
    if (!isfinite(value))
        snprintf(buf, NH_HTML_TEXT, "–");
    else if (size >= 1e15)
        snprintf(buf, NH_HTML_TEXT, "%.3g", value);
    else if (size >= 100.0 || fabs(value - rint(value)) < 1e-9)
        group_digits(size, value < 0.0 ? buf + 1 : buf);
    else
        return nh_html_digits(value, 3, buf);
    if (value < 0.0 && isfinite(value) && (size >= 100.0 || size == rint(size)) && size < 1e15)
        buf[0] = '-';
    return buf;
}

const char *nh_html_digits(double value, int digits, char *buf)
{
    double size = fabs(value);
    if (!isfinite(value)) {
        snprintf(buf, NH_HTML_TEXT, "–");
        return buf;
    }
    if (size < 1e-9) { /* rounding noise of a difference */
        snprintf(buf, NH_HTML_TEXT, "0");
        return buf;
    }
    int before = (int)floor(log10(size)) + 1;
    if (before >= digits)
        return nh_html_number(rint(value), buf);
    snprintf(buf, NH_HTML_TEXT, "%.*f", digits - before, value);
    return buf;
}

const char *nh_html_time(double seconds, char *buf)
{
    char text[NH_UNIT_TEXT], number[NH_HTML_TEXT];
    struct nh_time_unit unit = nh_html_time_unit(seconds);
    if (!isfinite(seconds))
        snprintf(buf, NH_HTML_TEXT, "–");
    else if (seconds >= 60.0)
        snprintf(buf, NH_HTML_TEXT, "%s", nh_format_duration(seconds, text));
    else
        snprintf(buf, NH_HTML_TEXT, "%s %s", nh_html_digits(seconds / unit.seconds, 3, number),
                 unit.name);
    return buf;
}

const char *nh_html_percent(double share, char *buf)
{
    if (isfinite(share))
        snprintf(buf, NH_HTML_TEXT, "%.1f %%", 100.0 * share);
    else
        snprintf(buf, NH_HTML_TEXT, "–");
    return buf;
}

struct nh_time_unit nh_html_time_unit(double typical_s)
{
    static const struct nh_time_unit units[] = {{"h", 3600.0}, {"min", 60.0}, {"s", 1.0},
                                                {"ms", 1e-3},  {"µs", 1e-6},  {"ns", 1e-9}};
    static const double from[] = {7200.0, 180.0, 0.9995, 0.9995e-3, 0.9995e-6};
    size_t i = 0;
    while (i < 5 && !(typical_s >= from[i]))
        i++;
    return units[isfinite(typical_s) ? i : 2];
}

const char *nh_html_work(const struct nh_scaling *s)
{
    return s->app->work[0] != '\0' ? s->app->work : "run";
}

const char *nh_html_amount(const struct nh_advice *advice, double amount, char *buf)
{
    char number[NH_HTML_TEXT], text[NH_MONEY_TEXT];
    double size = fabs(amount);
    if (!isfinite(amount))
        snprintf(buf, NH_HTML_TEXT, "–");
    else if (!advice->priced)
        snprintf(buf, NH_HTML_TEXT, "%s %s", nh_html_number(amount, number), advice->unit);
    else if (size > 0.0 && size < 0.10) /* cents would round it away */
        snprintf(buf, NH_HTML_TEXT, "%s %s", nh_html_digits(amount, 3, number), advice->unit);
    else
        snprintf(buf, NH_HTML_TEXT, "%s", nh_amount_text(advice, amount, text));
    return buf;
}

const char *nh_html_cost(const struct nh_advice *advice, double amount, char *buf)
{
    return nh_html_amount(advice, amount * advice->shown_factor, buf);
}

double nh_html_turn_around(const struct nh_advice *advice, size_t point)
{
    return advice->points[point].time_s;
}

/* Boot adds the same to both ends; on spot the expected length grows with the run's. */
struct nh_interval nh_html_turn_around_ci(const struct nh_advice *advice, size_t point)
{
    const struct nh_cost_point *p = &advice->points[point];
    struct nh_interval ci = p->scaling->billed_ci;
    bool spot = advice->terms.spot != NULL;
    double more = spot ? 0.0 : p->time_s - p->scaling->billed_s;
    double times = spot ? p->time_s / p->scaling->billed_s : 1.0;
    ci.lo = ci.lo * times + more;
    ci.hi = ci.hi * times + more;
    return ci;
}

bool nh_html_by_nodes(const struct nh_scaling *s)
{
    for (size_t i = 0; i < s->count; i++) {
        long nodes = s->points[i].source->nodes;
        if (nodes <= 0)
            return false;
        if (i > 0 && nodes == s->points[i - 1].source->nodes)
            return false;
    }
    return true;
}

double nh_html_count(const struct nh_scaling *s, size_t point)
{
    const struct nh_app_point *source = s->points[point].source;
    return (double)(nh_html_by_nodes(s) ? source->nodes : source->cores);
}

const char *nh_html_size(const struct nh_scaling *s, size_t point, char *buf)
{
    char number[NH_HTML_TEXT];
    double count = nh_html_count(s, point);
    snprintf(buf, NH_HTML_TEXT, "%s %s%s", nh_html_number(count, number),
             nh_html_by_nodes(s) ? "node" : "core", count == 1.0 ? "" : "s");
    return buf;
}

const char *nh_html_model(const struct nh_advice *a, char *buf)
{
    char money[NH_MONEY_TEXT];
    if (!a->priced)
        snprintf(buf, NH_HTML_TEXT, "no price");
    else if (a->licence_per_hour.micro > 0)
        snprintf(buf, NH_HTML_TEXT, "%s + licence %s/h", a->price.model,
                 nh_money_format(a->licence_per_hour, money));
    else
        snprintf(buf, NH_HTML_TEXT, "%s", a->price.model);
    return buf;
}

bool nh_html_has(struct nh_interval ci)
{
    return isfinite(ci.lo) && isfinite(ci.hi);
}

void nh_html_table_open(FILE *out, const char *caption, const char *const *columns)
{
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    nh_write_escaped(out, caption);
    fputs("\"><table><caption>", out);
    nh_write_escaped(out, caption);
    fputs("</caption><thead><tr>", out);
    for (size_t i = 0; columns[i] != NULL; i++) {
        bool words = columns[i][0] == '<';
        fputs(words ? "<th scope=\"col\" class=\"t\">" : "<th scope=\"col\">", out);
        nh_write_escaped(out, columns[i] + words);
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
}

void nh_html_table_close(FILE *out)
{
    fputs("</tbody></table></div>\n", out);
}

/* Cells have no end tags: HTML lets them go, and there are thousands. */
void nh_html_cell(FILE *out, const char *fmt, ...)
{
    va_list args;
    fputs("<td>", out);
    va_start(args, fmt);
    write_formatted(out, fmt, args);
    va_end(args);
}

void nh_html_cell_words(FILE *out, const char *fmt, ...)
{
    va_list args;
    fputs("<td class=\"t\">", out);
    va_start(args, fmt);
    write_formatted(out, fmt, args);
    va_end(args);
}

void nh_html_cell_prose(FILE *out, const char *text)
{
    fputs(text[0] != '\0' ? "<td class=\"t prose\">" : "<td>", out);
    nh_write_escaped(out, text);
}

void nh_html_row_open(FILE *out, const char *fmt, ...)
{
    va_list args;
    fputs("<tr><th scope=\"row\">", out);
    va_start(args, fmt);
    write_formatted(out, fmt, args);
    va_end(args);
    fputs("</th>", out);
}

void nh_html_row_close(FILE *out)
{
    fputs("</tr>\n", out);
}

void nh_html_cell_interval(FILE *out, struct nh_interval ci, double scale, int digits)
{
    char lo[NH_HTML_TEXT], hi[NH_HTML_TEXT];
    if (nh_html_has(ci))
        nh_html_cell(out, "%s to %s", nh_html_digits(ci.lo * scale, digits, lo),
                     nh_html_digits(ci.hi * scale, digits, hi));
    else
        nh_html_cell(out, "–");
}
