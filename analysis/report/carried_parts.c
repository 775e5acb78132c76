/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analysis/build.h"
#include "analysis/import/records.h"
#include "analysis/report/carried.h"
#include "analysis/report/carried_records.h"
#include "common/journal.h"
#include "common/paths.h"

/* What the header lists: options, catalog files, inputs. */

/* ---- Parts ---- */

static char *text_of(const json_t *o, const char *key)
{
    return (char *)(uintptr_t)json_string_value(json_object_get(o, key));
}

typedef int (*use_part)(void *state, const json_t *part, const char *data, size_t len,
                        struct nh_error *err);

static int damaged(struct nh_error *err)
{
    return nh_fail(err, NH_EINPUT,
                   "the inputs in this page are damaged; give the files that it "
                   "names under Environment");
}

static int each_part(const struct nh_carried *c, use_part use, void *state, struct nh_error *err)
{
    const json_t *parts = json_object_get(c->header, "parts"), *part;
    size_t i, at = 0;
    json_array_foreach(parts, i, part)
    {
        json_int_t bytes = json_integer_value(json_object_get(part, "bytes"));
        if (bytes < 0 || (size_t)bytes > c->body_len - at || !text_of(part, "kind") ||
            !text_of(part, "name"))
            return damaged(err);
        int rc = use(state, part, c->body + at, (size_t)bytes, err);
        if (rc)
            return rc;
        at += (size_t)bytes;
    }
    return NH_OK;
}

/* ---- Packing ---- */

static void put_text(json_t *o, const char *key, const char *text)
{
    if (text)
        json_object_set_new(o, key, json_string(text));
}

/* What the user said of logs. */
static json_t *given_json(const struct nh_given *g)
{
    json_t *o = json_object();
    put_text(o, "case", g->name);
    put_text(o, "map", g->map);
    json_object_set_new(o, "nodes", json_integer(g->nodes));
    json_object_set_new(o, "cores", json_integer(g->cores));
    json_object_set_new(o, "cells", json_real(g->cells));
    json_object_set_new(o, "scaling", json_integer(g->scaling));
    json_object_set_new(o, "skip_steps", json_integer(g->skip_steps));
    json_object_set_new(o, "run", json_integer(g->which));
    json_object_set_new(o, "work", json_real(g->work));
    return o;
}

/* A page may be damaged, or made by others: what no option allows becomes "not given". */
static struct nh_given given_of(const json_t *o)
{
    struct nh_given g = {.name = text_of(o, "case"),
                         .map = text_of(o, "map"),
                         .nodes = (long)json_integer_value(json_object_get(o, "nodes")),
                         .cores = (long)json_integer_value(json_object_get(o, "cores")),
                         .cells = json_number_value(json_object_get(o, "cells")),
                         .skip_steps = -1,
                         .which = (long)json_integer_value(json_object_get(o, "run")),
                         .work = json_number_value(json_object_get(o, "work"))};
    const json_t *skip = json_object_get(o, "skip_steps");
    json_int_t scaling = json_integer_value(json_object_get(o, "scaling"));
    if (json_is_integer(skip) && json_integer_value(skip) >= 0)
        g.skip_steps = (long)json_integer_value(skip);
    g.scaling = scaling == NH_DECLARED_STRONG || scaling == NH_DECLARED_WEAK
                    ? (enum nh_declared)scaling
                    : NH_UNDECLARED;
    g.nodes = g.nodes > 0 && g.nodes <= 1000000 ? g.nodes : 0;
    g.cores = g.cores > 0 && g.cores <= 100000000 ? g.cores : 0;
    return g;
}

static json_t *options_json(const struct nh_report_options *opt, const struct nh_given *given)
{
    json_t *o = json_object();
    json_object_set_new(o, "logs", given_json(given));
    put_text(o, "machine", opt->machine);
    put_text(o, "price_models", opt->price_models);
    put_text(o, "license_per_hour", opt->license_per_hour);
    put_text(o, "region", opt->region);
    put_text(o, "title", opt->title);
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        put_text(o, nh_cost_option_name(i), opt->cost.value[i]);
    for (size_t i = 0; opt->goal && i < NH_GOAL_OPTIONS; i++)
        put_text(o, nh_goal_option_name(i), opt->goal->value[i]);
    for (size_t i = 0; opt->mesh && i < NH_MESH_OPTIONS; i++)
        put_text(o, nh_mesh_option_name(i), opt->mesh->value[i]);
    json_object_set_new(o, "skip_damaged", json_boolean(opt->skip_damaged));
    return o;
}

