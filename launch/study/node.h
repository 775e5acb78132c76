/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_STUDY_NODE_H
#define NH_STUDY_NODE_H

#include <stddef.h>

#include "common/error.h"

/*
 * A YAML document as a tree that knows the line of everything in it, so that an error can
 * say where it is. One document, no aliases, no duplicate keys, no control characters.
 */
enum nh_node_kind { NH_NODE_SCALAR, NH_NODE_LIST, NH_NODE_MAP };

struct nh_node {
    enum nh_node_kind kind;
    size_t line;                         /* from 1 */
    char *key;                           /* in a map, else NULL */
    char *text;                          /* of a scalar, else NULL */
    struct nh_node *first, *last, *next; /* children in order; the next sibling */
    size_t count;                        /* of children */
};

/** Code NH_EINPUT, "NAME:LINE: what"; `name` stands for the file. */
int nh_node_parse(const char *name, const char *text, size_t len, struct nh_node **root,
                  struct nh_error *err);
void nh_node_free(struct nh_node *node);

/** The value of a key of a map, or NULL. `map` may be NULL. */
const struct nh_node *nh_node_get(const struct nh_node *map, const char *key);
/** A child of a list by its index, or NULL. `list` may be NULL. */
const struct nh_node *nh_node_at(const struct nh_node *list, size_t index);

#endif
