/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/verb_machine.h"

#include <stdio.h>
#include <string.h>

#include "common/journal.h"
#include "common/paths.h"
#include "launch/emit/emit.h"

struct options {
    char *kind, *output;
    struct poptOption table[3];
};

static const struct poptOption *machine_options(void *state)
{
    struct options *o = state;
    o->table[0] = (struct poptOption){
        "emit", 0, POPT_ARG_STRING, &o->kind, 0, "kind of files to make, or all", "KIND"};
    o->table[1] = (struct poptOption){"output",   'o', POPT_ARG_STRING,
                                      &o->output, 0,   "folder for them (a single file: print it)",
                                      "DIR"};
    o->table[2] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static void print_kinds(const struct nh_machine *m)
{
    printf("%s: %d cores, %d vCPUs, %.10g GiB, %d EFA, %d GPUs; %s\n\nFiles for --emit:\n", m->name,
           m->cores, m->vcpus, m->memory_gib, m->efa_interfaces, m->gpus, m->source);
    for (size_t i = 0; nh_emit_kinds[i]; i++)
        printf("  %-16s %s\n", nh_emit_kinds[i]->name, nh_emit_kinds[i]->summary);
    printf("  %-16s all of them\n", "all");
}

static int save(const struct nh_emit_files *files, const char *folder, struct nh_error *err)
{
    int rc = NH_OK;
    for (size_t i = 0; i < files->count && !rc; i++) {
        char path[NH_PATH_MAX], parent[NH_PATH_MAX];
        const struct nh_emit_file *file = &files->items[i];
        rc = nh_path(path, sizeof path, err, "%s/%s", folder, file->name);
        if (rc)
            return rc;
        snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
        rc = nh_make_dirs(parent, err);
        if (!rc)
            rc = nh_file_replace(path, file->text, strlen(file->text), err);
        if (!rc)
            printf("%s\n", path);
    }
    return rc;
}

static int show(const struct nh_emit_files *files, struct nh_error *err)
{
    if (files->count != 1)
        return nh_fail(err, NH_EINPUT, "these are %zu files; say where by --output DIR",
                       files->count);
    if (fputs(files->items[0].text, stdout) == EOF || fflush(stdout))
        return nh_fail_errno(err, "cannot write %s", files->items[0].name);
    return NH_OK;
}

static int emit(const struct options *o, const struct nh_machine *m, struct nh_error *err)
{
    struct nh_emit_files files = {0};
    int rc = nh_emit(m, o->kind, &files, err);
    if (!rc)
        rc = o->output ? save(&files, o->output, err) : show(&files, err);
    nh_emit_clear(&files);
    return rc;
}

static int run(void *state, int argc, char **argv, struct nh_error *err)
{
    const struct options *o = state;
    struct nh_catalog catalog;
    if (argc != 1)
        return nh_fail(err, NH_EINPUT, "give one machine; 'nodehour machines' lists them");
    if (o->output && (!*o->output || !o->kind))
        return nh_fail(err, NH_EINPUT, "--output: needs a folder, and --emit with what goes there");
    int rc = nh_catalog_load(&catalog, err);
    if (rc)
        return rc;
    const struct nh_machine *m = nh_catalog_machine(&catalog, argv[0], err);
    if (!m)
        rc = err->code;
    else if (o->kind)
        rc = emit(o, m, err);
    else
        print_kinds(m);
    nh_catalog_clear(&catalog);
    return rc;
}

const struct nh_verb nh_verb_machine = {
    .name = "machine",
    .summary = "Make the files that run nodehour on a machine: Batch, ParallelCluster, Slurm",
    .arguments = "NAME [OPTION...]",
    .examples = "  nodehour machine c5n.18xlarge                            # kinds of files\n"
                "  nodehour machine c5n.18xlarge --emit batch\n"
                "  nodehour machine p4d.24xlarge --emit all --output aws/p4d\n",
    .options = machine_options,
    .state_size = sizeof(struct options),
    .run = run,
};
