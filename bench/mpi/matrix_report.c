/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/mpi/matrix.h"
#include "bench/pt2pt/heat.h"
#include "common/stats.h"

enum { WITHIN = 0, BETWEEN = 1, TAG_ASK = 14, TAG_ROW = 15 };

/* What each rank tells rank 0 of its own links, by kind; NaN where it has none. */
struct summary {
    double sends[2], receives[2], spread[2];
    char host[NH_MATRIX_HOST];
};

static int kind(const struct nh_mpi_matrix *m, int a, int b)
{
    return m->host[a] == m->host[b] ? WITHIN : BETWEEN;
}

/* ---- each rank ---- */

static void make_row(struct nh_mpi_matrix *m)
{
    size_t kept = nh_mpi_matrix_kept(m);
    for (int peer = 0; peer < m->session->size; peer++) {
        double *values = m->passes_of + (size_t)peer * NH_MATRIX_KEPT;
        m->row[peer] =
            peer == m->session->rank || kept == 0 ? NAN : nh_median(values, kept, values);
    }
    MPI_Alltoall(m->row, 1, MPI_DOUBLE, m->column, 1, MPI_DOUBLE, m->session->comm);
}

/* Median and spread of one kind of links among `values`. */
static struct nh_yardstick yardstick(const struct nh_mpi_matrix *m, const double *values, int which)
{
    int n = m->session->size, rank = m->session->rank;
    double *own = m->scratch + 2 * (size_t)n;
    for (int peer = 0; peer < n; peer++)
        own[peer] = peer != rank && kind(m, rank, peer) == which ? values[peer] : NAN;
    return nh_yardstick_of(own, (size_t)n, !m->bandwidth, m->scratch);
}

static struct summary summarise(const struct nh_mpi_matrix *m)
{
    struct summary s = {.host = ""};
    for (int which = WITHIN; which <= BETWEEN; which++) {
        struct nh_yardstick out = yardstick(m, m->row, which);
        s.sends[which] = out.median;
        s.spread[which] = out.spread;
        s.receives[which] = yardstick(m, m->column, which).median;
    }
    gethostname(s.host, sizeof s.host - 1);
    return s;
}

/* ---- rank 0: yardsticks, ranks, hosts ---- */

static int open_report(struct nh_mpi_matrix *m, struct nh_error *err)
{
    size_t n = (size_t)m->session->size;
    struct nh_mpi_matrix_report *r = calloc(1, sizeof *r);
    m->report = r;
    if (!r)
        return nh_fail(err, NH_EFAIL, "out of memory for the matrix");
    r->worst_links = (struct nh_worst){r->link_items, 0, NH_MATRIX_WORST};
    r->worst_ranks = (struct nh_worst){r->rank_items, 0, NH_MATRIX_WORST};
    r->worst_hosts = (struct nh_worst){r->host_items, 0, NH_MATRIX_WORST};
    r->ranks_per_block = ((int)n + NH_MATRIX_SHOWN - 1) / NH_MATRIX_SHOWN;
    r->blocks = ((int)n + r->ranks_per_block - 1) / r->ranks_per_block;
    r->worst = NAN;
    r->sends = malloc(n * sizeof *r->sends);
    r->receives = malloc(n * sizeof *r->receives);
    r->names = malloc(n * sizeof *r->names);
    r->heat = calloc((size_t)r->blocks * (size_t)r->blocks, sizeof *r->heat);
    r->rows = n <= NH_MATRIX_SHOWN ? json_array() : NULL;
    if (r->sends && r->receives && r->names && r->heat)
        return NH_OK;
    return nh_fail(err, NH_EFAIL, "out of memory for the matrix");
}

void nh_mpi_matrix_report_free(struct nh_mpi_matrix *m)
{
    struct nh_mpi_matrix_report *r = m->report;
    if (!r)
        return;
    free(r->sends);
    free(r->receives);
    free(r->names);
    free(r->heat);
    json_decref(r->rows);
    free(r);
    m->report = NULL;
}

