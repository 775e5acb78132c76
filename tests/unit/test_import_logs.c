/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/figures.h"
#include "analysis/import/fio.h"
#include "analysis/import/imb.h"
#include "analysis/import/log_records.h"
#include "analysis/import/nccl.h"
#include "analysis/import/osu.h"

static struct nh_log parsed(const struct nh_importer *importer, const char *text)
{
    struct nh_log log;
    struct nh_error err = {0};
    assert_true(importer->recognise(text, strlen(text)));
    assert_ok(importer->parse("log.txt", text, strlen(text), false, &log, &err), err);
    return log;
}

/* The error of a damaged text; the same text must be readable without the damage. */
static void refused(const struct nh_importer *importer, const char *text, const char *says)
{
    struct nh_log log;
    struct nh_error err = {0};
    assert_int_equal(importer->parse("log.txt", text, strlen(text), false, &log, &err), NH_EINPUT);
    assert_says(&err, says);
    nh_log_clear(&log);
}

static void assert_value(const struct nh_log_row *row, enum nh_log_value what, double expected)
{
    if (!(fabs(row->value[what] - expected) <= 1e-9 * fabs(expected)))
        fail_msg("value %d of line %ld is %.12g, not %.12g", what, row->line, row->value[what],
                 expected);
}

/* ---- OSU ---- */

static void osu_latency_of_both_generations(void **state)
{
    (void)state;
    struct nh_log log = parsed(&nh_importer_osu, "# OSU MPI Latency Test v5.7.1\n"
                                                 "# Size          Latency (us)\n"
                                                 "0                       1.23\n"
                                                 "8                      16.11\n"
                                                 "\n"
                                                 "# OSU MPI-CUDA Latency Test v7.4\n"
                                                 "# Datatype: MPI_CHAR.\n"
                                                 "# Size       Avg Latency(us)\n"
                                                 "1                       0.21\n");
    assert_int_equal(log.series_count, 2);
    const struct nh_log_series *s = &log.series[0];
    assert_string_equal(s->program, "osu_latency");
    assert_string_equal(s->version, "5.7.1");
    assert_string_equal(s->op->kernel, "pingpong");
    assert_string_equal(s->statistic, "mean over iterations");
    assert_int_equal(s->ranks, 2);
    assert_int_equal(s->nodes, 0);
    assert_int_equal(s->row_count, 2);
    assert_int_equal(s->rows[1].line, 4);
    assert_true(s->rows[1].bytes == 8);
    assert_value(&s->rows[1], NH_LOG_TIME, 16110);
    assert_true(fabs(s->rows[1].step[NH_LOG_TIME] - 5) < 1e-9);
    assert_true(isnan(s->rows[1].value[NH_LOG_RATE]));
    assert_string_equal(log.series[1].version, "7.4");
    assert_value(&log.series[1].rows[0], NH_LOG_TIME, 210);
    nh_log_clear(&log);
}

static void osu_collective_with_all_columns(void **state)
{
    (void)state;
    struct nh_log log =
        parsed(&nh_importer_osu,
               "warning of a launcher\n"
               "# OSU MPI Allreduce Latency Test v7.4\n"
               "# Size        Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations"
               "        Validation  P99 Tail Lat(us)\n"
               "4                       62.55             48.10             71.20          20"
               "              Fail             71.00\n");
    const struct nh_log_series *s = &log.series[0];
    assert_string_equal(s->program, "osu_allreduce");
    assert_string_equal(s->statistic, "mean over ranks and iterations");
    assert_true(s->over_ranks);
    assert_int_equal(s->ranks, 0);
    assert_value(&s->rows[0], NH_LOG_MIN, 48100);
    assert_value(&s->rows[0], NH_LOG_MAX, 71200);
    assert_value(&s->rows[0], NH_LOG_REPEATS, 20);
    assert_value(&s->rows[0], NH_LOG_P99, 71000);
    assert_value(&s->rows[0], NH_LOG_WRONG, 1);
    nh_log_clear(&log);
}

