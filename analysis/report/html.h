/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NH_HTML_H
#define NH_HTML_H

#include <stdio.h>

#include "analysis/report/chart.h"
#include "analysis/report/report.h"

/*
 * Parts of the HTML report and what they share. Everything here writes to a stream
 * and checks nothing: nh_report_html looks at ferror() once, at the end. All text
 * that came from a user or a file goes through nh_html_text or nh_write_escaped.
 */

/* --- sections, in the order of the page ------------------------------------ */

/** Answer, cards and caveats of one application; the first one opens the page. */
void nh_html_answer(FILE *out, const struct nh_report *r, size_t app);
/** The first screen of a page without applications. */
void nh_html_answer_none(FILE *out, const struct nh_report *r);
/** Its charts and tables. `app` numbers the ids. */
void nh_html_application(FILE *out, const struct nh_report *r, size_t app);
/** Every figure behind the charts. */
void nh_html_app_table(FILE *out, const struct nh_app_answer *a);
/** Price models side by side and the value of an hour saved. */
void nh_html_prices(FILE *out, const struct nh_app_answer *a, size_t app);
/** What limits the proxy application: shares of time, balance, copy bound. */
void nh_html_limits(FILE *out, const struct nh_report *r);
/** Latency, bandwidth and collectives against message size. */
void nh_html_micro(FILE *out, const struct nh_report *r);
/** Every pair of ranks, from records of the matrix; and how many matrices there are. */
void nh_html_matrix(FILE *out, const struct nh_report *r);
size_t nh_html_matrices(const struct nh_report *r);
/** Curves beside the published figures that the study names. */
void nh_html_references(FILE *out, const struct nh_report *r);
/** What the physics guard refused or doubted. */
void nh_html_guard(FILE *out, const struct nh_report *r);
/** The files that were read, with their hashes, and their bytes for making the page again. */
void nh_html_inputs(FILE *out, const struct nh_report *r);
/** Assumptions, environment and commands, method. */
void nh_html_appendix(FILE *out, const struct nh_report *r);

/* --- words and numbers ------------------------------------------------------ */

enum { NH_HTML_TEXT = 96 };

/** printf, escaped. */
void nh_html_text(FILE *out, const char *fmt, ...) NH_PRINTF(2, 3);

/** "1,620"; three significant digits below 10 where it is no whole number. */
const char *nh_html_number(double value, char *buf);
/** Significant digits without an exponent: "0.00231", "14.2", "1,620". */
const char *nh_html_digits(double value, int digits, char *buf);
/** "2.31 us" with the micro sign, "7.2 s", "28 min 45 s", "11 h 15 min". */
const char *nh_html_time(double seconds, char *buf);
/** "79.9 %". */
const char *nh_html_percent(double share, char *buf);

/** One unit for a column or an axis of times. */
struct nh_time_unit {
    const char *name; /* "h", "min", "s", "ms", "µs" */
    double seconds;
};
struct nh_time_unit nh_html_time_unit(double typical_s);

/** What a time is of: "run", "million iterations". */
const char *nh_html_work(const struct nh_scaling *s);
/** "$196.96" or "12.3 core-hours", of an amount in units of the currency or core-hours. */
const char *nh_html_amount(const struct nh_advice *advice, double amount, char *buf);
/** The same for a cost per advice->shown_per. */
const char *nh_html_cost(const struct nh_advice *advice, double amount, char *buf);

/** Turn-around time of a point, with what stands around a run, and its interval. */
double nh_html_turn_around(const struct nh_advice *advice, size_t point);
struct nh_interval nh_html_turn_around_ci(const struct nh_advice *advice, size_t point);

/** Whether points are told apart by nodes (else by cores), and the count of a point. */
bool nh_html_by_nodes(const struct nh_scaling *s);
double nh_html_count(const struct nh_scaling *s, size_t point);
/** "45 nodes", "1 core". */
const char *nh_html_size(const struct nh_scaling *s, size_t point, char *buf);

/** "on-demand, licence $22.00/h" or "core-hours". */
const char *nh_html_model(const struct nh_advice *a, char *buf);

bool nh_html_has(struct nh_interval ci);

/** Table head and foot: `columns` is a list of headers ended by NULL; a header that starts
 *  with '<' (not shown) is of a column of words, which stand left. */
void nh_html_table_open(FILE *out, const char *caption, const char *const *columns);
void nh_html_table_close(FILE *out);
/** A row with its header cell; printf, escaped. */
void nh_html_row_open(FILE *out, const char *fmt, ...) NH_PRINTF(2, 3);
void nh_html_row_close(FILE *out);
/** A cell of numbers, and one of words; printf, escaped. */
void nh_html_cell(FILE *out, const char *fmt, ...) NH_PRINTF(2, 3);
void nh_html_cell_words(FILE *out, const char *fmt, ...) NH_PRINTF(2, 3);
/** A cell with a sentence, which may wrap. */
void nh_html_cell_prose(FILE *out, const char *text);
/** A cell with an interval; a dash when there is none. */
void nh_html_cell_interval(FILE *out, struct nh_interval ci, double scale, int digits);

#endif
