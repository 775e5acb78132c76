/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/progress.h"
#include "launch/capture.h"
#include "launch/hostcheck.h"

/* A folder that is first on PATH, with a stand-in for ssh. */
struct fixture {
    char *dir, *path;
    char ssh[64], program[64];
};

static void write_script(const char *path, const char *text)
{
    write_file(path, text);
    assert_int_equal(chmod(path, 0755), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[4096];
    f->dir = fresh_directory();
    f->path = strdup(getenv("PATH"));
    snprintf(f->ssh, sizeof f->ssh, "%s/ssh", f->dir);
    snprintf(f->program, sizeof f->program, "%s/it's here", f->dir);
    snprintf(path, sizeof path, "%s:%s", f->dir, f->path);
    setenv("PATH", path, 1);
    write_file(f->program, "the program\n");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    setenv("PATH", f->path, 1);
    unlink(f->ssh);
    unlink(f->program);
    rmdir(f->dir);
    free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static int check(const char *names, const char *program, struct nh_error *err)
{
    struct nh_hosts hosts = {0};
    char copy[256], *rest;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        assert_ok(nh_hosts_add(&hosts, name, 0, err), *err);
    int rc = nh_hosts_check(&hosts, NH_AGENT_SSH, program, err);
    nh_hosts_clear(&hosts);
    return rc;
}

/* Like the real one it warns first, runs the line by a shell, and has its own exit code. The
 * words before the host are the options. */
static const char stand_in[] =
    "#!/bin/sh\n"
    "[ \"$1 $2\" = '-o BatchMode=yes' ] || exit 9\n"
    "shift 6\n"
    "echo 'Warning: Permanently added it to the list of known hosts.' >&2\n"
    "case $1 in\n"
    "lost) echo 'ssh: connect to host lost port 22: No route to host' >&2; exit 255 ;;\n"
    "other) echo 'another program' | sha256sum; exit ;;\n"
    "slow) sleep 0.5; shift; sh -c \"$1\" ;;\n"
    "*) shift; sh -c \"$1\" ;;\n"
    "esac\n";

static void the_same_program_passes(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    write_script(f->ssh, stand_in);
    assert_ok(check("a b c", f->program, &err), err);
    assert_ok(check("a b", NULL, &err), err);
}

static void bad_hosts_are_named(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    write_script(f->ssh, stand_in);
    assert_int_equal(check("a lost other", f->program, &err), NH_EPREFLIGHT);
    assert_says(&err, "2 of 3 hosts cannot be used: lost: ssh: connect to host lost port 22: No "
                      "route to host; other: another program there (sha256 ");
    assert_null(strstr(err.text, "a: "));
    assert_null(strchr(err.text, '\n'));
}

static void a_missing_program_is_named(void **state)
{
    const struct fixture *f = *state;
    struct nh_error err = {0};
    write_script(f->ssh, "#!/bin/sh\necho \"sha256sum: no such file\" >&2; exit 1\n");
    assert_int_equal(check("a", f->program, &err), NH_EPREFLIGHT);
    assert_says(&err, "a: sha256sum: no such file; repair them, or leave them out by --exclude");
}

static void hosts_are_asked_at_the_same_time(void **state)
{
    const struct fixture *f = *state;
    struct nh_hosts hosts = {0};
    struct nh_error err = {0};
    write_script(f->ssh, "#!/bin/sh\nsleep 0.5\n");
    for (int i = 0; i < 80; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        assert_ok(nh_hosts_add(&hosts, name, 0, &err), err);
    }
    double start_s = nh_monotonic_s();
    assert_ok(nh_hosts_check(&hosts, NH_AGENT_SSH, NULL, &err), err);
    double took_s = nh_monotonic_s() - start_s;
    nh_hosts_clear(&hosts);
    if (took_s < 1 || took_s > 15)
        fail_msg("80 hosts of half a second in two groups took %.1f s", took_s);
}

static void a_command_without_an_answer_is_ended(void **state)
{
    (void)state;
    char text[8], *argv[] = {"/bin/sleep", "60", NULL};
    struct nh_capture c = {.argv = argv, .text = text, .room = sizeof text};
    nh_capture_all(&c, 1, 0.3);
    assert_true(c.late);
    assert_int_equal(c.code, NH_EFAIL);
    char *longer[] = {"/bin/echo", "more than eight", NULL};
    struct nh_capture d = {.argv = longer, .text = text, .room = sizeof text};
    nh_capture_all(&d, 1, 10);
    assert_int_equal(d.code, NH_OK);
    assert_string_equal(text, "more th");
    struct nh_error err = {0};
    char *none[] = {"/nonexistent/x", NULL}, longer_text[200];
    assert_int_equal(nh_capture(none, NULL, longer_text, sizeof longer_text, &err), NH_EFAIL);
    assert_says(&err, "/nonexistent/x: cannot be started: No such file");
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(the_same_program_passes),
        WITH_FOLDER(bad_hosts_are_named),
        WITH_FOLDER(a_missing_program_is_named),
        WITH_FOLDER(hosts_are_asked_at_the_same_time),
        WITH_FOLDER(a_command_without_an_answer_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