static void osu_rates_barrier_and_non_blocking(void **state)
{
    (void)state;
    struct nh_log log = parsed(
        &nh_importer_osu,
        "# OSU MPI Multiple Bandwidth / Message Rate Test v7.4\n"
        "# [ pairs: 36 ] [ window size: 64 ]\n"
        "# Size                  MB/s        Messages/s\n"
        "4096                11600.00        2832031.25\n"
        "# OSU MPI Barrier Latency Test v7.4\n"
        "# Avg Latency(us)\n"
        "            30.25\n"
        "# OSU MPI Non-Blocking Allreduce Latency Test v7.4\n"
        "# Overall = Coll. Init + Compute + MPI_Test + MPI_Wait\n"
        "\n"
        "# Size           Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)\n"
        "4                     130.00             66.00             65.00              2.50\n");
    assert_int_equal(log.series_count, 3);
    assert_int_equal(log.series[0].pairs, 36);
    assert_int_equal(log.series[0].ranks, 72);
    assert_value(&log.series[0].rows[0], NH_LOG_RATE, 11.6e9);
    assert_value(&log.series[0].rows[0], NH_LOG_MESSAGES, 2832031.25);
    assert_true(isnan(log.series[1].rows[0].bytes));
    assert_value(&log.series[1].rows[0], NH_LOG_TIME, 30250);
    assert_string_equal(log.series[2].variant, "non-blocking");
    assert_value(&log.series[2].rows[0], NH_LOG_TIME, 65000); /* not the one with computing */
    nh_log_clear(&log);
}

/* As printed by osu_put_latency, osu_acc_latency, osu_get_bw and osu_put_bibw of version 7.4:
 * the function stands in place of "MPI", and the word "latency" in both cases. */
static void osu_one_sided_is_no_ping_pong(void **state)
{
    (void)state;
    struct nh_log log =
        parsed(&nh_importer_osu, "# OSU MPI_Put Latency Test v7.4\n"
                                 "# Window creation: MPI_Win_allocate\n"
                                 "# Synchronization: MPI_Win_flush\n"
                                 "# Datatype: MPI_CHAR.\n"
                                 "# Size          Latency (us)\n"
                                 "8                       0.08\n"
                                 "# OSU MPI_Accumulate latency Test v7.4\n"
                                 "# Synchronization: MPI_Win_lock_all/unlock_all\n"
                                 "# Size          Latency (us)\n"
                                 "8                       0.11\n"
                                 "# OSU MPI_Get Bandwidth Test v7.4\n"
                                 "# Size      Bandwidth (MB/s)\n"
                                 "8                     289.06\n"
                                 "# OSU MPI_Put-CUDA Bi-directional Bandwidth Test v7.4\n"
                                 "# Synchronization: MPI_Win_post/start/complete/wait\n"
                                 "# Size      Bandwidth (MB/s)\n"
                                 "8                     639.93\n");
    static const struct {
        const char *program, *op, *epoch;
        enum nh_pattern pattern;
    } right[] = {{"osu_put_latency", "put", "flush", NH_PATTERN_ONE_SIDED},
                 {"osu_acc_latency", "accumulate", "lock_all", NH_PATTERN_ONE_SIDED},
                 {"osu_get_bw", "get", "", NH_PATTERN_RATE},
                 {"osu_put_bibw", "put", "pscw", NH_PATTERN_RATE_TWO}};
    assert_int_equal(log.series_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(log.series[i].program, right[i].program);
        assert_string_equal(log.series[i].op->one_sided, right[i].op);
        assert_string_equal(log.series[i].epoch, right[i].epoch);
        assert_int_equal(log.series[i].op->pattern, right[i].pattern);
        assert_int_equal(log.series[i].ranks, 2);
        assert_string_equal(log.series[i].version, "7.4");
    }
    struct nh_records records = {0};
    struct nh_log again;
    struct nh_error err = {0};
    assert_ok(nh_log_to_records(&log, &records, &err), err);
    assert_string_equal(records.items[2].kernel, "rma");
    assert_ok(nh_log_from_records("again", &records, &again, &err), err);
    for (size_t i = 0; i < 4; i++) {
        assert_ptr_equal(again.series[i].op, log.series[i].op);
        assert_string_equal(again.series[i].epoch, right[i].epoch);
    }
    nh_log_clear(&again);
    nh_records_clear(&records);
    nh_log_clear(&log);
}

