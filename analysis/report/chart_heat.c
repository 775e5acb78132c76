/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_heat.h"

#include <math.h>

#include "analysis/report/chart_plot.h"

/* Pixels of the picture, which the browser scales to its column. */
enum { LEFT = 46, TOP = 44, SIDE = 384, MARGIN = 10, MOST_NAMES = 12, NAME_CHARS = 8 };
enum { WIDTH = LEFT + SIDE + MARGIN, HEIGHT = TOP + SIDE + MARGIN };

const double nh_heat_ends[NH_HEAT_STEPS - 1] = {1.1, 1.25, 1.5, 2, 4};

size_t nh_heat_step(double times)
{
    size_t step = 0;
    while (step < NH_HEAT_STEPS - 1 && times > nh_heat_ends[step])
        step++;
    return step;
}

static double cell_side(const struct nh_heat *h)
{
    return (double)SIDE / (double)h->count;
}

/* Cells are drawn in units of their own, which makes the page small. */
static void draw_cells(FILE *out, const struct nh_heat *h)
{
    fprintf(out, "<g class=\"heat\" transform=\"translate(%d,%d) scale(%.5g)\">\n", LEFT, TOP,
            cell_side(h));
    for (size_t i = 0; i < h->count; i++) {
        for (size_t k = 0; k < h->count; k++) {
            const struct nh_heat_cell *c = &h->cells[i * h->count + k];
            if (isnan(c->times))
                continue;
            fprintf(out, "<path class=\"h%zu\" d=\"M%zu,%zuh1v1h-1z\"><title>",
                    nh_heat_step(c->times), k, i);
            nh_write_escaped(out, c->hover);
            fputs("</title></path>", out);
        }
        putc('\n', out);
    }
    fputs("</g>\n", out);
}

static void draw_names(FILE *out, const struct nh_heat *h)
{
    size_t every = (h->count + MOST_NAMES - 1) / MOST_NAMES;
    for (size_t i = 0; i < h->count; i += every) {
        double middle = ((double)i + 0.5) * cell_side(h);
        nh_svg_text(out, "tk m", LEFT + middle, TOP - 6, h->names[i], NAME_CHARS);
        nh_svg_text(out, "tk e", LEFT - 5, TOP + middle + 4, h->names[i], NAME_CHARS);
    }
    nh_svg_text(out, "at m", LEFT + SIDE / 2.0, 14, h->column_label, NH_PLOT_NAME_CHARS);
    nh_svg_text(out, "at", 2, 14, h->row_label, NH_PLOT_NAME_CHARS);
}

static void draw_groups(FILE *out, const struct nh_heat *h)
{
    for (size_t i = 1; i < h->count; i++) {
        double at = (double)i * cell_side(h);
        if (!h->begins[i])
            continue;
        nh_svg_line(out, "hb", (struct nh_segment){LEFT + at, TOP, LEFT + at, TOP + SIDE});
        nh_svg_line(out, "hb", (struct nh_segment){LEFT, TOP + at, LEFT + SIDE, TOP + at});
    }
}

static void write_legend(FILE *out, const struct nh_heat *h)
{
    fputs("<ul class=\"legend\">", out);
    for (size_t i = 0; i < NH_HEAT_STEPS; i++) {
        fprintf(out,
                "<li><svg class=\"sw\" viewBox=\"0 0 28 14\" aria-hidden=\"true\"><rect "
                "class=\"h%zu\" x=\"7\" width=\"14\" height=\"14\"/></svg>",
                i);
        nh_write_escaped(out, h->steps[i]);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

void nh_heat_write(FILE *out, const struct nh_heat *h)
{
    fprintf(out, "<figure class=\"chart\" id=\"%s\"><figcaption><strong>", h->id);
    nh_write_escaped(out, h->title);
    fputs("</strong> <span>", out);
    nh_write_escaped(out, h->note);
    fprintf(out,
            "</span></figcaption>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "role=\"img\" aria-describedby=\"%s-d\" aria-label=\"",
            WIDTH, HEIGHT, h->id);
    nh_write_escaped(out, h->title);
    fprintf(out, "\"><desc id=\"%s-d\">", h->id);
    nh_write_escaped(out, h->description);
    fputs("</desc>\n", out);
    draw_cells(out, h);
    draw_groups(out, h);
    draw_names(out, h);
    fputs("</svg>\n", out);
    write_legend(out, h);
    fputs("</figure>\n", out);
}
