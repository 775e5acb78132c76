/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/limits.h"

#include "bench/mpi/output.h"

static bool two_cores(const struct nh_mpi_session *s)
{
    return s->size == 2 && s->nodes == 1 && !s->crowded && !s->simulated;
}

/* All ranks or none: one that is short of memory must not leave another one waiting. */
static bool ready(struct nh_mpi_session *s)
{
    struct nh_error err = {0};
    if (s->floor)
        return true;
    s->floor = nh_distance_open(&s->group, &s->clock, two_cores(s));
    if (nh_mpi_agree(s, s->floor ? NH_OK : NH_EFAIL, &err) == NH_OK)
        return true;
    nh_mpi_limits_close(s);
    return false;
}

void nh_mpi_limits_before(struct nh_mpi_session *s, const struct nh_case *row)
{
    if (ready(s))
        nh_distance_before(s->floor, row);
}

void nh_mpi_limits_after(struct nh_mpi_session *s)
{
    if (s->floor)
        nh_distance_after(s->floor);
}

void nh_mpi_limits_close(struct nh_mpi_session *s)
{
    nh_distance_close(s->floor);
    s->floor = NULL;
}

void nh_mpi_limits_note(struct nh_mpi_session *s)
{
    char text[96];
    if (s->floor && nh_distance_news(s->floor, text, sizeof text))
        nh_mpi_note(s, "%s", text);
}
