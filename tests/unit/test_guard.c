/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/guard.h"
#include "analysis/import/figures.h"
#include "analysis/import/imb.h"
#include "analysis/import/log_records.h"
#include "analysis/import/osu.h"

static struct nh_catalog catalog;

static int load_catalog(void **state)
{
    (void)state;
    struct nh_error err = {0};
    return nh_catalog_read("common/catalog/machines.json", "common/catalog/prices.json", &catalog,
                           &err);
}

static int free_catalog(void **state)
{
    (void)state;
    nh_catalog_clear(&catalog);
    return 0;
}

/* A log and what the guard says of it. */
struct checked {
    struct nh_log log;
    struct nh_guard guard;
};

static struct checked check(const struct nh_importer *importer, const char *text,
                            struct nh_guard_options given)
{
    struct checked c;
    struct nh_error err = {0};
    assert_ok(importer->parse("log.txt", text, strlen(text), false, &c.log, &err), err);
    assert_ok(nh_guard_check(&c.log, 1, &catalog, &given, &c.guard, &err), err);
    return c;
}

static void clear(struct checked *c)
{
    nh_guard_clear(&c->guard);
    nh_log_clear(&c->log);
}

static void assert_line(const struct checked *c, size_t i, enum nh_level level, const char *rule)
{
    assert_true(i < c->guard.count);
    const struct nh_guard_line *line = &c->guard.lines[i];
    if (line->level != level)
        fail_msg("line %ld is %s, not %s (%s)", line->line, nh_level_name(line->level),
                 nh_level_name(level), line->rule ? line->rule->name : "no rule");
    assert_string_equal(line->rule ? line->rule->name : "", rule);
}

/* One all-reduce line of nccl-tests, with a consistent time and algbw. */
static void assert_busbw(double busbw, long nodes, const char *machine, enum nh_level level,
                         const char *rule)
{
    char text[512];
    double ranks = 8.0 * (double)nodes, algbw = busbw / (2 * (ranks - 1) / ranks);
    snprintf(text, sizeof text,
             "machine,nodes,ranks,benchmark,bytes,time_us,algbw_GBs,busbw_GBs\n"
             "%s,%ld,%.0f,all_reduce_perf,1073741824,%.3f,%.4f,%.4f\n",
             machine, nodes, ranks, 1073741824 / algbw * 1e-3, algbw, busbw);
    struct checked c = check(&nh_importer_figures, text, (struct nh_guard_options){0});
    assert_line(&c, 0, level, rule);
    clear(&c);
}

/* B N (n-1) / (n (N-1)) with B = 50 GB/s: 93.75, 71.9, 64.6; everything between machines of
 * p4d and p4de, and p5 with B = 400. */
static void all_reduce_bound_between_nodes(void **state)
{
    (void)state;
    assert_busbw(93, 2, "p4d.24xlarge", NH_FINE, "");
    assert_busbw(95, 2, "p4d.24xlarge", NH_IMPOSSIBLE, "network-volume");
    assert_busbw(71, 3, "p4d.24xlarge", NH_FINE, "");
    assert_busbw(73, 3, "p4d.24xlarge", NH_IMPOSSIBLE, "network-volume");
    assert_busbw(64, 4, "p4d.24xlarge", NH_FINE, "");
    assert_busbw(66, 4, "p4d.24xlarge", NH_IMPOSSIBLE, "network-volume");
    /* the threshold of AWS's own p4d check, and what was published for two p4de and two p5 */
    assert_busbw(300, 2, "p4d.24xlarge", NH_IMPOSSIBLE, "network-volume");
    assert_busbw(78.33, 2, "p4de.24xlarge", NH_FINE, "");
    assert_busbw(487.09, 2, "p5.48xlarge", NH_FINE, "");
    assert_busbw(751, 2, "p5.48xlarge", NH_IMPOSSIBLE, "network-volume");
}

