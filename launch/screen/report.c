/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/cli.h"
#include "common/fields.h"
#include "common/units.h"
#include "launch/screen/work.h"

/* What is said of each host, from its conditions and the scores of both passes. */

static const struct {
    const char *name, *words;
} aspects[NH_SCREEN_ASPECTS] = {
    {"latency", "latency"}, {"sends", "it sends"}, {"receives", "it receives"}};

static size_t count_measured(const struct nh_screen_work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->first.hosts; i++)
        n += w->hosts[i].condition == NH_SCREEN_MEASURED;
    return n;
}

static bool is_confirmed(const struct nh_screen_work *w, size_t host, int aspect)
{
    return !w->good[host] && w->scores[host].of[aspect].bad && w->scores_again[host].of[aspect].bad;
}

static bool is_slow(const struct nh_screen_work *w, size_t host)
{
    for (int a = 0; a < NH_SCREEN_ASPECTS; a++)
        if (is_confirmed(w, host, a))
            return true;
    return false;
}

static const char *verdict(const struct nh_screen_work *w, size_t host)
{
    switch (w->hosts[host].condition) {
    case NH_SCREEN_FAILED:
        return "failed";
    case NH_SCREEN_PENDING:
        return "unconfirmed";
    case NH_SCREEN_UNTRIED:
        return "unknown";
    case NH_SCREEN_MEASURED:
        break;
    }
    if (count_measured(w) < 3)
        return "unknown";
    if (is_slow(w, host))
        return "slow";
    return nh_screen_is_bad(&w->scores[host]) ? "unconfirmed" : "ok";
}

/* ---- findings ---- */

/* Judged by time per byte, shown as a rate. */
static double shown(int aspect, double value)
{
    return aspect == NH_SCREEN_LATENCY ? value : 1e9 / value;
}

static const char *value_text(int aspect, double value, char *buf)
{
    return aspect == NH_SCREEN_LATENCY ? nh_format_ns(value, buf)
                                       : nh_format_rate(shown(aspect, value), buf);
}

static json_t *score_json(int aspect, const struct nh_screen_score *s)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "value", nh_json_real(shown(aspect, s->value)),
                     "median", nh_json_real(shown(aspect, s->median)), "times_worse",
                     nh_json_real(s->times), "z", nh_json_real(s->z));
}

static json_t *finding_json(const struct nh_screen_work *w, size_t host, int aspect)
{
    json_t *o = score_json(aspect, &w->scores[host].of[aspect]);
    json_object_set_new(o, "aspect", json_string(aspects[aspect].name));
    json_object_set_new(o, "unit", json_string(aspect == NH_SCREEN_LATENCY ? "ns" : "bytes_per_s"));
    json_object_set_new(o, "confirmed", json_boolean(is_confirmed(w, host, aspect)));
    json_object_set_new(o, "again",
                        w->hosts[host].again ? score_json(aspect, &w->scores_again[host].of[aspect])
                                             : json_null());
    return o;
}

/* "latency 60.1 us, 3.0 times worse than the median 20.0 us (z 31); again 59.7 us, 2.98 times (z
 * 30)" */
static size_t finding_words(const struct nh_screen_work *w, size_t host, int aspect, char *buf,
                            size_t len)
{
    char value[NH_UNIT_TEXT], median[NH_UNIT_TEXT], second[NH_UNIT_TEXT];
    const struct nh_screen_score *s = &w->scores[host].of[aspect];
    const struct nh_screen_score *again = &w->scores_again[host].of[aspect];
    int used = snprintf(buf, len, "%s %s, %.2f times worse than the median %s (z %.1f)",
                        aspects[aspect].words, value_text(aspect, s->value, value), s->times,
                        value_text(aspect, s->median, median), s->z);
    if (used < 0 || (size_t)used >= len || !w->hosts[host].again)
        return used < 0 ? 0 : (size_t)used;
    return (size_t)used +
           (size_t)snprintf(buf + used, len - (size_t)used, "; again %s, %.2f times (z %.1f)",
                            value_text(aspect, again->value, second), again->times, again->z);
}

/* Why a host that was measured has its verdict; "" for those that are ok. */
static void measured_words(const struct nh_screen_work *w, size_t host, char *buf, size_t len)
{
    size_t used = 0;
    bool slow = is_slow(w, host);
    buf[0] = '\0';
    if (count_measured(w) < 3) {
        snprintf(buf, len, "two hosts cannot be told apart; screen three or more");
        return;
    }
    for (int a = 0; a < NH_SCREEN_ASPECTS && used < len; a++) {
        if (!w->scores[host].of[a].bad || (slow && !is_confirmed(w, host, a)))
            continue;
        if (used)
            used += (size_t)snprintf(buf + used, len - used, "; ");
        if (used < len)
            used += finding_words(w, host, a, buf + used, len - used);
    }
    if (!used && w->hosts[host].stumbled)
        snprintf(buf, len, "a launch with it failed once, not again: %s", w->hosts[host].reason);
}

static void host_words(const struct nh_screen_work *w, size_t host, char *buf, size_t len)
{
    const struct nh_screen_host *h = &w->hosts[host];
    if (h->condition == NH_SCREEN_MEASURED)
        measured_words(w, host, buf, len);
    else if (h->condition == NH_SCREEN_FAILED)
        snprintf(buf, len, "%s", h->reason);
    else if (h->condition == NH_SCREEN_PENDING)
        snprintf(buf, len, "launches with it fail, and no other host works to try it with: %s",
                 h->reason);
    else
        snprintf(buf, len, "no other host is there to measure it with");
}

