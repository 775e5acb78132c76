/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/records.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/storage.h"

/* Kernels whose results are curves over the message size, in the order shown. */
static const char *const curve_kernels[] = {
    "pingpong",  "bandwidth", "rate",          "rma",
    "allreduce", "reduce",    "reducescatter", "reducescatterblock",
    "bcast",     "allgather", "alltoall",      "gather",
    "scatter",   "barrier",   "limits"};
enum { CURVE_KERNELS = sizeof curve_kernels / sizeof *curve_kernels, NOT_A_CURVE = -1 };
/* Figures of other suites are curves whatever was measured; they stand last. */
enum { OTHER_CURVE = CURVE_KERNELS };

enum { LEAST_LAUNCHES = 6 }; /* below it no 95 % interval of a median exists */

/* What says which curve a record belongs to. */
struct identity {
    int kernel;
    char label[224];
    const struct nh_record *record;
    uint32_t curve; /* the same for records of one curve, ascending in the order shown */
};

/* The numbers of a record on its way into a curve. */
struct entry {
    const struct nh_record *record; /* itself, or the one that it was folded into */
    uint32_t curve : 31, bimodal : 1;
    uint32_t order; /* in the files */
    double size, central, spread, bandwidth;
};

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while grouping records");
}

static int curve_kernel(const struct nh_record *r)
{
    for (int i = 0; i < CURVE_KERNELS; i++)
        if (strcmp(curve_kernels[i], r->kernel) == 0)
            return i;
    return r->imported ? OTHER_CURVE : NOT_A_CURVE;
}

static void append(char *buf, size_t size, const char *fmt, ...) NH_PRINTF(3, 4);

static void append(char *buf, size_t size, const char *fmt, ...)
{
    size_t used = strlen(buf);
    va_list args;
    va_start(args, fmt);
    vsnprintf(buf + used, size - used, fmt, args);
    va_end(args);
}

/* "one-way", "window 64", "in place": a parameter as a reader would say it. */
static void append_param(char *buf, size_t size, const char *key, const json_t *value)
{
    const char *comma = *buf ? ", " : "";
    if (json_is_string(value))
        append(buf, size, strcmp(key, "direction") == 0 ? "%s%s-way" : "%s%s", comma,
               json_string_value(value));
    else if (json_is_true(value))
        append(buf, size, "%s%s", comma, key);
    else if (json_is_number(value))
        append(buf, size, "%s%s %.10g", comma, key, json_number_value(value));
}

