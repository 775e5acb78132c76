/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/check.h"

#include <stdio.h>
#include <string.h>

#include "common/nearest.h"
#include "common/units.h"

enum { MOST_KEYS = 64, PATH = 160 };

struct checker {
    const char *name;
    struct nh_error *err;
};

static int check(const struct checker *c, const cyaml_schema_value_t *schema,
                 const struct nh_node *node, const char *path);

static int fail_at(const struct checker *c, const struct nh_node *node, const char *path,
                   const char *what)
{
    return nh_fail(c->err, NH_EINPUT, "%s:%zu: %s%s%s", c->name, node->line, path,
                   *path ? ": " : "", what);
}

static const char *kind_name(const struct nh_node *node)
{
    if (node->kind == NH_NODE_LIST)
        return "a list";
    if (node->kind == NH_NODE_MAP)
        return "keys with values";
    return *node->text ? node->text : "nothing";
}

static int wrong_type(const struct checker *c, const struct nh_node *node, const char *path,
                      const char *wanted)
{
    char what[PATH + 100];
    snprintf(what, sizeof what, "wrong type: '%.60s' where %s is expected", kind_name(node),
             wanted);
    return fail_at(c, node, path, what);
}

static void join(char *buf, const char *path, const char *key)
{
    snprintf(buf, PATH, "%.100s%s%.50s", path, *path ? "." : "", key);
}

/* ---- maps ---- */

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
    while (fields->key && strcmp(fields->key, key) != 0)
        fields++;
    return fields->key ? fields : NULL;
}

static int unknown_key(const struct checker *c, const cyaml_schema_field_t *fields,
                       const struct nh_node *node, const char *path)
{
    const char *known[MOST_KEYS];
    char what[400] = "unknown key; these are known: ", full[PATH];
    size_t n = 0, used = strlen(what);
    for (; fields->key && n < MOST_KEYS; fields++)
        known[n++] = fields->key;
    const char *near = nh_nearest(node->key, known, n);
    if (near)
        snprintf(what, sizeof what, "unknown key; did you mean '%s'?", near);
    for (size_t i = 0; !near && i < n && used < sizeof what - 60; i++)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s%s", i ? ", " : "", known[i]);
    join(full, path, node->key);
    return fail_at(c, node, full, what);
}

static int check_missing(const struct checker *c, const cyaml_schema_field_t *fields,
                         const struct nh_node *node, const char *path)
{
    char full[PATH];
    for (; fields->key; fields++)
        if (!(fields->value.flags & CYAML_FLAG_OPTIONAL) && !nh_node_get(node, fields->key)) {
            join(full, path, fields->key);
            return fail_at(c, node, full, "missing; give it");
        }
    return NH_OK;
}

static int check_map(const struct checker *c, const cyaml_schema_value_t *schema,
                     const struct nh_node *node, const char *path)
{
    if (node->kind != NH_NODE_MAP)
        return wrong_type(c, node, path, "'key: value'");
    int rc = NH_OK;
    for (const struct nh_node *child = node->first; child && !rc; child = child->next) {
        const cyaml_schema_field_t *field = find_field(schema->mapping.fields, child->key);
        char full[PATH];
        if (!field)
            return unknown_key(c, schema->mapping.fields, child, path);
        join(full, path, child->key);
        rc = check(c, &field->value, child, full);
    }
    return rc ? rc : check_missing(c, schema->mapping.fields, node, path);
}

/* ---- lists ---- */

static int check_list(const struct checker *c, const cyaml_schema_value_t *schema,
                      const struct nh_node *node, const char *path)
{
    char full[PATH];
    size_t index = 0;
    if (node->kind != NH_NODE_LIST)
        return wrong_type(c, node, path, "a list, [1, 2],");
    if (node->count < schema->sequence.min)
        return fail_at(c, node, path, "empty; give at least one value, or leave the key out");
    if (node->count > schema->sequence.max) {
        snprintf(full, sizeof full, "%zu values; at most %u", node->count,
                 (unsigned)schema->sequence.max);
        return fail_at(c, node, path, full);
    }
    int rc = NH_OK;
    for (const struct nh_node *child = node->first; child && !rc; child = child->next) {
        snprintf(full, sizeof full, "%.120s[%zu]", path, index++);
        rc = check(c, schema->sequence.entry, child, full);
    }
    return rc;
}

/* ---- scalars ---- */

static int check_text(const struct checker *c, const cyaml_schema_value_t *schema,
                      const struct nh_node *node, const char *path)
{
    if (node->kind != NH_NODE_SCALAR || !*node->text)
        return wrong_type(c, node, path, "a word or number");
    return strlen(node->text) > schema->string.max ? fail_at(c, node, path, "too long; shorten it")
                                                   : NH_OK;
}

/* Decimal digits only: libcyaml takes 010 for 8. */
static int check_count(const struct checker *c, const struct nh_node *node, const char *path)
{
    long value;
    struct nh_error why = {0};
    const char *text = node->kind == NH_NODE_SCALAR ? node->text : "";
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits] || (*text == '0' && digits > 1))
        return wrong_type(c, node, path, "a whole number");
    return nh_parse_long("", text, 0, 2147483647, &value, &why)
               ? fail_at(c, node, path, "too large a number; at most 2147483647")
               : NH_OK;
}

static int check_flag(const struct checker *c, const struct nh_node *node, const char *path)
{
    static const char *const words[] = {"true", "false", "yes", "no"};
    for (size_t i = 0; node->kind == NH_NODE_SCALAR && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], node->text) == 0)
            return NH_OK;
    return wrong_type(c, node, path, "true or false");
}

static int check(const struct checker *c, const cyaml_schema_value_t *schema,
                 const struct nh_node *node, const char *path)
{
    switch (schema->type) {
    case CYAML_MAPPING:
        return check_map(c, schema, node, path);
    case CYAML_SEQUENCE:
        return check_list(c, schema, node, path);
    case CYAML_UINT:
        return check_count(c, node, path);
    case CYAML_BOOL:
        return check_flag(c, node, path);
    case CYAML_IGNORE:
        return NH_OK;
    default:
        return check_text(c, schema, node, path);
    }
}

int nh_check_node(const char *name, const cyaml_schema_value_t *schema, const struct nh_node *root,
                  struct nh_error *err)
{
    const struct checker c = {.name = name, .err = err};
    return check(&c, schema, root, "");
}
