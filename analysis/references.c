/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/references.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/paths.h"
#include "common/units.h"

/* ---- Which files ---- */

/* Beside the study, or among the published figures that come with nodehour. */
static int locate(const char *study, const char *name, char *path, struct nh_error *err)
{
    char ours[NH_PATH_MAX];
    const char *slash = strrchr(study, '/');
    int rc = nh_path(path, NH_PATH_MAX, err, "%.*s%s",
                     slash && *name != '/' ? (int)(slash - study) + 1 : 0, study, name);
    if (rc || access(path, R_OK) == 0)
        return rc;
    rc = nh_path(ours, sizeof ours, err, "reference/%s", name);
    if (!rc)
        rc = nh_data_path(ours, path, NH_PATH_MAX, err);
    if (!rc && access(path, R_OK) != 0)
        rc = nh_fail(err, NH_EINPUT,
                     "%.200s: the study of this run compares with it, and it is no longer beside "
                     "the study or among the figures that come with nodehour; put it back",
                     name);
    return rc;
}

static bool has_source(const struct nh_dataset *set, const char *name)
{
    for (size_t i = 0; i < set->source_count; i++)
        if (strcmp(set->sources[i], name) == 0)
            return true;
    return false;
}

static int load_named(const json_t *study, struct nh_dataset *set, struct nh_error *err)
{
    const json_t *name, *names = json_object_get(study, "references");
    size_t i;
    int rc = NH_OK;
    json_array_foreach(names, i, name)
    {
        char path[NH_PATH_MAX], *data;
        size_t len;
        const char *text = json_string_value(name);
        if (!text || has_source(set, text))
            continue;
        rc = locate(nh_json_text(study, "file", ""), text, path, err);
        if (!rc)
            rc = nh_input_read(path, &data, &len, err);
        if (!rc) /* by the name in the study: where it lies differs from machine to machine */
            rc = nh_dataset_add_input(set, text, data, len, false, err);
        if (rc)
            return rc;
    }
    return NH_OK;
}

static int load_of_run(const char *records, struct nh_dataset *set, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    size_t len;
    const char *slash = strrchr(records, '/');
    int rc = nh_path(path, sizeof path, err, "%.*srun.json", slash ? (int)(slash - records) + 1 : 0,
                     records);
    if (rc || access(path, R_OK) != 0)
        return NH_OK; /* no run folder */
    rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    json_t *run = json_loadb(text, len, 0, NULL);
    free(text);
    rc = load_named(json_object_get(run, "study"), set, err);
    json_decref(run);
    return rc;
}

int nh_references_load(char *const *files, size_t n, struct nh_references *out,
                       struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = load_of_run(files[i], &out->data, err);
    return rc;
}

/* ---- Comparing ---- */

static bool both_ways(const struct nh_curve *c)
{
    return strstr(c->label, "two-way") != NULL;
}

static bool same_operation(const struct nh_curve *a, const struct nh_curve *b)
{
    return strcmp(a->kernel, b->kernel) == 0 && both_ways(a) == both_ways(b);
}

static const struct nh_curve_point *at_size(const struct nh_curve *c, double size)
{
    for (size_t i = 0; i < c->point_count; i++)
        if (c->points[i].size_bytes == size)
            return &c->points[i];
    return NULL;
}

/* Published times of one operation, size and number of nodes; `work` holds two numbers a curve. */
static size_t published(const struct nh_references *r, const struct nh_curve *measured, double size,
                        double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < r->data.curve_count; i++) {
        const struct nh_curve *c = &r->data.curves[i];
        const struct nh_curve_point *p = at_size(c, size);
        if (p && same_operation(c, measured) && c->nodes == measured->nodes && p->median_ns > 0)
            work[n++] = p->median_ns;
    }
    nh_sort(work, n);
    return n;
}

