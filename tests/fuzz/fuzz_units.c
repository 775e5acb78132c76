/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "common/money.h"
#include "common/units.h"
#include "tests/fuzz/fuzz.h"

static void try_sizes(const char *text)
{
    size_t size = 0, count = 0, *sizes = NULL;
    char buf[NH_UNIT_TEXT];
    struct nh_error err = {0};
    int code = nh_parse_size(text, &size, &err);
    fuzz_check(code, &err);
    if (code == NH_OK)
        fuzz_require(strlen(nh_format_bytes(size, buf)) < sizeof buf);
    err = (struct nh_error){0};
    code = nh_parse_size_list(text, &sizes, &count, &err);
    fuzz_check(code, &err);
    if (code == NH_OK) {
        fuzz_require(count > 0 && count <= 4096);
        free(sizes);
    }
}

static void try_numbers(const char *text)
{
    double value = 0;
    long whole = 0;
    char buf[NH_UNIT_TEXT];
    struct nh_error err = {0};
    int code = nh_parse_positive("--value", text, &value, &err);
    fuzz_check(code, &err);
    if (code == NH_OK) {
        fuzz_require(isfinite(value) && value > 0);
        fuzz_require(strlen(nh_format_ns(value, buf)) < sizeof buf);
        fuzz_require(strlen(nh_format_rate(value, buf)) < sizeof buf);
        fuzz_require(strlen(nh_format_duration(value, buf)) < sizeof buf);
    }
    err = (struct nh_error){0};
    code = nh_parse_long("--count", text, -5, 1000, &whole, &err);
    fuzz_check(code, &err);
    fuzz_require(code != NH_OK || (whole >= -5 && whole <= 1000));
}

/* What is written in full decimals reads back as the same amount. */
static void try_money(const char *text)
{
    struct nh_money m, again;
    char buf[NH_MONEY_TEXT];
    struct nh_error err = {0};
    int code = nh_money_parse("--price", text, &m, &err);
    fuzz_check(code, &err);
    if (code != NH_OK)
        return;
    fuzz_require(m.micro >= 0);
    fuzz_require(strlen(nh_money_format(m, buf)) < sizeof buf);
    fuzz_require(nh_money_parse("again", nh_money_decimal(m, buf), &again, &err) == NH_OK);
    fuzz_require(again.micro == m.micro);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    try_sizes(text);
    try_numbers(text);
    try_money(text);
    free(text);
    return 0;
}
