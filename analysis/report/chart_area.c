/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/chart_plot.h"

/* Areas behind the data: stripes that say what a value means, bands of an interval. */

static void draw_zone(struct nh_plot *p, const struct nh_chart_zone *z)
{
    double lo = fmax(z->lo, p->y.lo), hi = fmin(z->hi, p->y.hi);
    if (!(lo < hi))
        return;
    double top = nh_axis_pixel(&p->y, hi), bottom = nh_axis_pixel(&p->y, lo);
    fprintf(p->out, "<path class=\"z%d\" d=\"", z->grade);
    nh_svg_pair(p->out, 'M', p->x.start_px, top);
    fputc('H', p->out);
    nh_svg_number(p->out, NH_PLOT_END);
    fputc('V', p->out);
    nh_svg_number(p->out, bottom);
    fputc('H', p->out);
    nh_svg_number(p->out, p->x.start_px);
    fputs("z\"/>", p->out);
}

static bool in_band(const struct nh_plot *p, const struct nh_chart_point *point)
{
    return nh_plot_drawable(p, point) && isfinite(point->lo) && isfinite(point->hi) &&
           (!p->chart->log_y || point->lo > 0.0);
}

/* Slanted lines say that nothing was measured there; a colour alone would not. */
static void write_hatching(const struct nh_plot *p, const struct nh_chart_series *s)
{
    fprintf(p->out,
            "<defs><pattern id=\"%s-h\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
            "patternTransform=\"rotate(45)\"><path class=\"hl %s\" d=\"M0,0v7\"/></pattern></defs>",
            p->chart->id, nh_svg_series_class(s->colour));
}

static void open_band(const struct nh_plot *p, const struct nh_chart_series *s)
{
    if (s->hatched)
        fprintf(p->out, "<path fill=\"url(#%s-h)\" d=\"", p->chart->id);
    else
        fprintf(p->out, "<path class=\"bd %s\" d=\"", nh_svg_series_class(s->colour));
}

/* Along the upper edge, and back along the lower one. */
static void draw_band(struct nh_plot *p, const struct nh_chart_series *s)
{
    struct nh_trace edge = {.out = p->out};
    if (s->hatched)
        write_hatching(p, s);
    open_band(p, s);
    for (size_t n = 0; n < 2 * s->count; n++) {
        const struct nh_chart_point *point = &s->points[n < s->count ? n : 2 * s->count - 1 - n];
        if (!in_band(p, point))
            continue;
        nh_trace_add(&edge, nh_plot_x(p, point),
                     nh_axis_pixel(&p->y, n < s->count ? point->hi : point->lo));
    }
    nh_trace_end(&edge);
    fputs("z\"/>", p->out);
}

static bool has_band(const struct nh_plot *p, const struct nh_chart_series *s)
{
    for (size_t i = 0; s->band && i < s->count; i++)
        if (in_band(p, &s->points[i]))
            return true;
    return false;
}

void nh_plot_areas(struct nh_plot *p)
{
    for (size_t z = 0; z < p->chart->zone_count; z++)
        draw_zone(p, &p->chart->zones[z]);
    for (size_t s = 0; s < p->chart->series_count; s++)
        if (has_band(p, &p->chart->series[s]))
            draw_band(p, &p->chart->series[s]);
}
