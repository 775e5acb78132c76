/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/fields.h"
#include "common/sysinfo.h"

static char *utc_now(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return strdup(text);
}

/* A window's sample is the time of one operation at its rate; a window without any has none. */
static int put_samples(const struct nh_nvme_test *test, const struct nh_fio_run *run,
                       struct nh_record *r, struct nh_error *err)
{
    double *x = calloc(run->rate_count + 1, sizeof *x);
    r->samples_ns = malloc((run->rate_count + 1) * sizeof *r->samples_ns);
    if (!x || !r->samples_ns) {
        free(x);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (size_t i = 0; i < run->rate_count; i++)
        if (run->rates[i] > 0)
            x[r->sample_count++] = 1e9 * (double)test->block / run->rates[i];
    if (!r->sample_count) /* too short for windows: all of it is one */
        x[r->sample_count++] = 1e9 * run->result.last_done_s / run->result.operations;
    for (size_t i = 0; i < r->sample_count; i++)
        r->samples_ns[i] = llround(x[i]);
    int rc = nh_summarise(x, r->sample_count, r->level, true, &r->stats);
    free(x);
    return rc ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}

static json_t *params_of(const struct nh_nvme_bench *b, const struct nh_nvme_test *t)
{
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:b, s:s}", "test", t->name, "rw", t->rw,
                          "size_bytes", (json_int_t)t->block, "threads",
                          (json_int_t)t->threads * (json_int_t)(b->raw ? t->device_count : 1),
                          "depth", (json_int_t)t->depth, "engine", b->fio.engine, "direct",
                          b->scratch.direct, "target", t->target);
    if (!b->raw)
        json_object_set_new(o, "file_bytes", json_integer((json_int_t)b->bytes));
    json_object_set_new(
        o, "prepared",
        json_string(b->raw ? "as found" : "written once, in order, by this command"));
    return o;
}

static json_t *latency_of(const struct nh_fio_result *f)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "min", nh_json_real(f->min_ns),
                     "mean", nh_json_real(f->mean_ns), "max", nh_json_real(f->max_ns), "p50",
                     nh_json_real(nh_fio_percentile(f, 0.5)), "p90",
                     nh_json_real(nh_fio_percentile(f, 0.9)), "p99",
                     nh_json_real(nh_fio_percentile(f, 0.99)), "p999",
                     nh_json_real(nh_fio_percentile(f, 0.999)), "p9999",
                     nh_json_real(nh_fio_percentile(f, 0.9999)));
}

static json_t *detail_of(const struct nh_fio_run *run, const struct nh_nvme_outcome *o)
{
    const struct nh_fio_result *f = &run->result;
    return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o, s:b, s:i, s:o}", "bytes",
                     (json_int_t)f->bytes, "operations", (json_int_t)f->operations, "first_done_s",
                     f->first_done_s, "last_done_s", f->last_done_s, "fio_user_s", f->user_s,
                     "fio_system_s", f->system_s, "cpu_share", nh_json_real(o->cpu.mean),
                     "busiest_cpu_share", nh_json_real(o->cpu.busiest), "steady", o->steady,
                     "window_ms", NH_NVME_WINDOW_MS, "latency_ns", latency_of(f));
}

/* Known where the files lie on instance store of a type whose drives the catalog knows. */
static json_t *limits_of(const struct nh_nvme_bench *b, const struct nh_nvme_outcome *o)
{
    const struct nh_machine *m = &b->site->machine;
    if (!b->site->known || !b->drives || !(m->nvme_gb_per_s > 0))
        return NULL;
    double limit = 1e9 * m->nvme_gb_per_s * b->drives;
    return json_pack("{s:i, s:f, s:f, s:s, s:f, s:s}", "drives", b->drives, "drive_bytes_per_s",
                     1e9 * m->nvme_gb_per_s, "drives_bytes_per_s", limit, "drives_source",
                     m->limits_source, "ratio", o->bandwidth / limit, "ratio_of",
                     "bandwidth over that of the drives");
}

