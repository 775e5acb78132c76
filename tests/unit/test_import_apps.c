/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "analysis/dataset.h"
#include "analysis/import/csv.h"
#include "analysis/import/runs_group.h"
#include "common/journal.h"

/* Applications' logs: what each format says, and that what it does not say is asked for.
 * tests/data/applogs/README.md says where the files come from. */
#define DATA "tests/data/applogs/"

static const struct nh_given nothing = {.skip_steps = -1};

/* Everything that the importers know, and the one that must take each. */
static const struct {
    const char *file, *importer;
} files[] = {{DATA "gromacs-tmpi-resethway.log", "gromacs"},
             {DATA "gromacs-mpi.log", "gromacs"},
             {DATA "lammps-1rank.log", "lammps"},
             {DATA "lammps-2ranks.log", "lammps"},
             {DATA "openfoam-icoFoam.log", "openfoam"},
             {DATA "openfoam-checkMesh.log", "openfoam"},
             {DATA "openfoam-decomposePar.log", "openfoam"},
             {DATA "hyperfine.json", "hyperfine"},
             {DATA "reframe-4.log", "reframe"},
             {DATA "reframe-compat.log", "reframe"},
             {DATA "reframe-httpjson.jsonl", "reframe-lines"},
             {DATA "extrap.txt", "extra-p"},
             {DATA "starccm-printed.txt", "starccm"},
             {DATA "starccm-exported.csv", "starccm"},
             {"tests/data/logs/fio-real.json", "fio"},
             {"tests/data/logs/nccl.json", "nccl-tests JSON"},
             {"tests/data/logs/imb.txt", "imb"}};
enum { FILES = sizeof files / sizeof *files };

static const struct nh_importer *importer_of(const char *path)
{
    const struct nh_importer *importer;
    struct nh_error err = {0};
    assert_ok(nh_importer_find(path, &importer, &err), err);
    return importer;
}

static struct nh_app_runs runs_with(const char *path, const struct nh_given *given)
{
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    assert_ok(nh_runs_read(path, importer_of(path)->runs, given, &runs, &err), err);
    return runs;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.15g is not %.15g", value, expected);
}

/* ---- Each format ---- */

static void every_file_finds_its_importer(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++)
        assert_string_equal(importer_of(files[i].file)->name, files[i].importer);
}

static void gromacs_gives_seconds_for_a_nanosecond(void **state)
{
    (void)state;
    struct nh_app_runs runs = runs_with(DATA "gromacs-tmpi-resethway.log", &nothing);
    const struct nh_app_run *r = &runs.items[0];
    assert_int_equal(runs.count, 1);
    assert_int_equal(r->nodes, 1);
    assert_int_equal(r->ranks, 2);
    assert_int_equal(r->threads, 1);
    assert_int_equal(r->cores, 2);
    assert_near(r->cells, 2652);
    assert_string_equal(r->unit, "ns");
    assert_near(r->solver_s, 86400 / 60.618); /* the larger of 60.618 ns/day and 0.396 h/ns */
    assert_near(r->total, 400 * 0.001 * 1e-3);
    assert_true(isnan(r->job_s));
    assert_non_null(strstr(r->note, "reset"));
    nh_app_runs_clear(&runs);
}

static void gromacs_threads_beyond_the_cores_are_no_cores(void **state)
{
    (void)state;
    static const char log[] = "GROMACS:      gmx mdrun, version 2023\n"
                              "Running on 2 nodes with total 96 cores, 192 processing units\n"
                              "Using 96 MPI processes\nUsing 2 OpenMP threads per MPI process\n"
                              "There are: 1066628 Atoms\n"
                              "Run time exceeded 0.495 hours, will terminate the run\n"
                              "Performance:        0.123      195.122\n";
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    const struct nh_importer *gromacs = importer_of(DATA "gromacs-mpi.log");
    assert_ok(gromacs->runs("md.log", log, sizeof log - 1, &nothing, &runs, &err), err);
    assert_int_equal(runs.items[0].nodes, 2);
    assert_int_equal(runs.items[0].cores, 96);
    assert_near(runs.items[0].solver_s, 195.122 * 3600); /* six digits, not three */
    assert_true(isnan(runs.items[0].total));             /* ended before nsteps */
    nh_app_runs_clear(&runs);
}

