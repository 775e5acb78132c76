/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_CHECK_H
#define NH_STUDY_CHECK_H

#include <cyaml/cyaml.h>

#include "launch/study/node.h"

/**
 * Compares a tree with a schema of libcyaml, whose own errors have no line and no remedy.
 * Knows the types that schema.c uses. Code NH_EINPUT, "NAME:LINE: key: what; remedy".
 */
int nh_check_node(const char *name, const cyaml_schema_value_t *schema, const struct nh_node *root,
                  struct nh_error *err);

#endif