/* A100: 12 links of 25 GB/s. The switch of H100 adds, so that its busbw may pass 450. */
static void gpu_links_inside_a_node(void **state)
{
    (void)state;
    assert_busbw(230, 1, "p4d.24xlarge", NH_FINE, "");
    assert_busbw(301, 1, "p4d.24xlarge", NH_IMPOSSIBLE, "gpu-link");
    assert_busbw(483.05, 1, "p5.48xlarge", NH_FINE, "");
    assert_busbw(788, 1, "p5.48xlarge", NH_IMPOSSIBLE, "gpu-link");
}

/* The published rows: 276.03/483.05 of a Batch example that claims two p5, and
 * 259.78/487.09 of a run on two p5. */
static void rank_count_from_the_ratio(void **state)
{
    (void)state;
    struct nh_guard_options two = {.machine = "p5.48xlarge", .nodes = 2};
    struct checked c = check(&nh_importer_figures,
                             "benchmark,bytes,algbw_GBs,busbw_GBs\n"
                             "all_reduce_perf,17179869184,276.03,483.05\n"
                             "all_reduce_perf,17179869184,259.78,487.09\n"
                             "all_reduce_perf,1024,0.01,0.02\n",
                             two);
    assert_line(&c, 0, NH_IMPOSSIBLE, "rank-count");
    assert_non_null(strstr(c.guard.lines[0].why.formula, "n = 8.0"));
    assert_line(&c, 1, NH_FINE, "");
    assert_line(&c, 2, NH_FINE, ""); /* two digits cannot contradict anything */
    clear(&c);
}

/* aws-parallelcluster's expected latency "over EFA", and published latencies of c5n. */
static void latency_between_nodes(void **state)
{
    (void)state;
    static const char text[] = "# OSU MPI Latency Test v5.7.1\n"
                               "# Size          Latency (us)\n"
                               "8                       0.46\n"
                               "1048576               175.00\n"
                               "# OSU MPI Latency Test v5.6.2\n"
                               "# Size          Latency (us)\n"
                               "8                      16.11\n"
                               "4194304               335.00\n"
                               "4194304              2339.00\n";
    struct checked c = check(&nh_importer_osu, text,
                             (struct nh_guard_options){.machine = "c5n.18xlarge", .nodes = 2});
    assert_line(&c, 0, NH_IMPOSSIBLE, "inter-node-latency");
    assert_line(&c, 1, NH_IMPOSSIBLE, "same-run"); /* above 5 us, but of the same placement */
    assert_line(&c, 2, NH_SUSPICIOUS, "same-set");
    assert_line(&c, 3, NH_IMPOSSIBLE, "line-rate"); /* 4 MiB at 12.5 GB/s take 335.5 us */
    assert_line(&c, 4, NH_SUSPICIOUS, "same-set");
    clear(&c);
    c = check(&nh_importer_osu, text, (struct nh_guard_options){.machine = "c5n.18xlarge"});
    assert_line(&c, 0, NH_UNCHECKED, ""); /* nobody said that it was between nodes */
    clear(&c);
    c = check(&nh_importer_osu, text,
              (struct nh_guard_options){.machine = "c5n.18xlarge", .nodes = 1});
    assert_line(&c, 0, NH_UNCHECKED, "");
    clear(&c);
}

/* 8.2 us over 32 nodes where a hop takes 17.95: impossible by the hop of the same set; without
 * it the least of EFA, 5 us x 31/32, is all that is known. */
static void broadcast_below_one_hop(void **state)
{
    (void)state;
    static const char bcast[] = "os,mpi,machine,nodes,benchmark,bytes,time_us\n"
                                "a,ompi,c5n.18xlarge,32,osu_bcast,1,8.20\n"
                                "a,ompi,c5n.18xlarge,32,osu_bcast,8192,60.0\n"
                                "a,ompi,c5n.18xlarge,32,osu_bcast,2,4.0\n";
    char with_hop[512];
    struct checked c = check(&nh_importer_figures, bcast, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_SUSPICIOUS, "same-skew");
    assert_line(&c, 2, NH_IMPOSSIBLE, "barrier-skew");
    clear(&c);
    snprintf(with_hop, sizeof with_hop, "%sa,ompi,c5n.18xlarge,2,osu_latency,8,17.95\n", bcast);
    c = check(&nh_importer_figures, with_hop, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_IMPOSSIBLE, "barrier-skew");
    assert_line(&c, 1, NH_SUSPICIOUS, "same-skew");
    assert_line(&c, 3, NH_FINE, "");
    clear(&c);
    snprintf(with_hop, sizeof with_hop, "%sb,ompi,c5n.18xlarge,2,osu_latency,8,17.95\n", bcast);
    c = check(&nh_importer_figures, with_hop, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_SUSPICIOUS, "same-skew"); /* a hop of another set says nothing */
    clear(&c);
}

