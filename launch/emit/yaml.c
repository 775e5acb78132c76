/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "launch/emit/parts.h"

/* A JSON tree through libyaml's emitter. Objects and lists are blocks; what a YAML 1.1 reader
 * would take for another type than text is quoted. */

struct output {
    char *text;
    size_t len;
    FILE *file;
};

static int write_bytes(void *to, unsigned char *bytes, size_t size)
{
    return fwrite(bytes, 1, size, to) == size;
}

static bool is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"true", "false", "yes",  "no", "on",
                                        "off",  "y",     "null", "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static yaml_scalar_style_t style_of(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/";
    if (strchr(text, '\n'))
        return YAML_LITERAL_SCALAR_STYLE;
    if (!*text || !strchr(letters, *text) || is_word_of_yaml(text))
        return YAML_SINGLE_QUOTED_SCALAR_STYLE;
    return YAML_PLAIN_SCALAR_STYLE;
}

static bool put_scalar(yaml_emitter_t *to, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                        (int)strlen(text), 1, 1, style) &&
           yaml_emitter_emit(to, &event);
}

static bool put_event(yaml_emitter_t *to, yaml_event_t *event, int made)
{
    return made && yaml_emitter_emit(to, event);
}

static bool put(yaml_emitter_t *to, const json_t *tree);

static bool put_object(yaml_emitter_t *to, const json_t *tree)
{
    yaml_event_t event;
    const char *key;
    json_t *value;
    bool good = put_event(
        to, &event,
        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    json_object_foreach((json_t *)tree, key, value)
    {
        good = good && put_scalar(to, key, style_of(key)) && put(to, value);
    }
    return good && put_event(to, &event, yaml_mapping_end_event_initialize(&event));
}

/* Lists of scalars stay on their line. */
static bool put_list(yaml_emitter_t *to, const json_t *tree)
{
    yaml_event_t event;
    const json_t *first = json_array_get(tree, 0);
    yaml_sequence_style_t style = json_is_object(first) || json_is_array(first)
                                      ? YAML_BLOCK_SEQUENCE_STYLE
                                      : YAML_FLOW_SEQUENCE_STYLE;
    bool good =
        put_event(to, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
    for (size_t i = 0; good && i < json_array_size(tree); i++)
        good = put(to, json_array_get(tree, i));
    return good && put_event(to, &event, yaml_sequence_end_event_initialize(&event));
}

static bool put(yaml_emitter_t *to, const json_t *tree)
{
    char number[32];
    if (json_is_object(tree))
        return put_object(to, tree);
    if (json_is_array(tree))
        return put_list(to, tree);
    if (json_is_string(tree))
        return put_scalar(to, json_string_value(tree), style_of(json_string_value(tree)));
    if (json_is_integer(tree))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(tree));
    else
        snprintf(number, sizeof number, "%s", json_is_true(tree) ? "true" : "false");
    return put_scalar(to, number, YAML_PLAIN_SCALAR_STYLE);
}

static bool put_document(yaml_emitter_t *to, const json_t *tree)
{
    yaml_event_t event;
    yaml_emitter_set_width(to, 100);
    yaml_emitter_set_unicode(to, 1);
    return put_event(to, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
           put_event(to, &event,
                     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
           put(to, tree) && put_event(to, &event, yaml_document_end_event_initialize(&event, 1)) &&
           put_event(to, &event, yaml_stream_end_event_initialize(&event));
}

char *nh_emit_yaml(const char *head, const json_t *tree)
{
    struct output out = {0};
    yaml_emitter_t emitter;
    out.file = open_memstream(&out.text, &out.len);
    if (!out.file)
        return NULL;
    fputs(head, out.file);
    bool good = yaml_emitter_initialize(&emitter);
    if (good) {
        yaml_emitter_set_output(&emitter, write_bytes, out.file);
        good = put_document(&emitter, tree);
        yaml_emitter_delete(&emitter);
    }
    if (fclose(out.file) || !good) {
        free(out.text);
        return NULL;
    }
    return out.text;
}