/* Underscores of names become blanks, and so does what a terminal would obey. */
static void make_readable(char *text)
{
    for (; *text; text++)
        if (*text == '_' || (unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
}

/* A name that a file brought, on its way to a terminal. */
static void make_readable_name(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = ' ';
}

/* What is worth naming only when it is not the same everywhere. */
static const char *const system_keys[] = {"mpi_library", "cpu"};
enum { SYSTEM_KEYS = sizeof system_keys / sizeof *system_keys };

struct varying {
    bool key[SYSTEM_KEYS];
};

static struct varying find_varying(const struct nh_records *records)
{
    struct varying v = {{false}};
    for (size_t i = 1; i < records->count; i++)
        for (size_t k = 0; k < SYSTEM_KEYS; k++)
            v.key[k] =
                v.key[k] || strcmp(nh_json_text(records->items[i].system, system_keys[k], ""),
                                   nh_json_text(records->items[0].system, system_keys[k], "")) != 0;
    return v;
}

/* Launches of two MPI libraries or two processors are no repeats of each other. */
static void append_system(char *buf, size_t size, const struct nh_record *r, struct varying v)
{
    bool without_mpi = json_object_get(r->params, "over") != NULL;
    for (size_t k = 0; k < SYSTEM_KEYS; k++)
        if (v.key[k] && !(without_mpi && strcmp(system_keys[k], "mpi_library") == 0))
            append(buf, size, ", %s", nh_json_text(r->system, system_keys[k], "unknown"));
}

/* Both grow along a curve. */
static bool is_size(const char *key)
{
    return strcmp(key, "size_bytes") == 0 || strcmp(key, "total_bytes") == 0;
}

/* Everything that sets one curve apart from another of the same kernel. */
static void label_of(const struct nh_record *r, struct varying varying, char *buf, size_t size)
{
    const char *key;
    json_t *value;
    *buf = '\0';
    if (r->imported)
        append(buf, size, "%s", r->program);
    if (json_is_true(json_object_get(r->system, "simulated")))
        append(buf, size, "SIMULATED");
    json_object_foreach(r->params, key, value) if (!is_size(key))
        append_param(buf, size, key, value);
    if (r->ranks > 0)
        append(buf, size, "%s%ld ranks", *buf ? ", " : "", r->ranks);
    if (r->nodes > 1)
        append(buf, size, ", %ld nodes", r->nodes);
    if (r->machine)
        append(buf, size, ", %s", r->machine);
    append_system(buf, size, r, varying);
    make_readable_name(buf);
    make_readable(buf + (r->imported ? strlen(r->program) : 0));
}

static int compare(double a, double b)
{
    return a < b ? -1 : a > b;
}

static int by_curve(const struct identity *a, const struct identity *b)
{
    if (a->kernel != b->kernel)
        return a->kernel - b->kernel;
    if (a->kernel == OTHER_CURVE && strcmp(a->record->kernel, b->record->kernel) != 0)
        return strcmp(a->record->kernel, b->record->kernel);
    if (!a->record->imported != !b->record->imported)
        return a->record->imported ? 1 : -1;
    if (a->record->nodes != b->record->nodes)
        return a->record->nodes < b->record->nodes ? -1 : 1;
    if (a->record->ranks != b->record->ranks)
        return a->record->ranks < b->record->ranks ? -1 : 1;
    return strcmp(a->label, b->label);
}

static int by_identity(const void *left, const void *right)
{
    const struct identity *const *a = left, *const *b = right;
    return by_curve(*a, *b);
}

/* Numbers the curves of records. `sorted` has room for n pointers. */
static void number_curves(struct identity *ids, size_t n, struct identity **sorted)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = &ids[i];
    qsort(sorted, n, sizeof(struct identity *), by_identity);
    for (size_t i = 1; i < n; i++)
        sorted[i]->curve = sorted[i - 1]->curve + (by_curve(sorted[i - 1], sorted[i]) != 0);
}

static int by_curve_and_size(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->curve != b->curve)
        return a->curve < b->curve ? -1 : 1;
    int order = compare(a->size, b->size);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* ---- Pooling launches ---- */

static struct nh_interval interval_of_sorted(const double *x, size_t n)
{
    struct nh_ranks ranks;
    if (!nh_quantile_ranks(n, 0.5, 0.95, &ranks))
        return (struct nh_interval){NAN, NAN, NAN};
    return (struct nh_interval){x[ranks.lo - 1], x[ranks.hi - 1], ranks.coverage};
}

static double spread_within(const struct nh_record *r)
{
    if (r->imported)
        return NAN;
    return r->stats.median > 0 ? r->stats.mad / r->stats.median : 0;
}

/* `work` holds 2 n doubles. */
static struct nh_curve_point pool(const struct entry *e, size_t n, double *work)
{
    double *x = work, *scratch = work + n;
    struct nh_curve_point p = {.size_bytes = e->size, .launches = n};
    for (size_t i = 0; i < n; i++) {
        x[i] = e[i].bandwidth;
        p.bimodal |= e[i].bimodal;
    }
    bool known = true;
    for (size_t i = 0; i < n; i++)
        known = known && isfinite(x[i]) && x[i] > 0;
    p.bandwidth_Bps = known ? nh_median(x, n, scratch) : NAN;
    for (size_t i = 0; i < n; i++)
        x[i] = e[i].spread;
    p.within_spread = isnan(x[0]) ? NAN : nh_median(x, n, scratch);
    for (size_t i = 0; i < n; i++)
        x[i] = e[i].central;
    nh_sort(x, n);
    p.median_ns = nh_median_sorted(x, n);
    p.ci = interval_of_sorted(x, n);
    p.between_spread = p.median_ns > 0 ? nh_mad_sorted(x, n, scratch) / p.median_ns : 0;
    return p;
}

static int add_curve_point(struct nh_curve *c, const struct entry *e, size_t n,
                           struct nh_error *err)
{
    struct nh_curve_point *grown = nh_grow(c->points, c->point_count, sizeof *grown);
    if (!grown)
        return no_memory(err);
    c->points = grown;
    double *work = malloc(2 * n * sizeof *work);
    if (!work)
        return no_memory(err);
    c->points[c->point_count++] = pool(e, n, work);
    free(work);
    return NH_OK;
}

static struct nh_curve *add_curve(struct nh_dataset *set, const struct entry *e, const char *label)
{
    struct nh_curve *grown = nh_grow(set->curves, set->curve_count, sizeof *grown);
    if (!grown)
        return NULL;
    set->curves = grown;
    struct nh_curve *c = &set->curves[set->curve_count++];
    *c = (struct nh_curve){.ranks = e->record->ranks, .nodes = e->record->nodes};
    snprintf(c->kernel, sizeof c->kernel, "%.31s", e->record->kernel);
    make_readable_name(c->kernel);
    snprintf(c->statistic, sizeof c->statistic, "%s",
             e->record->imported ? nh_json_text(e->record->imported, "statistic", "mean") : "");
    snprintf(c->metric, sizeof c->metric, "%s", e->record->metric);
    snprintf(c->over, sizeof c->over, "%s", nh_json_text(e->record->params, "over", ""));
    snprintf(c->label, sizeof c->label, "%.95s", label);
    return c;
}

/* Few bytes have no verdict: those of other sizes speak for them. */
static void take_path(struct nh_curve *c, const struct nh_record *r)
{
    const char *verdict = nh_json_text(r->transport, "verdict", "unknown");
    if (strcmp(verdict, "unknown") == 0 || strcmp(verdict, c->path) == 0)
        return;
    snprintf(c->path, sizeof c->path, "%.15s", *c->path ? "mixed" : verdict);
}

static int build_curves(struct nh_dataset *set, const struct entry *e, size_t n,
                        const struct identity *ids, struct nh_error *err)
{
    struct nh_curve *curve = NULL;
    int rc = NH_OK;
    for (size_t i = 0, next; !rc && i < n; i = next) {
        const char *label = ids[e[i].record - set->records.items].label;
        if ((i == 0 || e[i - 1].curve != e[i].curve) && !(curve = add_curve(set, &e[i], label)))
            return no_memory(err);
        next = i + 1;
        while (next < n && e[i].curve == e[next].curve && e[i].size == e[next].size)
            next++;
        for (size_t k = i; k < next; k++)
            take_path(curve, e[k].record);
        rc = add_curve_point(curve, &e[i], next - i, err);
    }
    return rc;
}

/* ---- The proxy application ---- */

/* The case is the box that stays the same: all of it, or a rank's share. */
static void name_halo(const struct nh_record *r, enum nh_scaling_kind kind, char *buf, size_t size)
{
    double x = nh_json_number(r->params, "cells_x", NAN);
    double y = nh_json_number(r->params, "cells_y", NAN);
    double z = nh_json_number(r->params, "cells_z", NAN);
    if (kind == NH_WEAK)
        snprintf(buf, size, "halo, %.0f cells per rank",
                 nh_json_number(r->derived, "cells_per_rank", NAN));
    else
        snprintf(buf, size, "halo %.0f x %.0f x %.0f", x, y, z);
}

/* `whole`: the record itself, not one that was folded into it. */
static int add_halo(struct nh_dataset *set, const struct nh_record *r, double median_ns, bool whole,
                    struct varying varying, struct nh_error *err)
{
    const char *scaling = nh_json_text(r->params, "scaling", "strong");
    enum nh_scaling_kind kind = strcmp(scaling, "weak") == 0 ? NH_WEAK : NH_STRONG;
    double cells = nh_json_number(r->derived, "cells", NAN);
    char name[96];
    name_halo(r, kind, name, sizeof name);
    append_system(name, sizeof name, r, varying);
    make_readable(name);
    if (!(cells > 0))
        return nh_fail(err, NH_EINPUT, "field 'cells': missing in a halo record; remove its line");
    struct nh_timing_key key = {.name = name,
                                .machine = r->machine ? r->machine : "",
                                .work = "iteration",
                                .origin = "",
                                .note = "",
                                .kind = kind,
                                .nodes = r->nodes,
                                .cores = r->ranks,
                                .cells = cells};
    struct nh_timing_row row = {median_ns * 1e-9, NAN, -1};
    if (!(row.solver_s > 0))
        return nh_fail(err, NH_EINPUT, "field 'stats': a halo record has no time; remove its line");
    int rc = nh_dataset_add(set, &key, &row, err);
    if (!rc && whole && !nh_shares_add(&set->shares, nh_dataset_app(set, &key), r))
        rc = no_memory(err);
    return rc;
}

/* ---- Applications ---- */

/* What is no repeat of each other has another name: threads and environment as well as size. */
static void name_application(const struct nh_record *r, struct varying varying, double cells,
                             bool weak, char *buf, size_t size)
{
    double threads = nh_json_number(r->params, "threads", 1);
    double per_node = nh_json_number(r->params, "ranks_per_node", NAN);
    const char *environment = nh_json_text(r->params, "environment", NULL);
    snprintf(buf, size, "%.40s", nh_json_text(r->params, "application", "application"));
    if (cells > 0 && weak)
        append(buf, size, ", %.6g cells per rank", cells / (double)r->ranks);
    else if (cells > 0)
        append(buf, size, ", %.10g cells", cells);
    if (threads > 1)
        append(buf, size, ", %.0f x %.0f threads a node", per_node, threads);
    if (environment)
        append(buf, size, ", %.30s", environment);
    append_system(buf, size, r, varying);
    make_readable_name(buf);
}

static int add_application(struct nh_dataset *set, const struct nh_record *r,
                           struct varying varying, struct nh_error *err)
{
    bool weak = strcmp(nh_json_text(r->params, "scaling", "strong"), "weak") == 0;
    double cells = nh_json_number(r->derived, "cells", NAN);
    double threads = nh_json_number(r->params, "threads", 1);
    const json_t *figure = json_object_get(r->detail, "figure");
    char name[96], work[32];
    name_application(r, varying, cells, weak, name, sizeof name);
    snprintf(work, sizeof work, "%.31s", nh_json_text(figure, "of", "run"));
    make_readable_name(work);
    struct nh_timing_key key = {.name = name,
                                .machine = r->machine ? r->machine : "",
                                .work = work,
                                .origin = "",
                                .note = "",
                                .kind = weak ? NH_WEAK : NH_STRONG,
                                .nodes = r->nodes,
                                .cores = r->ranks * (threads >= 1 ? (long)threads : 1),
                                .cells = cells};
    struct nh_timing_row row = {nh_json_number(r->derived, "solver_s", NAN),
                                nh_json_number(r->derived, "job_s", NAN), r->launch};
    if (!(row.job_s > 0))
        return nh_fail(err, NH_EINPUT,
                       "field 'job_s': missing in a record of an application; remove its line");
    /* The launch's own time says nothing of one iteration, or of one ns of an unknown number. */
    if (json_is_false(json_object_get(figure, "whole")) && row.solver_s > 0)
        row.job_s = NAN;
    return nh_dataset_add(set, &key, &row, err);
}

/* ---- Grouping ---- */

static struct identity *identify(const struct nh_records *records, struct varying varying)
{
    struct identity *ids = calloc(records->count + 1, sizeof *ids);
    struct identity **sorted = malloc((records->count + 1) * sizeof *sorted);
    for (size_t i = 0; ids && sorted && i < records->count; i++) {
        const struct nh_record *r = &records->items[i];
        ids[i] = (struct identity){.kernel = curve_kernel(r), .record = r};
        label_of(r, varying, ids[i].label, sizeof ids[i].label);
    }
    if (ids && sorted)
        number_curves(ids, records->count, sorted);
    if (!sorted) {
        free(ids);
        ids = NULL;
    }
    free(sorted);
    return ids;
}

/* What a record says alone, as what is left of a folded one. */
static struct nh_folded numbers_of(const struct nh_record *r, size_t index)
{
    return (struct nh_folded){.record = (uint32_t)index,
                              .bimodal = r->stats.bimodal,
                              .size_bytes = nh_json_number(r->params, "size_bytes", NAN),
                              .bandwidth = nh_json_number(r->derived, "bandwidth_bytes_per_s", NAN),
                              .median_ns = nh_record_central(r),
                              .spread = spread_within(r)};
}

static void warn_of_records(struct nh_dataset *set, size_t unknown, const char *example,
                            size_t unverified)
{
    const struct nh_records *records = &set->records;
    if (records->damaged)
        nh_dataset_warn(set, "%zu damaged line%s skipped; the first: %s", records->damaged,
                        records->damaged == 1 ? " was" : "s were", records->damage);
    if (unknown)
        nh_dataset_warn(set, "records that no chart shows: %zu (kernel '%s')", unknown, example);
    if (unverified)
        nh_dataset_warn(set, "records measured without verifying the data: %zu", unverified);
}

/* Bytes that went another way than --require-transport said: no number for that transport. */
static bool wrong_transport(const struct nh_record *r)
{
    return json_is_true(json_object_get(r->transport, "failed"));
}

static void warn_of_transport(struct nh_dataset *set)
{
    const struct nh_record *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < set->records.count; i++) {
        if (!wrong_transport(&set->records.items[i]))
            continue;
        first = first ? first : &set->records.items[i];
        n++;
    }
    if (first)
        nh_dataset_warn(set,
                        "records left out because another transport than the required one carried "
                        "the bytes: %zu (the first: %.32s, required %.16s, carried by %.16s)",
                        n, first->kernel, nh_json_text(first->transport, "required", "?"),
                        nh_json_text(first->transport, "verdict", "?"));
}

