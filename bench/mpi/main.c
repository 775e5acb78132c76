/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/kernels.h"
#include "bench/mpi/launcher.h"

static const struct nh_verb *const verbs[] = {&nh_verb_pingpong,
                                              &nh_verb_bandwidth,
                                              &nh_verb_rate,
                                              &nh_verb_rma,
                                              &nh_verb_matrix,
                                              &nh_verb_allreduce,
                                              &nh_verb_reduce,
                                              &nh_verb_reducescatter,
                                              &nh_verb_reducescatterblock,
                                              &nh_verb_bcast,
                                              &nh_verb_allgather,
                                              &nh_verb_alltoall,
                                              &nh_verb_gather,
                                              &nh_verb_scatter,
                                              &nh_verb_barrier,
                                              &nh_verb_guidelines,
                                              &nh_verb_algorithms,
                                              &nh_verb_halo,
                                              &nh_verb_limits,
                                              NULL};

static const struct nh_program program = {
    .name = "nodehour-mpi",
    .pitch = "nodehour-mpi measures MPI with honest error bars: start it by your own mpirun.",
    .verbs = verbs};

/* mpirun ends all ranks as soon as one exits with an error: the line of the rank that
 * speaks could be lost. Wrong input is the same on every rank, and after MPI has ended all
 * ranks have agreed on the error; so the speaker alone carries the exit code then, unless
 * another rank has said what only it can know. */
static int exit_code(int code, bool speaks)
{
    int ended;
    if (code == NH_MPI_SAID) /* of this host, which rank 0 knows nothing of */
        return NH_EINPUT;
    MPI_Finalized(&ended);
    return !speaks && (code == NH_EINPUT || ended) ? NH_OK : code;
}

int main(int argc, char **argv)
{
    /* One of the ranks; a program started without a launcher is its own rank 0. */
    bool speaks = nh_launched_rank() <= 0;
    return exit_code(nh_program_main(&program, argc, argv, speaks), speaks);
}
