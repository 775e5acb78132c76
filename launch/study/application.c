/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/application.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/record.h"
#include "common/sysinfo.h"
#include "launch/app/app.h"
#include "launch/app/spec.h"

enum { MOST_PLACEHOLDERS = 64, KEY = 160 };

/* Which sweeps its words take: those of kernels, by the same question. */
static const struct nh_study_kernel kinds[] = {
    {"application", NH_RANKS_ANY, NULL, 0, 1, "", NULL},
    {"application", NH_RANKS_ANY, NULL, 0, 1, "cells", NULL},
    {"application", NH_RANKS_ANY, NULL, 0, 1, "cells_per_rank", NULL},
    {"application", NH_RANKS_ANY, NULL, 0, 1, "cells cells_per_rank", NULL},
};

static const struct nh_node *node_of(const struct nh_study *study, size_t measure)
{
    char key[48];
    snprintf(key, sizeof key, "measure[%zu].application", measure);
    return nh_study_node(study, key);
}

static int context(const struct nh_study *study, size_t measure, const char *key,
                   struct nh_error *err)
{
    char full[KEY];
    snprintf(full, sizeof full, "measure[%zu].application%s%s", measure, *key ? "." : "", key);
    return nh_study_context(study, full, NULL, err);
}

static json_t *to_json(const struct nh_node *node)
{
    if (node->kind == NH_NODE_SCALAR)
        return json_string(node->text);
    json_t *all = node->kind == NH_NODE_LIST ? json_array() : json_object();
    for (const struct nh_node *child = node->first; child; child = child->next) {
        json_t *value = to_json(child);
        if (node->kind == NH_NODE_LIST)
            json_array_append_new(all, value);
        else
            json_object_set_new(all, child->key, value);
    }
    return all;
}

static bool mentions(const struct nh_node *node, const char *name)
{
    if (node->kind == NH_NODE_SCALAR)
        return nh_fill_mentions(node->text, name);
    for (const struct nh_node *child = node->first; child; child = child->next)
        if (mentions(child, name))
            return true;
    return false;
}

/* ---- what the user must set ---- */

static bool is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return *name && !name[strspn(name, letters)] && strlen(name) < 40;
}

/* A file is named from where the user is, not from where the study is. */
static json_t *value_of(const char *text)
{
    char *path = *text != '/' && access(text, F_OK) == 0 ? realpath(text, NULL) : NULL;
    json_t *value = json_string(path ? path : text);
    free(path);
    return value;
}

static int read_need(struct nh_study *study, const struct nh_node *need, struct nh_error *err)
{
    char key[KEY];
    const char *text = getenv(need->key);
    snprintf(key, sizeof key, "needs.%.60s", need->key);
    if (!is_name(need->key) || nh_sysinfo_secret(need->key))
        return nh_study_fail(study, key, err,
                             "no name for it: use capital letters, digits and _, and none of a "
                             "secret, since its value is recorded");
    if (need->kind != NH_NODE_SCALAR)
        return nh_study_fail(study, key, err, "wrong type: say in a line what it is for");
    for (const char *at = text; at && *at; at++)
        if ((unsigned char)*at < ' ')
            return nh_study_fail(study, key, err, "a line break in $%s; set it anew", need->key);
    if (text && *text && json_object_set_new(study->given, need->key, value_of(text)))
        return nh_study_fail(study, key, err, "$%s is no UTF-8; set it anew", need->key);
    return NH_OK;
}

int nh_study_read_needs(struct nh_study *study, struct nh_error *err)
{
    const struct nh_node *needs = nh_node_get(study->root, "needs");
    study->given = json_object();
    if (!needs)
        return NH_OK;
    if (needs->kind != NH_NODE_MAP || needs->count > MOST_PLACEHOLDERS / 2)
        return nh_study_fail(study, "needs", err,
                             "wrong type: write {VARIABLE: what it is for}, at most %d",
                             MOST_PLACEHOLDERS / 2);
    int rc = NH_OK;
    for (const struct nh_node *need = needs->first; need && !rc; need = need->next)
        rc = read_need(study, need, err);
    return rc;
}

