/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "analysis/price_choice.h"
#include "common/record.h"
#include "common/sysinfo.h"
#include "common/units.h"
#include "launch/cores.h"
#include "launch/finish.h"
#include "launch/leftover.h"
#include "launch/showplan.h"
#include "launch/store.h"

static const double leftover_s = 15;
/* Of a call: what is promised of the preset, and more where the user asked for more. */
static const double least_budget_s = 120, slack = 4.0 / 3;

struct options {
    char *kernels, *launches, *ranks, *cells, *sizes, *results, *resume, *seed, *mpirun, *machine;
    char *price_models, *license;
    int quick, fresh, dry_run, json, no_report, quiet;
    struct poptOption table[24];
};

/* All that one call works with. */
struct session {
    const struct options *o;
    struct nh_request request;
    const struct nh_launcher *launcher;
    void *context;
    struct nh_args command; /* of this process */
    struct nh_plan plan;
    struct nh_rundir dir;
    bool *done;
};

static const struct poptOption *run_options(void *state)
{
    struct options *o = state;
    const struct poptOption table[] = {
        {"quick", 0, POPT_ARG_NONE, &o->quick, 0, "2 short launches of each job: no intervals",
         NULL},
        {"launches", 0, POPT_ARG_STRING, &o->launches, 0, "launches of each job (6)", "N"},
        {"kernels", 0, POPT_ARG_STRING, &o->kernels, 0,
         "of pingpong,bandwidth,allreduce,halo (all)", "LIST"},
        {"ranks", 0, POPT_ARG_STRING, &o->ranks, 0, "ranks of the all-reduce (cores, up to 8)",
         "N"},
        {"cells", 0, POPT_ARG_STRING, &o->cells, 0, "halo: cells along each side (128)", "N"},
        {"sizes", 0, POPT_ARG_STRING, &o->sizes, 0, "message sizes, such as 8,1K-4M", "LIST"},
        {"seed", 0, POPT_ARG_STRING, &o->seed, 0, "of the order of launches (random)", "N"},
        {"mpirun", 0, POPT_ARG_STRING, &o->mpirun, 0, "the mpirun to use ($NODEHOUR_MPIRUN)",
         "PATH"},
        {"machine", 0, POPT_ARG_STRING, &o->machine, 0, "instance type, where not detected",
         "NAME"},
        {"price-model", 0, POPT_ARG_STRING, &o->price_models, 0, "price models of the report",
         "LIST"},
        {"license-per-hour", 0, POPT_ARG_STRING, &o->license, 0, "licence of a run, per hour",
         "USD"},
        {"results", 0, POPT_ARG_STRING, &o->results, 0, "folder of the run folders (results)",
         "DIR"},
        {"resume", 0, POPT_ARG_STRING, &o->resume, 0, "go on with the run in DIR", "DIR"},
        {"new", 0, POPT_ARG_NONE, &o->fresh, 0, "start afresh, even if the last run is unfinished",
         NULL},
        {"dry-run", 0, POPT_ARG_NONE, &o->dry_run, 0, "print plan and commands; start nothing",
         NULL},
        {"no-report", 0, POPT_ARG_NONE, &o->no_report, 0, "leave out the page", NULL},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print the answer as JSON", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "no progress, no summary", NULL},
        POPT_TABLEEND};
    _Static_assert(sizeof table <= sizeof o->table, "room for every option");
    memcpy(o->table, table, sizeof table);
    return o->table;
}

/* ---- options ---- */

static int optional_long(const char *name, const char *text, long min, long max, long *value,
                         struct nh_error *err)
{
    return text ? nh_parse_long(name, text, min, max, value, err) : NH_OK;
}

/* What only the report needs is checked now: not after two minutes of measuring. */
static int check_prices(const struct options *o, struct nh_error *err)
{
    struct nh_catalog catalog = {0};
    struct nh_price_list prices;
    struct nh_money money;
    int rc = o->license ? nh_money_parse("--license-per-hour", o->license, &money, err) : NH_OK;
    if (rc || (!o->machine && !o->price_models))
        return rc;
    rc = nh_catalog_load(&catalog, err);
    if (!rc && o->machine && !nh_catalog_machine(&catalog, o->machine, err))
        rc = NH_EINPUT;
    if (!rc && o->price_models)
        rc = o->machine ? nh_price_choose(&catalog, o->machine, o->price_models, &prices, err)
                        : nh_price_check(&catalog, o->price_models, err);
    nh_catalog_clear(&catalog);
    return rc;
}

