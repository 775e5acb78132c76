/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/record/osu.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { TITLE_BYTES = 64, CASE_BYTES = 96 };

/* Columns of a table. */
enum columns { LATENCY, RATE, RATE_AND_MESSAGES, NO_SIZE };

/* What was measured, and what stands in OSU's banner: "# OSU MPI<title> Test". */
struct form {
    const char *measured, *title, *heads;
    enum columns columns;
};

static const char latency_heads[] = "# Size          Latency (us)";
static const char average_heads[] = "# Size       Avg Latency(us)";
static const char rate_heads[] = "# Size      Bandwidth (MB/s)";
static const char message_heads[] = "# Size                  MB/s        Messages/s";

static const struct form forms[] = {
    {"pingpong", " Latency", latency_heads, LATENCY},
    {"pingpong, persistent", " Latency Persistent", latency_heads, LATENCY},
    {"pingpong, several pairs", " Multi Latency", latency_heads, LATENCY},
    {"bandwidth", " Bandwidth", rate_heads, RATE},
    {"bandwidth, persistent", " Bandwidth Persistent", rate_heads, RATE},
    {"bandwidth, two-way", " Bi-Directional Bandwidth", rate_heads, RATE},
    {"bandwidth, two-way, persistent", " Bi-Directional Bandwidth Persistent", rate_heads, RATE},
    {"rate", " Multiple Bandwidth / Message Rate", message_heads, RATE_AND_MESSAGES},
    {"rma, put", "_Put Latency", latency_heads, LATENCY},
    {"rma, get", "_Get latency", latency_heads, LATENCY},
    {"rma, accumulate", "_Accumulate latency", latency_heads, LATENCY},
    {"rma, put, in a window", "_Put Bandwidth", rate_heads, RATE},
    {"rma, get, in a window", "_Get Bandwidth", rate_heads, RATE},
    {"allreduce", " Allreduce Latency", average_heads, LATENCY},
    {"reduce", " Reduce Latency", average_heads, LATENCY},
    {"reducescatter", " Reduce_scatter Latency", average_heads, LATENCY},
    {"reducescatterblock", " Reduce_scatter_block Latency", average_heads, LATENCY},
    {"bcast", " Broadcast Latency", average_heads, LATENCY},
    {"allgather", " Allgather Latency", average_heads, LATENCY},
    {"alltoall", " All-to-All Personalized Exchange Latency", average_heads, LATENCY},
    {"gather", " Gather Latency", average_heads, LATENCY},
    {"scatter", " Scatter Latency", average_heads, LATENCY},
    {"barrier", " Barrier Latency", "# Avg Latency(us)", NO_SIZE}};
enum { FORMS = sizeof forms / sizeof *forms };

/* ---- which table ---- */

static bool is(const struct nh_record *r, const char *kernel)
{
    return strcmp(r->kernel, kernel) == 0;
}

static bool wants(const struct nh_record *r, const char *key)
{
    return json_is_true(json_object_get(r->params, key));
}

static bool overlaps(const struct nh_record *r)
{
    return wants(r, "overlap");
}

static void append(char *text, const char *fmt, ...) NH_PRINTF(2, 3);

static void append(char *text, const char *fmt, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + used, CASE_BYTES - used, fmt, args);
    va_end(args);
}

/* "rma, put, in a window": all that decides which program of OSU measures the same. */
static void name_case(const struct nh_record *r, char *text)
{
    *text = '\0';
    append(text, "%s", r->kernel);
    if (is(r, "rma"))
        append(text, ", %s%s", nh_json_text(r->params, "op", "?"),
               nh_json_number(r->params, "window", 1) > 1 ? ", in a window" : "");
    if (strcmp(nh_json_text(r->params, "direction", "one"), "two") == 0)
        append(text, ", two-way");
    if (is(r, "pingpong") && nh_json_number(r->params, "pairs", 1) > 1)
        append(text, ", several pairs");
    if (wants(r, "persistent"))
        append(text, ", persistent");
    if (wants(r, "nonblocking") && !overlaps(r))
        append(text, ", non-blocking without overlap");
}

