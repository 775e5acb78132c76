/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_MPI_BUFFERS_H
#define NH_MPI_BUFFERS_H

#include <popt.h>

#include "bench/mpi/session.h"
#include "bench/pt2pt/rotation.h"

/*
 * Where messages lie: in one place that stays in cache (hot), in places that follow each
 * other through a region beyond the last-level cache (rotating), or in one place that is
 * evicted before each sample (flushed). --unaligned moves them off the page boundary.
 */
enum nh_mpi_buffer_mode { NH_BUFFERS_HOT, NH_BUFFERS_ROTATING, NH_BUFFERS_FLUSHED };

struct nh_mpi_buffer_options {
    char *mode, *unaligned; /* as typed */
    struct poptOption table[3];
};

struct nh_mpi_placing {
    enum nh_mpi_buffer_mode mode;
    size_t offset; /* bytes behind a page */
};

/** Fills and returns o->table; `o` must not move afterwards. */
struct poptOption *nh_mpi_buffer_table(struct nh_mpi_buffer_options *o);

/** One line of a verb's option table that brings in --buffers and --unaligned. */
#define NH_MPI_BUFFER_OPTIONS(o)                                                                   \
    {                                                                                              \
        NULL, '\0', POPT_ARG_INCLUDE_TABLE, nh_mpi_buffer_table(o), 0, "Buffers:", NULL            \
    }

/** Needs no MPI. */
int nh_mpi_placing_parse(const struct nh_mpi_buffer_options *o, struct nh_mpi_placing *out,
                         struct nh_error *err);

/** "buffers" and "unaligned_bytes" into params, where they are not the default. */
void nh_mpi_placing_describe(const struct nh_mpi_placing *placing, json_t *params);

/* Places for the messages of one direction. */
struct nh_mpi_area {
    char *memory; /* owned; page-aligned */
    char *first;  /* the first place */
    size_t room;  /* bytes of memory */
    size_t stride, slots, step, next;
};

/** Bytes that an area takes for messages of up to `largest` bytes, `least` places of them;
 *  0 when that is beyond size_t. */
size_t nh_mpi_area_bytes(const struct nh_mpi_session *session, const struct nh_mpi_placing *placing,
                         size_t largest, size_t least);

/** Takes `bytes` (of nh_mpi_area_bytes) of memory, touched by the calling rank. */
int nh_mpi_area_open(struct nh_mpi_area *area, size_t bytes, struct nh_error *err);
void nh_mpi_area_close(struct nh_mpi_area *area);

/** Lays out places for messages of `message` bytes: `least` of them back to back, or as many
 *  as rotation takes; `message` and `least` within those of nh_mpi_area_bytes. */
void nh_mpi_area_lay(struct nh_mpi_area *area, const struct nh_mpi_session *session,
                     const struct nh_mpi_placing *placing, size_t message, size_t least);

/** The place of the next message. */
static inline char *nh_mpi_area_next(struct nh_mpi_area *area)
{
    char *place = area->first + area->next * area->stride;
    area->next += area->step;
    if (area->next >= area->slots)
        area->next -= area->slots;
    return place;
}

/* Memory that is written to push everything else out of the caches. */
struct nh_mpi_eviction {
    char *memory; /* NULL unless flushed */
    size_t bytes;
};

/** Bytes that eviction takes on each rank; 0 unless flushed. */
size_t nh_mpi_eviction_bytes(const struct nh_mpi_session *session,
                             const struct nh_mpi_placing *placing);
int nh_mpi_eviction_open(struct nh_mpi_eviction *eviction, size_t bytes, struct nh_error *err);
void nh_mpi_evict(struct nh_mpi_eviction *eviction);
void nh_mpi_eviction_close(struct nh_mpi_eviction *eviction);

#endif
