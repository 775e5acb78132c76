/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SCREEN_PLACES_H
#define NH_SCREEN_PLACES_H

#include "launch/screen/screen.h"

/* Where the hosts come from; NULL: not said. */
struct nh_screen_places {
    const char *hosts;    /* a host file, or "HOST,..." */
    const char *launcher; /* "local", "ssh", "slurm"; NULL: slurm within an allocation, ssh with
                           * hosts, else local */
    const char *exclude;  /* comma-separated, or a file */
};

/** Fills hosts and how they are reached. The one host of `local` is "localhost". NH_EINPUT: no
 *  hosts, a launcher that has none. */
int nh_screen_find_hosts(const struct nh_screen_places *places, struct nh_hosts *hosts,
                         enum nh_mpi_agent *agent, struct nh_error *err);

#endif
