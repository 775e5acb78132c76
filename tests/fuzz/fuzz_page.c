/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/report/carried.h"
#include "tests/fuzz/fuzz.h"

/* The inputs in a page, behind the compression: a header, catalog files, records and files. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_carried carried;
    struct nh_dataset set;
    struct nh_error err = {0};
    char *text = fuzz_text(data, size);
    if (nh_carried_split(text, size, &carried) != 0) {
        free(text);
        return 0;
    }
    int code = nh_carried_load(&carried, NULL, &set, &err);
    fuzz_check(code, &err);
    if (code == NH_OK)
        nh_dataset_clear(&set);
    nh_carried_clear(&carried);
    return 0;
}
