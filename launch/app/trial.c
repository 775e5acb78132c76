/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/app/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "launch/app/gzip.h"
#include "launch/app/record.h"
#include "launch/app/spec.h"
#include "launch/app/stage.h"
#include "launch/mpirun.h"
#include "launch/process.h"
#include "launch/run.h"
#include "launch/store.h"

static const char hostfile_name[] = ".nodehour-hosts";

/* ---- placeholders of the launch ---- */

static char *host_list(const struct nh_trial *t)
{
    char *list = NULL;
    size_t len;
    FILE *out = open_memstream(&list, &len);
    for (size_t i = 0; out && i < t->nodes->count; i++)
        fprintf(out, "%s%s", i ? "," : "", t->nodes->items[i]);
    if (out && !t->nodes->count)
        fprintf(out, "localhost");
    return out && !fclose(out) ? list : NULL;
}

/* `workdir` depends on `directory`, which has no placeholders of the launch. */
static int set_workdir(struct nh_trial *t, struct nh_error *err)
{
    const char *directory = nh_json_text(t->job->app, "directory", NULL);
    return nh_path(t->workdir, sizeof t->workdir, err, "%s%s%s", t->scratch, directory ? "/" : "",
                   directory ? directory : "");
}

static int fill(struct nh_trial *t, const char *launch, struct nh_error *err)
{
    char key[64], hostfile[NH_PATH_MAX];
    char *hosts = host_list(t);
    int rc = hosts ? nh_path(hostfile, sizeof hostfile, err, "%s/%s", t->scratch, hostfile_name)
                   : nh_fail(err, NH_EFAIL, "out of memory");
    const struct nh_fill_name names[] = {
        {"workdir", t->workdir}, {"hostfile", hostfile}, {"hosts", hosts}, {"launch", launch}};
    if (!rc) {
        t->spec = nh_spec_fill(t->job->app, names, sizeof names / sizeof *names, true, key, err);
        rc = t->spec ? nh_app_parse(t->spec, &t->app, key, err) : err->code;
        if (rc)
            nh_context(err, "%s", key);
    }
    free(hosts);
    return rc;
}

static int set_paths(struct nh_trial *t, struct nh_error *err)
{
    const char *base = nh_json_text(t->job->app, "scratch", NULL);
    char *folder = realpath(t->dir->path, NULL); /* programs run elsewhere than we */
    int rc = folder ? NH_OK : nh_fail_errno(err, "%s: cannot be found", t->dir->path);
    if (!rc)
        rc = nh_path(t->scratch, sizeof t->scratch, err, "%s/%s/%s.%ld", base ? base : folder,
                     base ? t->dir->id : "scratch", t->job->name, t->launch);
    if (!rc)
        rc = nh_path(t->out_path, sizeof t->out_path, err, "%s/outputs/%s.%ld.stdout", folder,
                     t->job->name, t->launch);
    if (!rc)
        rc = set_workdir(t, err);
    free(folder);
    return rc;
}

/* ---- preparation ---- */

/* "HOST slots=N" a line, as Open MPI reads it; others can take {hosts}. */
static int write_hostfile(const struct nh_trial *t, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text = NULL;
    size_t len;
    int rc = nh_path(path, sizeof path, err, "%s/%s", t->scratch, hostfile_name);
    FILE *out = open_memstream(&text, &len);
    for (size_t i = 0; out && i < t->nodes->count; i++)
        fprintf(out, "%s slots=%d\n", t->nodes->items[i], t->job->ranks_per_node);
    if (out && !t->nodes->count)
        fprintf(out, "localhost slots=%d\n", t->job->ranks_per_node);
    if (!out || fclose(out))
        return nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc)
        rc = nh_file_replace(path, text, len, err);
    free(text);
    return rc;
}

