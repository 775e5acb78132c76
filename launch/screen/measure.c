/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/record.h"
#include "launch/logtail.h"
#include "launch/screen/work.h"

static const double default_time_s = 2, least_limit_s = 60, limit_each_s = 0.5;
static const double start_s = 1;      /* of a launch, about */
static const double late_rank_s = 20; /* a rank that hangs is named after that */

/* ---- which rank is which host ---- */

/* "user@node1.cluster" and "node1" are the same; addresses have no short form. */
static bool same_name(const char *given, const char *seen)
{
    const char *at = strchr(given, '@');
    const char *name = at ? at + 1 : given;
    size_t length = strcspn(name, ".");
    if (strcmp(name, seen) == 0)
        return true;
    if (strspn(name, "0123456789.") == strlen(name))
        return false;
    return strcspn(seen, ".") == length && strncmp(name, seen, length) == 0;
}

static bool same_address(const char *given, const char *seen)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *a = NULL, *b = NULL;
    const char *at = strchr(given, '@');
    bool same = !getaddrinfo(at ? at + 1 : given, NULL, &hints, &a) &&
                !getaddrinfo(seen, NULL, &hints, &b) && a->ai_addrlen == b->ai_addrlen &&
                memcmp(a->ai_addr, b->ai_addr, a->ai_addrlen) == 0;
    if (a)
        freeaddrinfo(a);
    if (b)
        freeaddrinfo(b);
    return same;
}

static size_t find_member(const struct nh_hosts *hosts, const size_t *members, size_t count,
                          const char *seen, bool (*same)(const char *given, const char *seen))
{
    size_t i = 0;
    while (i < count && !same(hosts->items[members[i]].name, seen))
        i++;
    return i;
}

/* The member of each rank: by the names that the ranks saw; where these are not those of the
 * members, mpirun's order is that of its list of hosts. */
static void map_ranks(const json_t *placement, const struct nh_hosts *hosts, const size_t *members,
                      size_t count, size_t *member_of)
{
    bool known = true;
    for (size_t rank = 0; rank < count && known; rank++) {
        const char *seen = nh_json_text(json_array_get(placement, rank), "host", "");
        size_t i = find_member(hosts, members, count, seen, same_name);
        if (i == count && *seen)
            i = find_member(hosts, members, count, seen, same_address);
        for (size_t before = 0; before < rank && i < count; before++)
            known = known && member_of[before] != members[i];
        known = known && i < count;
        member_of[rank] = known ? members[i] : 0;
    }
    if (!known)
        memcpy(member_of, members, count * sizeof *members);
}

/* ---- record ---- */

static int take_matrix(const struct nh_record *r, const size_t *member_of, size_t count,
                       struct nh_screen_cells *cells)
{
    const json_t *rows = json_object_get(r->detail, "matrix");
    bool rate = strcmp(nh_json_text(r->params, "measure", ""), "bandwidth") == 0;
    double *into = rate ? cells->ns_per_byte : cells->latency_ns;
    if (json_array_size(rows) != count)
        return NH_EINPUT;
    for (size_t from = 0; from < count; from++) {
        const json_t *row = json_array_get(rows, from);
        if (json_array_size(row) != count)
            return NH_EINPUT;
        for (size_t to = 0; to < count; to++) {
            double value = json_number_value(json_array_get(row, to));
            if (from != to && value > 0)
                into[member_of[from] * cells->hosts + member_of[to]] = rate ? 1e9 / value : value;
        }
    }
    return NH_OK;
}

int nh_screen_read(const char *path, const struct nh_hosts *hosts, const size_t *members,
                   size_t count, struct nh_screen_cells *cells, struct nh_error *err)
{
    struct nh_records set = {0};
    size_t *member_of = calloc(count, sizeof *member_of);
    int rc = member_of ? nh_records_read(path, true, &set, err)
                       : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc && set.count == 0)
        rc = nh_fail(err, NH_EINPUT, "it wrote no record");
    if (!rc) {
        const struct nh_record *r = &set.items[set.count - 1];
        map_ranks(r->placement, hosts, members, count, member_of);
        if (take_matrix(r, member_of, count, cells))
            rc = nh_fail(err, NH_EINPUT, "its record has no matrix of %zu ranks", count);
    }
    nh_records_clear(&set);
    free(member_of);
    return rc;
}

/* ---- launch ---- */

struct files {
    char out[128], log[128];
};

static double time_of(const struct nh_screen *s)
{
    return s->max_time_s > 0 ? s->max_time_s : default_time_s;
}

