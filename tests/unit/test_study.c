/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

#include "launch/study/estimate.h"
#include "launch/study/study.h"
#include "launch/study/values.h"

/* The catalog of the tree: tests run at its root. */
static int use_catalog(void **state)
{
    (void)state;
    return setenv("NODEHOUR_DATA", "common/catalog", 1);
}

static const char head[] = "study: s\nlauncher: {type: slurm}\n";

static struct nh_study read_with(const char *text, const struct nh_study_options *options)
{
    struct nh_study study;
    struct nh_error err = {0};
    if (nh_study_parse("s.yaml", text, strlen(text), options, 4, &study, &err))
        fail_msg("%s", err.text);
    return study;
}

static struct nh_plan plan_of(const char *text)
{
    char all[4096];
    struct nh_plan plan;
    struct nh_error err = {0};
    snprintf(all, sizeof all, "%s%s", head, text);
    struct nh_study study = read_with(all, NULL);
    if (nh_study_plan(&study, 1, &plan, &err))
        fail_msg("%s", err.text);
    nh_study_clear(&study);
    return plan;
}

static void refuse_with(const char *text, const struct nh_study_options *options, const char *part)
{
    struct nh_study study;
    struct nh_plan plan;
    struct nh_error err = {0};
    int rc = nh_study_parse("s.yaml", text, strlen(text), options, 4, &study, &err);
    if (!rc) {
        rc = nh_study_plan(&study, 1, &plan, &err);
        if (!rc) {
            rc = nh_study_check_ceilings(&study, &plan, &err);
            nh_plan_clear(&plan);
        }
        nh_study_clear(&study);
    }
    if (rc != NH_EINPUT)
        fail_msg("taken, or another code than 2: %s", text);
    assert_says(&err, part);
    assert_null(strchr(err.text, '\n'));
}

static void refuse(const char *text, const char *part)
{
    refuse_with(text, NULL, part);
}

static const struct nh_job *job_named(const struct nh_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->job_count; i++)
        if (strcmp(plan->jobs[i].name, name) == 0)
            return &plan->jobs[i];
    fail_msg("no job %s, but %s", name, plan->job_count ? plan->jobs[0].name : "none");
    return NULL;
}

/* Words of the job's command, in one line. */
static const char *command_of(const struct nh_job *job)
{
    static char line[1024];
    size_t used = 0;
    for (size_t i = 0; i < job->args.count; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "",
                                 job->args.items[i]);
    return line;
}

/* ---- expansion ---- */

static void lists_cross(void **state)
{
    (void)state;
    struct nh_plan plan = plan_of("measure: [{kernel: halo}]\n"
                                  "over: {nodes: [1, 2, 4], ranks_per_node: [2, 4], "
                                  "threads: [1, 2]}\n");
    assert_int_equal(plan.job_count, 12);
    assert_int_equal(plan.launches, 6);
    assert_int_equal(plan.step_count, 72);
    const struct nh_job *job = job_named(&plan, "halo.4x2.t2");
    assert_int_equal(job->nodes, 4);
    assert_int_equal(job->ranks_per_node, 2);
    assert_int_equal(job->ranks, 8);
    assert_int_equal(job->threads, 2);
    nh_plan_clear(&plan);
}

static void zipped_lists_walk_together(void **state)
{
    (void)state;
    struct nh_plan plan = plan_of("measure: [{kernel: halo}]\n"
                                  "over:\n  nodes: [1, 8]\n  cells: [64, 128]\n"
                                  "  ranks_per_node: [2, 4]\n  zip: [[nodes, cells]]\n");
    assert_int_equal(plan.job_count, 4);
    assert_string_equal(command_of(job_named(&plan, "halo.8x4.c128")),
                        "nodehour-mpi halo --max-time 1 --cells 128");
    job_named(&plan, "halo.1x2.c64");
    nh_plan_clear(&plan);
}

static void where_filters(void **state)
{
    (void)state;
    struct nh_plan plan =
        plan_of("measure:\n  - kernel: halo\n  - {kernel: barrier, where: nodes == 2}\n"
                "over:\n  nodes: [1, 2, 4]\n  ranks_per_node: [1, 8]\n"
                "  where: \"ranks <= 16 and not (nodes == 1 and ranks_per_node == 1)\"\n");
    /* 1x8 2x1 2x8 4x1 of halo, and the two of two nodes */
    assert_int_equal(plan.job_count, 6);
    job_named(&plan, "barrier.2x1");
    job_named(&plan, "barrier.2x8");
    job_named(&plan, "halo.4x1");
    nh_plan_clear(&plan);
}

