/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/study.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/journal.h"
#include "launch/study/application.h"
#include "launch/study/parts.h"

enum { LARGEST = 1 << 20 };

/* ---- errors with their place ---- */

const struct nh_node *nh_study_node(const struct nh_study *study, const char *key)
{
    const struct nh_node *node = study->root, *child = node;
    while (*key && child) {
        char word[48];
        size_t len = strcspn(key, ".[");
        node = child;
        if (*key == '[') {
            child = nh_node_at(node, strtoul(key + 1, NULL, 10));
            key += strcspn(key, "]");
            key += *key == ']';
        } else {
            snprintf(word, sizeof word, "%.*s", (int)(len < 47 ? len : 47), key);
            child = nh_node_get(node, word);
            key += len;
        }
        key += *key == '.';
    }
    return child ? child : node;
}

int nh_study_context(const struct nh_study *study, const char *key, const char *option,
                     struct nh_error *err)
{
    const struct nh_node *node = nh_study_node(study, key);
    if (option)
        return nh_context(err, "%s", option);
    return nh_context(err, "%.200s:%zu: %s", study->path, node ? node->line : 1, key);
}

int nh_study_fail(const struct nh_study *study, const char *key, struct nh_error *err,
                  const char *fmt, ...)
{
    char text[700];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    int rc = nh_fail(err, NH_EINPUT, "%s", text);
    nh_study_context(study, key, NULL, err);
    return rc;
}

/* ---- reading ---- */

static void set_digest(struct nh_study *study)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < study->len; i++)
        hash = (hash ^ (unsigned char)study->text[i]) * UINT64_C(1099511628211);
    snprintf(study->digest, sizeof study->digest, "%016" PRIx64, hash);
}

void nh_study_clear(struct nh_study *study)
{
    for (size_t i = 0; i < NH_AXES; i++) {
        struct nh_study_axis *axis = &study->axes[i];
        for (size_t k = 0; axis->words && k < axis->count; k++)
            nh_args_clear(&axis->words[k]);
        free(axis->words);
        free(axis->labels);
        free(axis->numbers);
    }
    nh_args_clear(&study->sbatch);
    free(study->kernels);
    nh_catalog_clear(&study->catalog);
    json_decref(study->stored);
    json_decref(study->given);
    nh_schema_free(study->raw);
    nh_node_free(study->root);
    free(study->text);
    *study = (struct nh_study){0};
}

/* Letters that may stand in the names of jobs, files and Slurm jobs. */
static int check_name(const struct nh_study *study, struct nh_error *err)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *name = study->raw->study;
    if (name[strspn(name, good)] || *name == '.' || *name == '-')
        return nh_study_fail(study, "study", err,
                             "'%.60s' is no name; use letters, digits, '.', '_' and '-'", name);
    return NH_OK;
}

/* Beside the study, or among the published figures that come with nodehour. */
static int check_references(const struct nh_study *study, struct nh_error *err)
{
    const char *slash = strrchr(study->path, '/');
    for (size_t i = 0; i < study->raw->references_count; i++) {
        const char *name = study->raw->references[i];
        char path[NH_PATH_MAX], ours[NH_PATH_MAX], key[32];
        int rc =
            nh_path(path, sizeof path, err, "%.*s%s",
                    slash && *name != '/' ? (int)(slash - study->path) + 1 : 0, study->path, name);
        if (!rc)
            rc = nh_path(ours, sizeof ours, err, "reference/%s", name);
        if (rc)
            return rc;
        snprintf(key, sizeof key, "references[%zu]", i);
        bool there = access(path, R_OK) == 0 ||
                     (!nh_data_path(ours, path, sizeof path, NULL) && access(path, R_OK) == 0);
        if (!there)
            return nh_study_fail(study, key, err,
                                 "%.200s: no such file, beside the study or among the figures that "
                                 "come with nodehour; mend the name",
                                 name);
    }
    return NH_OK;
}

static int read_parts(struct nh_study *study, const struct nh_study_options *options,
                      struct nh_error *err)
{
    int rc = nh_node_parse(study->path, study->text, study->len, &study->root, err);
    if (!rc)
        rc = nh_schema_check(study->path, study->root, err);
    if (!rc)
        rc = nh_schema_load(study->path, study->text, study->len, &study->raw, err);
    if (!rc)
        rc = check_name(study, err);
    if (!rc)
        rc = check_references(study, err);
    if (!rc)
        rc = nh_study_read_machine(study, options, err);
    if (!rc)
        rc = nh_study_read_launcher(study, options, err);
    if (!rc)
        rc = nh_study_read_limits(study, options, err);
    if (!rc)
        rc = nh_study_read_axes(study, options, err);
    if (!rc)
        rc = nh_study_read_needs(study, err);
    return rc ? rc : nh_study_read_measures(study, err);
}

int nh_study_parse(const char *name, const char *text, size_t len,
                   const struct nh_study_options *options, int cores, struct nh_study *study,
                   struct nh_error *err)
{
    static const struct nh_study_options none = {0};
    *study = (struct nh_study){.len = len, .cores = cores};
    snprintf(study->path, sizeof study->path, "%s", name);
    if (len > LARGEST)
        return nh_fail(err, NH_EINPUT, "%.200s: larger than 1 MiB; that is no study file", name);
    if (memchr(text, '\0', len))
        return nh_fail(err, NH_EINPUT, "%.200s: no UTF-8 text; save it as UTF-8", name);
    study->text = calloc(len + 1, 1);
    if (!study->text)
        return nh_fail(err, NH_EFAIL, "out of memory");
    memcpy(study->text, text, len);
    set_digest(study);
    study->options = options ? *options : none;
    int rc = read_parts(study, &study->options, err);
    if (rc)
        nh_study_clear(study);
    return rc;
}

int nh_study_read(const char *name, const struct nh_study_options *options, int cores,
                  struct nh_study *study, struct nh_error *err)
{
    char path[NH_PATH_MAX], *text;
    size_t len;
    int rc = nh_study_find(name, path, sizeof path, err);
    if (!rc)
        rc = nh_file_read(path, &text, &len, err);
    if (rc)
        return rc;
    rc = nh_study_parse(path, text, len, options, cores, study, err);
    free(text);
    return rc;
}
