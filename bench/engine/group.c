/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/engine/group.h"

int nh_group_maxloc(const struct nh_group *group, int64_t *value, int *rank, struct nh_error *err)
{
    int64_t largest = *value;
    int code = group->reduce(group->context, NH_MAX, &largest, 1, err);
    int64_t lowest = *value == largest ? group->rank : group->size;
    int then = group->reduce(group->context, NH_MIN, &lowest, 1, err);
    *value = largest;
    *rank = (int)lowest;
    return code ? code : then;
}