/* A list that a kernel does not know makes no copies of it. */
static void jobs_are_unique(void **state)
{
    (void)state;
    struct nh_plan plan = plan_of("measure: [{kernel: halo}, {kernel: barrier}]\n"
                                  "over: {ranks_per_node: [2, 2, 4], cells: [32, 64, 96]}\n");
    assert_int_equal(plan.job_count, 2 * 3 + 2);
    for (size_t i = 0; i < plan.job_count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(plan.jobs[i].name, plan.jobs[k].name);
    nh_plan_clear(&plan);
}

static void what_needs_two_ranks_is_left_out_elsewhere(void **state)
{
    (void)state;
    struct nh_plan plan =
        plan_of("measure:\n  - {kernel: pingpong, sizes: 8}\n"
                "  - {kernel: pingpong, name: pairs, pairs: 2, sizes: 8}\n  - kernel: rate\n"
                "over: {nodes: [1, 2], ranks_per_node: [1, 2, 3]}\n");
    /* ranks 1 2 3 2 4 6: two ranks 1x2 and 2x1; two pairs 2x2; even 1x2 2x1 2x2 2x3 */
    assert_int_equal(plan.job_count, 2 + 1 + 4);
    job_named(&plan, "pairs.2x2");
    assert_int_equal(plan.note_count, 3);
    assert_non_null(strstr(plan.notes[0], "4 combinations are left out for pingpong"));
    nh_plan_clear(&plan);
}

static void environments_are_named(void **state)
{
    (void)state;
    struct nh_plan plan = plan_of("measure: [{kernel: halo}]\nover:\n  ranks_per_node: [2]\n"
                                  "  environment: [{}, {FI_PROVIDER: efa}, {A: \"x y\", B: 2}]\n");
    assert_int_equal(plan.job_count, 3);
    assert_int_equal(job_named(&plan, "halo.1x2")->env.count, 0);
    const struct nh_job *efa = job_named(&plan, "halo.1x2.FI_PROVIDER-efa");
    assert_int_equal(efa->env.count, 1);
    assert_string_equal(efa->env.items[0], "FI_PROVIDER=efa");
    assert_string_equal(plan.jobs[2].env.items[0], "A=x y");
    assert_string_equal(plan.jobs[2].env.items[1], "B=2");
    assert_null(strpbrk(plan.jobs[2].name, "/ ="));
    nh_plan_clear(&plan);
    plan = plan_of("measure: [{kernel: halo}]\nover:\n  ranks_per_node: [2]\n"
                   "  environment: {off: {X: 0}, on: {X: 1}}\n");
    assert_string_equal(job_named(&plan, "halo.1x2.on")->env.items[0], "X=1");
    nh_plan_clear(&plan);
}

static void parameters_become_options(void **state)
{
    (void)state;
    struct nh_plan plan =
        plan_of("machine: c5n.18xlarge\nmeasure:\n"
                "  - {kernel: pingpong, sizes: 1-4M, inter_node: true, require_transport: efa,\n"
                "     persistent: no, precision: 1, max_time: 0.25}\n"
                "over: {nodes: [2], ranks_per_node: [1], placement: [nearest-nic]}\n");
    const struct nh_job *job = job_named(&plan, "pingpong.2x1.nearest-nic");
    assert_string_equal(command_of(job),
                        "nodehour-mpi pingpong --sizes 1-4M --precision 1 --inter-node "
                        "--require-transport efa --max-time 0.25 --placement nearest-nic "
                        "--machine c5n.18xlarge");
    assert_int_equal(job->measurements, 23);
    nh_plan_clear(&plan);
}

/* A name longer than there is room for is cut, and stays unique. */
static void long_names_are_cut(void **state)
{
    (void)state;
    struct nh_plan plan =
        plan_of("measure: [{kernel: halo, name: a23456789012345678901234567890}]\nover:\n"
                "  ranks_per_node: [2]\n  nodes: [1000, 1001]\n  threads: [1000000]\n"
                "  cells: [1000000, 999999]\n  placement: [cross-socket]\n"
                "  environment: {e234567890123456789012345678901234567890: {A: 1},\n"
                "    e234567890123456789012345678901234567891: {A: 2}}\n");
    assert_int_equal(plan.job_count, 8);
    for (size_t i = 0; i < plan.job_count; i++) {
        assert_int_equal(strlen(plan.jobs[i].name), sizeof plan.jobs[i].name - 1);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(plan.jobs[i].name, plan.jobs[k].name);
    }
    nh_plan_clear(&plan);
}

/* Without a list of ranks: one for every core, or for every `threads` cores. */
static void ranks_follow_cores_and_threads(void **state)
{
    (void)state;
    struct nh_plan plan = plan_of("machine: c5n.18xlarge\nmeasure: [{kernel: halo}]\n"
                                  "over: {threads: [1, 18]}\n");
    job_named(&plan, "halo.1x36.t1");
    job_named(&plan, "halo.1x2.t18");
    nh_plan_clear(&plan);
}

static void options_override(void **state)
{
    (void)state;
    char nodes[] = "2,3", launches[] = "2", machine[] = "c5n.9xlarge", seed[] = "5",
         time[] = "10min";
    const struct nh_study_options options = {
        .nodes = nodes, .launches = launches, .machine = machine, .seed = seed, .max_time = time};
    struct nh_study study =
        read_with("study: s\nmachine: c5n.18xlarge\nlauncher: {type: slurm}\nlaunches: 9\n"
                  "limits: {max_time: 2h}\nmeasure: [{kernel: halo}]\nover: {nodes: [1]}\n",
                  &options);
    struct nh_plan plan;
    assert_int_equal(nh_study_plan(&study, 1, &plan, NULL), NH_OK);
    assert_int_equal(plan.job_count, 2);
    assert_int_equal(plan.launches, 2);
    assert_int_equal(study.seed, 5);
    job_named(&plan, "halo.3x18"); /* 18 cores of a c5n.9xlarge */
    assert_true(plan.max_time_s == 600);
    nh_plan_clear(&plan);
    nh_study_clear(&study);
}

/* ---- estimates ---- */

/* By hand: 2 jobs x 6 launches; a launch is 0.6 + 0.01 x 36 + 0.25 (n - 1) s of start and 10 s
 * of halo. The allocation has 4 nodes; 3.888 USD is the catalog's price. */
static void time_and_cost_by_hand(void **state)
{
    (void)state;
    static const char text[] = "machine: c5n.18xlarge\nmeasure: [{kernel: halo, max_time: 10}]\n"
                               "over: {nodes: [1, 4]}\n";
    struct nh_plan plan = plan_of(text);
    double one = 0.6 + 0.36 + 10, four = one + 0.75;
    double hours = 4 * 6 * (one + four) / 3600;
    assert_true(fabs(nh_plan_expected_s(&plan) - 6 * (one + four)) < 1e-9);
    assert_true(fabs(nh_plan_node_hours(&plan) - hours) < 1e-9);
    assert_true(fabs(nh_plan_cost(&plan, nh_plan_expected_s(&plan), 0) - 3.888 * hours) < 1e-9);
    assert_string_equal(plan.price_model, "on-demand");
    nh_plan_clear(&plan);
}

/* A job for each node count pays for its own nodes only. */
static void jobs_per_node_count_pay_for_their_nodes(void **state)
{
    (void)state;
    static const char text[] =
        "study: s\nmachine: c5n.18xlarge\nlauncher: {type: slurm, mode: per-nodes}\n"
        "launches: 1\nmeasure: [{kernel: halo, max_time: 10}]\nover: {nodes: [1, 4]}\n";
    struct nh_study study = read_with(text, NULL);
    struct nh_plan plan;
    assert_int_equal(nh_study_plan(&study, 1, &plan, NULL), NH_OK);
    double one = 0.6 + 0.36 + 10;
    assert_true(fabs(nh_plan_node_hours(&plan) - (one + 4 * (one + 0.75)) / 3600) < 1e-9);
    nh_plan_clear(&plan);
    nh_study_clear(&study);
}

/* Just below and just above what the plan may take: 65.76 s; at 3.888 an hour 0.0710 USD. */
static void ceilings_are_sharp(void **state)
{
    (void)state;
    static const char base[] = "study: s\nmachine: c5n.18xlarge\n"
                               "measure: [{kernel: halo, max_time: 10}]\nlimits: {%s}\n";
    static const struct {
        const char *limit, *error;
    } cases[] = {{"max_time: 66s", NULL},
                 {"max_time: 65s", "limits.max_time: 1 min 05 s would be crossed: 6 launches"},
                 {"max_cost: 0.0711", NULL},
                 {"max_cost: 0.0710 USD", "limits.max_cost: $0.07 would be crossed"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text, base, cases[i].limit);
        if (cases[i].error) {
            refuse(text, cases[i].error);
            continue;
        }
        struct nh_study study = read_with(text, NULL);
        struct nh_plan plan;
        struct nh_error err = {0};
        assert_ok(nh_study_plan(&study, 1, &plan, &err), err);
        assert_ok(nh_study_check_ceilings(&study, &plan, &err), err);
        nh_plan_clear(&plan);
        nh_study_clear(&study);
    }
}

static void many_runs_are_planned_quickly(void **state)
{
    (void)state;
    char text[16384], *at = text;
    struct timespec from, to;
    at += sprintf(at, "study: s\nlaunches: 2\nlauncher: {type: slurm}\nmeasure: [{kernel: halo}, "
                      "{kernel: barrier}]\nover:\n  where: ranks > 0\n  nodes: [1");
    for (int i = 2; i <= 100; i++)
        at += sprintf(at, ", %d", i);
    at += sprintf(at, "]\n  ranks_per_node: [2");
    for (int i = 3; i <= 26; i++)
        at += sprintf(at, ", %d", i);
    sprintf(at, "]\n");
    struct nh_plan plan;
    clock_gettime(CLOCK_MONOTONIC, &from);
    struct nh_study study = read_with(text, NULL);
    assert_int_equal(nh_study_plan(&study, 1, &plan, NULL), NH_OK);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    print_message("%zu runs planned in %.3f s\n", plan.step_count, seconds);
    assert_int_equal(plan.job_count, 2 * 100 * 25);
    assert_int_equal(plan.step_count, 10000);
    assert_true(seconds < 1);
    nh_plan_clear(&plan);
    nh_study_clear(&study);
}

/* ---- run.json ---- */

static void a_plan_reads_back(void **state)
{
    (void)state;
    static const char text[] =
        "study: s\nmachine: c5n.18xlarge\nlauncher: {type: slurm, mode: per-nodes}\n"
        "limits: {max_time: 2h, max_cost: 40, launch_time: 10min}\nmeasure: [{kernel: halo}]\n"
        "over: {nodes: [4], threads: [2], environment: {e: {A: \"x y\"}}}\n";
    struct nh_study study = read_with(text, NULL), restored;
    struct nh_plan plan, again;
    struct nh_error err = {0};
    assert_ok(nh_study_plan(&study, 7, &plan, &err), err);
    json_t *json = nh_plan_json(&plan), *stored = nh_study_json(&study);
    assert_ok(nh_plan_parse(json, &again, &err), err);
    const struct nh_job *job = job_named(&again, "halo.4x18.t2.e");
    assert_int_equal(job->nodes, 4);
    assert_int_equal(job->ranks_per_node, 18);
    assert_int_equal(job->ranks, 72);
    assert_int_equal(job->threads, 2);
    assert_string_equal(job->env.items[0], "A=x y");
    assert_true(job->limit_s == 600 && job->price_per_hour == 3.888);
    assert_true(again.max_time_s == 7200 && again.max_cost == 40 && again.billed_nodes == 0);
    assert_string_equal(again.price_model, "on-demand");
    assert_string_equal(again.currency, "USD");
    assert_int_equal(again.seed, 7);
    assert_ok(nh_study_restore(stored, 4, &restored, &err), err);
    assert_string_equal(restored.text, study.text);
    assert_true(restored.job_per_node_count && restored.max_cost.micro == 40000000);
    json_decref(json);
    json_decref(stored);
    nh_plan_clear(&plan);
    nh_plan_clear(&again);
    nh_study_clear(&study);
    nh_study_clear(&restored);
}

/* ---- what is wrong ---- */

#define OK_MEASURE "measure: [{kernel: halo}]\n"

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "s.yaml:1: nothing in it"},
        {"study: s\n", "s.yaml:1: measure: missing"},
        {"just words\n", "s.yaml:1: wrong type"},
        {"study: s\nmeasure: [\n", "s.yaml:3: no YAML"},
        {"study: s\n\tmeasure: x\n", "s.yaml:2: no YAML"},
        {"study: s\nstudy: t\n" OK_MEASURE, "s.yaml:2: study: given twice"},
        {"study: s\n" OK_MEASURE "---\nstudy: t\n", "s.yaml:4: a second document"},
        {"study: &a s\ndescription: *a\n" OK_MEASURE, "s.yaml:2: aliases"},
        {"study: s/t\n" OK_MEASURE, "s.yaml:1: study: 's/t' is no name"},
        {"study: \"a\\nb\"\n" OK_MEASURE, "s.yaml:1: a line break"},
        {"study: s\nover: [[[[[[[[[[1]]]]]]]]]]\n" OK_MEASURE, "too deeply nested"},
        /* unknown keys, the nearest named */
        {"study: s\nlauncer: {type: local}\n" OK_MEASURE,
         "s.yaml:2: launcer: unknown key; did you mean 'launcher'?"},
        {"study: s\nlimits:\n  max_time: 1h\n  max_costs: 3\n" OK_MEASURE,
         "s.yaml:4: limits.max_costs: unknown key; did you mean 'max_cost'?"},
        {"study: s\nmeasure:\n  - kernel: halo\n    cels: 3\n",
         "s.yaml:4: measure[0].cels: unknown key; did you mean 'cells'?"},
        {"study: s\n" OK_MEASURE "over:\n  ranks_per_nod: [2]\n",
         "s.yaml:4: over.ranks_per_nod: unknown key; did you mean 'ranks_per_node'?"},
        {"study: s\nxyzzy: 1\n" OK_MEASURE, "s.yaml:2: xyzzy: unknown key; these are known: study"},
        /* wrong types */
        {"study: s\nlaunches: many\n" OK_MEASURE,
         "s.yaml:2: launches: wrong type: 'many' where a whole number"},
        {"study: s\nlaunches: 010\n" OK_MEASURE, "s.yaml:2: launches: wrong type"},
        {"study: s\nlaunches: 1.5\n" OK_MEASURE, "s.yaml:2: launches: wrong type"},
        {"study: s\nlaunches: -1\n" OK_MEASURE, "s.yaml:2: launches: wrong type"},
        {"study: s\nlaunches: 99999999999\n" OK_MEASURE, "s.yaml:2: launches: too large"},
        {"study: s\nlaunches: 0\n" OK_MEASURE, "s.yaml:2: launches: 0 is out of range"},
        {"study: s\nlaunches: [1]\n" OK_MEASURE, "s.yaml:2: launches: wrong type: 'a list'"},
        {"study: s\n" OK_MEASURE "over: {nodes: 4}\n",
         "s.yaml:3: over.nodes: wrong type: '4' where a list"},
        {"study: s\n" OK_MEASURE "over: {nodes: [1, two]}\n",
         "s.yaml:3: over.nodes[1]: wrong type: 'two'"},
        {"study: s\nmeasure: {kernel: halo}\n", "s.yaml:2: measure: wrong type"},
        {"study: s\nmeasure: [{kernel: allreduce, in_place: 1}]\n",
         "measure[0].in_place: wrong type: '1' where true or false"},
        {"study: s\nlauncher: {type: slurm, srun: maybe}\n" OK_MEASURE,
         "launcher.srun: wrong type: 'maybe'"},
        {"study:\n" OK_MEASURE, "s.yaml:1: study: wrong type: 'nothing'"},
        {"study: s\n" OK_MEASURE "over: {environment: {A: 1}}\n", "over.environment.A: wrong type"},
        {"study: s\n" OK_MEASURE "over: {environment: [3]}\n", "over.environment[0]: wrong type"},
        {"study: s\n" OK_MEASURE "over: {environment: [{A: [1]}]}\n", "A: wrong type"},
        /* empty sweeps */
        {"study: s\nmeasure: []\n", "s.yaml:2: measure: empty"},
        {"study: s\n" OK_MEASURE "over:\n  nodes: []\n", "s.yaml:4: over.nodes: empty"},
        {"study: s\n" OK_MEASURE "over: {environment: []}\n", "over.environment: empty"},
        {"study: s\n" OK_MEASURE "over: {where: nodes > 1}\n",
         "measure[0]: no combination is left for halo"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].error);
}

