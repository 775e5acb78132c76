/* SPDX-License-Identifier: BSD-3-Clause */
#include "analysis/import/log_table.h"

#include <math.h>
#include <string.h>

static const struct nh_log_column *find_column(const struct nh_log_column *columns,
                                               const char *head)
{
    for (; columns->head; columns++)
        if (strncmp(head, columns->head, strlen(columns->head)) == 0)
            return columns;
    return NULL;
}

bool nh_log_table_heads(struct nh_log_table *table, char *text, int gap)
{
    char *words[NH_LINE_WORDS];
    struct nh_log_table found = {.columns = table->columns};
    bool value = false;
    found.count = nh_line_split(text, gap, words);
    for (int i = 0; i < found.count; i++) {
        found.places[i] = find_column(table->columns, words[i]);
        value = value || (found.places[i] && found.places[i]->value < NH_LOG_VALUES);
    }
    if (value)
        *table = found;
    return value;
}

/* OSU says Pass or Fail, nccl-tests N/A where nothing was checked. */
static double wrong_elements(const char *word)
{
    double value, step;
    if (nh_line_number(word, &value, &step))
        return value;
    return strcmp(word, "Fail") == 0 ? 1 : strcmp(word, "Pass") == 0 ? 0 : NAN;
}

static bool read_cell(const struct nh_log_column *column, const char *word, struct nh_log_row *row)
{
    double value, step;
    if (column->value == NH_LOG_WRONG) {
        row->value[NH_LOG_WRONG] = wrong_elements(word);
        return true;
    }
    if (column->value == NH_LOG_SKIP)
        return true;
    if (!nh_line_number(word, &value, &step))
        return false;
    if (column->value == NH_LOG_BYTES) {
        row->bytes = value;
        return true;
    }
    row->value[column->value] = value * column->unit;
    row->step[column->value] = step * column->unit;
    return true;
}

const char *nh_log_table_cells(const struct nh_log_table *table, char *const *words, int n,
                               struct nh_log_row *row)
{
    for (int i = 0; i < n && i < table->count; i++)
        if (table->places[i] && !read_cell(table->places[i], words[i], row))
            return words[i];
    return NULL;
}

int nh_log_table_row(const struct nh_log_table *table, struct nh_log *log,
                     struct nh_log_series *series, char *text, long line, bool skip_damaged,
                     struct nh_error *err)
{
    char *words[NH_LINE_WORDS];
    int n = nh_line_split(text, 1, words);
    if (n != table->count)
        return nh_log_damage(log, line, skip_damaged, err,
                             "%d words where the head of the table names %d", n, table->count);
    struct nh_log_row *row = nh_log_add_row(series, line, err);
    if (!row)
        return NH_EFAIL;
    const char *bad = nh_log_table_cells(table, words, n, row);
    if (!bad)
        return NH_OK;
    series->row_count--;
    return nh_log_damage(log, line, skip_damaged, err, "'%.40s' is no number", bad);
}