static void lammps_gives_seconds_for_its_steps(void **state)
{
    (void)state;
    struct nh_app_runs runs = runs_with(DATA "lammps-2ranks.log", &nothing);
    const struct nh_app_run *r = &runs.items[0];
    assert_int_equal(runs.count, 1);
    assert_int_equal(r->nodes, 0);
    assert_int_equal(r->ranks, 2);
    assert_near(r->cells, 4000);
    assert_near(r->solver_s, 1.23804);
    assert_near(r->amount, 200);
    assert_true(isnan(r->job_s)); /* "0:00:01" is too coarse for a second */
    assert_string_equal(r->note, "communication 62.5 % of the time, load balance of the pair "
                                 "forces 92.6 %");
    nh_app_runs_clear(&runs);
}

static const char two_loops[] = "LAMMPS (2 Aug 2023)\n"
                                "Loop time of 10 on 8 procs for 100 steps with 4000 atoms\n"
                                "99.1% CPU use with 4 MPI tasks x 2 OpenMP threads\n"
                                "Loop time of 400 on 8 procs for 1000 steps with 4000 atoms\n"
                                "99.1% CPU use with 4 MPI tasks x 2 OpenMP threads\n"
                                "Total wall time: 0:07:00\n";

static void lammps_runs_of_one_log_are_chosen(void **state)
{
    (void)state;
    const struct nh_importer *lammps = importer_of(DATA "lammps-1rank.log");
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    struct nh_given given = nothing;
    assert_int_equal(lammps->runs("log", two_loops, sizeof two_loops - 1, &given, &runs, &err),
                     NH_EINPUT);
    assert_says(&err, "2 timed runs in one log; say which with --run N");
    nh_app_runs_clear(&runs);
    given.which = 2;
    assert_ok(lammps->runs("log", two_loops, sizeof two_loops - 1, &given, &runs, &err), err);
    assert_int_equal(runs.count, 1);
    assert_near(runs.items[0].solver_s, 400);
    assert_int_equal(runs.items[0].ranks, 4);
    assert_int_equal(runs.items[0].threads, 2);
    assert_true(isnan(runs.items[0].job_s)); /* 420 s hold both runs */
    given.which = -1;
    assert_ok(lammps->runs("log", two_loops, sizeof two_loops - 1, &given, &runs, &err), err);
    assert_int_equal(runs.count, 3);
    nh_app_runs_clear(&runs);
}

static void openfoam_leaves_the_first_step_out(void **state)
{
    (void)state;
    struct nh_given given = nothing;
    struct nh_app_runs runs = runs_with(DATA "openfoam-icoFoam.log", &given);
    const struct nh_app_run *r = &runs.items[0];
    assert_int_equal(runs.count, 1);
    assert_string_equal(r->name, "icoFoam cavity");
    assert_int_equal(r->nodes, 1); /* from the list of hosts */
    assert_int_equal(r->ranks, 2);
    assert_near(r->solver_s, 0.16 - 0.01);
    assert_near(r->amount, 19);
    assert_true(isnan(r->job_s));
    assert_string_equal(r->note, "the log's clock is only good to 7 %");
    nh_app_runs_clear(&runs);
    given.skip_steps = 0;
    runs = runs_with(DATA "openfoam-icoFoam.log", &given);
    assert_near(runs.items[0].solver_s, 0.16);
    assert_near(runs.items[0].amount, 20);
    nh_app_runs_clear(&runs);
}

