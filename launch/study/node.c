/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/node.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 8, MOST_NODES = 20000, MOST_KEYS = 200 };

struct reader {
    const char *name;
    yaml_parser_t parser;
    size_t nodes;
    struct nh_error *err;
};

static size_t line_of(const yaml_event_t *event)
{
    return event->start_mark.line + 1;
}

static int fail_at(const struct reader *r, size_t line, const char *what)
{
    return nh_fail(r->err, NH_EINPUT, "%s:%zu: %s", r->name, line, what);
}

static int next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return NH_OK;
    const char *problem = r->parser.problem ? r->parser.problem : "cannot be read";
    if (r->parser.error == YAML_MEMORY_ERROR)
        return nh_fail(r->err, NH_EFAIL, "out of memory");
    return nh_fail(r->err, NH_EINPUT, "%s:%zu: no YAML: %.200s; mind the indentation and quotes",
                   r->name, r->parser.problem_mark.line + 1, problem);
}

void nh_node_free(struct nh_node *node)
{
    while (node) {
        struct nh_node *next = node->next;
        nh_node_free(node->first);
        free(node->key);
        free(node->text);
        free(node);
        node = next;
    }
}

const struct nh_node *nh_node_get(const struct nh_node *map, const char *key)
{
    const struct nh_node *child = map ? map->first : NULL;
    while (child && (!child->key || strcmp(child->key, key) != 0))
        child = child->next;
    return child;
}

const struct nh_node *nh_node_at(const struct nh_node *list, size_t index)
{
    const struct nh_node *child = list ? list->first : NULL;
    while (child && index--)
        child = child->next;
    return child;
}

/* Text ends up in error lines, file names and argument vectors: one line of it, no NUL. */
static int copy_scalar(const struct reader *r, const yaml_event_t *event, char **text)
{
    const char *from = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)from[i] < ' ' || from[i] == 0x7f)
            return fail_at(r, line_of(event),
                           "a line break or control character in a value; "
                           "write it on one line");
    *text = strndup(from, len);
    return *text ? NH_OK : nh_fail(r->err, NH_EFAIL, "out of memory");
}

static int new_node(struct reader *r, const yaml_event_t *event, struct nh_node **node)
{
    if (++r->nodes > MOST_NODES)
        return fail_at(r, line_of(event), "too much for one study; split it");
    *node = calloc(1, sizeof **node);
    if (!*node)
        return nh_fail(r->err, NH_EFAIL, "out of memory");
    (*node)->line = line_of(event);
    return NH_OK;
}

static void append(struct nh_node *parent, struct nh_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

static int read_value(struct reader *r, const yaml_event_t *event, int depth,
                      struct nh_node **node);

static int read_key(struct reader *r, const yaml_event_t *event, const struct nh_node *map,
                    char **key)
{
    if (event->type != YAML_SCALAR_EVENT)
        return fail_at(r, line_of(event), "a key must be a word");
    if (map->count == MOST_KEYS)
        return fail_at(r, line_of(event), "too many keys together; split it");
    int rc = copy_scalar(r, event, key);
    if (!rc && nh_node_get(map, *key)) {
        rc = nh_fail(r->err, NH_EINPUT, "%s:%zu: %.60s: given twice; leave one out", r->name,
                     line_of(event), *key);
        free(*key);
        *key = NULL;
    }
    return rc;
}

/* One child of a list, or one key and value of a map, of which the first event is there. */
static int read_child(struct reader *r, const yaml_event_t *event, int depth,
                      struct nh_node *parent)
{
    yaml_event_t value;
    struct nh_node *child = NULL;
    char *key = NULL;
    if (parent->kind == NH_NODE_LIST) {
        int rc = read_value(r, event, depth, &child);
        if (child)
            append(parent, child);
        return rc;
    }
    int rc = read_key(r, event, parent, &key);
    if (!rc && !(rc = next_event(r, &value))) {
        rc = read_value(r, &value, depth, &child);
        yaml_event_delete(&value);
    }
    if (child) {
        child->key = key;
        child->line = line_of(event); /* where the key is: what the user looks for */
        append(parent, child);
    } else {
        free(key);
    }
    return rc;
}

static int read_children(struct reader *r, int depth, struct nh_node *parent)
{
    yaml_event_type_t end =
        parent->kind == NH_NODE_LIST ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    if (depth == DEEPEST)
        return fail_at(r, parent->line, "too deeply nested for a study");
    for (;;) {
        yaml_event_t event;
        int rc = next_event(r, &event);
        if (rc)
            return rc;
        bool ended = event.type == end;
        if (!ended)
            rc = read_child(r, &event, depth + 1, parent);
        yaml_event_delete(&event);
        if (rc || ended)
            return rc;
    }
}

/* On an error `*node` may hold a part, which the caller frees with the tree. */
static int read_value(struct reader *r, const yaml_event_t *event, int depth, struct nh_node **node)
{
    if (event->type == YAML_ALIAS_EVENT)
        return fail_at(r, line_of(event), "aliases (*name) are not read; write the value itself");
    int rc = new_node(r, event, node);
    if (rc)
        return rc;
    if (event->type == YAML_SCALAR_EVENT)
        return copy_scalar(r, event, &(*node)->text);
    (*node)->kind = event->type == YAML_SEQUENCE_START_EVENT ? NH_NODE_LIST : NH_NODE_MAP;
    return read_children(r, depth, *node);
}

/* Everything before and after the document's one value. */
static int read_stream(struct reader *r, struct nh_node **root)
{
    bool ended = false;
    int rc = NH_OK;
    while (!rc && !ended) {
        yaml_event_t event;
        rc = next_event(r, &event);
        if (rc)
            break;
        ended = event.type == YAML_STREAM_END_EVENT;
        bool value = event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT ||
                     event.type == YAML_MAPPING_START_EVENT || event.type == YAML_ALIAS_EVENT;
        if (value && *root)
            rc = fail_at(r, line_of(&event), "a second document; one study a file");
        else if (value)
            rc = read_value(r, &event, 0, root);
        yaml_event_delete(&event);
    }
    return rc;
}

int nh_node_parse(const char *name, const char *text, size_t len, struct nh_node **root,
                  struct nh_error *err)
{
    struct reader r = {.name = name, .err = err};
    *root = NULL;
    if (!yaml_parser_initialize(&r.parser))
        return nh_fail(err, NH_EFAIL, "out of memory");
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    int rc = read_stream(&r, root);
    yaml_parser_delete(&r.parser);
    if (!rc && !*root)
        rc = nh_fail(err, NH_EINPUT, "%s:1: nothing in it; begin with 'study: NAME'", name);
    if (rc) {
        nh_node_free(*root);
        *root = NULL;
    }
    return rc;
}
