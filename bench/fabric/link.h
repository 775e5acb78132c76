/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_FABRIC_LINK_H
#define NH_FABRIC_LINK_H

#include <rdma/fabric.h>
#include <stddef.h>

#include "bench/engine/clock.h"
#include "bench/fabric/oob.h"

/*
 * Two processes and the network interfaces between them: one reliable-datagram endpoint a
 * libfabric domain. Each interface has memory that its partner may write and read: `room`
 * bytes to send from, and `window` times `room` to receive into.
 */
struct nh_nic;
enum { NH_NICS_MAX = 32 };

struct nh_link {
    struct nh_oob *oob; /* tells when the partner is gone */
    const struct nh_clock *clock;
    double timeout_s;
    struct nh_nic *nics[NH_NICS_MAX];
    int count;
    int code; /* once broken every call returns it at once */
    struct nh_error error;
};

/* How bytes travel: one entry of the table below. */
struct nh_api {
    const char *name; /* "tagged", "msg", "write", "read" */
    uint64_t caps;
};
extern const struct nh_api nh_apis[];
extern const char *const nh_api_names[]; /* for nh_choice */
enum { NH_API_TAGGED, NH_API_MSG, NH_API_WRITE, NH_API_READ };

/** Opens one interface for `info` (which it owns from now on, also after an error). */
int nh_link_add(struct nh_link *link, struct fi_info *info, size_t room, size_t window,
                struct nh_error *err);
/** Exchanges addresses and keys over the TCP connection. */
int nh_link_connect(struct nh_link *link, struct nh_error *err);
void nh_link_close(struct nh_link *link);

const struct fi_info *nh_link_info(const struct nh_link *link, int nic);
/** Where interface `nic` sends from, and where it receives: what comes `at` bytes behind. */
char *nh_link_send_buffer(const struct nh_link *link, int nic);
char *nh_link_receive_buffer(const struct nh_link *link, int nic, size_t at);

/*
 * Timed path. Messages go out and arrive by `api`; a read fetches what lies in the
 * partner's send buffer. Completions are counted, so that waits name how many are
 * missing. All return NH_EPARTIAL when the partner is gone or silent.
 */
int nh_link_send(struct nh_link *link, int api, int nic, size_t at, size_t bytes,
                 struct nh_error *err);
/** Prepares for one message; nothing to do for write and read. */
int nh_link_expect(struct nh_link *link, int api, int nic, size_t at, size_t bytes,
                   struct nh_error *err);
/** Until everything that was sent is complete on this side. */
int nh_link_wait_sent(struct nh_link *link, struct nh_error *err);
/** Until `n` more messages have arrived over all interfaces. */
int nh_link_wait_arrived(struct nh_link *link, size_t n, struct nh_error *err);

/** An empty message over the first interface, by msg or tagged as `api` allows. */
int nh_link_send_token(struct nh_link *link, int api, struct nh_error *err);
int nh_link_expect_token(struct nh_link *link, int api, struct nh_error *err);

/** Lets providers without a thread of their own make progress; for struct nh_oob.idle. */
void nh_link_progress(void *link);

#endif