static void openfoam_meshes_have_cells(void **state)
{
    (void)state;
    static const char *const meshes[] = {DATA "openfoam-checkMesh.log",
                                         DATA "openfoam-decomposePar.log"};
    for (size_t i = 0; i < 2; i++) {
        struct nh_app_runs runs = runs_with(meshes[i], &nothing);
        assert_near(runs.items[0].cells, 3600);
        assert_string_equal(runs.items[0].place, "/home/user/cavity");
        nh_app_runs_clear(&runs);
    }
}

static void openfoam_long_runs_use_the_wall_clock(void **state)
{
    (void)state;
    static const char log[] = "Exec   : simpleFoam -parallel\r\nCase   : /c/bike\r\nnProcs : 72\r\n"
                              "Hosts  :\r\n(\r\n    (n1 36)\r\n    (n2 36)\r\n)\r\n"
                              "Time = 1\r\nExecutionTime = 15.2 s  ClockTime = 20 s\r\n"
                              "Time = 2\r\nExecutionTime = 100.5 s  ClockTime = 121 s\r\n"
                              "Time = 3\r\nExecutionTime = 185.8 s  ClockTime = 220 s\r\n"
                              "End\r\n";
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    const struct nh_importer *foam = importer_of(DATA "openfoam-icoFoam.log");
    assert_ok(foam->runs("log", log, sizeof log - 1, &nothing, &runs, &err), err);
    const struct nh_app_run *r = &runs.items[0];
    assert_int_equal(r->nodes, 2);
    assert_int_equal(r->ranks, 72);
    assert_near(r->solver_s, 200); /* not the 170.6 s of one processor */
    assert_near(r->amount, 2);
    assert_near(r->job_s, 220);
    assert_near(r->total, 3);
    nh_app_runs_clear(&runs);
}

static void starccm_tables_of_both_forms(void **state)
{
    (void)state;
    struct nh_app_runs runs = runs_with(DATA "starccm-printed.txt", &nothing);
    assert_near(runs.items[0].solver_s, 6); /* 4.5 s at the end of iteration 1, 10.5 at 4 */
    assert_near(runs.items[0].amount, 3);
    nh_app_runs_clear(&runs);
    runs = runs_with(DATA "starccm-exported.csv", &nothing);
    assert_near(runs.items[0].solver_s, 6);
    assert_near(runs.items[0].amount, 3);
    nh_app_runs_clear(&runs);
}

static void hyperfine_times_are_jobs(void **state)
{
    (void)state;
    struct nh_app_runs runs = runs_with(DATA "hyperfine.json", &nothing);
    assert_int_equal(runs.count, 6);
    assert_int_equal(runs.items[0].ranks, 1);
    assert_int_equal(runs.items[3].ranks, 2);
    assert_near(runs.items[0].job_s, 0.121293886);
    assert_true(isnan(runs.items[0].solver_s));
    nh_app_runs_clear(&runs);
    struct nh_given given = nothing;
    given.map = "time=solver_s,ranks=nodes";
    runs = runs_with(DATA "hyperfine.json", &given);
    assert_near(runs.items[3].solver_s, 0.10170387900000001);
    assert_true(isnan(runs.items[3].job_s));
    assert_int_equal(runs.items[3].nodes, 2);
    nh_app_runs_clear(&runs);
}

static void reframe_of_three_forms_says_the_same(void **state)
{
    (void)state;
    static const char *const logs[] = {DATA "reframe-4.log", DATA "reframe-compat.log",
                                       DATA "reframe-httpjson.jsonl"};
    for (size_t i = 0; i < 3; i++) {
        struct nh_app_runs runs = runs_with(logs[i], &nothing);
        assert_int_equal(runs.count, 2); /* bandwidths are no times */
        for (size_t k = 0; k < 2; k++) {
            const struct nh_app_run *r = &runs.items[k];
            assert_string_equal(r->name, "lj");
            assert_int_equal(r->ranks, k + 1);
            assert_int_equal(r->nodes, i == 1 ? 0 : k + 1); /* by tasks per node, where logged */
            assert_near(r->solver_s, k == 0 ? 8 : 4);
        }
        nh_app_runs_clear(&runs);
    }
}

