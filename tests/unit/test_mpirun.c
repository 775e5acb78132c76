/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "launch/hosts.h"
#include "launch/launcher.h"
#include "launch/mpirun.h"

/* First lines of `mpirun --version` of Debian's openmpi-bin 4.1.4 and mpich 4.0.2, of
 * Ubuntu's openmpi-bin 5.0.7, and of impi-rt 2021.18.1 from PyPI. */
static const char open4[] = "mpirun (Open MPI) 4.1.4";
static const char open5[] = "mpirun (Open MPI) 5.0.7";
static const char mpich[] =
    "HYDRA build details:\n    Version:                                 4.0.2";
static const char intel[] = "Intel(R) MPI Library for Linux* OS, Version 2021.18.1 Build 20260626 "
                            "(id: b44796a)";

static struct nh_mpirun find_stand_in(const char *version)
{
    struct nh_mpirun m;
    struct nh_error err = {0};
    char *dir = fresh_directory(), path[96], script[512];
    snprintf(path, sizeof path, "%s/mpirun", dir);
    snprintf(script, sizeof script, "#!/bin/sh\ncat <<'END'\n%s\nEND\n", version);
    write_file(path, script);
    assert_int_equal(chmod(path, 0755), 0);
    assert_ok(nh_mpirun_find(path, &m, &err), err);
    unlink(path);
    rmdir(dir);
    free(dir);
    return m;
}

static void assert_words(const char *version, const struct nh_mpi_place *place,
                         const char *expected)
{
    struct nh_mpirun m = find_stand_in(version);
    struct nh_args words = {0};
    nh_mpirun_words(&m, place, &words);
    char *text = nh_args_quoted(words.items);
    assert_string_equal(text + strlen(m.path) + 1, expected);
    free(text);
    nh_args_clear(&words);
}

static const char *const names[] = {"a", "b"};
#define TWO_HOSTS                                                                                  \
    {                                                                                              \
        names, 2, 36                                                                               \
    }
#define SSH "-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15"

static void over_ssh(void **state)
{
    (void)state;
    const struct nh_mpi_place place = {
        .hosts = TWO_HOSTS, .agent = NH_AGENT_SSH, .ranks = 72, .ranks_per_node = 36};
    assert_words(open4, &place,
                 "--mca plm_rsh_agent 'ssh " SSH "' --host a:36,b:36 --map-by ppr:36:node "
                 "--bind-to none -n 72");
    assert_words(open5, &place,
                 "--prtemca plm_ssh_agent 'ssh " SSH "' --host a:36,b:36 --map-by ppr:36:node "
                 "--bind-to none -n 72");
    assert_words(mpich, &place, "-launcher ssh -hosts a,b -ppn 36 -bind-to none -n 72");
    assert_words(intel, &place, "-bootstrap ssh -hosts a,b -perhost 36 -genv I_MPI_PIN 0 -n 72");
}

static void one_rank_on_each_node(void **state)
{
    (void)state;
    const struct nh_mpi_place place = {
        .hosts = TWO_HOSTS, .agent = NH_AGENT_SLURM, .ranks = 2, .ranks_per_node = 1};
    assert_words(open4, &place, "--host a:1,b:1 --map-by ppr:1:node --bind-to none -n 2");
    assert_words(open5, &place, "--host a:1,b:1 --map-by ppr:1:node --bind-to none -n 2");
    assert_words(mpich, &place, "-launcher slurm -hosts a,b -ppn 1 -bind-to none -n 2");
    assert_words(intel, &place, "-bootstrap slurm -hosts a,b -perhost 1 -genv I_MPI_PIN 0 -n 2");
}

