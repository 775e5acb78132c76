/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/progress.h"

#include <stdlib.h>
#include <string.h>
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

void nh_progress_show(struct nh_progress *p, const char *what, size_t done, size_t total,
                      double left_s)
{
    double now = nh_monotonic_s();
    if (!p->enabled || (!p->terminal && now - p->last_shown < plain_interval_s))
        return;
    char spent[NH_UNIT_TEXT], left[NH_UNIT_TEXT] = "?";
    if (left_s >= 0)
        nh_format_duration((double)(long)(left_s + 0.5), left);
    nh_format_duration((double)(long)(now - p->started), spent);
    fprintf(p->out, "%s[%zu/%zu] %-28.28s %s so far, about %s left%s", p->terminal ? "\r" : "",
            done, total, what, spent, left, p->terminal ? "\033[K" : "\n");
    fflush(p->out);
    p->line_open = p->terminal;
    p->last_shown = now;
}

void nh_progress_end(struct nh_progress *p)
{
    if (p->line_open)
        fputs("\r\033[K", p->out);
    fflush(p->out);
    p->line_open = false;
}