/* Titles of osu_ialltoall, osu_ibcast and osu_latency_persistent, version 7.4. */
static void osu_variants_of_a_program(void **state)
{
    (void)state;
    struct nh_log log =
        parsed(&nh_importer_osu, "# OSU MPI Non-blocking All-to-All Latency Test v7.4\n"
                                 "# Size           Overall(us)       Compute(us)    Pure Comm.(us)"
                                 "        Overlap(%)\n"
                                 "8                       1.39              0.80              0.54"
                                 "              0.00\n"
                                 "# OSU MPI Non-Blocking Broadcast Latency Test v7.4\n"
                                 "# Size           Overall(us)       Compute(us)    Pure Comm.(us)"
                                 "        Overlap(%)\n"
                                 "8                       1.39              0.80              0.54"
                                 "              0.00\n"
                                 "# OSU MPI Latency Persistent Test v7.4\n"
                                 "# Size          Latency (us)\n"
                                 "8                       0.21\n");
    assert_int_equal(log.series_count, 3);
    assert_string_equal(log.series[0].op->kernel, "alltoall");
    assert_string_equal(log.series[0].variant, "non-blocking");
    assert_value(&log.series[0].rows[0], NH_LOG_TIME, 540);
    assert_string_equal(log.series[1].op->kernel, "bcast");
    assert_string_equal(log.series[2].op->kernel, "pingpong");
    assert_string_equal(log.series[2].variant, "persistent");
    nh_log_clear(&log);
}

static void osu_damage_names_the_line(void **state)
{
    (void)state;
    static const char text[] = "# OSU MPI Latency Test v7.4\n"
                               "# Size       Avg Latency(us)\n"
                               "1                       0.21\n"
                               "2                       0.2x\n"
                               "4                       0.21   7\n"
                               "8                       0.22\n";
    struct nh_log log;
    struct nh_error err = {0};
    refused(&nh_importer_osu, text, "log.txt:4: '0.2x' is no number");
    refused(&nh_importer_osu, "# OSU MPI Latency Test v7.4\n", "no line with a result");
    assert_ok(nh_importer_osu.parse("log.txt", text, strlen(text), true, &log, &err), err);
    assert_int_equal(log.damaged, 2);
    assert_int_equal(log.series[0].row_count, 2);
    assert_non_null(strstr(log.damage, "log.txt:4"));
    nh_log_clear(&log);
}

/* ---- IMB ---- */

static void imb_tables(void **state)
{
    (void)state;
    struct nh_log log = parsed(&nh_importer_imb,
                               "#    Intel(R) MPI Benchmarks 2021.3, MPI-1 part\n"
                               "# Benchmarking PingPong \n"
                               "# #processes = 2 \n"
                               "       #bytes #repetitions      t[usec]   Mbytes/sec\n"
                               "      4194304           10      2339.00      1793.20\n"
                               "\n"
                               "# Benchmarking Allreduce \n"
                               "# #processes = 72 \n"
                               "       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]\n"
                               "            8         1000        41.00        47.00        44.00\n"
                               "\n"
                               "12 warnings of somebody else\n"
                               "# Benchmarking Barrier \n"
                               "# #processes = 72 \n"
                               " #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]\n"
                               "         1000        30.11        30.40        30.25\n");
    assert_int_equal(log.series_count, 3);
    assert_string_equal(log.series[0].program, "IMB PingPong");
    assert_string_equal(log.series[0].version, "2021.3");
    assert_false(log.series[0].over_ranks);
    assert_value(&log.series[0].rows[0], NH_LOG_RATE, 1793.2e6);
    assert_int_equal(log.series[1].ranks, 72);
    assert_true(log.series[1].over_ranks);
    assert_value(&log.series[1].rows[0], NH_LOG_TIME, 44000);
    assert_value(&log.series[1].rows[0], NH_LOG_MAX, 47000);
    assert_int_equal(log.series[1].rows[0].line, 10);
    assert_string_equal(log.series[2].op->kernel, "barrier");
    assert_value(&log.series[2].rows[0], NH_LOG_TIME, 30250);
    nh_log_clear(&log);
    refused(&nh_importer_imb,
            "# Benchmarking PingPong\n #bytes #repetitions t[usec] Mbytes/sec\n 8 1000 1.0\n",
            "log.txt:3: 3 words where the head of the table names 4");
}

