/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/bench.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/nvme/drive.h"
#include "bench/nvme/record.h"
#include "common/progress.h"
#include "common/rng.h"

/* One call of nh_nvme_bench at work. */
struct work {
    struct nh_nvme_bench *b;
    struct nh_guard guard;
    struct nh_progress progress;
    FILE *out;
    const char *what;   /* runs now */
    size_t done, total; /* tests of all launches */
    double began_s;     /* the first of them */
};

static bool show_progress(void *context)
{
    struct work *w = context;
    double each_s =
        w->done ? (nh_monotonic_s() - w->began_s) / (double)w->done : w->b->options->runtime_s + 1;
    double left_s = w->began_s > 0 ? each_s * (double)w->total - (nh_monotonic_s() - w->began_s)
                                   : each_s * (double)w->total;
    nh_progress_show(&w->progress, w->what, w->done, w->total, left_s > 0 ? left_s : 0);
    return true;
}

/* ---- before ---- */

static long usable_cpus(void)
{
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof set, &set) ? 0 : CPU_COUNT(&set);
    return n > 0 ? n : sysconf(_SC_NPROCESSORS_ONLN);
}

static void note(const struct nh_nvme_bench *b, const char *text)
{
    if (!b->options->quiet)
        fprintf(stderr, "nodehour nvme: %s\n", text);
}

static int prepare_raw(struct nh_nvme_bench *b, struct nh_error *err)
{
    const struct nh_nvme_options *o = b->options;
    b->raw = calloc(1, sizeof *b->raw);
    if (!b->raw)
        return nh_fail(err, NH_EFAIL, "out of memory");
    return nh_nvme_raw_tests(o, b->site, o->threads ? o->threads : usable_cpus(), b->raw, &b->tests,
                             &b->test_count, err);
}

static int prepare_files(struct nh_nvme_bench *b, struct nh_error *err)
{
    const struct nh_nvme_options *o = b->options;
    long threads = o->threads ? o->threads : usable_cpus();
    int rc = nh_nvme_tests(o, threads, &b->tests, &b->test_count, err);
    for (size_t i = 0; i < b->test_count; i++)
        if (b->tests[i].threads > b->most_threads)
            b->most_threads = b->tests[i].threads;
    if (!rc)
        rc = nh_nvme_file_bytes(o, b->scratch.free_bytes, b->most_threads, &b->bytes, err);
    if (!rc && !b->scratch.direct)
        note(b, "the file system refuses direct I/O: what is measured includes the page cache");
    b->drives = rc ? 0 : nh_drives_below(b->site, b->scratch.device);
    return rc;
}

static int prepare(struct nh_nvme_bench *b, struct nh_error *err)
{
    int rc = b->options->drives ? prepare_raw(b, err) : prepare_files(b, err);
    b->outcomes =
        rc ? NULL : calloc(b->test_count * (size_t)b->options->launches, sizeof *b->outcomes);
    return !rc && !b->outcomes ? nh_fail(err, NH_EFAIL, "out of memory") : rc;
}

/* Files are written once, in order: reads find data, and writes find their blocks allocated. */
static int fill(struct work *w, struct nh_error *err)
{
    const struct nh_nvme_bench *b = w->b;
    const struct nh_fio_job job = {.engine = b->fio.engine,
                                   .rw = "write",
                                   .block = 1 << 20,
                                   .threads = b->most_threads,
                                   .depth = 1,
                                   .direct = b->scratch.direct,
                                   .directory = b->scratch.data,
                                   .bytes = b->bytes};
    struct nh_fio_run run;
    w->what = "writing scratch files";
    int rc = nh_fio_run(&b->fio, &job, b->scratch.work, &w->guard, show_progress, w, &run, err);
    if (!rc)
        nh_fio_run_clear(&run);
    return rc;
}

/* ---- one test ---- */

static int write_record(const struct nh_nvme_options *o, const struct nh_record *r, FILE *out,
                        struct nh_error *err)
{
    int rc = o->output ? nh_record_append(o->output, r, err) : NH_OK;
    char *line = rc || !o->json ? NULL : nh_record_line(r);
    if (!rc && o->json && (!line || fputs(line, out) < 0 || fflush(out)))
        rc = nh_fail(err, NH_EFAIL, "cannot write the record");
    free(line);
    return rc;
}

