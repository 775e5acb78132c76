/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_APP_SPEC_H
#define NH_APP_SPEC_H

#include <jansson.h>

#include "launch/app/fill.h"

/** A copy of an application's JSON with its placeholders filled: in all words but regular
 *  expressions, paths into JSON, and names. New reference; NULL with the error, `key` says
 *  where ("command"). */
json_t *nh_spec_fill(const json_t *spec, const struct nh_fill_name *names, size_t count, bool last,
                     char key[64], struct nh_error *err);

#endif
