/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/expr.h"
#include "tests/fuzz/fuzz.h"

/* Every text gives a value or one line of error; the same text the same value again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct nh_expr_name names[] = {
        {"nodes", 8}, {"ranks", 288}, {"zero", 0}, {"big", INT64_MAX}, {"small", INT64_MIN}};
    char *text = fuzz_text(data, size);
    for (char *at = text; *at; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' '; /* conditions are one line: the reader of studies sees to that */
    struct nh_error err = {0};
    int64_t value = 0, again = 0;
    int code = nh_expr_eval(text, names, 5, &value, &err);
    fuzz_check(code, &err);
    if (code == NH_OK)
        fuzz_require(nh_expr_eval(text, names, 5, &again, NULL) == NH_OK && again == value);
    free(text);
    return 0;
}
