/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/html_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"

bool nh_matrix_counts(const struct nh_record *r)
{
    return strcmp(r->kernel, "matrix") == 0 && !r->imported && json_is_object(r->detail) &&
           !json_is_true(json_object_get(r->transport, "failed"));
}

bool nh_matrix_same(const struct nh_record *a, const struct nh_record *b)
{
    const char *machine = a->machine ? a->machine : "";
    return nh_matrix_counts(b) && a->ranks == b->ranks && a->nodes == b->nodes &&
           json_equal(a->params, b->params) && strcmp(machine, b->machine ? b->machine : "") == 0;
}

static double link_of(const struct nh_record *r, size_t from, size_t to)
{
    const json_t *row = json_array_get(json_object_get(r->detail, "matrix"), from);
    const json_t *cell = json_array_get(row, to);
    return json_is_number(cell) ? json_number_value(cell) : NAN;
}

const char *nh_matrix_host(const struct nh_matrix *m, size_t rank)
{
    return nh_json_text(json_array_get(m->first->placement, rank), "host", "");
}

static bool apart(const struct nh_matrix *m, size_t from, size_t to)
{
    return strcmp(nh_matrix_host(m, from), nh_matrix_host(m, to)) != 0;
}

/* Median over the launches that have this link; `work` holds two numbers for each. */
static double pooled(const struct nh_records *records, const struct nh_matrix *m, size_t from,
                     size_t to, double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < records->count; i++) {
        if (!nh_matrix_same(m->first, &records->items[i]))
            continue;
        double value = link_of(&records->items[i], from, to);
        if (value > 0)
            work[n++] = value;
    }
    return n > 0 && from != to ? nh_median(work, n, work + n) : NAN;
}

/* `work` holds twice the number of links. */
static double median_of_kind(const struct nh_matrix *m, bool between, double *work)
{
    size_t n = 0;
    for (size_t i = 0; i < m->ranks * m->ranks; i++)
        if (isfinite(m->links[i]) && apart(m, i / m->ranks, i % m->ranks) == between)
            work[n++] = m->links[i];
    return n > 0 ? nh_median(work, n, work + n) : NAN;
}

static void fill(const struct nh_records *records, struct nh_matrix *m, double *work)
{
    for (size_t i = 0; i < m->ranks * m->ranks; i++)
        m->links[i] = pooled(records, m, i / m->ranks, i % m->ranks, work);
    m->inside = median_of_kind(m, false, work);
    m->between = median_of_kind(m, true, work);
}

int nh_matrix_pool(const struct nh_records *records, const struct nh_record *first,
                   struct nh_matrix *m, struct nh_error *err)
{
    const json_t *rows = json_object_get(first->detail, "matrix");
    *m = (struct nh_matrix){.first = first, .ranks = json_array_size(rows)};
    m->rate = strcmp(nh_json_text(first->detail, "unit", "ns"), "bytes_per_s") == 0;
    m->inside = nh_json_number(json_object_get(first->detail, "within_hosts"), "median", NAN);
    m->between = nh_json_number(json_object_get(first->detail, "between_hosts"), "median", NAN);
    for (size_t i = 0; i < records->count; i++)
        m->launches += nh_matrix_same(first, &records->items[i]);
    if (m->ranks == 0 || m->ranks > 1000)
        return NH_OK;
    size_t links = m->ranks * m->ranks, most = links > m->launches ? links : m->launches;
    double *work = malloc(2 * most * sizeof *work);
    m->links = malloc(links * sizeof *m->links);
    if (work && m->links)
        fill(records, m, work);
    int rc = work && m->links ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    free(work);
    if (rc)
        nh_matrix_clear(m);
    return rc;
}

void nh_matrix_clear(struct nh_matrix *m)
{
    free(m->links);
    m->links = NULL;
}

double nh_matrix_times(const struct nh_matrix *m, size_t from, size_t to)
{
    double value = m->links[from * m->ranks + to];
    double ordinary = apart(m, from, to) ? m->between : m->inside;
    return m->rate ? ordinary / value : value / ordinary;
}

/* ---- what stands out ---- */

static void name_suspect(const json_t *item, char *name, size_t size)
{
    const char *host = nh_json_text(item, "host", "");
    if (json_object_get(item, "from"))
        snprintf(name, size, "rank %.0f to %.0f", nh_json_number(item, "from", NAN),
                 nh_json_number(item, "to", NAN));
    else if (json_object_get(item, "rank"))
        snprintf(name, size, "rank %.0f on %.48s as %.16s", nh_json_number(item, "rank", NAN), host,
                 nh_json_text(item, "as", "?"));
    else
        snprintf(name, size, "%.80s", host);
}

/* Scores are added up here; a launch that does not list it adds none. */
static size_t note(struct nh_matrix_suspect *all, size_t count, const json_t *item)
{
    struct nh_matrix_suspect s = {.value = nh_json_number(item, "value", NAN),
                                  .score = nh_json_number(item, "score", NAN),
                                  .launches = 1};
    size_t i = 0;
    name_suspect(item, s.name, sizeof s.name);
    while (i < count && strcmp(all[i].name, s.name) != 0)
        i++;
    if (i == NH_MATRIX_SUSPECTS || isnan(s.value) || isnan(s.score))
        return count;
    if (i == count) {
        all[i] = s;
        return count + 1;
    }
    all[i].score += s.score;
    all[i].launches++;
    return count;
}

static int by_score(const void *left, const void *right)
{
    const struct nh_matrix_suspect *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return strcmp(a->name, b->name);
}

size_t nh_matrix_suspects(const struct nh_records *records, const struct nh_matrix *m,
                          const char *key, struct nh_matrix_suspect *suspects)
{
    size_t count = 0;
    for (size_t i = 0; i < records->count; i++) {
        const json_t *list = json_object_get(records->items[i].detail, key);
        if (!nh_matrix_same(m->first, &records->items[i]))
            continue;
        for (size_t k = 0; k < json_array_size(list); k++)
            count = note(suspects, count, json_array_get(list, k));
    }
    for (size_t i = 0; i < count; i++)
        suspects[i].score /= (double)m->launches;
    qsort(suspects, count, sizeof *suspects, by_score);
    return count;
}
