/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/dataset.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/import/csv.h"
#include "analysis/import/extrap.h"
#include "analysis/import/figures.h"
#include "analysis/import/fio.h"
#include "analysis/import/gromacs.h"
#include "analysis/import/hyperfine.h"
#include "analysis/import/imb.h"
#include "analysis/import/lammps.h"
#include "analysis/import/log_records.h"
#include "analysis/import/nccl.h"
#include "analysis/import/openfoam.h"
#include "analysis/import/osu.h"
#include "analysis/import/records.h"
#include "analysis/import/reframe.h"
#include "analysis/import/runs_group.h"
#include "analysis/import/starccm.h"
#include "common/journal.h"

enum { HEAD_BYTES = 65536 };

/* Records are known by any line that is an object, so other JSON stands before them; CSV takes
 * whatever no other importer knows, so it stands last. */
const struct nh_importer *const nh_importers[] = {
    &nh_importer_osu,       &nh_importer_imb,           &nh_importer_nccl,
    &nh_importer_nccl_json, &nh_importer_fio,           &nh_importer_figures,
    &nh_importer_gromacs,   &nh_importer_lammps,        &nh_importer_openfoam,
    &nh_importer_reframe,   &nh_importer_reframe_lines, &nh_importer_hyperfine,
    &nh_importer_extrap,    &nh_importer_extrap_lines,  &nh_importer_records,
    &nh_importer_starccm,   &nh_importer_csv,           NULL};

void *nh_grow(void *items, size_t count, size_t item_size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    size_t room = count == 0 ? 1 : 2 * count;
    return room > SIZE_MAX / item_size ? NULL : realloc(items, room * item_size);
}

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory while reading timings");
}

void nh_dataset_warn(struct nh_dataset *set, const char *fmt, ...)
{
    char(*grown)[512] = nh_grow(set->warnings, set->warning_count, sizeof *grown);
    if (!grown)
        return; /* a warning less is better than a failed report */
    set->warnings = grown;
    va_list args;
    va_start(args, fmt);
    vsnprintf(set->warnings[set->warning_count++], sizeof *grown, fmt, args);
    va_end(args);
}

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

/* A size that was not given agrees with any. */
static bool same_cells(double a, double b)
{
    return a == b || isnan(a) || isnan(b);
}

static double known_cells(double a, double b)
{
    return isnan(a) ? b : a;
}

/* Rows of one case come together, so the search starts at the last application. */
static struct nh_app *find_app(struct nh_dataset *set, const struct nh_timing_key *key)
{
    for (size_t i = set->app_count; i-- > 0;) {
        struct nh_app *app = &set->apps[i];
        if (app->kind == key->kind && strcmp(app->name, key->name) == 0 &&
            strcmp(app->machine, key->machine) == 0 && strcmp(app->work, key->work) == 0)
            return app;
    }
    return NULL;
}

size_t nh_dataset_app(struct nh_dataset *set, const struct nh_timing_key *key)
{
    const struct nh_app *app = find_app(set, key);
    return app ? (size_t)(app - set->apps) : SIZE_MAX;
}

static struct nh_app *add_app(struct nh_dataset *set, const struct nh_timing_key *key)
{
    struct nh_app *grown = nh_grow(set->apps, set->app_count, sizeof *grown);
    if (!grown)
        return NULL;
    set->apps = grown;
    struct nh_app *app = &set->apps[set->app_count++];
    *app = (struct nh_app){.kind = key->kind};
    copy_text(app->name, sizeof app->name, key->name);
    copy_text(app->machine, sizeof app->machine, key->machine);
    copy_text(app->work, sizeof app->work, key->work);
    copy_text(app->origin, sizeof app->origin, key->origin);
    return app;
}

static struct nh_app_point *find_point(struct nh_app *app, const struct nh_timing_key *key)
{
    for (size_t i = app->point_count; i-- > 0;) {
        struct nh_app_point *p = &app->points[i];
        if (p->nodes == key->nodes && p->cores == key->cores && same_cells(p->cells, key->cells))
            return p;
    }
    return NULL;
}

static struct nh_app_point *add_point(struct nh_app *app, const struct nh_timing_key *key)
{
    struct nh_app_point *grown = nh_grow(app->points, app->point_count, sizeof *grown);
    if (!grown)
        return NULL;
    app->points = grown;
    struct nh_app_point *p = &app->points[app->point_count++];
    *p = (struct nh_app_point){.nodes = key->nodes, .cores = key->cores, .cells = key->cells};
    return p;
}