static void warn_of_imports(struct nh_dataset *set)
{
    size_t curves = 0, points = 0;
    for (size_t i = 0; i < set->curve_count; i++) {
        bool imported = *set->curves[i].statistic != '\0';
        curves += imported;
        points += imported ? set->curves[i].point_count : 0;
    }
    if (points)
        nh_dataset_warn(set,
                        "curves of figures that programs printed, without samples: %zu (%zu "
                        "points); they have no interval and most are means, not medians; "
                        "'nodehour check' says which cannot be true",
                        curves, points);
}

static void warn_of_launches(struct nh_dataset *set)
{
    size_t fewest = LEAST_LAUNCHES, points = 0, two_modes = 0;
    for (size_t i = 0; i < set->curve_count; i++)
        for (size_t j = 0; !*set->curves[i].statistic && j < set->curves[i].point_count; j++) {
            const struct nh_curve_point *p = &set->curves[i].points[j];
            points++;
            two_modes += p->bimodal;
            fewest = p->launches < fewest ? p->launches : fewest;
        }
    if (fewest < LEAST_LAUNCHES)
        nh_dataset_warn(set,
                        "message sizes measured in fewer than %d launches (the least: %zu) have no "
                        "95 %% interval; measure more (without --quick, or --launches %d)",
                        LEAST_LAUNCHES, fewest, LEAST_LAUNCHES);
    if (two_modes)
        nh_dataset_warn(set,
                        "at %zu of %zu message sizes a launch had two modes: its median is one of "
                        "them, not an average",
                        two_modes, points);
}