/* ---- nccl-tests ---- */

static void nccl_text_of_two_hosts(void **state)
{
    (void)state;
    struct nh_log log = parsed(
        &nh_importer_nccl,
        "# nccl-tests version 2.19.6 nccl-headers=22703 nccl-library=22703\n"
        "# Collective test starting: all_reduce_perf\n"
        "# nThread 1 nGpus 1 minBytes 8 maxBytes 8 step: 2(factor) warmup iters: 1 iters: 20 agg "
        "iters: 1 validation: 1 graph: 0 unalign: 0\n"
        "# Using devices\n"
        "#  Rank  0 Group  0 Pid    100 on       ip-1 device  0 [0000:10:1c] NVIDIA A100\n"
        "#  Rank  1 Group  0 Pid    101 on       ip-2 device  0 [0000:10:1c] NVIDIA A100\n"
        "#  Rank  2 Group  0 Pid    102 on       ip-1 device  1 [0000:10:1d] NVIDIA A100\n"
        "#\n"
        "#       size   count   type   redop   root   time   algbw   busbw  #wrong   time   algbw"
        "   busbw  #wrong\n"
        "#        (B)  (elements)                      (us)  (GB/s)  (GB/s)           (us)\n"
        "  1073741824  268435456  float  sum  -1  26217  40.96  76.79  0  26194  40.99  76.86  2\n"
        "# Out of bounds values : 0 OK\n"
        "# Avg bus bandwidth    : 21.5 \n");
    assert_int_equal(log.series_count, 2);
    const struct nh_log_series *out = &log.series[0], *in = &log.series[1];
    assert_string_equal(out->program, "all_reduce_perf");
    assert_string_equal(out->variant, "float, sum, out of place");
    assert_string_equal(in->variant, "float, sum, in place");
    assert_int_equal(out->ranks, 3);
    assert_int_equal(out->nodes, 2);
    assert_true(out->total_size);
    assert_value(&out->rows[0], NH_LOG_TIME, 26217e3);
    assert_value(&out->rows[0], NH_LOG_RATE, 40.96e9);
    assert_value(&in->rows[0], NH_LOG_BUS_RATE, 76.86e9);
    assert_value(&in->rows[0], NH_LOG_WRONG, 2);
    assert_value(&out->rows[0], NH_LOG_REPEATS, 20);
    assert_true(fabs(out->rows[0].step[NH_LOG_RATE] - 0.005e9) < 1);
    assert_int_equal(log.average_line, 13);
    assert_true(fabs(log.average_Bps - 21.5e9) < 1);
    nh_log_clear(&log);
}

static void nccl_json(void **state)
{
    (void)state;
    struct nh_log log = parsed(
        &nh_importer_nccl_json,
        "{\"version\":3,\"args\":[\"/opt/all_gather_perf\",\"-b\",\"8\"],\"nccl_version\":22703,\n"
        "\"config\":{\"iterations\":20,\"devices\":[{\"rank\":0,\"hostname\":\"a\"},"
        "{\"rank\":1,\"hostname\":\"b\"},{\"rank\":2,\"hostname\":\"a\"}]},\n"
        "\"results\":[{\"size\":1024,\"type\":\"float\",\"redop\":\"none\",\"out_of_place\":null,\n"
        "\"in_place\":{\"time\":10.5,\"alg_bw\":0.097,\"bus_bw\":0.065,\"nwrong\":0},"
        "\"actual_iterations\":20,\"in_place_per_iter\":{\"p99_us\":12.0}}],\n"
        "\"average_bus_bandwidth\":{\"bandwidth\":0.5}}\n");
    assert_int_equal(log.series_count, 1);
    const struct nh_log_series *s = &log.series[0];
    assert_string_equal(s->op->kernel, "allgather");
    assert_int_equal(s->ranks, 3);
    assert_int_equal(s->nodes, 2);
    assert_int_equal(s->rows[0].item, 0);
    assert_int_equal(s->rows[0].line, 3);
    assert_value(&s->rows[0], NH_LOG_TIME, 10500);
    assert_value(&s->rows[0], NH_LOG_P99, 12000);
    assert_int_equal(log.average_line, 5);
    nh_log_clear(&log);
    refused(&nh_importer_nccl_json, "{\"nccl_version\":1,\n\"results\":[", "log.txt:2: not valid");
}

