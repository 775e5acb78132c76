/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LINT_RULE_H
#define NH_LINT_RULE_H

#include <stdbool.h>

#include "launch/lint/doc.h"
#include "launch/lint/lint.h"

/* What a rule looks at. */
enum nh_subject {
    NH_SUBJECT_JOB = 1,        /* a job definition */
    NH_SUBJECT_CONTAINER = 2,  /* each of its containers */
    NH_SUBJECT_COMPUTE = 4,    /* a compute environment */
    NH_SUBJECT_QUEUE = 8,      /* a job queue of Batch */
    NH_SUBJECT_TEMPLATE = 16,  /* LaunchTemplateData */
    NH_SUBJECT_STACK = 32,     /* a CloudFormation template */
    NH_SUBJECT_PARTITION = 64, /* a queue of ParallelCluster */
    NH_SUBJECT_CLUSTER = 128,  /* a ParallelCluster file */
    NH_SUBJECT_SBATCH = 256,   /* a batch script */
    NH_SUBJECT_SCRIPT = 512,   /* any shell text, also within the others */
};

struct nh_lint {
    const char *file;
    const struct nh_catalog *catalog;
    const struct nh_machine *machine; /* of the file, NULL: not known */
    struct nh_doc *doc;               /* NULL for scripts */
    const yaml_node_t *node;          /* what is looked at */
    bool multinode;                   /* JOB, CONTAINER */
    const char *text;                 /* of a script */
    size_t first_line;                /* of `text` */
    const struct nh_rule *rule;
    struct nh_faults *faults;
};

/* An entry of a table in rules_*.c, which lint.c goes through. */
struct nh_rule {
    const char *name;
    unsigned subjects;
    const char *why; /* what happens otherwise */
    void (*look)(struct nh_lint *l);
};

struct nh_rules {
    const struct nh_rule *items;
    size_t count;
};

extern const struct nh_rules nh_rules_job, nh_rules_container, nh_rules_compute, nh_rules_cluster,
    nh_rules_script;

/** Notes a fault: "what | fix". */
void nh_lint_add(struct nh_lint *l, size_t line, const char *fmt, ...) NH_PRINTF(3, 4);

/** The machine that the container's vCPUs, GPUs and devices fit, with most memory; NULL: none. */
const struct nh_machine *nh_lint_machine(struct nh_lint *l, const yaml_node_t *container);
/** A resource requirement ("VCPU", "MEMORY", "GPU"), or the older key; -1: none. */
long nh_lint_resource(struct nh_lint *l, const yaml_node_t *container, const char *type,
                      const yaml_node_t **where);
size_t nh_lint_devices(struct nh_lint *l, const yaml_node_t *container);

/* ---- lines of scripts ---- */

struct nh_script_line {
    char text[2048]; /* continuation lines joined, comments and indentation cut off; cut to fit */
    size_t number;
    bool comment; /* then text has it whole */
};

/** The next line that is not empty; `*at` begins at the text, `*number` at its first line. */
bool nh_script_next(const char **at, size_t *number, struct nh_script_line *line);
/** The word after `option` ("-np") on a line, or NULL; `buf` is returned. */
const char *nh_script_option(const char *line, const char *option, char *buf, size_t len);
/** The line has this word of its own. */
bool nh_script_has(const char *line, const char *word);

#endif
