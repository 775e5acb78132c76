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
        cmocka_unit_test(an_unknown_machine_is_wrong_input),
        cmocka_unit_test(the_published_figures_of_aws),
        cmocka_unit_test(the_published_all_reduce_on_two_p4de),
    };
    return cmocka_run_group_tests(tests, load_catalog, free_catalog);
}
