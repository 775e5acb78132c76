/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/lint/lint.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "launch/lint/rule.h"

static const struct nh_rules *const tables[] = {
    &nh_rules_job,     &nh_rules_container, &nh_rules_compute,
    &nh_rules_cluster, &nh_rules_script,    NULL,
};

/* ---- faults ---- */

void nh_lint_add(struct nh_lint *l, size_t line, const char *fmt, ...)
{
    char text[480];
    va_list args;
    struct nh_fault *items =
        realloc(l->faults->items, (l->faults->count + 1) * sizeof *l->faults->items);
    if (!items) {
        l->faults->failed = true;
        return;
    }
    l->faults->items = items;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (char *at = text; *at; at++) /* users' own words come in with any bytes */
        if ((unsigned char)*at < ' ')
            *at = ' ';
    const char *split = strstr(text, " | ");
    struct nh_fault *fault = &items[l->faults->count++];
    *fault = (struct nh_fault){
        .file = l->file, .line = line, .rule = l->rule->name, .why = l->rule->why};
    snprintf(fault->what, sizeof fault->what, "%.*s",
             split ? (int)(split - text) : (int)strlen(text), text);
    snprintf(fault->fix, sizeof fault->fix, "%s", split ? split + 3 : "");
}

void nh_faults_clear(struct nh_faults *faults)
{
    free(faults->items);
    *faults = (struct nh_faults){0};
}

json_t *nh_faults_json(const struct nh_faults *faults)
{
    json_t *list = json_array();
    for (size_t i = 0; i < faults->count; i++) {
        const struct nh_fault *f = &faults->items[i];
        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "file", f->file,
                                              "line", (json_int_t)f->line, "rule", f->rule, "what",
                                              f->what, "why", f->why, "fix", f->fix));
    }
    return list;
}

void nh_faults_print(const struct nh_faults *faults, FILE *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct nh_fault *f = &faults->items[i];
        fprintf(out, "%s:%zu: %s [%s]\n    why: %s\n    fix: %s\n", f->file, f->line, f->what,
                f->rule, f->why, f->fix);
    }
}

