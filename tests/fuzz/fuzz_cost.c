/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "analysis/cost/interval.h"
#include "analysis/cost/options.h"
#include "tests/fuzz/fuzz.h"

static bool about(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)) + 1e-12;
}

/* What holds for every bill. */
static void check_cost(const struct nh_cost_terms *t, long nodes, double job_s)
{
    struct nh_cost_parts p, longer;
    nh_cost(t, nodes, 36 * nodes, job_s, &p);
    nh_cost(t, nodes, 36 * nodes, 2 * job_s, &longer);
    if (!isfinite(p.total) || !isfinite(longer.total))
        return; /* on spot, a run that does not end */
    fuzz_require(p.compute >= 0 && p.licence >= 0 && p.overhead >= -1e-9 * p.compute);
    fuzz_require(about(p.compute + p.licence + p.overhead + p.storage + p.transfer, p.total));
    fuzz_require(p.run_s >= job_s * (1 - 1e-9) && p.billed_s >= p.run_s * (1 - 1e-9));
    fuzz_require(longer.total >= p.total * (1 - 1e-9));
    struct nh_interval ci = nh_cost_interval(t, nodes, 36 * nodes, job_s,
                                             (struct nh_interval){job_s / 2, job_s * 2, 0.95});
    fuzz_require(ci.lo <= ci.hi);
}

static void check_spot(const struct nh_spot *s, long nodes, double job_s)
{
    double last = 0;
    for (int i = 1; i < 20; i++) {
        double q = nh_spot_quantile_s(s, nodes, job_s, i / 20.0);
        fuzz_require(q >= last * (1 - 1e-9) && q >= job_s * (1 - 1e-9));
        last = q;
    }
    struct nh_spot best = *s, none = *s;
    none.checkpoint_interval_s = 0;
    best.checkpoint_interval_s = nh_spot_best_interval_s(s, nodes, job_s);
    fuzz_require(best.checkpoint_interval_s >= 0 && best.checkpoint_interval_s < job_s);
    fuzz_require(nh_spot_expected_s(&best, nodes, job_s) <=
                 nh_spot_expected_s(&none, nodes, job_s) * (1 + 1e-9));
    fuzz_require(nh_spot_rate_for_checkpoints(s, nodes, job_s) >= 0);
}

/* A line for each option, in their order; empty: not given. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct nh_price price = {.model = "spot", .per_hour = {1500000, "USD"}};
    struct nh_cost_options o = {{NULL}};
    struct nh_cost_settings s;
    struct nh_error err = {0};
    char *text = fuzz_text(data, size), *at = text;
    for (size_t i = 0; at && i < NH_COST_OPTIONS; i++) {
        char *line = strsep(&at, "\n");
        o.value[i] = *line ? line : NULL;
    }
    int code = nh_cost_options_parse(&o, NULL, &s, &err);
    fuzz_check(code, &err);
    for (long nodes = 1; code == NH_OK && nodes <= 1000; nodes *= 10) {
        s.terms.price = &price;
        check_cost(&s.terms, nodes, 3600);
        s.terms.spot = &s.spot;
        check_cost(&s.terms, nodes, 3600);
        check_spot(&s.spot, nodes, 3600);
        s.terms.spot = NULL;
    }
    free(text);
    return 0;
}
