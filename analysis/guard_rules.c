/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/guard.h"
#include "common/units.h"

/* c5n 17 to 22 us, hpc6a 15.6 us, p5 20 us are published; five leaves room for newer cards. */
const double nh_efa_least_hop_ns = 5000;

static double value_of(const struct nh_log_row *row, enum nh_log_value v)
{
    return row->value[v];
}

static bool known(double v)
{
    return isfinite(v) && v > 0;
}

static void put(char *buf, size_t size, const char *fmt, ...) NH_PRINTF(3, 4);

static void put(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(buf, size, fmt, args);
    va_end(args);
}

static enum nh_outcome at_least_ns(double ns, double bound, struct nh_judgement *j)
{
    char text[NH_UNIT_TEXT];
    put(j->value, sizeof j->value, "%s", nh_format_ns(ns, text));
    put(j->bound, sizeof j->bound, "at least %s", nh_format_ns(bound, text));
    return ns < bound ? NH_BROKEN : NH_HOLDS;
}

static enum nh_outcome at_most_Bps(double rate, double bound, struct nh_judgement *j)
{
    char text[NH_UNIT_TEXT];
    put(j->value, sizeof j->value, "%s", nh_format_rate(rate, text));
    put(j->bound, sizeof j->bound, "at most %s", nh_format_rate(bound, text));
    return rate > bound ? NH_BROKEN : NH_HOLDS;
}

/* ---- The figure against itself ---- */

static enum nh_outcome check_wrong(const struct nh_guard_context *c, const struct nh_log_row *row,
                                   struct nh_judgement *j)
{
    (void)c;
    double wrong = value_of(row, NH_LOG_WRONG);
    if (isnan(wrong))
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "%.0f wrong", wrong);
    put(j->bound, sizeof j->bound, "none");
    put(j->formula, sizeof j->formula, "the benchmark checked the data itself");
    return wrong > 0 ? NH_BROKEN : NH_HOLDS;
}

static enum nh_outcome check_order(const struct nh_guard_context *c, const struct nh_log_row *row,
                                   struct nh_judgement *j)
{
    (void)c;
    char text[NH_UNIT_TEXT], low[NH_UNIT_TEXT], high[NH_UNIT_TEXT];
    double mean = value_of(row, NH_LOG_TIME), least = value_of(row, NH_LOG_MIN);
    double most = value_of(row, NH_LOG_MAX);
    double slack = 2 * (row->step[NH_LOG_TIME] + row->step[NH_LOG_MIN]) + 1e-9 * mean;
    if (isnan(mean) || isnan(least) || isnan(most))
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "%s", nh_format_ns(mean, text));
    put(j->bound, sizeof j->bound, "%s to %s", nh_format_ns(least, low), nh_format_ns(most, high));
    put(j->formula, sizeof j->formula, "minimum <= mean <= maximum");
    return mean < least - slack || mean > most + slack ? NH_BROKEN : NH_HOLDS;
}

/* Suites before 2018 count 2^20 bytes as a megabyte, hence 6 %. */
static enum nh_outcome check_arithmetic(const struct nh_guard_context *c,
                                        const struct nh_log_row *row, struct nh_judgement *j)
{
    char text[NH_UNIT_TEXT];
    double time = value_of(row, NH_LOG_TIME), rate = value_of(row, NH_LOG_RATE);
    bool applies = c->series->total_size || c->series->op->pattern == NH_PATTERN_LATENCY;
    if (!applies || !known(time) || !known(rate) || !known(row->bytes))
        return NH_DOES_NOT_APPLY;
    double own = row->bytes / time * 1e9;
    double slack =
        own * (0.06 + row->step[NH_LOG_TIME] / time) + row->step[NH_LOG_RATE] * (1 + 1e-9);
    put(j->value, sizeof j->value, "%s", nh_format_rate(rate, text));
    put(j->bound, sizeof j->bound, "about %s", nh_format_rate(own, text));
    put(j->formula, sizeof j->formula, "bytes / time of the same line");
    return fabs(rate - own) > slack ? NH_BROKEN : NH_HOLDS;
}

