/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/proof/shared.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A look keeps a hash for each of this many pages, and reads at most PRESENT_MAX of them. */
enum { SEGMENTS = 128, PAGES = 1 << 16, PRESENT_MAX = 4096, IGNORED = 4, PAGE_MAX = 1 << 16 };

struct segment {
    unsigned long start, end, offset, inode;
    unsigned major, minor;
    bool common;         /* another process maps it */
    size_t first, pages; /* of the hashes */
    char name[64];
};

struct look {
    struct segment segment[SEGMENTS];
    int count;
    bool partial;
    size_t pages, present; /* used so far */
    uint64_t hash[PAGES];  /* 0: not present */
};

struct nh_shared {
    pid_t *others;
    int count;
    size_t page;
    int memory; /* /proc/self/mem: a file that was cut short is an error there, and no signal */
    const void *ignored[IGNORED];
    struct look before, after;
    unsigned char resident[PAGES], text[PAGE_MAX];
};

/* ---- mappings ---- */

/* Registers of devices must not be read, and nothing else that is no memory. */
static bool is_memory(const char *path)
{
    static const char *const kinds[] = {"/dev/shm/", "/dev/zero", "/SYSV", "/memfd:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(path, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return path[0] == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/sys/", 5) != 0;
}

/* A line of maps, when it is shared memory. */
static bool parse(const char *line, struct segment *s, bool *writable)
{
    char mode[8];
    int at = 0;
    *s = (struct segment){.start = 0};
    if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %n", &s->start, &s->end, mode, &s->offset,
               &s->major, &s->minor, &s->inode, &at) != 7 ||
        at == 0 || mode[3] != 's' || !is_memory(line + at))
        return false;
    *writable = mode[1] == 'w';
    snprintf(s->name, sizeof s->name, "%.63s", line + at);
    s->name[strcspn(s->name, "\n")] = '\0';
    return true;
}

static bool is_ignored(const struct nh_shared *s, const struct segment *m)
{
    for (int i = 0; i < IGNORED; i++) {
        unsigned long address = (unsigned long)(uintptr_t)s->ignored[i];
        if (address && address >= m->start && address < m->end)
            return true;
    }
    return false;
}

static void list_own(const struct nh_shared *s, struct look *l)
{
    char line[512];
    bool writable;
    FILE *in = fopen("/proc/self/maps", "re");
    l->partial = in == NULL;
    while (in && fgets(line, sizeof line, in)) {
        struct segment m;
        if (!parse(line, &m, &writable) || !writable || is_ignored(s, &m))
            continue;
        if (l->count < SEGMENTS)
            l->segment[l->count++] = m;
        else
            l->partial = true;
    }
    if (in)
        fclose(in);
}

static bool same_file(const struct segment *a, const struct segment *b)
{
    return a->inode == b->inode && a->major == b->major && a->minor == b->minor;
}

static void mark_common(struct look *l, pid_t pid)
{
    char path[64], line[512];
    bool writable;
    snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
    FILE *in = fopen(path, "re");
    l->partial = l->partial || !in;
    while (in && fgets(line, sizeof line, in)) {
        struct segment m;
        if (parse(line, &m, &writable))
            for (int i = 0; i < l->count; i++)
                l->segment[i].common = l->segment[i].common || same_file(&l->segment[i], &m);
    }
    if (in)
        fclose(in);
}

/* ---- contents ---- */

