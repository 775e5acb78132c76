/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/submit.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/journal.h"
#include "launch/board.h"
#include "launch/capture.h"
#include "launch/mpirun.h"
#include "launch/process.h"

static const double poll_s = 2, end_grace_s = 90;
static const int term_before_s = 60; /* SIGTERM so long before Slurm ends the job */
enum { JOBS_MAX = 64, ID = 24, LOST_POLLS = 150 };

/* The batch script passes its words on: nothing of the user's stands in a shell's text. */
static const char script[] = "#!/bin/sh\nexec \"$@\"\n";

struct jobs {
    char ids[JOBS_MAX][ID];
    size_t count;
};

struct tools {
    char sbatch[NH_PATH_MAX], squeue[NH_PATH_MAX], scancel[NH_PATH_MAX];
};

static int find_tools(struct tools *t, struct nh_error *err)
{
    struct {
        const char *name;
        char *path;
    } all[] = {{"sbatch", t->sbatch}, {"squeue", t->squeue}, {"scancel", t->scancel}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!nh_on_path(all[i].name, all[i].path, NH_PATH_MAX))
            return nh_fail(err, NH_EINPUT, "no %s on PATH; this works where Slurm's programs are",
                           all[i].name);
    return NH_OK;
}

int nh_submit_possible(struct nh_error *err)
{
    struct tools *t = calloc(1, sizeof *t);
    int rc = t ? find_tools(t, err) : nh_fail(err, NH_EFAIL, "out of memory");
    free(t);
    return rc;
}

/* ---- words ---- */

/* Twice the expectation and ten minutes, in whole minutes: Slurm frees what is not used. */
static long minutes(const struct nh_plan *plan)
{
    double seconds = 2 * nh_plan_expected_s(plan) + 600;
    if (plan->max_time_s > 0)
        seconds = fmin(seconds, plan->max_time_s + term_before_s);
    return (long)ceil(seconds / 60) + 1;
}

void nh_submit_words(const struct nh_submission *s, long nodes, int ranks_per_node, bool only,
                     struct nh_args *words)
{
    const struct nh_launcher_options *o = s->options;
    nh_args_add(words, "--parsable");
    nh_args_add(words, "--job-name=nodehour-%s", s->dir->id);
    nh_args_add(words, "--nodes=%ld", nodes);
    nh_args_add(words, "--ntasks-per-node=%d", ranks_per_node);
    nh_args_add(words, "--exclusive");
    nh_args_add(words, "--overcommit"); /* our ranks may be more than CPUs: we say so ourselves */
    nh_args_add(words, "--requeue");
    nh_args_add(words, "--signal=B:TERM@%d", term_before_s);
    if (o->time)
        nh_args_add(words, "--time=%s", o->time);
    else
        nh_args_add(words, "--time=%ld", minutes(s->plan));
    nh_args_add(words, "--output=%s/logs/slurm-%%j.log", s->folder);
    nh_args_add(words, "--open-mode=append"); /* a requeued job has the same number */
    if (o->partition)
        nh_args_add(words, "--partition=%s", o->partition);
    if (o->account)
        nh_args_add(words, "--account=%s", o->account);
    if (o->exclude)
        nh_args_add(words, "--exclude=%s", o->exclude);
    if (only) /* two jobs at once would disturb each other */
        nh_args_add(words, "--dependency=singleton");
    if (o->slurm_words)
        nh_args_extend(words, o->slurm_words);
    nh_args_add(words, "%s/slurm.sh", s->folder);
    nh_args_extend(words, s->command);
    if (only) {
        nh_args_add(words, "--only-nodes");
        nh_args_add(words, "%ld", nodes);
    }
}

/* ---- jobs ---- */

static int write_script(const struct nh_submission *s, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = nh_rundir_path(s->dir, path, sizeof path, err, "slurm.sh");
    return rc ? rc : nh_file_replace(path, script, strlen(script), err);
}

/* "17" or "17;cluster", as --parsable prints it. */
static bool job_id(const char *text, char id[ID])
{
    size_t n = strspn(text, "0123456789");
    if (!n || n >= ID || (text[n] && text[n] != ';' && !isspace((unsigned char)text[n])))
        return false;
    memcpy(id, text, n);
    id[n] = '\0';
    return true;
}