/* ---- fio ---- */

static void fio_jobs_and_their_sum(void **state)
{
    (void)state;
    struct nh_log log = parsed(
        &nh_importer_fio,
        "note: printed before\n{\n\"fio version\":\"fio-3.33\",\"global options\":{\"bs\":\"64k\","
        "\"direct\":\"1\"},\"jobs\":[\n"
        "{\"jobname\":\"a\",\"job options\":{\"filename\":\"/dev/nvme1n1:/dev/nvme2n1\"},\"read\":"
        "{\"bw_bytes\":1000,\"iops\":2.5,\"total_ios\":50,\"clat_ns\":{\"mean\":7.5,\"min\":1,"
        "\"max\":9,\"percentile\":{\"99.000000\":8}}},\"write\":{\"total_ios\":0}},\n"
        "{\"jobname\":\"b\",\"job options\":{\"numjobs\":\"3\",\"bs\":\"128k\",\"direct\":\"0\"},"
        "\"read\":{\"bw_bytes\":500,\"total_ios\":50}}]}\n");
    assert_int_equal(log.series_count, 3);
    const struct nh_log_series *a = &log.series[0], *b = &log.series[1], *sum = &log.series[2];
    assert_string_equal(a->variant, "a, read, 1 job");
    assert_int_equal(a->drives, 2);
    assert_false(a->buffered);
    assert_true(a->rows[0].bytes == 65536);
    assert_int_equal(a->rows[0].line, 4);
    assert_value(&a->rows[0], NH_LOG_RATE, 1000);
    assert_value(&a->rows[0], NH_LOG_REPEATS, 50);
    assert_value(&a->rows[0], NH_LOG_TIME, 7.5);
    assert_value(&a->rows[0], NH_LOG_P99, 8);
    assert_true(b->buffered);
    assert_int_equal(b->rows[0].line, 5);
    assert_string_equal(sum->variant, "all jobs, read, 4 jobs");
    assert_value(&sum->rows[0], NH_LOG_RATE, 1500);
    nh_log_clear(&log);
}

static void fio_jobs_one_after_the_other_are_not_added(void **state)
{
    (void)state;
    struct nh_log log =
        parsed(&nh_importer_fio, "{\"fio version\":\"fio-3.33\",\"jobs\":["
                                 "{\"jobname\":\"a\",\"read\":{\"bw_bytes\":1,\"total_ios\":1}},"
                                 "{\"jobname\":\"b\",\"job options\":{\"stonewall\":\"\"},\"read\":"
                                 "{\"bw_bytes\":1,\"total_ios\":1}}]}");
    assert_int_equal(log.series_count, 2);
    nh_log_clear(&log);
}

/* ---- Published figures ---- */

static void figures_csv(void **state)
{
    (void)state;
    struct nh_log log =
        parsed(&nh_importer_figures, "# where from\n"
                                     "os,mpi,machine,nodes,benchmark,bytes,time_us,bandwidth_MBs\n"
                                     "al2,impi,c5n.18xlarge,2,osu_latency,8,0.46,\n"
                                     "al2,impi,c5n.18xlarge,2,osu_bibw,8,,3.30\n"
                                     "al2,impi,c5n.18xlarge,2,osu_latency,16,0.47,\n");
    assert_int_equal(log.series_count, 2);
    assert_string_equal(log.series[0].origin, "al2, impi");
    assert_string_equal(log.series[0].machine, "c5n.18xlarge");
    assert_int_equal(log.series[0].nodes, 2);
    assert_int_equal(log.series[0].row_count, 2);
    assert_int_equal(log.series[0].rows[1].line, 5);
    assert_value(&log.series[1].rows[0], NH_LOG_RATE, 3.3e6);
    nh_log_clear(&log);
    refused(&nh_importer_figures, "benchmark,bytes\nosu_latency,8\n", "log.txt:1: columns");
    refused(&nh_importer_figures, "benchmark,bytes,time_us\nosu_latency,8,\n", "log.txt:2:");
}

