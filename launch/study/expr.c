/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch/study/expr.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "common/nearest.h"

enum { DEEPEST = 32, MOST_NAMES = 32, LONGEST_WORD = 40 };

struct reader {
    const char *text, *at;
    const struct nh_expr_name *names;
    size_t name_count;
    int depth;
    int skipping; /* > 0: in a part whose value does not matter; only its form is checked */
    struct nh_error *err;
    int code;
};

static int64_t parse_or(struct reader *r);

static int64_t fail_at(struct reader *r, const char *what)
{
    size_t column = (size_t)(r->at - r->text) + 1;
    if (!r->code)
        r->code =
            nh_fail(r->err, NH_EINPUT, "%s at character %zu of '%.80s'", what, column, r->text);
    return 0;
}

static void skip_space(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Takes an operator that is not the beginning of a longer one ("<" of "<="). */
static bool take(struct reader *r, const char *mark)
{
    size_t len = strlen(mark);
    skip_space(r);
    if (strncmp(r->at, mark, len) != 0)
        return false;
    if (isalpha((unsigned char)*mark) ? word_char(r->at[len]) : len == 1 && r->at[1] == '=')
        return false;
    r->at += len;
    return true;
}

/* Names in the order of nearness to what was written. */
static int64_t unknown_name(struct reader *r, const char *word)
{
    const char *known[MOST_NAMES];
    size_t n = 0;
    for (; n < r->name_count && n < MOST_NAMES; n++)
        known[n] = r->names[n].name;
    const char *near = nh_nearest(word, known, n);
    if (r->code)
        return 0;
    r->code = near ? nh_fail(r->err, NH_EINPUT, "unknown name '%s'; did you mean '%s'?", word, near)
                   : nh_fail(r->err, NH_EINPUT, "unknown name '%s'; known are %s, %s and others",
                             word, n > 0 ? known[0] : "none", n > 1 ? known[1] : "none");
    return 0;
}

static int64_t parse_name(struct reader *r)
{
    char word[LONGEST_WORD + 1];
    size_t len = 0;
    while (word_char(r->at[len]))
        len++;
    if (len > LONGEST_WORD)
        return fail_at(r, "a name that long is unknown");
    memcpy(word, r->at, len);
    word[len] = '\0';
    if (strcmp(word, "and") == 0 || strcmp(word, "or") == 0)
        return fail_at(r, "a value is missing before this word");
    r->at += len;
    for (size_t i = 0; i < r->name_count; i++)
        if (strcmp(r->names[i].name, word) == 0)
            return r->names[i].value;
    return unknown_name(r, word);
}

static int64_t parse_number(struct reader *r)
{
    int64_t value = 0;
    for (; isdigit((unsigned char)*r->at); r->at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *r->at - '0', &value))
            return fail_at(r, "too large a number");
    return word_char(*r->at) || *r->at == '.' ? fail_at(r, "whole numbers only") : value;
}

/* In a part that does not matter, what overflows or divides by zero is 0. */
static int64_t arith(struct reader *r, char op, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool overflow = false;
    if ((op == '/' || op == '%') && b == 0)
        return r->skipping ? 0 : fail_at(r, "division by zero");
    if (op == '+')
        overflow = __builtin_add_overflow(a, b, &result);
    else if (op == '*')
        overflow = __builtin_mul_overflow(a, b, &result);
    else if (op == '-' || b == -1) /* a / -1 is the only quotient that overflows */
        overflow = __builtin_sub_overflow(op == '-' ? a : 0, op == '-' ? b : a, &result);
    else
        result = a / b;
    if (op == '%')
        return b == -1 ? 0 : a % b;
    if (overflow && !r->skipping)
        return fail_at(r, "too large a number");
    return overflow ? 0 : result;
}

static int64_t parse_inner(struct reader *r)
{
    int64_t value = parse_or(r);
    if (!r->code && !take(r, ")"))
        return fail_at(r, "a ')' is missing");
    return value;
}