static void reframe_asks_which_time(void **state)
{
    (void)state;
    static const char log[] = "job_completion_time|name|num_tasks|setup_value|setup_unit|"
                              "solve_value|solve_unit|result\n"
                              "2026|a|4|10|ms|2|min|pass\n2026|a|4|1|s|1|s|fail\n";
    const struct nh_importer *reframe = importer_of(DATA "reframe-4.log");
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    struct nh_given given = nothing;
    assert_int_equal(reframe->runs("p.log", log, sizeof log - 1, &given, &runs, &err), NH_EINPUT);
    assert_says(&err, "p.log:2: 'setup' and 'solve' are both times");
    assert_says(&err, "--map solve=solver_s");
    nh_app_runs_clear(&runs);
    given.map = "solve=solver_s";
    assert_ok(reframe->runs("p.log", log, sizeof log - 1, &given, &runs, &err), err);
    assert_int_equal(runs.count, 1);
    assert_near(runs.items[0].solver_s, 120);
    nh_app_runs_clear(&runs);
}

static void extrap_needs_its_names_said(void **state)
{
    (void)state;
    const struct nh_importer *extrap = importer_of(DATA "extrap.txt");
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    struct nh_given given = nothing;
    assert_int_equal(nh_runs_read(DATA "extrap.txt", extrap->runs, &given, &runs, &err), NH_EINPUT);
    assert_says(&err, "--map metr=solver_s");
    given.map = "metr=solver_s";
    assert_int_equal(nh_runs_read(DATA "extrap.txt", extrap->runs, &given, &runs, &err), NH_EINPUT);
    assert_says(&err, "--map p=nodes");
    nh_app_runs_clear(&runs);
    given.map = "metr=solver_s,p=nodes";
    assert_ok(nh_runs_read(DATA "extrap.txt", extrap->runs, &given, &runs, &err), err);
    assert_int_equal(runs.count, 15);
    assert_int_equal(runs.items[14].nodes, 64);
    assert_near(runs.items[14].solver_s, 531.78);
    assert_string_equal(runs.items[14].name, "reg");
    nh_app_runs_clear(&runs);
}

static void extrap_json_lines(void **state)
{
    (void)state;
    static const char log[] =
        "{\"params\":{\"nodes\":2,\"size\":100},\"metric\":\"solver_s\",\"callpath\":\"main\","
        "\"value\":3.5}\n\n"
        "{\"params\":{\"nodes\":4,\"size\":100},\"metric\":\"bytes\",\"value\":7}\n";
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    struct nh_given given = nothing;
    const struct nh_importer *const *at = nh_importers;
    while (!(*at)->recognise(log, sizeof log - 1))
        at++;
    assert_string_equal((*at)->name, "extra-p-lines");
    given.map = "size=cells";
    assert_ok((*at)->runs("e.jsonl", log, sizeof log - 1, &given, &runs, &err), err);
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.items[0].nodes, 2);
    assert_near(runs.items[0].cells, 100);
    assert_near(runs.items[0].solver_s, 3.5);
    nh_app_runs_clear(&runs);
}

/* ---- What is asked for ---- */

static int read_logs(char *const *paths, size_t n, const struct nh_given *given,
                     struct nh_dataset *set, struct nh_error *err)
{
    int rc = nh_dataset_load(paths, n, false, given, set, err);
    return rc ? rc : nh_dataset_group(set, err);
}

static struct nh_error refused(char *const *paths, size_t n, const struct nh_given *given)
{
    struct nh_dataset set;
    struct nh_error err = {0};
    assert_int_equal(read_logs(paths, n, given, &set, &err), NH_EINPUT);
    return err;
}

