/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/engine/clocksync.h"
#include "bench/mpi/binding.h"
#include "bench/mpi/group.h"
#include "bench/mpi/launcher.h"
#include "bench/mpi/limits.h"
#include "bench/mpi/output.h"
#include "bench/mpi/proof.h"
#include "bench/mpi/simulated.h"
#include "bench/mpi/slice.h"
#include "bench/mpi/watch.h"
#include "bench/proof/apart.h"
#include "bench/proof/preflight.h"
#include "bench/record/osu.h"
#include "common/units.h"

int nh_mpi_agree(struct nh_mpi_session *s, int code, struct nh_error *err)
{
    return s->group.agree(s->group.context, code, err);
}

void *nh_mpi_buffer(size_t bytes, struct nh_error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded = (bytes + page) / page * page;
    void *p = rounded > bytes ? aligned_alloc(page, rounded) : NULL;
    if (p)
        memset(p, 0, rounded);
    else
        nh_fail(err, NH_EFAIL, "out of memory for a buffer of %zu bytes; use smaller sizes", bytes);
    return p;
}

/* ---- memory ---- */

/* What the kernel thinks can be given to programs without swapping. */
static double available_memory(void)
{
    char line[256];
    unsigned long kib = 0;
    FILE *in = fopen("/proc/meminfo", "re");
    while (in && kib == 0 && fgets(line, sizeof line, in))
        if (sscanf(line, "MemAvailable: %lu kB", &kib) != 1)
            kib = 0;
    if (in)
        fclose(in);
    if (kib)
        return (double)kib * 1024;
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

int nh_mpi_check_memory(struct nh_mpi_session *s, size_t bytes, const char *what,
                        struct nh_error *err)
{
    char need[NH_UNIT_TEXT], have[NH_UNIT_TEXT];
    double available = available_memory(), wanted = (double)bytes * s->local_size;
    int code = NH_OK;
    if (wanted > available) {
        size_t shown = wanted < 9e18 ? (size_t)wanted : (size_t)9e18;
        code =
            nh_fail(err, NH_EINPUT,
                    "%s needs %s of memory on a host that has %s available; give a smaller one",
                    what, nh_format_bytes(shown, need), nh_format_bytes((size_t)available, have));
    }
    return nh_mpi_agree(s, code, err);
}

/* ---- ranks and arguments ---- */

static void library_name(char *name)
{
    int n;
    MPI_Get_library_version(name, &n);
    name[strcspn(name, ",\n")] = '\0';
    for (char *tab = name; (tab = strchr(tab, '\t'));)
        *tab = ' ';
}

int nh_mpi_need_pair(struct nh_mpi_session *s, struct nh_error *err)
{
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    if (s->size == 2)
        return NH_OK;
    if (s->size > 2)
        return nh_fail(err, NH_EINPUT, "needs 2 ranks and has %d; start it with mpirun -n 2",
                       s->size);
    library_name(library);
    return nh_fail(err, NH_EINPUT,
                   "needs 2 ranks and has 1; start it with mpirun -n 2, and with the mpirun of "
                   "the MPI library that it was built with (%.60s)",
                   library);
}

int nh_mpi_no_arguments(int argc, char **argv, struct nh_error *err)
{
    if (argc == 0)
        return NH_OK;
    return nh_fail(err, NH_EINPUT,
                   "unexpected word '%.60s'; values go with options, as in "
                   "--sizes 8,1M; see --help",
                   argv[0]);
}

/* ---- start and end ---- */

/* Copies that do not know of each other are what a mismatched mpirun makes; each would
 * report numbers of a group of one. */
static int check_singletons(const struct nh_mpi_session *s, struct nh_error *err)
{
    static const char *const counts[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; s->size == 1 && i < sizeof counts / sizeof *counts; i++) {
        const char *count = getenv(counts[i]);
        char library[MPI_MAX_LIBRARY_VERSION_STRING];
        if (!count || atoi(count) <= 1)
            continue;
        library_name(library);
        return nh_fail(err, NH_EINPUT,
                       "mpirun started %.10s copies but each one is alone; use the mpirun of the "
                       "MPI library that this program was built with (%.60s)",
                       count, library);
    }
    return NH_OK;
}

static long count_hosts(const struct nh_mpi_session *s)
{
    long leader = s->local_rank == 0, hosts;
    MPI_Allreduce(&leader, &hosts, 1, MPI_LONG, MPI_SUM, s->comm);
    return hosts;
}

/* Costs nothing until a sync method asks for the time. */
static int open_global_clock(struct nh_mpi_session *s, bool own_clocks, struct nh_error *err)
{
    struct nh_clocksync_options options;
    nh_clocksync_options_default(&options);
    options.each_rank = own_clocks;
    s->group.global = nh_global_clock_new(&s->group, &s->clock, &options);
    return s->group.global ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

static int open_session(struct nh_mpi_session *s, const struct nh_settings *settings,
                        const char *verb, struct nh_error *err)
{
    struct nh_mpi_place place;
    MPI_Comm local;
    nh_mpi_group(&s->comm, &s->group);
    s->rank = s->group.rank;
    s->size = s->group.size;
    s->limits = settings->limits;
    s->spread_s = settings->spread_s;
    s->simulated = nh_mpi_simulated();
    int code = check_singletons(s, err);
    if (code == NH_OK && s->rank == 0)
        code = nh_output_check(settings->output, err);
    if ((code = nh_mpi_agree(s, code, err)))
        return code;
    MPI_Comm_split_type(s->comm, MPI_COMM_TYPE_SHARED, s->rank, MPI_INFO_NULL, &local);
    MPI_Comm_rank(local, &s->local_rank);
    MPI_Comm_size(local, &s->local_size);
    s->nodes = count_hosts(s);
    code = nh_mpi_agree(s, nh_mpi_bind(local, settings, &place, err), err);
    MPI_Comm_free(&local);
    if (code)
        return code;
    if (settings->inter_node && (code = nh_check_apart(&s->group, place.host, place.boot, err)))
        return code;
    if (s->simulated)
        place.oversubscribed = 0; /* simulated cores, of which this machine knows nothing */
    s->crowded = place.oversubscribed;
    if (s->crowded && !s->slice)
        s->slice = nh_mpi_slice_start();
    if (s->simulated)
        nh_mpi_simulated_clock(&s->clock);
    else
        nh_clock_monotonic(&s->clock); /* on the core that will be measured */
    code = nh_mpi_agree(s, open_global_clock(s, settings->own_clocks, err), err);
    if (code)
        return code;
    if ((code = nh_mpi_proof_open(s, settings, err)) ||
        (code = nh_mpi_watchdog_open(s, settings->timeout_s, verb, err)))
        return code;
    return nh_mpi_output_open(s, settings, verb, &place, err);
}

/* Before MPI starts, where a host that lacks something would crash it. One rank of the host
 * speaks: main shows the error of rank 0, so here the first rank of another host does. */
static int preflight(const struct nh_settings *settings, const char *verb, struct nh_error *err)
{
    struct nh_host_needs needs;
    char warning[512], host[64] = "?";
    if (!settings->preflight)
        return NH_OK;
    nh_host_needs(settings->sysfs_root ? settings->sysfs_root : "", &needs);
    int code = nh_preflight(&needs, warning, sizeof warning, err);
    gethostname(host, sizeof host - 1);
    if (code)
        nh_context(err, "host %s", host);
    if (nh_launched_local_rank() != 0)
        return code;
    if (code == NH_OK && *warning)
        fprintf(stderr, "nodehour-mpi %s: warning: host %s: %s\n", verb, host, warning);
    if (code && nh_launched_rank() != 0) {
        fprintf(stderr, "nodehour-mpi %s: %s\n", verb, err->text);
        return NH_MPI_SAID;
    }
    return code;
}

/* The body, and then whether what was required has been proven. */
static int work(struct nh_mpi_session *s, nh_mpi_body *body, void *state, struct nh_error *err)
{
    int code = nh_mpi_agree(s, body(s, state, err), err);
    if (code == NH_OK && s->rank == 0)
        code = nh_proof_end(s->proof, err);
    return nh_mpi_agree(s, code, err);
}

/* The least level by default, as MPI_Init asks for it and most programs do: higher ones cost time
 * in every call (Open MPI 4.1: 30 % of an 8-byte ping-pong for funneled). The thread of our watch
 * calls no MPI. */
static void start_mpi(struct nh_mpi_session *s, int level)
{
    static const int levels[] = {MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED,
                                 MPI_THREAD_MULTIPLE};
    int provided;
    MPI_Init_thread(NULL, NULL, levels[level], &provided);
    for (int i = 0; i < 4; i++)
        if (levels[i] == provided)
            s->thread_level = i;
}

int nh_mpi_run(struct nh_kernel_options *options, const char *verb, nh_mpi_body *body, void *state,
               struct nh_error *err)
{
    struct nh_settings settings;
    struct nh_mpi_session s = {.rank = 0};
    int code = nh_settings(options, &settings, err);
    if (code == NH_OK && settings.osu)
        code = nh_osu_check(verb, err);
    if (code)
        return code;
    if ((code = preflight(&settings, verb, err)))
        return code;
    if (nh_mpi_slice_needed())
        s.slice = nh_mpi_slice_start();
    start_mpi(&s, settings.thread_level);
    MPI_Comm_dup(MPI_COMM_WORLD, &s.comm);
    code = open_session(&s, &settings, verb, err);
    if (code == NH_OK)
        code = work(&s, body, state, err);
    nh_mpi_limits_close(&s);
    nh_mpi_watchdog_close(&s);
    nh_mpi_proof_close(&s);
    nh_mpi_output_close(&s);
    nh_global_clock_free(s.group.global);
    MPI_Comm_free(&s.comm);
    nh_mpi_finalize(s.rank, code, verb);
    nh_mpi_slice_end(s.slice);
    return code;
}

/* ---- measuring ---- */

/* Machines change their speed within seconds (docs/method.md), so the few milliseconds that an
 * interval needs show one of several states; a table of few lines takes its time. */
static struct nh_limits limits_for(const struct nh_mpi_session *s, const struct nh_kernel_ops *ops)
{
    struct nh_limits limits = s->limits;
    double share_s = s->spread_s / (double)(s->total ? s->total : 1);
    if (ops->timing == NH_TIMING_ROOT && !s->simulated)
        limits.min_time_s = fmax(limits.min_time_s, fmin(share_s, limits.max_time_s / 3));
    return limits;
}

int nh_mpi_measure(struct nh_mpi_session *s, const struct nh_kernel_ops *ops, void *state,
                   const struct nh_case *row, double *median_ns, struct nh_error *err)
{
    struct nh_series series;
    nh_mpi_output_head(s);
    nh_mpi_limits_before(s, row);
    nh_mpi_proof_before(s);
    const struct nh_limits limits = limits_for(s, ops);
    int code = nh_measure(ops, state, &s->group, &s->clock, &limits, &series, err);
    if (code == NH_OK) {
        nh_mpi_proof_after(s, nh_traffic_of(ops, state, &series));
        nh_mpi_limits_after(s);
    }
    if (code == NH_OK && ops->finish)
        code = nh_mpi_agree(s, ops->finish(state, err), err);
    if (code == NH_OK) {
        if (median_ns)
            *median_ns = series.stats.median;
        if (s->rank == 0)
            code = nh_mpi_output_write(s, ops, state, row, &series, err);
        if (code == NH_OK && s->rank == 0)
            code = nh_proof_check(s->proof, err);
        code = nh_mpi_agree(s, code, err);
    }
    nh_series_clear(&series);
    return code ? nh_context(err, "%s %s", row->column, row->label) : NH_OK;
}
