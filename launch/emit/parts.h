/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_EMIT_PARTS_H
#define NH_EMIT_PARTS_H

#include <stdio.h>

#include "launch/emit/emit.h"

/* What the kinds of files share. */

extern const struct nh_emit_kind nh_emit_batch, nh_emit_cloudformation, nh_emit_parallelcluster,
    nh_emit_sbatch, nh_emit_image;

/** Adds a file; takes `text`, also when it fails. */
int nh_emit_add(struct nh_emit_files *files, const char *name, char *text, struct nh_error *err);
/** Adds a tree as JSON or YAML, by the end of the name; takes `tree`. `head` are the lines of
 *  comment before YAML. */
int nh_emit_add_tree(struct nh_emit_files *files, const char *name, const char *head, json_t *tree,
                     struct nh_error *err);

/** JSON from C text with ' in place of "; NULL when it is not JSON. */
json_t *nh_emit_literal(const char *text);

/** A tree as YAML through libyaml's emitter, malloc'ed; `head` is put before it. */
char *nh_emit_yaml(const char *head, const json_t *tree);

/* ---- facts ---- */

/** MiB that a container may ask for: 95 % of what Linux sees, whole hundreds. Where that is not
 *  known, 90 % of the nominal memory (Linux sees 96 % or more of it on the machines probed). */
long nh_emit_memory_mib(const struct nh_machine *m);
/** /dev/shm of the container: 4096, with GPUs 16384 MiB. */
int nh_emit_shm_mib(const struct nh_machine *m);
/** "c5n" of "c5n.18xlarge". */
void nh_emit_family(const struct nh_machine *m, char *buf, size_t len);

/* ---- parts of Batch's files ---- */

/* What differs between the job definition alone and the one within the template: new references,
 * which nh_emit_job takes. */
struct nh_emit_names {
    json_t *definition, *image, *job_role, *results, *key_secret, *log_group, *region, *timeout;
};

/** The request of register-job-definition; new reference or NULL. */
json_t *nh_emit_job(const struct nh_machine *m, const struct nh_emit_names *names);

/** Add to `resources`. */
int nh_cfn_network(json_t *resources);
int nh_cfn_storage(json_t *resources);
int nh_cfn_roles(json_t *resources);
int nh_cfn_compute(json_t *resources, const struct nh_machine *m);

/** User data of an instance: MIME parts with local drives as RAID 0 at /scratch. */
extern const char nh_emit_user_data[];

#endif
