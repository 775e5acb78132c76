/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/csv.h"
#include "tests/fuzz/fuzz.h"

/* What the analysis relies on without asking again. */
static void check_app(const struct nh_app *app)
{
    fuzz_require(app->point_count > 0);
    for (size_t i = 0; i < app->point_count; i++) {
        const struct nh_app_point *p = &app->points[i];
        fuzz_require(p->row_count > 0 && (p->nodes > 0 || p->cores > 0));
        for (size_t k = 0; k < p->row_count; k++)
            fuzz_require(p->rows[k].solver_s > 0 || p->rows[k].job_s > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_dataset set = {0};
    struct nh_error err = {0};
    char *text = fuzz_text(data, size);
    int code = nh_csv_parse("fuzz.csv", text, size, &set, &err);
    fuzz_check(code, &err);
    for (size_t i = 0; code == NH_OK && i < set.app_count; i++)
        check_app(&set.apps[i]);
    nh_dataset_clear(&set);
    free(text);
    return 0;
}
