/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_figure.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct nh_figure_texts {
    struct nh_figure_texts *next;
    size_t used;
    char bytes[8000];
};

struct nh_chart_series *nh_figure_add(struct nh_figure *f, const char *name, int colour,
                                      size_t count, struct nh_chart_point **points)
{
    if (f->series_count == NH_FIGURE_SERIES)
        return NULL;
    *points = calloc(count > 0 ? count : 1, sizeof **points);
    if (*points == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        (*points)[i].lo = (*points)[i].hi = NAN;
    struct nh_chart_series *s = &f->series[f->series_count];
    *s =
        (struct nh_chart_series){.name = name, .points = *points, .count = count, .colour = colour};
    f->points[f->series_count++] = *points;
    return s;
}

void nh_figure_mark(struct nh_figure *f, bool vertical, double at, const char *label)
{
    if (f->mark_count < sizeof f->marks / sizeof f->marks[0])
        f->marks[f->mark_count++] = (struct nh_chart_mark){vertical, at, label};
}

const char *nh_figure_text(struct nh_figure *f, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t length = strlen(text) + 1;
    if (f->texts == NULL || f->texts->used + length > sizeof f->texts->bytes) {
        struct nh_figure_texts *block = malloc(sizeof *block);
        if (block == NULL)
            return "";
        block->next = f->texts;
        block->used = 0;
        f->texts = block;
    }
    char *copy = f->texts->bytes + f->texts->used;
    memcpy(copy, text, length);
    f->texts->used += length;
    return copy;
}

void nh_figure_write(FILE *out, struct nh_figure *f)
{
    f->chart.series = f->series;
    f->chart.series_count = f->series_count;
    f->chart.marks = f->marks;
    f->chart.mark_count = f->mark_count;
    nh_chart_write(out, &f->chart);
    for (size_t i = 0; i < f->series_count; i++)
        free(f->points[i]);
    while (f->texts != NULL) {
        struct nh_figure_texts *next = f->texts->next;
        free(f->texts);
        f->texts = next;
    }
}
