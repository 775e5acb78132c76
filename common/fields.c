/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(json_type type)
{
    static const char *const names[] = {"an object",     "an array", "a text", "a whole number",
                                        "a real number", "true",     "false",  "null"};
    return names[type];
}

static int wrong(const char *key, const char *wanted, const json_t *value, struct nh_error *err)
{
    if (!value)
        return nh_fail(err, NH_EINPUT, "field '%s': missing; add %s", key, wanted);
    return nh_fail(err, NH_EINPUT, "field '%s': is %s; it must be %s", key,
                   type_name(json_typeof(value)), wanted);
}

int nh_json_parse_object(const char *text, size_t len, json_t **out, struct nh_error *err)
{
    json_error_t why;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return nh_fail(err, NH_EINPUT, "not valid JSON at byte %d: %s", why.position, why.text);
    if (!json_is_object(root)) {
        json_decref(root);
        return nh_fail(err, NH_EINPUT, "not a JSON object");
    }
    *out = root;
    return NH_OK;
}

int nh_field_text(const json_t *object, const char *key, const char **out, struct nh_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return wrong(key, "a text", value, err);
    *out = json_string_value(value);
    return NH_OK;
}

int nh_field_text_or_null(const json_t *object, const char *key, const char **out,
                          struct nh_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = NULL;
    return !value || json_is_null(value) ? NH_OK : nh_field_text(object, key, out, err);
}

static int copy_of(const char *text, char **out, struct nh_error *err)
{
    *out = text ? strdup(text) : NULL;
    return text && !*out ? nh_fail(err, NH_EFAIL, "out of memory") : NH_OK;
}

int nh_field_copy(const json_t *object, const char *key, char **out, struct nh_error *err)
{
    const char *text = NULL;
    int rc = nh_field_text(object, key, &text, err);
    return rc ? rc : copy_of(text, out, err);
}

int nh_field_copy_or_null(const json_t *object, const char *key, char **out, struct nh_error *err)
{
    const char *text = NULL;
    int rc = nh_field_text_or_null(object, key, &text, err);
    return rc ? rc : copy_of(text, out, err);
}

int nh_field_into(const json_t *object, const char *key, char *buf, size_t len,
                  struct nh_error *err)
{
    const char *text = NULL;
    int rc = nh_field_text(object, key, &text, err);
    if (rc)
        return rc;
    if (strlen(text) >= len)
        return nh_fail(err, NH_EINPUT, "field '%s': longer than %zu bytes; shorten it", key,
                       len - 1);
    strcpy(buf, text);
    return NH_OK;
}

int nh_field_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out,
                 struct nh_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return wrong(key, "a whole number", value, err);
    int64_t v = json_integer_value(value);
    if (v < min || v > max)
        return nh_fail(err, NH_EINPUT,
                       "field '%s': %lld is out of range; it must be from %lld to %lld", key,
                       (long long)v, (long long)min, (long long)max);
    *out = v;
    return NH_OK;
}

int nh_field_number(const json_t *object, const char *key, int optional, double *out,
                    struct nh_error *err)
{
    const json_t *value = json_object_get(object, key);
    *out = NAN;
    if (optional && (!value || json_is_null(value)))
        return NH_OK;
    if (!json_is_number(value))
        return wrong(key, "a number", value, err);
    *out = json_number_value(value);
    return NH_OK;
}

int nh_field_bool(const json_t *object, const char *key, int *out, struct nh_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_boolean(value))
        return wrong(key, "true or false", value, err);
    *out = json_is_true(value);
    return NH_OK;
}

int nh_field_value(const json_t *object, const char *key, json_type type, json_t **out,
                   struct nh_error *err)
{
    json_t *value = json_object_get(object, key);
    if (!value || json_typeof(value) != type)
        return wrong(key, type_name(type), value, err);
    *out = value;
    return NH_OK;
}

json_t *nh_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
