/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/nvme/show.h"

#include "analysis/report/table.h"

static void add_head(struct nh_table *t)
{
    static const char *const head[] = {"drive", "serial", "model", "size (GB)",
                                       "kind",  "NUMA",   "touch", "used by, or why not"};
    nh_table_row(t);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        nh_table_cell(t, "%s", head[i]);
}

static void add_drive(struct nh_table *t, const struct nh_drive *d)
{
    char why[320];
    bool by_itself, may = nh_drive_may_touch(d, &by_itself, why, sizeof why);
    nh_table_row(t);
    nh_table_cell(t, "%s", d->name);
    nh_table_cell(t, "%s", *d->serial ? d->serial : "-");
    nh_table_cell(t, "%s", *d->model ? d->model : "-");
    nh_table_cell(t, "%.1f", (double)d->bytes / 1e9);
    nh_table_cell(t, "%s", nh_drive_kind_name(d->kind));
    if (d->numa < 0)
        nh_table_cell(t, "-");
    else
        nh_table_cell(t, "%d", d->numa);
    nh_table_cell(t, "%s", !may ? "no" : by_itself ? "yes" : "named");
    nh_table_cell(t, "%s", may ? "free" : why);
}

int nh_drives_show(const struct nh_drives *drives, FILE *out, struct nh_error *err)
{
    struct nh_table table = {0};
    if (!drives->count) {
        fputs("no NVMe drives\n", out);
        return NH_OK;
    }
    add_head(&table);
    for (size_t i = 0; i < drives->count; i++)
        add_drive(&table, &drives->items[i]);
    int rc = nh_table_print(&table, out, 0, 3, "", "", err);
    fputs("\ntouch: yes, a free instance-store drive; named, only when its serial is given; no, "
          "never.\nWriting to a drive always needs --erase with its serial.\n",
          out);
    if (drives->left_out)
        fprintf(out, "%zu more drives are not shown\n", drives->left_out);
    return rc;
}