/* ---- The figure against what is claimed of the run ---- */

static enum nh_outcome check_nodes(const struct nh_guard_context *c, const struct nh_log_row *row,
                                   struct nh_judgement *j)
{
    long claimed = c->options->nodes, seen = c->series->nodes;
    bool apart = c->options->placement == NH_BETWEEN_NODES;
    (void)row;
    if (seen == 0 || (claimed == 0 && !apart))
        return NH_DOES_NOT_APPLY;
    if (claimed)
        put(j->value, sizeof j->value, "%ld node%s", claimed, claimed == 1 ? "" : "s");
    else
        put(j->value, sizeof j->value, "between nodes");
    put(j->bound, sizeof j->bound, "%ld in the file", seen);
    put(j->formula, sizeof j->formula, "hosts that the file itself names");
    return (claimed && claimed != seen) || (apart && seen == 1) ? NH_BROKEN : NH_HOLDS;
}

/* Byte counters of our own records: shared memory leaves nothing on any device. */
static enum nh_outcome check_transport(const struct nh_guard_context *c,
                                       const struct nh_log_row *row, struct nh_judgement *j)
{
    const char *seen = c->series->transport;
    bool claimed =
        c->options->placement == NH_BETWEEN_NODES || c->options->nodes > 1 || c->nodes > 1;
    (void)row;
    if (!*seen || strcmp(seen, "unknown") == 0 || !claimed)
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "between nodes");
    put(j->bound, sizeof j->bound, "transport %s", seen);
    put(j->formula, sizeof j->formula, "byte counters of devices and connections, read around it");
    return strcmp(seen, "shm") == 0 ? NH_BROKEN : NH_HOLDS;
}

static enum nh_outcome check_required(const struct nh_guard_context *c,
                                      const struct nh_log_row *row, struct nh_judgement *j)
{
    (void)row;
    if (!*c->series->missed)
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "transport %s", c->series->transport);
    put(j->bound, sizeof j->bound, "required %s", c->series->missed);
    put(j->formula, sizeof j->formula, "--require-transport of the run");
    return NH_BROKEN;
}

static long claimed_ranks(const struct nh_guard_context *c)
{
    if (c->options->ranks > 0)
        return c->options->ranks;
    if (c->series->ranks > 0)
        return c->series->ranks;
    return c->machine ? c->nodes * c->machine->gpus : 0;
}

/* busbw / algbw = k (n-1)/n, so n = k / (k - ratio), within the rounding of both. */
static enum nh_outcome check_ranks(const struct nh_guard_context *c, const struct nh_log_row *row,
                                   struct nh_judgement *j)
{
    double alg = value_of(row, NH_LOG_RATE), bus = value_of(row, NH_LOG_BUS_RATE);
    double k = c->series->op->bus_factor;
    long claimed = claimed_ranks(c);
    if (k == 0 || claimed < 2 || !known(alg) || !known(bus))
        return NH_DOES_NOT_APPLY;
    double ratio = bus / alg, expected = nh_bus_ratio(c->series->op, (double)claimed);
    double slack = ratio * (row->step[NH_LOG_RATE] / alg + row->step[NH_LOG_BUS_RATE] / bus) + 1e-6;
    put(j->value, sizeof j->value, "busbw/algbw %.4f", ratio);
    put(j->bound, sizeof j->bound, "%.4f for %ld ranks", expected, claimed);
    put(j->formula, sizeof j->formula, "ratio = %g (n-1)/n, so this line has n = %.1f ranks", k,
        ratio < k ? k / (k - ratio) : INFINITY);
    return fabs(ratio - expected) > slack ? NH_BROKEN : NH_HOLDS;
}

/* ---- Between nodes ---- */