static void kernel_words(const struct nh_screen_work *w, bool bandwidth, struct nh_args *argv)
{
    const struct nh_screen *s = w->screen;
    nh_args_add(argv, "%s", w->program);
    nh_args_add(argv, "matrix");
    nh_args_add(argv, "--measure");
    nh_args_add(argv, "%s", bandwidth ? "bandwidth" : "latency");
    if (bandwidth && s->size) {
        nh_args_add(argv, "--size");
        nh_args_add(argv, "%zu", s->size);
    }
    nh_args_add(argv, "--max-time");
    nh_args_add(argv, "%g", time_of(s));
    nh_args_add(argv, "--timeout");
    nh_args_add(argv, "%g", s->limit_s > 0 ? fmin(late_rank_s, s->limit_s / 2) : late_rank_s);
    if (s->serial)
        nh_args_add(argv, "--serial");
    nh_args_add(argv, "--json");
}

static double limit_of(const struct nh_screen *s, size_t count)
{
    return s->limit_s > 0 ? s->limit_s : least_limit_s + limit_each_s * (double)count;
}

struct shown {
    struct nh_screen_work *work;
    size_t count;
    bool bandwidth;
    double started_s, expected_s;
};

static bool tick(void *context)
{
    const struct shown *s = context;
    char what[96];
    snprintf(what, sizeof what, "screening %zu hosts, %s", s->count,
             s->bandwidth ? "bandwidth" : "latency");
    double left_s = s->expected_s - (nh_monotonic_s() - s->started_s);
    if (s->work->screen->shown)
        nh_progress_show(s->work->screen->shown, what, s->work->won, s->work->launches,
                         fmax(left_s, 0));
    return true;
}

static int start(struct nh_screen_work *w, const struct nh_hosts *part, bool bandwidth,
                 const struct files *f, pid_t *pid, struct nh_error *err)
{
    struct nh_args argv = {0};
    struct nh_cluster cluster = *w->cluster; /* its own hosts are all of them */
    cluster.hosts = *part;
    kernel_words(w, bandwidth, &argv);
    const struct nh_launch launch = {.argv = argv.items,
                                     .ranks = (int)part->count,
                                     .nodes = (long)part->count,
                                     .ranks_per_node = 1,
                                     .out_path = f->out,
                                     .log_path = f->log};
    int rc = argv.failed ? nh_fail(err, NH_EFAIL, "out of memory")
                         : nh_cluster_start(&cluster, &launch, pid, err);
    nh_args_clear(&argv);
    return rc;
}

/* NH_OK, or NH_EPARTIAL with the reason. */
static int judge_end(const struct nh_outcome *outcome, const struct files *f, char *reason,
                     struct nh_error *err)
{
    char why[96];
    if (outcome->end == NH_END_STOPPED)
        return nh_fail(err, NH_ESTOPPED, "%s; nothing is decided, screen again",
                       nh_outcome_text(outcome, why, sizeof why));
    if (outcome->end == NH_END_EXIT && outcome->value == 0)
        return NH_OK;
    nh_log_reason(f->log, reason, NH_HOST_REASON);
    bool ours = strncmp(reason, "nodehour-mpi", strlen("nodehour-mpi")) == 0;
    /* What else stands in the log of a launch that we ended was said when it ended. */
    if (!*reason || (outcome->end != NH_END_EXIT && !ours))
        snprintf(reason, NH_HOST_REASON, "%s", nh_outcome_text(outcome, why, sizeof why));
    return NH_EPARTIAL;
}

static int launch_and_read(struct nh_screen_work *w, const struct nh_hosts *part,
                           const size_t *members, bool bandwidth, struct nh_screen_cells *cells,
                           char *reason, struct nh_error *err)
{
    struct files f;
    struct shown shown = {w, part->count, bandwidth, nh_monotonic_s(),
                          start_s + time_of(w->screen)};
    struct nh_outcome outcome;
    struct nh_error why = {0};
    pid_t pid;
    snprintf(f.out, sizeof f.out, "%s/%zu.jsonl", w->folder, w->launches);
    snprintf(f.log, sizeof f.log, "%s/%zu.log", w->folder, w->launches);
    w->launches++;
    int rc = start(w, part, bandwidth, &f, &pid, err);
    if (rc)
        return rc;
    nh_process_watch(&w->guard, pid, limit_of(w->screen, part->count), tick, &shown, &outcome);
    rc = judge_end(&outcome, &f, reason, err);
    if (rc)
        return rc;
    if (nh_screen_read(f.out, w->screen->hosts, members, part->count, cells, &why) == NH_OK)
        return NH_OK;
    snprintf(reason, NH_HOST_REASON, "%.*s", NH_HOST_REASON - 1, why.text);
    return NH_EPARTIAL;
}

int nh_screen_measure(struct nh_screen_work *w, const size_t *members, size_t count, bool bandwidth,
                      struct nh_screen_cells *cells, char *reason, struct nh_error *err)
{
    struct nh_hosts part = {calloc(count, sizeof *part.items), count};
    if (!part.items)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < count; i++)
        part.items[i] = w->screen->hosts->items[members[i]];
    int rc = launch_and_read(w, &part, members, bandwidth, cells, reason, err);
    if (rc == NH_OK)
        w->won++;
    w->lost_in_a_row = rc == NH_OK ? 0 : w->lost_in_a_row + 1;
    free(part.items);
    return rc;
}
