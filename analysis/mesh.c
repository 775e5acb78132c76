/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/mesh.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/units.h"

static const double gib = 1073741824;

static const struct {
    const char *name, *help, *argument;
} options[NH_MESH_OPTIONS] = {
    {"--mesh", "predict the time of a mesh of this many cells, from the meshes measured", "CELLS"},
    {"--bytes-per-cell", "memory that a cell takes; says how few nodes hold the mesh", "BYTES"}};

void nh_mesh_option_table(struct nh_mesh_options *o, struct poptOption *table)
{
    for (size_t i = 0; i < NH_MESH_OPTIONS; i++)
        table[i] = (struct poptOption){.longName = options[i].name + 2,
                                       .argInfo = POPT_ARG_STRING,
                                       .arg = &o->value[i],
                                       .descrip = options[i].help,
                                       .argDescrip = options[i].argument};
    table[NH_MESH_OPTIONS] = (struct poptOption)POPT_TABLEEND;
}

const char *nh_mesh_option_name(size_t i)
{
    return options[i].name;
}

int nh_mesh_options_parse(const struct nh_mesh_options *o, struct nh_mesh_question *q,
                          struct nh_error *err)
{
    double *const to[NH_MESH_OPTIONS] = {&q->cells, &q->bytes_per_cell};
    int rc = NH_OK;
    *q = (struct nh_mesh_question){NAN, NAN};
    for (size_t i = 0; !rc && i < NH_MESH_OPTIONS; i++)
        if (o->value[i])
            rc = nh_parse_positive(options[i].name, o->value[i], to[i], err);
    if (!rc && o->value[1] && !o->value[0])
        rc = nh_fail(err, NH_EINPUT, "--bytes-per-cell: belongs to a mesh; give --mesh CELLS too");
    return rc;
}

/* ---- Sizes ---- */

static void add_size(struct nh_mesh_answer *a, long nodes, long cores)
{
    size_t at = a->row_count;
    if (cores <= 0 || a->row_count == NH_MESH_ROWS || (nodes > 0 && nodes < a->least.nodes))
        return;
    for (size_t i = 0; i < a->row_count; i++)
        if (a->rows[i].cores == cores)
            return;
    while (at > 0 && a->rows[at - 1].cores > cores) {
        a->rows[at] = a->rows[at - 1];
        at--;
    }
    a->rows[at] = (struct nh_mesh_row){.nodes = nodes, .cores = cores};
    a->row_count++;
}

/* Measured sizes, the least that holds the mesh, and twice the largest. */
static void choose_sizes(const struct nh_transfer *t, struct nh_mesh_answer *a)
{
    const struct nh_transfer_point *most = NULL;
    for (size_t i = 0; i < t->count; i++) {
        const struct nh_transfer_point *p = &t->points[i];
        add_size(a, (long)p->nodes, (long)p->cores);
        most = !most || p->cores > most->cores ? p : most;
    }
    if (!most)
        return;
    if (most->nodes > 0)
        add_size(a, a->least.nodes, lround((double)a->least.nodes * most->cores / most->nodes));
    add_size(a, 2 * (long)most->nodes, 2 * (long)most->cores);
}

static void predict(const struct nh_transfer *t, struct nh_mesh_answer *a)
{
    for (size_t i = 0; i < a->row_count; i++) {
        struct nh_mesh_row *row = &a->rows[i];
        const struct nh_mesh_row *first = &a->rows[0];
        nh_transfer_predict(t, a->cells, (double)row->cores, &row->time);
        row->efficiency =
            first->time.time_s * (double)first->cores / (row->time.time_s * (double)row->cores);
    }
}

static void name_it(const struct nh_scaling *first, size_t meshes, struct nh_mesh_answer *a)
{
    const struct nh_app *app = first->app;
    if (meshes > 1)
        snprintf(a->name, sizeof a->name, "%zu meshes like '%.80s'%s%.31s", meshes, app->name,
                 app->machine[0] ? " on " : "", app->machine);
    else
        snprintf(a->name, sizeof a->name, "'%.80s'%s%.31s", app->name,
                 app->machine[0] ? " on " : "", app->machine);
}

int nh_mesh_answer_make(const struct nh_scaling *const *scalings, size_t count, size_t first,
                        const struct nh_mesh_question *q, const struct nh_machine *machine,
                        struct nh_mesh_answer *out, struct nh_error *err)
{
    struct nh_transfer t;
    *out = (struct nh_mesh_answer){.cells = q->cells};
    int rc = nh_transfer_fit(scalings, count, first, &t, err);
    if (rc)
        return rc;
    out->meshes = t.meshes;
    out->mesh_miss = t.mesh_miss;
    out->refusal = t.refusal;
    out->least = nh_transfer_least_nodes(&t, q->cells, q->bytes_per_cell,
                                         machine ? machine->memory_gib * gib : NAN);
    name_it(scalings[first], t.meshes, out);
    if (!t.refusal) {
        choose_sizes(&t, out);
        predict(&t, out);
    }
    nh_transfer_clear(&t);
    return NH_OK;
}