static enum nh_outcome check_latency(const struct nh_guard_context *c, const struct nh_log_row *row,
                                     struct nh_judgement *j)
{
    double time = value_of(row, NH_LOG_TIME);
    bool efa = c->machine && c->machine->efa_interfaces > 0;
    if (c->series->op->pattern != NH_PATTERN_LATENCY || !c->between || !efa || isnan(time))
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula, "least one-way time between two hosts with EFA");
    return at_least_ns(time, nh_efa_least_hop_ns, j);
}

/* Ways there and back until a one-sided operation is complete; 0 when nothing forces any. A
 * flush and an unlock wait for the target's memory (MPI 3.1, 11.5), a get for its data, however
 * the epoch ends; with post, start, complete, wait OSU's two ranks take turns and it halves the
 * time. A fence need not hold up the origin of a put, nor does a local flush. */
static int ways_of(const struct nh_log_series *s)
{
    static const char *const remote[] = {"flush", "flush_all", "lock", "lock_all"};
    if (strcmp(s->op->one_sided, "get") == 0)
        return strcmp(s->epoch, "pscw") == 0 ? 1 : 2;
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        if (strcmp(s->epoch, remote[i]) == 0)
            return 2;
    return strcmp(s->epoch, "pscw") == 0 ? 1 : 0;
}

static enum nh_outcome check_one_sided(const struct nh_guard_context *c,
                                       const struct nh_log_row *row, struct nh_judgement *j)
{
    double time = value_of(row, NH_LOG_TIME);
    bool efa = c->machine && c->machine->efa_interfaces > 0;
    if (c->series->op->pattern != NH_PATTERN_ONE_SIDED || !c->between || !efa || isnan(time))
        return NH_DOES_NOT_APPLY;
    int n = ways_of(c->series);
    if (n == 0)
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula, "%s until it is complete: %d x one way between two hosts",
        c->series->op->one_sided, n);
    return at_least_ns(time, n * nh_efa_least_hop_ns, j);
}

/* By the counters the bytes went through the network cards, whoever the ranks were. */
static bool through_cards(const struct nh_guard_context *c)
{
    return c->between || strcmp(c->series->transport, "efa") == 0;
}

/* Ways in which a rate crosses the card of one node at once: of a node's own ranks, both
 * directions leave by the same card. */
static double ways(const struct nh_guard_context *c, double *nodes)
{
    bool pairs = c->series->op->pattern == NH_PATTERN_RATE_ALL || c->series->pairs > 1;
    *nodes = pairs && c->nodes > 3 ? (double)(c->nodes / 2) : 1;
    return c->series->op->pattern == NH_PATTERN_RATE_TWO && c->between ? 2 : 1;
}

static enum nh_outcome check_line_rate(const struct nh_guard_context *c,
                                       const struct nh_log_row *row, struct nh_judgement *j)
{
    enum nh_pattern p = c->series->op->pattern;
    double rate = value_of(row, NH_LOG_RATE), time = value_of(row, NH_LOG_TIME), nodes;
    bool pairs = p == NH_PATTERN_RATE || p == NH_PATTERN_RATE_TWO || p == NH_PATTERN_RATE_ALL;
    bool single = p == NH_PATTERN_LATENCY || p == NH_PATTERN_ONE_SIDED;
    if ((!pairs && !single) || !through_cards(c) || isnan(c->line_Bps))
        return NH_DOES_NOT_APPLY;
    if (single)
        rate = known(time) ? row->bytes / time * 1e9 : NAN;
    if (!known(rate))
        return NH_DOES_NOT_APPLY;
    double directions = ways(c, &nodes);
    put(j->formula, sizeof j->formula,
        "line rate %.4g GB/s of %s x %g direction%s x %g sending node%s", c->line_Bps * 1e-9,
        c->machine->name, directions, directions > 1 ? "s" : "", nodes, nodes > 1 ? "s" : "");
    return at_most_Bps(rate, directions * nodes * c->line_Bps, j);
}

