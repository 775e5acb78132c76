/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goldens. LAMMPS ReaxFF 64x64x32 on hpc6a.48xlarge by ParallelCluster, from
 * converged-computing/performance-study, analysis/lammps-reax/data (wall_time): fits, standard
 * errors, AICc and the prediction for 512 nodes were computed by an independent program.
 * "Published case": the efficiency that was published for STAR-CCM+ with 97 million cells on
 * c5n.18xlarge, 1 until 45 nodes and 0.8 at 108; times are 45/(n E) hours.
 */
#include "tests/unit/support.h"

#include <math.h>

#include "analysis/import/csv.h"
#include "analysis/model/model.h"
#include "analysis/model/student.h"

static const char reax_csv[] = "nodes,cores,solver_s\n"
                               "32,3072,133\n32,3072,134\n32,3072,134\n32,3072,141\n32,3072,171\n"
                               "64,6144,73\n64,6144,73\n64,6144,74\n64,6144,76\n64,6144,78\n"
                               "128,12288,45\n128,12288,45\n128,12288,45\n128,12288,45\n"
                               "128,12288,50\n256,24576,28\n256,24576,29\n256,24576,31\n"
                               "256,24576,34\n256,24576,36\n";

static const char published_csv[] = "nodes,solver_s\n4,40500\n8,20250\n16,10125\n32,5062.5\n"
                                    "45,3600\n108,1875\n";

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

/* A set, its scaling and its models, freed together. */
struct fitted {
    struct nh_dataset set;
    struct nh_scaling scaling;
    struct nh_models models;
};

static void fit_of(const char *csv, enum nh_scaling_kind kind, struct fitted *f)
{
    struct nh_error err = {0};
    *f = (struct fitted){0};
    assert_ok(nh_csv_parse("test.csv", csv, strlen(csv), &f->set, &err), err);
    assert_int_equal(f->set.app_count, 1);
    f->set.apps[0].kind = kind;
    assert_ok(nh_app_tidy(&f->set.apps[0], &err), err);
    assert_ok(nh_scaling_compute(&f->set.apps[0], &f->scaling, &err), err);
    assert_ok(nh_models_fit(&f->scaling, &f->models, &err), err);
}

static void clear(struct fitted *f)
{
    nh_models_clear(&f->models);
    nh_scaling_clear(&f->scaling);
    nh_dataset_clear(&f->set);
}

static const struct nh_model_fit *fit_named(const struct nh_models *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->fits[i].name, name) == 0)
            return &m->fits[i];
    fail_msg("no fit is called '%s'", name);
    return NULL;
}

static double time_of(const struct nh_model_fit *fit, double k, double *se)
{
    double g[NH_MODEL_PARAMS], time = nh_model_time(fit, k, g), variance = 0;
    for (size_t i = 0; i < fit->param_count; i++)
        for (size_t j = 0; j < fit->param_count; j++)
            variance += g[i] * fit->covariance[i * fit->param_count + j] * g[j];
    *se = sqrt(variance + fit->variance * time * time);
    return time;
}

static void reax_against_an_independent_program(void **state)
{
    (void)state;
    struct fitted f;
    fit_of(reax_csv, NH_STRONG, &f);
    const struct nh_model_fit *amdahl = fit_named(&f.models, "Amdahl");
    assert_ptr_equal(amdahl, &f.models.fits[0]);
    assert_near(amdahl->aicc, -93.194, 5e-4);
    assert_near(amdahl->params[0].value, 15.807, 5e-4);
    assert_near(amdahl->params[0].se, 1.445, 5e-4);
    assert_near(amdahl->params[1].value, 122.78, 5e-3);
    assert_near(amdahl->params[1].se, 4.995, 5e-4);
    assert_near(fit_named(&f.models, "Amdahl + linear")->aicc, -91.083, 5e-4);
    assert_near(fit_named(&f.models, "ideal")->aicc, -55.311, 5e-4);
    double se, time = time_of(amdahl, 512 / 32., &se);
    assert_near(time, 23.48, 5e-3);
    assert_near(nh_student_quantile(0.975, amdahl->dof) * se, 4.91, 5e-3);
    clear(&f);
}

static void weights_are_akaikes(void **state)
{
    (void)state;
    struct fitted f;
    fit_of(reax_csv, NH_STRONG, &f);
    double sum = 0;
    for (size_t i = 0; i < f.models.averaged; i++) {
        const struct nh_model_fit *fit = &f.models.fits[i];
        assert_near(fit->weight / f.models.fits[0].weight,
                    exp((f.models.fits[0].aicc - fit->aicc) / 2), 1e-12);
        assert_true(i == 0 || fit->aicc >= f.models.fits[i - 1].aicc);
        assert_int_equal(fit->why_not[0], 0);
        sum += fit->weight;
    }
    assert_near(sum, 1, 1e-12);
    for (size_t i = f.models.averaged; i < f.models.count; i++) {
        assert_near(f.models.fits[i].weight, 0, 0);
        assert_true(f.models.fits[i].why_not[0]);
    }
    clear(&f);
}