static void what_logs_do_not_say_is_asked_for(void **state)
{
    (void)state;
    static char one[] = DATA "lammps-1rank.log", two[] = DATA "lammps-2ranks.log",
                gromacs[] = DATA "gromacs-mpi.log";
    char *const logs[] = {one, two};
    struct nh_given given = nothing;
    struct nh_error err = refused(logs, 2, &given);
    assert_says(&err,
                "lammps-1rank.log:42: it does not say on how many nodes it ran; give --nodes");
    given.nodes = 1;
    err = refused(logs, 2, &given);
    assert_says(&err, "say with --strong");
    given.scaling = NH_DECLARED_STRONG;
    given.cells = 5000;
    err = refused(logs, 2, &given);
    assert_says(&err, "--cells 5000, but the log says 4000");
    char *const other[] = {gromacs};
    given = nothing;
    given.nodes = 2;
    err = refused(other, 1, &given);
    assert_says(&err, "--nodes 2, but the log says 1");
}

static void cells_come_from_the_log_of_the_mesh(void **state)
{
    (void)state;
    static char run[] = DATA "openfoam-icoFoam.log", mesh[] = DATA "openfoam-checkMesh.log";
    char *const logs[] = {run, mesh};
    struct nh_dataset set;
    struct nh_error err = {0};
    struct nh_given given = nothing;
    given.work = 1000;
    assert_ok(read_logs(logs, 2, &given, &set, &err), err);
    assert_int_equal(set.app_count, 1);
    assert_string_equal(set.apps[0].name, "icoFoam cavity, 3600 cells");
    assert_string_equal(set.apps[0].work, "run of 1000 steps");
    assert_near(set.apps[0].points[0].cells, 3600);
    assert_near(set.apps[0].points[0].rows[0].solver_s, 0.15 / 19 * 1000);
    nh_dataset_clear(&set);
}

/* ---- Tables of logs ---- */

static int read_table(const char *text, struct nh_dataset *set, struct nh_error *err)
{
    char *folder = fresh_directory(), path[128], command[96];
    char *const paths[] = {path};
    snprintf(path, sizeof path, "%s/runs.csv", folder);
    snprintf(command, sizeof command, "%s/one.log", folder);
    write_file(path, text);
    char *log = NULL;
    size_t len;
    assert_ok(nh_file_read(DATA "lammps-1rank.log", &log, &len, err), *err);
    write_file(command, log);
    free(log);
    int rc = nh_dataset_read(paths, 1, false, set, err);
    unlink(path);
    unlink(command);
    rmdir(folder);
    free(folder);
    return rc;
}

static void a_table_says_what_its_logs_do_not(void **state)
{
    (void)state;
    struct nh_dataset set;
    struct nh_error err = {0};
    assert_ok(read_table("file,nodes,machine,case,scaling,job_s\n"
                         "one.log,1,c5n.18xlarge,liquid,strong,20\n",
                         &set, &err),
              err);
    const struct nh_app *app = &set.apps[0];
    assert_string_equal(app->name, "liquid");
    assert_string_equal(app->machine, "c5n.18xlarge");
    assert_string_equal(app->work, "step");
    assert_near(app->points[0].rows[0].solver_s, 0.501947 / 200);
    assert_near(app->points[0].rows[0].job_s, 20.0 / 200);
    nh_dataset_clear(&set);
    assert_int_equal(read_table("file,nodes,cells\none.log,1,77\n", &set, &err), NH_EINPUT);
    assert_says(&err, "runs.csv:2: field 'cells': 77, but the log says 4000");
    assert_int_equal(read_table("file,nodes\nnone.log,1\n", &set, &err), NH_EINPUT);
    assert_says(&err, "field 'file': ");
    assert_says(&err, "none.log");
    assert_int_equal(read_table("file,nodes,solver_s\none.log,1,5\n", &set, &err), NH_EINPUT);
    assert_says(&err, "field 'solver_s': '5' is in the log, too");
}

