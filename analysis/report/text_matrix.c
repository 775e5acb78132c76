/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/text_matrix.h"

#include <math.h>

#include "analysis/report/chart_heat.h"
#include "analysis/report/html_matrix.h"
#include "common/units.h"

enum { MOST_MATRICES = 3, MOST_LISTED = 3 };
static const char steps[NH_HEAT_STEPS + 1] = ".-+xX#"; /* those of `nodehour-mpi matrix` */

static const char *value_text(const struct nh_matrix *m, double value, char *buf)
{
    return m->rate ? nh_format_rate(value, buf) : nh_format_ns(value, buf);
}

static void print_head(FILE *out, const struct nh_matrix *m)
{
    char size[NH_UNIT_TEXT], value[NH_UNIT_TEXT];
    double bytes = nh_json_number(m->first->params, "size_bytes", 0);
    fprintf(out, "  %s of %s, %ld ranks on %ld host%s, %zu launch%s; median",
            m->rate ? "bandwidth" : "latency", nh_format_bytes((size_t)fmax(0, bytes), size),
            m->first->ranks, m->first->nodes, m->first->nodes == 1 ? "" : "s", m->launches,
            m->launches == 1 ? "" : "es");
    if (isfinite(m->inside))
        fprintf(out, " %s in a host", value_text(m, m->inside, value));
    if (isfinite(m->between))
        fprintf(out, "%s %s between", isfinite(m->inside) ? "," : "",
                value_text(m, m->between, value));
    fputc('\n', out);
}

static void print_row(FILE *out, const struct nh_matrix *m, size_t from)
{
    fprintf(out, "  %5zu ", from);
    for (size_t to = 0; to < m->ranks; to++) {
        double times = nh_matrix_times(m, from, to);
        fputc(isfinite(times) ? steps[nh_heat_step(times)] : ' ', out);
    }
    fputc('\n', out);
}

static void print_square(FILE *out, const struct nh_matrix *m)
{
    if (!m->links) {
        fprintf(out, "  beyond 64 ranks a record holds no single links\n");
        return;
    }
    fprintf(out, "  from  to each rank from 0 on\n");
    for (size_t from = 0; from < m->ranks; from++)
        print_row(out, m, from);
    fprintf(out, "  times the median of its kind: . to 1.1, - 1.25, + 1.5, x 2, X 4, # more\n");
}

static void print_suspects(FILE *out, const struct nh_records *records, const struct nh_matrix *m,
                           const char *key)
{
    struct nh_matrix_suspect all[NH_MATRIX_SUSPECTS];
    size_t count = nh_matrix_suspects(records, m, key, all);
    char value[NH_UNIT_TEXT];
    for (size_t i = 0; i < count && i < MOST_LISTED; i++)
        if (all[i].score >= 3.5) /* below it is ordinary spread */
            fprintf(out, "  stands out: %s, %s, score %.1f, in %zu of %zu launches\n", all[i].name,
                    value_text(m, all[i].value, value), all[i].score, all[i].launches, m->launches);
}

static bool seen_before(const struct nh_records *records, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (nh_matrix_counts(&records->items[i]) &&
            nh_matrix_same(&records->items[i], &records->items[at]))
            return true;
    return false;
}

static void print_matrix(FILE *out, const struct nh_records *records, const struct nh_matrix *m)
{
    print_head(out, m);
    print_square(out, m);
    print_suspects(out, records, m, "worst_hosts");
    print_suspects(out, records, m, "worst_ranks");
    print_suspects(out, records, m, "worst_links");
    fputc('\n', out);
}

void nh_text_matrix(FILE *out, const struct nh_records *records, const char *head_on,
                    const char *head_off)
{
    size_t shown = 0;
    for (size_t i = 0; i < records->count && shown < MOST_MATRICES; i++) {
        struct nh_matrix m;
        if (!nh_matrix_counts(&records->items[i]) || seen_before(records, i) ||
            nh_matrix_pool(records, &records->items[i], &m, NULL))
            continue;
        if (shown++ == 0)
            fprintf(out, "%sEvery pair of ranks%s\n", head_on, head_off);
        print_matrix(out, records, &m);
        nh_matrix_clear(&m);
    }
}