static bool spans_nodes(const struct nh_guard_context *c, const struct nh_log_row *row)
{
    enum nh_pattern p = c->series->op->pattern;
    bool moves = row->bytes > 0 || isnan(row->bytes); /* zero bytes need no message */
    return (p == NH_PATTERN_EVERYONE || p == NH_PATTERN_BROADCAST) && c->between && c->nodes > 1 &&
           moves && isfinite(value_of(row, NH_LOG_TIME));
}

static enum nh_outcome check_hop(const struct nh_guard_context *c, const struct nh_log_row *row,
                                 struct nh_judgement *j)
{
    if (!spans_nodes(c, row) || c->series->over_ranks || c->series->pipelined || isnan(c->hop_ns))
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula, "one hop: %s", c->hop_from);
    return at_least_ns(value_of(row, NH_LOG_TIME), c->hop_ns, j);
}

/* Ranks on the node of the last one to enter may need no hop: (N-1)/N of the ranks do. */
static enum nh_outcome check_skew(const struct nh_guard_context *c, const struct nh_log_row *row,
                                  struct nh_judgement *j)
{
    double n = (double)c->nodes;
    if (!spans_nodes(c, row) || !c->series->over_ranks || isnan(c->hop_ns))
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula, "hop x (N-1)/N with N = %ld; hop: %s", c->nodes,
        c->hop_from);
    return at_least_ns(value_of(row, NH_LOG_TIME), c->hop_ns * (n - 1) / n, j);
}

static double share_of_rank(const struct nh_guard_context *c, double bytes)
{
    bool sum = c->series->total_size && c->series->op->per_rank;
    return sum ? bytes / (double)c->ranks : bytes;
}

static bool has_volume(const struct nh_guard_context *c, const struct nh_log_row *row)
{
    const struct nh_operation *op = c->series->op;
    bool collective = op->pattern == NH_PATTERN_EVERYONE || op->pattern == NH_PATTERN_BROADCAST ||
                      (op->pattern == NH_PATTERN_ROOTED && !c->series->over_ranks);
    bool rate = known(value_of(row, NH_LOG_BUS_RATE)) && op->bus_factor > 0;
    bool counted = c->ranks >= c->nodes || (!op->per_rank && !rate);
    return collective && op->volume && c->between && c->nodes > 1 && counted && row->bytes > 0 &&
           !isnan(c->line_Bps);
}

static enum nh_outcome check_volume(const struct nh_guard_context *c, const struct nh_log_row *row,
                                    struct nh_judgement *j)
{
    const struct nh_operation *op = c->series->op;
    double bus = value_of(row, NH_LOG_BUS_RATE), time = value_of(row, NH_LOG_TIME);
    double n = (double)(c->ranks ? c->ranks : c->nodes);
    if (!has_volume(c, row))
        return NH_DOES_NOT_APPLY;
    double volume = op->volume(share_of_rank(c, row->bytes), (double)c->nodes, n);
    put(j->formula, sizeof j->formula,
        "a node moves %s bytes one way at %.4g GB/s; N = %ld, n = %.0f", op->volume_text,
        c->line_Bps * 1e-9, c->nodes, n);
    if (known(bus))
        return at_most_Bps(bus, nh_bus_ratio(op, n) * row->bytes * c->line_Bps / volume, j);
    return known(time) ? at_least_ns(time, volume / c->line_Bps * 1e9, j) : NH_DOES_NOT_APPLY;
}

/* ---- Inside a node ---- */

/* Looks at the hand-over take milliseconds, and virtual processors move in between: factors of
 * five were seen within one run. With many looks, the least of them is near the least there is. */
static double handover_margin(const struct nh_guard_context *c)
{
    enum { MANY = 8 };
    return c->looks >= MANY ? 2 : 6;
}

/* A rank cannot know of the other before a cache line has come over. One-sided operations and
 * windows of messages need not wait for that. */
