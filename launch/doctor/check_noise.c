/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/stats.h"
#include "common/units.h"
#include "launch/doctor/check.h"

/*
 * Fixed-work quantum: the same piece of arithmetic again and again, bound to a core; what a
 * piece takes beyond the shortest is time in which something else ran there (the method of
 * LLNL's FWQ benchmark). All cores work at once, as in a run, since noise on one of them is
 * enough: the others wait for it at the next collective operation.
 */
static const double duration_ns = 0.9e9;
static const double quantum_ns =
    2e5; /* short against a tick of 1 to 4 ms, long against the clock */
static const uint64_t seed = 88172645463325252u;
static const double tolerated = 0.02; /* share of lost time above which we warn */
enum { MOST_QUANTA = 20000, FEW_QUANTA = 500, MOST_CORES = 1024 };

struct worker {
    pthread_t thread;
    int cpu;
    uint64_t rounds;
    volatile uint64_t state;
    pthread_rwlock_t *gate; /* closed until all are there */
    double *times;          /* ns, MOST_QUANTA of them */
    double elapsed;         /* ns */
    size_t count;
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* xorshift: a chain of dependent steps that no compiler shortens and no memory delays. */
static double work(uint64_t rounds, volatile uint64_t *state)
{
    double start = now_ns();
    uint64_t x = *state; /* volatile: the work stays between the looks at the clock */
    for (uint64_t i = 0; i < rounds; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    *state = x;
    return now_ns() - start;
}

/* Rounds that take one quantum; the shortest of some tries, as noise only adds. */
static uint64_t calibrate(void)
{
    const uint64_t rounds = 20000;
    volatile uint64_t state = seed; /* in a register, the work would be left out */
    double least = work(rounds, &state);
    for (int i = 0; i < 20; i++) {
        double t = work(rounds, &state);
        least = t < least ? t : least;
    }
    return (uint64_t)((double)rounds * quantum_ns / (least > 1 ? least : 1));
}

static void *run(void *context)
{
    struct worker *w = context;
    cpu_set_t mask;
    CPU_ZERO(&mask);
    CPU_SET(w->cpu, &mask);
    (void)sched_setaffinity(0, sizeof mask, &mask);
    pthread_rwlock_rdlock(w->gate);
    pthread_rwlock_unlock(w->gate);
    double start = now_ns();
    while (w->count < MOST_QUANTA && now_ns() - start < duration_ns)
        w->times[w->count++] = work(w->rounds, &w->state);
    w->elapsed = now_ns() - start;
    return NULL;
}

/* One thread for each core of our mask: the first of its hardware threads. */
static int choose_cpus(const struct nh_site *site, int *cpus)
{
    cpu_set_t mask;
    char path[128], list[256];
    int count = 0;
    if (sched_getaffinity(0, sizeof mask, &mask))
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < MOST_CORES; cpu++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 cpu);
        if (CPU_ISSET(cpu, &mask) &&
            (!nh_site_line(site, path, list, sizeof list) || strtol(list, NULL, 10) == cpu))
            cpus[count++] = cpu;
    }
    return count;
}

struct noise {
    int cores;
    double lost_worst, lost_mean;          /* shares of time */
    double p50, p99, p999, longest, least; /* of the worst core; ns */
    int worst_cpu;
};

/* Where somebody else has the core nearly all the time, no piece of work may be undisturbed:
 * then what the calibration saw is the least. */
static double lost(const struct worker *w)
{
    double least = w->count < FEW_QUANTA && quantum_ns < w->times[0] ? quantum_ns : w->times[0];
    return w->elapsed > 0 ? 1 - least * (double)w->count / w->elapsed : 0;
}