static int measure(struct work *w, size_t index, long launch, struct nh_error *err)
{
    struct nh_nvme_bench *b = w->b;
    const struct nh_nvme_test *t = &b->tests[index];
    const struct nh_fio_job job = {.engine = b->fio.engine,
                                   .rw = t->rw,
                                   .block = t->block,
                                   .threads = t->threads,
                                   .depth = t->depth,
                                   .direct = b->scratch.direct,
                                   .runtime_s = b->options->runtime_s,
                                   .directory = b->raw ? NULL : b->scratch.data,
                                   .devices = t->devices,
                                   .device_count = t->device_count,
                                   .bytes = b->raw ? t->bytes : b->bytes,
                                   .window_ms = NH_NVME_WINDOW_MS};
    struct nh_cpu_look *looks = calloc(2, sizeof *looks);
    struct nh_fio_run run;
    struct nh_record r;
    if (!looks)
        return nh_fail(err, NH_EFAIL, "out of memory");
    w->what = t->name;
    nh_cpu_look(&looks[0]);
    int rc = nh_fio_run(&b->fio, &job, b->scratch.work, &w->guard, show_progress, w, &run, err);
    nh_cpu_look(&looks[1]);
    if (!rc) {
        struct nh_nvme_outcome *outcome =
            &b->outcomes[index * (size_t)b->options->launches + (size_t)launch];
        rc =
            nh_nvme_record(b, t, launch, &run, nh_cpu_load(&looks[0], &looks[1]), &r, outcome, err);
        if (!rc)
            rc = write_record(b->options, &r, w->out, err);
        nh_record_clear(&r);
        nh_fio_run_clear(&run);
    }
    free(looks);
    w->done += rc == NH_OK;
    return rc;
}

/* Another order in each launch: what one test leaves behind meets another one every time. */
static int measure_launch(struct work *w, long launch, struct nh_rng *rng, struct nh_error *err)
{
    size_t n = w->b->test_count;
    size_t *order = malloc(n * sizeof *order);
    int rc = order ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; !rc && i < n; i++)
        order[i] = i;
    if (!rc)
        nh_rng_shuffle(rng, order, n);
    for (size_t i = 0; !rc && i < n; i++)
        rc = measure(w, order[i], launch, err);
    free(order);
    return rc;
}

static int measure_all(struct work *w, struct nh_error *err)
{
    struct nh_rng rng = {(uint64_t)time(NULL)};
    int rc = w->b->raw ? NH_OK : fill(w, err);
    w->began_s = nh_monotonic_s();
    for (long i = 0; !rc && i < w->b->options->launches; i++)
        rc = measure_launch(w, i, &rng, err);
    return rc;
}

/* What was measured before the end is there, and worth a table. */
static int conclude(const struct work *w, int rc, struct nh_error *err)
{
    if (w->done && !w->b->options->json && !w->b->options->quiet) {
        struct nh_error shown = {0};
        int show = nh_nvme_show(w->b, w->out, &shown);
        if (!rc && show)
            return nh_fail(err, show, "%s", shown.text);
    }
    if (!rc)
        return NH_OK;
    nh_context(err, "%s", w->what ? w->what : "start");
    char text[sizeof err->text];
    snprintf(text, sizeof text, "%s", err ? err->text : "");
    if (rc == NH_EFAIL && w->done)
        rc = NH_EPARTIAL;
    return nh_fail(err, rc, "%.900s; %zu of %zu tests were measured%s, scratch files are removed",
                   text, w->done, w->total, w->done ? " and kept" : "");
}

int nh_nvme_bench(const struct nh_nvme_options *options, const struct nh_site *site, FILE *out,
                  struct nh_error *err)
{
    struct nh_nvme_bench b = {.options = options, .site = site};
    struct work w = {.b = &b, .out = out};
    int rc = nh_fio_find(options->engine, &b.fio, err);
    nh_guard_enter(&w.guard);
    if (!rc)
        rc = nh_scratch_open(options->directory, &b.scratch, err);
    if (!rc)
        rc = prepare(&b, err);
    if (!rc) {
        w.total = b.test_count * (size_t)options->launches;
        nh_progress_start(&w.progress, stderr, !options->quiet);
        rc = measure_all(&w, err);
        nh_progress_end(&w.progress);
    }
    nh_scratch_close(&b.scratch);
    if (w.total)
        rc = conclude(&w, rc, err);
    nh_guard_leave(&w.guard);
    free(b.raw);
    free(b.tests);
    free(b.outcomes);
    return rc;
}
