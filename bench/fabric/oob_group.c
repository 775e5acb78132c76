/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine's control messages between two ranks, over the TCP connection. */
#include <stdlib.h>

#include "bench/fabric/oob.h"

static int send_to(void *context, int to, const void *data, size_t len, struct nh_error *err)
{
    (void)to;
    return nh_oob_send(context, data, len, err);
}

static int receive_from(void *context, int from, void *data, size_t len, struct nh_error *err)
{
    (void)from;
    return nh_oob_receive(context, data, len, err);
}

/* Short enough for the buffers of the connection: both may send first. */
static int exchange(void *context, int to, const void *out, int from, void *in, size_t len,
                    struct nh_error *err)
{
    int code = send_to(context, to, out, len, err);
    return code ? code : receive_from(context, from, in, len, err);
}

static int broadcast(void *context, void *data, size_t len, struct nh_error *err)
{
    const struct nh_oob *o = context;
    return o->rank == 0 ? nh_oob_send(context, data, len, err)
                        : nh_oob_receive(context, data, len, err);
}

static void combine(enum nh_reduction how, int64_t *mine, const int64_t *theirs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (how == NH_SUM)
            mine[i] += theirs[i];
        else if ((theirs[i] > mine[i]) == (how == NH_MAX))
            mine[i] = theirs[i];
    }
}

/* Rank 1 sends, rank 0 combines and answers: safe for any length. */
static int reduce(void *context, enum nh_reduction how, int64_t *values, size_t n,
                  struct nh_error *err)
{
    const struct nh_oob *o = context;
    size_t len = n * sizeof *values;
    if (o->rank == 1) {
        int code = nh_oob_send(context, values, len, err);
        return code ? code : nh_oob_receive(context, values, len, err);
    }
    int64_t *theirs = malloc(len + 1);
    if (!theirs)
        return nh_fail(err, NH_EFAIL, "out of memory");
    int code = nh_oob_receive(context, theirs, len, err);
    if (code == NH_OK) {
        combine(how, values, theirs, n);
        code = nh_oob_send(context, values, len, err);
    }
    free(theirs);
    return code;
}

static int barrier(void *context, struct nh_error *err)
{
    char mine = 'b', theirs;
    return exchange(context, 0, &mine, 0, &theirs, 1, err);
}

static int agree(void *context, int code, struct nh_error *err)
{
    const struct nh_oob *o = context;
    struct nh_error mine = {0}, theirs = {0}, broken = {0};
    if (code && err)
        mine = *err;
    mine.code = code;
    int failed = exchange(context, 0, &mine, 0, &theirs, sizeof mine, &broken);
    if (failed && code) /* what this side has found out comes before the loss of the other */
        return code;
    const struct nh_error *first = o->rank == 0 ? &mine : &theirs;
    const struct nh_error *second = o->rank == 0 ? &theirs : &mine;
    const struct nh_error *said = failed ? &broken : first->code ? first : second;
    if (said->code == NH_OK)
        return NH_OK;
    int result = said->code;
    if (err)
        *err = *said;
    return result;
}

void nh_oob_group(struct nh_oob *o, struct nh_group *group)
{
    *group = (struct nh_group){.rank = o->rank,
                               .size = 2,
                               .context = o,
                               .broadcast = broadcast,
                               .reduce = reduce,
                               .barrier = barrier,
                               .agree = agree,
                               .send = send_to,
                               .receive = receive_from,
                               .exchange = exchange};
}
