/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/record_fold.h"

#include <stdlib.h>
#include <string.h>

#include "common/record_scan.h"

enum { KEPT_WHATEVER = 2048, FIRST_SLOTS = 1024 };

/* A configuration; `record` is its number in the set, or in the part until that is known. */
struct configuration {
    char *key;
    size_t key_len;
    uint64_t hash;
    size_t record;
};

struct nh_folder {
    struct nh_record_scan scan;
    bool scanned; /* the last line, so that its key stands in `scan` */
    struct configuration *items;
    size_t count, known; /* the first `known` have numbers of the set */
    size_t *slots;       /* open addressing: index + 1, 0 when free */
    size_t slot_count;
    size_t kept;
    struct nh_folded_list folded; /* of the part; `record` is an index in items */
};

struct nh_folder *nh_folder_new(void)
{
    struct nh_folder *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->slot_count = FIRST_SLOTS;
    f->slots = calloc(f->slot_count, sizeof *f->slots);
    if (f->slots)
        return f;
    free(f);
    return NULL;
}

void nh_folder_free(struct nh_folder *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        free(f->items[i].key);
    free(f->items);
    free(f->slots);
    free(f->folded.items);
    free(f);
}

/* FNV-1a, eight bytes at a time. */
static uint64_t hash_of(const char *key, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ len, word;
    for (; len >= sizeof word; key += sizeof word, len -= sizeof word) {
        memcpy(&word, key, sizeof word);
        h = (h ^ word) * 0x100000001b3u;
        h ^= h >> 29;
    }
    for (; len > 0; key++, len--)
        h = (h ^ (unsigned char)*key) * 0x100000001b3u;
    return h ^ (h >> 32);
}

/* The slot of a key, or the free one where it belongs. */
static size_t *find_slot(const struct nh_folder *f, const char *key, size_t len, uint64_t hash)
{
    size_t at = hash & (f->slot_count - 1);
    for (; f->slots[at]; at = (at + 1) & (f->slot_count - 1)) {
        const struct configuration *c = &f->items[f->slots[at] - 1];
        if (c->hash == hash && c->key_len == len && memcmp(c->key, key, len) == 0)
            break;
    }
    return &f->slots[at];
}

/* Room for twice as many as there are. */
static void *grow(void *items, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    return realloc(items, (count ? 2 * count : 1) * size);
}

static bool push(struct nh_folded_list *list, const struct nh_folded *item)
{
    struct nh_folded *grown = grow(list->items, list->count, sizeof *grown);
    if (!grown)
        return false;
    list->items = grown;
    list->items[list->count++] = *item;
    return true;
}

bool nh_folder_take(struct nh_folder *f, const char *line, size_t len)
{
    struct nh_record_scan *s = &f->scan;
    f->scanned = nh_record_scan(line, len, s);
    if (!f->scanned || s->matrix || f->kept < KEPT_WHATEVER)
        return false;
    size_t slot = *find_slot(f, s->key, s->key_len, hash_of(s->key, s->key_len));
    if (slot == 0)
        return false;
    /* When memory is short the record is kept, where that is reported. */
    return push(&f->folded, &(struct nh_folded){.record = (uint32_t)(slot - 1),
                                                .bimodal = s->bimodal,
                                                .size_bytes = s->size_bytes,
                                                .bandwidth = s->bandwidth,
                                                .median_ns = s->median,
                                                .spread = s->median > 0 ? s->mad / s->median : 0});
}

static bool widen(struct nh_folder *f)
{
    size_t *wider = calloc(2 * f->slot_count, sizeof *wider);
    if (!wider)
        return false;
    free(f->slots);
    f->slots = wider;
    f->slot_count *= 2;
    for (size_t i = 0; i < f->count; i++) {
        const struct configuration *c = &f->items[i];
        *find_slot(f, c->key, c->key_len, c->hash) = i + 1;
    }
    return true;
}

static bool add_configuration(struct nh_folder *f, size_t *slot, uint64_t hash, size_t index)
{
    struct configuration *grown = grow(f->items, f->count, sizeof *grown);
    char *key = grown ? malloc(f->scan.key_len) : NULL;
    if (grown)
        f->items = grown;
    if (!key)
        return false;
    memcpy(key, f->scan.key, f->scan.key_len);
    f->items[f->count++] = (struct configuration){key, f->scan.key_len, hash, index};
    *slot = f->count;
    return f->count < f->slot_count / 2 || widen(f);
}

int nh_folder_kept(struct nh_folder *f, size_t index, struct nh_error *err)
{
    f->kept++;
    if (!f->scanned || f->scan.matrix)
        return NH_OK;
    uint64_t hash = hash_of(f->scan.key, f->scan.key_len);
    size_t *slot = find_slot(f, f->scan.key, f->scan.key_len, hash);
    if (*slot || add_configuration(f, slot, hash, index))
        return NH_OK;
    return nh_fail(err, NH_EFAIL, "out of memory");
}

int nh_folder_flush(struct nh_folder *f, size_t first, struct nh_folded_list *list,
                    struct nh_error *err)
{
    for (; f->known < f->count; f->known++)
        f->items[f->known].record += first;
    for (size_t i = 0; i < f->folded.count; i++) {
        struct nh_folded item = f->folded.items[i];
        item.record = (uint32_t)f->items[item.record].record;
        if (!push(list, &item))
            return nh_fail(err, NH_EFAIL, "out of memory");
    }
    f->folded.count = 0;
    memset(f->scan.seen, 0, sizeof f->scan.seen);
    return NH_OK;
}
