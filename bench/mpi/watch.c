/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/mpi/watch.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/mpi/neighbours.h"
#include "bench/proof/proof.h"
#include "common/cli.h"

/* One for each rank of the host, written by it alone, and as long as a cache line. Not aligned
 * to one: MPI promises that of a shared window only for basic types. */
struct mark {
    atomic_llong steps;
    atomic_int pid, rank;
    char rest[64 - sizeof(atomic_llong) - 2 * sizeof(atomic_int)];
};

struct nh_mpi_watchdog {
    struct nh_group inner; /* the group that is watched */
    struct mark *marks, *mine;
    MPI_Win window;
    MPI_Comm host;
    int index, ranks; /* of this rank among those of the host */
    struct nh_neighbours *neighbours;
    double limit_s;
    const char *verb;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ending, running;
};

/* ---- the group, with a mark at each control message ---- */

static void step(struct nh_mpi_watchdog *w)
{
    /* The only writer; nothing else is ordered by it. */
    long long steps = atomic_load_explicit(&w->mine->steps, memory_order_relaxed);
    atomic_store_explicit(&w->mine->steps, steps + 1, memory_order_relaxed);
}

static int broadcast(void *context, void *data, size_t len, struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.broadcast(w->inner.context, data, len, err);
}

static int reduce(void *context, enum nh_reduction how, int64_t *values, size_t n,
                  struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.reduce(w->inner.context, how, values, n, err);
}

static int barrier(void *context, struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.barrier(w->inner.context, err);
}

static int agree(void *context, int code, struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.agree(w->inner.context, code, err);
}

static int send(void *context, int to, const void *data, size_t len, struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.send(w->inner.context, to, data, len, err);
}

static int receive(void *context, int from, void *data, size_t len, struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.receive(w->inner.context, from, data, len, err);
}

static int exchange(void *context, int to, const void *out, int from, void *in, size_t len,
                    struct nh_error *err)
{
    struct nh_mpi_watchdog *w = context;
    step(w);
    return w->inner.exchange(w->inner.context, to, out, from, in, len, err);
}

static void watch_group(struct nh_mpi_watchdog *w, struct nh_group *group)
{
    w->inner = *group;
    group->context = w;
    group->broadcast = broadcast;
    group->reduce = reduce;
    group->barrier = barrier;
    group->agree = agree;
    group->send = send;
    group->receive = receive;
    group->exchange = exchange;
}

/* ---- who is late ---- */

static long long steps_of(const struct mark *m)
{
    return atomic_load_explicit(&m->steps, memory_order_relaxed);
}

/* State letter and processor time in ticks from /proc; 'X' when there is no such process. */
static char process_state(int pid, unsigned long long *ticks)
{
    char path[64], text[512] = "", state = 'X';
    unsigned long long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *in = fopen(path, "re");
    const char *after_name = in && fgets(text, sizeof text, in) ? strrchr(text, ')') : NULL;
    if (after_name &&
        sscanf(after_name + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &state,
               &user, &system) != 3)
        state = 'X';
    if (in)
        fclose(in);
    *ticks = user + system;
    return state;
}

struct line {
    char text[768];
};

static void add(struct line *l, const char *fmt, ...) NH_PRINTF(2, 3);

