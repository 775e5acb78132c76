# SPDX-License-Identifier: BSD-3-Clause
#
# Writes 10,000 made-up records of about 40 samples each, in the shape of real ones, for
# testing how long a report takes. Nothing here was measured.
function spread(center) {
    return int(center * (0.97 + 0.06 * rand()))
}

function place(rank) {
    return "{\"rank\":" rank ",\"host\":\"made-up\",\"boot\":\"0123456789abcdef\",\"cpus\":\"0\"," \
           "\"binding\":\"core\",\"package\":0,\"numa\":0,\"last_cpu\":0,\"oversubscribed\":false}"
}

function record(kernel, metric, params, derived, ranks, launch, ns,    i, samples, command) {
    samples = spread(ns)
    for (i = 1; i < 40; i++)
        samples = samples "," spread(ns)
    command = "[\"/usr/local/bin/nodehour-mpi\",\"" kernel "\",\"--sizes\",\"0,1-4M\"," \
              "\"--max-time\",\"0.033\",\"-o\",\"results/20260101T000000Z-made/launches/x.jsonl\"," \
              "\"--run\",\"20260101T000000Z-made\",\"--job\",\"" kernel "\",\"--launch\",\"1\"]"
    printf "{\"format\":\"nodehour-record\",\"version\":1,\"time\":\"2026-01-01T00:00:00Z\","
    printf "\"program\":\"nodehour-mpi 0.1.0\",\"run\":\"made-up\",\"job\":\"%s.n%d\",", kernel, ranks
    printf "\"launch\":%d,\"kernel\":\"%s\",\"params\":{%s},", launch, kernel, params
    printf "\"nodes\":1,\"ranks\":%d,\"metric\":\"%s\",\"unit\":\"ns\",", ranks, metric
    printf "\"better\":\"lower\",\"timing\":\"root\",\"sync\":\"none\",\"stats\":{"
    printf "\"samples\":40,\"warmup_samples\":0,\"median\":%d,\"ci_low\":%d,", spread(ns), ns * 0.98
    printf "\"ci_high\":%d,\"ci_level\":0.95,\"ci_coverage\":0.9615,\"min\":%d,", ns * 1.02, ns * 0.97
    printf "\"max\":%d,\"mean\":%d,\"mad\":%d,\"p90\":%d,\"p95\":null,", ns * 1.03, ns, ns / 70, ns
    printf "\"p99\":null,\"autocorrelation_lag1\":0.1,\"effective_samples\":33.1,\"runs_z\":0.2,"
    printf "\"trend_z\":0.3,\"drift\":0.001,\"outliers\":0,\"steady\":true,"
    printf "\"autocorrelated\":false,\"trending\":false,\"modes\":null},\"derived\":{%s},", derived
    printf "\"detail\":null,\"verify\":\"passed\",\"stop\":{\"rule\":\"precision\","
    printf "\"precision_target\":0.02,\"elapsed_s\":0.1},\"ops_per_sample\":1,\"first_op_ns\":%d,", 2 * ns
    printf "\"samples_ns\":[%s],\"clock\":{\"source\":\"made-up\",\"resolution_ns\":1,", samples
    printf "\"cost_ns\":20},\"placement\":[%s,%s],", place(0), place(1)
    printf "\"transport\":{\"verdict\":\"unknown\",\"evidence\":\"counters are not read\"},"
    printf "\"machine\":null,\"system\":{\"cpu\":\"made-up\",\"architecture\":\"made-up\","
    printf "\"kernel\":\"0.0.0-made-up\",\"cpus_online\":64,\"memory\":\"24684096 kB\","
    printf "\"clocksource\":\"made-up\",\"governor\":null,\"smt\":\"notsupported\","
    printf "\"transparent_hugepages\":\"always [madvise] never\",\"vendor\":null,"
    printf "\"mpi_library\":\"made-up\",\"mpi_standard\":\"3.1\"},"
    printf "\"env\":{\"OMPI_MCA_hwloc_base_binding_policy\":\"none\",\"OMP_NUM_THREADS\":\"1\","
    printf "\"PMIX_MCA_mca_base_component_show_load_errors\":\"1\",\"PMIX_MCA_psec\":\"native\"},"
    printf "\"command\":%s}\n", command
}

function size(bytes) {
    return "\"size_bytes\":" bytes
}

function rate(bytes, ns) {
    return "\"bandwidth_bytes_per_s\":" bytes / ns * 1e9
}

BEGIN {
    srand(1)
    for (launch = 0; launch < 100; launch++) {
        for (i = 0; i < 24; i++)
            record("pingpong", "one_way_latency", size(2 ^ i), rate(2 ^ i, 300 + 2 ^ i / 10), 2, launch,
                   300 + 2 ^ i / 10)
        for (i = 0; i < 17; i++)
            record("bandwidth", "time_per_message", size(2 ^ i) ",\"window\":64,\"direction\":\"one\"",
                   rate(2 ^ i, 100 + 2 ^ i / 12), 2, launch, 100 + 2 ^ i / 12)
    }
    for (launch = 0; launch < 60; launch++)
        for (ranks = 2; ranks <= 16; ranks *= 2)
            for (i = 3; i < 23; i++)
                record("allreduce", "time", size(2 ^ i) ",\"type\":\"double\",\"op\":\"sum\"", "", ranks,
                       launch, 500 * ranks + 2 ^ i / 5)
    for (launch = 0; launch < 220; launch++)
        for (ranks = 1; ranks <= 16; ranks *= 2)
            record("halo", "time_per_iteration", "\"scaling\":\"strong\",\"cells\":884736," \
                   "\"cells_x\":96,\"cells_y\":96,\"cells_z\":96", "\"cells\":884736", ranks, launch,
                   8000000 / ranks + 20000)
}
