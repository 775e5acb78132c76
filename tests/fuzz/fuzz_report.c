/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analysis/build.h"
#include "tests/fuzz/fuzz.h"

/* Files of any importer through the whole analysis into all three forms of the answer;
 * the catalog is read from $NODEHOUR_DATA. */
static void write_all_forms(const struct nh_report *r)
{
    struct nh_error err = {0};
    FILE *out = fopen("/dev/null", "w");
    fuzz_require(out != NULL);
    fuzz_require(nh_report_html(out, r, &err) == NH_OK);
    fuzz_require(nh_report_text(out, r, true, &err) == NH_OK);
    fuzz_require(nh_report_json(out, r, &err) == NH_OK);
    fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char cells[] = "2e8", bytes[] = "1500";
    static const struct nh_mesh_options mesh = {{cells, bytes}};
    const struct nh_report_options options = {.price_models = "all",
                                              .license_per_hour = "22",
                                              .machine = "c5n.18xlarge",
                                              .mesh = size % 2 ? &mesh : NULL};
    char path[64];
    char *files[] = {path};
    struct nh_report r;
    struct nh_error err = {0};
    int fd = memfd_create("fuzz", 0);
    fuzz_require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int code = nh_report_build(files, 1, &options, &r, &err);
    fuzz_check(code, &err);
    if (code == NH_OK) {
        write_all_forms(&r);
        nh_report_clear(&r);
    }
    close(fd);
    return 0;
}
