/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/record.h"
#include "common/rng.h"

/*
 * What a report of many records costs: `nodehour report` is started on 10,000, 100,000 and
 * 1,000,000 records as nodehour-mpi writes them (two ranks, 20 samples, every field), of 20
 * message sizes and 6 configurations. Promised: a million in 5 s and 300 MB, ten times the
 * records in at most 11 times the time, and a page of 10,000 records below 500 kB.
 */
enum { SIZES = 20, CONFIGURATIONS = 6, SAMPLES = 20, ROUNDS = 3, UNSURE = 77 };
static const double most_s = 5, most_ratio = 11;
static const long most_kib = 300000000 / 1024, most_page = 500000;

/* Marks in a template line that each record replaces by its own numbers. */
static const char launch_mark[] = "\"launch\":987654", median_mark[] = "\"median\":777777.5",
                  samples_mark[] = "\"samples_ns\":[]";

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- Records ---- */

static struct nh_record record_of(int configuration, int size)
{
    static const char *const kernels[] = {"pingpong", "bandwidth", "allreduce",
                                          "bcast",    "alltoall",  "pingpong"};
    struct nh_record r;
    nh_record_init(&r);
    r.time = strdup("2026-01-01T00:00:00Z");
    r.program = strdup("nodehour-mpi 0.1.0");
    r.run = strdup("20260101T000000Z-1234");
    r.job = strdup("job.n2");
    r.launch = 987654;
    r.kernel = strdup(kernels[configuration]);
    r.params = json_pack("{s:i, s:i}", "size_bytes", 1 << size, "window", configuration + 1);
    r.metric = strdup("one_way_latency");
    r.timing = strdup("root");
    r.sync = strdup("none");
    r.nodes = r.ranks = 2;
    r.ops_per_sample = 512;
    r.first_op_ns = 897;
    r.stats = (struct nh_summary){.n = SAMPLES,
                                  .min = 125.595703125,
                                  .max = 219711.171875,
                                  .mean = 2098.11060741,
                                  .median = 777777.5,
                                  .mad = 7.01628867187,
                                  .ci = {130.9375, 134.33984375, 0.961306969203},
                                  .p90 = NAN,
                                  .p95 = NAN,
                                  .p99 = NAN,
                                  .rho1 = 0.274074074074,
                                  .n_eff = 12.4406976744,
                                  .steady = true};
    r.stop_rule = strdup("precision");
    r.precision_target = 0.02;
    r.elapsed_s = 0.582155274;
    r.verify = strdup("passed");
    r.derived = json_pack("{s:f}", "bandwidth_bytes_per_s", 60128301.1113);
    r.limits = json_pack("{s:f, s:f, s:f, s:n, s:i, s:f, s:f, s:s}", "handover_ns", 93.1875,
                         "handover_before_ns", 160.078125, "handover_after_ns", 27.578125,
                         "handover_modes", "copy_bytes", 1 << size, "copy_bytes_per_s",
                         2956714761.38, "ratio", 1.42775402414, "ratio_of", "time over hand-over");
    r.clock = json_pack("{s:s, s:f, s:f}", "source", "CLOCK_MONOTONIC_RAW", "resolution_ns", 20.0,
                        "cost_ns", 24.34);
    r.placement = json_pack("[{s:i, s:s, s:s, s:s, s:i}, {s:i, s:s, s:s, s:s, s:i}]", "rank", 0,
                            "host", "node-0", "cpus", "0", "binding", "core", "numa", 0, "rank", 1,
                            "host", "node-1", "cpus", "0", "binding", "core", "numa", 0);
    r.transport =
        json_pack("{s:s, s:s, s:s, s:{s:f, s:f, s:f, s:[{s:s, s:I, s:I}], s:f}, s:n}", "verdict",
                  "efa", "reason", "the devices counted the bytes", "basis", "counted", "evidence",
                  "modelled_bytes", 1605664.0, "operations", 200708.0, "elapsed_s", 0.582177056,
                  "efa", "device", "rdmap0s6", "tx_bytes", (json_int_t)1700000, "rx_bytes",
                  (json_int_t)1700000, "tcp_share", 0.0, "nic_balance");
    r.machine = strdup("hpc6a.48xlarge");
    r.system =
        json_pack("{s:s, s:s, s:s, s:i, s:s}", "cpu", "AMD EPYC 7R13", "kernel", "6.1.0-aws",
                  "memory", "402653184 kB", "cpus_online", 96, "mpi_library", "Open MPI v4.1.6");
    r.env = json_pack("{s:s}", "FI_PROVIDER", "efa");
    r.command =
        json_pack("[s, s, s, s]", "nodehour-mpi", kernels[configuration], "--sizes", "1-512K");
    return r;
}

