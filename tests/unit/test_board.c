/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/record.h"
#include "launch/board.h"
#include "launch/submit.h"

/* The table of a running study, and what it is made of. */

struct fixture {
    struct nh_plan plan;
    struct nh_rundir dir;
    struct nh_board board;
    bool *done;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct nh_error err = {0};
    char *results = fresh_directory(), launches[64];
    snprintf(f->dir.path, sizeof f->dir.path, "%s", results);
    snprintf(launches, sizeof launches, "%s/launches", results);
    assert_ok(nh_make_dirs(launches, &err), err);
    free(results);
    f->plan = (struct nh_plan){.launches = 7, .seed = 1};
    for (int i = 0; i < 5; i++)
        nh_plan_add(&f->plan, 2, &err, "pingpong.n%d", i)->expected_s = 2;
    assert_ok(nh_plan_set_order(&f->plan, &err), err);
    f->done = calloc(f->plan.step_count, sizeof *f->done);
    assert_ok(nh_board_init(&f->board, &f->plan, &f->dir, f->done, true, &err), err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[NH_PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir.path);
    assert_int_equal(system(command), 0);
    nh_board_clear(&f->board);
    nh_plan_clear(&f->plan);
    free(f->done);
    free(f);
    return 0;
}

/* A launch that took a second and whose first line says `ns` at 8 B. */
static void launch(struct fixture *f, size_t job, long number, double ns)
{
    struct nh_record r;
    struct nh_error err = {0};
    char path[NH_PATH_MAX];
    nh_record_init(&r);
    r.time = strdup("2026-01-02T03:04:05Z");
    r.program = strdup("nodehour-mpi 0.1.0");
    r.job = strdup(f->plan.jobs[job].name);
    r.launch = number;
    r.kernel = strdup("pingpong");
    r.params = json_pack("{s:i}", "size_bytes", 8);
    r.metric = strdup("one_way_latency");
    r.timing = strdup("root");
    r.sync = strdup("none");
    r.nodes = 1;
    r.ranks = 2;
    r.sample_count = 6;
    r.samples_ns = calloc(6, sizeof *r.samples_ns);
    const double six[6] = {ns, ns, ns, ns, ns, ns};
    for (size_t i = 0; i < 6; i++)
        r.samples_ns[i] = (int64_t)ns;
    assert_int_equal(nh_summarise(six, 6, 0.95, false, &r.stats), 0);
    r.stop_rule = strdup("count");
    r.verify = strdup("passed");
    r.precision_target = 0.02;
    json_t **const objects[] = {&r.derived, &r.clock, &r.transport, &r.system, &r.env};
    for (size_t i = 0; i < 5; i++)
        *objects[i] = json_object();
    r.placement = json_array();
    r.command = json_array();
    assert_ok(
        nh_rundir_path(&f->dir, path, sizeof path, &err, "launches/%s.%ld.jsonl", r.job, number),
        err);
    assert_ok(nh_record_append(path, &r, &err), err);
    nh_record_clear(&r);
    nh_board_begun(&f->board, job);
    nh_board_ended(&f->board, job, number, NH_ATTEMPT_DONE, 1);
}

static size_t rows_of(const struct fixture *f, long running, size_t most,
                      struct nh_progress_row *rows)
{
    return nh_board_rows(&f->board, running, 3, 100, rows, most);
}

static void a_row_says_how_far_a_job_is(void **state)
{
    struct fixture *f = *state;
    struct nh_progress_row rows[NH_PROGRESS_ROWS];
    for (long i = 0; i < 5; i++)
        launch(f, 0, i, 1000 + 10.0 * (double)i);
    nh_board_ended(&f->board, 1, 0, NH_ATTEMPT_FAILED, 1);
    nh_board_ended(&f->board, 2, 0, NH_ATTEMPT_STOPPED, 1);
    assert_int_equal(rows_of(f, 0, 24, rows), 6);
    assert_string_equal(rows[0].text, "job           launches               median              "
                                      "95 % interval");
    /* five launches have no 95 % interval of their median */
    assert_string_equal(rows[1].text, "pingpong.n0        5/7  runs, 3 s    1.02 us at 8 B      ");
    assert_string_equal(rows[2].text, "pingpong.n1        0/7  1 failed                         ");
    assert_string_equal(rows[3].text, "pingpong.n2        0/7  waits                            ");
    launch(f, 0, 5, 1050);
    assert_int_equal(rows_of(f, NH_BOARD_NONE, 24, rows), 6);
    /* with six, it reaches from the first to the last */
    assert_string_equal(rows[1].text, "pingpong.n0        6/7  waits        1.02 us at 8 B      "
                                      "1.00 us to 1.05 us");
    launch(f, 0, 6, 1060);
    assert_int_equal(rows_of(f, NH_BOARD_NONE, 24, rows), 6);
    assert_non_null(strstr(rows[1].text, "7/7  done "));
}

/* Of more jobs than rows, those to which something happened last, in the order of the plan. */
static void the_latest_rows_are_shown(void **state)
{
    struct fixture *f = *state;
    struct nh_progress_row rows[NH_PROGRESS_ROWS];
    launch(f, 4, 0, 1000);
    launch(f, 1, 0, 1000);
    nh_board_begun(&f->board, 3);
    assert_int_equal(rows_of(f, 3, 4, rows), 4);
    assert_non_null(strstr(rows[1].text, "pingpong.n1 "));
    assert_non_null(strstr(rows[2].text, "pingpong.n3 "));
    assert_string_equal(rows[3].text, "and 3 other jobs");
    assert_int_equal(rows_of(f, 3, 5, rows), 5);
    assert_non_null(strstr(rows[1].text, "pingpong.n1 "));
    assert_non_null(strstr(rows[2].text, "pingpong.n3 "));
    assert_non_null(strstr(rows[3].text, "pingpong.n4 "));
    assert_int_equal(rows_of(f, 3, 2, rows), 2);
    assert_non_null(strstr(rows[1].text, "pingpong.n3 "));
    assert_int_equal(rows_of(f, 3, 1, rows), 0);
    assert_int_equal(rows_of(f, 3, 6, rows), 6); /* all of them */
}

static void time_left_follows_what_was_seen(void **state)
{
    struct fixture *f = *state;
    assert_float_equal(nh_board_left_s(&f->board), 5 * 7 * 2, 1e-9); /* as planned */
    launch(f, 0, 0, 1000);
    assert_float_equal(nh_board_mean_s(&f->board, 0), 1, 1e-9);
    assert_float_equal(nh_board_left_s(&f->board), 6 * 1 + 4 * 7 * 2, 1e-9);
    assert_int_equal(nh_board_done(&f->board), 1);
}

/* A run that goes on knows what was measured before. */
static void earlier_launches_count(void **state)
{
    struct fixture *f = *state;
    struct nh_error err = {0};
    struct nh_board board;
    struct nh_progress_row rows[NH_PROGRESS_ROWS];
    launch(f, 2, 3, 1500);
    for (size_t i = 0; i < f->plan.step_count; i++)
        f->done[i] = f->plan.steps[i].job == 2 && f->plan.steps[i].launch == 3;
    assert_ok(nh_board_init(&board, &f->plan, &f->dir, f->done, true, &err), err);
    assert_int_equal(nh_board_done(&board), 1);
    nh_board_rows(&board, NH_BOARD_NONE, 0, 100, rows, 24);
    assert_string_equal(rows[3].text, "pingpong.n2        1/7  waits        1.50 us at 8 B      ");
    nh_board_clear(&board);
}

/* ---- on a terminal ---- */

static int terminal(unsigned short columns, unsigned short rows, struct nh_progress *p)
{
    int master, slave;
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    setenv("TERM", "xterm", 1);
    nh_progress_start(p, fdopen(slave, "w"), true);
    return master;
}

static const char *written(int master, char *buf, size_t len)
{
    ssize_t n = read(master, buf, len - 1);
    assert_true(n >= 0);
    buf[n] = '\0';
    return buf;
}

static void a_table_is_drawn_in_place(void **state)
{
    (void)state;
    struct nh_progress p;
    char text[4096];
    size_t columns;
    const struct nh_progress_row rows[] = {{"a \xC3\xBC row that is longer than it may be"}, {"b"}};
    int master = terminal(30, 10, &p);
    assert_int_equal(nh_progress_room(&p, &columns), 8);
    assert_int_equal(columns, 29);
    nh_progress_show_rows(&p, rows, 2, "x", 1, 2, 7);
    /* the terminal makes CR LF of LF */
    assert_string_equal(written(master, text, sizeof text),
                        "a \xC3\xBC row that is longer than i\r\nb"
                        "\r\n[1/2] about 7 s left, x");
    nh_progress_show_rows(&p, rows, 2, "x", 2, 2, -1);
    assert_string_equal(written(master, text, sizeof text),
                        "\r\033[2A\033[Ja \xC3\xBC row that is longer than i\r\nb"
                        "\r\n[2/2] about ? left, x");
    /* half as wide: the first and the last line are folded */
    ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_col = 15, .ws_row = 10});
    nh_progress_end(&p);
    assert_string_equal(written(master, text, sizeof text), "\r\033[4A\033[J");
    nh_progress_end(&p); /* nothing is there any more */
    fputc('.', p.out);
    fflush(p.out);
    assert_string_equal(written(master, text, sizeof text), ".");
    fclose(p.out);
    close(master);
}