/* c of the third model is pushed to 0; what remains is Amdahl, which must not count twice. */
static void a_parameter_on_a_bound_is_named_and_the_rest_counts_once(void **state)
{
    (void)state;
    struct fitted f;
    fit_of(reax_csv, NH_STRONG, &f);
    const struct nh_model_fit *amdahl = fit_named(&f.models, "Amdahl");
    const struct nh_model_fit *twin = fit_named(&f.models, "Amdahl + surface");
    assert_string_equal(twin->params[2].bound, "0");
    assert_true(isnan(twin->params[2].se) && isnan(twin->params[2].ci.lo));
    assert_null(twin->params[0].bound);
    assert_near(twin->params[0].value, amdahl->params[0].value, 1e-9);
    assert_near(twin->params[0].se, amdahl->params[0].se, 1e-9);
    assert_near(twin->aicc, amdahl->aicc, 1e-9);
    assert_non_null(strstr(twin->why_not, "the same curve as Amdahl"));
    assert_non_null(strstr(fit_named(&f.models, "USL")->why_not, "same curve as Amdahl + linear"));
    clear(&f);
}

static void exact_times_give_exact_coefficients(void **state)
{
    (void)state;
    char csv[1024] = "cores,solver_s\n";
    for (int k = 1; k <= 128; k *= 2) {
        size_t used = strlen(csv);
        snprintf(csv + used, sizeof csv - used, "%d,%.15g\n%d,%.15g\n", k,
                 2 + 100. / k + 3 * log2(k), k, 2 + 100. / k + 3 * log2(k));
    }
    struct fitted f;
    fit_of(csv, NH_STRONG, &f);
    const struct nh_model_fit *best = &f.models.fits[0];
    assert_string_equal(best->name, "Amdahl + logarithm");
    assert_near(best->params[0].value, 2, 1e-9);
    assert_near(best->params[1].value, 100, 1e-9);
    assert_near(best->params[2].value, 3, 1e-9);
    assert_true(best->weight > 0.999 && best->held_out < 1e-9);
    clear(&f);
}

static void the_published_case_has_no_model(void **state)
{
    (void)state;
    struct fitted f;
    struct nh_prediction p;
    fit_of(published_csv, NH_STRONG, &f);
    assert_int_equal(f.models.averaged, 0);
    assert_non_null(f.models.refusal);
    assert_int_equal(nh_models_predict(&f.models, 45 / 4., &p), NH_OK);
    assert_near(p.time_s, 3600, 1e-9);
    assert_int_equal(nh_models_predict(&f.models, 70 / 4., &p), NH_OK);
    assert_true(p.time_s < 3600 && p.time_s > 1875);
    assert_int_equal(p.grade, NH_GRADE_B);
    assert_true(isnan(p.ci.lo) && isnan(p.pi.hi));
    assert_int_equal(nh_models_predict(&f.models, 112 / 4., &p), NH_OK);
    assert_true(isnan(p.time_s));
    assert_int_equal(p.grade, NH_GRADE_REFUSED);
    clear(&f);
}

static void ideal_times_are_ideal(void **state)
{
    (void)state;
    struct fitted f;
    struct nh_prediction p;
    fit_of("cores,solver_s\n1,100\n1,101\n2,50\n2,50.5\n4,25.2\n4,25\n8,12.5\n8,12.6\n", NH_STRONG,
           &f);
    assert_string_equal(f.models.fits[0].name, "ideal");
    assert_null(f.models.refusal);
    assert_int_equal(nh_models_predict(&f.models, 16, &p), NH_OK);
    assert_near(p.time_s, 6.28, 0.05);
    clear(&f);
}

static void grades_follow_the_distance(void **state)
{
    (void)state;
    static const struct {
        double k;
        enum nh_forecast_grade grade;
    } expected[] = {{1, NH_GRADE_A},  {3, NH_GRADE_A},        {8, NH_GRADE_A},
                    {9, NH_GRADE_B},  {16, NH_GRADE_B},       {17, NH_GRADE_C},
                    {32, NH_GRADE_C}, {33, NH_GRADE_REFUSED}, {.5, NH_GRADE_B}};
    struct fitted f;
    struct nh_prediction p, inside;
    fit_of(reax_csv, NH_STRONG, &f);
    nh_models_predict(&f.models, 4, &inside);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(nh_models_predict(&f.models, expected[i].k, &p), NH_OK);
        assert_int_equal(p.grade, expected[i].grade);
        assert_true(p.why[0]);
        assert_true(p.pi.lo >= 0 && p.pi.lo <= p.ci.lo && p.ci.lo <= p.time_s);
        assert_true(p.time_s <= p.ci.hi && p.ci.hi <= p.pi.hi);
    }
    nh_models_predict(&f.models, 16, &p); /* models part beyond the data */
    assert_true((p.ci.hi - p.ci.lo) / p.time_s > 2 * (inside.ci.hi - inside.ci.lo) / inside.time_s);
    assert_int_equal(nh_models_predict(&f.models, 0, &p), NH_EINPUT);
    assert_int_equal(nh_models_predict(&f.models, NAN, &p), NH_EINPUT);
    clear(&f);
}