/* The pieces of a line around its marks. */
struct template
{
    char *line, *after_launch, *after_median, *after_samples;
};

static char *cut_at(char *line, const char *mark)
{
    char *at = strstr(line, mark);
    if (!at)
        die("a record without its mark");
    *at = '\0';
    return at + strlen(mark);
}

static struct template template_of(int configuration, int size)
{
    struct nh_record r = record_of(configuration, size);
    struct template t = {.line = nh_record_line(&r)};
    if (!t.line)
        die("record");
    t.after_launch = cut_at(t.line, launch_mark);
    t.after_median = cut_at(t.after_launch, median_mark);
    t.after_samples = cut_at(t.after_median, samples_mark);
    nh_record_clear(&r);
    return t;
}

static void write_records(FILE *out, size_t n)
{
    struct template templates[CONFIGURATIONS][SIZES];
    struct nh_rng rng = {1};
    for (int c = 0; c < CONFIGURATIONS; c++)
        for (int s = 0; s < SIZES; s++)
            templates[c][s] = template_of(c, s);
    for (size_t i = 0; i < n; i++) {
        const struct template *t = &templates[i / SIZES % CONFIGURATIONS][i % SIZES];
        unsigned base = (unsigned)(100000 + nh_rng_below(&rng, 10000));
        fprintf(out, "%s\"launch\":%zu%s\"median\":%u.5%s\"samples_ns\":[%u", t->line,
                i / (size_t)(SIZES * CONFIGURATIONS), t->after_launch, base, t->after_median, base);
        for (int k = 1; k < SAMPLES; k++)
            fprintf(out, ",%u", base + (unsigned)k * 37 % 501);
        fprintf(out, "]%s", t->after_samples);
    }
    for (int c = 0; c < CONFIGURATIONS; c++)
        for (int s = 0; s < SIZES; s++)
            free(templates[c][s].line);
}

/* ---- Reports ---- */

struct cost {
    double seconds, cpu_s; /* of wall and of processors */
    long kib;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Whatever mpirun bound this process to, a report is free to use the machine. */
static void start_report(char *program, char *records, char *page)
{
    cpu_set_t all;
    memset(&all, 0xff, sizeof all);
    sched_setaffinity(0, sizeof all, &all);
    int null = open("/dev/null", O_WRONLY);
    char verb[] = "report", option[] = "-o";
    char *const words[] = {program, verb, records, option, page, NULL};
    if (null >= 0)
        dup2(null, STDOUT_FILENO);
    execv(program, words);
    _exit(127);
}

static struct cost report(char *program, char *records, char *page)
{
    struct rusage usage;
    int status = 0;
    double start = now_s();
    pid_t child = fork();
    if (child == 0)
        start_report(program, records, page);
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        die("nodehour report");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s report failed\n", program);
        exit(1);
    }
    return (struct cost){now_s() - start, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
                         usage.ru_maxrss};
}

static struct cost best_of(char *program, char *records, char *page)
{
    struct cost best = report(program, records, page);
    for (int i = 1; i < ROUNDS; i++) {
        struct cost next = report(program, records, page);
        best.seconds = fmin(best.seconds, next.seconds);
        best.cpu_s = fmin(best.cpu_s, next.cpu_s);
        best.kib = next.kib > best.kib ? next.kib : best.kib;
    }
    return best;
}

struct files {
    char folder[64], records[96], page[96];
};

static void make_records(const struct files *f, size_t n)
{
    FILE *out = fopen(f->records, "w");
    if (!out)
        die(f->records);
    write_records(out, n);
    if (fclose(out))
        die(f->records);
}

