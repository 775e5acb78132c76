/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/emit/emit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/nearest.h"
#include "launch/emit/parts.h"

const struct nh_emit_kind *const nh_emit_kinds[] = {
    &nh_emit_batch,  &nh_emit_cloudformation, &nh_emit_parallelcluster,
    &nh_emit_sbatch, &nh_emit_image,          NULL,
};

/* ---- files ---- */

int nh_emit_add(struct nh_emit_files *files, const char *name, char *text, struct nh_error *err)
{
    struct nh_emit_file *items =
        text ? realloc(files->items, (files->count + 1) * sizeof *items) : NULL;
    if (!items) {
        free(text);
        return nh_fail(err, NH_EFAIL, "out of memory");
    }
    files->items = items;
    struct nh_emit_file *file = &items[files->count++];
    snprintf(file->name, sizeof file->name, "%s", name);
    file->text = text;
    return NH_OK;
}

static char *json_text(const json_t *tree)
{
    char *text = json_dumps(tree, JSON_INDENT(2)), *with_end;
    if (!text)
        return NULL;
    with_end = realloc(text, strlen(text) + 2);
    if (!with_end) {
        free(text);
        return NULL;
    }
    return strcat(with_end, "\n");
}

int nh_emit_add_tree(struct nh_emit_files *files, const char *name, const char *head, json_t *tree,
                     struct nh_error *err)
{
    char *text = NULL;
    if (tree)
        text = strstr(name, ".json") ? json_text(tree) : nh_emit_yaml(head, tree);
    json_decref(tree);
    return nh_emit_add(files, name, text, err);
}

json_t *nh_emit_literal(const char *text)
{
    char *json = strdup(text);
    for (char *at = json; at && (at = strchr(at, '\'')); at++)
        *at = '"';
    json_t *tree = json ? json_loads(json, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(json);
    return tree;
}

void nh_emit_clear(struct nh_emit_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i].text);
    free(files->items);
    *files = (struct nh_emit_files){0};
}

/* ---- facts ---- */

long nh_emit_memory_mib(const struct nh_machine *m)
{
    double mib = m->visible_mib ? 0.95 * m->visible_mib : 0.90 * m->memory_gib * 1024;
    return (long)mib / 100 * 100;
}

int nh_emit_shm_mib(const struct nh_machine *m)
{
    return m->gpus ? 16384 : 4096;
}

void nh_emit_family(const struct nh_machine *m, char *buf, size_t len)
{
    snprintf(buf, len, "%.*s", (int)strcspn(m->name, "."), m->name);
}

/* ---- the table ---- */

static int unknown_kind(const char *kind, struct nh_error *err)
{
    const char *names[16];
    size_t n = 0;
    for (; nh_emit_kinds[n]; n++)
        names[n] = nh_emit_kinds[n]->name;
    const char *near = nh_nearest(kind, names, n);
    return nh_fail(err, NH_EINPUT, "--emit %.60s: unknown; %s%s", kind,
                   near ? "did you mean " : "'nodehour machine --help' lists the kinds of files",
                   near ? near : "");
}

int nh_emit(const struct nh_machine *machine, const char *kind, struct nh_emit_files *files,
            struct nh_error *err)
{
    bool all = strcmp(kind, "all") == 0, found = false;
    int rc = NH_OK;
    if (!machine->efa_interfaces || !machine->network_cards)
        return nh_fail(err, NH_EINPUT,
                       "%s: the catalog knows no EFA interface of it; choose a machine with EFA "
                       "('nodehour machines' lists them)",
                       machine->name);
    for (size_t i = 0; nh_emit_kinds[i] && !rc; i++) {
        if (!all && strcmp(kind, nh_emit_kinds[i]->name) != 0)
            continue;
        found = true;
        rc = nh_emit_kinds[i]->make(machine, files, err);
    }
    return found ? rc : unknown_kind(kind, err);
}
