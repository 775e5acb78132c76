/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/fetch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/paths.h"
#include "launch/awscli.h"

enum { MOST_PAGES = 100, NAME = 64 };
static const char default_models[] = "on-demand,reserved,savings,spot";

/* ---- Lists ---- */

/* The next word of a comma-separated list; NULL at its end, and for one that is too long. */
static const char *next_word(const char *at, char *word)
{
    size_t len = strcspn(at, ",");
    if (len == 0 || len >= NAME)
        return NULL;
    memcpy(word, at, len);
    word[len] = '\0';
    return at + len + (at[len] == ',');
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool source_has(const struct nh_price_source *s, const char *model)
{
    for (size_t i = 0; s->models[i]; i++)
        if (begins(model, s->models[i]) || begins(s->models[i], model))
            return true;
    return false;
}

static bool source_asked(const struct nh_price_source *s, const char *models)
{
    char word[NAME];
    for (const char *at = models; (at = next_word(at, word));)
        if (source_has(s, word))
            return true;
    return false;
}

static bool model_asked(const char *models, const char *model)
{
    char word[NAME];
    for (const char *at = models; (at = next_word(at, word));)
        if (begins(model, word))
            return true;
    return false;
}

/* Names end up in filters of the CLI: letters, digits, '.', '-' only. */
static int check_name(const char *what, const char *name, struct nh_error *err)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
            return nh_fail(err, NH_EINPUT, "%s '%.60s' is no name; write one like %s", what, name,
                           strcmp(what, "machine") == 0 ? "c5n.18xlarge" : "us-east-1");
    if (strlen(name) >= sizeof((struct nh_price *)0)->machine)
        return nh_fail(err, NH_EINPUT, "%s '%.60s' is too long a name; check it", what, name);
    return NH_OK;
}

static int check_models(const char *models, struct nh_error *err)
{
    char word[NAME];
    const char *at = models;
    while (*at) {
        bool known = false;
        if (!(at = next_word(at, word)))
            return nh_fail(err, NH_EINPUT,
                           "--price-model: '%.60s' has an empty or too long name; "
                           "write on-demand,spot",
                           models);
        for (size_t i = 0; nh_price_sources[i]; i++)
            known = known || source_has(nh_price_sources[i], word);
        if (!known)
            return nh_fail(err, NH_EINPUT,
                           "--price-model: AWS has no '%s'; write on-demand, reserved, savings, "
                           "spot or capacity-block",
                           word);
    }
    return NH_OK;
}

/* ---- Asking ---- */

static int ask_page(const struct nh_price_source *s, const char *program,
                    const struct nh_price_query *q, struct nh_price_set *set, struct nh_error *err)
{
    struct nh_words words = {.count = 0};
    char *answer = NULL;
    size_t len = 0;
    nh_price_source_command(s, q, &words);
    if (words.failed)
        return nh_fail(err, NH_EINPUT, "aws %s: too long a command; give shorter names",
                       s->operation);
    int rc = nh_awscli_run(program, words.items, &answer, &len, err);
    if (!rc)
        rc = nh_price_source_read(s, q, answer, len, set, err);
    free(answer);
    return rc;
}

static int ask_pages(const struct nh_price_source *s, const char *program,
                     const struct nh_price_query *query, struct nh_price_set *set,
                     struct nh_error *err)
{
    struct nh_price_query q = *query;
    char page[sizeof set->next_page];
    for (int i = 0; i < MOST_PAGES; i++) {
        int rc = ask_page(s, program, &q, set, err);
        if (rc || set->next_page[0] == '\0')
            return rc;
        memcpy(page, set->next_page, sizeof page);
        q.page = page;
    }
    return nh_fail(err, NH_EFAIL, "aws %s: more than %d pages; report this", s->operation,
                   MOST_PAGES);
}

/* Keeps of one answer what was asked for. */
static int keep(struct nh_fetch *f, const char *models, const struct nh_price_set *got,
                size_t *kept, struct nh_error *err)
{
    for (size_t i = 0; i < got->count; i++) {
        if (!model_asked(models, got->items[i].model))
            continue;
        if (nh_price_set_add(&f->set, &got->items[i], err))
            return err->code;
        ++*kept;
    }
    return NH_OK;
}

static int ask_source(struct nh_fetch *f, const struct nh_price_source *s, const char *program,
                      const char *models, FILE *notes, struct nh_error *err)
{
    struct nh_price_set got = {.count = 0};
    size_t kept = 0;
    int rc = ask_pages(s, program, &f->query, &got, err);
    if (!rc)
        rc = keep(f, models, &got, &kept, err);
    if (!rc && kept == 0 && s->always)
        rc = nh_fail(err, NH_EINPUT,
                     "aws %s: no price of '%s' in %s; check the names, or whether AWS offers it "
                     "there",
                     s->operation, f->query.machine, f->query.region);
    else if (!rc && kept == 0 && notes)
        fprintf(notes, "note: no %s price of %s in %s (aws %s)\n", s->models[0], f->query.machine,
                f->query.region, s->operation);
    nh_price_set_clear(&got);
    return rc;
}

int nh_fetch_prices(struct nh_fetch *f, FILE *notes, struct nh_error *err)
{
    char program[NH_PATH_MAX], machine[NAME], today[16];
    const char *models = f->models ? f->models : default_models, *at = f->machines;
    time_t now = (time_t)f->query.to_s;
    struct tm tm = {0};
    strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &tm));
    f->query.today = today;
    int rc = check_models(models, err);
    if (!rc)
        rc = check_name("region", f->query.region, err);
    if (!rc && f->query.zone)
        rc = check_name("zone", f->query.zone, err);
    if (!rc)
        rc = nh_awscli_find(f->program, program, sizeof program, err);
    while (!rc && *at) {
        if (!(at = next_word(at, machine)))
            return nh_fail(err, NH_EINPUT,
                           "--machine: '%.60s' has an empty or too long name; write "
                           "c5n.18xlarge,hpc7a.96xlarge",
                           f->machines);
        f->query.machine = machine;
        rc = check_name("machine", machine, err);
        for (size_t i = 0; !rc && nh_price_sources[i]; i++)
            if (source_asked(nh_price_sources[i], models))
                rc = ask_source(f, nh_price_sources[i], program, models, notes, err);
    }
    return rc;
}
