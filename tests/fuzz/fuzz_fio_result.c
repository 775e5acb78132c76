/* SPDX-License-Identifier: BSD-3-Clause */
/* What fio writes: its json+ result, or (first byte 'L') its log of rates. */
#include "bench/nvme/result.h"
#include "tests/fuzz/fuzz.h"

static void read_log(const char *text)
{
    double *rates;
    size_t count;
    struct nh_error err = {0};
    int rc = nh_fio_rates("log", text, 100, 2, &rates, &count, &err);
    for (size_t i = 0; !rc && i < count; i++)
        fuzz_require(rates[i] >= 0);
    free(rates);
}

static void read_result(const char *text, size_t len)
{
    struct nh_fio_result r;
    struct nh_error err = {0};
    if (nh_fio_result_read("result", text, len, &r, &err) != NH_OK)
        return;
    fuzz_require(nh_fio_bandwidth(&r) > 0);
    for (size_t i = 1; i < r.bin_count; i++)
        fuzz_require(r.bins[i - 1].ns < r.bins[i].ns);
    nh_fio_percentile(&r, 0.5);
    nh_fio_result_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    if (*text == 'L')
        read_log(text + 1);
    else
        read_result(text, size);
    free(text);
    return 0;
}