static json_t *command_json(char *const *command)
{
    json_t *words = json_array();
    for (size_t i = 0; command && command[i]; i++)
        json_array_append_new(words, json_string(command[i]));
    return words;
}

static void add_part(json_t *parts, const char *kind, const char *name, long bytes)
{
    json_array_append_new(parts, json_pack("{s:s, s:s, s:I}", "kind", kind, "name", name, "bytes",
                                           (json_int_t)bytes));
}

static int carry_file(json_t *parts, const char *kind, const char *path, FILE *out,
                      struct nh_error *err)
{
    char *data;
    size_t len;
    int rc = nh_file_read(path, &data, &len, err);
    if (rc)
        return rc;
    fwrite(data, 1, len, out);
    add_part(parts, kind, kind, (long)len);
    free(data);
    return NH_OK;
}

static bool is_input(const json_t *part)
{
    const char *kind = text_of(part, "kind");
    return strcmp(kind, "records") == 0 || strcmp(kind, "file") == 0 ||
           strcmp(kind, "reference") == 0;
}

struct pack {
    json_t *parts;
    FILE *out;
};

static int copy_catalog(void *state, const json_t *part, const char *data, size_t len,
                        struct nh_error *err)
{
    struct pack *p = state;
    (void)err;
    if (is_input(part))
        return NH_OK;
    fwrite(data, 1, len, p->out);
    json_array_append(p->parts, (json_t *)(uintptr_t)part);
    return NH_OK;
}

/* What nh_catalog_load_own reads. */
static int carry_catalog(json_t *parts, const char *own, FILE *out, struct nh_error *err)
{
    char path[NH_PATH_MAX];
    int rc = nh_data_path("machines.json", path, sizeof path, err);
    if (!rc)
        rc = carry_file(parts, "machines", path, out, err);
    if (!rc)
        rc = nh_data_path("prices.json", path, sizeof path, err);
    if (!rc)
        rc = carry_file(parts, "prices", path, out, err);
    if (!own && nh_catalog_own_path(path, sizeof path, NULL) == NH_OK && access(path, F_OK) == 0)
        own = path;
    return rc || !own ? rc : carry_file(parts, "own prices", own, out, err);
}

static void carry_damage(json_t *part, const struct nh_records *records)
{
    json_object_set_new(part, "damaged", json_integer((json_int_t)records->damaged));
    put_text(part, "damage", records->damage);
}

static int carry_input(const struct nh_dataset *set, size_t i, json_t *parts, FILE *out)
{
    const struct nh_input *input = &set->inputs[i];
    size_t first = i > 0 ? set->inputs[i - 1].records_end : 0;
    bool records = input->importer == &nh_importer_records;
    long start = ftell(out);
    if (!records)
        fwrite(input->data, 1, input->len, out);
    else if (input->records_end > first &&
             nh_records_shrink(out, set->records.items + first, input->records_end - first))
        return -1;
    add_part(parts, records ? "records" : "file", set->sources[i], ftell(out) - start);
    json_t *part = json_array_get(parts, json_array_size(parts) - 1);
    put_text(part, "sha256", input->digest);
    json_object_set_new(part, "size", json_integer((json_int_t)input->size));
    if (records && set->records.damaged)
        carry_damage(part, &set->records);
    return part ? 0 : -1; /* a name that is no UTF-8 */
}

/* As they are: the guard judges them as they were rounded. */
static void carry_reference(const struct nh_dataset *references, size_t i, json_t *parts, FILE *out)
{
    const struct nh_input *input = &references->inputs[i];
    fwrite(input->data, 1, input->len, out);
    add_part(parts, "reference", references->sources[i], (long)input->len);
}