/* ---- Records ---- */

static void records_say_what_they_are_and_come_back(void **state)
{
    (void)state;
    struct nh_log log = parsed(&nh_importer_osu, "# OSU MPI Latency Test v7.4\n"
                                                 "# Size       Avg Latency(us)\n"
                                                 "8                      16.11\n"
                                                 "# OSU MPI Bi-Directional Bandwidth Test v7.4\n"
                                                 "# Size      Bandwidth (MB/s)\n"
                                                 "1000000             10000.00\n");
    struct nh_records records = {0};
    struct nh_record again;
    struct nh_error err = {0};
    assert_ok(nh_log_to_records(&log, &records, &err), err);
    assert_int_equal(records.count, 2);
    char *line = nh_record_line(&records.items[0]);
    assert_non_null(line);
    assert_ok(nh_record_parse(line, strlen(line) - 1, &again, &err), err);
    assert_string_equal(again.program, "osu_latency 7.4");
    assert_string_equal(nh_json_text(again.imported, "statistic", ""), "mean over iterations");
    assert_true(nh_json_number(again.imported, "line", 0) == 3);
    assert_true(isnan(again.stats.median) && isnan(again.stats.ci.lo));
    assert_true(fabs(nh_record_central(&again) - 16110) < 1e-6);
    assert_int_equal(again.nodes, 0);
    assert_int_equal(again.ranks, 2);
    assert_int_equal(again.sample_count, 0);
    assert_int_equal(again.first_op_ns, -1);
    assert_string_equal(records.items[1].kernel, "bandwidth");
    assert_string_equal(nh_json_text(records.items[1].params, "direction", ""), "two");
    assert_true(fabs(nh_record_central(&records.items[1]) - 1e5) < 1e-6);
    free(line);
    nh_record_clear(&again);
    nh_records_clear(&records);
    nh_log_clear(&log);
}

static void only_imported_records_may_lack_a_median(void **state)
{
    (void)state;
    struct nh_log log = parsed(&nh_importer_osu, "# OSU MPI Latency Test v7.4\n"
                                                 "# Size       Avg Latency(us)\n"
                                                 "8                      16.11\n");
    struct nh_records records = {0};
    struct nh_record again;
    struct nh_error err = {0};
    assert_ok(nh_log_to_records(&log, &records, &err), err);
    json_decref(records.items[0].imported);
    records.items[0].imported = NULL;
    char *line = nh_record_line(&records.items[0]);
    assert_int_equal(nh_record_parse(line, strlen(line) - 1, &again, &err), NH_EINPUT);
    free(line);
    nh_records_clear(&records);
    nh_log_clear(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(osu_latency_of_both_generations),
        cmocka_unit_test(osu_collective_with_all_columns),
        cmocka_unit_test(osu_rates_barrier_and_non_blocking),
        cmocka_unit_test(osu_one_sided_is_no_ping_pong),
        cmocka_unit_test(osu_variants_of_a_program),
        cmocka_unit_test(osu_damage_names_the_line),
        cmocka_unit_test(imb_tables),
        cmocka_unit_test(nccl_text_of_two_hosts),
        cmocka_unit_test(nccl_json),
        cmocka_unit_test(fio_jobs_and_their_sum),
        cmocka_unit_test(fio_jobs_one_after_the_other_are_not_added),
        cmocka_unit_test(figures_csv),
        cmocka_unit_test(records_say_what_they_are_and_come_back),
        cmocka_unit_test(only_imported_records_may_lack_a_median),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
