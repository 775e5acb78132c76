/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_loss.h"

#include <math.h>

/* The Karp-Flatt fraction against size, and what its course says. */

static const double flat = 1.25; /* times: less than that from first to last is no trend */

static bool drawable(const struct nh_scaling_point *p)
{
    return isfinite(p->karp_flatt);
}

const char *nh_loss_diagnosis(const struct nh_scaling *s, char *buf)
{
    double first = NAN, last = NAN;
    for (size_t i = 0; i < s->count; i++) {
        if (!drawable(&s->points[i]))
            continue;
        first = isnan(first) ? s->points[i].karp_flatt : first;
        last = s->points[i].karp_flatt;
    }
    const char *text = "too few sizes to say what limits the scale-up";
    if (isfinite(first) && last <= 0.0)
        text = "no loss at the largest size: scale-up is ideal or better, as when caches hold more";
    else if (isfinite(first) && first != last && (first <= 0.0 || last / first > flat))
        text = "rises: overhead that grows with the size, as of messages or imbalance";
    else if (isfinite(first) && first != last && last / first < 1.0 / flat)
        text = "falls: part of what looked serial becomes faster with more cores, as caches do";
    else if (isfinite(first) && first != last)
        text = "flat: a part of the work that is done by one, whatever the size";
    snprintf(buf, NH_LOSS_TEXT, "%s", text);
    return buf;
}

/* The interval of scale-up carried over; the fraction falls with it. */
static double fraction(double scale_up, double k)
{
    return (1.0 / scale_up - 1.0 / k) / (1.0 - 1.0 / k);
}

static void fill_point(struct nh_figure *f, const struct nh_scaling *s, size_t i,
                       struct nh_chart_point *point)
{
    const struct nh_scaling_point *p = &s->points[i];
    char size[NH_HTML_TEXT], text[NH_HTML_TEXT], number[NH_HTML_TEXT];
    point->x = nh_html_count(s, i);
    point->y = 100.0 * p->karp_flatt;
    if (!drawable(p))
        return;
    if (nh_html_has(p->scale_up_ci)) {
        point->lo = 100.0 * fraction(p->scale_up_ci.hi, p->k);
        point->hi = 100.0 * fraction(p->scale_up_ci.lo, p->k);
    }
    point->label = nh_figure_text(f, "%s", nh_html_number(nh_html_count(s, i), number));
    point->hover = nh_figure_text(f, "%s: Karp–Flatt fraction %s %%", nh_html_size(s, i, size),
                                  nh_html_digits(point->y, 3, text));
}

void nh_html_loss_chart(FILE *out, const struct nh_scaling *s, size_t app)
{
    struct nh_figure f = {0};
    struct nh_chart_point *points;
    char text[NH_LOSS_TEXT];
    if (s->count < 3)
        return;
    f.chart = (struct nh_chart){.log_x = true, .x_base2 = true, .y_from_zero = true};
    f.chart.id = nh_figure_text(&f, "karpflatt%zu", app + 1);
    f.chart.title = "What the loss grows with";
    f.chart.note = nh_figure_text(&f, "%s", nh_loss_diagnosis(s, text));
    f.chart.description = "The Karp-Flatt fraction, in percent, against size: the serial part that "
                          "would explain the scale-up.";
    f.chart.x_label = nh_html_by_nodes(s) ? "nodes" : "cores";
    f.chart.y_label = "Karp–Flatt fraction, %";
    struct nh_chart_series *series = nh_figure_add(&f, "Karp–Flatt fraction", 2, s->count, &points);
    for (size_t i = 0; series != NULL && i < s->count; i++)
        fill_point(&f, s, i, &points[i]);
    if (series != NULL)
        series->line = series->markers = true;
    nh_figure_write(out, &f);
}