static void add(struct line *l, const char *fmt, ...)
{
    size_t used = strlen(l->text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(l->text + used, sizeof l->text - used, fmt, args);
    va_end(args);
}

static const char *trouble(char state)
{
    switch (state) {
    case 'T':
    case 't':
        return "is stopped";
    case 'Z':
    case 'X':
        return "has died";
    default:
        return NULL;
    }
}

static void name_rank(struct line *l, const struct mark *m, const char *what)
{
    add(l, "%srank %d (process %d) %s", *l->text ? ", " : "", atomic_load(&m->rank),
        atomic_load(&m->pid), what);
}

static const struct mark *slowest(const struct nh_mpi_watchdog *w, bool *all_equal)
{
    const struct mark *slow = &w->marks[0];
    *all_equal = true;
    for (int i = 1; i < w->ranks; i++) {
        long long steps = steps_of(&w->marks[i]), fewest = steps_of(slow);
        *all_equal = *all_equal && steps == fewest;
        slow = steps < fewest ? &w->marks[i] : slow;
    }
    return slow;
}

enum { NAMED = 8 };

/* Dead and stopped processes of this host. */
static void name_trouble(const struct nh_mpi_watchdog *w, struct line *who)
{
    unsigned long long ticks;
    int named = 0;
    for (int i = 0; i < w->ranks && named < NAMED; i++) {
        const char *what = trouble(process_state(atomic_load(&w->marks[i].pid), &ticks));
        if (what)
            name_rank(who, &w->marks[i], what);
        named += what != NULL;
    }
}

/* Those of this host that have not come as far as its others. */
static void name_behind(const struct nh_mpi_watchdog *w, struct line *who)
{
    bool equal;
    int named = 0;
    long long fewest = steps_of(slowest(w, &equal));
    for (int i = 0; named < NAMED && !equal && i < w->ranks; i++)
        if (steps_of(&w->marks[i]) == fewest) {
            name_rank(who, &w->marks[i], "has not come as far as the others");
            named++;
        }
}

/* What other hosts are told. */
static void host_state(void *context, struct nh_host_state *out)
{
    const struct nh_mpi_watchdog *w = context;
    struct line who = {""};
    bool equal;
    const struct mark *slow = slowest(w, &equal);
    out->steps = steps_of(slow);
    out->rank = atomic_load(&slow->rank);
    name_trouble(w, &who);
    snprintf(out->trouble, sizeof out->trouble, "%.255s", who.text);
}

/* Only the first rank of a host can ask the others; in a job of several hosts it is the first
 * to notice, too. */
static void find_late(const struct nh_mpi_watchdog *w, struct line *who)
{
    name_trouble(w, who);
    if (!*who->text && w->neighbours)
        nh_neighbours_ask(w->neighbours, who->text, sizeof who->text / 2);
    if (!*who->text)
        name_behind(w, who);
}

static void nap(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds};
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

/* Ends the process: the main thread is inside MPI and cannot be told. A host on which nobody
 * is late waits a little, so that the host that knows more speaks first. */
static _Noreturn void give_up(const struct nh_mpi_watchdog *w)
{
    struct line who = {""}, out = {""};
    char host[64] = "?";
    gethostname(host, sizeof host - 1);
    find_late(w, &who);
    if (!*who.text) {
        nap(2);
        add(&who, "no rank of this host is later than the others; see other hosts");
    }
    add(&out,
        "nodehour-mpi %s: no rank of host %s has come on for %g s: %s; records of finished lines "
        "are kept, --timeout changes the limit\n",
        w->verb, host, w->limit_s, who.text);
    ssize_t written = write(STDERR_FILENO, out.text, strlen(out.text));
    _exit(written < 0 ? NH_EFAIL : NH_EPARTIAL);
}

/* ---- the thread ---- */

static long long total_steps(const struct nh_mpi_watchdog *w)
{
    long long sum = 0;
    for (int i = 0; i < w->ranks; i++)
        sum += steps_of(&w->marks[i]);
    return sum;
}

static struct timespec after(double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long ns = t.tv_nsec + (long long)(seconds * 1e9);
    t.tv_sec += (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    return t;
}

/* True when the watch ends. */
static bool sleep_for(struct nh_mpi_watchdog *w, double seconds)
{
    struct timespec until = after(seconds);
    int code = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->ending && code == 0)
        code = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    bool ending = w->ending;
    pthread_mutex_unlock(&w->lock);
    return ending;
}

/* Looks are counted, not seconds: a host that was suspended as a whole is not late. */
static void *watch(void *context)
{
    struct nh_mpi_watchdog *w = context;
    double period = w->limit_s / 8 < 5 ? w->limit_s / 8 : 5, waited = 0;
    /* The ranks of a host notice one after the other, so that one of them speaks. */
    double limit = w->limit_s + (w->index < 16 ? w->index : 16) * 0.5;
    long long seen = -1;
    while (!sleep_for(w, period)) {
        long long now = total_steps(w);
        waited = now == seen ? waited + period : 0;
        seen = now;
        if (waited >= limit)
            give_up(w);
    }
    return NULL;
}

static int start_thread(struct nh_mpi_watchdog *w, struct nh_error *err)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    w->running = pthread_create(&w->thread, NULL, watch, w) == 0;
    return w->running ? NH_OK
                      : nh_fail(err, NH_EFAIL,
                                "no thread for the watch on hanging ranks; raise the limit of "
                                "processes (ulimit -u) or give --timeout 0");
}

