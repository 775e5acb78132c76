/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/fields.h"
#include "common/journal.h"
#include "common/record.h"
#include "common/sysinfo.h"
#include "common/units.h"
#include "launch/cluster.h"
#include "launch/store.h"
#include "launch/study/application.h"
#include "launch/study/estimate.h"

static int choose_seed(const struct nh_session *s, uint64_t *seed, struct nh_error *err)
{
    const struct nh_run_options *o = s->o;
    long value = 0;
    if (s->study.raw && s->study.seed >= 0) {
        *seed = (uint64_t)s->study.seed;
        return NH_OK;
    }
    if (o->study.seed) {
        int rc = nh_parse_long("--seed", o->study.seed, 0, 2147483647, &value, err);
        *seed = (uint64_t)value;
        return rc;
    }
    /* Short enough to be typed again. */
    unsigned short random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (unsigned short)time(NULL);
    *seed = random;
    return NH_OK;
}

/* ---- study ---- */

/* Options of the one kind are refused with the other: none is silently ignored. */
static int check_kind(const struct nh_run_options *o, bool study, struct nh_error *err)
{
    const struct nh_study_options *of = &o->study;
    const struct {
        const char *name;
        bool given, for_study;
    } kinds[] = {{"--quick", o->quick, false},       {"--kernels", o->kernels, false},
                 {"--ranks", o->ranks, false},       {"--cells", o->cells, false},
                 {"--sizes", o->sizes, false},       {"--launcher", of->launcher, true},
                 {"--hosts", of->hosts, true},       {"--exclude", of->exclude, true},
                 {"--screen", o->screen, true},      {"--partition", of->partition, true},
                 {"--nodes", of->nodes, true},       {"--ranks-per-node", of->ranks_per_node, true},
                 {"--max-time", of->max_time, true}, {"--max-cost", of->max_cost, true}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].given && kinds[i].for_study != study)
            return nh_fail(err, NH_EINPUT,
                           study ? "%s is for runs without a study; write it into the study"
                                 : "%s needs a study; name one: nodehour run STUDY",
                           kinds[i].name);
    return NH_OK;
}

/* The study of a run folder, before it is opened; NULL for none. */
static json_t *stored_study(const char *folder)
{
    char path[NH_PATH_MAX], *text;
    size_t len;
    json_t *run = NULL;
    if (nh_path(path, sizeof path, NULL, "%s/run.json", folder) ||
        nh_file_read(path, &text, &len, NULL))
        return NULL; /* opening the folder will say why */
    if (nh_json_parse_object(text, len, &run, NULL))
        run = NULL;
    free(text);
    json_t *study = json_incref(json_object_get(run, "study"));
    json_decref(run);
    return study;
}

static int restore_study(struct nh_session *s, const char *name, struct nh_error *err)
{
    char path[NH_PATH_MAX] = "";
    json_t *stored = stored_study(s->o->resume);
    int rc = name ? nh_study_find(name, path, sizeof path, err) : NH_OK;
    if (!rc && name && !stored)
        rc = nh_fail(err, NH_EINPUT, "%s was begun without a study; leave out '%s'", s->o->resume,
                     name);
    if (!rc && stored)
        rc = nh_study_unchanged(stored, *path ? path : NULL, s->o->resume, err);
    if (!rc && stored)
        rc = nh_study_restore(stored, s->request.cores, &s->study, err);
    if (!rc && stored) /* until the folder is opened: the launcher asks for the most nodes */
        rc = nh_study_plan(&s->study, 0, &s->plan, err);
    json_decref(stored);
    return rc;
}

int nh_session_study(struct nh_session *s, const char *name, struct nh_error *err)
{
    if (s->o->resume)
        return restore_study(s, name, err);
    int rc = check_kind(s->o, name != NULL, err);
    return rc || !name ? rc : nh_study_read(name, &s->o->study, s->request.cores, &s->study, err);
}

/* ---- which run ---- */

/* What makes two runs the same. */
static json_t *request_json(const struct nh_session *s)
{
    if (!s->study.raw)
        return nh_request_json(&s->request);
    json_t *o = nh_study_json(&s->study);
    json_object_del(o, "text");
    json_object_set_new(o, "cores", json_integer(s->request.cores));
    if (s->o->screen)
        json_object_set_new(o, "screen", json_true());
    return o;
}