const char *nh_study_missing(const struct nh_study *study, size_t index, char *buf, size_t len)
{
    const struct nh_node *needs = nh_node_get(study->root, "needs");
    for (const struct nh_node *need = needs ? needs->first : NULL; need; need = need->next)
        if (!json_object_get(study->given, need->key) && index-- == 0) {
            snprintf(buf, len, "%s: %.300s", need->key, need->text);
            return buf;
        }
    return NULL;
}

int nh_study_check_needs(const struct nh_study *study, struct nh_error *err)
{
    char what[400], key[KEY];
    if (!nh_study_missing(study, 0, what, sizeof what))
        return NH_OK;
    char *colon = strchr(what, ':');
    *colon = '\0';
    snprintf(key, sizeof key, "needs.%.60s", what);
    return nh_study_fail(study, key, err, "the variable %s is not set; set it to this: %s", what,
                         colon + 2);
}

/* ---- placeholders ---- */

struct placeholders {
    struct nh_fill_name names[MOST_PLACEHOLDERS];
    char numbers[NH_STUDY_NAMES][24];
    size_t count;
};

static void add(struct placeholders *p, const char *name, const char *text)
{
    p->names[p->count++] = (struct nh_fill_name){name, text};
}

static void add_needs(const struct nh_study *study, struct placeholders *p)
{
    const struct nh_node *needs = nh_node_get(study->root, "needs");
    for (const struct nh_node *need = needs ? needs->first : NULL; need; need = need->next)
        add(p, need->key, nh_json_text(study->given, need->key, NULL));
}

static void add_numbers(const struct nh_study *study, const size_t index[NH_AXES],
                        struct placeholders *p)
{
    struct nh_expr_name names[NH_STUDY_NAMES];
    nh_study_names(study, index, names);
    for (size_t i = 0; i < NH_NAME_AVAILABLE; i++) {
        snprintf(p->numbers[i], sizeof p->numbers[i], "%lld", (long long)names[i].value);
        if (names[i].value > 0)
            add(p, names[i].name, p->numbers[i]);
    }
}

static int check_swept(const struct nh_study *study, size_t measure, struct nh_error *err)
{
    for (size_t id = NH_AXIS_CELLS; id <= NH_AXIS_CELLS_PER_RANK; id++)
        if (!study->axes[id].given && mentions(node_of(study, measure), nh_axis_names[id])) {
            nh_fail(err, NH_EINPUT, "{%s} has no values; give them in over: %s: [...]",
                    nh_axis_names[id], nh_axis_names[id]);
            return context(study, measure, "", err);
        }
    return NH_OK;
}

/* ---- paths ---- */

/* Paths of a study are relative to its file. */
static json_t *absolute(const char *folder, const char *path)
{
    return *path == '/' || *path == '{'
               ? json_string(path)
               : json_sprintf("%s/%s", folder, strncmp(path, "./", 2) == 0 ? path + 2 : path);
}

static void fix_program(const char *folder, json_t *command)
{
    const char *program = json_string_value(json_array_get(command, 0));
    if (program && strchr(program, '/'))
        json_array_set_new(command, 0, absolute(folder, program));
}

static void fix_programs(const char *folder, const json_t *commands)
{
    for (size_t i = 0; i < json_array_size(commands); i++)
        fix_program(folder, json_object_get(json_array_get(commands, i), "command"));
}

static void fix_paths(const char *folder, json_t *spec)
{
    static const char *const lists[] = {"link", "copy"};
    json_t *item;
    const char *scratch = nh_json_text(spec, "scratch", NULL);
    fix_program(folder, json_object_get(spec, "command"));
    fix_programs(folder, json_object_get(spec, "prepare"));
    fix_programs(folder, json_object_get(spec, "finish"));
    if (scratch)
        json_object_set_new(spec, "scratch", absolute(folder, scratch));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_t *list = json_object_get(spec, lists[i]);
        for (size_t k = 0; k < json_array_size(list); k++) {
            item = json_array_get(list, k);
            json_array_set_new(list, k, absolute(folder, json_string_value(item)));
        }
    }
}

static char *folder_of(const struct nh_study *study)
{
    char folder[NH_PATH_MAX];
    const char *slash = strrchr(study->path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - study->path) + 1 : 1,
             slash ? study->path : ".");
    char *path = realpath(folder, NULL);
    return path ? path : strdup(folder);
}