static void wrong_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        /* unknown kernel, machine, price model, launcher, placement */
        {"study: s\nmeasure:\n  - kernel: pingpnog\n",
         "s.yaml:3: measure[0].kernel: unknown kernel 'pingpnog'; did you mean 'pingpong'?"},
        {"study: s\nmachine: c5n.18xlarg\n" OK_MEASURE,
         "s.yaml:2: machine: unknown machine 'c5n.18xlarg'; did you mean 'c5n.18xlarge'?"},
        {"study: s\nmachine: c5n.18xlarge\nprices: [ondemand]\n" OK_MEASURE,
         "s.yaml:3: prices: unknown price model 'ondemand'; did you mean 'on-demand'?"},
        {"study: s\nprices: [ondemand]\n" OK_MEASURE, "s.yaml:2: prices: "},
        {"study: s\nlauncher: {type: slrum}\n" OK_MEASURE, "launcher.type: 'slrum' is unknown"},
        {"study: s\nlauncher: {type: slurm, mode: big}\n" OK_MEASURE, "launcher.mode: 'big'"},
        {"study: s\n" OK_MEASURE "over: {placement: [same-l1]}\n",
         "over.placement: 'same-l1' is unknown; did you mean 'same-l"},
        /* parameters */
        {"study: s\nmeasure: [{kernel: halo, window: 8}]\n",
         "measure[0].window: halo has no such parameter"},
        {"study: s\nmeasure: [{kernel: allreduce, type: flaot}]\n", "measure[0].type: 'flaot'"},
        {"study: s\nmeasure: [{kernel: allreduce, sizes: 8-}]\n", "measure[0].sizes: "},
        {"study: s\nmeasure: [{kernel: allreduce, sizes: \"8,12\", type: double}]\n",
         "measure[0].sizes: 12 bytes are no whole elements of 8; give multiples of 8"},
        {"study: s\nmeasure: [{kernel: allreduce, sizes: 1-64}]\n",
         "measure[0].sizes: 1 bytes are no whole elements of 4"},
        {"study: s\nmeasure: [{kernel: allreduce, op: put}]\n",
         "measure[0].op: 'put' is none; give one of: sum min max"},
        {"study: s\nmeasure: [{kernel: rma, op: sum}]\n",
         "measure[0].op: 'sum' is none; give one of: put get accumulate"},
        {"study: s\nmeasure: [{kernel: rma, op: accumulate, sizes: 12}]\n",
         "measure[0].sizes: 12 bytes are no whole elements of 8"},
        {"study: s\nmeasure: [{kernel: bandwidth, sizes: \"0,8\"}]\n",
         "measure[0].sizes: bandwidth needs at least 1 bytes"},
        {"study: s\nmeasure: [{kernel: halo, cells: 3x3}]\n", "measure[0].cells: '3x3' is no box"},
        {"study: s\nmeasure: [{kernel: halo, max_time: 0}]\n", "measure[0].max_time: "},
        {"study: s\nmeasure: [{kernel: halo}, {kernel: halo}]\n",
         "measure[1].kernel: halo is measured twice"},
        {"study: s\nmeasure: [{kernel: halo, name: a b}]\n", "measure[0].name: 'a b' is no name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].error);
}