static void remove_files(const struct files *f)
{
    unlink(f->records);
    unlink(f->page);
    rmdir(f->folder);
}

/* bench/records_speed -> bin/nodehour, of the same build. */
static void find_program(char *buf, size_t size)
{
    char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        die("/proc/self/exe");
    self[n] = '\0';
    for (int i = 0; i < 2; i++)
        *strrchr(self, '/') = '\0';
    snprintf(buf, size, "%s/bin/nodehour", self);
}

static bool is_second_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    rank = rank ? rank : getenv("PMI_RANK");
    return rank && strcmp(rank, "0") != 0;
}

/* A bound in time that was missed although the processors were at work for less is missed by
 * other programs: then nothing can be said. */
enum verdict { KEPT, MISSED, DISTURBED };

static enum verdict judge(double wall, double cpu, double most, const char *text)
{
    enum verdict v = wall <= most ? KEPT : cpu <= most ? DISTURBED : MISSED;
    printf("%s%s\n", v == KEPT ? "" : v == MISSED ? "MISSED: " : "disturbed: ", text);
    return v;
}

static enum verdict judge_all(const struct cost *costs, long page)
{
    const struct cost *small = &costs[1], *large = &costs[2];
    char text[3][160];
    snprintf(text[0], sizeof text[0],
             "ratio of times, 1,000,000 over 100,000 records: %.2f (at most %.0f)",
             large->seconds / small->seconds, most_ratio);
    snprintf(text[1], sizeof text[1],
             "a million by %.2f s, %.2f s of processors, and %ld MB (at most %.0f s, 300 MB)",
             large->seconds, large->cpu_s, large->kib / 1000, most_s);
    snprintf(text[2], sizeof text[2], "page of 10,000 records by %ld bytes (at most %ld)", page,
             most_page);
    const double fits = large->kib <= most_kib ? 0 : INFINITY;
    const enum verdict all[] = {
        judge(large->seconds / small->seconds, large->cpu_s / small->cpu_s, most_ratio, text[0]),
        judge(large->seconds + fits, large->cpu_s + fits, most_s, text[1]),
        judge((double)page, (double)page, (double)most_page, text[2])};
    enum verdict worst = KEPT;
    for (int i = 0; i < 3; i++)
        if (all[i] == MISSED || worst == KEPT)
            worst = all[i];
    return worst;
}

static long measure(char *program, const struct files *f, struct cost *costs)
{
    static const size_t counts[] = {10000, 100000, 1000000};
    char records[96], page[96];
    long bytes = 0;
    memcpy(records, f->records, sizeof records);
    memcpy(page, f->page, sizeof page);
    for (int i = 0; i < 3; i++) {
        struct stat st = {0};
        make_records(f, counts[i]);
        costs[i] = best_of(program, records, page);
        stat(records, &st);
        printf("%8zu records, %6.1f MB, by nodehour report: %6.2f s, %4ld MB\n", counts[i],
               (double)st.st_size * 1e-6, costs[i].seconds, costs[i].kib / 1000);
        if (i == 0 && stat(page, &st) == 0)
            bytes = (long)st.st_size;
    }
    return bytes;
}

int main(void)
{
    char program[600];
    struct files f = {.folder = "/tmp/nodehour-records-XXXXXX"};
    struct statvfs space;
    struct cost costs[3];
    if (is_second_rank())
        return 0;
    find_program(program, sizeof program);
    if (statvfs("/tmp", &space) == 0 && (double)space.f_bavail * (double)space.f_frsize < 4e9) {
        printf("less than 4 GB free in /tmp\n");
        return UNSURE;
    }
    if (!mkdtemp(f.folder))
        die(f.folder);
    snprintf(f.records, sizeof f.records, "%s/records.jsonl", f.folder);
    snprintf(f.page, sizeof f.page, "%s/report.html", f.folder);
    long page = measure(program, &f, costs);
    enum verdict v = judge_all(costs, page);
    remove_files(&f);
    return v == KEPT ? 0 : v == MISSED ? 1 : UNSURE;
}