static int64_t parse_value(struct reader *r)
{
    int64_t value = 0;
    skip_space(r);
    if (++r->depth > DEEPEST)
        return fail_at(r, "too deeply nested");
    if (take(r, "("))
        value = parse_inner(r);
    else if (take(r, "-"))
        value = arith(r, '-', 0, parse_value(r));
    else if (isdigit((unsigned char)*r->at))
        value = parse_number(r);
    else if (word_char(*r->at))
        value = parse_name(r);
    else
        return fail_at(r, "a number or a name is missing");
    r->depth--;
    return value;
}

static int64_t parse_product(struct reader *r)
{
    int64_t a = parse_value(r);
    while (!r->code) {
        if (take(r, "*"))
            a = arith(r, '*', a, parse_value(r));
        else if (take(r, "/"))
            a = arith(r, '/', a, parse_value(r));
        else if (take(r, "%"))
            a = arith(r, '%', a, parse_value(r));
        else
            break;
    }
    return a;
}

static int64_t parse_sum(struct reader *r)
{
    int64_t a = parse_product(r);
    while (!r->code) {
        if (take(r, "+"))
            a = arith(r, '+', a, parse_product(r));
        else if (take(r, "-"))
            a = arith(r, '-', a, parse_product(r));
        else
            break;
    }
    return a;
}

enum comparison { LESS, AT_MOST, EQUAL, UNEQUAL, AT_LEAST, MORE, COMPARISONS };
static const char *const marks[COMPARISONS] = {"<", "<=", "==", "!=", ">=", ">"};

static enum comparison take_comparison(struct reader *r)
{
    int which = 0;
    while (which < COMPARISONS && !take(r, marks[which]))
        which++;
    return (enum comparison)which;
}

static bool compare(enum comparison which, int64_t a, int64_t b)
{
    switch (which) {
    case LESS:
        return a < b;
    case AT_MOST:
        return a <= b;
    case EQUAL:
        return a == b;
    case UNEQUAL:
        return a != b;
    case AT_LEAST:
        return a >= b;
    default:
        return a > b;
    }
}

static int64_t parse_comparison(struct reader *r)
{
    int64_t a = parse_sum(r);
    enum comparison which = r->code ? COMPARISONS : take_comparison(r);
    if (which == COMPARISONS)
        return a;
    int64_t b = parse_sum(r);
    if (!r->code && take_comparison(r) != COMPARISONS)
        return fail_at(r, "comparisons do not chain, join them by 'and';");
    return compare(which, a, b);
}

static int64_t parse_not(struct reader *r)
{
    if (++r->depth > DEEPEST)
        return fail_at(r, "too deeply nested");
    int64_t value = take(r, "not") ? !parse_not(r) : parse_comparison(r);
    r->depth--;
    return value;
}

static int64_t parse_and(struct reader *r)
{
    int64_t a = parse_not(r);
    while (!r->code && take(r, "and")) {
        bool skip = !a;
        r->skipping += skip;
        int64_t b = parse_not(r);
        r->skipping -= skip;
        a = a && b;
    }
    return a;
}

static int64_t parse_or(struct reader *r)
{
    int64_t a = parse_and(r);
    while (!r->code && take(r, "or")) {
        bool skip = a != 0;
        r->skipping += skip;
        int64_t b = parse_and(r);
        r->skipping -= skip;
        a = a || b;
    }
    return a;
}

/* What people of other languages write. */
static const char *left_over(const char *at)
{
    if (*at == '=')
        return "write '==' to compare;";
    if (*at == '&' || *at == '|' || *at == '!')
        return "write 'and', 'or', 'not';";
    return "an operator is missing";
}

int nh_expr_eval(const char *text, const struct nh_expr_name *names, size_t count, int64_t *value,
                 struct nh_error *err)
{
    struct reader r = {.text = text, .at = text, .names = names, .name_count = count, .err = err};
    int64_t result = parse_or(&r);
    skip_space(&r);
    if (!r.code && *r.at)
        fail_at(&r, left_over(r.at));
    if (!r.code)
        *value = result;
    return r.code;
}