int nh_carried_pack(const struct nh_dataset *set, const struct nh_dataset *references,
                    const struct nh_report_options *opt, struct nh_carried *out,
                    struct nh_error *err)
{
    *out = (struct nh_carried){0};
    FILE *body = open_memstream(&out->body, &out->body_len);
    if (!body)
        return nh_fail(err, NH_EFAIL, "out of memory");
    json_t *parts = json_array();
    struct pack pack = {parts, body};
    int rc = opt->carried ? each_part(opt->carried, copy_catalog, &pack, err)
                          : carry_catalog(parts, opt->prices, body, err);
    int failed = 0;
    for (size_t i = 0; !rc && !failed && i < set->source_count; i++)
        failed = carry_input(set, i, parts, body);
    for (size_t i = 0; !rc && !failed && i < references->source_count; i++)
        carry_reference(references, i, parts, body);
    failed = fclose(body) || failed;
    if (!rc && !failed)
        out->header = json_pack("{s:s, s:i, s:o, s:o, s:o}", "format", "nodehour-inputs", "version",
                                1, "options", options_json(opt, &set->given), "command",
                                command_json(opt->command), "parts", json_incref(parts));
    json_decref(parts);
    if (rc)
        nh_carried_clear(out);
    return rc;
}

/* ---- Options ---- */

static void fill(const json_t *o, const char *key, const char **at)
{
    *at = *at ? *at : text_of(o, key);
}

char **nh_carried_command(const struct nh_carried *c)
{
    const json_t *words = json_object_get(c->header, "command");
    size_t count = json_array_size(words), n = 0;
    char **command = calloc(count + 1, sizeof *command);
    for (size_t i = 0; command && i < count; i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (word)
            command[n++] = (char *)(uintptr_t)word;
    }
    return command;
}

void nh_carried_options(const struct nh_carried *c, struct nh_report_options *opt,
                        struct nh_goal_options *goal, struct nh_mesh_options *mesh)
{
    const json_t *o = json_object_get(c->header, "options");
    fill(o, "machine", &opt->machine);
    fill(o, "price_models", &opt->price_models);
    fill(o, "license_per_hour", &opt->license_per_hour);
    fill(o, "region", &opt->region);
    fill(o, "title", &opt->title);
    for (size_t i = 0; i < NH_COST_OPTIONS; i++)
        if (!opt->cost.value[i])
            opt->cost.value[i] = text_of(o, nh_cost_option_name(i));
    for (size_t i = 0; i < NH_GOAL_OPTIONS; i++)
        if (!goal->value[i])
            goal->value[i] = text_of(o, nh_goal_option_name(i));
    for (size_t i = 0; i < NH_MESH_OPTIONS; i++)
        if (!mesh->value[i])
            mesh->value[i] = text_of(o, nh_mesh_option_name(i));
    opt->goal = goal;
    opt->mesh = mesh;
    opt->skip_damaged = json_is_true(json_object_get(o, "skip_damaged"));
}

/* The catalog is read from files, so its bytes become one that has no name. */
static int as_file(const char *data, size_t len, char *path, size_t size, struct nh_error *err)
{
    int fd = memfd_create("nodehour-catalog", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
        if (fd >= 0)
            close(fd);
        return nh_fail_errno(err, "cannot unpack the catalog of this page");
    }
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return fd;
}

struct catalog_files {
    char path[3][64]; /* machines, prices, own prices */
    int fd[3];
};

static int keep_catalog(void *state, const json_t *part, const char *data, size_t len,
                        struct nh_error *err)
{
    static const char *const kinds[] = {"machines", "prices", "own prices"};
    struct catalog_files *f = state;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(text_of(part, "kind"), kinds[i]) != 0 || f->fd[i] >= 0)
            continue;
        f->fd[i] = as_file(data, len, f->path[i], sizeof f->path[i], err);
        return f->fd[i] < 0 ? NH_EFAIL : NH_OK;
    }
    return NH_OK;
}

int nh_carried_catalog(const struct nh_carried *c, struct nh_catalog *catalog, struct nh_error *err)
{
    struct catalog_files f = {.fd = {-1, -1, -1}};
    int rc = each_part(c, keep_catalog, &f, err);
    if (!rc && (f.fd[0] < 0 || f.fd[1] < 0))
        rc = damaged(err);
    if (!rc)
        rc = nh_catalog_read(f.path[0], f.path[1], catalog, err);
    if (!rc && f.fd[2] >= 0 && (rc = nh_catalog_add_prices(catalog, f.path[2], err)))
        nh_catalog_clear(catalog);
    for (size_t i = 0; i < 3; i++)
        if (f.fd[i] >= 0)
            close(f.fd[i]);
    return rc;
}

