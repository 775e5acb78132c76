/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CHART_LABEL_H
#define NH_CHART_LABEL_H

#include <stdbool.h>
#include <stddef.h>

/* Places text near points so that it covers neither other text nor markers, and as
 * little as possible of lines. Greedy: what is placed first has the choice. */
struct nh_box {
    double x, y, w, h; /* top left corner, pixels */
};

struct nh_segment {
    double x1, y1, x2, y2;
};

enum { NH_LABEL_BOXES = 768, NH_LABEL_SEGMENTS = 768 };
struct nh_label_field {
    struct nh_box area;                  /* labels stay inside */
    struct nh_box boxes[NH_LABEL_BOXES]; /* markers and labels: never covered */
    size_t box_count;
    struct nh_segment segments[NH_LABEL_SEGMENTS]; /* lines: avoided */
    size_t segment_count;
};

/** Adds an obstacle; ignored when the table is full. */
void nh_label_block(struct nh_label_field *field, struct nh_box box);
void nh_label_avoid(struct nh_label_field *field, struct nh_segment segment);

/**
 * Finds a place for a text of w x h pixels near (x, y), `clearance` pixels away from
 * it, and blocks it. Returns false, and places nothing, when every place would cover
 * something: the value is still in the hover text and in the table.
 */
bool nh_label_place(struct nh_label_field *field, double x, double y, double clearance, double w,
                    double h, struct nh_box *placed);

/** The same for the first free one of given places. */
bool nh_label_place_at(struct nh_label_field *field, const struct nh_box *places, size_t count,
                       struct nh_box *placed);

/** Length of the part of a segment that lies inside a box. */
double nh_segment_inside(struct nh_segment s, struct nh_box b);

#endif
