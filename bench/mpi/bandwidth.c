/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <string.h>

#include "bench/mpi/kernels.h"
#include "bench/mpi/window.h"
#include "common/units.h"

/* Two verbs over windows of messages: bandwidth between two ranks, and the rate that several
 * pairs reach together. */
enum { DEFAULT_WINDOW = 64 };

struct verb_state {
    struct nh_kernel_options common;
    struct nh_mpi_sweep_options sweep_options;
    struct nh_mpi_buffer_options buffer_options;
    char *sizes_text, *window_text, *direction_text, *pairs_text;
    int persistent;
    long window, pairs; /* pairs 0: all ranks */
    bool two_way, several;
    struct nh_mpi_sweep sweep;
    struct nh_mpi_placing placing;
    struct poptOption table[9];
};

static const struct poptOption *options(void *state)
{
    struct verb_state *v = state;
    const struct poptOption none = POPT_TABLEEND;
    const struct poptOption pairs = {"pairs",
                                     'p',
                                     POPT_ARG_STRING,
                                     &v->pairs_text,
                                     0,
                                     "ranks 0..N-1 to ranks N..2N-1 (default: half of the ranks)",
                                     "N"};
    const char *sizes = v->several ? "message sizes, 8,1K,3M or a doubling range (default 1-64K)"
                                   : "message sizes, 8,1K,3M or a doubling range (default 1-4M)";
    const struct poptOption table[] = {
        NH_SIZES_OPTION(&v->sizes_text, sizes),
        {"window", 'w', POPT_ARG_STRING, &v->window_text, 0, "messages in flight (default 64)",
         "N"},
        {"direction", 0, POPT_ARG_STRING, &v->direction_text, 0,
         "one: first to second rank of a pair (default); two: both at once, summed", "one|two"},
        {"persistent", 0, POPT_ARG_NONE, &v->persistent, 0,
         "persistent requests (MPI_Send_init) instead of MPI_Isend", NULL},
        NH_MPI_SWEEP_OPTIONS(&v->sweep_options),
        NH_MPI_BUFFER_OPTIONS(&v->buffer_options),
        NH_COMMON_OPTIONS(&v->common),
        v->several ? pairs : none,
        POPT_TABLEEND};
    memcpy(v->table, table, sizeof table);
    return v->table;
}

static int body(struct nh_mpi_session *s, void *state, struct nh_error *err)
{
    struct verb_state *v = state;
    struct nh_mpi_window w = {.name = v->several ? "rate" : "bandwidth",
                              .comm = s->comm,
                              .many = v->several,
                              .two_way = v->two_way,
                              .persistent = v->persistent,
                              .window = (int)v->window,
                              .placing = v->placing,
                              .no_status = MPI_STATUSES_IGNORE,
                              .sweep = &v->sweep};
    long pairs = v->pairs ? v->pairs : s->size / 2;
    int code = nh_mpi_pairs_form(s, v->several ? pairs : 0, &w.pairs, err);
    return code ? code : nh_mpi_window_run(s, &w, err);
}

static int parse_window(struct verb_state *v, struct nh_error *err)
{
    static const char *const directions[] = {"one", "two", NULL};
    int direction = 0, code;
    v->window = DEFAULT_WINDOW;
    if (v->window_text &&
        (code = nh_parse_long("--window", v->window_text, 1, 65536, &v->window, err)))
        return code;
    if (v->pairs_text &&
        (code = nh_parse_long("--pairs", v->pairs_text, 1, INT_MAX / 2, &v->pairs, err)))
        return code;
    if (v->direction_text &&
        (code = nh_choice("--direction", v->direction_text, directions, &direction, err)))
        return code;
    v->two_way = direction == 1;
    return NH_OK;
}

static int parse(struct verb_state *v, struct nh_error *err)
{
    const char *sizes = v->several ? "1-64K" : "1-4M";
    int code = parse_window(v, err);
    if (code == NH_OK)
        code = nh_mpi_placing_parse(&v->buffer_options, &v->placing, err);
    if (code == NH_OK && v->persistent && v->placing.mode == NH_BUFFERS_ROTATING)
        code = nh_fail(err, NH_EINPUT,
                       "--persistent: a persistent request keeps to one place; leave out "
                       "--buffers rotating");
    if (code)
        return code;
    return nh_mpi_sweep_parse(&v->sweep_options, v->sizes_text ? v->sizes_text : sizes, 1, "byte",
                              1, &v->sweep, err);
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct verb_state *v = state;
    int code = nh_mpi_no_arguments(argc, argv, err);
    if (code == NH_OK)
        code = parse(v, err);
    if (code == NH_OK)
        code = nh_mpi_run(&v->common, v->several ? "rate" : "bandwidth", body, v, err);
    nh_mpi_sweep_clear(&v->sweep);
    return code;
}

const struct nh_verb nh_verb_bandwidth = {
    .name = "bandwidth",
    .summary = "Bandwidth and message rate between two ranks, a window of messages in flight",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 2 nodehour-mpi bandwidth\n"
                "  mpirun -n 2 nodehour-mpi bandwidth --direction two --sizes 64K-4M\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .run = run};

const struct nh_verb nh_verb_rate = {
    .name = "rate",
    .summary = "Message rate and bandwidth of several pairs of ranks together",
    .arguments = "[OPTION...]",
    .examples = "  mpirun -n 8 nodehour-mpi rate --sizes 8\n"
                "  mpirun -n 72 nodehour-mpi rate --pairs 36 --window 32 -o rate.jsonl\n",
    .options = options,
    .state_size = sizeof(struct verb_state),
    .initial = &(const struct verb_state){.several = true},
    .run = run};
