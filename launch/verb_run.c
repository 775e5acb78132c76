/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analysis/price_choice.h"
#include "common/units.h"
#include "launch/cores.h"
#include "launch/doctor/before.h"
#include "launch/enough.h"
#include "launch/finish.h"
#include "launch/leftover.h"
#include "launch/outlook.h"
#include "launch/session.h"
#include "launch/showplan.h"
#include "launch/submit.h"

static const double leftover_s = 15;
/* Of a call: what is promised of the preset, and more where the user asked for more. */
static const double least_budget_s = 120, slack = 4.0 / 3;

static const struct poptOption *run_options(void *state)
{
    struct nh_run_options *o = state;
    const struct poptOption table[] = {
        {"quick", 0, POPT_ARG_NONE, &o->quick, 0, "2 short launches of each job: no intervals",
         NULL},
        {"kernels", 0, POPT_ARG_STRING, &o->kernels, 0,
         "of pingpong,bandwidth,allreduce,halo (all)", "LIST"},
        {"ranks", 0, POPT_ARG_STRING, &o->ranks, 0, "ranks of the all-reduce (cores, up to 8)",
         "N"},
        {"cells", 0, POPT_ARG_STRING, &o->cells, 0, "halo: cells along each side (128)", "N"},
        {"sizes", 0, POPT_ARG_STRING, &o->sizes, 0, "message sizes, such as 8,1K-4M", "LIST"},
        {"results", 0, POPT_ARG_STRING, &o->results, 0, "folder of the run folders (results)",
         "DIR"},
        {"resume", 0, POPT_ARG_STRING, &o->resume, 0, "go on with the run in DIR", "DIR"},
        {"only-nodes", 0, POPT_ARG_STRING, &o->only_nodes, 0,
         "with --resume: launches on N nodes only", "N"},
        {"new", 0, POPT_ARG_NONE, &o->fresh, 0, "start afresh, even if the last run is unfinished",
         NULL},
        {"dry-run", 0, POPT_ARG_NONE, &o->dry_run, 0, "print plan and commands; start nothing",
         NULL},
        {"stop-when-decided", 0, POPT_ARG_NONE, &o->stop_when_decided, 0,
         "end when more launches cannot change the recommendation", NULL},
        {"no-report", 0, POPT_ARG_NONE, &o->no_report, 0, "leave out the page", NULL},
        {"no-doctor", 0, POPT_ARG_NONE, &o->no_doctor, 0, "do not look at the nodes before", NULL},
        {"screen", 0, POPT_ARG_NONE, &o->screen, 0,
         "study: find bad hosts before, and go on without them", NULL},
        {"json", 0, POPT_ARG_NONE, &o->json, 0, "print the answer as JSON", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o->quiet, 0, "no progress, no summary", NULL},
        POPT_TABLEEND};
    size_t shared = nh_study_option_table(&o->study, o->table);
    _Static_assert(sizeof table <= sizeof o->table - NH_STUDY_OPTIONS * sizeof *o->table,
                   "room for every option");
    memcpy(o->table + shared, table, sizeof table);
    return o->table;
}

/* ---- options ---- */

static int optional_long(const char *name, const char *text, long min, long max, long *value,
                         struct nh_error *err)
{
    return text ? nh_parse_long(name, text, min, max, value, err) : NH_OK;
}

/* What only the report needs is checked now: not after two minutes of measuring. */
static int check_prices(const struct nh_run_options *o, struct nh_error *err)
{
    struct nh_catalog catalog = {0};
    struct nh_price_list prices;
    struct nh_money money;
    int rc = o->study.license_per_hour
                 ? nh_money_parse("--license-per-hour", o->study.license_per_hour, &money, err)
                 : NH_OK;
    if (rc || (!o->study.machine && !o->study.price_models))
        return rc;
    rc = nh_catalog_load_own(&catalog, NULL, err);
    if (!rc)
        rc = nh_catalog_keep_region(&catalog, NULL, err);
    if (!rc && o->study.machine && !nh_catalog_machine(&catalog, o->study.machine, err))
        rc = NH_EINPUT;
    if (!rc && o->study.price_models) {
        rc = o->study.machine
                 ? nh_price_choose(&catalog, o->study.machine, o->study.price_models, &prices, err)
                 : nh_price_check(&catalog, o->study.price_models, err);
        rc = rc ? nh_context(err, "--price-model") : NH_OK;
    }
    nh_catalog_clear(&catalog);
    return rc;
}