static void no_prediction_is_negative(void **state)
{
    (void)state;
    struct fitted f;
    struct nh_prediction p;
    fit_of("cores,solver_s\n1,100\n1,140\n2,60\n2,75\n4,36\n4,45\n8,19\n8,32\n", NH_STRONG, &f);
    assert_null(f.models.refusal);
    for (double k = 0.01; k < 1e6; k *= 3) {
        assert_int_equal(nh_models_predict(&f.models, k, &p), NH_OK);
        assert_true(p.time_s > 0 && p.pi.lo >= 0 && p.ci.lo >= 0);
    }
    clear(&f);
}

static void two_sizes_are_too_few(void **state)
{
    (void)state;
    struct fitted f;
    fit_of("cores,solver_s\n1,10\n1,11\n2,6\n2,5\n", NH_STRONG, &f);
    assert_non_null(f.models.refusal);
    assert_int_equal(f.models.count, 0);
    clear(&f);
}

/* Three single timings leave no freedom for any AICc. */
static void three_single_timings_are_too_few(void **state)
{
    (void)state;
    struct fitted f;
    fit_of("cores,solver_s\n1,10\n2,6\n4,4\n", NH_STRONG, &f);
    assert_non_null(strstr(f.models.refusal, "too few for any model"));
    assert_non_null(strstr(fit_named(&f.models, "ideal")->why_not, "too few"));
    clear(&f);
}

static void equal_times_are_a_serial_code(void **state)
{
    (void)state;
    struct fitted f;
    struct nh_prediction p;
    fit_of("cores,solver_s\n1,5\n1,5\n2,5\n2,5\n4,5\n4,5\n8,5\n8,5\n", NH_STRONG, &f);
    assert_int_equal(nh_models_predict(&f.models, 16, &p), NH_OK);
    assert_near(p.time_s, 5, 1e-4);
    clear(&f);
}

static void weak_scaling_has_models_of_its_own(void **state)
{
    (void)state;
    struct fitted f;
    struct nh_prediction p;
    fit_of("cores,solver_s\n1,10\n1,10.1\n2,10.5\n2,10.6\n4,11\n4,11.1\n8,11.6\n8,11.5\n", NH_WEAK,
           &f);
    assert_string_equal(f.models.fits[0].name, "logarithm");
    assert_near(f.models.fits[0].params[0].value, 10.05, 0.05);
    assert_near(f.models.fits[0].params[1].value, 0.5, 0.02);
    assert_int_equal(f.models.count, 3);
    assert_int_equal(nh_models_predict(&f.models, 16, &p), NH_OK);
    assert_near(p.time_s, 12.05, 0.1);
    clear(&f);
}

/* Tables of Student's t: 4, 18 and 29 degrees of freedom. */
static void student(void **state)
{
    (void)state;
    assert_near(nh_student_quantile(0.975, 1), 12.70620474, 5e-8);
    assert_near(nh_student_quantile(0.975, 4), 2.77644511, 5e-9);
    assert_near(nh_student_quantile(0.975, 18), 2.10092204, 5e-9);
    assert_near(nh_student_quantile(0.025, 29), -2.04522964, 5e-9);
    assert_near(nh_student_cdf(0, 3), 0.5, 1e-15);
    static const struct nh_student two[] = {{-10, 1, 5, 0.5}, {10, 1, 5, 0.5}};
    assert_near(nh_mixture_quantile(two, 2, 0.25), -10, 1e-4);
    assert_near(nh_mixture_quantile(two, 2, 0.75), 10, 1e-4);
    static const struct nh_student point = {3, 0, 5, 1};
    assert_near(nh_mixture_quantile(&point, 1, 0.1), 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reax_against_an_independent_program),
        cmocka_unit_test(weights_are_akaikes),
        cmocka_unit_test(a_parameter_on_a_bound_is_named_and_the_rest_counts_once),
        cmocka_unit_test(exact_times_give_exact_coefficients),
        cmocka_unit_test(the_published_case_has_no_model),
        cmocka_unit_test(ideal_times_are_ideal),
        cmocka_unit_test(grades_follow_the_distance),
        cmocka_unit_test(no_prediction_is_negative),
        cmocka_unit_test(two_sizes_are_too_few),
        cmocka_unit_test(three_single_timings_are_too_few),
        cmocka_unit_test(equal_times_are_a_serial_code),
        cmocka_unit_test(weak_scaling_has_models_of_its_own),
        cmocka_unit_test(student),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