/* A link is held against the links of its kind: median of the ranks' medians, and of their
 * spreads, which takes no memory for all links. */
static void measure_links(struct nh_mpi_matrix *m, const struct summary *all)
{
    size_t n = (size_t)m->session->size;
    double *values = m->scratch + 2 * n;
    for (int which = WITHIN; which <= BETWEEN; which++) {
        struct nh_yardstick *y = &m->report->links[which];
        for (size_t i = 0; i < n; i++)
            values[i] = all[i].sends[which];
        *y = nh_yardstick_of(values, n, !m->bandwidth, m->scratch);
        for (size_t i = 0; i < n; i++)
            values[i] = all[i].spread[which];
        y->spread = fmax(nh_yardstick_of(values, n, true, m->scratch).median, 0.02 * y->median);
    }
}

static void offer_ranks(struct nh_mpi_matrix *m, const double *values, long as_receiver)
{
    size_t n = (size_t)m->session->size;
    struct nh_yardstick y = nh_yardstick_of(values, n, !m->bandwidth, m->scratch);
    for (size_t i = 0; i < n; i++)
        nh_worst_offer(&m->report->worst_ranks,
                       (struct nh_suspect){(long)i, as_receiver, values[i],
                                           nh_yardstick_score(&y, values[i])});
}

/* Median over the ranks of the host whose first rank is `lead`; NaN where it is none. */
static double host_median(const struct nh_mpi_matrix *m, int lead, const double *values,
                          double *own)
{
    size_t count = 0;
    for (int i = 0; i < m->session->size; i++)
        if (m->host[i] == lead)
            own[count++] = values[i];
    return count ? nh_median(own, count, own) : NAN;
}

/* A host is as good as the worse of what its ranks send and what they receive: an interface
 * may be slow in one direction only. */
static void offer_hosts(struct nh_mpi_matrix *m)
{
    size_t n = (size_t)m->session->size;
    double *hosts = m->scratch + 2 * n, *own = m->scratch + 3 * n;
    for (size_t lead = 0; lead < n; lead++) {
        double sends = host_median(m, (int)lead, m->report->sends, own);
        double receives = host_median(m, (int)lead, m->report->receives, own);
        hosts[lead] = m->bandwidth ? fmin(sends, receives) : fmax(sends, receives);
    }
    struct nh_yardstick y = nh_yardstick_of(hosts, n, !m->bandwidth, m->scratch);
    for (size_t lead = 0; lead < n; lead++)
        nh_worst_offer(
            &m->report->worst_hosts,
            (struct nh_suspect){(long)lead, 0, hosts[lead], nh_yardstick_score(&y, hosts[lead])});
}

static void judge(struct nh_mpi_matrix *m, const struct summary *all)
{
    struct nh_mpi_matrix_report *r = m->report;
    measure_links(m, all);
    int which = isnan(r->links[BETWEEN].median) ? WITHIN : BETWEEN;
    for (int i = 0; i < m->session->size; i++) {
        r->sends[i] = all[i].sends[which];
        r->receives[i] = all[i].receives[which];
        memcpy(r->names[i], all[i].host, sizeof r->names[i]);
    }
    offer_ranks(m, r->sends, 0);
    offer_ranks(m, r->receives, 1);
    if (which == BETWEEN)
        offer_hosts(m);
}

/* ---- rank 0: one row at a time ---- */

static json_t *json_row(const double *row, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, isnan(row[i]) ? json_null() : json_real(row[i]));
    return array;
}

static void take_row(struct nh_mpi_matrix *m, int from, const double *row)
{
    struct nh_mpi_matrix_report *r = m->report;
    int n = m->session->size;
    for (int to = 0; to < n; to++) {
        if (to == from)
            continue;
        const struct nh_yardstick *y = &r->links[kind(m, from, to)];
        double times = m->bandwidth ? y->median / row[to] : row[to] / y->median;
        double *heat = &r->heat[from / r->ranks_per_block * r->blocks + to / r->ranks_per_block];
        *heat = fmax(*heat, times);
        r->worst = m->bandwidth ? fmin(r->worst, row[to]) : fmax(r->worst, row[to]);
        nh_worst_offer(&r->worst_links,
                       (struct nh_suspect){from, to, row[to], nh_yardstick_score(y, row[to])});
    }
    if (r->rows)
        json_array_append_new(r->rows, json_row(row, n));
}

