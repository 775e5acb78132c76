/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/buffers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/app/copybw.h"
#include "common/cli.h"
#include "common/units.h"

enum { LINE = 64 };

static const char *const mode_names[] = {"hot", "rotating", "flushed", NULL};

struct poptOption *nh_mpi_buffer_table(struct nh_mpi_buffer_options *o)
{
    const struct poptOption table[] = {
        {"buffers", 0, POPT_ARG_STRING, &o->mode, 0,
         "hot: one place, in cache (default); rotating: round a region beyond the cache; "
         "flushed: evicted before each sample",
         "hot|rotating|flushed"},
        {"unaligned", 0, POPT_ARG_STRING, &o->unaligned, 0,
         "begin N bytes behind a page (default 0)", "N"},
        POPT_TABLEEND};
    memcpy(o->table, table, sizeof table);
    return o->table;
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

int nh_mpi_placing_parse(const struct nh_mpi_buffer_options *o, struct nh_mpi_placing *out,
                         struct nh_error *err)
{
    int mode = NH_BUFFERS_HOT, code;
    long offset = 0;
    if (o->mode && (code = nh_choice("--buffers", o->mode, mode_names, &mode, err)))
        return code;
    if (o->unaligned &&
        (code = nh_parse_long("--unaligned", o->unaligned, 0, (long)page_size() - 1, &offset, err)))
        return code;
    *out = (struct nh_mpi_placing){(enum nh_mpi_buffer_mode)mode, (size_t)offset};
    return NH_OK;
}

void nh_mpi_placing_describe(const struct nh_mpi_placing *p, json_t *params)
{
    if (p->mode != NH_BUFFERS_HOT)
        json_object_set_new(params, "buffers", json_string(mode_names[p->mode]));
    if (p->offset)
        json_object_set_new(params, "unaligned_bytes", json_integer((json_int_t)p->offset));
}

/* ---- areas ---- */

static size_t region(const struct nh_mpi_session *s)
{
    return nh_rotation_region(nh_last_level_cache(), s->local_size);
}

size_t nh_mpi_area_bytes(const struct nh_mpi_session *s, const struct nh_mpi_placing *p,
                         size_t largest, size_t least)
{
    struct nh_rotation r = {0, least, 1, 0};
    if (p->mode == NH_BUFFERS_ROTATING)
        r = nh_rotation_plan(largest, region(s), least);
    else if (largest <= SIZE_MAX / least)
        r.bytes = largest * least;
    /* Smaller messages fill the region up to one of their places more: never more than this. */
    return r.bytes > SIZE_MAX - r.stride - p->offset ? 0 : r.bytes + r.stride + p->offset;
}

int nh_mpi_area_open(struct nh_mpi_area *a, size_t bytes, struct nh_error *err)
{
    *a = (struct nh_mpi_area){.room = bytes};
    a->memory = nh_mpi_buffer(bytes, err);
    return a->memory ? NH_OK : NH_EFAIL;
}

void nh_mpi_area_close(struct nh_mpi_area *a)
{
    free(a->memory);
    *a = (struct nh_mpi_area){0};
}

void nh_mpi_area_lay(struct nh_mpi_area *a, const struct nh_mpi_session *s,
                     const struct nh_mpi_placing *p, size_t message, size_t least)
{
    struct nh_rotation r = {message, least, 1, 0};
    if (p->mode == NH_BUFFERS_ROTATING)
        r = nh_rotation_plan(message, region(s), least);
    a->first = a->memory + p->offset;
    a->stride = r.stride;
    a->slots = r.slots;
    a->step = r.step;
    a->next = 0;
}

/* ---- eviction ---- */

size_t nh_mpi_eviction_bytes(const struct nh_mpi_session *s, const struct nh_mpi_placing *p)
{
    return p->mode == NH_BUFFERS_FLUSHED ? region(s) : 0;
}

int nh_mpi_eviction_open(struct nh_mpi_eviction *e, size_t bytes, struct nh_error *err)
{
    *e = (struct nh_mpi_eviction){NULL, bytes};
    if (bytes == 0)
        return NH_OK;
    e->memory = nh_mpi_buffer(bytes, err);
    return e->memory ? NH_OK : NH_EFAIL;
}

/* A write to every line: it must be fetched, and something else must go. */
void nh_mpi_evict(struct nh_mpi_eviction *e)
{
    volatile char *p = e->memory;
    for (size_t i = 0; i < e->bytes; i += LINE)
        p[i] = (char)(p[i] + 1);
}

void nh_mpi_eviction_close(struct nh_mpi_eviction *e)
{
    free(e->memory);
    *e = (struct nh_mpi_eviction){NULL, 0};
}
