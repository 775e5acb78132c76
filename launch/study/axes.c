/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/units.h"
#include "launch/study/parts.h"

enum {
    LABEL = sizeof *((struct nh_study_axis *)0)->labels,
    LONGEST_LABEL = 40,
    MOST_VALUES = 1000
};

const char *const nh_axis_names[NH_AXES] = {
    "nodes", "ranks_per_node", "threads", "cells", "cells_per_rank", "placement", "environment",
};

static const char *const placements[] = {"default",    "same-l2",      "same-l3",
                                         "cross-numa", "cross-socket", "nearest-nic"};

static int no_memory(struct nh_error *err)
{
    return nh_fail(err, NH_EFAIL, "out of memory");
}

static const char *key_of(enum nh_axis_id id, char buf[48])
{
    snprintf(buf, 48, "over.%s", nh_axis_names[id]);
    return buf;
}

/* ---- numbers ---- */

static int set_numbers(struct nh_study_axis *axis, const uint32_t *values, size_t count,
                       long fallback, struct nh_error *err)
{
    axis->given = count > 0;
    axis->count = count ? count : 1;
    axis->numbers = calloc(axis->count, sizeof *axis->numbers);
    if (!axis->numbers)
        return no_memory(err);
    axis->numbers[0] = fallback;
    for (size_t i = 0; i < count; i++)
        axis->numbers[i] = (long)values[i];
    return NH_OK;
}

/* "1,2,4" of an option, which overrides the file. */
static int set_listed(struct nh_study_axis *axis, const char *option, const char *text,
                      struct nh_error *err)
{
    uint32_t values[MOST_VALUES];
    size_t count = 0;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char word[16];
        long value;
        size_t len = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)(len < 15 ? len : 15), at);
        if (nh_parse_long(option, word, 1, 1000000, &value, err))
            return NH_EINPUT;
        if (count == MOST_VALUES)
            return nh_fail(err, NH_EINPUT, "%s: too many values; at most %d", option, MOST_VALUES);
        values[count++] = (uint32_t)value;
    }
    return set_numbers(axis, values, count, 0, err);
}

static int check_numbers(const struct nh_study *study, enum nh_axis_id id, struct nh_error *err)
{
    const struct nh_study_axis *axis = &study->axes[id];
    char key[48];
    for (size_t i = 0; axis->given && i < axis->count; i++)
        if (axis->numbers[i] < 1 || axis->numbers[i] > 1000000)
            return nh_study_fail(study, key_of(id, key), err,
                                 "%ld is out of range; give 1 to 1000000", axis->numbers[i]);
    return NH_OK;
}

static int read_numbers(struct nh_study *study, const struct nh_study_options *o,
                        struct nh_error *err)
{
    const struct nh_raw_over *over = &study->raw->over;
    const struct {
        const uint32_t *values;
        size_t count;
        long fallback;
    } axes[] = {{over->nodes, over->nodes_count, 1},
                {over->ranks_per_node, over->ranks_per_node_count, 0},
                {over->threads, over->threads_count, 0},
                {over->cells, over->cells_count, 0},
                {over->cells_per_rank, over->cells_per_rank_count, 0}};
    int rc = NH_OK;
    for (size_t i = 0; i < sizeof axes / sizeof *axes && !rc; i++) {
        struct nh_study_axis *axis = &study->axes[i];
        study->nodes_option |= i == NH_AXIS_NODES && o->nodes;
        if (i == NH_AXIS_NODES && o->nodes)
            rc = set_listed(axis, "--nodes", o->nodes, err);
        else if (i == NH_AXIS_RANKS_PER_NODE && o->ranks_per_node)
            rc = set_listed(axis, "--ranks-per-node", o->ranks_per_node, err);
        else
            rc = set_numbers(axis, axes[i].values, axes[i].count, axes[i].fallback, err);
        if (!rc)
            rc = check_numbers(study, (enum nh_axis_id)i, err);
    }
    return rc;
}

/* ---- placements ---- */

static int known_placement(const struct nh_study *study, const char *word, struct nh_error *err)
{
    static const size_t count = sizeof placements / sizeof *placements;
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, placements[i]) == 0)
            return NH_OK;
    const char *near = nh_nearest(word, placements, count);
    return nh_study_fail(study, "over.placement", err, "'%.40s' is unknown; %s%s%s", word,
                         near ? "did you mean '"
                              : "give default, same-l2, same-l3, cross-numa, "
                                "cross-socket or nearest-nic",
                         near ? near : "", near ? "'?" : "");
}

