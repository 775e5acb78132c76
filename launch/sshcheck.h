/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SSHCHECK_H
#define NH_SSHCHECK_H

#include "launch/hosts.h"

/**
 * Asks all hosts at the same time by ssh. With `program`, the file of that path must be there
 * and be the same as here, byte for byte. Code NH_EPREFLIGHT, with every bad host and the
 * words of ssh.
 */
int nh_ssh_check(const struct nh_hosts *hosts, const char *program, struct nh_error *err);

#endif