static const struct form *find_form(const char *measured)
{
    for (size_t i = 0; i < FORMS; i++)
        if (strcmp(forms[i].measured, measured) == 0)
            return &forms[i];
    return NULL;
}

/* ---- printing ---- */

/* Non-blocking collectives have the same title with a word more, and four columns. */
static void print_heads(FILE *out, const struct form *f, const struct nh_record *r)
{
    if (is(r, "rma"))
        fprintf(out, "# Window creation: MPI_Win_allocate\n# Synchronization: MPI_Win_%s\n",
                nh_json_text(r->params, "epoch", "flush"));
    if (f->columns == RATE_AND_MESSAGES)
        fprintf(out, "# [ pairs: %.0f ] [ window size: %.0f ]\n",
                nh_json_number(r->params, "pairs", 1), nh_json_number(r->params, "window", 1));
    if (!overlaps(r))
        fprintf(out, "%s\n", f->heads);
    else
        fprintf(out, "%s%18s%18s%18s\n",
                f->columns == NO_SIZE ? "# Overall(us)" : "# Size           Overall(us)",
                "Compute(us)", "Pure Comm.(us)", "Overlap(%)");
}

static void print_head(FILE *out, const struct form *f, const struct nh_record *r,
                       const char *program, char *last)
{
    char title[TITLE_BYTES];
    snprintf(title, sizeof title, "%s%s", overlaps(r) ? " Non-blocking" : "", f->title);
    if (strcmp(last, title) == 0)
        return;
    fprintf(out, "%s# OSU MPI%s Test in its format, by %s: medians, not means\n", *last ? "\n" : "",
            title, program);
    print_heads(out, f, r);
    memcpy(last, title, sizeof title);
}

static void print_overlap(FILE *out, const struct form *f, const json_t *derived)
{
    static const char *const keys[] = {"total_ns", "compute_ns", "pure_ns"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(out, "%*.2f", f->columns == NO_SIZE && i == 0 ? 13 : 18,
                nh_json_number(derived, keys[i], NAN) / 1e3);
    fprintf(out, "%18.2f\n", nh_json_number(derived, "overlap_percent", NAN));
}

static void print_line(FILE *out, const struct form *f, const struct nh_record *r)
{
    double us = r->stats.median / 1e3;
    double rate = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN);
    if (f->columns != NO_SIZE)
        fprintf(out, "%-10.0f", nh_json_number(r->params, "size_bytes", 0));
    if (overlaps(r))
        print_overlap(out, f, r->derived);
    else if (f->columns == RATE_AND_MESSAGES)
        fprintf(out, "%18.2f%18.2f\n", rate / 1e6, 1e9 / r->stats.median);
    else
        fprintf(out, "%*.2f\n", f->columns == NO_SIZE ? 17 : 18,
                f->columns == RATE ? rate / 1e6 : us);
    fflush(out);
}

int nh_osu_check(const char *kernel, struct nh_error *err)
{
    size_t len = strlen(kernel);
    for (size_t i = 0; i < FORMS; i++)
        if (strncmp(forms[i].measured, kernel, len) == 0 && strchr(",", forms[i].measured[len]))
            return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "--format osu: the OSU benchmarks have no '%s'; leave the option out", kernel);
}

int nh_osu_print(FILE *out, const struct nh_record *r, const char *program, char *last,
                 struct nh_error *err)
{
    char measured[CASE_BYTES];
    name_case(r, measured);
    const struct form *f = find_form(measured);
    if (!f)
        return nh_fail(
            err, NH_EINPUT, "--format osu: the OSU benchmarks have no '%s'; %s", measured,
            wants(r, "nonblocking") ? "add --overlap, as they measure it" : "leave the option out");
    print_head(out, f, r, program, last);
    print_line(out, f, r);
    return NH_OK;
}