void nh_lint_list(FILE *out)
{
    for (size_t t = 0; tables[t]; t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            fprintf(out, "%-18s %s\n", tables[t]->items[i].name, tables[t]->items[i].why);
}

/* ---- subjects ---- */

static void look(struct nh_lint *l, unsigned subject, const yaml_node_t *node)
{
    l->node = node;
    for (size_t t = 0; tables[t]; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            l->rule = &tables[t]->items[i];
            if (l->rule->subjects & subject)
                l->rule->look(l);
        }
}

static void look_at_script(struct nh_lint *l, unsigned subject, const char *text, size_t first_line)
{
    l->text = text;
    l->first_line = first_line;
    look(l, subject, NULL);
}

/* Shell text as the value of a key; a block begins on the line after its sign. */
static void look_at_value(struct nh_lint *l, const yaml_node_t *node)
{
    const char *text = nh_doc_text(l->doc, node);
    if (!text)
        return;
    bool block =
        node->type == YAML_SCALAR_NODE && (node->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
                                           node->data.scalar.style == YAML_FOLDED_SCALAR_STYLE);
    look_at_script(l, NH_SUBJECT_SCRIPT, text, nh_doc_line(node) + block);
}

static void look_at_command(struct nh_lint *l, const yaml_node_t *container)
{
    const yaml_node_t *command = nh_doc_get(l->doc, container, "command"), *word;
    for (size_t i = 0; (word = nh_doc_at(l->doc, command, i)); i++) {
        const char *text = nh_doc_text(l->doc, word);
        if (text && strchr(text, ' ')) /* more than a word: for a shell */
            look_at_value(l, word);
    }
}

static void look_at_container(struct nh_lint *l, const yaml_node_t *container)
{
    look(l, NH_SUBJECT_CONTAINER, container);
    look_at_command(l, container);
}

static void look_at_job(struct nh_lint *l, const yaml_node_t *job)
{
    const yaml_node_t *nodes = nh_doc_get(l->doc, job, "nodeProperties"), *range;
    const yaml_node_t *ranges = nh_doc_get(l->doc, nodes, "nodeRangeProperties");
    l->multinode = nodes != NULL;
    look(l, NH_SUBJECT_JOB, job);
    for (size_t i = 0; (range = nh_doc_at(l->doc, ranges, i)); i++)
        if (nh_doc_get(l->doc, range, "container"))
            look_at_container(l, nh_doc_get(l->doc, range, "container"));
    if (nh_doc_get(l->doc, job, "containerProperties"))
        look_at_container(l, nh_doc_get(l->doc, job, "containerProperties"));
}

static void look_at_template(struct nh_lint *l, const yaml_node_t *data)
{
    const yaml_node_t *user = nh_doc_get(l->doc, data, "UserData");
    const yaml_node_t *coded = nh_doc_call(l->doc, user, "Base64");
    const yaml_node_t *filled = nh_doc_call(l->doc, coded, "Sub");
    look(l, NH_SUBJECT_TEMPLATE, data);
    if (filled && filled->type == YAML_SCALAR_NODE)
        look_at_script(l, NH_SUBJECT_SCRIPT, (const char *)filled->data.scalar.value,
                       nh_doc_line(filled) + 1);
    else if (coded && coded->type == YAML_SCALAR_NODE)
        look_at_script(l, NH_SUBJECT_SCRIPT, (const char *)coded->data.scalar.value,
                       nh_doc_line(coded) + 1);
}

static void look_at_resource(struct nh_lint *l, const yaml_node_t *resource)
{
    const char *type = nh_doc_text(l->doc, nh_doc_get(l->doc, resource, "Type"));
    const yaml_node_t *properties = nh_doc_get(l->doc, resource, "Properties");
    if (!type || !properties)
        return;
    if (strcmp(type, "AWS::Batch::JobDefinition") == 0)
        look_at_job(l, properties);
    else if (strcmp(type, "AWS::Batch::ComputeEnvironment") == 0)
        look(l, NH_SUBJECT_COMPUTE, properties);
    else if (strcmp(type, "AWS::Batch::JobQueue") == 0)
        look(l, NH_SUBJECT_QUEUE, properties);
    else if (strcmp(type, "AWS::EC2::LaunchTemplate") == 0)
        look_at_template(l, nh_doc_get(l->doc, properties, "LaunchTemplateData"));
}

/* The machine that a compute environment names, when it names one. */
static void find_machine(struct nh_lint *l, const yaml_node_t *compute)
{
    const yaml_node_t *types = nh_doc_get(l->doc, compute, "computeResources.instanceTypes");
    const char *name = nh_doc_text(l->doc, nh_doc_at(l->doc, types, 0));
    if (!l->machine && name && !nh_doc_at(l->doc, types, 1))
        l->machine = nh_catalog_machine(l->catalog, name, NULL);
}

static void look_at_stack(struct nh_lint *l, const yaml_node_t *root)
{
    const yaml_node_t *resources = nh_doc_get(l->doc, root, "Resources"), *one;
    const char *name;
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++)
        find_machine(l, nh_doc_get(l->doc, one, "Properties"));
    look(l, NH_SUBJECT_STACK, root);
    for (size_t i = 0; nh_doc_pair(l->doc, resources, i, &name, &one); i++)
        look_at_resource(l, one);
}

static void look_at_cluster(struct nh_lint *l, const yaml_node_t *root)
{
    const yaml_node_t *scheduling = nh_doc_get(l->doc, root, "Scheduling"), *queue;
    const yaml_node_t *queues = nh_doc_get(l->doc, scheduling, "SlurmQueues");
    look(l, NH_SUBJECT_CLUSTER, scheduling);
    for (size_t i = 0; (queue = nh_doc_at(l->doc, queues, i)); i++)
        look(l, NH_SUBJECT_PARTITION, queue);
}

