/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "launch/launcher.h"
#include "launch/submit.h"

/* A folder that is first on PATH, with stand-ins for scontrol, srun and mpirun. What a real
 * Slurm does with such words is seen by tests/e2e/launchers.bats. */
struct fixture {
    char *dir, *path;
    char mpirun[64];
};

static void write_script(const struct fixture *f, const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    write_file(path, text);
    assert_int_equal(chmod(path, 0755), 0);
}

/* `scontrol show hostnames` of Slurm 22.05 prints one a line. */
static const char scontrol[] = "#!/bin/sh\n"
                               "[ \"$*\" = 'show hostnames node[1-3]' ] || exit 1\n"
                               "printf 'node1\\nnode2\\nnode3\\n'\n";

/* The words of Slurm 22.05 for a node that went down. */
static const char srun[] =
    "#!/bin/sh\n"
    "case \"$*\" in\n"
    "*'--nodelist node3 '*) [ ! -e \"$0.lost\" ] ||\n"
    "  { echo 'srun: error: Unable to create step for job 1: Required node not available (down, "
    "drained or reserved)' >&2; exit 1; } ;;\n"
    "esac\n"
    "shift 6\n"
    "exec \"$@\"\n";

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[4096];
    f->dir = fresh_directory();
    f->path = strdup(getenv("PATH"));
    snprintf(f->mpirun, sizeof f->mpirun, "%s/mpirun", f->dir);
    snprintf(path, sizeof path, "%s:%s", f->dir, f->path);
    setenv("PATH", path, 1);
    setenv("SLURM_JOB_ID", "1", 1);
    setenv("SLURM_JOB_NODELIST", "node[1-3]", 1);
    write_script(f, "mpirun", "#!/bin/sh\necho 'mpirun (Open MPI) 4.1.4'\n");
    write_script(f, "scontrol", scontrol);
    write_script(f, "srun", srun);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"mpirun", "scontrol", "srun", "srun.lost"};
    struct fixture *f = *state;
    char path[96];
    setenv("PATH", f->path, 1);
    unsetenv("SLURM_JOB_ID");
    unsetenv("SLURM_JOB_NODELIST");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f->dir, names[i]);
        unlink(path);
    }
    rmdir(f->dir);
    free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static void assert_command(struct nh_launcher_options options, const struct nh_launch *launch,
                           const char *expected)
{
    void *context;
    struct nh_error err = {0};
    struct nh_args words = {0};
    assert_ok(nh_launcher_slurm.probe(&options, &context, &err), err);
    nh_launcher_slurm.command(context, launch, &words);
    char *text = nh_args_quoted(words.items);
    assert_string_equal(strchr(text, ' ') + 1, expected);
    free(text);
    nh_args_clear(&words);
    nh_launcher_slurm.release(context);
}

static char *kernel[] = {"/bin/nodehour-mpi", "halo", NULL};

static void some_nodes_of_the_allocation(void **state)
{
    const struct fixture *f = *state;
    const struct nh_launch launch = {
        .argv = kernel, .ranks = 4, .nodes = 2, .ranks_per_node = 2, .number = 1};
    struct nh_launcher_options options = {
        .mpirun = f->mpirun, .cores = 2, .nodes = 2, .program = f->mpirun};
    assert_command(options, &launch,
                   "--host node3:2,node1:2 --map-by ppr:2:node --bind-to none -n 4 "
                   "/bin/nodehour-mpi halo");
    options.exclude = "node3";
    assert_command(options, &launch,
                   "--host node1:2,node2:2 --map-by ppr:2:node --bind-to none -n 4 "
                   "/bin/nodehour-mpi halo");
}

static void ranks_by_srun(void **state)
{
    const struct fixture *f = *state;
    const struct nh_launch launch = {
        .argv = kernel, .ranks = 3, .nodes = 3, .ranks_per_node = 1, .threads = 2};
    const struct nh_launch crowded = {.argv = kernel, .ranks = 6, .nodes = 2, .ranks_per_node = 3};
    const struct nh_launcher_options options = {
        .mpirun = f->mpirun, .cores = 2, .nodes = 3, .srun = true};
    assert_command(
        options, &launch,
        "--mpi=pmix --nodelist=node1,node2,node3 --nodes=3 --ntasks=3 --ntasks-per-node=1 "
        "--cpus-per-task=2 --cpu-bind=none --kill-on-bad-exit=1 "
        "/bin/nodehour-mpi halo");
    assert_command(options, &crowded,
                   "--mpi=pmix --nodelist=node1,node2 --nodes=2 --ntasks=6 --ntasks-per-node=3 "
                   "--cpu-bind=none --overcommit --kill-on-bad-exit=1 /bin/nodehour-mpi halo");
}

static void assert_refused(const struct nh_launcher_options *options, int code, const char *part)
{
    void *context;
    struct nh_error err = {0};
    assert_int_equal(nh_launcher_slurm.probe(options, &context, &err), code);
    assert_says(&err, part);
    assert_null(strchr(err.text, '\n'));
}

