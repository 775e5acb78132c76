/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"

/* Files of one fio; all of them in the folder for work. */
struct files {
    char job[NH_PATH_MAX], json[NH_PATH_MAX], words[NH_PATH_MAX], rates[NH_PATH_MAX];
    char prefix[NH_PATH_MAX];
};

static int name_files(const char *work, struct files *f, struct nh_error *err)
{
    int rc = nh_path(f->job, sizeof f->job, err, "%s/job.fio", work);
    if (!rc)
        rc = nh_path(f->json, sizeof f->json, err, "%s/result.json", work);
    if (!rc)
        rc = nh_path(f->words, sizeof f->words, err, "%s/words", work);
    if (!rc)
        rc = nh_path(f->prefix, sizeof f->prefix, err, "%s/rates", work);
    return rc ? rc : nh_path(f->rates, sizeof f->rates, err, "%s/rates_bw.log", work);
}

static int write_job(const struct files *f, const struct nh_fio_job *job, struct nh_error *err)
{
    char *text;
    int rc = nh_fio_job_text(job, &text, err);
    if (!rc)
        rc = nh_file_replace(f->job, text, strlen(text), err);
    free(text);
    return rc;
}

/* The first line in which fio complains, for want of a better one. */
static void words_of(const struct files *f, char *buf, size_t len)
{
    char *text = NULL;
    size_t n;
    *buf = '\0';
    if (nh_file_read(f->words, &text, &n, NULL))
        return;
    const char *line = strstr(text, "fio: ");
    line = line ? line + strlen("fio: ") : text;
    snprintf(buf, len, "%.*s", (int)strcspn(line, "\n"), line);
    free(text);
}

static int read_result(const struct files *f, struct nh_fio_run *run, struct nh_error *err)
{
    char *text;
    size_t len;
    int rc = nh_file_read(f->json, &text, &len, err);
    if (rc)
        return nh_fail(err, NH_EFAIL, "fio wrote no result");
    rc = nh_fio_result_read("fio's result", text, len, &run->result, err);
    free(text);
    return rc;
}

static int read_rates(const struct files *f, const struct nh_fio_job *job, struct nh_fio_run *run,
                      struct nh_error *err)
{
    char *text;
    size_t len;
    long targets = job->directory ? 1 : (long)job->device_count;
    if (!job->log_prefix || access(f->rates, F_OK))
        return NH_OK;
    int rc = nh_file_read(f->rates, &text, &len, err);
    if (!rc)
        rc = nh_fio_rates("fio's log", text, job->window_ms, job->threads * targets, &run->rates,
                          &run->rate_count, err);
    free(text);
    return rc;
}

/* How it ended decides what is worth reading: a thread's error stands in the JSON. */
static int judge(const struct files *f, const struct nh_outcome *outcome, struct nh_fio_run *run,
                 struct nh_error *err)
{
    char how[128], words[256];
    if (outcome->end == NH_END_STOPPED)
        return nh_fail(err, NH_ESTOPPED, "%s", nh_outcome_text(outcome, how, sizeof how));
    struct nh_error why = {0};
    int rc = read_result(f, run, &why);
    if (outcome->end == NH_END_EXIT && outcome->value == 0)
        return rc ? nh_fail(err, rc, "%s", why.text) : NH_OK;
    nh_fio_result_clear(&run->result);
    words_of(f, words, sizeof words);
    return nh_fail(err, NH_EFAIL, "fio: %s: %s", nh_outcome_text(outcome, how, sizeof how),
                   *words ? words : why.text);
}

int nh_fio_run(const struct nh_fio *fio, const struct nh_fio_job *job, const char *work,
               const struct nh_guard *guard, bool (*tick)(void *), void *context,
               struct nh_fio_run *run, struct nh_error *err)
{
    static const double beyond_s = 120; /* to lay out, to start threads, to end them */
    struct files f;
    struct nh_fio_job logged = *job;
    struct nh_outcome outcome;
    pid_t pid;
    *run = (struct nh_fio_run){.rates = NULL};
    int rc = name_files(work, &f, err);
    if (rc)
        return rc;
    unlink(f.json);
    unlink(f.words);
    unlink(f.rates);
    logged.log_prefix = job->window_ms ? f.prefix : NULL;
    rc = write_job(&f, &logged, err);
    char output[NH_PATH_MAX + 16];
    snprintf(output, sizeof output, "--output=%s", f.json);
    if (!rc)
        rc = nh_process_start((char *[]){(char *)fio->path, (char *)"--output-format=json+", output,
                                         f.job, job->directory ? NULL : (char *)"--readonly", NULL},
                              NULL, NULL, f.words, &pid, err);
    if (rc)
        return rc;
    nh_process_watch(guard, pid, job->runtime_s > 0 ? job->runtime_s + beyond_s : 1e9, tick,
                     context, &outcome);
    rc = judge(&f, &outcome, run, err);
    if (!rc)
        rc = read_rates(&f, &logged, run, err);
    if (rc)
        nh_fio_run_clear(run);
    return rc;
}

void nh_fio_run_clear(struct nh_fio_run *run)
{
    nh_fio_result_clear(&run->result);
    free(run->rates);
    *run = (struct nh_fio_run){.rates = NULL};
}