static int submit(const struct nh_submission *s, const struct tools *t, long nodes,
                  int ranks_per_node, bool only, struct jobs *jobs, struct nh_error *err)
{
    char text[1024] = "";
    struct nh_args words = {0};
    nh_args_add(&words, "%s", t->sbatch);
    nh_submit_words(s, nodes, ranks_per_node, only, &words);
    int rc = words.failed ? nh_fail(err, NH_EFAIL, "out of memory")
                          : nh_capture(words.items, NULL, text, sizeof text, err);
    nh_args_clear(&words);
    text[strcspn(text, "\n")] = '\0';
    if (rc)
        return nh_fail(err, NH_EFAIL, "Slurm does not take the job of %ld nodes: %.400s", nodes,
                       text);
    if (jobs->count == JOBS_MAX || !job_id(text, jobs->ids[jobs->count]))
        return nh_fail(err, NH_EFAIL, "sbatch: '%.200s' is no job number", text);
    jobs->count++;
    return NH_OK;
}

/* The largest node count with something left, below `below`; 0: none. */
static long next_nodes(const struct nh_submission *s, long below, int *ranks_per_node)
{
    long nodes = 0;
    *ranks_per_node = 1;
    for (size_t i = 0; i < s->plan->step_count; i++) {
        const struct nh_job *job = &s->plan->jobs[s->plan->steps[i].job];
        if (s->done[i] || job->nodes >= below)
            continue;
        nodes = job->nodes > nodes ? job->nodes : nodes;
        *ranks_per_node =
            job->ranks_per_node > *ranks_per_node ? job->ranks_per_node : *ranks_per_node;
    }
    return nodes;
}

static int submit_all(const struct nh_submission *s, const struct tools *t, struct jobs *jobs,
                      struct nh_error *err)
{
    bool only = s->options->job_per_node_count;
    int ranks_per_node, rc = NH_OK;
    long nodes = next_nodes(s, LONG_MAX, &ranks_per_node);
    do {
        rc = submit(s, t, nodes, ranks_per_node, only, jobs, err);
        nodes = only ? next_nodes(s, nodes, &ranks_per_node) : 0;
    } while (!rc && nodes);
    return rc;
}

/* ---- waiting ---- */

static void list_ids(const struct jobs *jobs, char *buf, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < jobs->count && used < len; i++)
        used += (size_t)snprintf(buf + used, len - used, "%s%s", i ? "," : "", jobs->ids[i]);
}

bool nh_submit_state(char *text, struct nh_submit_state *state)
{
    char *rest, *best = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (!best || strstr(line, "|RUNNING|"))
            best = line;
    char *id = best ? strtok_r(best, "|", &rest) : NULL;
    const char *word = id ? strtok_r(NULL, "|", &rest) : NULL;
    const char *reason = word ? strtok_r(NULL, "|", &rest) : NULL;
    const char *start = reason ? strtok_r(NULL, "|", &rest) : NULL;
    if (!start)
        return false;
    state->runs = strcmp(word, "RUNNING") == 0;
    bool why = strcmp(reason, "None") != 0;
    snprintf(state->text, sizeof state->text, "Slurm job %.24s %.16s%s%.20s%s", id, word,
             why ? " (" : "", why ? reason : "", why ? ")" : "");
    struct tm local = {.tm_isdst = -1};
    state->start = strptime(start, "%Y-%m-%dT%H:%M:%S", &local) ? mktime(&local) : 0;
    return true;
}

/* True while squeue has lines. An error that is not "these jobs are long gone" says nothing: the
 * controller may be restarting. */
static bool in_queue(const struct tools *t, const struct jobs *jobs, struct nh_submit_state *state,
                     int *lost)
{
    char ids[JOBS_MAX * ID], text[JOBS_MAX * 128] = "";
    char *argv[] = {(char *)t->squeue, "--noheader", "--format=%i|%T|%r|%S", "--jobs", ids, NULL};
    list_ids(jobs, ids, sizeof ids);
    int rc = nh_capture(argv, NULL, text, sizeof text, NULL);
    if (rc && !strstr(text, "Invalid job id"))
        return ++*lost < LOST_POLLS;
    *lost = 0;
    return !rc && nh_submit_state(text, state);
}

static void cancel(const struct tools *t, const struct jobs *jobs)
{
    char text[512];
    struct nh_args words = {0};
    if (!jobs->count)
        return;
    nh_args_add(&words, "%s", t->scancel);
    /* The job itself hears of it, so that it can end its launch. */
    for (size_t i = 0; i < jobs->count; i++)
        nh_args_add(&words, "%s", jobs->ids[i]);
    if (!words.failed)
        nh_capture(words.items, NULL, text, sizeof text, NULL);
    nh_args_clear(&words);
}

