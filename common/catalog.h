/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_CATALOG_H
#define NH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/money.h"

/*
 * Machines and prices are data files (share/nodehour/machines.json, prices.json);
 * each price carries its date, region and source, and one without them is refused with the
 * line that it begins in. Prices of a user's own file go before those.
 */
struct nh_machine {
    char name[32];
    int cores; /* physical cores */
    int vcpus;
    double memory_gib;
    double network_gbps; /* sum over cards, one direction */
    int efa_interfaces;
    int gpus;
    /* Limits of its parts; 0 when the catalog has none. */
    double gpu_link_gb_per_s; /* NVLinks of one GPU together, one direction */
    int gpu_switch_reduces;   /* the switch adds: an all-reduce crosses each link once */
    int nvme_drives;          /* local drives */
    double nvme_gb_per_s;     /* of one drive, at most */
    char limits_source[256];
    /* What files for launching it need; 0 when the catalog does not know. */
    int network_cards; /* one EFA interface each */
    int sockets;
    int visible_mib; /* memory as Linux sees it, less than memory_gib */
    int arm;         /* 64-bit ARM, else x86-64 */
    int efa_rdma;    /* 1: reads and writes remote memory, -1: sends and receives only */
    char cpu[64], source[256];
};

enum { NH_PRICE_DECILES = 11 };

struct nh_price {
    char machine[32];
    char model[48];           /* "on-demand", "reserved-3y-all-upfront", ... */
    struct nh_money per_hour; /* per node */
    char region[32], as_of[16], source[256];
    /* Where the price file gives them; else 0. */
    struct nh_money upfront; /* of it, paid at the start, per node */
    double block_hours;      /* of a capacity block */
    /* Of a spot price: what it is below for 0, 10, ... 100 % of the time. */
    double deciles[NH_PRICE_DECILES];
    bool region_by_default; /* prices of its machine in other regions are known, none was chosen */
};

struct nh_catalog {
    struct nh_machine *machines;
    size_t machine_count;
    struct nh_price *prices;
    size_t price_count;
};

/** Reads both files from the data directory (paths.h). */
int nh_catalog_load(struct nh_catalog *c, struct nh_error *err);
/** The same from given files: for users' own and for tests. */
int nh_catalog_read(const char *machines_path, const char *prices_path, struct nh_catalog *c,
                    struct nh_error *err);
void nh_catalog_clear(struct nh_catalog *c);

/** The user's own price file: $NODEHOUR_PRICES, else nodehour/prices.json below
 *  $XDG_CONFIG_HOME or ~/.config. Code NH_EINPUT when none of them is set. */
int nh_catalog_own_path(char *buf, size_t len, struct nh_error *err);

/** Puts the prices of a file over those that are there: one of the same machine, model and
 *  region replaces it, others are added. */
int nh_catalog_add_prices(struct nh_catalog *c, const char *path, struct nh_error *err);

/** The same with prices in memory, which are copied. */
int nh_catalog_put_prices(struct nh_catalog *c, const struct nh_price *prices, size_t count,
                          struct nh_error *err);

/** nh_catalog_load, and the user's own prices: those of `path`, or of the own file where
 *  there is one (`path` NULL). */
int nh_catalog_load_own(struct nh_catalog *c, const char *path, struct nh_error *err);

/** Leaves the prices of one region; NULL: for each machine those of the region that its
 *  first price is of, marked where others were left out. NH_EINPUT when no price is of `region`. */
int nh_catalog_keep_region(struct nh_catalog *c, const char *region, struct nh_error *err);

/** NULL with NH_EINPUT and the nearest known name in the text. */
const struct nh_machine *nh_catalog_machine(const struct nh_catalog *c, const char *name,
                                            struct nh_error *err);
const struct nh_price *nh_catalog_price(const struct nh_catalog *c, const char *machine,
                                        const char *model, struct nh_error *err);

#endif