/* The times of each worker are sorted on the way. */
static void summarise(const struct worker *workers, int count, struct noise *out)
{
    const struct worker *worst = NULL;
    *out = (struct noise){.lost_worst = -1, .cores = count};
    for (int i = 0; i < count; i++) {
        const struct worker *w = &workers[i];
        nh_sort(w->times, w->count);
        double share = lost(w);
        out->lost_mean += share / count;
        if (share > out->lost_worst) {
            out->lost_worst = share;
            worst = w;
        }
    }
    if (!worst)
        return;
    out->worst_cpu = worst->cpu;
    out->least = worst->times[0];
    out->p50 = nh_median_sorted(worst->times, worst->count);
    out->p99 = nh_percentile_sorted(worst->times, worst->count, 0.99);
    out->p999 = nh_percentile_sorted(worst->times, worst->count, 0.999);
    out->longest = worst->times[worst->count - 1];
}

/* Starts the workers and lets them go together, once all are there; how many there are. */
static int work_together(struct worker *workers, int count)
{
    pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
    int begun = 0;
    pthread_rwlock_wrlock(&gate);
    for (; begun < count; begun++) {
        workers[begun].gate = &gate;
        if (pthread_create(&workers[begun].thread, NULL, run, &workers[begun]))
            break;
    }
    pthread_rwlock_unlock(&gate);
    for (int i = 0; i < begun; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_rwlock_destroy(&gate);
    return begun;
}

static void measure(const int *cpus, int count, struct noise *out)
{
    uint64_t rounds = calibrate();
    struct worker *workers = calloc((size_t)count, sizeof *workers);
    double *times = calloc((size_t)count * MOST_QUANTA, sizeof *times);
    *out = (struct noise){0};
    for (int i = 0; workers && times && i < count; i++)
        workers[i] = (struct worker){.cpu = cpus[i],
                                     .rounds = rounds,
                                     .state = seed,
                                     .times = times + (size_t)i * MOST_QUANTA};
    if (workers && times)
        summarise(workers, work_together(workers, count), out);
    free(times);
    free(workers);
}

static void describe(const struct noise *n, struct nh_finding *f)
{
    char least[NH_UNIT_TEXT], p50[NH_UNIT_TEXT], p99[NH_UNIT_TEXT], p999[NH_UNIT_TEXT],
        longest[NH_UNIT_TEXT];
    nh_finding_where(f, "fixed work on %d core%s at once, CPU %d the worst", n->cores,
                     n->cores == 1 ? "" : "s", n->worst_cpu);
    nh_finding_value(f, "%.2f %%", 100 * n->lost_worst);
    nh_finding_what(f,
                    "%.2f %% of the time is lost on the worst core, %.2f %% on average; a piece of "
                    "work there: %s at least, p50 %s, p99 %s, p99.9 %s, %s at most",
                    100 * n->lost_worst, 100 * n->lost_mean, nh_format_ns(n->least, least),
                    nh_format_ns(n->p50, p50), nh_format_ns(n->p99, p99),
                    nh_format_ns(n->p999, p999), nh_format_ns(n->longest, longest));
}

static void look(const struct nh_site *site, struct nh_findings *found)
{
    static const struct nh_fixes fixes = {
        .host = "see who runs: top -b -n 1; stop monitoring, updates and other users' work on this "
                "node; leave a core to the system",
        .slurm =
            "ask for whole nodes (#SBATCH --exclusive); see who runs: top -b -n 1; leave a core "
            "to the system (CoreSpecCount=1)",
        .batch = "one job on an instance (VCPU = all of it); leave a core to the system"};
    int cpus[MOST_CORES];
    struct noise noise;
    if (*site->root)
        return;
    int count = choose_cpus(site, cpus);
    if (!count)
        return;
    measure(cpus, count, &noise);
    if (!noise.cores)
        return;
    struct nh_finding *f = nh_finding_add(found, "lost", NH_GRADE_OK);
    describe(&noise, f);
    if (noise.lost_worst > tolerated)
        nh_finding_bad(f, NH_GRADE_WARN,
                       "in a collective operation all ranks wait for the one that was interrupted: "
                       "noise grows with the number of ranks",
                       "%s", nh_site_fix(site, &fixes));
}

const struct nh_check nh_check_noise = {"noise", "interruptions, by fixed pieces of work", look};