/* ---- the report ---- */

/* ssh and MPI may print anything. */
static json_t *safe_string(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = ' ';
    json_t *string = json_string(text);
    return string ? string : json_string("(no readable text)");
}

static json_t *host_json(const struct nh_screen_work *w, size_t host)
{
    char words[600];
    const struct nh_screen_scores *s = &w->scores[host];
    bool measured = w->hosts[host].condition == NH_SCREEN_MEASURED;
    json_t *findings = json_array();
    host_words(w, host, words, sizeof words);
    for (int a = 0; a < NH_SCREEN_ASPECTS && measured; a++)
        if (s->of[a].bad)
            json_array_append_new(findings, finding_json(w, host, a));
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "host", w->screen->hosts->items[host].name,
        "verdict", verdict(w, host), "what", safe_string(words), "latency_ns",
        nh_json_real(measured ? s->of[NH_SCREEN_LATENCY].value : NAN), "sends_bytes_per_s",
        nh_json_real(measured ? shown(NH_SCREEN_SENDS, s->of[NH_SCREEN_SENDS].value) : NAN),
        "receives_bytes_per_s",
        nh_json_real(measured ? shown(NH_SCREEN_RECEIVES, s->of[NH_SCREEN_RECEIVES].value) : NAN),
        "findings", findings);
}

static bool is_excluded(const struct nh_screen_work *w, size_t host)
{
    const char *v = verdict(w, host);
    return strcmp(v, "slow") == 0 || strcmp(v, "failed") == 0;
}

/* A link stands out again when it is as much worse than the hosts at its ends make it. */
static json_t *link_json(const struct nh_screen_work *w, const struct nh_screen_link *l)
{
    double again = nh_screen_link_times(&w->second, w->scores_again, l->aspect, l->from, l->to);
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:b}", "from", w->screen->hosts->items[l->from].name, "to",
        w->screen->hosts->items[l->to].name, "measure",
        l->aspect == NH_SCREEN_LATENCY ? "latency_ns" : "bandwidth_bytes_per_s", "value",
        nh_json_real(shown((int)l->aspect, l->value)), "times_worse", nh_json_real(l->times), "z",
        nh_json_real(l->z), "confirmed", again >= NH_SCREEN_LINK_TIMES);
}

static json_t *medians_json(const struct nh_screen_work *w)
{
    const struct nh_screen_scores none = {{{.median = NAN}, {.median = NAN}, {.median = NAN}}};
    const struct nh_screen_scores *s = count_measured(w) ? &w->scores[0] : &none;
    return json_pack("{s:o, s:o, s:o}", "latency_ns", nh_json_real(s->of[NH_SCREEN_LATENCY].median),
                     "sends_bytes_per_s",
                     nh_json_real(shown(NH_SCREEN_SENDS, s->of[NH_SCREEN_SENDS].median)),
                     "receives_bytes_per_s",
                     nh_json_real(shown(NH_SCREEN_RECEIVES, s->of[NH_SCREEN_RECEIVES].median)));
}

static void add_notes(const struct nh_screen_work *w, json_t *notes)
{
    for (size_t i = 0; i < w->note_count; i++) {
        json_t *note = json_string(w->notes[i]);
        if (note)
            json_array_append_new(notes, note);
    }
    if (w->first.hosts < 2 && w->screen->hosts->count < 2)
        json_array_append_new(notes, json_string("one host: there is nothing to screen"));
    if (w->divided)
        json_array_append_new(
            notes, json_string("half of the hosts or more differ from the rest: there is no "
                               "yardstick, and only the worst are named"));
    if (w->apart)
        json_array_append_new(
            notes, json_string("the slow hosts are as quick as the others among themselves: they "
                               "are far away (another rack or placement group), not broken"));
}

static void add_hosts(const struct nh_screen_work *w, json_t *report)
{
    json_t *hosts = json_array(), *exclude = json_array(), *links = json_array();
    size_t kept = w->link_count < NH_SCREEN_LINKS ? w->link_count : NH_SCREEN_LINKS;
    bool screened = w->screen->hosts->count > 1;
    for (size_t i = 0; i < w->screen->hosts->count && screened; i++) {
        json_array_append_new(hosts, host_json(w, i));
        if (is_excluded(w, i))
            json_array_append_new(exclude, json_string(w->screen->hosts->items[i].name));
    }
    for (size_t i = 0; i < kept; i++)
        json_array_append_new(links, link_json(w, &w->links[i]));
    json_object_set_new(report, "nodes", hosts);
    json_object_set_new(report, "links", links);
    json_object_set_new(report, "links_found", json_integer((json_int_t)w->link_count));
    json_object_set_new(report, "exclude", exclude);
}

json_t *nh_screen_report(const struct nh_screen_work *w)
{
    char now_text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(now_text, sizeof now_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *notes = json_array();
    add_notes(w, notes);
    json_t *report = json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:{s:f, s:f}, s:o, s:o}", "format",
        "nodehour-screen", "version", 1, "program", "nodehour " NH_VERSION, "time", now_text,
        "launcher", w->cluster->description, "hosts", (json_int_t)w->screen->hosts->count,
        "measured", (json_int_t)(w->screen->hosts->count > 1 ? count_measured(w) : 0), "launches",
        (json_int_t)w->launches, "seconds", nh_monotonic_s() - w->started_s, "limits", "z",
        NH_SCREEN_Z, "times_worse", NH_SCREEN_TIMES, "medians", medians_json(w), "notes", notes);
    if (report)
        add_hosts(w, report);
    return report;
}