static enum nh_outcome check_handover(const struct nh_guard_context *c,
                                      const struct nh_log_row *row, struct nh_judgement *j)
{
    char text[NH_UNIT_TEXT];
    enum nh_pattern p = c->series->op->pattern;
    double time = value_of(row, NH_LOG_TIME), margin = handover_margin(c);
    bool waits = p == NH_PATTERN_LATENCY || p == NH_PATTERN_EVERYONE;
    if (!waits || isnan(value_of(row, NH_LOG_HANDOVER)) || !known(c->handover_ns) || isnan(time))
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula,
        "least hand-over of a cache line beside %zu figure%s: %s, by %g for what was missed",
        c->looks, c->looks == 1 ? "" : "s", nh_format_ns(c->handover_ns, text), margin);
    return at_least_ns(time, c->handover_ns / margin, j);
}

/* Every byte is copied once at the least, by one core, or by both where both directions count.
 * The factor is for looks that other programs disturbed (1.6 was seen). */
static enum nh_outcome check_copy(const struct nh_guard_context *c, const struct nh_log_row *row,
                                  struct nh_judgement *j)
{
    enum { MARGIN = 3, COPY_MATTERS = 4096 };
    char text[NH_UNIT_TEXT];
    enum nh_pattern p = c->series->op->pattern;
    double rate = value_of(row, NH_LOG_RATE), copy = value_of(row, NH_LOG_COPY_RATE);
    double cores = p == NH_PATTERN_RATE_TWO ? 2 : 1;
    bool pair = p == NH_PATTERN_LATENCY || p == NH_PATTERN_ONE_SIDED || p == NH_PATTERN_RATE ||
                p == NH_PATTERN_RATE_TWO || strcmp(c->series->op->kernel, "allreduce") == 0;
    if (!pair || !known(copy) || !known(rate) || !(row->bytes >= COPY_MATTERS))
        return NH_DOES_NOT_APPLY;
    put(j->formula, sizeof j->formula,
        "one core copies as many bytes at %s; %g core%s, by %d for disturbed looks",
        nh_format_rate(copy, text), cores, cores > 1 ? "s" : "", MARGIN);
    return at_most_Bps(rate, MARGIN * cores * copy, j);
}

static enum nh_outcome check_gpu_link(const struct nh_guard_context *c,
                                      const struct nh_log_row *row, struct nh_judgement *j)
{
    double bus = value_of(row, NH_LOG_BUS_RATE);
    if (!c->inside || !c->series->total_size || !c->machine || c->machine->gpu_link_gb_per_s == 0 ||
        !known(bus))
        return NH_DOES_NOT_APPLY;
    double link = c->machine->gpu_link_gb_per_s * 1e9;
    bool once = c->machine->gpu_switch_reduces && c->series->op->bus_factor == 2;
    double n = (double)(c->ranks > 1 ? c->ranks : c->machine->gpus);
    double factor = once ? nh_bus_ratio(c->series->op, n) : 1;
    put(j->formula, sizeof j->formula, "links of one GPU, one way: %.4g GB/s%s", link * 1e-9,
        once ? "; the switch adds, so busbw may be 2(n-1)/n of it" : "");
    return at_most_Bps(bus, factor * link, j);
}

static enum nh_outcome check_nvme(const struct nh_guard_context *c, const struct nh_log_row *row,
                                  struct nh_judgement *j)
{
    double rate = value_of(row, NH_LOG_RATE);
    if (c->series->op->pattern != NH_PATTERN_STORAGE || !c->machine ||
        c->machine->nvme_drives == 0 || c->machine->nvme_gb_per_s == 0 || !known(rate))
        return NH_DOES_NOT_APPLY;
    long drives = c->series->drives > 0 && c->series->drives < c->machine->nvme_drives
                      ? c->series->drives
                      : c->machine->nvme_drives;
    put(j->formula, sizeof j->formula, "%ld drive%s of %s x %.3g GB/s", drives,
        drives == 1 ? "" : "s", c->machine->name, c->machine->nvme_gb_per_s);
    return at_most_Bps(rate, (double)drives * c->machine->nvme_gb_per_s * 1e9, j);
}