static json_t *describe_run(const struct nh_session *s)
{
    char now_text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *words = json_array();
    for (size_t i = 0; i < s->command.count; i++)
        json_array_append_new(words, json_string(s->command.items[i]));
    char *machine = nh_sysinfo_instance_type("");
    json_t *o = json_pack("{s:s, s:i, s:s, s:s, s:o, s:s?, s:s, s:o, s:o, s:o, s:o*, s:o*}",
                          "format", "nodehour-run", "version", 1, "program", "nodehour " NH_VERSION,
                          "started", now_text, "command", words, "machine", machine, "launcher",
                          s->launcher->describe(s->context), "request", request_json(s), "plan",
                          nh_plan_json(&s->plan), "system", nh_sysinfo_system(""), "study",
                          s->study.raw ? nh_study_json(&s->study) : NULL, "screened",
                          nh_screen_summary(&s->screened));
    free(machine);
    return o;
}

static int scan_done(struct nh_session *s, struct nh_error *err)
{
    char damage[1024];
    free(s->done);
    s->done = calloc(s->plan.step_count + 1, sizeof *s->done);
    if (!s->done)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_store_scan(&s->dir, &s->plan, s->done, damage, sizeof damage, err);
    if (!rc && *damage)
        fprintf(stderr, "%s\n", damage);
    return rc;
}

size_t nh_session_done(const struct nh_session *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->plan.step_count; i++)
        n += s->done[i];
    return n;
}

/* Records of different programs, MPI libraries or core counts are not pooled. */
static int same_circumstances(const struct nh_session *s, const json_t *run, struct nh_error *err)
{
    const char *program = nh_json_text(run, "program", "");
    const char *launcher = nh_json_text(run, "launcher", "");
    int cores = (int)nh_json_number(json_object_get(run, "request"), "cores", 0);
    const char *now = s->launcher->describe(s->context);
    if (strcmp(program, "nodehour " NH_VERSION) != 0)
        return nh_fail(err, NH_EINPUT, "%s was begun by %s; start afresh with --new", s->dir.path,
                       program);
    if (strcmp(launcher, now) != 0)
        return nh_fail(err, NH_EINPUT,
                       "%s was begun with %s, this is %s; give its --mpirun, or "
                       "start afresh with --new",
                       s->dir.path, launcher, now);
    if (!s->launcher->nodes && cores != s->request.cores) /* else it is not here that ranks run */
        return nh_fail(err, NH_EINPUT,
                       "%s was begun on %d cores, here are %d; start afresh with "
                       "--new",
                       s->dir.path, cores, s->request.cores);
    return NH_OK;
}

static int resume_given(struct nh_session *s, struct nh_error *err)
{
    json_t *run;
    int rc = nh_rundir_open(s->o->resume, &s->dir, &run, err);
    if (rc)
        return rc;
    rc = same_circumstances(s, run, err);
    if (!rc) {
        nh_plan_clear(&s->plan);
        rc = nh_plan_parse(json_object_get(run, "plan"), &s->plan, err);
        if (rc)
            nh_context(err, "%s/run.json", s->dir.path);
    }
    s->request.quick = json_is_true(json_object_get(json_object_get(run, "request"), "quick"));
    json_decref(run);
    return rc ? rc : scan_done(s, err);
}

/* The newest run is unfinished, and of a study file that reads otherwise now. */
static int check_changed(struct nh_session *s, const json_t *run, struct nh_error *err)
{
    const json_t *stored = json_object_get(run, "study");
    struct nh_plan plan, ours = s->plan;
    char *file = s->study.raw && stored ? realpath(s->study.path, NULL) : NULL;
    bool same_file = file && strcmp(file, nh_json_text(stored, "file", "")) == 0;
    free(file);
    if (!same_file || s->o->fresh || nh_plan_parse(json_object_get(run, "plan"), &plan, NULL))
        return NH_OK;
    s->plan = plan;
    int rc = scan_done(s, err);
    if (!rc && nh_session_done(s) < plan.step_count)
        rc = nh_study_unchanged(stored, NULL, s->dir.path, err);
    nh_plan_clear(&plan);
    s->plan = ours;
    return rc;
}

/* Takes the newest run when it is unfinished and asks for the same. `*taken` tells. */
static int resume_newest(struct nh_session *s, const char *results, bool *taken,
                         struct nh_error *err)
{
    char path[NH_PATH_MAX];
    struct nh_error why = {0};
    json_t *run;
    *taken = false;
    if (!nh_rundir_newest(results, path, sizeof path))
        return NH_OK;
    int rc = nh_rundir_open(path, &s->dir, &run, &why);
    if (rc) /* somebody measures there: refuse; damaged: begin another one */
        return s->dir.busy ? nh_fail(err, rc, "%s", why.text) : NH_OK;
    json_t *asked = request_json(s);
    struct nh_plan plan;
    bool same = !s->o->fresh && json_equal(asked, json_object_get(run, "request")) &&
                !same_circumstances(s, run, NULL) &&
                !nh_plan_parse(json_object_get(run, "plan"), &plan, NULL);
    rc = same ? NH_OK : check_changed(s, run, err);
    json_decref(asked);
    json_decref(run);
    if (same) {
        nh_plan_clear(&s->plan);
        s->plan = plan;
        rc = scan_done(s, err);
        *taken = !rc && nh_session_done(s) < s->plan.step_count;
    }
    if (!*taken)
        nh_rundir_close(&s->dir);
    return rc;
}