static void bandwidth_and_line_rate(void **state)
{
    (void)state;
    struct nh_guard_options two = {.machine = "c5n.18xlarge", .placement = NH_BETWEEN_NODES};
    struct checked c = check(&nh_importer_osu,
                             "# OSU MPI Bandwidth Test v7.4\n"
                             "# Size      Bandwidth (MB/s)\n"
                             "1048576             12500.00\n"
                             "1048576             12501.00\n"
                             "# OSU MPI Bi-Directional Bandwidth Test v7.4\n"
                             "# Size      Bandwidth (MB/s)\n"
                             "1048576             20000.00\n"
                             "1048576             25001.00\n",
                             two);
    assert_line(&c, 0, NH_FINE, "");
    assert_line(&c, 1, NH_IMPOSSIBLE, "line-rate");
    assert_line(&c, 2, NH_FINE, "");
    assert_line(&c, 3, NH_IMPOSSIBLE, "line-rate");
    clear(&c);
}

/* 17 to 20 GB/s two ways are below 2 x 12.5; the latency of the same set gives them away. */
static void a_set_is_judged_by_its_latency(void **state)
{
    (void)state;
    struct checked c = check(&nh_importer_figures,
                             "os,mpi,machine,nodes,benchmark,bytes,time_us,bandwidth_MBs\n"
                             "a,impi,c5n.18xlarge,2,osu_bibw,4194304,,17352.20\n"
                             "a,impi,c5n.18xlarge,2,osu_latency,8,0.49,\n"
                             "b,impi,c5n.18xlarge,2,osu_bibw,4194304,,10893.63\n"
                             "b,impi,c5n.18xlarge,2,osu_latency,8,22.30,\n",
                             (struct nh_guard_options){0});
    assert_line(&c, 0, NH_SUSPICIOUS, "same-set");
    assert_line(&c, 1, NH_IMPOSSIBLE, "inter-node-latency");
    assert_line(&c, 2, NH_FINE, "");
    assert_line(&c, 3, NH_FINE, "");
    clear(&c);
}

/* IMB prints zero bytes without sending any; 1 MiB all-reduced over two nodes needs 83.9 us. */
static void collectives_of_imb(void **state)
{
    (void)state;
    struct checked c = check(&nh_importer_imb,
                             "# Benchmarking Allreduce \n# #processes = 72 \n"
                             "       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]\n"
                             "            0         1000         0.03         0.04         0.03\n"
                             "            8         1000        41.00        47.00        44.00\n"
                             "      1048576           40        80.00        90.00        83.00\n"
                             "      1048576           40        80.00        90.00        84.00\n"
                             "      1048576           40        86.00        90.00        85.00\n",
                             (struct nh_guard_options){.machine = "c5n.18xlarge", .nodes = 2});
    assert_line(&c, 0, NH_FINE, "");
    assert_line(&c, 1, NH_FINE, "");
    assert_line(&c, 2, NH_IMPOSSIBLE, "network-volume");
    assert_line(&c, 3, NH_FINE, "");
    assert_line(&c, 4, NH_IMPOSSIBLE, "order"); /* a mean below the minimum */
    clear(&c);
}