/* On PATH, or beside nodehour; a path of the study is absolute already. */
static int find_program(struct nh_args *command, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    const char *name = command->items[0];
    bool found = strchr(name, '/')
                     ? access(name, X_OK) == 0 && !nh_path(path, sizeof path, NULL, "%s", name)
                     : nh_on_path(name, path, sizeof path) ||
                           (!nh_program_path(name, path, sizeof path, NULL) && !access(path, X_OK));
    if (!found)
        return nh_fail(err, NH_EINPUT,
                       "program '%.200s' is missing%s; install it, or give its path", name,
                       strchr(name, '/') ? " or cannot be executed" : ": it is not on PATH");
    free(command->items[0]);
    command->items[0] = strdup(path);
    return command->items[0] ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

static int find_programs(struct nh_commands *commands, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; i < commands->count && !rc; i++)
        rc = find_program(&commands->items[i], err);
    return rc;
}

static int make_directories(const struct nh_trial *t, struct nh_error *err)
{
    char outputs[NH_PATH_MAX];
    int rc = nh_rundir_path(t->dir, outputs, sizeof outputs, err, "outputs");
    if (!rc)
        rc = nh_make_dirs(outputs, err);
    if (!rc)
        rc = nh_stage_make(t->scratch, err);
    return rc;
}

static void set_environment(struct nh_trial *t)
{
    if (t->job->env.count)
        nh_args_extend(&t->environment, t->job->env.items);
    if (t->app.environment.count)
        nh_args_extend(&t->environment, t->app.environment.items);
}

int nh_trial_prepare(struct nh_trial *t, struct nh_error *err)
{
    char number[24];
    snprintf(number, sizeof number, "%ld", t->launch);
    int rc = set_paths(t, err);
    if (!rc)
        rc = fill(t, number, err);
    if (rc)
        return rc;
    set_environment(t);
    rc = find_program(&t->app.command, err);
    if (!rc)
        rc = find_programs(&t->app.prepare, err);
    if (!rc)
        rc = find_programs(&t->app.finish, err);
    if (!rc)
        rc = make_directories(t, err);
    if (!rc)
        rc = nh_stage_link(t->scratch, &t->app.link, err);
    if (!rc)
        rc = nh_stage_copy(t->scratch, &t->app.copy, err);
    if (!rc)
        rc = nh_make_dirs(t->workdir, err);
    if (!rc && unlink(t->out_path) && access(t->out_path, F_OK) == 0)
        rc = nh_fail_errno(err, "%s: cannot remove", t->out_path);
    return rc ? rc : write_hostfile(t, err);
}

/* ---- start ---- */

static struct nh_launch launch_of(const struct nh_trial *t, const char *log_path)
{
    struct nh_launch launch = nh_run_launch(t->job, t->app.command.items, t->launch);
    launch.env = t->environment.items;
    launch.bind = t->app.bind;
    launch.wdir = t->workdir;
    launch.out_path = t->out_path;
    launch.log_path = log_path;
    return launch;
}

int nh_trial_start_command(const struct nh_trial *t, const struct nh_args *command,
                           const char *log_path, pid_t *pid, struct nh_error *err)
{
    return nh_process_start_in(t->workdir, command->items,
                               (const char *const *)t->environment.items, NULL, log_path, pid, err);
}

/* Once, here: under Slurm that is the first node of the job. */
static int start_alone(struct nh_trial *t, const char *log_path, pid_t *pid, struct nh_error *err)
{
    if (t->job->threads)
        nh_args_add(&t->environment, "OMP_NUM_THREADS=%d", t->job->threads);
    nh_args_extend(&t->command, t->app.command.items);
    if (t->command.failed || t->environment.failed)
        return nh_fail(err, NH_EFAIL, "out of memory");
    return nh_process_start_in(t->workdir, t->command.items,
                               (const char *const *)t->environment.items, t->out_path, log_path,
                               pid, err);
}

int nh_trial_start(struct nh_trial *t, const struct nh_launcher *launcher, void *context,
                   const char *log_path, pid_t *pid, struct nh_error *err)
{
    nh_counters_read("", &t->before);
    if (!t->app.mpi)
        return start_alone(t, log_path, pid, err);
    struct nh_launch launch = launch_of(t, log_path);
    launcher->command(context, &launch, &t->command);
    if (t->command.failed || t->environment.failed)
        return nh_fail(err, NH_EFAIL, "out of memory");
    return launcher->start(context, &launch, pid, err);
}

