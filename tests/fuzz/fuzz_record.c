/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/record.h"
#include "common/record_scan.h"
#include "tests/fuzz/fuzz.h"

/* A record that was read is written as one line, which reads back. */
static void round_trip(const struct nh_record *r)
{
    struct nh_record again;
    struct nh_error err = {0};
    char *line = nh_record_line(r);
    fuzz_require(line != NULL);
    fuzz_require(strchr(line, '\n') == line + strlen(line) - 1);
    fuzz_require(nh_record_parse(line, strlen(line), &again, &err) == NH_OK);
    fuzz_require(again.sample_count == r->sample_count && again.ranks == r->ranks);
    nh_record_clear(&again);
    free(line);
}

/* Samples have a fast path for the layout that nodehour writes; the same record with
 * spaces goes the general way and must say the same. */
static void same_with_spaces(const char *text, size_t size, const struct nh_record *r)
{
    struct nh_record again;
    struct nh_error err = {0};
    json_t *tree = json_loadb(text, size, 0, NULL);
    char *spaced = tree ? json_dumps(tree, JSON_INDENT(1)) : NULL;
    fuzz_require(spaced != NULL);
    fuzz_require(nh_record_parse(spaced, strlen(spaced), &again, &err) == NH_OK);
    fuzz_require(again.sample_count == r->sample_count);
    for (size_t i = 0; i < r->sample_count; i++)
        fuzz_require(again.samples_ns[i] == r->samples_ns[i]);
    nh_record_clear(&again);
    free(spaced);
    json_decref(tree);
}

/* What the quick reader takes, the whole one must take, and both must say the same. */
static void same_quickly(const char *text, size_t size, const struct nh_record *r)
{
    struct nh_record_scan s = {.seen = {{NULL, 0}}};
    if (!nh_record_scan(text, size, &s))
        return;
    fuzz_require(r != NULL);
    fuzz_require(s.median == r->stats.median && s.mad == r->stats.mad);
    fuzz_require(s.bimodal == r->stats.bimodal && s.key_len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nh_record r;
    struct nh_error err = {0};
    char *text = fuzz_text(data, size);
    int code = nh_record_parse(text, size, &r, &err);
    fuzz_check(code, &err);
    same_quickly(text, size, code == NH_OK ? &r : NULL);
    if (code == NH_OK) {
        round_trip(&r);
        same_with_spaces(text, size, &r);
        nh_record_clear(&r);
    }
    free(text);
    return 0;
}
