/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "common/units.h"
#include "launch/study/application.h"
#include "launch/study/parts.h"

static const char *key_of(size_t index, const char *word, char buf[64])
{
    snprintf(buf, 64, "measure[%zu]%s%s", index, *word ? "." : "", word);
    return buf;
}

/* The nearest of the keys that this kernel does take. */
static int not_taken(const struct nh_study *study, size_t index, const char *key,
                     struct nh_error *err)
{
    const struct nh_study_kernel *kernel = study->kernels[index];
    const char *known[NH_PARAM_IDS];
    char path[64];
    size_t n = 0;
    for (size_t i = 0; i < NH_PARAM_IDS; i++)
        if (nh_study_takes(kernel, nh_study_parameters[i].key))
            known[n++] = nh_study_parameters[i].key;
    const char *near = nh_nearest(key, known, n);
    return nh_study_fail(study, key_of(index, key, path), err, "%s has no such parameter; %s%s%s",
                         kernel->name, near ? "did you mean '" : "see 'nodehour-mpi ",
                         near ? near : kernel->name, near ? "'?" : " --help'");
}

/* The schema takes any scalar; a flag is true or false, a swept parameter stands once. */
static int check_parameter(const struct nh_study *study, size_t index, size_t id,
                           struct nh_error *err)
{
    struct nh_study_parameter own = nh_study_parameters[id];
    const struct nh_study_parameter *p = &own;
    const char *text = study->raw->measure[index].parameters[id];
    char path[64];
    if (id == NH_PARAM_ID_OP && study->kernels[index]->ops)
        own.choices = study->kernels[index]->ops;
    if (!nh_study_takes(study->kernels[index], p->key))
        return not_taken(study, index, p->key, err);
    if ((id == NH_PARAM_ID_CELLS && study->axes[NH_AXIS_CELLS].given) ||
        (id == NH_PARAM_ID_CELLS_PER_RANK && study->axes[NH_AXIS_CELLS_PER_RANK].given))
        return nh_study_fail(study, key_of(index, p->key, path), err,
                             "also a list in over; leave one of them out");
    if (p->kind == NH_PARAM_FLAG && !nh_study_flag(text) && strcmp(text, "false") != 0 &&
        strcmp(text, "no") != 0)
        return nh_study_fail(study, key_of(index, p->key, path), err,
                             "wrong type: '%.40s' where true or false is expected", text);
    if (nh_study_check_value(p, text, err))
        return nh_study_context(study, key_of(index, p->key, path), NULL, err);
    return NH_OK;
}

/* Bytes of an element: sizes are whole ones of it. */
static size_t element_of(const struct nh_study *study, size_t index)
{
    const char *type = study->raw->measure[index].parameters[NH_PARAM_ID_TYPE];
    const char *op = study->raw->measure[index].parameters[NH_PARAM_ID_OP];
    if (!nh_study_takes(study->kernels[index], "type"))
        return op && strcmp(op, "accumulate") == 0 ? 8 : 1;
    return type && (strcmp(type, "double") == 0 || strcmp(type, "int64") == 0) ? 8 : 4;
}

static int check_sizes(const struct nh_study *study, size_t index, struct nh_error *err)
{
    const char *list = study->raw->measure[index].parameters[NH_PARAM_ID_SIZES];
    const struct nh_study_kernel *kernel = study->kernels[index];
    size_t element = element_of(study, index), *sizes, count;
    char path[64];
    int rc = list ? nh_parse_size_list(list, &sizes, &count, err) : NH_OK;
    if (!list || rc)
        return rc;
    size_t least = element > 1 ? element : kernel->least;
    key_of(index, "sizes", path);
    for (size_t i = 0; i < count && !rc; i++)
        if (sizes[i] % element)
            rc = nh_study_fail(study, path, err,
                               "%zu bytes are no whole elements of %zu; give multiples of %zu",
                               sizes[i], element, element);
        else if (sizes[i] < least)
            rc = nh_study_fail(study, path, err, "%s needs at least %zu bytes; leave %zu out",
                               kernel->name, least, sizes[i]);
    free(sizes);
    return rc;
}