static void claims_against_the_file(void **state)
{
    (void)state;
    static const char text[] = "machine,nodes,ranks,benchmark,bytes,time_us,algbw_GBs\n"
                               "p4d.24xlarge,1,8,all_reduce_perf,1000000,100,10\n"
                               "p4d.24xlarge,1,8,all_reduce_perf,1000000,100,20\n";
    struct checked c = check(&nh_importer_figures, text, (struct nh_guard_options){.nodes = 2});
    assert_line(&c, 0, NH_IMPOSSIBLE, "node-count");
    clear(&c);
    c = check(&nh_importer_figures, text, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_FINE, "");
    assert_line(&c, 1, NH_IMPOSSIBLE, "arithmetic"); /* 1 MB in 100 us are 10 GB/s */
    clear(&c);
}

/* P99 needs 368 samples, P90 36 (docs/method.md). */
static void percentiles_of_small_samples(void **state)
{
    (void)state;
    struct checked c = check(&nh_importer_osu,
                             "# OSU MPI Allreduce Latency Test v7.4\n"
                             "# Size        Avg Latency(us)  Iterations  P90 Tail Lat(us)"
                             "  P99 Tail Lat(us)\n"
                             "4     62.55     20    70.00   71.00\n"
                             "4     62.55    367    70.00   71.00\n"
                             "4     62.55    368    70.00   71.00\n",
                             (struct nh_guard_options){0});
    assert_line(&c, 0, NH_SUSPICIOUS, "percentile");
    assert_line(&c, 1, NH_SUSPICIOUS, "percentile");
    assert_line(&c, 2, NH_FINE, "");
    clear(&c);
}

/* ---- One-sided ---- */

/* Bounds: 5 us one way (published: c5n 16 to 22), twice where an operation is there and back;
 * 12.5 GB/s are the 100 Gbit/s of a c5n.18xlarge. */
static void one_sided_between_nodes(void **state)
{
    (void)state;
    struct nh_guard_options two = {.machine = "c5n.18xlarge", .placement = NH_BETWEEN_NODES};
    struct checked c = check(&nh_importer_osu,
                             "# OSU MPI_Put Latency Test v7.4\n"
                             "# Synchronization: MPI_Win_flush\n"
                             "# Size          Latency (us)\n"
                             "8                       9.90\n"
                             "8                      10.10\n"
                             "1048576                83.00\n"
                             "# OSU MPI_Put Latency Test v7.4\n"
                             "# Synchronization: MPI_Win_flush_local\n"
                             "# Size          Latency (us)\n"
                             "8                       0.90\n"
                             "# OSU MPI_Get latency Test v7.4\n"
                             "# Synchronization: MPI_Win_flush_local\n"
                             "# Size          Latency (us)\n"
                             "8                       9.90\n"
                             "# OSU MPI_Accumulate latency Test v7.4\n"
                             "# Synchronization: MPI_Win_post/start/complete/wait\n"
                             "# Size          Latency (us)\n"
                             "8                       4.90\n"
                             "8                       9.90\n"
                             "# OSU MPI_Get Bandwidth Test v7.4\n"
                             "# Size      Bandwidth (MB/s)\n"
                             "1048576             12500.00\n"
                             "1048576             12501.00\n"
                             "# OSU MPI_Put Bi-directional Bandwidth Test v7.4\n"
                             "# Size      Bandwidth (MB/s)\n"
                             "1048576             25000.00\n"
                             "1048576             25001.00\n",
                             two);
    assert_line(&c, 0, NH_IMPOSSIBLE, "one-sided-latency");
    assert_line(&c, 1, NH_FINE, "");
    assert_line(&c, 2, NH_IMPOSSIBLE, "line-rate"); /* 1 MiB at 12.5 GB/s takes 83.9 us */
    assert_line(&c, 3, NH_FINE, "");                /* complete at the origin alone */
    assert_line(&c, 4, NH_IMPOSSIBLE, "one-sided-latency");
    assert_line(&c, 5, NH_IMPOSSIBLE, "one-sided-latency");
    assert_line(&c, 6, NH_FINE, "");
    assert_line(&c, 7, NH_FINE, "");
    assert_line(&c, 8, NH_IMPOSSIBLE, "line-rate");
    assert_line(&c, 9, NH_FINE, "");
    assert_line(&c, 10, NH_IMPOSSIBLE, "line-rate");
    clear(&c);
}

