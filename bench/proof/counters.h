/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_COUNTERS_H
#define NH_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Byte counters of a host's network devices, from sysfs: every device with EFA's hw_counters,
 * every network interface, and the loopback apart. A plain block of bytes without pointers, so
 * that hosts can send it. All numbers are 64-bit counters that only grow while a driver stays.
 */
enum nh_device_kind { NH_DEVICE_EFA, NH_DEVICE_NET, NH_DEVICE_LOOPBACK };

/* tx_bytes and rx_bytes hold all traffic; the others say how, and exist on EFA only. */
enum nh_counter {
    NH_TX_BYTES,
    NH_RX_BYTES,
    NH_SEND_BYTES,
    NH_RECV_BYTES,
    NH_RDMA_READ_BYTES,
    NH_RDMA_READ_RESP_BYTES,
    NH_RDMA_WRITE_BYTES,
    NH_RX_DROPS,
    NH_RETRANS_BYTES,
    NH_COUNTERS
};

#define NH_COUNTER_ABSENT UINT64_MAX /* this device has no such counter */
enum { NH_DEVICES_MAX = 96 };

struct nh_device {
    enum nh_device_kind kind;
    bool physical; /* an interface with hardware of its own: not a bridge, bond or tunnel */
    char name[40];
    uint64_t value[NH_COUNTERS]; /* ports summed */
};

struct nh_counters {
    int count;
    int unreadable; /* RDMA devices that do not count bytes in the way of EFA */
    int left_out;   /* devices beyond NH_DEVICES_MAX */
    struct nh_device device[NH_DEVICES_MAX];
};

/** Reads all counters below `root` ("" for the real machine; else a recorded tree that holds
 *  sys/class). What cannot be read is absent. */
void nh_counters_read(const char *root, struct nh_counters *out);

/** out = after - before, device by device. A device that is new, gone or has counted
 *  backwards (driver loaded anew) is left out and counted as unreadable. */
void nh_counters_delta(const struct nh_counters *before, const struct nh_counters *after,
                       struct nh_counters *out);

/** Adds a host's deltas to `total`, by kind and name. */
void nh_counters_add(struct nh_counters *total, const struct nh_counters *host);

/** Leaves out the devices of one kind. */
void nh_counters_drop(struct nh_counters *counters, enum nh_device_kind kind);

/** Bytes sent by the devices of one kind. Of interfaces only the physical ones, where there
 *  are any: a bridge or a tunnel shows the bytes of the interface below it once more. */
double nh_counters_sent(const struct nh_counters *counters, enum nh_device_kind kind);

/**
 * How evenly one host's EFA devices were used: the largest distance of a device's tx_bytes from
 * their mean, as a share of the mean (0: alike). NAN with fewer than two devices or no bytes.
 */
double nh_counters_imbalance(const struct nh_counters *host);

/** Array of {"device": name, counter: value, ...} of one kind. New reference. */
json_t *nh_counters_json(const struct nh_counters *counters, enum nh_device_kind kind);

#endif
