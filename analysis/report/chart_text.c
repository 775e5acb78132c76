/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/report/chart_plot.h"

/* Text on the plot. It is placed last, when lines and markers are known, and only where
 * it covers nothing. */

enum { LABEL_CHARS = 34 };

static void point_text(const struct nh_chart_point *point, char *buf, size_t size)
{
    const char *label = point->label != NULL ? point->label : "";
    const char *badge = point->badge != NULL ? point->badge : "";
    snprintf(buf, size, "%s%s%s", label, label[0] != '\0' && badge[0] != '\0' ? " " : "", badge);
}

static void draw_label(struct nh_plot *p, const struct nh_chart_series *s,
                       const struct nh_chart_point *point)
{
    char text[256], classes[32];
    bool bold = point->badge != NULL;
    point_text(point, text, sizeof text);
    double w = fmin(nh_svg_text_width(text, bold), LABEL_CHARS * 8.0) + 4.0;
    struct nh_box at;
    if (!nh_label_place(&p->labels, nh_plot_x(p, point), nh_plot_y(p, point), bold ? 9.5 : 5.5, w,
                        NH_PLOT_TEXT_HEIGHT, &at))
        return;
    /* Among several series the colour says whose point it is. */
    snprintf(classes, sizeof classes, "%sm%s%s", bold ? "b " : "",
             p->chart->series_count > 1 ? " lc " : "",
             p->chart->series_count > 1 ? nh_svg_series_class(s->colour) : "");
    nh_svg_text(p->out, classes, at.x + w / 2, at.y + NH_PLOT_TEXT_HEIGHT - 3, text, LABEL_CHARS);
}

/* Badges choose their places before plain labels do. */
static void draw_point_labels(struct nh_plot *p, bool badges)
{
    for (size_t s = 0; s < p->chart->series_count; s++) {
        const struct nh_chart_series *series = &p->chart->series[s];
        for (size_t i = 0; i < series->count; i++) {
            const struct nh_chart_point *point = &series->points[i];
            bool text = point->label != NULL || point->badge != NULL;
            if (text && (point->badge != NULL) == badges && nh_plot_drawable(p, point))
                draw_label(p, series, point);
        }
    }
}

/* Guides are named at an end of their line, on the side that is free. */
static void draw_guide_name(struct nh_plot *p, const struct nh_chart_mark *m)
{
    double w = nh_svg_text_width(m->label, false), h = NH_PLOT_TEXT_HEIGHT;
    double right = NH_PLOT_END - w, left = p->x.start_px + 3;
    double at = nh_axis_pixel(m->vertical ? &p->x : &p->y, m->at);
    struct nh_box places[4] = {
        {right, at - h, w, h}, {right, at + 1, w, h}, {left, at - h, w, h}, {left, at + 1, w, h}};
    if (m->vertical) {
        places[0] = (struct nh_box){at + 3, NH_PLOT_TOP, w, h};
        places[1] = (struct nh_box){at - w - 3, NH_PLOT_TOP, w, h};
        places[2] = (struct nh_box){at + 3, NH_PLOT_BASE - h - 2, w, h};
        places[3] = (struct nh_box){at - w - 3, NH_PLOT_BASE - h - 2, w, h};
    }
    struct nh_box box;
    if (nh_label_place_at(&p->labels, places, 4, &box))
        nh_svg_text(p->out, "gl", box.x, box.y + h - 3, m->label, NH_PLOT_NAME_CHARS);
}

void nh_plot_labels(struct nh_plot *p)
{
    fputs("<g class=\"tx\">", p->out);
    draw_point_labels(p, true);
    draw_point_labels(p, false);
    for (size_t m = 0; m < p->chart->mark_count; m++)
        draw_guide_name(p, &p->chart->marks[m]);
    fputs("</g>", p->out);
}
