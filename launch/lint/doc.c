/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/lint/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* A tag of CloudFormation: "!Ref". Those of YAML itself begin with "tag:". */
static bool is_tagged(const yaml_node_t *node)
{
    return node && node->tag && node->tag[0] == '!' && node->tag[1];
}

int nh_doc_parse(const char *name, const char *text, size_t len, struct nh_doc *doc,
                 struct nh_error *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return nh_fail(err, NH_EFAIL, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    int rc = NH_OK;
    if (!yaml_parser_load(&parser, &doc->yaml)) {
        rc = nh_fail(err, NH_EINPUT, "%s:%zu: neither JSON nor YAML: %s", name,
                     parser.problem_mark.line + 1, parser.problem ? parser.problem : "no memory");
    } else if (!nh_doc_root(doc)) {
        nh_doc_clear(doc);
        rc = nh_fail(err, NH_EINPUT, "%s:1: nothing in it", name);
    }
    yaml_parser_delete(&parser);
    return rc;
}

void nh_doc_clear(struct nh_doc *doc)
{
    yaml_document_delete(&doc->yaml);
}

const yaml_node_t *nh_doc_root(struct nh_doc *doc)
{
    return yaml_document_get_root_node(&doc->yaml);
}

size_t nh_doc_line(const yaml_node_t *node)
{
    return node ? node->start_mark.line + 1 : 1;
}

const yaml_node_t *nh_doc_at(struct nh_doc *doc, const yaml_node_t *list, size_t index)
{
    if (!list || list->type != YAML_SEQUENCE_NODE)
        return NULL;
    const yaml_node_item_t *items = list->data.sequence.items.start;
    if (index >= (size_t)(list->data.sequence.items.top - items))
        return NULL;
    return yaml_document_get_node(&doc->yaml, items[index]);
}

bool nh_doc_pair(struct nh_doc *doc, const yaml_node_t *map, size_t index, const char **key,
                 const yaml_node_t **value)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return false;
    const yaml_node_pair_t *pairs = map->data.mapping.pairs.start;
    if (index >= (size_t)(map->data.mapping.pairs.top - pairs))
        return false;
    *key = scalar(yaml_document_get_node(&doc->yaml, pairs[index].key));
    *key = *key ? *key : "";
    *value = yaml_document_get_node(&doc->yaml, pairs[index].value);
    return true;
}

static const yaml_node_t *child(struct nh_doc *doc, const yaml_node_t *map, const char *key,
                                size_t len)
{
    const char *name;
    const yaml_node_t *value;
    for (size_t i = 0; nh_doc_pair(doc, map, i, &name, &value); i++)
        if (strlen(name) == len && strncasecmp(name, key, len) == 0)
            return value;
    return NULL;
}

const yaml_node_t *nh_doc_get(struct nh_doc *doc, const yaml_node_t *map, const char *path)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        map = child(doc, map, path, len);
        if (!map || !path[len])
            return map;
        path += len + 1;
    }
}

const char *nh_doc_ref(struct nh_doc *doc, const yaml_node_t *node)
{
    if (is_tagged(node))
        return strcmp((const char *)node->tag, "!Ref") == 0 ? scalar(node) : NULL;
    return scalar(nh_doc_get(doc, node, "Ref"));
}

const yaml_node_t *nh_doc_call(struct nh_doc *doc, const yaml_node_t *node, const char *name)
{
    char key[32];
    if (is_tagged(node))
        return strcmp((const char *)node->tag + 1, name) == 0 ? node : NULL;
    snprintf(key, sizeof key, "Fn::%s", name);
    return nh_doc_get(doc, node, key);
}

const char *nh_doc_text(struct nh_doc *doc, const yaml_node_t *node)
{
    const char *name = nh_doc_ref(doc, node);
    if (!name)
        return is_tagged(node) ? NULL : scalar(node);
    const yaml_node_t *parameter =
        child(doc, nh_doc_get(doc, nh_doc_root(doc), "Parameters"), name, strlen(name));
    return scalar(nh_doc_get(doc, parameter, "Default"));
}

long nh_doc_number(struct nh_doc *doc, const yaml_node_t *node)
{
    char *end;
    const char *text = nh_doc_text(doc, node);
    long value = text ? strtol(text, &end, 10) : -1;
    return text && *text && !*end && value >= 0 ? value : -1;
}

bool nh_doc_is_true(struct nh_doc *doc, const yaml_node_t *node)
{
    const char *text = nh_doc_text(doc, node);
    return text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0);
}
