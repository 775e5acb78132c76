/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "bench/fabric/kernels.h"
#include "bench/fabric/start.h"

static const struct nh_verb *const verbs[] = {&nh_verb_fabric_pingpong, &nh_verb_fabric_bandwidth,
                                              &nh_verb_fabric_list, NULL};

static const struct nh_program program = {
    .name = "nodehour-fabric",
    .pitch = "nodehour-fabric measures libfabric without MPI: what MPI adds is the difference.",
    .verbs = verbs};

/* Under a launcher rank 0 speaks for both: what is wrong is the same on both, or they have
 * agreed on it. A launcher ends all ranks as soon as one exits with an error, which could
 * cut that line off; so only the loss of rank 0 makes the silent one end with an error. */
static int exit_code(int code, bool speaks)
{
    return speaks || code == NH_EPARTIAL ? code : NH_OK;
}

int main(int argc, char **argv)
{
    struct nh_launcher launcher;
    nh_launcher_read(&launcher);
    bool speaks = launcher.rank <= 0;
    return exit_code(nh_program_main(&program, argc, argv, speaks), speaks);
}