/* ---- Our own records ---- */

struct own {
    const char *kernel, *params, *derived, *transport, *limits, *detail;
    double median_ns;
    long nodes, ranks;
};

static json_t *json_of(const char *text)
{
    json_t *value = json_loads(text ? text : "{}", 0, NULL);
    assert_non_null(value);
    return value;
}

static void make_own(const struct own *o, struct nh_record *r)
{
    nh_record_init(r);
    r->kernel = strdup(o->kernel);
    r->program = strdup("nodehour-mpi 0.1.0");
    r->metric = strdup("time_per_operation");
    r->timing = strdup("root");
    r->params = json_of(o->params);
    r->derived = json_of(o->derived);
    r->transport = json_of(o->transport);
    r->limits = json_of(o->limits);
    r->detail = json_of(o->detail);
    r->system = json_of(NULL);
    r->placement = json_loads("[{\"host\": \"a\"}, {\"host\": \"a\"}, {\"host\": \"b\"}]", 0, NULL);
    r->machine = strdup("c5n.18xlarge");
    r->nodes = o->nodes;
    r->ranks = o->ranks ? o->ranks : 2;
    r->ops_per_sample = 10;
    r->stats.median = o->median_ns;
}

static struct checked check_own(const struct own *own, size_t count, struct nh_guard_options given)
{
    struct checked c;
    struct nh_error err = {0};
    struct nh_records records = {.items = calloc(count, sizeof *records.items), .count = count};
    for (size_t i = 0; i < count; i++)
        make_own(&own[i], &records.items[i]);
    assert_ok(nh_log_from_records("own.jsonl", &records, &c.log, &err), err);
    assert_ok(nh_guard_check(&c.log, 1, &catalog, &given, &c.guard, &err), err);
    nh_records_clear(&records);
    return c;
}

#define SHM "{\"verdict\": \"shm\"}"
#define EFA "{\"verdict\": \"efa\"}"
#define HANDOVER_60 "{\"handover_ns\": 60, \"handover_before_ns\": 61, \"handover_after_ns\": 60}"
#define HANDOVER_270                                                                               \
    "{\"handover_ns\": 270, \"handover_before_ns\": 270, \"handover_after_ns\": 270}"

/* On the development machine a hand-over takes 60 or 270 ns, and a ping-pong then 200 or 450:
 * a latency of the one mode beside looks in the other is true. */
static void no_latency_below_the_hand_over(void **state)
{
    (void)state;
    static const struct own own[] = {
        {"pingpong", "{\"size_bytes\": 8}", NULL, SHM, HANDOVER_60, NULL, 200, 1, 0},
        {"pingpong", "{\"size_bytes\": 8}", NULL, SHM, HANDOVER_270, NULL, 200, 1, 0},
        {"pingpong", "{\"size_bytes\": 8}", NULL, SHM, HANDOVER_60, NULL, 9, 1, 0},
        {"rma", "{\"size_bytes\": 8, \"op\": \"put\"}", NULL, SHM, HANDOVER_60, NULL, 9, 1, 0}};
    struct checked c = check_own(own, 4, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_FINE, "");
    assert_line(&c, 1, NH_FINE, "");
    assert_line(&c, 2, NH_IMPOSSIBLE, "hand-over"); /* below 60 / 6: there are few looks */
    assert_line(&c, 3, NH_UNCHECKED, "");           /* a put waits for nobody in shared memory */
    clear(&c);
    struct own many[9];
    for (int i = 0; i < 9; i++)
        many[i] = own[0];
    many[8].median_ns = 29;
    c = check_own(many, 9, (struct nh_guard_options){0});
    assert_line(&c, 7, NH_FINE, "");
    assert_line(&c, 8, NH_IMPOSSIBLE, "hand-over"); /* below 60 / 2 */
    clear(&c);
}