static int unpack(const json_t *part, const char *data, size_t len, char **copy, size_t *copy_len,
                  struct nh_error *err)
{
    FILE *out = open_memstream(copy, copy_len);
    int rc = out ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (!rc && strcmp(text_of(part, "kind"), "records") == 0)
        rc = nh_records_expand(out, data, len, err);
    else if (!rc)
        fwrite(data, 1, len, out);
    if (out && fclose(out) && !rc)
        rc = nh_fail(err, NH_EFAIL, "out of memory");
    return rc;
}

static int add_input(void *state, const json_t *part, const char *data, size_t len,
                     struct nh_error *err)
{
    struct nh_dataset *set = state;
    const char *damage = text_of(part, "damage");
    char *copy = NULL;
    size_t copy_len = 0;
    if (!is_input(part) || strcmp(text_of(part, "kind"), "reference") == 0)
        return NH_OK;
    int rc = unpack(part, data, len, &copy, &copy_len, err);
    if (rc) {
        free(copy);
        return rc;
    }
    rc = nh_dataset_add_input(set, text_of(part, "name"), copy, copy_len, true, err);
    if (rc)
        return rc;
    struct nh_input *input = &set->inputs[set->source_count - 1];
    input->size = (size_t)json_integer_value(json_object_get(part, "size"));
    snprintf(input->digest, sizeof input->digest, "%.64s",
             text_of(part, "sha256") ? text_of(part, "sha256") : "");
    if (damage) {
        set->records.damaged = (size_t)json_integer_value(json_object_get(part, "damaged"));
        snprintf(set->records.damage, sizeof set->records.damage, "%s", damage);
    }
    return NH_OK;
}

/* What is said now wins over what was said then. */
static struct nh_given given_now(const struct nh_given *now, struct nh_given then)
{
    if (!now)
        return then;
    then.name = now->name ? now->name : then.name;
    then.map = now->map ? now->map : then.map;
    then.nodes = now->nodes ? now->nodes : then.nodes;
    then.cores = now->cores ? now->cores : then.cores;
    then.cells = now->cells > 0 ? now->cells : then.cells;
    then.scaling = now->scaling ? now->scaling : then.scaling;
    then.skip_steps = now->skip_steps >= 0 ? now->skip_steps : then.skip_steps;
    then.which = now->which ? now->which : then.which;
    then.work = now->work > 0 ? now->work : then.work;
    return then;
}

int nh_carried_load(const struct nh_carried *c, const struct nh_given *given,
                    struct nh_dataset *set, struct nh_error *err)
{
    const json_t *logs = json_object_get(json_object_get(c->header, "options"), "logs");
    const struct nh_given all = given_now(given, given_of(logs));
    nh_dataset_start(set, &all);
    int rc = each_part(c, add_input, set, err);
    if (!rc && set->not_carried) /* no page of ours; its names are not opened */
        rc = nh_fail(err, NH_EINPUT,
                     "the page's inputs name other files; give the files that it was made of");
    if (rc)
        nh_dataset_clear(set);
    return rc;
}

static int add_reference(void *state, const json_t *part, const char *data, size_t len,
                         struct nh_error *err)
{
    char *copy = NULL;
    size_t copy_len = 0;
    if (strcmp(text_of(part, "kind"), "reference") != 0)
        return NH_OK;
    int rc = unpack(part, data, len, &copy, &copy_len, err);
    if (!rc)
        return nh_dataset_add_input(state, text_of(part, "name"), copy, copy_len, false, err);
    free(copy);
    return rc;
}

int nh_carried_references(const struct nh_carried *c, struct nh_dataset *set, struct nh_error *err)
{
    return each_part(c, add_reference, set, err);
}

void nh_carried_notes(const struct nh_carried *c, struct nh_dataset *set)
{
    size_t i;
    json_t *note;
    json_array_foreach(json_object_get(c->header, "notes"), i, note)
    {
        if (json_is_string(note))
            nh_dataset_warn(set, "%s", json_string_value(note));
    }
}