static void make_marks(struct nh_mpi_watchdog *w, int rank)
{
    MPI_Aint size;
    int unit;
    void *first;
    MPI_Win_allocate_shared(sizeof *w->mine, 1, MPI_INFO_NULL, w->host, &w->mine, &w->window);
    MPI_Win_shared_query(w->window, 0, &size, &unit, &first);
    w->marks = first;
    w->mine = w->marks + w->index;
    atomic_init(&w->mine->steps, 0);
    atomic_init(&w->mine->rank, rank);
    atomic_init(&w->mine->pid, (int)getpid());
    MPI_Barrier(w->host);
}

int nh_mpi_watchdog_open(struct nh_mpi_session *s, double limit_s, const char *verb,
                         struct nh_error *err)
{
    if (limit_s <= 0)
        return NH_OK;
    struct nh_mpi_watchdog *w = calloc(1, sizeof *w);
    int code = nh_mpi_agree(s, w ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory"), err);
    if (code || !w) {
        free(w);
        return code;
    }
    s->watch = w;
    w->limit_s = limit_s;
    w->verb = verb;
    MPI_Comm_split_type(s->comm, MPI_COMM_TYPE_SHARED, s->rank, MPI_INFO_NULL, &w->host);
    MPI_Comm_rank(w->host, &w->index);
    MPI_Comm_size(w->host, &w->ranks);
    make_marks(w, s->rank);
    nh_proof_ignore(s->proof, w->marks);
    if (!s->simulated)
        w->neighbours = nh_mpi_neighbours(s->comm, w->host, host_state, w);
    watch_group(w, &s->group);
    return nh_mpi_agree(s, start_thread(w, err), err);
}

void nh_mpi_watchdog_close(struct nh_mpi_session *s)
{
    struct nh_mpi_watchdog *w = s->watch;
    if (!w)
        return;
    s->group = w->inner;
    if (w->running) {
        pthread_mutex_lock(&w->lock);
        w->ending = true;
        pthread_cond_signal(&w->wake);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    nh_neighbours_close(w->neighbours);
    MPI_Win_free(&w->window);
    MPI_Comm_free(&w->host);
    free(w);
    s->watch = NULL;
}

void nh_mpi_watchdog_step(struct nh_mpi_session *s)
{
    if (s->watch)
        step(s->watch);
}

/* ---- the end ---- */

struct ending {
    int rank, code;
    const char *verb;
};

static void *last_resort(void *context)
{
    const struct ending *e = context;
    nap(10);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    if (e->rank == 0)
        fprintf(stderr,
                "nodehour-mpi %s: warning: MPI_Finalize did not end within 10 s; all results are "
                "written, and the program ends without it\n",
                e->verb);
    _exit(e->rank == 0 ? e->code : NH_OK);
}

void nh_mpi_finalize(int rank, int code, const char *verb)
{
    struct ending e = {rank, code, verb};
    pthread_t thread;
    bool guarded = pthread_create(&thread, NULL, last_resort, &e) == 0;
    fflush(stdout);
    MPI_Finalize();
    if (guarded) {
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
}