/* FNV-1a over words; never 0. */
static uint64_t hash_of(const unsigned char *bytes, size_t n)
{
    uint64_t hash = 0xcbf29ce484222325u, word;
    for (size_t i = 0; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return hash ? hash : 1;
}

static uint64_t look_at_page(struct nh_shared *s, struct look *l, unsigned long address)
{
    if (l->present >= PRESENT_MAX) {
        l->partial = true;
        return 0;
    }
    l->present++;
    ssize_t got = pread(s->memory, s->text, s->page, (off_t)address);
    return got == (ssize_t)s->page ? hash_of(s->text, s->page) : 0;
}

/* Pages that are not there are not touched: reading would make them. */
static void look_at(struct nh_shared *s, struct look *l, struct segment *m)
{
    size_t pages = (m->end - m->start) / s->page, left = PAGES - l->pages;
    l->partial = l->partial || pages > left;
    m->first = l->pages;
    m->pages = pages < left ? pages : left;
    l->pages += m->pages;
    if (m->pages == 0 || mincore((void *)(uintptr_t)m->start, m->pages * s->page,
                                 s->resident)) // NOLINT(performance-no-int-to-ptr)
        return;
    for (size_t i = 0; i < m->pages; i++)
        if (s->resident[i] & 1)
            l->hash[m->first + i] = look_at_page(s, l, m->start + i * s->page);
}

static void look(struct nh_shared *s, struct look *l)
{
    memset(l, 0, sizeof *l);
    if (s->count == 0)
        return;
    list_own(s, l);
    for (int i = 0; i < s->count; i++)
        mark_common(l, s->others[i]);
    for (int i = 0; i < l->count; i++)
        if (l->segment[i].common)
            look_at(s, l, &l->segment[i]);
}

/* ---- both looks ---- */

static const struct segment *find(const struct look *l, const struct segment *like)
{
    for (int i = 0; i < l->count; i++)
        if (l->segment[i].common && same_file(&l->segment[i], like) &&
            l->segment[i].offset == like->offset)
            return &l->segment[i];
    return NULL;
}

static int64_t changed_pages(const struct nh_shared *s, const struct segment *now)
{
    const struct segment *was = find(&s->before, now);
    int64_t changed = 0;
    for (size_t i = 0; i < now->pages; i++) {
        uint64_t before = was && i < was->pages ? s->before.hash[was->first + i] : 0;
        uint64_t after = s->after.hash[now->first + i];
        changed += after != 0 && after != before;
    }
    return changed;
}

void nh_shared_before(struct nh_shared *s)
{
    look(s, &s->before);
}

void nh_shared_after(struct nh_shared *s, struct nh_shared_seen *out, char *name, size_t len)
{
    int64_t most = 0, page = (int64_t)s->page;
    look(s, &s->after);
    *out = (struct nh_shared_seen){.looked_bytes = (int64_t)s->after.present * page,
                                   .unseen = s->before.partial || s->after.partial || !s->count};
    snprintf(name, len, "%s", "");
    for (int i = 0; i < s->after.count; i++) {
        const struct segment *m = &s->after.segment[i];
        if (!m->common)
            continue;
        int64_t changed = changed_pages(s, m);
        out->segments++;
        out->bytes += (int64_t)(m->end - m->start);
        out->written_segments += changed > 0;
        out->written_bytes += changed * page;
        if (changed > most)
            snprintf(name, len, "%s", m->name);
        most = changed > most ? changed : most;
    }
}

/* ---- opening ---- */

/* A number may belong to another process where it was counted in another namespace. */
static bool runs_this_program(pid_t pid)
{
    char path[64];
    struct stat own, other;
    snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
    return pid != getpid() && stat(path, &other) == 0 && stat("/proc/self/exe", &own) == 0 &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

struct nh_shared *nh_shared_open(const pid_t *others, int count)
{
    struct nh_shared *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    s->page = (size_t)sysconf(_SC_PAGESIZE);
    s->others = calloc((size_t)count + 1, sizeof *s->others);
    if (!s->others || s->memory < 0 || s->page > PAGE_MAX) {
        nh_shared_close(s);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        if (runs_this_program(others[i]))
            s->others[s->count++] = others[i];
    return s;
}

void nh_shared_close(struct nh_shared *s)
{
    if (!s)
        return;
    if (s->memory >= 0)
        close(s->memory);
    free(s->others);
    free(s);
}

void nh_shared_ignore(struct nh_shared *s, const void *address)
{
    int i = 0;
    while (i < IGNORED - 1 && s->ignored[i])
        i++;
    s->ignored[i] = address;
}
