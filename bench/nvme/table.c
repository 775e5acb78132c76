/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "analysis/report/table.h"
#include "bench/nvme/bench.h"
#include "bench/nvme/explain.h"
#include "common/units.h"

/* Over launches. */
struct over {
    size_t n, steady;
    double bandwidth, low, high, ops, p50, p99, p999, first, last, share_least, mean_cpu;
};

enum { FACTS = 8 };

static double median_of(const struct nh_nvme_outcome *o, long launches, size_t field, double *work)
{
    size_t n = 0;
    for (long i = 0; i < launches; i++) {
        const double values[FACTS] = {o[i].ops_per_s,   o[i].p50_ns,       o[i].p99_ns,
                                      o[i].p999_ns,     o[i].first_done_s, o[i].last_done_s,
                                      o[i].share_least, o[i].cpu.mean};
        if (o[i].done && isfinite(values[field]))
            work[n++] = values[field];
    }
    return n ? nh_median(work, n, work) : NAN;
}

static void pool(const struct nh_nvme_outcome *o, long launches, double *work, struct over *s)
{
    struct nh_ranks ranks;
    double *const facts[FACTS] = {&s->ops,   &s->p50,  &s->p99,         &s->p999,
                                  &s->first, &s->last, &s->share_least, &s->mean_cpu};
    *s = (struct over){.low = NAN, .high = NAN, .bandwidth = NAN};
    for (size_t i = 0; i < FACTS; i++)
        *facts[i] = median_of(o, launches, i, work);
    for (long i = 0; i < launches; i++)
        if (o[i].done) {
            work[s->n++] = o[i].bandwidth;
            s->steady += o[i].steady;
        }
    nh_sort(work, s->n);
    if (s->n)
        s->bandwidth = nh_median_sorted(work, s->n);
    if (nh_quantile_ranks(s->n, 0.5, 0.95, &ranks)) {
        s->low = work[ranks.lo - 1];
        s->high = work[ranks.hi - 1];
    }
}

static void add_head(struct nh_table *t)
{
    static const char *const head[] = {"test",          "of",        "threads", "depth", "GB/s",
                                       "95 % interval", "1000 op/s", "p50",     "p99",   "p99.9",
                                       "launches",      "steady"};
    nh_table_row(t);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        nh_table_cell(t, "%s", head[i]);
}

static void time_cell(struct nh_table *t, double ns)
{
    char text[NH_UNIT_TEXT];
    nh_table_cell(t, "%s", isfinite(ns) ? nh_format_ns(ns, text) : "-");
}

static void add_line(struct nh_table *t, const struct nh_nvme_test *test, const struct over *s)
{
    nh_table_row(t);
    nh_table_cell(t, "%s", test->name);
    nh_table_cell(t, "%s", test->target);
    nh_table_cell(t, "%ld", test->threads * (long)(test->device_count ? test->device_count : 1));
    nh_table_cell(t, "%ld", test->depth);
    nh_table_cell(t, "%.4g", s->bandwidth / 1e9);
    if (isfinite(s->low))
        nh_table_cell(t, "[%.4g, %.4g]", s->low / 1e9, s->high / 1e9);
    else
        nh_table_cell(t, "-");
    nh_table_cell(t, "%.4g", s->ops / 1e3);
    time_cell(t, s->p50);
    time_cell(t, s->p99);
    time_cell(t, s->p999);
    nh_table_cell(t, "%zu", s->n);
    nh_table_cell(t, "%zu of %zu", s->steady, s->n);
}

static void print_head(const struct nh_nvme_bench *b, FILE *out)
{
    char each[NH_UNIT_TEXT];
    if (b->raw) {
        fprintf(out, "# fio %s, %s, direct I/O; drives as found, only read\n", b->fio.version,
                b->fio.engine);
        return;
    }
    fprintf(out, "# fio %s, %s, %s; %s%s%s; %ld file%s of %s\n", b->fio.version, b->fio.engine,
            b->scratch.direct ? "direct I/O" : "THROUGH THE PAGE CACHE", b->scratch.type,
            *b->scratch.device ? " on " : "", b->scratch.device, b->most_threads,
            b->most_threads == 1 ? "" : "s", nh_format_bytes((size_t)b->bytes, each));
    if (b->site->known && b->drives && b->site->machine.nvme_gb_per_s > 0)
        fprintf(out, "# limit %.4g GB/s: %d drives of %.4g GB/s (%s)\n",
                b->drives * b->site->machine.nvme_gb_per_s, b->drives,
                b->site->machine.nvme_gb_per_s, b->site->machine.limits_source);
}

/* What a reader should not overlook: threads that ended apart, and processors at their limit. */
static void print_notes(const struct nh_nvme_test *t, const struct over *s, FILE *out)
{
    if (s->first < 0.95 * s->last)
        fprintf(out, "# %s, %s: the first thread was done after %.3g s, the last after %.3g s\n",
                t->name, t->target, s->first, s->last);
    if (s->mean_cpu > 0.9)
        fprintf(out, "# %s, %s: processors %.0f %% busy: they may be the limit, not the storage\n",
                t->name, t->target, 100 * s->mean_cpu);
    if (s->n && s->steady < s->n)
        fprintf(out,
                "# %s, %s: not steady in %zu of %zu launches (a trend of more than 2 %%, or no "
                "steady part): give a longer --time\n",
                t->name, t->target, s->n - s->steady, s->n);
}

/* The tests of raw drives, in the order in which raw.c makes them. */
static void explain(const struct nh_nvme_bench *b, const struct over *lines, FILE *out)
{
    const struct nh_raw *raw = b->raw;
    struct nh_nvme_sides s = {.array = NAN, .together = NAN, .cpu_array = NAN, .share_least = NAN};
    for (size_t i = 0; i < raw->chosen.count; i++) {
        if (!lines[i].n) /* ended before all drives were measured: nothing to compare */
            return;
        s.names[s.count] = raw->chosen.items[i]->serial;
        s.alone[s.count++] = lines[i].bandwidth;
    }
    const struct over *next = &lines[raw->chosen.count];
    s.together = next->bandwidth;
    s.share_least = next->share_least;
    s.cpu_together = next->mean_cpu;
    if (*raw->array) {
        s.array = next[1].bandwidth;
        s.cpu_array = next[1].mean_cpu;
    }
    nh_nvme_explain(&s, out);
}

int nh_nvme_show(const struct nh_nvme_bench *b, FILE *out, struct nh_error *err)
{
    struct nh_table table = {0};
    long launches = b->options->launches;
    struct over *lines = calloc(b->test_count, sizeof *lines);
    double *work = calloc((size_t)launches, sizeof *work);
    if (!lines || !work) {
        free(lines);
        free(work);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    print_head(b, out);
    add_head(&table);
    for (size_t i = 0; i < b->test_count; i++) {
        pool(&b->outcomes[i * (size_t)launches], launches, work, &lines[i]);
        if (lines[i].n)
            add_line(&table, &b->tests[i], &lines[i]);
    }
    int rc = nh_table_print(&table, out, 0, 2, "", "", err);
    for (size_t i = 0; i < b->test_count; i++)
        print_notes(&b->tests[i], &lines[i], out);
    if (b->raw)
        explain(b, lines, out);
    free(lines);
    free(work);
    return rc;
}