/* A rank sends when it is asked: all rows at once would be what rank 0 must not hold. */
static void pass_rows(struct nh_mpi_matrix *m)
{
    MPI_Comm comm = m->session->comm;
    int n = m->session->size;
    if (m->session->rank != 0) {
        MPI_Recv(NULL, 0, MPI_BYTE, 0, TAG_ASK, comm, MPI_STATUS_IGNORE);
        MPI_Send(m->row, n, MPI_DOUBLE, 0, TAG_ROW, comm);
        return;
    }
    double *row = m->scratch;
    take_row(m, 0, m->row);
    for (int from = 1; from < n; from++) {
        MPI_Send(NULL, 0, MPI_BYTE, from, TAG_ASK, comm);
        MPI_Recv(row, n, MPI_DOUBLE, from, TAG_ROW, comm, MPI_STATUS_IGNORE);
        take_row(m, from, row);
    }
}

int nh_mpi_matrix_gather(struct nh_mpi_matrix *m, struct nh_error *err)
{
    struct nh_mpi_session *s = m->session;
    struct summary *all = s->rank == 0 ? malloc((size_t)s->size * sizeof *all) : NULL;
    int code = s->rank == 0 ? open_report(m, err) : NH_OK;
    if (s->rank == 0 && !all)
        code = nh_fail(err, NH_EFAIL, "out of memory for the matrix");
    if ((code = nh_mpi_agree(s, code, err)) == NH_OK) {
        make_row(m);
        struct summary own = summarise(m);
        MPI_Gather(&own, sizeof own, MPI_BYTE, all, sizeof own, MPI_BYTE, 0, s->comm);
        if (all && m->report->sends)
            judge(m, all);
        pass_rows(m);
    }
    free(all);
    return code;
}

/* ---- record ---- */

static json_t *kind_object(const struct nh_yardstick *y)
{
    if (isnan(y->median))
        return json_null();
    return json_pack("{s:f, s:f}", "median", y->median, "spread", y->spread);
}

static json_t *links_array(const struct nh_worst *w)
{
    json_t *array = json_array();
    for (size_t i = 0; i < w->count; i++)
        json_array_append_new(array, json_pack("{s:I, s:I, s:f, s:f}", "from",
                                               (json_int_t)w->items[i].from, "to",
                                               (json_int_t)w->items[i].to, "value",
                                               w->items[i].value, "score", w->items[i].score));
    return array;
}

static const char *role(const struct nh_suspect *s)
{
    return s->to ? "receiver" : "sender";
}

static json_t *ranks_array(const struct nh_mpi_matrix_report *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->worst_ranks.count; i++) {
        const struct nh_suspect *s = &r->rank_items[i];
        json_array_append_new(array, json_pack("{s:I, s:s, s:s, s:f, s:f}", "rank",
                                               (json_int_t)s->from, "host", r->names[s->from], "as",
                                               role(s), "value", s->value, "score", s->score));
    }
    return array;
}

static json_t *hosts_array(const struct nh_mpi_matrix_report *r)
{
    json_t *array = json_array();
    for (size_t i = 0; i < r->worst_hosts.count; i++) {
        const struct nh_suspect *s = &r->host_items[i];
        json_array_append_new(array, json_pack("{s:s, s:f, s:f}", "host", r->names[s->from],
                                               "value", s->value, "score", s->score));
    }
    return array;
}