static void more_ranks_than_cores(void **state)
{
    (void)state;
    const struct nh_mpi_place place = {
        .hosts = TWO_HOSTS, .agent = NH_AGENT_SLURM, .ranks = 80, .ranks_per_node = 40};
    assert_words(open4, &place,
                 "--host a:36,b:36 --map-by ppr:40:node --bind-to none --oversubscribe -n 80");
    assert_words(open5, &place,
                 "--host a:36,b:36 --map-by ppr:40:node:OVERSUBSCRIBE --bind-to none -n 80");
    assert_words(mpich, &place, "-launcher slurm -hosts a,b -ppn 40 -bind-to none -n 80");
    const struct nh_mpi_place here = {.hosts = {.slots = 2}, .ranks = 3, .ranks_per_node = 3};
    assert_words(open4, &here, "--bind-to none --oversubscribe -n 3");
    assert_words(open5, &here, "--map-by :OVERSUBSCRIBE --bind-to none -n 3");
    assert_words(mpich, &here, "-bind-to none -n 3");
}

/* A program that does not bind itself, threads, variables, and a place to work in. */
static void foreign_programs(void **state)
{
    (void)state;
    char *env[] = {"FI_PROVIDER=efa", "NOTE=two words", NULL};
    const struct nh_mpi_place place = {.hosts = TWO_HOSTS,
                                       .agent = NH_AGENT_SLURM,
                                       .ranks = 36,
                                       .ranks_per_node = 18,
                                       .threads = 2,
                                       .bind = true,
                                       .env = env,
                                       .wdir = "/data/my case"};
    assert_words(open4, &place,
                 "--host a:18,b:18 --map-by ppr:18:node:PE=2 --bind-to core "
                 "--wdir '/data/my case' -x OMP_NUM_THREADS=2 -x FI_PROVIDER=efa "
                 "-x 'NOTE=two words' -n 36");
    assert_words(open5, &place,
                 "--host a:18,b:18 --map-by ppr:18:node:PE=2 --bind-to core "
                 "--wdir '/data/my case' -x OMP_NUM_THREADS=2 -x FI_PROVIDER=efa "
                 "-x 'NOTE=two words' -n 36");
    assert_words(mpich, &place,
                 "-launcher slurm -hosts a,b -ppn 18 -bind-to core:2 -wdir '/data/my case' "
                 "-genv OMP_NUM_THREADS 2 -genv FI_PROVIDER efa -genv NOTE 'two words' -n 36");
    assert_words(intel, &place,
                 "-bootstrap slurm -hosts a,b -perhost 18 -genv I_MPI_PIN 1 "
                 "-genv I_MPI_PIN_CELL core -genv I_MPI_PIN_DOMAIN omp -wdir '/data/my case' "
                 "-genv OMP_NUM_THREADS 2 -genv FI_PROVIDER efa -genv NOTE 'two words' -n 36");
}

static void assert_env(const char *version, enum nh_mpi_agent agent, const char *expected)
{
    struct nh_mpirun m = find_stand_in(version);
    struct nh_args env = {0};
    size_t found = 0;
    nh_mpirun_env(&m, agent, &env);
    for (size_t i = 0; i < env.count; i++)
        found += strcmp(env.items[i], expected) == 0;
    if (found != 1)
        fail_msg("%s is not in the environment", expected);
    nh_args_clear(&env);
}