static int add_row(struct nh_references *r, const struct nh_curve *c,
                   const struct nh_curve_point *p, const double *sorted, size_t sets,
                   struct nh_error *err)
{
    struct nh_reference_row *grown = nh_grow(r->rows, r->count, sizeof *grown);
    if (!grown)
        return nh_fail(err, NH_EFAIL, "out of memory");
    r->rows = grown;
    double middle = nh_median_sorted(sorted, sets);
    r->rows[r->count++] = (struct nh_reference_row){.measured = c,
                                                    .size_bytes = p->size_bytes,
                                                    .measured_ns = p->median_ns,
                                                    .ci = p->ci,
                                                    .least_ns = sorted[0],
                                                    .median_ns = middle,
                                                    .most_ns = sorted[sets - 1],
                                                    .sets = sets,
                                                    .ratio = p->median_ns / middle};
    return NH_OK;
}

static int compare_curve(struct nh_references *r, const struct nh_curve *c, double *work,
                         struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < c->point_count; i++) {
        size_t sets = published(r, c, c->points[i].size_bytes, work);
        if (sets > 0)
            rc = add_row(r, c, &c->points[i], work, sets, err);
    }
    return rc;
}

/* Published for this operation, but for another number of nodes. */
static void note_other_sizes(const struct nh_dataset *set, struct nh_references *r)
{
    for (size_t i = 0; i < set->curve_count; i++)
        for (size_t k = 0; k < r->data.curve_count; k++) {
            const struct nh_curve *ours = &set->curves[i], *theirs = &r->data.curves[k];
            if (*ours->statistic || !same_operation(ours, theirs) || ours->nodes == theirs->nodes ||
                *r->note)
                continue;
            snprintf(r->note, sizeof r->note,
                     "Only figures of as many nodes are compared: %s was measured on %ld, and "
                     "published for %ld",
                     ours->kernel, ours->nodes, theirs->nodes);
        }
}

int nh_references_compare(const struct nh_dataset *set, const struct nh_catalog *catalog,
                          struct nh_references *r, struct nh_error *err)
{
    if (r->data.source_count == 0)
        return NH_OK;
    int rc = nh_doubts_make(&r->data, catalog, NULL, &r->doubts, err);
    if (!rc)
        rc = nh_dataset_group(&r->data, err);
    if (rc)
        return rc;
    double *work = malloc((r->data.curve_count + 1) * sizeof *work);
    if (!work)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < set->curve_count; i++)
        if (!*set->curves[i].statistic)
            rc = compare_curve(r, &set->curves[i], work, err);
    free(work);
    note_other_sizes(set, r);
    return rc;
}

void nh_references_clear(struct nh_references *r)
{
    nh_doubts_clear(&r->doubts);
    nh_dataset_clear(&r->data);
    free(r->rows);
    *r = (struct nh_references){0};
}

/* ---- Showing ---- */

static void reference_row(struct nh_table *t, const struct nh_reference_row *row)
{
    char a[NH_UNIT_TEXT], b[NH_UNIT_TEXT];
    nh_table_row(t);
    nh_table_cell(t, "%s, %ld node%s", row->measured->kernel, row->measured->nodes,
                  row->measured->nodes == 1 ? "" : "s");
    nh_table_cell(t, "%s", nh_format_bytes((size_t)row->size_bytes, a));
    nh_table_cell(t, "%s", nh_format_ns(row->measured_ns, a));
    if (isfinite(row->ci.lo) && isfinite(row->ci.hi))
        nh_table_cell(t, "%s to %s", nh_format_ns(row->ci.lo, a), nh_format_ns(row->ci.hi, b));
    else
        nh_table_cell(t, "-");
    nh_table_cell(t, "%s", nh_format_ns(row->median_ns, a));
    nh_table_cell(t, "%s to %s (%zu)", nh_format_ns(row->least_ns, a),
                  nh_format_ns(row->most_ns, b), row->sets);
    nh_table_cell(t, "%.3g", row->ratio);
}

void nh_references_table(struct nh_table *t, const struct nh_references *r, size_t most)
{
    nh_table_row(t);
    nh_table_cell(t, "operation");
    nh_table_cell(t, "size");
    nh_table_cell(t, "measured");
    nh_table_cell(t, "95 %% interval");
    nh_table_cell(t, "published");
    nh_table_cell(t, "range (sets)");
    nh_table_cell(t, "ratio");
    for (size_t i = 0; i < r->count && i < most; i++)
        reference_row(t, &r->rows[i]);
}
