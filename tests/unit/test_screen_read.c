/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/support.h"

#include <math.h>
#include <unistd.h>

#include "common/record.h"
#include "launch/screen/work.h"

/* Which rank was which host, and lists of hosts to exclude. */
struct fixture {
    char *dir;
    char path[64];
    struct nh_hosts hosts;
    struct nh_screen_cells cells;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->dir = fresh_directory();
    snprintf(f->path, sizeof f->path, "%s/file", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    rmdir(f->dir);
    nh_hosts_clear(&f->hosts);
    nh_screen_cells_free(&f->cells);
    free(f->dir);
    free(f);
    return 0;
}

static void add_hosts(struct fixture *f, const char *list)
{
    struct nh_error err;
    assert_ok(nh_hosts_given(list, &f->hosts, &err), err);
    assert_ok(nh_screen_cells_new(f->hosts.count, &f->cells, &err), err);
}

/* A record of a tournament; in the place of its rows and ranks. */
static void write_record(const struct fixture *f, const char *measure, const char *placement,
                         const char *matrix)
{
    struct nh_record r;
    struct nh_error err;
    nh_record_init(&r);
    r.time = strdup("2026-01-02T03:04:05Z");
    r.program = strdup("nodehour-mpi 0.1.0");
    r.kernel = strdup("matrix");
    r.params = json_pack("{s:s}", "measure", measure);
    r.metric = strdup("time_per_tournament");
    r.timing = strdup("max_over_ranks");
    r.sync = strdup("barrier");
    r.nodes = r.ranks = 3;
    r.ops_per_sample = 1;
    r.first_op_ns = 1;
    r.sample_count = 1;
    r.samples_ns = calloc(1, sizeof *r.samples_ns);
    r.samples_ns[0] = 1000;
    r.stop_rule = strdup("count");
    r.verify = strdup("passed");
    r.derived = json_object();
    r.detail = json_pack("{s:o}", "matrix", json_loads(matrix, 0, NULL));
    r.placement = json_loads(placement, 0, NULL);
    r.clock = json_object();
    r.transport = json_object();
    r.system = json_object();
    r.env = json_object();
    r.command = json_array();
    assert_int_equal(nh_summarise((double[]){1000}, 1, 0.95, false, &r.stats), 0);
    assert_ok(nh_record_append(f->path, &r, &err), err);
    nh_record_clear(&r);
}

static int read_record(struct fixture *f, const size_t members[3], struct nh_error *err)
{
    return nh_screen_read(f->path, &f->hosts, members, 3, &f->cells, err);
}

static const char rows[] = "[[null, 1, 2], [10, null, 12], [20, 21, null]]";

static double cell(const struct fixture *f, size_t from, size_t to)
{
    return f->cells.latency_ns[from * f->cells.hosts + to];
}

/* mpirun may put the head's own rank first, whatever its list of hosts says. */
static void ranks_are_known_by_their_names(void **state)
{
    struct fixture *f = *state;
    struct nh_error err;
    add_hosts(f, "x,root@b.cluster,a,c");
    write_record(f, "latency", "[{\"host\":\"a\"},{\"host\":\"c.cluster\"},{\"host\":\"b\"}]",
                 rows);
    assert_ok(read_record(f, (const size_t[]){1, 2, 3}, &err), err);
    assert_true(cell(f, 2, 3) == 1 && cell(f, 2, 1) == 2 && cell(f, 3, 2) == 10);
    assert_true(cell(f, 3, 1) == 12 && cell(f, 1, 2) == 20 && cell(f, 1, 3) == 21);
    assert_true(isnan(cell(f, 0, 1)) && isnan(cell(f, 1, 1)));
}

/* Two ranks of one name, as of containers that were not given any. */
static void else_they_are_in_the_order_of_the_list(void **state)
{
    struct fixture *f = *state;
    struct nh_error err;
    add_hosts(f, "10.0.0.1,10.0.0.2,10.0.0.3");
    write_record(f, "latency", "[{\"host\":\"s\"},{\"host\":\"s\"},{\"host\":\"s\"}]", rows);
    assert_ok(read_record(f, (const size_t[]){2, 1, 0}, &err), err);
    assert_true(cell(f, 2, 1) == 1 && cell(f, 2, 0) == 2 && cell(f, 0, 1) == 21);
}

static void bandwidth_becomes_time_and_nulls_stay_unknown(void **state)
{
    struct fixture *f = *state;
    struct nh_error err;
    add_hosts(f, "a,b,c");
    write_record(f, "bandwidth", "[{\"host\":\"a\"},{\"host\":\"b\"},{\"host\":\"c\"}]",
                 "[[null, 2e9, null], [4e9, null, 0], [1e9, 1e9, null]]");
    assert_ok(read_record(f, (const size_t[]){0, 1, 2}, &err), err);
    assert_true(fabs(f->cells.ns_per_byte[1] - 0.5) < 1e-12 && isnan(f->cells.ns_per_byte[2]));
    assert_true(isnan(f->cells.ns_per_byte[5]) && isnan(cell(f, 0, 1)));
}

static void other_records_are_refused(void **state)
{
    struct fixture *f = *state;
    struct nh_error err;
    add_hosts(f, "a,b,c");
    write_record(f, "latency", "[]", "[[null, 1], [1, null]]");
    assert_int_equal(read_record(f, (const size_t[]){0, 1, 2}, &err), NH_EINPUT);
    assert_says(&err, "no matrix of 3 ranks");
    write_file(f->path, "a warning of mpirun\n");
    assert_int_equal(read_record(f, (const size_t[]){0, 1, 2}, &err), NH_EINPUT);
    assert_says(&err, "no record");
}

static void a_file_excludes_hosts(void **state)
{
    struct fixture *f = *state;
    struct nh_error err;
    add_hosts(f, "a,b,c");
    write_file(f->path, "b\nof-another-study\n");
    assert_ok(nh_hosts_exclude(&f->hosts, f->path, true, &err), err);
    assert_int_equal(f->hosts.count, 2);
    assert_string_equal(f->hosts.items[1].name, "c");
    write_file(f->path, "");
    assert_ok(nh_hosts_exclude(&f->hosts, f->path, true, &err), err);
    assert_int_equal(f->hosts.count, 2);
    assert_int_equal(nh_hosts_exclude(&f->hosts, "./missing", true, &err), NH_EINPUT);
    assert_says(&err, "--exclude: ./missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ranks_are_known_by_their_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(else_they_are_in_the_order_of_the_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bandwidth_becomes_time_and_nulls_stay_unknown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(other_records_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_excludes_hosts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