static void what_is_missing_is_said(void **state)
{
    const struct fixture *f = *state;
    struct nh_launcher_options options = {.mpirun = f->mpirun, .cores = 2, .nodes = 4};
    assert_refused(&options, NH_EINPUT, "3 nodes can be used in this allocation, and 4 are asked");
    options.nodes = 3;
    options.exclude = "node1";
    assert_refused(&options, NH_EINPUT, "2 nodes can be used in this allocation, and 3 are asked");
}

/* On a login node there are no hosts yet; what it says of itself is the same as within. */
static void outside_of_an_allocation(void **state)
{
    const struct fixture *f = *state;
    const struct nh_launcher_options options = {.mpirun = f->mpirun, .cores = 2, .nodes = 9};
    const struct nh_launcher_options small = {.mpirun = f->mpirun, .cores = 2, .nodes = 1};
    void *inside, *outside;
    struct nh_error err = {0};
    assert_ok(nh_launcher_slurm.probe(&small, &inside, &err), err);
    unsetenv("SLURM_JOB_ID");
    assert_ok(nh_launcher_slurm.probe(&options, &outside, &err), err);
    assert_false(nh_launcher_slurm.outside(inside));
    assert_true(nh_launcher_slurm.outside(outside));
    assert_string_equal(nh_launcher_slurm.describe(inside), nh_launcher_slurm.describe(outside));
    nh_launcher_slurm.release(inside);
    nh_launcher_slurm.release(outside);
}

/* ---- submitting ---- */

static void assert_submitted(const struct nh_launcher_options *options, double max_time_s,
                             bool only, const char *expected)
{
    char *command[] = {"/bin/nodehour", "run", "--resume", "/data/my run", NULL};
    struct nh_job job = {.expected_s = 10, .nodes = 2, .ranks_per_node = 36};
    const struct nh_plan plan = {
        .jobs = &job, .job_count = 1, .launches = 6, .max_time_s = max_time_s};
    const struct nh_rundir dir = {.path = "my run", .id = "20260101T120000Z-1f3a"};
    const struct nh_submission s = {.options = options,
                                    .plan = &plan,
                                    .dir = &dir,
                                    .folder = "/data/my run",
                                    .command = command};
    struct nh_args words = {0};
    nh_submit_words(&s, 2, 36, only, &words);
    char *text = nh_args_quoted(words.items);
    assert_string_equal(text, expected);
    free(text);
    nh_args_clear(&words);
}

#define ALWAYS                                                                                     \
    "--parsable --job-name=nodehour-20260101T120000Z-1f3a --nodes=2 --ntasks-per-node=36 "         \
    "--exclusive --overcommit --requeue --signal=B:TERM@60 "
#define JOB "'/data/my run/slurm.sh' /bin/nodehour run --resume '/data/my run'"

static void a_run_submits_itself(void **state)
{
    (void)state;
    const struct nh_launcher_options plain = {.nodes = 2};
    char *more[] = {"--reservation=mine", NULL};
    const struct nh_launcher_options all = {.partition = "c5n",
                                            .account = "physics",
                                            .time = "2:00:00",
                                            .exclude = "node3",
                                            .slurm_words = more};
    /* 2 (6 x 10 s) + 600 s = 12 minutes, rounded up by one more */
    assert_submitted(&plain, 0, false,
                     ALWAYS
                     "--time=13 '--output=/data/my run/logs/slurm-%j.log' --open-mode=append " JOB);
    assert_submitted(&plain, 120, false,
                     ALWAYS
                     "--time=4 '--output=/data/my run/logs/slurm-%j.log' --open-mode=append " JOB);
    assert_submitted(&all, 0, true,
                     ALWAYS
                     "--time=2:00:00 '--output=/data/my run/logs/slurm-%j.log' --open-mode=append "
                     "--partition=c5n --account=physics --exclude=node3 "
                     "--dependency=singleton --reservation=mine " JOB " --only-nodes 2");
}

static void a_lost_node_is_named(void **state)
{
    const struct fixture *f = *state;
    struct nh_launcher_options options = {.mpirun = f->mpirun, .cores = 2, .nodes = 3};
    void *context;
    struct nh_error err = {0};
    assert_ok(nh_launcher_slurm.probe(&options, &context, &err), err);
    assert_ok(nh_launcher_slurm.check(context, &err), err);
    write_script(f, "srun.lost", "");
    assert_int_equal(nh_launcher_slurm.check(context, &err), NH_EPREFLIGHT);
    assert_says(&err, "1 of 3 hosts cannot be used: node3: srun: error: Unable to create step");
    nh_launcher_slurm.release(context);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(some_nodes_of_the_allocation), WITH_FOLDER(ranks_by_srun),
        WITH_FOLDER(what_is_missing_is_said),      WITH_FOLDER(a_lost_node_is_named),
        WITH_FOLDER(outside_of_an_allocation),     cmocka_unit_test(a_run_submits_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
