/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/progress.h"
#include "launch/launcher.h"
#include "launch/leftover.h"
#include "launch/logtail.h"
#include "launch/process.h"

/* A folder with a stand-in for mpirun that prints a version text. */
struct fixture {
    char *dir;
    char mpirun[64], log[64];
};

static void write_script(const char *path, const char *text)
{
    write_file(path, text);
    assert_int_equal(chmod(path, 0755), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = fresh_directory();
    snprintf(f->mpirun, sizeof f->mpirun, "%s/mpirun", f->dir);
    snprintf(f->log, sizeof f->log, "%s/log", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->mpirun);
    unlink(f->log);
    rmdir(f->dir);
    free(f->dir);
    free(f);
    return 0;
}

static void *probe(const struct fixture *f, const char *version)
{
    char script[512];
    void *context = NULL;
    struct nh_error err = {0};
    snprintf(script, sizeof script, "#!/bin/sh\ncat <<'END'\n%s\nEND\n", version);
    write_script(f->mpirun, script);
    const struct nh_launcher_options options = {.mpirun = f->mpirun, .cores = 2};
    assert_ok(nh_launcher_local.probe(&options, &context, &err), err);
    return context;
}

/* The command for `ranks` ranks, without the path of mpirun. */
static void assert_command(const struct fixture *f, const char *version, int ranks,
                           const char *expected)
{
    char *kernel[] = {"/bin/nodehour-mpi", "halo", NULL};
    void *context = probe(f, version);
    struct nh_args command = {0};
    const struct nh_launch launch = {.argv = kernel, .ranks = ranks};
    nh_launcher_local.command(context, &launch, &command);
    char *text = nh_args_quoted(command.items);
    assert_string_equal(text + strlen(f->mpirun) + 1, expected);
    free(text);
    nh_args_clear(&command);
    nh_launcher_local.release(context);
}

/* First lines of `mpirun --version` of Debian's openmpi-bin 4.1.4 and mpich 4.0.2, and of impi-rt
 * 2021.18.1 from PyPI. */
static const char open_mpi[] = "mpirun (Open MPI) 4.1.4\n\nReport bugs to "
                               "http://www.open-mpi.org/community/help/";
static const char mpich[] = "HYDRA build details:\n    Version:                                 "
                            "4.0.2\n    Release Date:                            Thu Apr  7 "
                            "12:34:45 CDT 2022";
static const char intel[] = "Intel(R) MPI Library for Linux* OS, Version 2021.18.1 Build 20260626 "
                            "(id: b44796a)";

static void each_library_gets_its_options(void **state)
{
    assert_command(*state, open_mpi, 2, "--bind-to none -n 2 /bin/nodehour-mpi halo");
    assert_command(*state, open_mpi, 3,
                   "--bind-to none --oversubscribe -n 3 /bin/nodehour-mpi halo");
    assert_command(*state, mpich, 2, "-bind-to none -n 2 /bin/nodehour-mpi halo");
    assert_command(*state, mpich, 3, "-bind-to none -n 3 /bin/nodehour-mpi halo");
    assert_command(*state, intel, 2, "-genv I_MPI_PIN 0 -n 2 /bin/nodehour-mpi halo");
}

static void the_description_names_library_and_version(void **state)
{
    static const char *const texts[][2] = {
        {open_mpi, "Open MPI 4.1.4 ("}, {mpich, "MPICH 4.0.2 ("}, {intel, "Intel MPI 2021.18.1 ("}};
    for (size_t i = 0; i < 3; i++) {
        void *context = probe(*state, texts[i][0]);
        const char *text = nh_launcher_local.describe(context);
        if (strncmp(text, texts[i][1], strlen(texts[i][1])) != 0)
            fail_msg("'%s' does not begin with '%s'", text, texts[i][1]);
        assert_int_equal(strstr(text, "as root") != NULL, geteuid() == 0 && i == 0);
        nh_launcher_local.release(context);
    }
}

static void refuse(const char *mpirun, const char *part)
{
    void *context = NULL;
    struct nh_error err = {0};
    const struct nh_launcher_options options = {.mpirun = mpirun, .cores = 2};
    assert_int_equal(nh_launcher_local.probe(&options, &context, &err), NH_EINPUT);
    assert_says(&err, part);
    assert_null(strchr(err.text, '\n'));
}

static void what_is_no_mpirun_is_refused(void **state)
{
    const struct fixture *f = *state;
    refuse("/nonexistent/mpirun", "apt-get install openmpi-bin");
    refuse("no-such-mpirun", "no-such-mpirun");
    refuse(f->dir, "is not a program");
    write_script(f->mpirun, "#!/bin/sh\necho something else\n");
    refuse(f->mpirun, "not the mpirun of");
    write_script(f->mpirun, "#!/bin/sh\nexit 1\n");
    refuse(f->mpirun, "failed");
}

/* ---- processes ---- */

static void watch(const char *script, const struct fixture *f, double limit_s,
                  struct nh_outcome *outcome)
{
    struct nh_args args = {0};
    struct nh_guard guard;
    struct nh_error err = {0};
    pid_t pid;
    *outcome = (struct nh_outcome){0};
    nh_args_add(&args, "/bin/sh");
    nh_args_add(&args, "-c");
    nh_args_add(&args, "%s", script);
    nh_guard_enter(&guard);
    int rc = nh_process_start(args.items, NULL, NULL, f->log, &pid, &err);
    if (!rc)
        nh_process_watch(&guard, pid, limit_s, NULL, NULL, outcome);
    nh_guard_leave(&guard);
    nh_args_clear(&args);
    assert_ok(rc, err);
}

static void outcomes_are_told_apart(void **state)
{
    struct nh_outcome o;
    char text[96];
    watch("exit 3", *state, 10, &o);
    assert_int_equal(o.end, NH_END_EXIT);
    assert_int_equal(o.value, 3);
    watch("kill -9 $$", *state, 10, &o);
    assert_int_equal(o.end, NH_END_KILLED);
    assert_int_equal(o.value, SIGKILL);
    assert_non_null(strstr(nh_outcome_text(&o, text, sizeof text), "signal 9"));
    watch("sleep 60", *state, 0.3, &o);
    assert_int_equal(o.end, NH_END_TIMEOUT);
    assert_true(o.seconds < 5);
}

static void a_stop_signal_ends_the_child(void **state)
{
    struct nh_outcome o;
    watch("kill -INT $PPID; sleep 60", *state, 30, &o);
    assert_int_equal(o.end, NH_END_STOPPED);
    assert_int_equal(o.value, SIGINT);
    assert_true(o.seconds < 5);
}

/* mpirun dies, its rank lives on: the rank is ended before the watch returns. */
static void orphans_are_ended(void **state)
{
    const struct fixture *f = *state;
    struct nh_outcome o;
    char *text;
    size_t len;
    struct nh_error err = {0};
    watch("setsid sleep 60 & echo $!; kill -9 $$", f, 30, &o);
    assert_int_equal(o.end, NH_END_KILLED);
    assert_true(o.seconds < 10);
    assert_ok(nh_file_read(f->log, &text, &len, &err), err);
    pid_t orphan = (pid_t)atol(text);
    assert_true(orphan > 1);
    assert_int_equal(kill(orphan, 0), -1);
    free(text);
}

/* A child that was there before is left alone. */
static void other_children_live_on(void **state)
{
    struct nh_outcome o;
    pid_t other = fork();
    if (other == 0) {
        pause();
        _exit(0);
    }
    watch("exit 0", *state, 30, &o);
    assert_true(o.seconds < 1);
    assert_int_equal(kill(other, SIGTERM), 0);
    int status;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

/* The launcher itself dies by kill -9: its child gets SIGTERM. */
static void a_child_dies_with_its_parent(void **state)
{
    const struct fixture *f = *state;
    int alive[2];
    assert_int_equal(pipe(alive), 0);
    pid_t launcher = fork();
    if (launcher == 0) {
        char *argv[] = {"/bin/sleep", "60", NULL};
        pid_t pid;
        close(alive[0]); /* the child's copy of alive[1] stays open while it lives */
        int rc = nh_process_start(argv, NULL, NULL, f->log, &pid, NULL);
        raise(rc ? SIGTERM : SIGKILL);
    }
    close(alive[1]);
    char byte;
    alarm(20); /* a survivor would keep the pipe open */
    assert_int_equal(read(alive[0], &byte, 1), 0);
    alarm(0);
    close(alive[0]);
    int status;
    waitpid(launcher, &status, 0);
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void leftovers_are_found_by_the_run(void **state)
{
    (void)state;
    char word[64];
    snprintf(word, sizeof word, "20260101T120000Z-%lx", (long)getpid());
    assert_int_equal(nh_leftover(word), 0);
    pid_t other = fork();
    if (other == 0) {
        execl("/bin/sh", "sh", "-c", "kill -STOP $$; true", "--run", word, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 200 && !nh_leftover(word); i++)
        usleep(10000);
    assert_int_equal(nh_leftover(word), other);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    assert_int_equal(nh_leftover(word), 0);
}

static void a_missing_program_is_an_error(void **state)
{
    const struct fixture *f = *state;
    char *argv[] = {"/nonexistent/mpirun", NULL};
    struct nh_error err = {0};
    pid_t pid;
    assert_int_equal(nh_process_start(argv, NULL, NULL, f->log, &pid, &err), NH_EFAIL);
    assert_says(&err, "/nonexistent/mpirun: cannot be started: No such file");
}

static void output_goes_to_the_log(void **state)
{
    const struct fixture *f = *state;
    struct nh_outcome o;
    char text[64];
    watch("echo '-----'; echo 'nodehour-mpi halo: no memory.'; echo mpirun has exited >&2", f, 10,
          &o);
    assert_string_equal(nh_log_reason(f->log, text, sizeof text), "nodehour-mpi halo: no memory");
    watch("echo 1 2 3 >&2", f, 10, &o);
    assert_string_equal(nh_log_reason("/nonexistent", text, sizeof text), "");
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(each_library_gets_its_options),
        WITH_FOLDER(the_description_names_library_and_version),
        WITH_FOLDER(what_is_no_mpirun_is_refused),
        WITH_FOLDER(outcomes_are_told_apart),
        WITH_FOLDER(a_stop_signal_ends_the_child),
        WITH_FOLDER(orphans_are_ended),
        WITH_FOLDER(other_children_live_on),
        WITH_FOLDER(a_child_dies_with_its_parent),
        WITH_FOLDER(leftovers_are_found_by_the_run),
        WITH_FOLDER(a_missing_program_is_an_error),
        WITH_FOLDER(output_goes_to_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