/* Two copies of 10 GB/s at once, and what is three times as fast as any. */
static void no_bandwidth_beyond_copies(void **state)
{
    (void)state;
    static const char copy[] = "{\"handover_ns\": 60, \"copy_bytes_per_s\": 1e10}";
    static const struct own own[] = {
        {"bandwidth", "{\"size_bytes\": 65536}", "{\"bandwidth_bytes_per_s\": 2.9e10}", SHM, copy,
         NULL, 1, 1, 0},
        {"bandwidth", "{\"size_bytes\": 65536}", "{\"bandwidth_bytes_per_s\": 3.1e10}", SHM, copy,
         NULL, 1, 1, 0},
        {"bandwidth", "{\"size_bytes\": 65536, \"direction\": \"two\"}",
         "{\"bandwidth_bytes_per_s\": 5.9e10}", SHM, copy, NULL, 1, 1, 0},
        {"rma", "{\"size_bytes\": 65536, \"op\": \"get\", \"window\": 16}",
         "{\"bandwidth_bytes_per_s\": 3.1e10}", SHM, copy, NULL, 1, 1, 0},
        {"rma", "{\"size_bytes\": 65536, \"op\": \"accumulate\"}",
         "{\"bandwidth_bytes_per_s\": 3.1e10}", SHM, copy, NULL, 2114, 1, 0},
        {"allreduce", "{\"size_bytes\": 65536}", "{\"algorithm_bytes_per_s\": 3.1e10}", SHM, copy,
         NULL, 2114, 1, 0},
        {"bandwidth", "{\"size_bytes\": 64}", "{\"bandwidth_bytes_per_s\": 3.1e10}", SHM, copy,
         NULL, 1, 1, 0}};
    static const char *const right[] = {
        "", "copy-bandwidth", "", "copy-bandwidth", "copy-bandwidth", "copy-bandwidth", ""};
    struct checked c = check_own(own, 7, (struct nh_guard_options){0});
    for (size_t i = 0; i < 7; i++)
        assert_line(&c, i, *right[i] ? NH_IMPOSSIBLE : i == 6 ? NH_UNCHECKED : NH_FINE, right[i]);
    clear(&c);
}

/* The counters decide: no bound of a network for shared memory, and that of the cards for what
 * went through them, also between ranks of one host. */
static void the_verdict_stands_above_claims(void **state)
{
    (void)state;
    static const char fast[] = "{\"bandwidth_bytes_per_s\": 1.3e10}";
    static const struct own own[] = {
        {"pingpong", "{\"size_bytes\": 8}", NULL, SHM, NULL, NULL, 460, 1, 0},
        {"pingpong", "{\"size_bytes\": 8}", NULL, SHM, NULL, NULL, 460, 2, 0},
        {"bandwidth", "{\"size_bytes\": 65536}", fast, SHM, NULL, NULL, 5041, 1, 0},
        {"bandwidth", "{\"size_bytes\": 65536}", fast, EFA, NULL, NULL, 5041, 1, 0},
        {"bandwidth", "{\"size_bytes\": 65536}", fast, EFA, NULL, NULL, 5041, 2, 0},
        {"pingpong", "{\"size_bytes\": 8}", NULL,
         "{\"verdict\": \"tcp\", \"required\": \"efa\", \"failed\": true}", NULL, NULL, 30000, 2,
         0}};
    struct checked c = check_own(own, 6, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_UNCHECKED, "");
    assert_line(&c, 1, NH_IMPOSSIBLE, "transport"); /* two containers of one machine */
    assert_line(&c, 2, NH_UNCHECKED, "");
    assert_line(&c, 3, NH_IMPOSSIBLE, "line-rate");
    assert_line(&c, 4, NH_IMPOSSIBLE, "line-rate");
    assert_line(&c, 5, NH_IMPOSSIBLE, "required-transport");
    clear(&c);
    c = check_own(own, 1, (struct nh_guard_options){.placement = NH_BETWEEN_NODES});
    assert_line(&c, 0, NH_IMPOSSIBLE, "transport");
    clear(&c);
    c = check_own(own, 1, (struct nh_guard_options){.nodes = 2});
    assert_line(&c, 0, NH_IMPOSSIBLE, "transport");
    clear(&c);
    struct own silent = own[0];
    silent.transport = NULL;
    c = check_own(&silent, 1, (struct nh_guard_options){.placement = NH_BETWEEN_NODES});
    assert_line(&c, 0, NH_IMPOSSIBLE, "node-count");
    clear(&c);
}

