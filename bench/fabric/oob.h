/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_OOB_H
#define NH_OOB_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/engine/group.h"

/*
 * Two processes that find each other over TCP, without MPI: for addresses and keys, and
 * for the control messages of the engine. A partner that closes the connection or is
 * silent for `timeout_s` is lost: NH_EPARTIAL, from every function, from then on.
 */
struct nh_oob {
    int fd; /* -1 when closed */
    int rank;
    bool lost;
    double timeout_s;
    char partner[80]; /* "10.0.0.7:41022" */
    /* Called again and again while waiting, or NULL: providers that make progress only when
     * they are asked must not rest while their partner needs them. */
    void (*idle)(void *context);
    void *idle_context;
};

/** Waits on `port` of all interfaces for the partner, for timeout_s. Strangers that do not
 *  speak our protocol are sent away. NH_EINPUT when the port is taken. */
int nh_oob_listen(struct nh_oob *o, int rank, const char *port, double timeout_s,
                  struct nh_error *err);
/** Calls `host`:`port` until someone answers, for timeout_s: the partner may start later. */
int nh_oob_connect(struct nh_oob *o, int rank, const char *host, const char *port, double timeout_s,
                   struct nh_error *err);
void nh_oob_close(struct nh_oob *o);

int nh_oob_send(struct nh_oob *o, const void *data, size_t len, struct nh_error *err);
int nh_oob_receive(struct nh_oob *o, void *data, size_t len, struct nh_error *err);

/** Sends a block of any length; the partner gets a malloc'ed copy with a '\0' behind it. */
int nh_oob_send_block(struct nh_oob *o, const void *data, size_t len, struct nh_error *err);
int nh_oob_receive_block(struct nh_oob *o, char **data, size_t *len, struct nh_error *err);

/** Cheap: is the partner's end of the connection still open? NH_EPARTIAL when not. */
int nh_oob_check(struct nh_oob *o, struct nh_error *err);

/** Marks the partner as lost, for a reason that another layer found. Returns NH_EPARTIAL. */
int nh_oob_give_up(struct nh_oob *o, const char *why, struct nh_error *err);

/** The engine's view of the two; `o` must outlive the group. */
void nh_oob_group(struct nh_oob *o, struct nh_group *group);

#endif