/* Strong scaling is one problem on more and more cores. */
static int check_cells(const struct nh_app *app, const struct nh_timing_key *key,
                       struct nh_error *err)
{
    size_t i = 0;
    while (i < app->point_count && isnan(app->points[i].cells))
        i++;
    if (app->kind == NH_WEAK || i == app->point_count ||
        same_cells(app->points[i].cells, key->cells))
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "field 'cells': case '%s' has %.15g and %.15g cells; name each mesh as its own "
                   "case, or declare weak scaling (column scaling, --weak)",
                   app->name, app->points[i].cells, key->cells);
}

static int add_row(struct nh_app_point *p, const struct nh_timing_row *row, struct nh_error *err)
{
    struct nh_timing_row *grown = nh_grow(p->rows, p->row_count, sizeof *grown);
    if (!grown)
        return no_memory(err);
    p->rows = grown;
    p->rows[p->row_count] = *row;
    if (row->launch < 0)
        p->rows[p->row_count].launch = (long)p->row_count;
    p->row_count++;
    return NH_OK;
}

int nh_dataset_add(struct nh_dataset *set, const struct nh_timing_key *key,
                   const struct nh_timing_row *row, struct nh_error *err)
{
    struct nh_app *app = find_app(set, key);
    if (!app && !(app = add_app(set, key)))
        return no_memory(err);
    int rc = check_cells(app, key, err);
    if (rc)
        return rc;
    struct nh_app_point *point = find_point(app, key);
    if (!point && !(point = add_point(app, key)))
        return no_memory(err);
    point->cells = known_cells(point->cells, key->cells);
    if (point->note[0] == '\0')
        copy_text(point->note, sizeof point->note, key->note);
    return add_row(point, row, err);
}

static int by_size(const void *left, const void *right)
{
    const struct nh_app_point *a = left, *b = right;
    if (a->cores != b->cores)
        return a->cores < b->cores ? -1 : 1;
    if (a->nodes != b->nodes)
        return a->nodes < b->nodes ? -1 : 1;
    double x = isnan(a->cells) ? 0 : a->cells, y = isnan(b->cells) ? 0 : b->cells;
    return x < y ? -1 : x > y;
}

static int join_points(struct nh_app_point *to, struct nh_app_point *from, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < from->row_count; i++)
        rc = add_row(to, &from->rows[i], err);
    if (to->note[0] == '\0')
        memcpy(to->note, from->note, sizeof to->note);
    to->cells = known_cells(to->cells, from->cells);
    free(from->rows);
    from->rows = NULL;
    from->row_count = 0;
    return rc;
}

int nh_app_tidy(struct nh_app *app, struct nh_error *err)
{
    size_t kept = 0;
    int rc = NH_OK;
    if (app->point_count == 0)
        return NH_OK;
    qsort(app->points, app->point_count, sizeof *app->points, by_size);
    for (size_t i = 1; i < app->point_count; i++) {
        struct nh_app_point *last = &app->points[kept], *next = &app->points[i];
        if (last->nodes == next->nodes && last->cores == next->cores &&
            same_cells(last->cells, next->cells)) {
            int failed = join_points(last, next, err);
            rc = rc ? rc : failed;
        } else {
            app->points[++kept] = *next;
        }
    }
    app->point_count = kept + 1;
    return rc;
}

/* Owns the data from here on. */
static struct nh_input *remember_source(struct nh_dataset *set, const char *name, char *data,
                                        size_t len)
{
    char(*grown)[512] = nh_grow(set->sources, set->source_count, sizeof *grown);
    set->sources = grown ? grown : set->sources;
    struct nh_input *inputs = nh_grow(set->inputs, set->source_count, sizeof *inputs);
    set->inputs = inputs ? inputs : set->inputs;
    if (!grown || !inputs) {
        free(data);
        return NULL;
    }
    copy_text(set->sources[set->source_count], sizeof *grown, name);
    struct nh_input *input = &set->inputs[set->source_count++];
    *input = (struct nh_input){
        .data = data, .len = len, .size = len, .importer = nh_importer_of(data, len)};
    return input;
}

int nh_input_read(const char *path, char **data, size_t *len, struct nh_error *err)
{
    if (access(path, R_OK) != 0)
        return nh_fail(err, NH_EINPUT, "%s: cannot read: %s; give a file of records or a CSV", path,
                       strerror(errno));
    return nh_file_read(path, data, len, err);
}

const struct nh_importer *nh_importer_of(const char *data, size_t len)
{
    const struct nh_importer *const *at = nh_importers;
    size_t head = len < HEAD_BYTES ? len : HEAD_BYTES;
    while (at[1] && !(*at)->recognise(data, head))
        at++;
    return *at;
}