int nh_trial_show(const struct nh_job *job, const struct nh_launcher *launcher, const void *context,
                  struct nh_args *command, struct nh_error *err)
{
    struct nh_rundir dir = {.path = "RUN"};
    struct nh_args names = {0};
    struct nh_trial t = {.job = job, .dir = &dir, .nodes = &names};
    struct nh_launch first = nh_run_launch(job, NULL, 0);
    if (launcher->nodes)
        launcher->nodes(context, &first, &names);
    int rc = nh_path(t.scratch, sizeof t.scratch, err, "RUN/scratch/%s.K", job->name);
    if (!rc)
        rc = set_workdir(&t, err);
    if (!rc)
        rc = fill(&t, "K", err);
    if (!rc) {
        set_environment(&t);
        struct nh_launch launch = launch_of(&t, NULL);
        if (t.app.mpi)
            launcher->command(context, &launch, command);
        else
            nh_args_extend(command, t.app.command.items);
    }
    nh_trial_clear(&t);
    nh_args_clear(&names);
    return rc;
}

/* ---- end ---- */

int nh_trial_record(const struct nh_trial *t, double job_s, const char *path, struct nh_error *err)
{
    struct nh_figures figures;
    int rc = nh_figures_read(&t->app, t->workdir, t->out_path, &figures, err);
    if (rc)
        return rc;
    rc = nh_app_record(t, &figures, job_s, path, err);
    nh_figures_clear(&figures);
    return rc;
}

/* A file of the working directory; one that is not there is not missed here. */
static int keep_file(const struct nh_trial *t, const char *name, struct nh_error *err)
{
    char from[NH_PATH_MAX], to[NH_PATH_MAX], flat[256];
    snprintf(flat, sizeof flat, "%s", name);
    for (char *at = flat; *at; at++)
        if (*at == '/')
            *at = '_';
    int rc = nh_path(from, sizeof from, err, "%s/%s", t->workdir, name);
    if (rc || access(from, F_OK))
        return rc;
    rc = nh_rundir_path(t->dir, to, sizeof to, err, "outputs/%s.%ld.%s.gz", t->job->name, t->launch,
                        flat);
    if (!rc)
        rc = nh_store_set_aside(to, err);
    return rc ? rc : nh_gzip_file(from, to, err);
}

static int keep_stdout(const struct nh_trial *t, struct nh_error *err)
{
    char to[NH_PATH_MAX];
    if (access(t->out_path, F_OK))
        return NH_OK;
    int rc = nh_path(to, sizeof to, err, "%s.gz", t->out_path);
    if (!rc)
        rc = nh_store_set_aside(to, err);
    if (!rc)
        rc = nh_gzip_file(t->out_path, to, err);
    if (!rc)
        unlink(t->out_path);
    return rc;
}

/* Often all figures stand in one file. */
static bool is_among(const char *const *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (files[i] && strcmp(files[i], name) == 0)
            return true;
    return false;
}

int nh_trial_keep(const struct nh_trial *t, bool good, struct nh_error *err)
{
    const char *const files[] = {t->app.figure.file, t->app.iterations.file, t->app.cells.file,
                                 t->app.steps.file, t->app.success_file};
    int rc = keep_stdout(t, err);
    for (size_t i = 0; i < sizeof files / sizeof *files && !rc; i++)
        if (files[i] && !is_among(files, i, files[i]))
            rc = keep_file(t, files[i], err);
    for (size_t i = 0; i < t->app.keep.count && !rc; i++)
        rc = keep_file(t, t->app.keep.items[i], err);
    return rc || !good ? rc : nh_stage_remove(t->scratch, err);
}

void nh_trial_clear(struct nh_trial *t)
{
    nh_app_clear(&t->app);
    nh_args_clear(&t->environment);
    nh_args_clear(&t->command);
    json_decref(t->spec);
    t->spec = NULL;
}
