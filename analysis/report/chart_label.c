/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/chart_label.h"

#include <math.h>

void nh_label_block(struct nh_label_field *field, struct nh_box box)
{
    if (field->box_count < NH_LABEL_BOXES)
        field->boxes[field->box_count++] = box;
}

void nh_label_avoid(struct nh_label_field *field, struct nh_segment segment)
{
    if (field->segment_count < NH_LABEL_SEGMENTS)
        field->segments[field->segment_count++] = segment;
}

static bool overlap(struct nh_box a, struct nh_box b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool inside(struct nh_box a, struct nh_box area)
{
    return a.x >= area.x && a.y >= area.y && a.x + a.w <= area.x + area.w &&
           a.y + a.h <= area.y + area.h;
}

static bool is_free(const struct nh_label_field *field, struct nh_box box)
{
    if (!inside(box, field->area))
        return false;
    for (size_t i = 0; i < field->box_count; i++) {
        if (overlap(box, field->boxes[i]))
            return false;
    }
    return true;
}

/* Liang and Barsky: narrows the parameter range [t0, t1] of a segment by one edge. */
static bool clip(double p, double q, double *t0, double *t1)
{
    if (p == 0.0)
        return q >= 0.0;
    double t = q / p;
    if (p < 0.0)
        *t0 = fmax(*t0, t);
    else
        *t1 = fmin(*t1, t);
    return *t0 <= *t1;
}

double nh_segment_inside(struct nh_segment s, struct nh_box b)
{
    double t0 = 0.0, t1 = 1.0, dx = s.x2 - s.x1, dy = s.y2 - s.y1;
    if (!clip(-dx, s.x1 - b.x, &t0, &t1) || !clip(dx, b.x + b.w - s.x1, &t0, &t1) ||
        !clip(-dy, s.y1 - b.y, &t0, &t1) || !clip(dy, b.y + b.h - s.y1, &t0, &t1))
        return 0.0;
    return (t1 - t0) * hypot(dx, dy);
}

static double crossed(const struct nh_label_field *field, struct nh_box box)
{
    double length = 0.0;
    for (size_t i = 0; i < field->segment_count; i++)
        length += nh_segment_inside(field->segments[i], box);
    return length;
}

/* The free box that hides least of the lines; earlier ones win ties. */
static bool best(struct nh_label_field *field, const struct nh_box *boxes, size_t count,
                 double step, struct nh_box *placed)
{
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (!is_free(field, boxes[i]))
            continue;
        double cost = crossed(field, boxes[i]) + step * (double)i;
        if (cost < least) {
            least = cost;
            *placed = boxes[i];
        }
    }
    if (!isfinite(least))
        return false;
    nh_label_block(field, *placed);
    return true;
}

bool nh_label_place(struct nh_label_field *field, double x, double y, double clearance, double w,
                    double h, struct nh_box *placed)
{
    /* Shifts in units of (half width + clearance, half height + clearance). */
    static const double ring[][2] = {{0, -1},  {0, 1},    {1, 0},    {-1, 0},   {1, -1},
                                     {-1, -1}, {1, 1},    {-1, 1},   {0.5, -1}, {-0.5, -1},
                                     {0.5, 1}, {-0.5, 1}, {0, -2.3}, {0, 2.3}};
    enum { COUNT = sizeof ring / sizeof ring[0] };
    struct nh_box boxes[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        double cx = x + ring[i][0] * (w / 2 + clearance);
        double cy = y + ring[i][1] * (h / 2 + clearance);
        boxes[i] = (struct nh_box){cx - w / 2, cy - h / 2, w, h};
    }
    return best(field, boxes, COUNT, 0.8, placed);
}

bool nh_label_place_at(struct nh_label_field *field, const struct nh_box *places, size_t count,
                       struct nh_box *placed)
{
    return best(field, places, count, 2.0, placed);
}