static void without_a_terminal_there_is_no_table(void **state)
{
    (void)state;
    struct nh_progress p;
    char *text = NULL;
    size_t len, columns;
    const struct nh_progress_row rows[] = {{"row"}};
    FILE *out = tmpfile();
    nh_progress_start(&p, out, true);
    assert_int_equal(nh_progress_room(&p, &columns), 0);
    nh_progress_show_rows(&p, rows, 1, "x", 1, 2, 7);
    nh_progress_show_rows(&p, rows, 1, "x", 1, 2, 7); /* not before ten seconds are over */
    nh_progress_end(&p);
    rewind(out);
    text = calloc(1, 4096);
    len = fread(text, 1, 4095, out);
    assert_true(len > 0);
    assert_string_equal(text, "[1/2] x                            0 s so far, about 7 s left\n");
    free(text);
    fclose(out);
    nh_progress_start(&p, stdout, false);
    assert_int_equal(nh_progress_room(&p, &columns), 0);
}

/* ---- the queue of Slurm ---- */

/* Lines as squeue 22.05 prints them with --format=%i|%T|%r|%S. */
static void the_queue_is_read(void **state)
{
    (void)state;
    struct nh_submit_state s;
    char none[] = "", pending[] = "17|PENDING|Resources|2026-01-01T12:00:00\n",
         unknown[] = "17|PENDING|Dependency|N/A\n",
         both[] = "17|PENDING|Dependency|N/A\n18|RUNNING|None|2026-01-01T12:00:00\n",
         damaged[] = "slurm_load_jobs error\n";
    assert_false(nh_submit_state(none, &s));
    assert_false(nh_submit_state(damaged, &s));
    assert_true(nh_submit_state(pending, &s));
    assert_string_equal(s.text, "Slurm job 17 PENDING (Resources)");
    struct tm noon = {.tm_year = 126, .tm_mday = 1, .tm_hour = 12, .tm_isdst = -1};
    assert_true(!s.runs && s.start == mktime(&noon));
    assert_true(nh_submit_state(unknown, &s));
    assert_true(!s.runs && s.start == 0);
    assert_true(nh_submit_state(both, &s));
    assert_string_equal(s.text, "Slurm job 18 RUNNING");
    assert_true(s.runs);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_row_says_how_far_a_job_is),
        WITH_FOLDER(the_latest_rows_are_shown),
        WITH_FOLDER(time_left_follows_what_was_seen),
        WITH_FOLDER(earlier_launches_count),
        cmocka_unit_test(a_table_is_drawn_in_place),
        cmocka_unit_test(without_a_terminal_there_is_no_table),
        cmocka_unit_test(the_queue_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