static void contradictions_and_wrong_sweeps(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        /* contradictions */
        {"study: s\nlimits: {max_time: 1h, launch_time: 2h}\n" OK_MEASURE,
         "limits.launch_time: 2 h 00 min for one launch contradicts max_time"},
        {"study: s\nlimits: {launch_time: 1s}\n" OK_MEASURE,
         "limits.launch_time: 1 s, but a launch of halo.1x4"},
        {"study: s\nlimits: {max_cost: 3}\n" OK_MEASURE,
         "limits.max_cost: no price of the machine"},
        {"study: s\nmachine: hpc7a.96xlarge\nlimits: {max_cost: 3}\n" OK_MEASURE,
         "no price of hpc7a.96xlarge is known"},
        {"study: s\nmachine: c5n.18xlarge\nlimits: {max_cost: 3 EUR}\n" OK_MEASURE,
         "limits.max_cost: in EUR, but prices are in USD"},
        {"study: s\ncost: {boot_tim: 5min}\n" OK_MEASURE,
         "s.yaml:2: cost.boot_tim: unknown key; did you mean 'boot_time'?"},
        {"study: s\ncost:\n  license: per-hour=22\n  idle_time: soon\n" OK_MEASURE,
         "s.yaml:4: cost.idle_time: 'soon'"},
        {"study: s\nlicense_per_hour: 22\ncost: {license: per-job=100}\n" OK_MEASURE,
         "s.yaml:2: license_per_hour: a fee is given by cost.license too"},
        {"study: s\nlimits: {max_time: soon}\n" OK_MEASURE,
         "limits.max_time: 'soon' is no duration"},
        {"study: s\nlimits: {max_cost: free}\n" OK_MEASURE, "limits.max_cost: 'free' is no amount"},
        {"study: s\nmeasure: [{kernel: halo, cells: 8, cells_per_rank: 8}]\n",
         "measure[0].cells: given with cells_per_rank"},
        {"study: s\nmeasure: [{kernel: halo, cells: 8}]\nover: {cells: [8]}\n",
         "measure[0].cells: also a list in over"},
        {"study: s\nmeasure: [{kernel: rma, inter_node: true, require_transport: shm}]\n",
         "measure[0].require_transport: shm contradicts inter_node"},
        {"study: s\nlauncher: {type: local, partition: x}\n" OK_MEASURE,
         "launcher.partition: not for type local; it belongs to type slurm"},
        {"study: s\nlauncher: {type: ssh}\n" OK_MEASURE, "launcher: ssh needs a host file"},
        /* sweeps */
        {"study: s\n" OK_MEASURE "over: {nodes: [2]}\n", "over.nodes: 2 nodes, but the local"},
        {"study: s\n" OK_MEASURE "over: {nodes: [0]}\n", "over.nodes: 0 is out of range"},
        {"study: s\nmeasure: [{kernel: pingpong}]\nover: {ranks_per_node: [3]}\n",
         "measure[0]: none of 1 combinations fits pingpong: it needs 2 ranks"},
        {"study: s\nlauncher: {type: slurm}\n" OK_MEASURE
         "over: {nodes: [1, 2], cells: [8, 16, 32], zip: [[nodes, cells]]}\n",
         "over.zip[0]: values of nodes: 2, of cells: 3"},
        {"study: s\n" OK_MEASURE "over: {zip: [[nodes, cells]]}\n", "'nodes' has no list in over"},
        {"study: s\n" OK_MEASURE "over: {nodes: [1], zip: [[nodes, cellz]]}\n",
         "over.zip[0]: 'cellz' is no list of over; did you mean 'cells'?"},
        {"study: s\n" OK_MEASURE "over: {nodes: [1], zip: [nodes]}\n", "over.zip[0]: two or more"},
        {"study: s\n" OK_MEASURE "over: {nodes: [1], zip: [[nodes, nodes]]}\n", "zipped twice"},
        {"study: s\n" OK_MEASURE "over:\n  where: node <= 3\n",
         "s.yaml:4: over.where: unknown name 'node'; did you mean 'nodes'?"},
        {"study: s\n" OK_MEASURE "over: {where: 8 / (nodes - 1) > 3}\n",
         "over.where: division by zero"},
        {"study: s\nmeasure: [{kernel: halo, where: nodes >}]\n", "measure[0].where: a number"},
        {"study: s\n" OK_MEASURE "over: {environment: [{1A: 2}]}\n", "'1A' is no name"},
        {"study: s\n" OK_MEASURE "over: {environment: [{}, {}]}\n", "the same as [0]"},
        {"study: s\nreferences: [no/such.csv]\n" OK_MEASURE,
         "s.yaml:2: references[0]: no/such.csv"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].error);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const char text[] = "study: s\nmachine: c5n.18xlarge\n" OK_MEASURE;
    char bad[] = "x", zero[] = "0", cheap[] = "0.0001", gone[] = "/nonexistent/hosts";
    refuse_with(text, &(struct nh_study_options){.nodes = bad}, "--nodes");
    refuse_with(text, &(struct nh_study_options){.nodes = zero}, "--nodes");
    refuse_with(text, &(struct nh_study_options){.launches = zero}, "--launches");
    refuse_with(text, &(struct nh_study_options){.machine = bad}, "--machine: unknown machine");
    refuse_with(text, &(struct nh_study_options){.price_models = bad}, "--price-model: ");
    refuse_with(text, &(struct nh_study_options){.launcher = bad}, "--launcher: 'x' is unknown");
    refuse_with(text, &(struct nh_study_options){.max_time = bad}, "--max-time: ");
    refuse_with(text, &(struct nh_study_options){.max_cost = bad}, "--max-cost: ");
    refuse_with(text, &(struct nh_study_options){.max_cost = cheap},
                "--max-cost: $0.0001 would be");
    refuse_with(text, &(struct nh_study_options){.hosts = gone}, "--hosts: /nonexistent/hosts");
}