/* What these libraries have no option for. */
static void variables_of_mpirun(void **state)
{
    (void)state;
    assert_env(mpich, NH_AGENT_SSH, "HYDRA_LAUNCHER_EXTRA_ARGS=" SSH);
    assert_env(intel, NH_AGENT_SSH, "I_MPI_HYDRA_BOOTSTRAP_EXEC_EXTRA_ARGS=" SSH);
    assert_env(intel, NH_AGENT_SLURM, "I_MPI_JOB_RESPECT_PROCESS_PLACEMENT=0");
    if (geteuid() == 0)
        assert_env(open5, NH_AGENT_NONE, "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
}

/* ---- hosts ---- */

static int read_hosts(const char *text, struct nh_hosts *hosts, struct nh_error *err)
{
    char *dir = fresh_directory(), path[96];
    snprintf(path, sizeof path, "%s/hosts", dir);
    write_file(path, text);
    int rc = nh_hosts_read(path, hosts, err);
    unlink(path);
    rmdir(dir);
    free(dir);
    return rc;
}

static void a_host_file_is_read(void **state)
{
    (void)state;
    struct nh_hosts hosts = {0};
    struct nh_error err = {0};
    assert_ok(
        read_hosts("# nodes\nn1 slots=36\n\n n2\tslots=18 # half\nroot@10.0.0.3", &hosts, &err),
        err);
    assert_int_equal(hosts.count, 3);
    assert_string_equal(hosts.items[1].name, "n2");
    assert_int_equal(hosts.items[1].slots, 18);
    assert_string_equal(hosts.items[2].name, "root@10.0.0.3");
    assert_int_equal(hosts.items[2].slots, 0);
    assert_ok(nh_hosts_exclude(&hosts, "n2,n1", true, &err), err);
    assert_int_equal(hosts.count, 1);
    assert_int_equal(nh_hosts_exclude(&hosts, "n2", true, &err), NH_EINPUT);
    assert_says(&err, "host 'n2' is not among the 1 hosts");
    assert_ok(nh_hosts_exclude(&hosts, "n2", false, &err), err);
    nh_hosts_clear(&hosts);
}

static void errors_name_the_line(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"n1\nn2 slot=3\n", "hosts:2: 'slot=3' is unknown; a line is HOST [slots=N]"},
        {"n1 slots=0\n", "hosts:1: slots"},
        {"n1\n\nn1\n", "hosts:3: host n1 is there twice"},
        {"-oProxyCommand=x\n", "hosts:1: '-oProxyCommand=x' is no host name"},
        {"n1;ls\n", "hosts:1: 'n1;ls' is no host name"},
        {"# nothing\n", "no hosts"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct nh_hosts hosts = {0};
        struct nh_error err = {0};
        assert_int_equal(read_hosts(bad[i][0], &hosts, &err), NH_EINPUT);
        assert_says(&err, bad[i][1]);
        assert_null(hosts.items);
    }
}

static void assert_chosen(const struct nh_hosts *hosts, long nodes, long number,
                          const char *expected)
{
    struct nh_args chosen = {0};
    nh_hosts_choose(hosts, nodes, number, &chosen);
    char *text = nh_args_quoted(chosen.items);
    assert_string_equal(text, expected);
    free(text);
    nh_args_clear(&chosen);
}

static void small_launches_walk_round_the_hosts(void **state)
{
    (void)state;
    struct nh_hosts hosts = {0};
    struct nh_error err = {0};
    assert_ok(read_hosts("a\nb\nc\n", &hosts, &err), err);
    assert_chosen(&hosts, 2, 0, "a b");
    assert_chosen(&hosts, 2, 1, "c a");
    assert_chosen(&hosts, 2, 2, "b c");
    assert_chosen(&hosts, 3, 5, "a b c");
    nh_hosts_clear(&hosts);
}

static void launchers_are_found_by_name(void **state)
{
    (void)state;
    const struct nh_launcher *launcher;
    struct nh_error err = {0};
    assert_ok(nh_launcher_find(NULL, &launcher, &err), err);
    assert_string_equal(launcher->name, "local");
    assert_int_equal(nh_launcher_find("pbs", &launcher, &err), NH_EINPUT);
    assert_says(&err, "launcher 'pbs' is unknown");
}

int main(void)
{
    unsetenv("LD_LIBRARY_PATH");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_ssh),
        cmocka_unit_test(one_rank_on_each_node),
        cmocka_unit_test(more_ranks_than_cores),
        cmocka_unit_test(foreign_programs),
        cmocka_unit_test(variables_of_mpirun),
        cmocka_unit_test(a_host_file_is_read),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(small_launches_walk_round_the_hosts),
        cmocka_unit_test(launchers_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
