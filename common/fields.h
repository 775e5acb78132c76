/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FIELDS_H
#define NH_FIELDS_H

#include <jansson.h>
#include <stdint.h>

#include "common/error.h"

/* Typed access to JSON objects that came from a file. An error (NH_EINPUT) names the
 * field; the caller adds file and line with nh_context. */

/** Parses one JSON object from memory; trailing text and duplicate keys are errors. */
int nh_json_parse_object(const char *text, size_t len, json_t **out, struct nh_error *err);

/** Borrowed string. `nh_field_text_or_null` also takes null and a missing field (NULL). */
int nh_field_text(const json_t *object, const char *key, const char **out, struct nh_error *err);
int nh_field_text_or_null(const json_t *object, const char *key, const char **out,
                          struct nh_error *err);
/** malloc'ed copies of the same. */
int nh_field_copy(const json_t *object, const char *key, char **out, struct nh_error *err);
int nh_field_copy_or_null(const json_t *object, const char *key, char **out, struct nh_error *err);
/** Copy into a fixed buffer; too long is an error. */
int nh_field_into(const json_t *object, const char *key, char *buf, size_t len,
                  struct nh_error *err);

int nh_field_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out,
                 struct nh_error *err);
/** A finite number; null or a missing field gives NaN where `optional`. */
int nh_field_number(const json_t *object, const char *key, int optional, double *out,
                    struct nh_error *err);
int nh_field_bool(const json_t *object, const char *key, int *out, struct nh_error *err);
/** Borrowed value of the given JSON type. */
int nh_field_value(const json_t *object, const char *key, json_type type, json_t **out,
                   struct nh_error *err);

/** A JSON real, or null for NaN and infinities. */
json_t *nh_json_real(double value);

#endif