static void nodes_beyond_the_host_file(void **state)
{
    (void)state;
    char *folder = fresh_directory(), file[256], study[256], text[512];
    snprintf(file, sizeof file, "%s/hosts.txt", folder);
    snprintf(study, sizeof study, "%s/s.yaml", folder);
    write_file(file, "# two\na slots=4\nb\n");
    static const char form[] = "study: s\nlauncher: {type: ssh, hosts: hosts.txt}\n" OK_MEASURE
                               "over:\n  nodes: [1, %d]\n%s";
    struct nh_study s;
    struct nh_plan plan;
    struct nh_error err = {0};
    snprintf(text, sizeof text, form, 3, "");
    assert_ok(nh_study_parse(study, text, strlen(text), NULL, 4, &s, &err), err);
    assert_int_equal(nh_study_plan(&s, 1, &plan, &err), NH_EINPUT);
    assert_says(&err, "s.yaml:5: over.nodes: 3 nodes, but ");
    assert_says(&err, "hosts.txt has 2");
    nh_study_clear(&s);
    snprintf(text, sizeof text, form, 3, "  where: nodes <= available\n");
    assert_ok(nh_study_parse(study, text, strlen(text), NULL, 4, &s, &err), err);
    assert_ok(nh_study_plan(&s, 1, &plan, &err), err);
    assert_int_equal(plan.job_count, 1);
    assert_int_equal(plan.billed_nodes, 2);
    nh_plan_clear(&plan);
    nh_study_clear(&s);
    remove(file);
    rmdir(folder);
    free(folder);
}