static int plan_option(const struct options *o, struct nh_error *err)
{
    const struct {
        bool given;
        const char *name;
    } fixed[] = {{o->quick, "--quick"},     {o->launches, "--launches"}, {o->kernels, "--kernels"},
                 {o->ranks, "--ranks"},     {o->cells, "--cells"},       {o->sizes, "--sizes"},
                 {o->machine, "--machine"}, {o->seed, "--seed"},         {o->fresh, "--new"},
                 {o->dry_run, "--dry-run"}, {o->results, "--results"}};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (fixed[i].given)
            return nh_fail(err, NH_EINPUT, "--resume goes on with the plan in %s; leave out %s",
                           o->resume, fixed[i].name);
    return NH_OK;
}

static int read_request(const struct options *o, struct nh_request *r, struct nh_error *err)
{
    *r = (struct nh_request){.kernels = o->kernels,
                             .sizes = o->sizes,
                             .machine = o->machine,
                             .seed = o->seed,
                             .cores = nh_physical_cores(""),
                             .quick = o->quick};
    int rc = optional_long("--launches", o->launches, 1, NH_LAUNCHES_MAX, &r->launches, err);
    if (!rc)
        rc = optional_long("--ranks", o->ranks, 2, 4096, &r->ranks, err);
    if (!rc)
        rc = optional_long("--cells", o->cells, 1, 2048, &r->cells, err);
    return rc;
}

static int choose_seed(const struct options *o, uint64_t *seed, struct nh_error *err)
{
    long value = 0;
    if (o->seed) {
        int rc = nh_parse_long("--seed", o->seed, 0, 2147483647, &value, err);
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

static void own_command(struct nh_args *command)
{
    char *word = NULL;
    size_t room = 0;
    FILE *in = fopen("/proc/self/cmdline", "re");
    while (in && getdelim(&word, &room, '\0', in) > 0)
        nh_args_add(command, "%s", word);
    free(word);
    if (in)
        fclose(in);
    if (!command->count)
        nh_args_add(command, "nodehour");
}

/* ---- which run ---- */

static json_t *describe_run(const struct session *s)
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
    json_t *o =
        json_pack("{s:s, s:i, s:s, s:s, s:o, s:s?, s:s, s:o, s:o, s:o}", "format", "nodehour-run",
                  "version", 1, "program", "nodehour " NH_VERSION, "started", now_text, "command",
                  words, "machine", machine, "launcher", s->launcher->describe(s->context),
                  "request", nh_request_json(&s->request), "plan", nh_plan_json(&s->plan), "system",
                  nh_sysinfo_system(""));
    free(machine);
    return o;
}

static int scan_done(struct session *s, struct nh_error *err)
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

static size_t count_done(const struct session *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->plan.step_count; i++)
        n += s->done[i];
    return n;
}

/* Records of different programs, MPI libraries or core counts are not pooled. */
static int same_circumstances(const struct session *s, const json_t *run, struct nh_error *err)
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
    if (cores != s->request.cores)
        return nh_fail(err, NH_EINPUT,
                       "%s was begun on %d cores, here are %d; start afresh with "
                       "--new",
                       s->dir.path, cores, s->request.cores);
    return NH_OK;
}

static int resume_given(struct session *s, struct nh_error *err)
{
    json_t *run;
    int rc = nh_rundir_open(s->o->resume, &s->dir, &run, err);
    if (rc)
        return rc;
    rc = same_circumstances(s, run, err);
    if (!rc) {
        rc = nh_plan_parse(json_object_get(run, "plan"), &s->plan, err);
        if (rc)
            nh_context(err, "%s/run.json", s->dir.path);
    }
    s->request.quick = json_is_true(json_object_get(json_object_get(run, "request"), "quick"));
    json_decref(run);
    return rc ? rc : scan_done(s, err);
}