struct grouping {
    struct nh_dataset *set;
    struct varying varying;
    struct identity *ids;
    struct entry *entries;
    size_t count, unknown, unverified;
    const char *example;
};

/* A record, or what is left of one that was folded into it. */
static int group_one(struct grouping *g, const struct nh_folded *f, bool whole,
                     struct nh_error *err)
{
    const struct nh_record *r = &g->set->records.items[f->record];
    const struct identity *id = &g->ids[f->record];
    if (wrong_transport(r))
        return NH_OK;
    if (nh_storage_is(r)) {
        g->set->storage++;
        return NH_OK;
    }
    g->unverified += strcmp(r->verify, "off") == 0;
    if (id->kernel != NOT_A_CURVE && f->size_bytes >= 0 && f->median_ns >= 0) {
        g->entries[g->count] = (struct entry){.record = r,
                                              .curve = id->curve,
                                              .bimodal = f->bimodal,
                                              .order = (uint32_t)g->count,
                                              .size = f->size_bytes,
                                              .central = f->median_ns,
                                              .spread = f->spread,
                                              .bandwidth = f->bandwidth};
        g->count++;
    } else if (strcmp(r->kernel, "halo") == 0) {
        return add_halo(g->set, r, f->median_ns, whole, g->varying, err);
    } else if (strcmp(r->kernel, "application") == 0) {
        return add_application(g->set, r, g->varying,
                               err); /* never folded: no such line is scanned */
    } else if (strcmp(r->kernel, "matrix") == 0) {
        g->set->matrices++;
    } else {
        g->unknown++;
        g->example = r->kernel;
    }
    return NH_OK;
}

