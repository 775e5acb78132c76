/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common/units.h"

static const double plain_interval_s = 10;

double nh_monotonic_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_terminal(FILE *out)
{
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && !(term && strcmp(term, "dumb") == 0);
}

bool nh_colour(FILE *out)
{
    const char *no = getenv("NO_COLOR");
    return is_terminal(out) && !(no && *no);
}

void nh_progress_start(struct nh_progress *p, FILE *out, bool enabled)
{
    double now = nh_monotonic_s();
    *p = (struct nh_progress){.out = out,
                              .terminal = is_terminal(out),
                              .enabled = enabled,
                              .started = now,
                              /* the first plain line comes at once */
                              .last_shown = now - plain_interval_s};
}

/* ---- the terminal ---- */

/* It may have been resized since the last time. */
static struct winsize size_of(FILE *out)
{
    struct winsize size = {0};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

size_t nh_progress_room(const struct nh_progress *p, size_t *columns)
{
    *columns = 0;
    if (!p->enabled || !p->terminal)
        return 0;
    struct winsize size = size_of(p->out);
    size_t rows = size.ws_row > 2 ? size.ws_row - 2U : 0;
    *columns = size.ws_col - 1U;
    return rows < NH_PROGRESS_ROWS ? rows : NH_PROGRESS_ROWS;
}

/* To the first column of the first line drawn, and nothing behind it. In a terminal that has
 * become narrower, lines have been folded. */
static void go_back(const struct nh_progress *p, FILE *out)
{
    struct winsize size = size_of(p->out);
    size_t up = 0;
    for (size_t i = 0; i < p->drawn; i++)
        up += p->widths[i] ? (p->widths[i] - 1) / size.ws_col + 1 : 1;
    up = up > size.ws_row ? size.ws_row : up;
    if (up > 1)
        fprintf(out, "\r\033[%zuA\033[J", up - 1);
    else if (up)
        fputs("\r\033[J", out);
}

/* The last column stays free: some terminals go on to the next line there. Characters are
 * counted, not the bytes that continue one. */
static void draw_line(struct nh_progress *p, FILE *out, const char *text, size_t columns)
{
    size_t bytes = 0, width = 0;
    for (; text[bytes]; bytes++) {
        width += ((unsigned char)text[bytes] & 0xC0) != 0x80;
        if (width > columns)
            break;
    }
    fprintf(out, "%s%.*s", p->drawn ? "\n" : "", (int)bytes, text);
    p->widths[p->drawn++] = width < columns ? width : columns;
}

static void draw(struct nh_progress *p, const struct nh_progress_row *rows, size_t count,
                 const char *line)
{
    char *text = NULL;
    size_t len, columns, room = nh_progress_room(p, &columns);
    FILE *out = open_memstream(&text, &len); /* written at once, so that nothing flickers */
    if (!out)
        return;
    go_back(p, out);
    p->drawn = 0;
    for (size_t i = 0; i < count && i < room; i++)
        draw_line(p, out, rows[i].text, columns);
    draw_line(p, out, line, columns);
    if (!fclose(out))
        fwrite(text, 1, len, p->out);
    free(text);
}

void nh_progress_show_rows(struct nh_progress *p, const struct nh_progress_row *rows, size_t count,
                           const char *what, size_t done, size_t total, double left_s)
{
    double now = nh_monotonic_s();
    if (!p->enabled || (!p->terminal && now - p->last_shown < plain_interval_s))
        return;
    char spent[NH_UNIT_TEXT], left[NH_UNIT_TEXT] = "?", line[NH_PROGRESS_TEXT];
    if (left_s >= 0)
        nh_format_duration((double)(long)(left_s + 0.5), left);
    nh_format_duration((double)(long)(now - p->started), spent);
    int len = snprintf(line, sizeof line, "[%zu/%zu] %-28.60s %s so far, about %s left", done,
                       total, what, spent, left);
    if (p->terminal && len >= size_of(p->out).ws_col) /* how long it takes is what matters */
        snprintf(line, sizeof line, "[%zu/%zu] about %s left, %.60s", done, total, left, what);
    if (p->terminal)
        draw(p, rows, count, line);
    else
        fprintf(p->out, "%s\n", line);
    fflush(p->out);
    p->last_shown = now;
}

void nh_progress_show(struct nh_progress *p, const char *what, size_t done, size_t total,
                      double left_s)
{
    nh_progress_show_rows(p, NULL, 0, what, done, total, left_s);
}

void nh_progress_end(struct nh_progress *p)
{
    if (p->drawn)
        go_back(p, p->out);
    if (p->out)
        fflush(p->out);
    p->drawn = 0;
}