/* Takes the newest run when it is unfinished and asks for the same. `*taken` tells. */
static int resume_newest(struct session *s, const char *results, bool *taken, struct nh_error *err)
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
    json_t *asked = nh_request_json(&s->request);
    struct nh_plan plan;
    bool same = !s->o->fresh && json_equal(asked, json_object_get(run, "request")) &&
                !same_circumstances(s, run, NULL) &&
                !nh_plan_parse(json_object_get(run, "plan"), &plan, NULL);
    json_decref(asked);
    json_decref(run);
    if (same) {
        nh_plan_clear(&s->plan);
        s->plan = plan;
        rc = scan_done(s, err);
        *taken = !rc && count_done(s) < s->plan.step_count;
    }
    if (!*taken)
        nh_rundir_close(&s->dir);
    return rc;
}

static int begin_new(struct session *s, const char *results, struct nh_error *err)
{
    json_t *run = describe_run(s);
    if (!run)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int rc = nh_rundir_create(results, run, &s->dir, err);
    json_decref(run);
    return rc ? rc : scan_done(s, err);
}

static int make_plan(struct session *s, struct nh_error *err)
{
    uint64_t seed;
    int rc = choose_seed(s->o, &seed, err);
    nh_plan_clear(&s->plan);
    return rc ? rc : nh_plan_make(&s->request, seed, &s->plan, err);
}

static int find_run(struct session *s, struct nh_error *err)
{
    if (s->o->resume)
        return resume_given(s, err);
    const char *results = s->o->results ? s->o->results : "results";
    bool taken;
    int rc = resume_newest(s, results, &taken, err);
    if (rc || taken)
        return rc;
    rc = make_plan(s, err); /* the plan of a finished run must not repeat its seed */
    return rc ? rc : begin_new(s, results, err);
}

/* ---- run ---- */

static void say_begin(const struct session *s)
{
    char words[128];
    size_t done = count_done(s);
    if (s->o->quiet)
        return;
    if (done == s->plan.step_count)
        fprintf(stderr, "%s is complete; making its report\n", s->dir.path);
    else if (done)
        fprintf(stderr, "Going on with %s: %zu of %zu launches are done (--new starts afresh)\n",
                s->dir.path, done, s->plan.step_count);
    else
        fprintf(stderr, "Measuring: %s; seed %llu\n  into %s\n  by %s\n",
                nh_plan_words(&s->plan, words, sizeof words), (unsigned long long)s->plan.seed,
                s->dir.path, s->launcher->describe(s->context));
    for (size_t i = 0; i < s->plan.note_count; i++)
        fprintf(stderr, "Note: %s\n", s->plan.notes[i]);
}

static int end_code(const struct session *s, const struct nh_run_result *r, struct nh_error *err)
{
    const char *self = s->command.items[0];
    if (r->signal)
        return nh_fail(
            err, 128 + r->signal,
            "stopped; %zu of %zu launches are done and kept; go on with: %s run --resume %s",
            s->plan.step_count - r->missing, s->plan.step_count, self, s->dir.path);
    if (r->missing && r->out_of_time)
        return nh_fail(err, NH_EPARTIAL,
                       "the time is up, and %zu of %zu launches are missing (%s): this machine is "
                       "slower or busier than planned for; go on with: %s run --resume %s",
                       r->missing, s->plan.step_count, r->missing_jobs, self, s->dir.path);
    if (r->missing)
        return nh_fail(err, NH_EPARTIAL,
                       "%zu of %zu launches are missing (%s), last log %s; try them again with: "
                       "%s run --resume %s",
                       r->missing, s->plan.step_count, r->missing_jobs,
                       *r->log_path ? r->log_path : "none", self, s->dir.path);
    return NH_OK;
}