static void look_at_environment(struct nh_lint *l, const yaml_node_t *root)
{
    find_machine(l, root);
    look(l, NH_SUBJECT_COMPUTE, root);
}

static void look_at_jobs(struct nh_lint *l, const yaml_node_t *root)
{
    const yaml_node_t *jobs = nh_doc_get(l->doc, root, "jobDefinitions"), *job;
    for (size_t i = 0; (job = nh_doc_at(l->doc, jobs, i)); i++)
        look_at_job(l, job);
}

static void look_at_template_file(struct nh_lint *l, const yaml_node_t *root)
{
    look_at_template(l, nh_doc_get(l->doc, root, "LaunchTemplateData"));
}

static void look_at_queue(struct nh_lint *l, const yaml_node_t *root)
{
    look(l, NH_SUBJECT_QUEUE, root);
}

/* What a file is, by a key that only its kind has. */
static const struct {
    const char *key;
    void (*look)(struct nh_lint *l, const yaml_node_t *root);
} kinds[] = {
    {"Resources", look_at_stack},
    {"Scheduling", look_at_cluster},
    {"nodeProperties", look_at_job},
    {"containerProperties", look_at_job},
    {"jobDefinitions", look_at_jobs},
    {"computeResources", look_at_environment},
    {"computeEnvironmentOrder", look_at_queue},
    {"LaunchTemplateData", look_at_template_file},
};

static int look_at_document(struct nh_lint *l, const char *text, size_t len, struct nh_error *err)
{
    struct nh_doc doc;
    int rc = nh_doc_parse(l->file, text, len, &doc, err);
    if (rc)
        return rc;
    l->doc = &doc;
    const yaml_node_t *root = nh_doc_root(&doc);
    rc = NH_EINPUT;
    for (size_t i = 0; rc && i < sizeof kinds / sizeof *kinds; i++)
        if (nh_doc_get(&doc, root, kinds[i].key)) {
            kinds[i].look(l, root);
            rc = NH_OK;
        }
    nh_doc_clear(&doc);
    l->doc = NULL;
    return rc ? nh_fail(err, NH_EINPUT,
                        "%s:1: neither a job definition, compute environment, queue, launch "
                        "template, CloudFormation template, ParallelCluster file nor batch script",
                        l->file)
              : NH_OK;
}

/* A shell script may begin with "#!" a little late: a fault that we name. */
static bool is_script(const char *text)
{
    const char *sign = strstr(text, "#!");
    return strncmp(text, "#SBATCH", 7) == 0 || strstr(text, "\n#SBATCH") ||
           (sign && sign - text < 200 && text[strspn(text, " \t\r\n")] == '#');
}

static int by_line(const void *a, const void *b)
{
    const struct nh_fault *x = a, *y = b;
    int order = (x->line > y->line) - (x->line < y->line);
    return order ? order : strcmp(x->rule, y->rule);
}

int nh_lint_text(const char *name, const char *text, size_t len, const struct nh_catalog *catalog,
                 const struct nh_machine *machine, struct nh_faults *faults, struct nh_error *err)
{
    struct nh_lint l = {.file = name, .catalog = catalog, .machine = machine, .faults = faults};
    size_t before = faults->count;
    int rc = NH_OK;
    if (is_script(text))
        look_at_script(&l, NH_SUBJECT_SCRIPT | (strstr(text, "#SBATCH") ? NH_SUBJECT_SBATCH : 0),
                       text, 1);
    else
        rc = look_at_document(&l, text, len, err);
    if (faults->failed)
        return nh_fail(err, NH_EFAIL, "out of memory");
    if (faults->count > before)
        qsort(faults->items + before, faults->count - before, sizeof *faults->items, by_line);
    return rc;
}