int nh_importer_find(const char *path, const struct nh_importer **importer, struct nh_error *err)
{
    char *head = malloc(HEAD_BYTES);
    if (!head)
        return no_memory(err);
    FILE *in = fopen(path, "re");
    int rc = in ? NH_OK
                : nh_fail(err, NH_EINPUT, "%s: cannot read: %s; give a file of records or a CSV",
                          path, strerror(errno));
    if (in) {
        *importer = nh_importer_of(head, fread(head, 1, HEAD_BYTES, in));
        if (ferror(in))
            rc = nh_fail(err, NH_EINPUT,
                         "%s: cannot be read as a file; give a file of records or a CSV", path);
        fclose(in);
    }
    free(head);
    return rc;
}

int nh_dataset_add_input(struct nh_dataset *set, const char *name, char *data, size_t len,
                         bool skip_damaged, struct nh_error *err)
{
    struct nh_input *input = remember_source(set, name, data, len);
    if (!input)
        return no_memory(err);
    const struct nh_importer *importer = input->importer;
    int rc = importer->parse
                 ? nh_log_import(name, data, len, importer->parse, skip_damaged, set, err)
             : importer->runs ? importer->runs(name, data, len, &set->given, &set->runs, err)
                              : importer->read(name, data, len, skip_damaged, set, err);
    for (size_t i = 0; i < set->runs.count; i++) /* logs that a table names are not in a page */
        set->not_carried = set->not_carried || *set->runs.items[i].file;
    input->records_end = set->records.count;
    return rc;
}

/* Of what is too large for memory, and for a page, a few records are kept and the numbers of
 * the others. */
static bool is_large(const char *path, size_t *size)
{
    const struct nh_importer *importer;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= NH_FOLD_BYTES)
        return false;
    *size = (size_t)st.st_size;
    return nh_importer_find(path, &importer, NULL) == NH_OK && importer == &nh_importer_records;
}

static int read_folded(const char *path, size_t size, bool skip_damaged, struct nh_dataset *set,
                       struct nh_error *err)
{
    struct nh_input *input = remember_source(set, path, NULL, 0);
    if (!input)
        return no_memory(err);
    input->importer = &nh_importer_records;
    input->size = size;
    set->not_carried = true;
    int rc = nh_records_fold(path, skip_damaged, &set->records, &set->folded, err);
    input->records_end = set->records.count;
    return rc;
}

static int read_one(const char *path, bool skip_damaged, struct nh_dataset *set,
                    struct nh_error *err)
{
    char *data;
    size_t len;
    if (is_large(path, &len))
        return read_folded(path, len, skip_damaged, set, err);
    int rc = nh_input_read(path, &data, &len, err);
    return rc ? rc : nh_dataset_add_input(set, path, data, len, skip_damaged, err);
}

int nh_dataset_load(char *const *paths, size_t count, bool skip_damaged,
                    const struct nh_given *given, struct nh_dataset *set, struct nh_error *err)
{
    nh_dataset_start(set, given);
    int rc = NH_OK;
    for (size_t i = 0; !rc && i < count; i++)
        rc = read_one(paths[i], skip_damaged, set, err);
    if (rc)
        nh_dataset_clear(set);
    return rc;
}

void nh_dataset_start(struct nh_dataset *set, const struct nh_given *given)
{
    static const struct nh_given nothing = {.skip_steps = -1};
    *set = (struct nh_dataset){.given = given ? *given : nothing};
}

int nh_dataset_group(struct nh_dataset *set, struct nh_error *err)
{
    int rc = nh_records_group(set, err);
    if (!rc)
        rc = nh_runs_group(set, err);
    for (size_t i = 0; !rc && i < set->app_count; i++)
        rc = nh_app_tidy(&set->apps[i], err);
    if (rc)
        nh_dataset_clear(set);
    return rc;
}

int nh_dataset_read(char *const *paths, size_t count, bool skip_damaged, struct nh_dataset *set,
                    struct nh_error *err)
{
    int rc = nh_dataset_load(paths, count, skip_damaged, NULL, set, err);
    return rc ? rc : nh_dataset_group(set, err);
}

static void clear_app(struct nh_app *app)
{
    for (size_t i = 0; i < app->point_count; i++)
        free(app->points[i].rows);
    free(app->points);
}

void nh_dataset_clear(struct nh_dataset *set)
{
    for (size_t i = 0; i < set->app_count; i++)
        clear_app(&set->apps[i]);
    for (size_t i = 0; i < set->curve_count; i++)
        free(set->curves[i].points);
    free(set->apps);
    free(set->curves);
    nh_shares_clear(&set->shares);
    nh_records_clear(&set->records);
    nh_app_runs_clear(&set->runs);
    free(set->folded.items);
    nh_records_clear(&set->refused);
    free(set->sources);
    for (size_t i = 0; i < set->source_count; i++)
        free(set->inputs[i].data);
    free(set->inputs);
    free(set->warnings);
    *set = (struct nh_dataset){0};
}
