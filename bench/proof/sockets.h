/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SOCKETS_H
#define NH_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Bytes that this process has received over the TCP connections that are open now, as the
 * kernel counts them (TCP_INFO, Linux 4.1): payload of this process alone, whatever else uses
 * the interfaces. Received bytes are those that arrived; sent ones may still be in a buffer.
 * `except` is a descriptor that is left out, -1 for none. False when the kernel does not tell.
 */
bool nh_socket_bytes(int except, uint64_t *received);

#endif