void nh_mpi_matrix_describe(const struct nh_mpi_matrix *m, json_t *derived, json_t *detail)
{
    const struct nh_mpi_matrix_report *r = m->report;
    int n = m->session->size, which = isnan(r->links[BETWEEN].median) ? WITHIN : BETWEEN;
    bool rate = m->bandwidth;
    json_object_set_new(derived, rate ? "link_median_bytes_per_s" : "link_median_ns",
                        json_real(r->links[which].median));
    json_object_set_new(derived, rate ? "link_worst_bytes_per_s" : "link_worst_ns",
                        json_real(r->worst));
    json_object_set_new(detail, "unit", json_string(rate ? "bytes_per_s" : "ns"));
    json_object_set_new(detail, "passes", json_integer((json_int_t)nh_mpi_matrix_kept(m)));
    json_object_set_new(detail, "within_hosts", kind_object(&r->links[WITHIN]));
    json_object_set_new(detail, "between_hosts", kind_object(&r->links[BETWEEN]));
    json_object_set_new(detail, "rank_sends", json_row(r->sends, n));
    json_object_set_new(detail, "rank_receives", json_row(r->receives, n));
    json_object_set_new(detail, "worst_links", links_array(&r->worst_links));
    json_object_set_new(detail, "worst_ranks", ranks_array(r));
    json_object_set_new(detail, "worst_hosts", hosts_array(r));
    if (r->rows)
        json_object_set(detail, "matrix", r->rows);
}

/* ---- terminal ---- */

static void print_value(const struct nh_mpi_matrix *m, double value, char *buf, size_t size)
{
    if (m->bandwidth)
        snprintf(buf, size, "%.4g GB/s", value * 1e-9);
    else
        snprintf(buf, size, "%.3f us", value * 1e-3);
}

static void print_heat(const struct nh_mpi_matrix *m)
{
    const struct nh_mpi_matrix_report *r = m->report;
    char line[NH_MATRIX_SHOWN + 1];
    nh_mpi_note(m->session, "%s from row to column%s, against the median of its kind: %s",
                m->bandwidth ? "bandwidth" : "latency",
                r->ranks_per_block > 1 ? " (worst of a block)" : "", NH_HEAT_LEGEND);
    for (int i = 0; i < r->blocks; i++) {
        for (int k = 0; k < r->blocks; k++)
            line[k] = nh_heat_char(r->heat[i * r->blocks + k]);
        line[r->blocks] = '\0';
        nh_mpi_note(m->session, "%6d  %s", i * r->ranks_per_block, line);
    }
}

/* Scores below this are the ordinary spread. */
static const double remarkable = 3.5;

static void print_worst(const struct nh_mpi_matrix *m)
{
    const struct nh_mpi_matrix_report *r = m->report;
    char value[32];
    size_t shown = 0;
    for (size_t i = 0; i < r->worst_hosts.count && r->host_items[i].score >= remarkable; i++) {
        const struct nh_suspect *s = &r->host_items[i];
        print_value(m, s->value, value, sizeof value);
        nh_mpi_note(m->session, "host %s: %s, score %.1f", r->names[s->from], value, s->score);
        shown++;
    }
    for (size_t i = 0; i < r->worst_ranks.count && r->rank_items[i].score >= remarkable; i++) {
        const struct nh_suspect *s = &r->rank_items[i];
        print_value(m, s->value, value, sizeof value);
        nh_mpi_note(m->session, "rank %ld on %s as %s: %s, score %.1f", s->from, r->names[s->from],
                    role(s), value, s->score);
        shown++;
    }
    for (size_t i = 0; i < r->worst_links.count && r->link_items[i].score >= remarkable; i++) {
        const struct nh_suspect *s = &r->link_items[i];
        print_value(m, s->value, value, sizeof value);
        nh_mpi_note(m->session, "link %ld -> %ld: %s, score %.1f", s->from, s->to, value, s->score);
        shown++;
    }
    if (shown == 0)
        nh_mpi_note(m->session, "no host, rank or link stands out (score %.1f)", remarkable);
}

void nh_mpi_matrix_print(const struct nh_mpi_matrix *m)
{
    print_heat(m);
    print_worst(m);
}