static enum nh_outcome check_cache(const struct nh_guard_context *c, const struct nh_log_row *row,
                                   struct nh_judgement *j)
{
    char text[NH_UNIT_TEXT];
    double rate = value_of(row, NH_LOG_RATE);
    if (c->series->op->pattern != NH_PATTERN_STORAGE || !known(rate))
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "%s", nh_format_rate(rate, text));
    put(j->bound, sizeof j->bound, "direct=1");
    put(j->formula, sizeof j->formula, "option direct of the job");
    return c->series->buffered ? NH_BROKEN : NH_HOLDS;
}

/* ---- Statistics ---- */

/* The sample must bound a percentile p from both sides: p^n <= 0.025 (method.md). */
static enum nh_outcome check_percentile(const struct nh_guard_context *c,
                                        const struct nh_log_row *row, struct nh_judgement *j)
{
    static const struct {
        enum nh_log_value value;
        const char *name;
        double least;
    } needs[] = {{NH_LOG_P999, "P99.9", 3688},
                 {NH_LOG_P99, "P99", 368},
                 {NH_LOG_P95, "P95", 72},
                 {NH_LOG_P90, "P90", 36}};
    double n = value_of(row, NH_LOG_REPEATS);
    size_t i = 0;
    (void)c;
    while (i < sizeof needs / sizeof *needs && isnan(value_of(row, needs[i].value)))
        i++;
    if (i == sizeof needs / sizeof *needs || isnan(n))
        return NH_DOES_NOT_APPLY;
    put(j->value, sizeof j->value, "%s of %.0f", needs[i].name, n);
    put(j->bound, sizeof j->bound, "at least %.0f samples", needs[i].least);
    put(j->formula, sizeof j->formula, "p^n <= 0.025");
    return n < needs[i].least ? NH_BROKEN : NH_HOLDS;
}

/* ---- The table ---- */

static const struct nh_rule rule_wrong = {
    "wrong-data", NH_IMPOSSIBLE, "The data arrived wrong, so the time is of something else.",
    "the benchmark's own check", check_wrong};
static const struct nh_rule rule_order = {"order", NH_IMPOSSIBLE,
                                          "A mean cannot lie outside its own extremes.",
                                          "arithmetic", check_order};
static const struct nh_rule rule_arithmetic = {"arithmetic", NH_IMPOSSIBLE,
                                               "Rate and time of one line contradict each other.",
                                               "arithmetic", check_arithmetic};
static const struct nh_rule rule_nodes = {"node-count", NH_IMPOSSIBLE,
                                          "The run was not on the nodes that are claimed.",
                                          "the hosts in the file", check_nodes};
static const struct nh_rule rule_transport = {
    "transport", NH_IMPOSSIBLE, "Not between nodes: the bytes stayed in the memory of one machine.",
    "the record's own byte counters (transport.verdict)", check_transport};
static const struct nh_rule rule_required = {
    "required-transport", NH_IMPOSSIBLE,
    "Another transport than the required one carried the bytes: a failed run, not a number.",
    "the record's own byte counters (transport.failed)", check_required};
static const struct nh_rule rule_one_sided = {"one-sided-latency", NH_IMPOSSIBLE,
                                              "Not between nodes, or not complete: a get is there "
                                              "and back, and so is a put that was flushed.",
                                              "causality; MPI 3.1, 11.5.4; published EFA latencies",
                                              check_one_sided};
static const struct nh_rule rule_handover = {
    "hand-over", NH_IMPOSSIBLE,
    "Faster than its own limit: a cache line takes longer between these cores.",
    "the records' own limits (limits.handover_ns)", check_handover};
static const struct nh_rule rule_copy = {
    "copy-bandwidth", NH_IMPOSSIBLE, "Faster than its own limit: nobody can copy that fast here.",
    "the record's own limit (limits.copy_bytes_per_s)", check_copy};
