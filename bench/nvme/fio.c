/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/fio.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "launch/capture.h"
#include "launch/mpirun.h"

/* 3.0 is the first whose json+ has bins in nanoseconds. */
static const char needed[] = "fio 3.0 or newer is needed: apt-get install fio, or dnf install fio";

bool nh_fio_version(const char *text, int *major, int *minor)
{
    return sscanf(text, "fio-%d.%d", major, minor) == 2 && *major >= 0 && *minor >= 0;
}

static int check_version(struct nh_fio *fio, struct nh_error *err)
{
    char text[256] = "";
    int major, minor;
    int rc =
        nh_capture((char *[]){fio->path, (char *)"--version", NULL}, NULL, text, sizeof text, err);
    if (rc)
        return nh_context(err, "%s", needed);
    text[strcspn(text, "\n")] = '\0';
    if (!nh_fio_version(text, &major, &minor))
        return nh_fail(err, NH_EINPUT, "%s --version says '%.60s'; %s", fio->path, text, needed);
    if (major < 3)
        return nh_fail(err, NH_EINPUT, "%s is version %d.%d, too old; %s", fio->path, major, minor,
                       needed);
    snprintf(fio->version, sizeof fio->version, "%.20s", text + strlen("fio-"));
    return NH_OK;
}

/* The list has an engine a line, after blanks. */
static bool offers(const char *list, const char *engine)
{
    size_t n = strlen(engine);
    for (const char *at = list; (at = strstr(at, engine)); at += n)
        if (at > list && isspace((unsigned char)at[-1]) &&
            (!at[n] || isspace((unsigned char)at[n])))
            return true;
    return false;
}

static int choose_engine(const char *wanted, struct nh_fio *fio, struct nh_error *err)
{
    static const char *const known[] = {"libaio", "io_uring", "psync", NULL};
    char list[8192] = "";
    int given = 0;
    int rc = wanted ? nh_choice("--engine", wanted, known, &given, err) : NH_OK;
    if (!rc)
        rc = nh_capture((char *[]){fio->path, (char *)"--enghelp", NULL}, NULL, list, sizeof list,
                        err);
    if (rc)
        return rc;
    for (int i = given; known[i]; i++) {
        snprintf(fio->engine, sizeof fio->engine, "%s", known[i]);
        if (offers(list, known[i]))
            return NH_OK;
        if (wanted)
            break;
    }
    return nh_fail(err, NH_EINPUT, "%s does not offer the engine %s; choose another --engine",
                   fio->path, fio->engine);
}

int nh_fio_find(const char *wanted, struct nh_fio *fio, struct nh_error *err)
{
    *fio = (struct nh_fio){0};
    if (!nh_on_path("fio", fio->path, sizeof fio->path))
        return nh_fail(err, NH_EINPUT, "no fio on PATH; %s", needed);
    int rc = check_version(fio, err);
    return rc ? rc : choose_engine(wanted, fio, err);
}

/* ---- job file ---- */

/* fio replaces ${NAME} and $keyword, and takes quotes and blanks at the ends away. */
static int check_path(const char *path, struct nh_error *err)
{
    for (const char *p = path; *p; p++)
        if (iscntrl((unsigned char)*p) || strchr("$\"\\ ", *p))
            return nh_fail(err, NH_EINPUT,
                           "%.200s: has a character that fio would interpret (blank, quote, $, "
                           "backslash); choose another path",
                           path);
    return NH_OK;
}

/* A colon would separate two files. */
static void put_path(FILE *out, const char *key, const char *path)
{
    fprintf(out, "%s=", key);
    for (; *path; path++)
        fprintf(out, "%s%c", *path == ':' ? "\\" : "", *path);
    fputc('\n', out);
}

static void put_global(FILE *out, const struct nh_fio_job *job)
{
    fprintf(out,
            "[global]\nthread=1\nioengine=%s\nrw=%s\nbs=%zu\niodepth=%ld\ndirect=%d\n"
            "numjobs=%ld\nsize=%llu\nnorandommap=1\nrandrepeat=0\n",
            job->engine, job->rw, job->block, job->depth, job->direct, job->threads,
            (unsigned long long)job->bytes);
    if (job->runtime_s > 0)
        fprintf(out, "time_based=1\nruntime=%.0fms\n", 1000 * job->runtime_s);
    else
        fputs("end_fsync=1\n", out);
    if (job->log_prefix)
        fprintf(out, "log_avg_msec=%ld\nper_job_logs=0\nwrite_bw_log=%s\n", job->window_ms,
                job->log_prefix);
}

static int put_targets(FILE *out, const struct nh_fio_job *job, struct nh_error *err)
{
    int rc = NH_OK;
    if (job->directory) {
        fputs("[scratch]\n", out);
        put_path(out, "directory", job->directory);
        fputs("filename_format=scratch.$jobnum\n", out);
        return check_path(job->directory, err);
    }
    for (size_t i = 0; !rc && i < job->device_count; i++) {
        fprintf(out, "[device%zu]\n", i);
        put_path(out, "filename", job->devices[i]);
        fprintf(out, "offset_increment=%llu\n", (unsigned long long)job->bytes);
        rc = check_path(job->devices[i], err);
    }
    return rc;
}

int nh_fio_job_text(const struct nh_fio_job *job, char **text, struct nh_error *err)
{
    size_t len;
    *text = NULL;
    FILE *out = open_memstream(text, &len);
    if (!out)
        return nh_fail(err, NH_EFAIL, "out of memory");
    put_global(out, job);
    int rc = job->log_prefix ? check_path(job->log_prefix, err) : NH_OK;
    if (!rc)
        rc = put_targets(out, job, err);
    if (fclose(out) && !rc)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    if (rc) {
        free(*text);
        *text = NULL;
    }
    return rc;
}
