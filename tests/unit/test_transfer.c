/* SPDX-License-Identifier: BSD-3-Clause */
/* Times are made from T = a x + b x^(2/3) + c log2(cores), x = cells per core; none was measured.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/csv.h"
#include "analysis/mesh.h"

enum { MOST = 4 };

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static double law(double cells, double cores)
{
    double x = cells / cores;
    return 1e-4 * x + 4e-3 * cbrt(x * x) + 0.2 * log2(cores);
}

struct fitted {
    struct nh_dataset set;
    struct nh_scaling scalings[MOST];
    struct nh_transfer t;
};

/* `wrong` is by how much the times of the second mesh differ from the law. */
static void fit(const double *meshes, size_t count, double wrong, struct fitted *f)
{
    char csv[8192] = "case,cells,nodes,cores,solver_s\n";
    struct nh_error err = {0};
    const struct nh_scaling *list[MOST];
    for (size_t m = 0; m < count; m++)
        for (long cores = 32; cores <= 512; cores *= 2)
            for (int repeat = -1; repeat <= 1; repeat++) {
                size_t used = strlen(csv);
                snprintf(csv + used, sizeof csv - used, "mesh %zu,%.0f,%ld,%ld,%.12g\n", m,
                         meshes[m], cores / 32, cores,
                         law(meshes[m], (double)cores) * (1 + 0.004 * repeat) *
                             (m == 1 ? wrong : 1));
            }
    *f = (struct fitted){0};
    assert_ok(nh_csv_parse("test.csv", csv, strlen(csv), &f->set, &err), err);
    assert_int_equal(f->set.app_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_ok(nh_scaling_compute(&f->set.apps[i], &f->scalings[i], &err), err);
        list[i] = &f->scalings[i];
    }
    assert_ok(nh_transfer_fit(list, count, 0, &f->t, &err), err);
}

static void clear(struct fitted *f)
{
    nh_transfer_clear(&f->t);
    for (size_t i = 0; i < f->set.app_count; i++)
        nh_scaling_clear(&f->scalings[i]);
    nh_dataset_clear(&f->set);
}