static json_t *system_of(const struct nh_nvme_bench *b, const struct nh_nvme_test *t)
{
    json_t *o = nh_sysinfo_system(b->site->root);
    json_object_set_new(o, "fio", json_string(b->fio.version));
    json_object_set_new(o, "file_system", json_string(b->raw ? "raw" : b->scratch.type));
    json_object_set_new(o, "block_device", json_string(b->raw ? t->target : b->scratch.device));
    return o;
}

static json_t *placement_here(void)
{
    char host[128] = "", boot[64] = "";
    gethostname(host, sizeof host - 1);
    nh_sysinfo_boot("", boot, sizeof boot);
    return json_pack("[{s:i, s:s, s:s}]", "rank", 0, "host", host, "boot", boot);
}

static void put_texts(const struct nh_nvme_bench *b, struct nh_record *r)
{
    const char *machine = b->site->machine.name;
    r->time = utc_now();
    r->program = strdup("nodehour " NH_VERSION);
    r->kernel = strdup("nvme");
    r->metric = strdup("time_per_operation");
    r->timing = strdup("last_done");
    r->sync = strdup("none");
    r->stop_rule = strdup("time");
    r->verify = strdup("off");
    r->machine = *machine ? strdup(machine) : NULL;
}

static void put_environment(const struct nh_nvme_bench *b, const struct nh_nvme_test *t,
                            struct nh_record *r)
{
    r->clock = json_pack("{s:s, s:n, s:n}", "source", "fio", "resolution_ns", "cost_ns");
    r->placement = placement_here();
    r->transport = json_pack("{s:s, s:s, s:n}", "verdict", "unknown", "reason",
                             "no messages: a test of storage", "evidence");
    r->system = system_of(b, t);
    r->env = nh_sysinfo_env(environ);
    r->command = nh_sysinfo_command();
}

/* Slowest over fastest of devices that were read at once; NaN for one. */
static double share_least(const struct nh_fio_result *f)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < f->part_count; i++) {
        double rate = f->parts[i].bytes / f->parts[i].last_done_s;
        low = fmin(low, rate);
        high = fmax(high, rate);
    }
    return f->part_count > 1 ? low / high : NAN;
}

static void fill_outcome(const struct nh_fio_result *f, const struct nh_summary *stats,
                         struct nh_cpu_load cpu, struct nh_nvme_outcome *o)
{
    *o = (struct nh_nvme_outcome){.done = true,
                                  .steady = stats->steady && !stats->trending,
                                  .bandwidth = nh_fio_bandwidth(f),
                                  .ops_per_s = f->operations / f->last_done_s,
                                  .p50_ns = nh_fio_percentile(f, 0.5),
                                  .p99_ns = nh_fio_percentile(f, 0.99),
                                  .p999_ns = nh_fio_percentile(f, 0.999),
                                  .first_done_s = f->first_done_s,
                                  .last_done_s = f->last_done_s,
                                  .share_least = share_least(f),
                                  .drift = stats->drift,
                                  .cpu = cpu};
}

int nh_nvme_record(const struct nh_nvme_bench *b, const struct nh_nvme_test *test, long launch,
                   const struct nh_fio_run *run, struct nh_cpu_load cpu, struct nh_record *r,
                   struct nh_nvme_outcome *outcome, struct nh_error *err)
{
    nh_record_init(r);
    r->launch = launch;
    r->nodes = r->ranks = 1;
    r->first_op_ns = -1;
    r->precision_target = 0;
    r->elapsed_s = run->result.last_done_s;
    int rc = put_samples(test, run, r, err);
    if (rc)
        return rc;
    fill_outcome(&run->result, &r->stats, cpu, outcome);
    put_texts(b, r);
    put_environment(b, test, r);
    r->params = params_of(b, test);
    r->derived = json_pack("{s:f, s:f}", "bandwidth_bytes_per_s", outcome->bandwidth,
                           "operations_per_s", outcome->ops_per_s);
    r->detail = detail_of(run, outcome);
    r->limits = limits_of(b, outcome);
    return NH_OK;
}
