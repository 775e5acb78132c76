/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/board.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/record.h"
#include "common/units.h"

/* ---- what happened ---- */

/* What the first line of a launch's table says. */
static void read_figure(const struct nh_board *b, size_t job, long launch)
{
    char path[NH_PATH_MAX], *line = NULL;
    size_t room = 0;
    ssize_t len;
    struct nh_record r;
    struct nh_board_job *j = &b->jobs[job];
    if (nh_rundir_path(b->dir, path, sizeof path, NULL, "launches/%s.%ld.jsonl",
                       b->plan->jobs[job].name, launch))
        return;
    FILE *in = fopen(path, "re");
    if (in && (len = getline(&line, &room, in)) > 0 &&
        nh_record_parse(line, (size_t)len, &r, NULL) == NH_OK) {
        j->size_bytes = nh_json_number(r.params, "size_bytes", NAN);
        if (isfinite(nh_record_central(&r)) && j->figures < (size_t)b->plan->launches)
            j->ns[j->figures++] = nh_record_central(&r);
        nh_record_clear(&r);
    }
    free(line);
    if (in)
        fclose(in);
}

static void take_done(struct nh_board *b, size_t job, long launch)
{
    b->jobs[job].done++;
    if (b->ns)
        read_figure(b, job, launch);
}

int nh_board_init(struct nh_board *b, const struct nh_plan *plan, const struct nh_rundir *dir,
                  const bool *done, bool figures, struct nh_error *err)
{
    size_t launches = (size_t)plan->launches;
    *b = (struct nh_board){.plan = plan, .dir = dir};
    b->jobs = calloc(plan->job_count + 1, sizeof *b->jobs);
    b->ns = figures ? calloc(plan->job_count * launches + 1, sizeof *b->ns) : NULL;
    if (!b->jobs || (figures && !b->ns)) {
        nh_board_clear(b);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    for (size_t i = 0; i < plan->job_count; i++) {
        b->jobs[i].size_bytes = NAN;
        b->jobs[i].ns = figures ? b->ns + i * launches : NULL;
    }
    for (size_t i = 0; i < plan->step_count; i++)
        if (done[i])
            take_done(b, plan->steps[i].job, plan->steps[i].launch);
    return NH_OK;
}

void nh_board_clear(struct nh_board *b)
{
    free(b->jobs);
    free(b->ns);
    *b = (struct nh_board){0};
}

void nh_board_begun(struct nh_board *b, size_t job)
{
    b->jobs[job].last = ++b->now;
}

void nh_board_ended(struct nh_board *b, size_t job, long launch, enum nh_attempt_end end,
                    double seconds)
{
    struct nh_board_job *j = &b->jobs[job];
    j->last = ++b->now;
    j->failed += end == NH_ATTEMPT_FAILED;
    if (end != NH_ATTEMPT_DONE)
        return;
    j->sum_s += seconds;
    j->timed++;
    take_done(b, job, launch);
}

/* ---- what follows from it ---- */

double nh_board_mean_s(const struct nh_board *b, size_t job)
{
    const struct nh_board_job *j = &b->jobs[job];
    return j->timed ? j->sum_s / (double)j->timed : b->plan->jobs[job].expected_s;
}

double nh_board_left_s(const struct nh_board *b)
{
    double left = 0;
    for (size_t i = 0; i < b->plan->job_count; i++)
        left += nh_board_mean_s(b, i) * ((double)b->plan->launches - (double)b->jobs[i].done);
    return left;
}

size_t nh_board_done(const struct nh_board *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->plan->job_count; i++)
        n += b->jobs[i].done;
    return n;
}

/* ---- the table ---- */

/* "1.21 us at 8 B" */
static void figure_words(const struct nh_board_job *j, double median, char *buf, size_t len)
{
    char value[NH_UNIT_TEXT], size[NH_UNIT_TEXT];
    nh_format_ns(median, value);
    if (j->size_bytes >= 0)
        snprintf(buf, len, "%s at %s", value, nh_format_bytes((size_t)j->size_bytes, size));
    else
        snprintf(buf, len, "%s", value);
}

