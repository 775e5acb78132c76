/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_PRICE_FILE_H
#define NH_PRICE_FILE_H

#include <jansson.h>

#include "common/catalog.h"

/** A price as a price file and `prices list --json` hold it; `source` is the key or text. */
json_t *nh_price_json(const struct nh_price *p, const char *source);

struct nh_price_changes {
    size_t added, changed, same;
};

/**
 * Puts prices into a user's own file: those of the same machine, model and region are
 * replaced, the others stay. Written whole or not at all; folders are made. A file that is
 * there and cannot be read is NH_EINPUT and stays as it is.
 */
int nh_price_file_update(const char *path, const struct nh_price *prices, size_t count,
                         struct nh_price_changes *changes, struct nh_error *err);

#endif
