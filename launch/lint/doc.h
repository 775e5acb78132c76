/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_LINT_DOC_H
#define NH_LINT_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "common/error.h"

/*
 * A JSON or YAML file as libyaml's document, whose nodes know their lines and tags. Keys are
 * compared without case, since CloudFormation writes AttemptDurationSeconds for the API's
 * attemptDurationSeconds. All functions take NULL nodes.
 */
struct nh_doc {
    yaml_document_t yaml;
};

/** Code NH_EINPUT, "NAME:LINE: what". */
int nh_doc_parse(const char *name, const char *text, size_t len, struct nh_doc *doc,
                 struct nh_error *err);
void nh_doc_clear(struct nh_doc *doc);

const yaml_node_t *nh_doc_root(struct nh_doc *doc);
/** The value at "nodeProperties.numNodes" below a map, or NULL. */
const yaml_node_t *nh_doc_get(struct nh_doc *doc, const yaml_node_t *map, const char *path);
/** Entry of a list, or NULL. */
const yaml_node_t *nh_doc_at(struct nh_doc *doc, const yaml_node_t *list, size_t index);
/** Key and value of an entry of a map; false past its end. */
bool nh_doc_pair(struct nh_doc *doc, const yaml_node_t *map, size_t index, const char **key,
                 const yaml_node_t **value);
/** From 1; 1 for NULL. */
size_t nh_doc_line(const yaml_node_t *node);

/** Text of a scalar that is one as it stands, or the default of the template's parameter that it
 *  refers to; NULL where only AWS knows. */
const char *nh_doc_text(struct nh_doc *doc, const yaml_node_t *node);
/** The same as a whole number; -1 where it is none. */
long nh_doc_number(struct nh_doc *doc, const yaml_node_t *node);
bool nh_doc_is_true(struct nh_doc *doc, const yaml_node_t *node);
/** The name in {Ref: NAME} or !Ref NAME, else NULL. */
const char *nh_doc_ref(struct nh_doc *doc, const yaml_node_t *node);
/** The arguments of Fn::NAME or !NAME, else NULL. */
const yaml_node_t *nh_doc_call(struct nh_doc *doc, const yaml_node_t *node, const char *name);

#endif