static void statistics(const struct nh_board_job *j, char *figure, char *interval, size_t len)
{
    char low[NH_UNIT_TEXT], high[NH_UNIT_TEXT];
    struct nh_ranks ranks;
    *figure = *interval = '\0';
    if (!j->figures)
        return;
    nh_sort(j->ns, j->figures); /* their order says nothing */
    figure_words(j, nh_median_sorted(j->ns, j->figures), figure, len);
    if (nh_quantile_ranks(j->figures, 0.5, 0.95, &ranks))
        snprintf(interval, len, "%s to %s", nh_format_ns(j->ns[ranks.lo - 1], low),
                 nh_format_ns(j->ns[ranks.hi - 1], high));
}

static void state_words(const struct nh_board *b, const struct nh_board_job *j, bool runs,
                        double running_s, char *buf, size_t len)
{
    if (runs)
        snprintf(buf, len, "runs, %.0f s", running_s);
    else if (j->done == (size_t)b->plan->launches)
        snprintf(buf, len, "done");
    else if (j->failed)
        snprintf(buf, len, "%zu failed", j->failed);
    else
        snprintf(buf, len, "waits");
}

static size_t name_width(const struct nh_board *b, const size_t *shown, size_t count,
                         size_t columns)
{
    enum { OTHERS = 60, LEAST = 12 };
    size_t most = columns > OTHERS + LEAST ? columns - OTHERS : LEAST, width = strlen("job");
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(b->plan->jobs[shown[i]].name);
        width = n > width ? n : width;
    }
    return width < most ? width : most;
}

/* What a narrow terminal loses first stands last. */
static void write_row(struct nh_progress_row *row, size_t width, const char *name,
                      const char *launches, const char *state, const char *figure,
                      const char *interval)
{
    snprintf(row->text, sizeof row->text, "%-*.*s  %9s  %-12s %-19s %s", (int)width, (int)width,
             name, launches, state, figure, interval);
}

static void job_row(const struct nh_board *b, size_t job, bool runs, double running_s, size_t width,
                    struct nh_progress_row *row)
{
    const struct nh_board_job *j = &b->jobs[job];
    char launches[48], state[48], figure[80], interval[80];
    snprintf(launches, sizeof launches, "%zu/%ld", j->done, b->plan->launches);
    state_words(b, j, runs, running_s, state, sizeof state);
    statistics(j, figure, interval, sizeof figure);
    write_row(row, width, b->plan->jobs[job].name, launches, state, figure, interval);
}

/* The `room` jobs with the latest events, in the order of the plan; how many they are. Those to
 * which nothing happened yet come last. */
static size_t choose(const struct nh_board *b, size_t room, size_t *shown)
{
    size_t count = 0;
    for (size_t i = 0; i < b->plan->job_count; i++) {
        size_t at = count < room ? count++ : room - 1, oldest = 0;
        if (at == room - 1 && i >= room) { /* full: the oldest one goes, if it is older */
            for (size_t k = 1; k < room; k++)
                oldest = b->jobs[shown[k]].last <= b->jobs[shown[oldest]].last ? k : oldest;
            if (b->jobs[shown[oldest]].last >= b->jobs[i].last)
                continue;
            memmove(shown + oldest, shown + oldest + 1, (room - 1 - oldest) * sizeof *shown);
        }
        shown[at] = i;
    }
    return count;
}

size_t nh_board_rows(const struct nh_board *b, long running, double running_s, size_t columns,
                     struct nh_progress_row *rows, size_t most)
{
    size_t shown[NH_PROGRESS_ROWS], used = 0;
    most = most < NH_PROGRESS_ROWS ? most : NH_PROGRESS_ROWS;
    if (most < 2)
        return 0;
    bool all = b->plan->job_count < most;
    size_t count = choose(b, all ? b->plan->job_count : most - 2 ? most - 2 : 1, shown);
    size_t width = name_width(b, shown, count, columns);
    write_row(&rows[used++], width, "job", "launches", "", "median", "95 % interval");
    for (size_t i = 0; i < count; i++)
        job_row(b, shown[i], running == (long)shown[i], running_s, width, &rows[used++]);
    if (count < b->plan->job_count && used < most)
        snprintf(rows[used++].text, sizeof rows->text, "and %zu other jobs",
                 b->plan->job_count - count);
    return used;
}
