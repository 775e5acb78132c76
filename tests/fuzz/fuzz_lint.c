/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/lint/lint.h"
#include "tests/fuzz/fuzz.h"

/* Every fault has a line of the file and its three texts, in one line each. */

static struct nh_catalog catalog;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    struct nh_error err = {0};
    fuzz_require(nh_catalog_load(&catalog, &err) == NH_OK);
    return 0;
}

static void check_fault(const struct nh_fault *fault, size_t lines)
{
    fuzz_require(fault->line >= 1 && fault->line <= lines + 1);
    fuzz_require(*fault->what && *fault->why && *fault->fix);
    fuzz_require(!strpbrk(fault->what, "\n\r") && !strpbrk(fault->fix, "\n\r"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_faults faults = {0};
    struct nh_error err = {0};
    char *text = fuzz_text(data, size);
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80; /* YAML's own breaks */
    fuzz_check(nh_lint_text("file", text, size, &catalog, NULL, &faults, &err), &err);
    for (size_t i = 0; i < faults.count; i++)
        check_fault(&faults.items[i], lines);
    nh_faults_clear(&faults);
    free(text);
    return 0;
}