static int finish(const struct session *s, const struct nh_run_result *result, struct nh_error *err)
{
    struct nh_finish f = {.dir = &s->dir,
                          .result = result,
                          .machine = s->o->machine,
                          .price_models = s->o->price_models,
                          .license_per_hour = s->o->license,
                          .command = s->command.items,
                          .make_report = !s->o->no_report,
                          .json = s->o->json,
                          .quiet = s->o->quiet,
                          .quick = s->request.quick};
    int rc = nh_finish(&f, err);
    if (rc)
        nh_context(err, "the measuring is complete in %s, but not its report", s->dir.path);
    return rc;
}

/* After kill -9 of the launcher, its last launch takes a moment to end. */
static int await_leftover(const struct session *s, struct nh_error *err)
{
    static const struct timespec pause = {.tv_nsec = 100000000};
    double start_s = nh_monotonic_s();
    pid_t pid = nh_leftover(s->dir.id);
    if (pid && !s->o->quiet)
        fprintf(stderr, "Waiting for the interrupted launch to end\n");
    for (; pid; pid = nh_leftover(s->dir.id)) {
        if (nh_monotonic_s() - start_s > leftover_s)
            return nh_fail(err, NH_EINPUT,
                           "%s: process %ld of an earlier launch still runs; end it by: kill %ld",
                           s->dir.path, (long)pid, (long)pid);
        nanosleep(&pause, NULL);
    }
    return NH_OK;
}

static int measure(struct session *s, struct nh_error *err)
{
    struct nh_run_result result;
    struct nh_runner runner = {
        .launcher = s->launcher, .context = s->context, .dir = &s->dir, .plan = &s->plan};
    int rc = find_run(s, err);
    if (!rc)
        rc = await_leftover(s, err);
    if (rc)
        return rc;
    runner.done = s->done;
    runner.budget_s = fmax(least_budget_s, slack * nh_plan_expected_s(&s->plan));
    nh_rundir_set_latest(&s->dir);
    say_begin(s);
    nh_progress_start(&runner.progress, stderr, !s->o->quiet);
    rc = nh_run_execute(&runner, &result, err);
    if (!rc && !result.signal)
        rc = finish(s, &result, err);
    if (!rc)
        rc = end_code(s, &result, err);
    nh_rundir_close(&s->dir);
    return rc;
}

static int plan_and_measure(struct session *s, struct nh_error *err)
{
    char kernel[NH_PATH_MAX];
    int rc = s->o->resume ? plan_option(s->o, err) : make_plan(s, err);
    if (!rc)
        rc = nh_program_path("nodehour-mpi", kernel, sizeof kernel, err);
    if (!rc && access(kernel, X_OK))
        rc = nh_fail(err, NH_EINPUT,
                     "%s is missing; build it: install MPI and hwloc (make deps), "
                     "then make",
                     kernel);
    if (rc)
        return rc;
    const struct nh_launcher_options options = {.mpirun = s->o->mpirun, .cores = s->request.cores};
    rc = s->launcher->probe(&options, &s->context, err);
    if (rc)
        return rc;
    if (s->o->dry_run)
        rc = nh_show_plan(&s->plan, s->launcher, s->context, "results/RUN", s->o->json, err);
    else
        rc = measure(s, err);
    s->launcher->release(s->context);
    return rc;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    struct session s = {.o = state, .launcher = &nh_launcher_local};
    s.dir.lock_fd = -1;
    if (argc)
        return nh_fail(err, NH_EINPUT, "'%s' is too much; options only, see --help", argv[0]);
    int rc = read_request(s.o, &s.request, err);
    if (!rc)
        rc = check_prices(s.o, err);
    if (rc)
        return rc;
    own_command(&s.command);
    rc = plan_and_measure(&s, err);
    nh_args_clear(&s.command);
    nh_plan_clear(&s.plan);
    free(s.done);
    return rc;
}

const struct nh_verb nh_verb_run = {
    .name = "run",
    .summary = "Measure this machine in replicated launches and make the report",
    .arguments = "[OPTION...]",
    .examples = "  nodehour run                      # up to two minutes on two cores\n"
                "  nodehour run --quick              # a first look\n"
                "  nodehour run --dry-run            # the exact commands, nothing started\n"
                "  nodehour run --kernels halo --cells 200 --machine c5n.18xlarge\n",
    .options = run_options,
    .state_size = sizeof(struct options),
    .run = run,
};