static void a_planned_run_has_one_start(void **state)
{
    (void)state;
    struct nh_given given = nothing;
    struct nh_dataset set;
    struct nh_error err = {0};
    given.work = 1000;
    nh_dataset_start(&set, &given);
    struct nh_app_run *run = nh_app_run_add(&set.runs, "x", "log", 1, &err);
    assert_non_null(run);
    snprintf(run->unit, sizeof run->unit, "step");
    run->nodes = run->cores = 1;
    run->solver_s = 90; /* of 90 steps, so 1 s each */
    run->amount = 90;
    run->job_s = 120; /* of 100: 20 s beside them */
    run->total = 100;
    assert_ok(nh_runs_group(&set, &err), err);
    assert_near(set.apps[0].points[0].rows[0].solver_s, 1000);
    assert_near(set.apps[0].points[0].rows[0].job_s, 1020);
    assert_int_equal(set.warning_count, 1);
    nh_dataset_clear(&set);
}

/* ---- Bad input ---- */

/* What was cut off or damaged is an error with a remedy, or reads; nothing else. */
static void try_bytes(const struct nh_importer *importer, const char *data, size_t len)
{
    struct nh_app_runs runs = {0};
    struct nh_error err = {0};
    char *copy = malloc(len ? len : 1); /* exactly as long: reading on is seen by ASan */
    assert_non_null(copy);
    memcpy(copy, data, len);
    int rc = importer->runs("f", copy, len, &nothing, &runs, &err);
    assert_true(rc == NH_OK || rc == NH_EINPUT);
    if (rc && !strchr(err.text, ';') && !strstr(err.text, "--map") && !strstr(err.text, "field"))
        fail_msg("no remedy in: %s", err.text);
    for (size_t i = 0; rc == NH_OK && i < runs.count; i++)
        assert_true(!(runs.items[i].solver_s <= 0) && !(runs.items[i].job_s <= 0) &&
                    runs.items[i].amount > 0);
    nh_app_runs_clear(&runs);
    free(copy);
}

static void cut_and_damaged_logs_are_refused_or_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        const struct nh_importer *importer = importer_of(files[i].file);
        char *data;
        size_t len;
        struct nh_error err = {0};
        if (!importer->runs)
            continue;
        assert_ok(nh_file_read(files[i].file, &data, &len, &err), err);
        for (size_t cut = 0; cut < len; cut += 37)
            try_bytes(importer, data, cut);
        for (size_t at = 0; at < len; at += 11) {
            char was = data[at];
            data[at] = at % 2 ? '\0' : '\xff';
            try_bytes(importer, data, len);
            data[at] = was;
        }
        free(data);
    }
}

static char *with_crlf(const char *data, size_t len, size_t *out_len)
{
    char *out = malloc(2 * len + 1);
    size_t n = 0;
    assert_non_null(out);
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            out[n++] = '\r';
        out[n++] = data[i];
    }
    *out_len = n;
    return out;
}

static void assert_same_runs(const struct nh_app_runs *a, const struct nh_app_runs *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct nh_app_run *x = &a->items[i], *y = &b->items[i];
        assert_string_equal(x->name, y->name);
        assert_string_equal(x->place, y->place);
        assert_string_equal(x->note, y->note);
        assert_true(x->nodes == y->nodes && x->ranks == y->ranks && x->threads == y->threads);
        assert_true(x->cells == y->cells || (isnan(x->cells) && isnan(y->cells)));
        assert_true(x->solver_s == y->solver_s || (isnan(x->solver_s) && isnan(y->solver_s)));
        assert_true(x->job_s == y->job_s || (isnan(x->job_s) && isnan(y->job_s)));
    }
}

static void logs_with_crlf_say_the_same(void **state)
{
    (void)state;
    struct nh_given given = nothing;
    for (size_t i = 0; i < FILES; i++) {
        const struct nh_importer *importer = importer_of(files[i].file);
        char *data;
        size_t len, crlf_len;
        struct nh_error err = {0};
        struct nh_app_runs plain = {0}, other = {0};
        if (!importer->runs)
            continue;
        given.map = strstr(files[i].file, "extrap") ? "metr=solver_s,p=nodes" : NULL;
        assert_ok(nh_file_read(files[i].file, &data, &len, &err), err);
        char *crlf = with_crlf(data, len, &crlf_len);
        assert_ok(importer->runs("f", data, len, &given, &plain, &err), err);
        assert_true(importer->recognise(crlf, crlf_len));
        assert_ok(importer->runs("f", crlf, crlf_len, &given, &other, &err), err);
        assert_same_runs(&plain, &other);
        nh_app_runs_clear(&plain);
        nh_app_runs_clear(&other);
        free(data);
        free(crlf);
    }
}

