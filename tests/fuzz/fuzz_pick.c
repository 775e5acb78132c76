/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "launch/app/fill.h"
#include "launch/app/pick.h"
#include "tests/fuzz/fuzz.h"

/* What a program printed: whatever it is, a figure is one finite number or an error of one line.
 * The first line of the input is the path into JSON, a regular expression, and words with
 * placeholders as well. */

static void try_regex(const char *text, size_t size, const char *regex)
{
    double value = NAN, last = NAN;
    struct nh_error err = {0};
    if (nh_pick_check_regex(regex, 1, 1, &err) != NH_OK) {
        fuzz_check(err.code, &err);
        return;
    }
    int code = nh_pick_regex(text, size, regex, NH_PICK_ONLY, &value, &err);
    fuzz_check(code, &err);
    if (code != NH_OK)
        return;
    fuzz_require(isfinite(value));
    fuzz_require(nh_pick_regex(text, size, regex, NH_PICK_LAST, &last, NULL) == NH_OK);
    fuzz_require(value == last);
}

static void try_steps(const char *text, size_t size)
{
    double *steps = NULL, *values = NULL;
    size_t count = 0;
    struct nh_error err = {0};
    int code = nh_pick_all(text, size, "step ([^ ]+) time ([^ ]+)", &steps, &values, &count, &err);
    fuzz_check(code, &err);
    for (size_t i = 0; code == NH_OK && i < count; i++)
        fuzz_require(isfinite(steps[i]) && isfinite(values[i]));
    if (code == NH_OK) {
        free(steps);
        free(values);
    }
}

static void try_json(const char *text, size_t size, const char *path)
{
    double value = NAN;
    struct nh_error err = {0};
    if (nh_pick_check_path(path, &err) != NH_OK)
        return;
    int code = nh_pick_json(text, size, path, &value, &err);
    fuzz_check(code, &err);
    fuzz_require(code != NH_OK || isfinite(value));
}

static void try_placeholders(const char *line)
{
    static const struct nh_fill_name names[] = {{"ranks", "{8}"}, {"workdir", NULL}};
    static const struct nh_fill_name later[] = {{"workdir", "/w"}};
    char *first = NULL, *second = NULL;
    struct nh_error err = {0};
    int code = nh_fill(line, names, 2, false, &first, &err);
    fuzz_check(code, &err);
    if (code != NH_OK)
        return;
    fuzz_require(nh_fill(first, later, 1, true, &second, &err) == NH_OK);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), line[64];
    size_t n = strcspn(text, "\r\n");
    n = n < sizeof line ? n : sizeof line - 1;
    memcpy(line, text, n);
    line[n] = '\0';
    for (size_t i = 0; i < n; i++) /* a study has no control characters */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    try_regex(text, size, "Performance: +([0-9.]+)");
    try_regex(text, size, "time[: ]+(.*)");
    try_steps(text, size);
    try_json(text, size, line);
    try_placeholders(line);
    free(text);
    return 0;
}