/* Ranks 0 and 1 on one host, 2 on another: links inside are no network's. */
static void the_fastest_link_of_a_matrix(void **state)
{
    (void)state;
    static const struct own own[] = {
        {"matrix", "{\"size_bytes\": 8}", NULL, "{\"verdict\": \"mixed\"}", NULL,
         "{\"unit\": \"ns\", \"matrix\": [[null, 460, 17000], [470, null, 18000], [17500, 19000, "
         "null]]}",
         500000, 2, 3},
        {"matrix", "{\"size_bytes\": 8}", NULL, "{\"verdict\": \"mixed\"}", NULL,
         "{\"unit\": \"ns\", \"matrix\": [[null, 460, 17000], [470, null, 4900], [17500, 19000, "
         "null]]}",
         500000, 2, 3},
        {"matrix", "{\"size_bytes\": 1048576}", NULL, "{\"verdict\": \"mixed\"}", NULL,
         "{\"unit\": \"bytes_per_s\", \"matrix\": [[null, 3e10, 1.2e10], [3e10, null, 1e10], "
         "[1.26e10, 1e10, null]]}",
         500000, 2, 3},
        {"matrix", "{\"size_bytes\": 8}", NULL, EFA, NULL,
         "{\"unit\": \"ns\", \"between_hosts\": {\"median\": 4000, \"spread\": 1}}", 500000, 2, 72},
        {"matrix", "{\"size_bytes\": 8}", NULL, SHM, NULL,
         "{\"unit\": \"ns\", \"matrix\": [[null, 460], [470, null]]}", 500000, 1, 2}};
    static const struct {
        enum nh_level level;
        const char *rule, *variant;
    } right[] = {{NH_FINE, "", "fastest link between hosts, rank 0 to 2"},
                 {NH_IMPOSSIBLE, "inter-node-latency", "fastest link between hosts, rank 1 to 2"},
                 {NH_IMPOSSIBLE, "line-rate", "fastest link between hosts, rank 2 to 0"},
                 {NH_IMPOSSIBLE, "inter-node-latency", "median link between hosts"},
                 {NH_UNCHECKED, "", "fastest link inside a host, rank 0 to 1"}};
    for (size_t i = 0; i < 5; i++) {
        struct checked c = check_own(&own[i], 1, (struct nh_guard_options){0});
        assert_line(&c, 0, right[i].level, right[i].rule);
        assert_string_equal(c.guard.lines[0].series->variant, right[i].variant);
        clear(&c);
    }
}

/* A root that does not rotate sends on before the leaves have got anything. */
static void a_pipeline_has_no_hop(void **state)
{
    (void)state;
    static const struct own own[] = {
        {"bcast", "{\"size_bytes\": 8, \"root\": \"rotating root\"}", NULL, EFA, NULL, NULL, 2000,
         2, 0},
        {"bcast", "{\"size_bytes\": 8, \"root\": \"root 0\"}", NULL, EFA, NULL, NULL, 2000, 2, 0}};
    struct checked c = check_own(own, 2, (struct nh_guard_options){0});
    assert_line(&c, 0, NH_IMPOSSIBLE, "one-hop");
    assert_line(&c, 1, NH_FINE, ""); /* the line rate still holds */
    clear(&c);
}

static void an_unknown_machine_is_wrong_input(void **state)
{
    (void)state;
    struct nh_guard_options given = {.machine = "c5n.18xlarg"};
    struct nh_guard guard;
    struct nh_log log;
    struct nh_error err = {0};
    static const char text[] = "benchmark,bytes,time_us\nosu_latency,8,1\n";
    assert_ok(nh_importer_figures.parse("f", text, strlen(text), false, &log, &err), err);
    assert_int_equal(nh_guard_check(&log, 1, &catalog, &given, &guard, &err), NH_EINPUT);
    assert_says(&err, "--machine");
    assert_says(&err, "c5n.18xlarge");
    nh_log_clear(&log);
}