/* ---- the application of a combination ---- */

static void add_labels(const struct nh_study *study, size_t measure, const size_t index[NH_AXES],
                       json_t *spec)
{
    const struct nh_study_axis *axis = &study->axes[NH_AXIS_ENVIRONMENT];
    const char *label = axis->labels[index[NH_AXIS_ENVIRONMENT]];
    json_object_set_new(spec, "name", json_string(nh_study_label(study, measure)));
    if (axis->given && strcmp(label, "default") != 0)
        json_object_set_new(spec, "environment_label", json_string(label));
    if (study->machine)
        json_object_set_new(spec, "machine", json_string(study->machine));
    if (!json_object_get(spec, "scaling") &&
        mentions(node_of(study, measure), nh_axis_names[NH_AXIS_CELLS_PER_RANK]))
        json_object_set_new(spec, "scaling", json_string("weak"));
}

/* The JSON that run.json keeps for a job; NULL with the error. */
static json_t *spec_of(const struct nh_study *study, size_t measure, const size_t index[NH_AXES],
                       struct nh_error *err)
{
    char key[64];
    struct placeholders p = {.count = 0};
    char *folder = folder_of(study);
    json_t *raw = to_json(node_of(study, measure));
    if (!folder || !raw) {
        nh_fail(err, NH_EFAIL, "out of memory");
        free(folder);
        json_decref(raw);
        return NULL;
    }
    add_numbers(study, index, &p);
    add_needs(study, &p);
    add(&p, "study", study->raw->study);
    static const char *const later[] = {"workdir", "hostfile", "hosts", "launch"};
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        add(&p, later[i], NULL);
    json_t *spec = nh_spec_fill(raw, p.names, p.count, false, key, err);
    if (!spec)
        context(study, measure, key, err);
    else
        fix_paths(folder, spec);
    if (spec)
        add_labels(study, measure, index, spec);
    json_decref(raw);
    free(folder);
    return spec;
}

static int no_parameters(const struct nh_study *study, size_t measure, struct nh_error *err)
{
    for (size_t id = 0; id < NH_PARAM_IDS; id++)
        if (study->raw->measure[measure].parameters[id]) {
            char key[KEY];
            snprintf(key, sizeof key, "measure[%zu].%s", measure, nh_study_parameters[id].key);
            return nh_study_fail(study, key, err,
                                 "a parameter of kernels; an application has its own keys, below "
                                 "'application:'");
        }
    return NH_OK;
}

/* With the first combination: its words differ in the others, its form does not. */
static int try_out(const struct nh_study *study, size_t measure, struct nh_error *err)
{
    static const size_t first[NH_AXES] = {0};
    struct nh_application app;
    char key[64];
    json_t *spec = spec_of(study, measure, first, err);
    if (!spec)
        return err->code;
    int rc = nh_app_parse(spec, &app, key, err);
    if (rc)
        context(study, measure, key, err);
    else
        nh_app_clear(&app);
    json_decref(spec);
    return rc;
}

int nh_study_read_application(struct nh_study *study, size_t index, struct nh_error *err)
{
    const struct nh_node *node = node_of(study, index);
    size_t kind = mentions(node, "cells") + 2 * (size_t)mentions(node, "cells_per_rank");
    study->kernels[index] = &kinds[kind];
    int rc = no_parameters(study, index, err);
    if (!rc)
        rc = check_swept(study, index, err);
    return rc ? rc : try_out(study, index, err);
}

int nh_study_add_application(const struct nh_study *study, size_t measure,
                             const size_t index[NH_AXES], struct nh_job *job, struct nh_error *err)
{
    char key[64];
    struct nh_application app;
    job->app = spec_of(study, measure, index, err);
    if (!job->app)
        return err->code;
    int rc = nh_app_parse(job->app, &app, key, err);
    if (rc)
        return context(study, measure, key, err);
    nh_args_add(&job->args, "application");
    nh_args_extend(&job->args, app.command.items);
    job->measurements = 1;
    job->expected_s = app.expected_s;
    nh_app_clear(&app);
    return NH_OK;
}