static int check_contradictions(const struct nh_study *study, size_t index, struct nh_error *err)
{
    const struct nh_raw_measure *m = &study->raw->measure[index];
    const char *transport = m->parameters[NH_PARAM_ID_REQUIRE_TRANSPORT];
    const char *apart = m->parameters[NH_PARAM_ID_INTER_NODE];
    char path[64];
    if (m->parameters[NH_PARAM_ID_CELLS] && m->parameters[NH_PARAM_ID_CELLS_PER_RANK])
        return nh_study_fail(study, key_of(index, "cells", path), err,
                             "given with cells_per_rank; strong or weak scaling, leave one out");
    if (transport && strcmp(transport, "shm") == 0 && apart && nh_study_flag(apart))
        return nh_study_fail(study, key_of(index, "require_transport", path), err,
                             "shm contradicts inter_node; leave one out");
    return NH_OK;
}

const char *nh_study_label(const struct nh_study *study, size_t measure)
{
    const struct nh_raw_measure *m = &study->raw->measure[measure];
    if (m->name || !m->application)
        return m->name ? m->name : m->kernel;
    return m->application->name ? m->application->name : "application";
}

static int check_label(const struct nh_study *study, size_t index, struct nh_error *err)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const struct nh_raw_measure *m = study->raw->measure;
    const char *label = nh_study_label(study, index);
    char path[64];
    if (label[strspn(label, good)] || *label == '-' || strlen(label) > 30)
        return nh_study_fail(study, key_of(index, "name", path), err,
                             "'%.60s' is no name; use at most 30 letters, digits, '_' and '-'",
                             label);
    for (size_t i = 0; i < index; i++)
        if (strcmp(nh_study_label(study, i), label) == 0)
            return nh_study_fail(study, key_of(index, m[index].name ? "name" : "kernel", path), err,
                                 "%s is measured twice; give one of them another name: ...", label);
    return NH_OK;
}

static int check_where(const struct nh_study *study, size_t index, struct nh_error *err)
{
    static const size_t first[NH_AXES] = {0};
    const char *where = study->raw->measure[index].where;
    struct nh_expr_name names[NH_STUDY_NAMES];
    int64_t value;
    char path[64];
    if (!where)
        return NH_OK;
    nh_study_names(study, first, names);
    if (nh_expr_eval(where, names, NH_STUDY_NAMES, &value, err))
        return nh_study_context(study, key_of(index, "where", path), NULL, err);
    return NH_OK;
}

static int check_application(struct nh_study *study, size_t index, struct nh_error *err)
{
    int rc = check_label(study, index, err);
    if (!rc)
        rc = nh_study_read_application(study, index, err);
    return rc ? rc : check_where(study, index, err);
}

static int check_measure(struct nh_study *study, size_t index, struct nh_error *err)
{
    const struct nh_raw_measure *m = &study->raw->measure[index];
    char path[64];
    if (!m->kernel == !m->application)
        return nh_study_fail(study, key_of(index, "kernel", path), err,
                             m->kernel ? "given with application; leave one of them out"
                                       : "missing; give a kernel or an application");
    if (m->application)
        return check_application(study, index, err);
    study->kernels[index] = nh_study_kernel_find(m->kernel, err);
    if (!study->kernels[index])
        return nh_study_context(study, key_of(index, "kernel", path), NULL, err);
    int rc = check_label(study, index, err);
    for (size_t id = 0; id < NH_PARAM_IDS && !rc; id++)
        if (m->parameters[id])
            rc = check_parameter(study, index, id, err);
    if (!rc)
        rc = check_sizes(study, index, err);
    if (!rc)
        rc = check_contradictions(study, index, err);
    return rc ? rc : check_where(study, index, err);
}

int nh_study_read_measures(struct nh_study *study, struct nh_error *err)
{
    int rc = NH_OK;
    study->kernels = calloc(study->raw->measure_count + 1, sizeof *study->kernels);
    if (!study->kernels)
        return nh_fail(err, NH_EFAIL, "out of memory");
    for (size_t i = 0; i < study->raw->measure_count && !rc; i++)
        rc = check_measure(study, i, err);
    return rc;
}
