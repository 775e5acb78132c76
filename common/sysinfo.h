/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_SYSINFO_H
#define NH_SYSINFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What the record says about the machine. `root` is "" on a real system; tests
 * give a directory that stands in for /. All return new references. */

/** CPU model, kernel release, memory, governor, hypervisor: object. */
json_t *nh_sysinfo_system(const char *root);

/** EC2 instance type from the DMI tables ("c5n.18xlarge"), NULL off EC2; malloc'ed. */
char *nh_sysinfo_instance_type(const char *root);

/** Environment variables that change results, by allow-list of prefixes; values whose
 *  names look like secrets are left out whatever their prefix. */
json_t *nh_sysinfo_env(char **environment);

/** A variable of this name may hold a secret: its value goes into no file. */
bool nh_sysinfo_secret(const char *name);

/** A hash of the boot id: tells two containers on one host from two hosts. */
void nh_sysinfo_boot(const char *root, char *buf, size_t len);

/** The command of this process, also when the launcher has changed argv's owner: array of text. */
json_t *nh_sysinfo_command(void);

#endif
