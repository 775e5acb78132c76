/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/cost/source.h"
#include "tests/fuzz/fuzz.h"

/* Of our names and dates, which every price gets. */
static void check_price(const struct nh_price *p)
{
    char buf[NH_MONEY_TEXT];
    fuzz_require(p->machine[0] && p->model[0] && p->region[0] && p->as_of[0] && p->source[0]);
    fuzz_require(p->per_hour.micro >= 0 && strlen(p->per_hour.currency) == 3);
    fuzz_require(strlen(nh_money_decimal(p->per_hour, buf)) < sizeof buf);
    for (int d = 1; d < NH_PRICE_DECILES; d++)
        fuzz_require(p->deciles[d] >= p->deciles[d - 1]);
}

/* The first byte chooses the source, the rest is the answer of the AWS CLI. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_price_query q = {.machine = "c5n.18xlarge",
                               .region = "us-east-1",
                               .today = "2026-11-24",
                               .from_s = 1794873600,
                               .to_s = 1794873600 + 7 * 86400,
                               .hours = 24,
                               .nodes = 2};
    struct nh_price_set set = {.count = 0};
    struct nh_error err = {0};
    if (size == 0)
        return 0;
    const struct nh_price_source *source = nh_price_sources[data[0] % 4];
    char *text = fuzz_text(data + 1, size - 1);
    fuzz_check(nh_price_source_read(source, &q, text, size - 1, &set, &err), &err);
    for (size_t i = 0; i < set.count; i++)
        check_price(&set.items[i]);
    nh_price_set_clear(&set);
    free(text);
    return 0;
}