static int begin_new(struct nh_session *s, const char *results, struct nh_error *err)
{
    json_t *run = describe_run(s);
    if (!run)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_rundir_create(results, run, &s->dir, err);
    json_decref(run);
    return rc ? rc : scan_done(s, err);
}

int nh_session_plan(struct nh_session *s, struct nh_error *err)
{
    uint64_t seed;
    int rc = choose_seed(s, &seed, err);
    nh_plan_clear(&s->plan);
    if (rc || !s->study.raw)
        return rc ? rc : nh_plan_make(&s->request, seed, &s->plan, err);
    rc = nh_study_plan(&s->study, seed, &s->plan, err);
    if (!rc)
        rc = nh_study_check_needs(&s->study, err);
    return rc ? rc : nh_study_check_ceilings(&s->study, &s->plan, err);
}

int nh_session_rescan(struct nh_session *s, struct nh_error *err)
{
    return scan_done(s, err);
}

/* ---- screening ---- */

static bool is_screening(const struct nh_session *s)
{
    return s->study.raw && (s->o->screen || s->study.raw->screen);
}

/* A run that measures now would be disturbed, and refuses us later anyway. */
static int check_idle(const struct nh_session *s, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    const char *results = s->o->results ? s->o->results : "results";
    struct nh_rundir dir;
    struct nh_error why = {0};
    json_t *run;
    if (s->o->resume)
        snprintf(path, sizeof path, "%s", s->o->resume);
    else if (!nh_rundir_newest(results, path, sizeof path))
        return NH_OK;
    int rc = nh_rundir_open(path, &dir, &run, &why);
    if (rc) /* what else is wrong with it will be said when it is opened */
        return dir.busy ? nh_fail(err, rc, "%s", why.text) : NH_OK;
    nh_rundir_close(&dir);
    json_decref(run);
    return NH_OK;
}

static int screen_now(struct nh_session *s, const struct nh_screen_places *places,
                      struct nh_error *err)
{
    struct nh_progress progress;
    struct nh_screen screen = {.mpirun = s->o->study.mpirun ? s->o->study.mpirun : s->study.mpirun,
                               .srun = s->study.raw->launcher.srun,
                               .cores = s->request.cores,
                               .shown = &progress};
    int rc = check_idle(s, err);
    if (rc)
        return rc;
    nh_progress_start(&progress, stderr, !s->o->quiet);
    return nh_screen_before(places, &screen, &s->plan, &s->screened, err);
}

int nh_session_screen(struct nh_session *s, struct nh_error *err)
{
    const struct nh_study_options *o = &s->o->study;
    const struct nh_study *study = &s->study;
    bool slurm = study->raw && strcmp(study->launcher, "slurm") == 0;
    const struct nh_screen_places places = {.hosts = slurm      ? NULL
                                                     : o->hosts ? o->hosts
                                                                : study->hostfile,
                                            .launcher = study->launcher,
                                            .exclude = o->exclude ? o->exclude : study->exclude};
    if (!study->raw || (slurm && !nh_slurm_allocation()))
        return NH_OK; /* the job that is submitted does it */
    if (is_screening(s))
        return screen_now(s, &places, err);
    return s->o->resume ? nh_screen_restore(s->o->resume, &places, &s->plan, &s->screened, err)
                        : NH_OK;
}

/* ---- opening ---- */

static int open_folder(struct nh_session *s, struct nh_error *err)
{
    if (s->o->resume)
        return resume_given(s, err);
    const char *results = s->o->results ? s->o->results : "results";
    bool taken;
    int rc = resume_newest(s, results, &taken, err);
    if (rc || taken)
        return rc;
    rc = nh_session_plan(s, err); /* the plan of a finished run must not repeat its seed */
    return rc ? rc : begin_new(s, results, err);
}

int nh_session_open(struct nh_session *s, struct nh_error *err)
{
    int rc = open_folder(s, err);
    return rc || !is_screening(s) || !s->screened.report
               ? rc
               : nh_screen_keep(&s->screened, &s->dir, err);
}

void nh_session_clear(struct nh_session *s)
{
    nh_args_clear(&s->command);
    nh_plan_clear(&s->plan);
    nh_study_clear(&s->study);
    nh_screened_clear(&s->screened);
    free(s->done);
}