static int wait_signal(const struct nh_guard *guard, double seconds)
{
    struct timespec rest = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)(1e9 * (seconds - floor(seconds)))};
    int sig = sigtimedwait(&guard->wanted, NULL, &rest);
    return sig > 0 && sig != SIGCHLD ? sig : 0;
}

/* What the job has written into the folder so far. */
struct news {
    struct nh_board board;
    size_t offset; /* of attempts.jsonl, read until there */
};

static void take_attempt(void *context, const struct nh_attempt_line *line)
{
    struct nh_board *b = context;
    enum nh_attempt_end end = line->done     ? NH_ATTEMPT_DONE
                              : line->failed ? NH_ATTEMPT_FAILED
                                             : NH_ATTEMPT_STOPPED;
    for (size_t i = 0; i < b->plan->job_count; i++)
        if (strcmp(b->plan->jobs[i].name, line->job) == 0)
            nh_board_ended(b, i, line->launch, end, line->seconds);
}

static void ignore_attempt(void *context, const struct nh_attempt_line *line)
{
    (void)context;
    (void)line;
}

/* What earlier jobs measured is known from the records already. */
static int begin_news(const struct nh_submission *s, struct news *news, struct nh_error *err)
{
    size_t columns;
    bool table = nh_progress_room(s->progress, &columns) > 0;
    *news = (struct news){.offset = 0};
    int rc = nh_board_init(&news->board, s->plan, s->dir, s->done, table, err);
    return rc ? rc : nh_attempts_read(s->dir, &news->offset, ignore_attempt, NULL, err);
}

/* Waiting is part of the time left where Slurm says when the job may start; else nobody knows. */
static double left_s(const struct nh_board *board, const struct nh_submit_state *state)
{
    double waits_s = state->runs ? 0 : difftime(state->start, time(NULL));
    if (!state->runs && !state->start)
        return -1;
    return nh_board_left_s(board) + (waits_s > 0 ? waits_s : 0);
}

static void show(const struct nh_submission *s, struct news *news,
                 const struct nh_submit_state *state)
{
    struct nh_progress_row rows[NH_PROGRESS_ROWS];
    size_t columns, room = nh_progress_room(s->progress, &columns);
    (void)nh_attempts_read(s->dir, &news->offset, take_attempt, &news->board, NULL);
    size_t count = nh_board_rows(&news->board, NH_BOARD_NONE, 0, columns, rows, room);
    nh_progress_show_rows(s->progress, rows, count, state->text, nh_board_done(&news->board),
                          s->plan->step_count, left_s(&news->board, state));
}

static int await(const struct nh_submission *s, const struct tools *t, const struct jobs *jobs,
                 const struct nh_guard *guard, struct news *news)
{
    struct nh_submit_state state = {.text = "Slurm"};
    int sig = 0, lost = 0;
    double cancelled_s = 0;
    while (in_queue(t, jobs, &state, &lost)) {
        show(s, news, &state);
        int now = wait_signal(guard, poll_s);
        if (now && !sig) {
            sig = now;
            cancelled_s = nh_monotonic_s();
            cancel(t, jobs);
        }
        if (sig && nh_monotonic_s() - cancelled_s > end_grace_s)
            break;
    }
    nh_progress_end(s->progress);
    return sig;
}

int nh_submit(const struct nh_submission *s, struct nh_error *err)
{
    struct tools *t = calloc(1, sizeof *t);
    struct jobs jobs = {.count = 0};
    struct nh_guard guard;
    struct news news = {.offset = 0};
    int rc = t ? find_tools(t, err) : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = write_script(s, err);
    if (!rc)
        rc = begin_news(s, &news, err);
    if (rc) {
        nh_board_clear(&news.board);
        free(t);
        return rc;
    }
    nh_guard_enter(&guard);
    rc = submit_all(s, t, &jobs, err);
    if (rc)
        cancel(t, &jobs);
    else if (await(s, t, &jobs, &guard, &news))
        rc = nh_fail(err, NH_ESTOPPED, "by a signal, and the job of Slurm is cancelled");
    nh_guard_leave(&guard);
    nh_board_clear(&news.board);
    free(t);
    return rc;
}
