/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/mpi/limits.h"
#include "bench/mpi/proof.h"
#include "bench/mpi/simulated.h"
#include "bench/mpi/slice.h"
#include "bench/record/output.h"
#include "common/sysinfo.h"

struct nh_mpi_output {
    char library[160];
    struct nh_output *out; /* rank 0 only */
};

static void library_line(char *buf, size_t len)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;
    MPI_Get_library_version(text, &n);
    /* "Open MPI v4.1.4, package: ..., ident: ...", "MPICH Version:\t4.0.2\n...": one short line. */
    text[strcspn(text, ",\n")] = '\0';
    for (char *p = text; *p; p++)
        if (*p == '\t')
            *p = ' ';
    snprintf(buf, len, "%.120s%s", text,
             nh_mpi_simulated() ? " (SIMULATED, nothing is measured)" : "");
}

static json_t *system_object(const struct nh_mpi_session *s)
{
    int major, minor;
    char standard[16];
    MPI_Get_version(&major, &minor);
    snprintf(standard, sizeof standard, "%d.%d", major, minor);
    json_t *system = nh_sysinfo_system("");
    json_object_set_new(system, "mpi_library", json_string(s->out->library));
    json_object_set_new(system, "mpi_standard", json_string(standard));
    json_object_set_new(system, "mpi_thread_level", json_string(nh_thread_levels[s->thread_level]));
    if (s->slice)
        json_object_set_new(system, "time_slice_us", json_integer(NH_MPI_SLICE_US));
    return system;
}

static json_t *placement_rows(const struct nh_mpi_place *places, int ranks)
{
    json_t *rows = json_array();
    for (int i = 0; i < ranks; i++)
        json_array_append_new(rows, nh_mpi_place_json(&places[i], i));
    return rows;
}

/* What this run knows of a record beside the kernel. */
static int complete(void *context, struct nh_record *r, struct nh_error *err)
{
    const struct nh_mpi_session *s = context;
    (void)err;
    if (s->simulated) {
        nh_mpi_simulated_record(r);
        return NH_OK;
    }
    if (s->floor)
        nh_distance_record(s->floor, r);
    nh_proof_record(s->proof, r);
    return NH_OK;
}

/* Rank 0. */
static int open_output(struct nh_mpi_session *s, const struct nh_settings *settings,
                       const char *verb, const struct nh_mpi_place *places, struct nh_error *err)
{
    struct nh_mpi_output *o = s->out;
    library_line(o->library, sizeof o->library);
    struct nh_output_facts facts = {.program = "nodehour-mpi",
                                    .verb = verb,
                                    .library = o->library,
                                    .ranks = s->size,
                                    .nodes = s->nodes,
                                    .clock = &s->clock,
                                    .limits = &s->limits,
                                    .placement = placement_rows(places, s->size),
                                    .system = system_object(s),
                                    .complete = complete,
                                    .context = s};
    o->out = nh_output_open(&facts, settings);
    return o->out ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

int nh_mpi_output_open(struct nh_mpi_session *s, const struct nh_settings *settings,
                       const char *verb, const struct nh_mpi_place *place, struct nh_error *err)
{
    struct nh_mpi_place *places = NULL;
    s->out = calloc(1, sizeof *s->out);
    if (s->rank == 0)
        places = calloc((size_t)s->size, sizeof *places);
    int code = s->out && (places || s->rank != 0) ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if ((code = nh_mpi_agree(s, code, err)) == NH_OK) {
        MPI_Gather(place, sizeof *place, MPI_BYTE, places, sizeof *place, MPI_BYTE, 0, s->comm);
        if (s->rank == 0)
            code = open_output(s, settings, verb, places, err);
        code = nh_mpi_agree(s, code, err);
    }
    free(places);
    return code;
}

void nh_mpi_output_close(struct nh_mpi_session *s)
{
    if (!s->out)
        return;
    nh_output_close(s->out->out);
    free(s->out);
    s->out = NULL;
}

void nh_mpi_output_head(struct nh_mpi_session *s)
{
    if (s->rank == 0)
        nh_output_head(s->out->out);
}

int nh_mpi_output_write(struct nh_mpi_session *s, const struct nh_kernel_ops *ops, void *state,
                        const struct nh_case *row, struct nh_series *series, struct nh_error *err)
{
    s->done++;
    nh_mpi_limits_note(s);
    int code = nh_output_write(s->out->out, ops, state, row, series, s->done, s->total, err);
    if (!s->simulated)
        nh_mpi_proof_note(s);
    return code;
}

void nh_mpi_note(struct nh_mpi_session *s, const char *fmt, ...)
{
    if (s->rank != 0)
        return;
    va_list args;
    va_start(args, fmt);
    nh_output_note(s->out->out, fmt, args);
    va_end(args);
}