static void a_mesh_between_and_a_mesh_beyond(void **state)
{
    (void)state;
    static const double meshes[] = {1e6, 4e6};
    struct fitted f;
    struct nh_prediction p;
    fit(meshes, 2, 1, &f);
    assert_null(f.t.refusal);
    assert_int_equal(f.t.meshes, 2);
    assert_true(f.t.mesh_miss < 0.05);
    assert_int_equal(nh_transfer_predict(&f.t, 2e6, 128, &p), NH_OK);
    assert_near(p.time_s, law(2e6, 128), 0.01 * p.time_s);
    assert_int_equal(p.grade, NH_GRADE_A);
    assert_true(p.pi.lo < p.ci.lo && p.ci.lo < p.time_s && p.time_s < p.ci.hi && p.ci.hi < p.pi.hi);
    assert_int_equal(nh_transfer_predict(&f.t, 8e6, 256, &p), NH_OK);
    assert_near(p.time_s, law(8e6, 256), 0.02 * p.time_s);
    assert_int_equal(p.grade, NH_GRADE_B);
    assert_int_equal(nh_transfer_predict(&f.t, 8e6, 1536, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_C);
    assert_near(p.time_s, law(8e6, 1536), 0.1 * p.time_s);
    assert_int_equal(nh_transfer_predict(&f.t, 8e6, 4096, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_REFUSED);
    clear(&f);
}

static void one_mesh_is_taken_on_trust(void **state)
{
    (void)state;
    static const double meshes[] = {2e6};
    struct fitted f;
    struct nh_prediction p;
    fit(meshes, 1, 1, &f);
    assert_true(isnan(f.t.mesh_miss));
    assert_int_equal(nh_transfer_predict(&f.t, 4e6, 256, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_C);
    assert_non_null(strstr(p.why, "on trust"));
    assert_int_equal(nh_transfer_predict(&f.t, 4e7, 256, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_REFUSED);
    clear(&f);
}

/* A second mesh that takes half as long per cell again: another solver, other steps. */
static void meshes_that_do_not_collapse_are_refused(void **state)
{
    (void)state;
    static const double meshes[] = {1e6, 4e6};
    struct fitted f;
    struct nh_prediction p;
    fit(meshes, 2, 1.6, &f);
    assert_true(f.t.mesh_miss > 0.3);
    assert_int_equal(nh_transfer_predict(&f.t, 2e6, 128, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_REFUSED);
    clear(&f);
}

static void nodes_that_a_mesh_needs(void **state)
{
    (void)state;
    static const double meshes[] = {1e6, 4e6};
    struct fitted f;
    fit(meshes, 2, 1, &f);
    /* One node has run 4 million cells. */
    struct nh_least_nodes least = nh_transfer_least_nodes(&f.t, 9e6, NAN, NAN);
    assert_int_equal(least.nodes, 3);
    assert_true(least.measured);
    /* 2 kB a cell, 90 % of 192 GiB. */
    least = nh_transfer_least_nodes(&f.t, 2e8, 2000, 192 * 1073741824.);
    assert_int_equal(least.nodes, 3);
    assert_false(least.measured);
    clear(&f);
}

static void without_cells_nothing_is_said(void **state)
{
    (void)state;
    static const char csv[] = "cores,solver_s\n1,10\n2,6\n4,4\n8,3\n";
    struct nh_dataset set = {0};
    struct nh_scaling s;
    struct nh_transfer t;
    struct nh_prediction p;
    struct nh_error err = {0};
    assert_ok(nh_csv_parse("test.csv", csv, strlen(csv), &set, &err), err);
    assert_ok(nh_scaling_compute(&set.apps[0], &s, &err), err);
    const struct nh_scaling *list[] = {&s};
    assert_ok(nh_transfer_fit(list, 1, 0, &t, &err), err);
    assert_non_null(t.refusal);
    assert_int_equal(nh_transfer_predict(&t, 1e6, 8, &p), NH_OK);
    assert_int_equal(p.grade, NH_GRADE_REFUSED);
    assert_true(isnan(p.time_s));
    assert_int_equal(nh_transfer_predict(&t, -1, 8, &p), NH_EINPUT);
    assert_int_equal(nh_transfer_least_nodes(&t, 1e6, NAN, NAN).nodes, 0);
    nh_transfer_clear(&t);
    nh_scaling_clear(&s);
    nh_dataset_clear(&set);
}

static void answer_names_sizes_that_hold_the_mesh(void **state)
{
    (void)state;
    static const double meshes[] = {1e6, 4e6};
    struct fitted f;
    struct nh_mesh_answer a;
    struct nh_error err = {0};
    struct nh_machine machine = {.memory_gib = 10};
    struct nh_mesh_question q = {.cells = 9e6, .bytes_per_cell = NAN};
    fit(meshes, 2, 1, &f);
    const struct nh_scaling *list[] = {&f.scalings[0], &f.scalings[1]};
    assert_ok(nh_mesh_answer_make(list, 2, 0, &q, NULL, &a, &err), err);
    static const long nodes[] = {3, 4, 8, 16, 32};
    assert_int_equal(a.row_count, 5);
    for (size_t i = 0; i < a.row_count; i++) {
        assert_int_equal(a.rows[i].nodes, nodes[i]);
        assert_int_equal(a.rows[i].cores, 32 * nodes[i]);
    }
    assert_near(a.rows[0].efficiency, 1, 1e-12);
    assert_true(a.rows[4].efficiency < a.rows[1].efficiency);
    q.bytes_per_cell = 5000; /* 45 GB on nodes of 10 GiB, nine tenths of them */
    assert_ok(nh_mesh_answer_make(list, 2, 0, &q, &machine, &a, &err), err);
    assert_int_equal(a.least.nodes, 5);
    assert_int_equal(a.rows[0].nodes, 5);
    clear(&f);
}

static void options_are_checked(void **state)
{
    (void)state;
    char cells[] = "2e8", bytes[] = "0", good[] = "1500";
    struct nh_mesh_options o = {{cells, NULL}};
    struct nh_mesh_question q;
    struct nh_error err = {0};
    assert_ok(nh_mesh_options_parse(&o, &q, &err), err);
    assert_near(q.cells, 2e8, 0);
    assert_true(isnan(q.bytes_per_cell));
    o.value[1] = bytes;
    assert_int_equal(nh_mesh_options_parse(&o, &q, &err), NH_EINPUT);
    assert_says(&err, "--bytes-per-cell");
    o = (struct nh_mesh_options){{NULL, good}};
    assert_int_equal(nh_mesh_options_parse(&o, &q, &err), NH_EINPUT);
    assert_says(&err, "give --mesh");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mesh_between_and_a_mesh_beyond),
        cmocka_unit_test(one_mesh_is_taken_on_trust),
        cmocka_unit_test(meshes_that_do_not_collapse_are_refused),
        cmocka_unit_test(nodes_that_a_mesh_needs),
        cmocka_unit_test(without_cells_nothing_is_said),
        cmocka_unit_test(answer_names_sizes_that_hold_the_mesh),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
