/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_RUNDIR_H
#define NH_RUNDIR_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/paths.h"

/*
 * The folder of one run:
 *   run.json               request, plan and circumstances; written first and whole
 *   records.jsonl          records of complete launches only
 *   launches/JOB.K.jsonl   what launch K of a job wrote itself
 *   logs/JOB.K.log         its stdout and stderr
 *   doctor.json            what was found on the nodes before the first launch
 *   report.html, lock
 * `results/latest` is a symbolic link to the newest one.
 */
struct nh_rundir {
    char path[NH_PATH_MAX];
    char id[32]; /* its name: <UTC>-<4 hex>, "20260101T120000Z-1f3a" */
    int lock_fd; /* held while we measure; not inherited by children */
    bool busy;   /* another process holds it */
};

/** Creates a run folder below `results` with `run` (gets the member "run": id) and locks it.
 *  On an error nothing is left behind. */
int nh_rundir_create(const char *results, json_t *run, struct nh_rundir *dir, struct nh_error *err);

/** Opens and locks an existing one; `run` is a new reference. NH_EINPUT when another process
 *  measures there (its pid is in the text) or when it is no run folder. */
int nh_rundir_open(const char *path, struct nh_rundir *dir, json_t **run, struct nh_error *err);
void nh_rundir_close(struct nh_rundir *dir);

/** Path of the newest run folder below `results`; false when there is none. */
bool nh_rundir_newest(const char *results, char *path, size_t len);
/** The same of those whose run.json (its path) is `wanted`. */
bool nh_rundir_newest_where(const char *results,
                            bool (*wanted)(const char *run_json, void *context), void *context,
                            char *path, size_t len);

/** Points `latest`, beside the folder, to it; left as it is where links are not possible. */
void nh_rundir_set_latest(const struct nh_rundir *dir);

/** Free bytes on its file system; negative when not known. */
double nh_rundir_free_bytes(const struct nh_rundir *dir);

/** Path of a file in it. */
int nh_rundir_path(const struct nh_rundir *dir, char *buf, size_t len, struct nh_error *err,
                   const char *fmt, ...) NH_PRINTF(5, 6);

#endif
