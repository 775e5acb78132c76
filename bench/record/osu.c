/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/osu.h"

#include <math.h>
#include <string.h>

enum { TITLE_BYTES = 64 };

/* What OSU calls it: "# OSU MPI <title> Test", and the heads of its columns. */
struct form {
    const char *kernel, *title, *heads;
    enum { LATENCY, RATE, RATE_AND_MESSAGES, NO_SIZE } columns;
};

static const char latency_heads[] = "# Size          Latency (us)";
static const char average_heads[] = "# Size       Avg Latency(us)";
static const char rate_heads[] = "# Size      Bandwidth (MB/s)";
static const char message_heads[] = "# Size                  MB/s        Messages/s";

static const struct form collectives[] = {
    {"allreduce", "Allreduce Latency", average_heads, LATENCY},
    {"reduce", "Reduce Latency", average_heads, LATENCY},
    {"reduce_scatter", "Reduce_scatter Latency", average_heads, LATENCY},
    {"bcast", "Broadcast Latency", average_heads, LATENCY},
    {"broadcast", "Broadcast Latency", average_heads, LATENCY},
    {"allgather", "Allgather Latency", average_heads, LATENCY},
    {"alltoall", "All-to-All Personalized Exchange Latency", average_heads, LATENCY},
    {"gather", "Gather Latency", average_heads, LATENCY},
    {"scatter", "Scatter Latency", average_heads, LATENCY},
    {"barrier", "Barrier Latency", "# Avg Latency(us)", NO_SIZE}};

static const struct form latency = {"pingpong", "Latency", latency_heads, LATENCY};
static const struct form multi_latency = {"pingpong", "Multi Latency", latency_heads, LATENCY};
static const struct form one_way = {"bandwidth", "Bandwidth", rate_heads, RATE};
static const struct form two_way = {"bandwidth", "Bi-Directional Bandwidth", rate_heads, RATE};
static const struct form message_rate = {"rate", "Multiple Bandwidth / Message Rate", message_heads,
                                         RATE_AND_MESSAGES};

static const struct form *find_form(const struct nh_record *r)
{
    bool pairs = nh_json_number(r->params, "pairs", 1) > 1;
    bool both = strcmp(nh_json_text(r->params, "direction", "one"), "two") == 0;
    bool rate = strcmp(r->kernel, "rate") == 0;
    if (strcmp(r->kernel, "pingpong") == 0)
        return pairs ? &multi_latency : &latency;
    if (rate || strcmp(r->kernel, "bandwidth") == 0)
        return both ? &two_way : pairs || rate ? &message_rate : &one_way;
    for (size_t i = 0; i < sizeof collectives / sizeof *collectives; i++)
        if (strcmp(collectives[i].kernel, r->kernel) == 0)
            return &collectives[i];
    return NULL;
}

static void print_head(FILE *out, const struct form *f, const struct nh_record *r,
                       const char *program, char *last)
{
    if (strcmp(last, f->title) == 0)
        return;
    fprintf(out, "%s# OSU MPI %s Test in its format, by %s: medians, not means\n",
            *last ? "\n" : "", f->title, program);
    if (f->columns == RATE_AND_MESSAGES)
        fprintf(out, "# [ pairs: %.0f ] [ window size: %.0f ]\n",
                nh_json_number(r->params, "pairs", 1), nh_json_number(r->params, "window", 1));
    fprintf(out, "%s\n", f->heads);
    snprintf(last, TITLE_BYTES, "%s", f->title);
}

static void print_line(FILE *out, const struct form *f, const struct nh_record *r)
{
    double us = r->stats.median / 1e3;
    double rate = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    if (f->columns == NO_SIZE)
        fprintf(out, "%17.2f\n", us);
    else
        fprintf(out, "%-10.0f%18.2f", nh_json_number(r->params, "size_bytes", 0),
                f->columns == LATENCY ? us : rate / 1e6);
    if (f->columns == RATE_AND_MESSAGES)
        fprintf(out, "%18.2f", 1e9 / r->stats.median);
    if (f->columns != NO_SIZE)
        fputc('\n', out);
    fflush(out);
}

int nh_osu_print(FILE *out, const struct nh_record *r, const char *program, char *last,
                 struct nh_error *err)
{
    const struct form *f = find_form(r);
    if (!f)
        return nh_fail(err, NH_EINPUT,
                       "--format osu: the OSU benchmarks have no '%s'; leave the option out",
                       r->kernel);
    print_head(out, f, r, program, last);
    print_line(out, f, r);
    return NH_OK;
}