static int read_placements(struct nh_study *study, struct nh_error *err)
{
    const struct nh_raw_over *over = &study->raw->over;
    struct nh_study_axis *axis = &study->axes[NH_AXIS_PLACEMENT];
    axis->given = over->placement_count > 0;
    axis->count = axis->given ? over->placement_count : 1;
    axis->labels = calloc(axis->count, sizeof *axis->labels);
    if (!axis->labels)
        return no_memory(err);
    snprintf(axis->labels[0], LABEL, "default");
    int rc = NH_OK;
    for (size_t i = 0; i < over->placement_count && !rc; i++) {
        rc = known_placement(study, over->placement[i], err);
        snprintf(axis->labels[i], LABEL, "%s", over->placement[i]);
    }
    return rc;
}

/* ---- environments ---- */

static bool is_variable(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    while (isalnum((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

/* Letters that are safe in names of files. */
static bool is_safe(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.-", c));
}

/* A name for files: letters that are safe in them; what gets lost that way, or is too long, is
 * made up for by a hash. */
static void make_label(const struct nh_args *words, char label[LABEL])
{
    size_t used = 0;
    uint32_t hash = 2166136261U; /* FNV-1a */
    bool exact = true;
    for (size_t i = 0; i < words->count; i++)
        for (const char *at = words->items[i]; *at; at++) {
            hash = (hash ^ (unsigned char)*at) * 16777619U;
            exact &= (is_safe(*at) || *at == '=') && used < LONGEST_LABEL;
            if (used < LONGEST_LABEL)
                label[used++] = is_safe(*at) ? *at : '-';
        }
    label[used] = '\0';
    if (!words->count)
        snprintf(label, LABEL, "default");
    else if (!exact || words->count > 1)
        snprintf(label + used, LABEL - used, "-%05x", (unsigned)(hash & 0xfffff));
}

static int read_environment(const struct nh_study *study, const struct nh_node *map,
                            const char *key, struct nh_args *words, struct nh_error *err)
{
    if (map->kind != NH_NODE_MAP)
        return nh_study_fail(study, key, err,
                             "wrong type: variables are expected; write {NAME: value}, or {} for "
                             "none");
    for (const struct nh_node *v = map->first; v; v = v->next) {
        if (!is_variable(v->key))
            return nh_study_fail(study, key, err,
                                 "'%.40s' is no name of a variable; use letters, "
                                 "digits and _",
                                 v->key);
        if (v->kind != NH_NODE_SCALAR)
            return nh_study_fail(study, key, err,
                                 "%.40s: wrong type: a word or number is expected; "
                                 "write %.40s: value",
                                 v->key, v->key);
        nh_args_add(words, "%s=%s", v->key, v->text);
    }
    return words->failed ? no_memory(err) : NH_OK;
}

/* The key of a named environment, as it stands; made of the variables otherwise. */
static int name_environment(const struct nh_study *study, const struct nh_node *map,
                            const char *key, struct nh_study_axis *axis, size_t index,
                            struct nh_error *err)
{
    char *label = axis->labels[index];
    make_label(&axis->words[index], label);
    if (map->key) {
        size_t len = strlen(map->key);
        bool good = len && len <= LONGEST_LABEL;
        for (size_t i = 0; i < len && good; i++)
            good = is_safe(map->key[i]);
        if (!good)
            return nh_study_fail(study, key, err,
                                 "'%.60s' is no name; use at most %d letters, digits, '.', '_' "
                                 "and '-'",
                                 map->key, LONGEST_LABEL);
        snprintf(label, LABEL, "%s", map->key);
    }
    for (size_t i = 0; i < index; i++)
        if (strcmp(axis->labels[i], label) == 0)
            return nh_study_fail(study, key, err, "the same as [%zu]; leave one out", i);
    return NH_OK;
}

static int check_environments(const struct nh_study *study, const struct nh_node *list,
                              struct nh_error *err)
{
    if (!list || (list->kind != NH_NODE_SCALAR && list->count && list->count <= MOST_VALUES))
        return NH_OK;
    return nh_study_fail(study, "over.environment", err,
                         "%s; write a list of environments, [{}, {NAME: value}], or named ones",
                         list->kind == NH_NODE_SCALAR ? "wrong type"
                         : list->count                ? "too many"
                                                      : "empty");
}

static int read_environments(struct nh_study *study, struct nh_error *err)
{
    const struct nh_node *list = nh_node_get(nh_node_get(study->root, "over"), "environment");
    struct nh_study_axis *axis = &study->axes[NH_AXIS_ENVIRONMENT];
    int rc = check_environments(study, list, err);
    if (rc)
        return rc;
    axis->given = list != NULL;
    axis->count = list ? list->count : 1;
    axis->labels = calloc(axis->count, sizeof *axis->labels);
    axis->words = calloc(axis->count, sizeof *axis->words);
    if (!axis->labels || !axis->words)
        return no_memory(err);
    size_t i = 0;
    for (const struct nh_node *map = list ? list->first : NULL; map && !rc; map = map->next, i++) {
        char key[80];
        if (map->key)
            snprintf(key, sizeof key, "over.environment.%.40s", map->key);
        else
            snprintf(key, sizeof key, "over.environment[%zu]", i);
        rc = read_environment(study, map, key, &axis->words[i], err);
        if (!rc)
            rc = name_environment(study, map, key, axis, i, err);
    }
    return rc;
}

/* ---- zip ---- */

static int find_axis(const struct nh_study *study, const struct nh_node *word, const char *key,
                     enum nh_axis_id *id, struct nh_error *err)
{
    const char *text = word->kind == NH_NODE_SCALAR ? word->text : "";
    for (size_t i = 0; i < NH_AXES; i++)
        if (strcmp(text, nh_axis_names[i]) == 0) {
            *id = (enum nh_axis_id)i;
            return study->axes[i].given
                       ? NH_OK
                       : nh_study_fail(study, key, err, "'%s' has no list in over; give it one",
                                       text);
        }
    const char *near = nh_nearest(text, nh_axis_names, NH_AXES);
    return nh_study_fail(study, key, err, "'%.40s' is no list of over; %s%s%s", text,
                         near ? "did you mean '" : "see docs/study.md", near ? near : "",
                         near ? "'?" : "");
}

static int zip_group(struct nh_study *study, const struct nh_node *group, const char *key,
                     bool used[NH_AXES], struct nh_error *err)
{
    enum nh_axis_id first = NH_AXES, id = NH_AXES;
    if (group->kind != NH_NODE_LIST || group->count < 2)
        return nh_study_fail(study, key, err,
                             "two or more names are expected; write [[nodes, cells]]");
    for (const struct nh_node *word = group->first; word; word = word->next) {
        int rc = find_axis(study, word, key, &id, err);
        if (rc)
            return rc;
        if (used[id])
            return nh_study_fail(study, key, err, "'%s' is zipped twice; leave one out",
                                 nh_axis_names[id]);
        used[id] = true;
        first = first == NH_AXES ? id : first;
        if (study->axes[id].count != study->axes[first].count)
            return nh_study_fail(study, key, err,
                                 "values of %s: %zu, of %s: %zu; give as many to each",
                                 nh_axis_names[first], study->axes[first].count, nh_axis_names[id],
                                 study->axes[id].count);
        study->axes[id].dimension = study->axes[first].dimension;
    }
    return NH_OK;
}

static int read_zip(struct nh_study *study, struct nh_error *err)
{
    const struct nh_node *zip = nh_node_get(nh_node_get(study->root, "over"), "zip");
    bool used[NH_AXES] = {false};
    size_t i = 0;
    int rc = NH_OK;
    if (zip && (zip->kind != NH_NODE_LIST || !zip->count))
        return nh_study_fail(study, "over.zip", err,
                             "a list of lists is expected; write [[nodes, cells]]");
    for (const struct nh_node *group = zip ? zip->first : NULL; group && !rc; group = group->next) {
        char key[32];
        snprintf(key, sizeof key, "over.zip[%zu]", i++);
        rc = zip_group(study, group, key, used, err);
    }
    return rc;
}

/* Sets an example of every name to find out whether the condition can be read at all. */
static int check_where(const struct nh_study *study, struct nh_error *err)
{
    static const size_t first[NH_AXES] = {0};
    struct nh_expr_name names[NH_STUDY_NAMES];
    int64_t value;
    if (!study->raw->over.where)
        return NH_OK;
    nh_study_names(study, first, names);
    if (nh_expr_eval(study->raw->over.where, names, NH_STUDY_NAMES, &value, err))
        return nh_study_context(study, "over.where", NULL, err);
    return NH_OK;
}

int nh_study_read_axes(struct nh_study *study, const struct nh_study_options *o,
                       struct nh_error *err)
{
    for (size_t i = 0; i < NH_AXES; i++)
        study->axes[i].dimension = i;
    int rc = read_numbers(study, o, err);
    if (!rc)
        rc = read_placements(study, err);
    if (!rc)
        rc = read_environments(study, err);
    if (!rc)
        rc = read_zip(study, err);
    return rc ? rc : check_where(study, err);
}