static const struct nh_rule rule_ranks = {
    "rank-count", NH_IMPOSSIBLE,
    "Another number of ranks ran than is claimed: several separate runs, or one node only.",
    "nccl-tests, PERFORMANCE.md: busbw = algbw x 2(n-1)/n (all-reduce), (n-1)/n", check_ranks};
const struct nh_rule nh_rule_latency = {
    "inter-node-latency", NH_IMPOSSIBLE,
    "Not between nodes: only ranks that share a host are that fast.",
    "published EFA latencies: c5n 16 to 22 us, hpc6a 15.6 us, p5 20 us", check_latency};
static const struct nh_rule rule_line_rate = {
    "line-rate", NH_IMPOSSIBLE, "Faster than the network cards of the machine.",
    "catalog: network_gbps of the machine", check_line_rate};
static const struct nh_rule rule_hop = {
    "one-hop", NH_IMPOSSIBLE, "A collective over several nodes takes one hop at the least.",
    "causality", check_hop};
const struct nh_rule nh_rule_skew = {
    "barrier-skew", NH_IMPOSSIBLE,
    "Barrier-skew artefact: the mean over ranks of local times; late ranks find their data "
    "waiting. "
    "Not the operation's latency.",
    "causality; Hoefler, Schneider, Lumsdaine 2010; Hunold, Carpen-Amarie 2018", check_skew};
static const struct nh_rule rule_volume = {
    "network-volume", NH_IMPOSSIBLE, "More bytes than the network cards of a node can carry.",
    "Patarasuk, Yuan 2009, over nodes; busbw <= B N(n-1)/(n(N-1)) for all-reduce", check_volume};
static const struct nh_rule rule_gpu_link = {
    "gpu-link", NH_IMPOSSIBLE, "More than the links of a GPU can carry.",
    "catalog: gpu_link_gb_per_s of the machine", check_gpu_link};
static const struct nh_rule rule_nvme = {
    "nvme", NH_IMPOSSIBLE,
    "More than the drives can deliver: the page cache answered, or these are other drives.",
    "catalog: nvme_gb_per_s of the machine", check_nvme};
static const struct nh_rule rule_cache = {
    "page-cache", NH_SUSPICIOUS, "Buffered I/O: memory may have answered instead of the drives.",
    "fio: direct=0 uses the page cache", check_cache};
static const struct nh_rule rule_percentile = {
    "percentile", NH_SUSPICIOUS, "The sample is too small to say anything about this percentile.",
    "order statistics, Le Boudec 2010", check_percentile};

const struct nh_rule nh_rule_same_run = {
    "same-run", NH_IMPOSSIBLE, "From the same run as a latency that is not between nodes.",
    "one run has one placement", NULL};
const struct nh_rule nh_rule_same_skew = {
    "same-skew", NH_SUSPICIOUS,
    "From a series with the barrier-skew artefact: the skew is in every line.",
    "one series is one way of timing", NULL};
const struct nh_rule nh_rule_same_set = {
    "same-set", NH_SUSPICIOUS,
    "Its set has a latency that is not between nodes, so this was hardly between nodes.",
    "one script starts all runs of a set", NULL};
const struct nh_rule nh_rule_average = {
    "average-over-sizes", NH_SUSPICIOUS,
    "A mean over message sizes says nothing about any of them; do not quote it.",
    "it depends on the sizes chosen", NULL};

const struct nh_rule *const nh_rules[] = {
    &rule_wrong,        &rule_transport,   &rule_nodes,      &rule_required,
    &rule_ranks,        &nh_rule_latency,  &rule_one_sided,  &rule_line_rate,
    &rule_hop,          &nh_rule_skew,     &rule_volume,     &rule_handover,
    &rule_copy,         &rule_gpu_link,    &rule_nvme,       &rule_arithmetic,
    &rule_order,        &rule_cache,       &rule_percentile, &nh_rule_same_run,
    &nh_rule_same_skew, &nh_rule_same_set, &nh_rule_average, NULL};