/* Every figure that AWS has checked in, by the file that is shipped. Known to be impossible:
 * Intel MPI's latency but on alinux2 of c5n (both ranks on a node), and Open MPI's broadcast
 * below one hop; nothing else may be refused. */
static void refused(const struct nh_guard *g, size_t *known, size_t *others)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct nh_log_series *s = g->lines[i].series;
        bool alinux2 = strncmp(s->origin, "alinux2,", 8) == 0;
        bool c5n = strcmp(s->machine, "c5n.18xlarge") == 0;
        bool impi = strstr(s->origin, "intelmpi") != NULL;
        bool latency = strcmp(s->program, "osu_latency") == 0 && impi && !(alinux2 && c5n);
        bool bcast = strcmp(s->program, "osu_bcast") == 0 && !impi;
        if (g->lines[i].level == NH_IMPOSSIBLE)
            ++*(latency || bcast ? known : others);
        else if (latency)
            fail_msg("line %ld of a false latency was not refused", g->lines[i].line);
    }
}

static void the_published_figures_of_aws(void **state)
{
    (void)state;
    static const char *const files[] = {
        "results/reference/aws-parallelcluster-osu/c5n.18xlarge.csv",
        "results/reference/aws-parallelcluster-osu/p5.48xlarge.csv"};
    static const struct nh_guard_options nothing = {0};
    struct nh_log logs[2];
    struct nh_guard guard;
    struct nh_error err = {0};
    size_t known = 0, others = 0;
    for (size_t i = 0; i < 2; i++)
        assert_ok(nh_log_read(files[i], nh_importer_figures.parse, false, &logs[i], &err), err);
    assert_ok(nh_guard_check(logs, 2, &catalog, &nothing, &guard, &err), err);
    refused(&guard, &known, &others);
    assert_int_equal(guard.count, 1508);
    assert_int_equal(known, 192); /* 5 x 24 latencies and 72 broadcasts */
    assert_int_equal(others, 0);
    nh_guard_clear(&guard);
    nh_log_clear(&logs[0]);
    nh_log_clear(&logs[1]);
}

static void the_published_all_reduce_on_two_p4de(void **state)
{
    (void)state;
    static const struct nh_guard_options nothing = {0};
    struct nh_log log;
    struct nh_guard guard;
    struct nh_error err = {0};
    assert_ok(nh_log_read("results/reference/nccl-2x-p4de/all_reduce.csv",
                          nh_importer_figures.parse, false, &log, &err),
              err);
    assert_ok(nh_guard_check(&log, 1, &catalog, &nothing, &guard, &err), err);
    assert_int_equal(guard.count, 58);
    assert_int_equal(guard.levels[NH_FINE], 58);
    nh_guard_clear(&guard);
    nh_log_clear(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_reduce_bound_between_nodes),
        cmocka_unit_test(gpu_links_inside_a_node),
        cmocka_unit_test(rank_count_from_the_ratio),
        cmocka_unit_test(latency_between_nodes),
        cmocka_unit_test(broadcast_below_one_hop),
        cmocka_unit_test(bandwidth_and_line_rate),
        cmocka_unit_test(a_set_is_judged_by_its_latency),
        cmocka_unit_test(collectives_of_imb),
        cmocka_unit_test(claims_against_the_file),
        cmocka_unit_test(percentiles_of_small_samples),
        cmocka_unit_test(one_sided_between_nodes),
        cmocka_unit_test(no_latency_below_the_hand_over),
        cmocka_unit_test(no_bandwidth_beyond_copies),
        cmocka_unit_test(the_verdict_stands_above_claims),
        cmocka_unit_test(the_fastest_link_of_a_matrix),
        cmocka_unit_test(a_pipeline_has_no_hop),
        cmocka_unit_test(an_unknown_machine_is_wrong_input),
        cmocka_unit_test(the_published_figures_of_aws),
        cmocka_unit_test(the_published_all_reduce_on_two_p4de),
    };
    return cmocka_run_group_tests(tests, load_catalog, free_catalog);
}
