/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CARRIED_H
#define NH_CARRIED_H

#include <jansson.h>
#include <stdio.h>

#include "analysis/dataset.h"
#include "common/catalog.h"

/*
 * The inputs of a report, as its page carries them: gzip of one line of JSON (the header) and
 * the bytes of catalog files and inputs, one after another. Records are carried without their
 * samples, from which nothing in a report is made, and each as what differs from the record
 * before; everything else as it is. The page that is made of them is the same, byte for byte.
 */
struct nh_carried {
    json_t *header; /* NULL: nothing is carried */
    char *body;
    size_t body_len;
};

struct nh_report_options;

/** Collects what `set` (loaded, not yet grouped), the options and the catalog rest on. */
int nh_carried_pack(const struct nh_dataset *set, const struct nh_dataset *references,
                    const struct nh_report_options *opt, struct nh_carried *out,
                    struct nh_error *err);
void nh_carried_clear(struct nh_carried *c);

/** The bytes for a page: gzip; `notes` are warnings that were added after the report was built.
 *  `data` is malloc'ed. */
int nh_carried_compress(const struct nh_carried *c, char (*notes)[512], size_t note_count,
                        unsigned char **data, size_t *len, struct nh_error *err);

/** Is it a page of ours? Looks at the beginning of the file only. */
bool nh_is_page(const char *data, size_t len);

/** Takes the inputs out of a page. NH_EINPUT when it carries none, or damaged ones. */
int nh_carried_read(const char *name, const char *page, size_t len, struct nh_carried *out,
                    struct nh_error *err);

/** The header and the bytes behind it, of what was compressed: takes over `text` (malloc'ed) and
 *  returns 0, or -1 when it is nothing of ours. */
int nh_carried_split(char *text, size_t len, struct nh_carried *out);

/** Fills the options that are left open, and sets `goal` and `mesh` in them; the texts belong to
 *  `c`. */
struct nh_goal_options;
struct nh_mesh_options;
void nh_carried_options(const struct nh_carried *c, struct nh_report_options *opt,
                        struct nh_goal_options *goal, struct nh_mesh_options *mesh);
/** The command that made the page, ended by NULL; malloc'ed, its words belong to `c`. */
char **nh_carried_command(const struct nh_carried *c);

/** The catalog and the inputs, as they were. */
int nh_carried_catalog(const struct nh_carried *c, struct nh_catalog *catalog,
                       struct nh_error *err);
/** `given` goes before what the user said of logs then; NULL: nothing new. */
int nh_carried_load(const struct nh_carried *c, const struct nh_given *given,
                    struct nh_dataset *set, struct nh_error *err);
/** The published figures that the studies named; empty when they named none. */
int nh_carried_references(const struct nh_carried *c, struct nh_dataset *set, struct nh_error *err);
/** The warnings that were added after the report was built. */
void nh_carried_notes(const struct nh_carried *c, struct nh_dataset *set);

/** What stands before the inputs in a page; base64 follows. */
extern const char nh_carried_mark[];
/** Beyond it a page would be too large; bytes after compression. */
enum { NH_CARRIED_MOST = 260000 };

#endif