/* ---- values and texts ---- */

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds; /* 0: refused */
    } cases[] = {{"90s", 90},    {"10min", 600}, {"2h", 7200},   {"1h30min", 5400},
                 {"1.5h", 5400}, {"1d", 86400},  {"2 h", 7200},  {"1h 30min", 5400},
                 {"5m", 300},    {"90", 0},      {"", 0},        {"h", 0},
                 {"-2h", 0},     {"2h!", 0},     {"2 years", 0}, {"0s", 0},
                 {"1e9s", 0},    {"1.5.2s", 0},  {"0x10s", 0},   {"inf", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double seconds = 0;
        int rc = nh_study_duration(cases[i].text, &seconds, NULL);
        if ((rc == NH_OK) != (cases[i].seconds > 0) || seconds != cases[i].seconds)
            fail_msg("'%s' gives %g (code %d)", cases[i].text, seconds, rc);
    }
}

static void amounts(void **state)
{
    (void)state;
    struct nh_money m;
    assert_int_equal(nh_study_money("40 USD", &m, NULL), NH_OK);
    assert_int_equal(m.micro, 40000000);
    assert_int_equal(nh_study_money("7.50", &m, NULL), NH_OK);
    assert_string_equal(m.currency, "USD");
    assert_int_equal(nh_study_money("40 EUR", &m, NULL), NH_OK);
    assert_string_equal(m.currency, "EUR");
    static const char *const bad[] = {"40 usd", "40 USDX", "40USD", "", "0", "-4", "40 U S", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (nh_study_money(bad[i], &m, NULL) != NH_EINPUT)
            fail_msg("'%s' is taken", bad[i]);
}

static void the_difference_is_the_first_line(void **state)
{
    (void)state;
    char buf[300];
    assert_string_equal(nh_study_difference("a\nb: 1\nc\n", "a\nb: 2\nc\n", buf, sizeof buf),
                        "line 2 was 'b: 1' and is now 'b: 2'");
    assert_string_equal(nh_study_difference("a\n", "a\nb\n", buf, sizeof buf),
                        "line 2 was '' and is now 'b'");
    assert_string_equal(nh_study_difference("a\nb\n", "a\n", buf, sizeof buf),
                        "line 2 was 'b' and is now ''");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_cross),
        cmocka_unit_test(zipped_lists_walk_together),
        cmocka_unit_test(where_filters),
        cmocka_unit_test(jobs_are_unique),
        cmocka_unit_test(what_needs_two_ranks_is_left_out_elsewhere),
        cmocka_unit_test(environments_are_named),
        cmocka_unit_test(parameters_become_options),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(ranks_follow_cores_and_threads),
        cmocka_unit_test(options_override),
        cmocka_unit_test(time_and_cost_by_hand),
        cmocka_unit_test(jobs_per_node_count_pay_for_their_nodes),
        cmocka_unit_test(ceilings_are_sharp),
        cmocka_unit_test(many_runs_are_planned_quickly),
        cmocka_unit_test(a_plan_reads_back),
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(contradictions_and_wrong_sweeps),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(nodes_beyond_the_host_file),
        cmocka_unit_test(durations),
        cmocka_unit_test(amounts),
        cmocka_unit_test(the_difference_is_the_first_line),
    };
    return cmocka_run_group_tests(tests, use_catalog, NULL);
}
