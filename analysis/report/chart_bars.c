/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_bars.h"

#include <math.h>

#include "analysis/report/chart_data.h"
#include "analysis/report/chart_plot.h"

enum { MOST_Y_TICKS = 6, NAME_CHARS = 10 };

struct canvas {
    FILE *out;
    const struct nh_bars *bars;
    struct nh_axis y;
    double left, step; /* pixels: of the first bar's place, of one place */
    size_t count;
};

static double whole(const struct nh_bars *b, size_t bar)
{
    double sum = 0.0;
    for (size_t i = 0; i < b->part_count; i++)
        sum += b->bars[bar].parts[i];
    return sum;
}

static bool used(const struct nh_bars *b, size_t part)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->bars[i].parts[part] > 0.0)
            return true;
    return false;
}

static void set_up(struct canvas *c)
{
    double most = 0.0;
    c->count = c->bars->count < NH_BARS_MOST ? c->bars->count : NH_BARS_MOST;
    for (size_t i = 0; i < c->count; i++)
        most = fmax(most, whole(c->bars, i));
    c->y = (struct nh_axis){.start_px = NH_PLOT_BASE, .end_px = NH_PLOT_TOP};
    nh_axis_fit(&c->y, 0.0, most, true);
}

static void draw_frame(struct canvas *c)
{
    struct nh_ticks ticks;
    char text[NH_TICK_TEXT];
    double widest = 0.0;
    nh_axis_ticks(&c->y, NH_TICKS_DECIMAL, MOST_Y_TICKS, &ticks);
    for (size_t i = 0; i < ticks.count; i++)
        widest = fmax(widest,
                      nh_svg_text_width(nh_tick_text(ticks.at[i], NH_TICKS_DECIMAL, text), false));
    c->left = widest + 12.0;
    c->step = (NH_PLOT_END - c->left) / (double)c->count;
    for (size_t i = 0; i < ticks.count; i++) {
        double py = nh_axis_pixel(&c->y, ticks.at[i]);
        nh_svg_line(c->out, "gr", (struct nh_segment){c->left, py, NH_PLOT_END, py});
        nh_svg_text(c->out, "tk e", c->left - 6, py + 4,
                    nh_tick_text(ticks.at[i], NH_TICKS_DECIMAL, text), NH_TICK_TEXT);
    }
    nh_svg_line(c->out, "ax",
                (struct nh_segment){c->left, NH_PLOT_BASE, NH_PLOT_END, NH_PLOT_BASE});
    nh_svg_text(c->out, "at", 2, 12, c->bars->y_label, 60);
    nh_svg_text(c->out, "at m", (c->left + NH_PLOT_END) / 2, NH_PLOT_BASE + 36, c->bars->x_label,
                60);
}

static void draw_part(struct canvas *c, size_t part, double from, double to, double x)
{
    double top = nh_axis_pixel(&c->y, to), bottom = nh_axis_pixel(&c->y, from);
    fprintf(c->out, "<path class=\"br %s\" d=\"", nh_svg_series_class((int)part));
    nh_svg_pair(c->out, 'M', x, bottom);
    fputc('V', c->out);
    nh_svg_number(c->out, top);
    fputc('h', c->out);
    nh_svg_number(c->out, 0.7 * c->step);
    fputc('V', c->out);
    nh_svg_number(c->out, bottom);
    fputs("z\"/>", c->out);
}

static void draw_bar(struct canvas *c, size_t bar)
{
    const struct nh_bar *b = &c->bars->bars[bar];
    double x = c->left + ((double)bar + 0.15) * c->step, sum = 0.0;
    fputs("<g class=\"pt\" tabindex=\"0\" role=\"img\"><title>", c->out);
    nh_write_escaped(c->out, b->hover);
    fputs("</title>", c->out);
    for (size_t i = 0; i < c->bars->part_count; i++) {
        if (b->parts[i] > 0.0)
            draw_part(c, i, sum, sum + b->parts[i], x);
        sum += b->parts[i];
    }
    fputs("</g>\n", c->out);
}

/* Names that would touch are left out; the first always stands. */
static void draw_names(struct canvas *c)
{
    double free_from = -INFINITY;
    for (size_t i = 0; i < c->count; i++) {
        double middle = c->left + ((double)i + 0.5) * c->step;
        double half = nh_svg_text_width(c->bars->bars[i].name, false) / 2;
        if (middle - half < free_from)
            continue;
        nh_svg_text(c->out, "tk m", middle, NH_PLOT_BASE + 18, c->bars->bars[i].name, NAME_CHARS);
        free_from = middle + half + 4.0;
    }
}

static void draw_legend(FILE *out, const struct nh_bars *b)
{
    fputs("<ul class=\"legend\">", out);
    for (size_t i = 0; i < b->part_count; i++) {
        if (!used(b, i))
            continue;
        fprintf(out,
                "<li><svg class=\"sw %s\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">"
                "<path class=\"br\" d=\"M7,0h14v14h-14z\"/></svg>",
                nh_svg_series_class((int)i));
        nh_write_escaped(out, b->part_names[i]);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

static void write_data(FILE *out, const struct nh_bars *b)
{
    struct nh_table t = {0};
    nh_table_row(&t);
    nh_table_cell(&t, "%s", b->x_label);
    for (size_t i = 0; i < b->part_count; i++)
        nh_table_cell(&t, "%s", b->part_names[i]);
    nh_table_cell(&t, "%s", b->y_label);
    for (size_t i = 0; i < b->count; i++) {
        nh_table_row(&t);
        nh_table_cell(&t, "%s", b->bars[i].name);
        for (size_t k = 0; k < b->part_count; k++)
            nh_table_cell(&t, "%.6g", b->bars[i].parts[k]);
        nh_table_cell(&t, "%.6g", whole(b, i));
    }
    nh_data_write(out, b->id, b->title, &t);
}

static void write_picture(struct canvas *c)
{
    const struct nh_bars *b = c->bars;
    fprintf(c->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"document\" "
            "aria-describedby=\"%s-d\" aria-label=\"",
            NH_PLOT_WIDTH, NH_PLOT_HEIGHT, b->id);
    nh_write_escaped(c->out, b->title);
    fprintf(c->out, "\"><desc id=\"%s-d\">", b->id);
    nh_write_escaped(c->out, b->description);
    fputs("</desc>\n", c->out);
    draw_frame(c);
    for (size_t i = 0; i < c->count; i++)
        draw_bar(c, i);
    draw_names(c);
    fputs("</svg>\n", c->out);
}

void nh_bars_write(FILE *out, const struct nh_bars *bars)
{
    struct canvas c = {.out = out, .bars = bars};
    fprintf(out, "<figure class=\"chart\" id=\"%s\"><figcaption><strong>", bars->id);
    nh_write_escaped(out, bars->title);
    fputs("</strong>", out);
    if (bars->note != NULL) {
        fputs(" <span>", out);
        nh_write_escaped(out, bars->note);
        fputs("</span>", out);
    }
    fputs("</figcaption>\n", out);
    set_up(&c);
    write_picture(&c);
    draw_legend(out, bars);
    write_data(out, bars);
    fputs("</figure>\n", out);
}