static void logs_that_did_not_end_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *says;
    } cases[] = {
        {DATA "gromacs-mpi.log", "GROMACS: gmx mdrun, version 2022\n", "no line 'Performance:'"},
        {DATA "gromacs-mpi.log", "Performance:        0.000        nan\n", "no ns/day and hour/ns"},
        {DATA "lammps-1rank.log", "LAMMPS (29 Sep 2021)\nERROR: lost atoms\n",
         "no line 'Loop time"},
        {DATA "lammps-1rank.log", "Loop time of nan on 4 procs for 5 steps with 6 atoms\n",
         "zero or out of range"},
        {DATA "openfoam-icoFoam.log", "Exec   : icoFoam\nnProcs : 1\n", "no 'ExecutionTime'"},
        {DATA "openfoam-icoFoam.log",
         "Exec   : icoFoam\nExecutionTime = 2 s  ClockTime = 2 s\nEnd\n", "--skip-steps 0"},
        {DATA "openfoam-icoFoam.log",
         "Exec   : icoFoam\nExecutionTime = 2 s  ClockTime = 2 s\n"
         "ExecutionTime = 1 s  ClockTime = 2 s\n",
         "goes backwards"},
        {DATA "starccm-printed.txt", "Iteration  Elapsed Time\n1  2,5\n", "is no number"},
        {DATA "hyperfine.json",
         "{\"results\":[{\"command\":\"a\",\"times\":[1.0],\"exit_codes\":[1]}]}", "failed"},
        {DATA "extrap.txt", "PARAMETER p\nPOINTS 1 2\nMETRIC solver_s\nDATA 1\nDATA 2\nDATA 3\n",
         "is not said to be a size"},
        {DATA "extrap.txt", "PARAMETER nodes\nPOINTS 1\nMETRIC solver_s\nDATA 1,5\n",
         "not a list of numbers"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_app_runs runs = {0};
        struct nh_error err = {0};
        assert_int_equal(
            importer_of(cases[i].file)
                ->runs("f", cases[i].text, strlen(cases[i].text), &nothing, &runs, &err),
            NH_EINPUT);
        assert_says(&err, cases[i].says);
        nh_app_runs_clear(&runs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_finds_its_importer),
        cmocka_unit_test(gromacs_gives_seconds_for_a_nanosecond),
        cmocka_unit_test(gromacs_threads_beyond_the_cores_are_no_cores),
        cmocka_unit_test(lammps_gives_seconds_for_its_steps),
        cmocka_unit_test(lammps_runs_of_one_log_are_chosen),
        cmocka_unit_test(openfoam_leaves_the_first_step_out),
        cmocka_unit_test(openfoam_meshes_have_cells),
        cmocka_unit_test(openfoam_long_runs_use_the_wall_clock),
        cmocka_unit_test(starccm_tables_of_both_forms),
        cmocka_unit_test(hyperfine_times_are_jobs),
        cmocka_unit_test(reframe_of_three_forms_says_the_same),
        cmocka_unit_test(reframe_asks_which_time),
        cmocka_unit_test(extrap_needs_its_names_said),
        cmocka_unit_test(extrap_json_lines),
        cmocka_unit_test(what_logs_do_not_say_is_asked_for),
        cmocka_unit_test(cells_come_from_the_log_of_the_mesh),
        cmocka_unit_test(a_table_says_what_its_logs_do_not),
        cmocka_unit_test(a_planned_run_has_one_start),
        cmocka_unit_test(cut_and_damaged_logs_are_refused_or_read),
        cmocka_unit_test(logs_with_crlf_say_the_same),
        cmocka_unit_test(logs_that_did_not_end_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