static int plan_option(const struct nh_run_options *o, struct nh_error *err)
{
    const struct {
        bool given;
        const char *name;
    } fixed[] = {{o->quick, "--quick"},
                 {o->study.launches, "--launches"},
                 {o->kernels, "--kernels"},
                 {o->ranks, "--ranks"},
                 {o->cells, "--cells"},
                 {o->sizes, "--sizes"},
                 {o->study.machine, "--machine"},
                 {o->study.seed, "--seed"},
                 {o->fresh, "--new"},
                 {o->dry_run, "--dry-run"},
                 {o->results, "--results"},
                 {o->study.launcher, "--launcher"},
                 {o->study.partition, "--partition"},
                 {o->study.nodes, "--nodes"},
                 {o->study.ranks_per_node, "--ranks-per-node"},
                 {o->study.max_time, "--max-time"},
                 {o->study.max_cost, "--max-cost"}};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (fixed[i].given)
            return nh_fail(err, NH_EINPUT, "--resume goes on with the plan in %s; leave out %s",
                           o->resume, fixed[i].name);
    return NH_OK;
}

static int read_request(const struct nh_run_options *o, struct nh_request *r, struct nh_error *err)
{
    *r = (struct nh_request){.kernels = o->kernels,
                             .sizes = o->sizes,
                             .machine = o->study.machine,
                             .seed = o->study.seed,
                             .cores = nh_physical_cores(""),
                             .quick = o->quick};
    int rc = optional_long("--launches", o->study.launches, 1, NH_LAUNCHES_MAX, &r->launches, err);
    if (!rc)
        rc = optional_long("--ranks", o->ranks, 2, 4096, &r->ranks, err);
    if (!rc)
        rc = optional_long("--cells", o->cells, 1, 2048, &r->cells, err);
    return rc;
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

/* ---- run ---- */

static void say_begin(const struct nh_session *s)
{
    char words[128];
    size_t done = nh_session_done(s);
    nh_screen_say(&s->screened, stderr);
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

static int end_code(const struct nh_session *s, const struct nh_run_result *r, struct nh_error *err)
{
    const char *self = s->command.items[0];
    if (*r->stopped)
        return nh_fail(
            err, NH_ESTOPPED,
            "stopped: %s; %zu of %zu launches are done and kept; go on with: %s run --resume %s",
            r->stopped, s->plan.step_count - r->missing, s->plan.step_count, self, s->dir.path);
    if (r->missing && !*r->decided)
        return nh_fail(err, NH_ESTOPPED,
                       "%zu of %zu launches are missing (%s), last log %s; try them again with: "
                       "%s run --resume %s",
                       r->missing, s->plan.step_count, r->missing_jobs,
                       *r->log_path ? r->log_path : "none", self, s->dir.path);
    return NH_OK;
}

static void say_decided(const struct nh_session *s, const struct nh_run_result *r)
{
    if (*r->decided && !s->o->quiet)
        fprintf(stderr, "Enough after %zu of %zu launches (--stop-when-decided): %s\n",
                s->plan.step_count - r->missing, s->plan.step_count, r->decided);
}

/* What the report takes prices from: the study's own words after those of the options. */
static struct nh_enough pricing(const struct nh_session *s)
{
    const struct nh_study_options *o = &s->o->study;
    const char *models = *s->study.price_models && !o->price_models ? s->study.price_models : NULL;
    return (struct nh_enough){.dir = &s->dir,
                              .machine = s->study.machine ? s->study.machine : o->machine,
                              .price_models = models ? models : o->price_models,
                              .cost = s->study.cost,
                              .license_per_hour = o->license_per_hour ? o->license_per_hour
                                                                      : s->study.license_per_hour};
}

static int finish(const struct nh_session *s, const struct nh_run_result *result,
                  struct nh_error *err)
{
    const struct nh_enough prices = pricing(s);
    struct nh_finish f = {.dir = &s->dir,
                          .result = result,
                          .machine = prices.machine,
                          .price_models = prices.price_models,
                          .license_per_hour = prices.license_per_hour,
                          .cost = prices.cost,
                          .command = s->command.items,
                          .make_report = !s->o->no_report,
                          .json = s->o->json,
                          .quiet = s->o->quiet,
                          .quick = s->request.quick,
                          .screened = &s->screened};
    say_decided(s, result);
    int rc = nh_finish(&f, err);
    if (rc)
        nh_context(err, "the measuring is complete in %s, but not its report", s->dir.path);
    return rc;
}

/* After kill -9 of the launcher, its last launch takes a moment to end. */
static int await_leftover(const struct nh_session *s, struct nh_error *err)
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

/* The job goes on with the folder as anybody would; its words do not depend on where it runs. */
static int submit(struct nh_session *s, struct nh_progress *progress, struct nh_error *err)
{
    char self[NH_PATH_MAX], folder[NH_PATH_MAX];
    if (nh_program_path("nodehour", self, sizeof self, err) || !realpath(s->dir.path, folder))
        return nh_fail(err, NH_EFAIL, "%s: cannot be submitted to Slurm", s->dir.path);
    struct nh_args command = {0};
    nh_args_extend(&command, (char *[]){self, "run", "--resume", folder, "--no-report", NULL});
    if (s->o->no_doctor)
        nh_args_add(&command, "--no-doctor");
    if (s->o->stop_when_decided)
        nh_args_add(&command, "--stop-when-decided");
    if (s->o->study.mpirun)
        nh_args_add(&command, "--mpirun=%s", s->o->study.mpirun);
    if (s->o->study.exclude)
        nh_args_add(&command, "--exclude=%s", s->o->study.exclude);
    if (s->o->screen)
        nh_args_add(&command, "--screen");
    const struct nh_submission submission = {.options = &s->launcher_options,
                                             .plan = &s->plan,
                                             .done = s->done,
                                             .dir = &s->dir,
                                             .folder = folder,
                                             .command = command.items,
                                             .progress = progress};
    nh_rundir_close(&s->dir);
    int rc = command.failed ? nh_fail(err, NH_EFAIL, "out of memory") : nh_submit(&submission, err);
    nh_args_clear(&command);
    return rc;
}

static bool is_outside(const struct nh_session *s)
{
    return s->launcher->outside && s->launcher->outside(s->context);
}

/* By us, or by jobs that we submit and wait for. */
static int execute(struct nh_session *s, struct nh_run_result *result, struct nh_error *err)
{
    struct nh_runner runner = {.launcher = s->launcher,
                               .context = s->context,
                               .dir = &s->dir,
                               .plan = &s->plan,
                               .done = s->done,
                               .only_nodes = s->only_nodes};
    struct nh_enough enough = pricing(s);
    runner.outlook = nh_outlook_line;
    runner.enough_context = &enough;
    if (s->o->stop_when_decided)
        runner.enough = nh_enough;
    if (!s->study.raw) /* a study has limits of its own */
        runner.budget_s = fmax(least_budget_s, slack * nh_plan_expected_s(&s->plan));
    runner.most_nodes = s->screened.healthy;
    nh_progress_start(&runner.progress, stderr, !s->o->quiet);
    if (!is_outside(s) || nh_session_done(s) == s->plan.step_count)
        return nh_run_execute(&runner, result, err);
    int rc = submit(s, &runner.progress, err);
    if (!rc || rc == NH_ESTOPPED)
        nh_session_rescan(s, NULL);
    nh_screen_reread(s->dir.path, &s->screened, NULL); /* the job may have screened */
    runner.most_nodes = s->screened.healthy;
    nh_run_missing(&runner, result);
    if (!rc && result->missing && runner.enough &&
        !nh_enough(&enough, result->decided, sizeof result->decided))
        *result->decided = '\0';
    if (rc == NH_ESTOPPED)
        snprintf(result->stopped, sizeof result->stopped, "%.*s", (int)sizeof result->stopped - 1,
                 err->text);
    return rc == NH_ESTOPPED ? NH_OK : rc;
}

/* Every node is looked at before the first launch, also of a run that is gone on with: it may
 * have got other nodes. A job that we submit does it itself. */
static int look_at_nodes(const struct nh_session *s, struct nh_error *err)
{
    char summary[NH_PATH_MAX + 400] = "";
    if (s->o->no_doctor || is_outside(s) || nh_session_done(s) == s->plan.step_count)
        return NH_OK;
    int rc =
        nh_doctor_before(&s->plan, s->launcher, s->context, &s->dir, summary, sizeof summary, err);
    if (!rc && *summary && !s->o->quiet)
        fprintf(stderr, "Doctor: %s\n", summary);
    return rc;
}

static int measure(struct nh_session *s, struct nh_error *err)
{
    struct nh_run_result result = {0};
    /* Before there is a folder; one that is complete needs only its report. */
    int rc = is_outside(s) && !s->o->resume ? nh_submit_possible(err) : NH_OK;
    if (!rc)
        rc = nh_session_open(s, err);
    if (!rc)
        rc = await_leftover(s, err);
    if (rc)
        return rc;
    nh_rundir_set_latest(&s->dir);
    say_begin(s);
    rc = look_at_nodes(s, err);
    if (!rc)
        rc = execute(s, &result, err);
    if (!rc && (!*result.stopped || result.out_of_time))
        rc = finish(s, &result, err);
    if (!rc)
        rc = end_code(s, &result, err);
    nh_rundir_close(&s->dir);
    return rc;
}

/* Finds the launcher and asks whether it can work here. */
static int probe(struct nh_session *s, const char *kernel, struct nh_error *err)
{
    const struct nh_study *study = &s->study;
    const struct nh_study_options *given = &s->o->study;
    struct nh_launcher_options *options = &s->launcher_options;
    *options = (struct nh_launcher_options){
        .mpirun = given->mpirun, .cores = s->request.cores, .program = kernel};
    if (!study->raw)
        return s->launcher->probe(options, &s->context, err);
    const struct nh_raw_launcher *l = &study->raw->launcher;
    options->mpirun = options->mpirun ? options->mpirun : study->mpirun;
    options->nodes = s->only_nodes ? s->only_nodes : nh_plan_most_nodes(&s->plan);
    options->hostfile = *study->hostfile ? study->hostfile : NULL;
    if (given->hosts)
        options->hostfile = given->hosts;
    options->exclude = given->exclude ? given->exclude : study->exclude;
    if (s->screened.exclude)
        options->exclude = s->screened.exclude;
    if (s->screened.report && options->nodes > s->screened.healthy)
        options->nodes = s->screened.healthy; /* the others are left out */
    options->srun = l->srun;
    options->partition = study->partition;
    options->account = l->account;
    options->time = l->time;
    options->slurm_words = study->sbatch.items;
    options->job_per_node_count = study->job_per_node_count;
    int rc = nh_launcher_find(study->launcher, &s->launcher, err);
    return rc ? rc : s->launcher->probe(options, &s->context, err);
}

static int plan_and_measure(struct nh_session *s, struct nh_error *err)
{
    char kernel[NH_PATH_MAX];
    int rc = s->o->resume ? plan_option(s->o, err) : nh_session_plan(s, err);
    if (!rc)
        rc = nh_program_path("nodehour-mpi", kernel, sizeof kernel, err);
    if (!rc && access(kernel, X_OK))
        rc = nh_fail(err, NH_EINPUT,
                     "%s is missing; build it: install MPI and hwloc (make deps), "
                     "then make",
                     kernel);
    if (rc)
        return rc;
    if (!s->o->dry_run)
        rc = nh_session_screen(s, err);
    if (!rc)
        rc = probe(s, kernel, err);
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
    struct nh_session s = {.o = state, .launcher = &nh_launcher_local};
    s.dir.lock_fd = -1;
    if (argc > 1)
        return nh_fail(err, NH_EINPUT, "'%.200s' is too much; one study at a time", argv[1]);
    int rc = read_request(s.o, &s.request, err);
    if (!rc)
        rc = optional_long("--only-nodes", s.o->only_nodes, 1, 1000000, &s.only_nodes, err);
    if (!rc)
        rc = check_prices(s.o, err);
    if (!rc)
        rc = nh_session_study(&s, argc ? argv[0] : NULL, err);
    if (!rc) {
        own_command(&s.command);
        rc = plan_and_measure(&s, err);
    }
    nh_session_clear(&s);
    return rc;
}

const struct nh_verb nh_verb_run = {
    .name = "run",
    .summary = "Measure this machine, or a study, in replicated launches and make the report",
    .arguments = "[STUDY] [OPTION...]",
    .examples = "  nodehour run                      # up to two minutes on two cores\n"
                "  nodehour run --quick              # a first look\n"
                "  nodehour run --dry-run            # the exact commands, nothing started\n"
                "  nodehour run --kernels halo --cells 200 --machine c5n.18xlarge\n"
                "  nodehour run study.yaml           # what a file says, docs/study.md\n"
                "  nodehour run c5n-weak-scaling --hosts hosts.txt --max-cost 40\n"
                "\n'nodehour plan' says what a study would do, take and cost.\n",
    .options = run_options,
    .state_size = sizeof(struct nh_run_options),
    .run = run,
};
