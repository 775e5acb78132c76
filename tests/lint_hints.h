/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Put before every file by `make lint`, never by a build.
 *
 * clang's analyser sees one file at a time. It cannot know that nh_fail returns the code
 * that it is given, and would follow paths on which a failure looks like success.
 */
#include "common/error.h"

#define nh_fail(err, code, ...) (nh_fail((err), (code), __VA_ARGS__), (code))
#define nh_fail_errno(err, ...) (nh_fail_errno((err), __VA_ARGS__), NH_EFAIL)
#define nh_context(err, ...) (nh_context((err), __VA_ARGS__), NH_EINPUT)