static int group_all(struct grouping *g, struct nh_error *err)
{
    struct nh_dataset *set = g->set;
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < set->records.count; i++) {
        const struct nh_folded alone = numbers_of(&set->records.items[i], i);
        rc = group_one(g, &alone, true, err);
    }
    for (size_t i = 0; !rc && i < set->folded.count; i++)
        rc = group_one(g, &set->folded.items[i], false, err);
    if (rc || g->count == 0)
        return rc;
    qsort(g->entries, g->count, sizeof *g->entries, by_curve_and_size);
    return build_curves(set, g->entries, g->count, g->ids, err);
}

static void warn_of_folded(struct nh_dataset *set)
{
    if (set->folded_count)
        nh_dataset_warn(set,
                        "of %zu records, %zu are kept whole, the first of each configuration among "
                        "them; environment, commands and details are those of the records kept",
                        set->folded_count + set->records.count, set->records.count);
}

int nh_records_group(struct nh_dataset *set, struct nh_error *err)
{
    const struct nh_records *records = &set->records;
    struct grouping g = {.set = set, .varying = find_varying(records), .example = ""};
    set->folded_count = set->folded.count;
    g.ids = identify(records, g.varying);
    g.entries = malloc((records->count + set->folded.count + 1) * sizeof *g.entries);
    int rc = g.ids && g.entries ? group_all(&g, err) : no_memory(err);
    nh_shares_order(&set->shares);
    free(g.ids);
    free(g.entries);
    free(set->folded.items);
    set->folded = (struct nh_folded_list){0};
    if (!rc) {
        warn_of_records(set, g.unknown, g.example, g.unverified);
        warn_of_transport(set);
        warn_of_launches(set);
        warn_of_imports(set);
        warn_of_folded(set);
    }
    return rc;
}

/* ---- The importer ---- */

/* JSON Lines: some line begins with a brace, which no table's line does. A torn first
 * line must not hide the rest. */
static bool recognise(const char *head, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (head[i] == '{' && (i == 0 || head[i - 1] == '\n'))
            return true;
    return false;
}

static int read_data(const char *name, const char *data, size_t len, bool skip_damaged,
                     struct nh_dataset *set, struct nh_error *err)
{
    return nh_records_parse(name, data, len, skip_damaged, &set->records, err);
}

const struct nh_importer nh_importer_records = {
    .name = "records", .recognise = recognise, .read = read_data};
