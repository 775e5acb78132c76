/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/catalog.h"
#include "tests/fuzz/fuzz.h"

/* The input is both files, parted by the first line that reads "---". */
static const char between[] = "\n---\n";

/* A file in memory with a path that the reader can open. */
static int memory_file(const char *data, size_t size, char *path, size_t len)
{
    int fd = memfd_create("fuzz", 0);
    fuzz_require(fd >= 0);
    fuzz_require(write(fd, data, size) == (ssize_t)size);
    snprintf(path, len, "/proc/self/fd/%d", fd);
    return fd;
}

static void read_catalog(const char *machines, size_t machines_size, const char *prices,
                         size_t prices_size)
{
    char machines_path[64], prices_path[64];
    struct nh_catalog c = {0};
    struct nh_error err = {0};
    int first = memory_file(machines, machines_size, machines_path, sizeof machines_path);
    int second = memory_file(prices, prices_size, prices_path, sizeof prices_path);
    int code = nh_catalog_read(machines_path, prices_path, &c, &err);
    fuzz_check(code, &err);
    if (code == NH_OK) {
        for (size_t i = 0; i < c.price_count; i++)
            fuzz_require(c.prices[i].as_of[0] && c.prices[i].region[0] && c.prices[i].source[0]);
        nh_catalog_clear(&c);
    }
    close(first);
    close(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *cut = memmem(text, size, between, sizeof between - 1);
    size_t first = cut ? (size_t)(cut - text) : size;
    size_t second = cut ? first + sizeof between - 1 : size;
    read_catalog(text, first, text + second, size - second);
    free(text);
    return 0;
}
