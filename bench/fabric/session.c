/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/fabric/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/fabric/provider.h"
#include "bench/proof/apart.h"
#include "bench/record/sizes.h"
#include "common/cli.h"
#include "common/sysinfo.h"
#include "common/units.h"

#define TIMEOUT_S 20.0
enum { WINDOW = 64, WINDOW_MAX = 4096 };

/* ---- options ---- */

const struct poptOption *nh_fabric_table(struct nh_fabric_options *o, bool windows)
{
    const struct poptOption table[] = {
        {"sizes", 's', POPT_ARG_STRING, &o->sizes, 0,
         "message sizes, 8,1K,3M or a doubling range 1-4M", "LIST"},
        {"provider", 'p', POPT_ARG_STRING, &o->provider, 0,
         "efa, verbs, shm, tcp, ... (default: the best that both sides have)", "NAME"},
        {"domain", 'd', POPT_ARG_STRING, &o->domain, 0,
         "network interfaces by libfabric's names (default: the first)", "LIST"},
        {"api", 0, POPT_ARG_STRING, &o->api, 0, "how bytes travel (default tagged)",
         "tagged|msg|write|read"},
        {"listen", 'l', POPT_ARG_STRING, &o->listen, 0,
         "wait for the other side on a TCP port; it says what is measured", "PORT"},
        {"rendezvous", 0, POPT_ARG_STRING, &o->rendezvous, 0,
         "where rank 0 is, when mpirun or srun do not say", "HOST:PORT"},
        {"timeout", 0, POPT_ARG_STRING, &o->timeout, 0,
         "give the other side up after S seconds of silence (default 20)", "S"},
        NH_COMMON_OPTIONS(&o->common),
        {windows ? "window" : NULL, 'w', POPT_ARG_STRING, &o->window, 0,
         "messages in flight (default 64)", "N"},
        {"direction", 0, POPT_ARG_STRING, &o->direction, 0,
         "one: to the other side (default); two: both at once, summed", "one|two"},
        POPT_TABLEEND};
    _Static_assert(sizeof table <= sizeof o->table, "table too small");
    memcpy(o->table, table, sizeof table);
    if (!windows) /* the common options are the last */
        o->table[8] = (struct poptOption)POPT_TABLEEND;
    return o->table;
}

static int parse_window(const struct nh_fabric_options *o, struct nh_fabric_request *r,
                        struct nh_error *err)
{
    static const char *const directions[] = {"one", "two", NULL};
    long window = WINDOW;
    int direction = 0, code = NH_OK;
    if (o->window)
        code = nh_parse_long("--window", o->window, 1, WINDOW_MAX, &window, err);
    if (code == NH_OK && o->direction)
        code = nh_choice("--direction", o->direction, directions, &direction, err);
    r->window = (size_t)window;
    r->two_way = direction == 1;
    return code;
}

static int parse_request(const struct nh_fabric_verb *verb, const struct nh_fabric_options *o,
                         struct nh_fabric_session *s, struct nh_error *err)
{
    struct nh_fabric_request *r = &s->request;
    struct nh_sizes sizes;
    snprintf(r->verb, sizeof r->verb, "%s", verb->name);
    snprintf(r->provider, sizeof r->provider, "%s", o->provider ? o->provider : "");
    r->window = 1;
    int code = o->api ? nh_choice("--api", o->api, nh_api_names, &r->api, err) : NH_OK;
    if (code == NH_OK && verb->windows)
        code = parse_window(o, r, err);
    if (code == NH_OK)
        code =
            nh_sizes_parse(o->sizes ? o->sizes : verb->sizes, 1, "byte", verb->least, &sizes, err);
    if (code)
        return code;
    s->sizes = sizes.items;
    r->size_count = sizes.count;
    r->largest = nh_sizes_largest(&sizes);
    return NH_OK;
}

/* ---- meeting ---- */

/* Rank 0's request becomes that of both. */
static int share_request(struct nh_fabric_session *s, struct nh_error *err)
{
    struct nh_fabric_request asked = s->request;
    int code = s->group.broadcast(&s->oob, &asked, sizeof asked, err);
    if (code)
        return code;
    if (strcmp(asked.verb, s->request.verb) != 0)
        code = nh_fail(err, NH_EINPUT, "one side runs %s and the other %s; start the same verb",
                       s->request.verb, asked.verb);
    else if (s->oob.rank == 1) {
        free(s->sizes);
        s->sizes = calloc(asked.size_count + 1, sizeof *s->sizes);
        if (!s->sizes)
            code = nh_fail(err, NH_EFAIL, "out of memory");
    }
    code = s->group.agree(&s->oob, code, err);
    if (code)
        return code;
    s->request = asked;
    return s->group.broadcast(&s->oob, s->sizes, asked.size_count * sizeof *s->sizes, err);
}

static bool one_host(const struct nh_fabric_session *s)
{
    return strcmp(s->places[0].boot, s->places[1].boot) == 0;
}

static int share_places(struct nh_fabric_session *s, struct nh_error *err)
{
    int rank = s->oob.rank;
    return s->group.exchange(&s->oob, 0, &s->places[rank], 0, &s->places[1 - rank],
                             sizeof s->places[0], err);
}

/* Both on one host share its cores: each takes one, by rank. */
static int bind_side(struct nh_fabric_session *s, enum nh_bind bind, struct nh_error *err)
{
    int rank = s->oob.rank;
    nh_place_look(&s->places[rank]);
    int code = share_places(s, err);
    if (code)
        return code;
    code = nh_place_bind(&s->places[rank], bind, one_host(s) ? rank : 0, err);
    if ((code = s->group.agree(&s->oob, code, err)))
        return code;
    s->group.leader = one_host(s) && s->places[0].network == s->places[1].network ? 0 : rank;
    nh_clock_monotonic(&s->clock); /* on the core that will be measured */
    code = share_places(s, err);
    if (code == NH_OK && s->request.inter_node)
        code = nh_check_apart(&s->group, s->places[rank].host, s->places[rank].boot, err);
    return code;
}

/* ---- the network ---- */

static int choose_provider(struct nh_fabric_session *s, struct nh_error *err)
{
    struct nh_fabric_request *r = &s->request;
    int code = NH_OK;
    if (s->oob.rank == 0 && !r->provider[0]) {
        const char *best = nh_provider_best(one_host(s), nh_apis[r->api].caps, err);
        code = best ? NH_OK : NH_EINPUT;
        snprintf(r->provider, sizeof r->provider, "%s", best ? best : "");
    }
    if (strcmp(r->provider, "shm") == 0 && !one_host(s))
        code = nh_fail(err, NH_EINPUT,
                       "--provider: shm works within one host and these are %s and %s; choose "
                       "another",
                       s->places[0].host, s->places[1].host);
    code = s->group.agree(&s->oob, code, err);
    return code ? code : s->group.broadcast(&s->oob, r->provider, sizeof r->provider, err);
}

static int add_domain(struct nh_fabric_session *s, const char *name, struct nh_error *err)
{
    const struct nh_fabric_request *r = &s->request;
    struct nh_provider_want want = {r->provider, name, nh_apis[r->api].caps};
    struct fi_info *info;
    int code = nh_provider_find(&want, &info, err);
    if (code)
        return code;
    size_t used = strlen(s->domains);
    snprintf(s->domains + used, sizeof s->domains - used, "%s%s", used ? "," : "",
             info->domain_attr->name);
    return nh_link_add(&s->link, info, r->largest, r->window, err);
}

static int add_domains(struct nh_fabric_session *s, const char *list, struct nh_error *err)
{
    char names[256], *rest = names;
    int code = NH_OK;
    s->domains[0] = '\0';
    if (!list)
        return add_domain(s, NULL, err);
    snprintf(names, sizeof names, "%s", list);
    for (char *name; code == NH_OK && (name = strsep(&rest, ","));)
        code = add_domain(s, name, err);
    return code;
}

static int open_link(struct nh_fabric_session *s, const char *domains, struct nh_error *err)
{
    s->link = (struct nh_link){.oob = &s->oob, .clock = &s->clock, .timeout_s = s->oob.timeout_s};
    int code = choose_provider(s, err);
    if (code == NH_OK)
        code = s->group.agree(&s->oob, add_domains(s, domains, err), err);
    if (code == NH_OK)
        code = nh_link_connect(&s->link, err);
    s->oob.idle = code == NH_OK ? nh_link_progress : NULL;
    s->oob.idle_context = &s->link;
    return code;
}

/* ---- output ---- */

static json_t *system_object(const struct nh_fabric_session *s)
{
    char version[32], protocol[32];
    const struct fi_info *i = nh_link_info(&s->link, 0);
    uint32_t fabric = fi_version(), provider = i->fabric_attr->prov_version;
    json_t *o = nh_sysinfo_system("");
    snprintf(version, sizeof version, "%u.%u", FI_MAJOR(fabric), FI_MINOR(fabric));
    json_object_set_new(o, "libfabric", json_string(version));
    json_object_set_new(o, "provider", json_string(i->fabric_attr->prov_name));
    snprintf(version, sizeof version, "%u.%u", FI_MAJOR(provider), FI_MINOR(provider));
    json_object_set_new(o, "provider_version", json_string(version));
    snprintf(protocol, sizeof protocol, "%s", fi_tostr(&i->ep_attr->protocol, FI_TYPE_PROTOCOL));
    json_object_set_new(o, "protocol", json_string(protocol));
    json_object_set_new(o, "protocol_version",
                        json_integer((json_int_t)i->ep_attr->protocol_version));
    json_object_set_new(o, "domains", json_string(s->domains));
    json_object_set_new(o, "inject_bytes", json_integer((json_int_t)i->tx_attr->inject_size));
    return o;
}

static bool same_core(const struct nh_fabric_session *s)
{
    return one_host(s) && strspn(s->places[0].cpus, "0123456789") == strlen(s->places[0].cpus) &&
           strcmp(s->places[0].cpus, s->places[1].cpus) == 0;
}

static json_t *placement_rows(const struct nh_fabric_session *s)
{
    json_t *rows = json_array();
    for (int i = 0; i < 2; i++)
        json_array_append_new(rows, nh_place_json(&s->places[i], i, same_core(s)));
    return rows;
}

static void note(struct nh_fabric_session *s, const char *fmt, ...) NH_PRINTF(2, 3);

static void note(struct nh_fabric_session *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    nh_output_note(s->out, fmt, args);
    va_end(args);
}

/* What this run knows of a record beside the kernel. */
static int complete(void *context, struct nh_record *r, struct nh_error *err)
{
    const struct nh_fabric_session *s = context;
    (void)err;
    nh_distance_record(s->distance, r);
    nh_proof_record(s->proof, r);
    return NH_OK;
}

static int open_output(struct nh_fabric_session *s, const struct nh_settings *settings,
                       struct nh_error *err)
{
    const struct fi_info *i = nh_link_info(&s->link, 0);
    uint32_t version = fi_version();
    snprintf(s->library, sizeof s->library, "libfabric %u.%u, provider %.60s, domain %.100s, %s",
             FI_MAJOR(version), FI_MINOR(version), i->fabric_attr->prov_name, s->domains,
             nh_apis[s->request.api].name);
    struct nh_output_facts facts = {.program = "nodehour-fabric",
                                    .verb = s->request.verb,
                                    .library = s->library,
                                    .ranks = 2,
                                    .nodes = one_host(s) ? 1 : 2,
                                    .clock = &s->clock,
                                    .limits = &s->request.limits,
                                    .placement = placement_rows(s),
                                    .system = system_object(s),
                                    .complete = complete,
                                    .context = s};
    s->out = nh_output_open(&facts, settings);
    return s->out ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
}

/* ---- run ---- */

/* What looks at every measurement from outside: counters, and the two cores. */
static int open_witnesses(struct nh_fabric_session *s, const struct nh_settings *settings,
                          struct nh_error *err)
{
    const struct nh_proof_facts facts = {.root = settings->sysfs_root,
                                         .required = settings->require_transport,
                                         .remedy = "choose the provider by --provider",
                                         .control_fd = s->oob.fd};
    int code = nh_proof_open(&s->proof, &s->group, &facts, err);
    if (code)
        return code;
    s->distance = nh_distance_open(&s->group, &s->clock, one_host(s) && !same_core(s));
    code = s->distance ? NH_OK : nh_fail(err, NH_EFAIL, "out of memory");
    if (code == NH_OK && s->oob.rank == 0)
        code = open_output(s, settings, err);
    return s->group.agree(&s->oob, code, err);
}

static int work(struct nh_fabric_session *s, const struct nh_fabric_verb *verb,
                struct nh_error *err)
{
    s->total = s->request.size_count;
    int code = verb->body(s, err);
    if (code)
        return code;
    if (s->oob.rank == 0)
        code = nh_proof_end(s->proof, err);
    /* Nobody tears down while the other side may still need him. */
    return s->group.agree(&s->oob, code, err);
}

static int measure_all(struct nh_fabric_session *s, const struct nh_fabric_verb *verb,
                       const struct nh_settings *settings, struct nh_error *err)
{
    int code = open_witnesses(s, settings, err);
    if (code == NH_OK)
        code = work(s, verb, err);
    nh_output_close(s->out);
    nh_distance_close(s->distance);
    nh_proof_close(s->proof);
    return code;
}

static int run_session(struct nh_fabric_session *s, const struct nh_fabric_verb *verb,
                       const struct nh_fabric_options *o, const struct nh_settings *settings,
                       struct nh_error *err)
{
    int code = share_request(s, err);
    if (code == NH_OK)
        code = bind_side(s, settings->bind, err);
    if (code == NH_OK)
        code = open_link(s, o->domain, err);
    if (code == NH_OK)
        code = measure_all(s, verb, settings, err);
    s->oob.idle = NULL;
    nh_link_close(&s->link);
    return code;
}

/* The common options that need the ranks of MPI. */
static int check_foreign(const struct nh_kernel_options *o, struct nh_error *err)
{
    const struct {
        const char *name;
        bool given;
    } foreign[] = {{"--placement", o->placement != NULL},
                   {"--common-clock", o->common_clock},
                   {"--own-clocks", o->own_clocks}};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (foreign[i].given)
            return nh_fail(err, NH_EINPUT,
                           "%s is of nodehour-mpi only; leave it out here, the "
                           "provider is named by --provider",
                           foreign[i].name);
    return NH_OK;
}

static int check(const struct nh_fabric_verb *verb, const struct nh_fabric_options *o,
                 struct nh_settings *settings, struct nh_fabric_session *s, double *timeout_s,
                 struct nh_error *err)
{
    *timeout_s = TIMEOUT_S;
    int code = check_foreign(&o->common, err);
    if (code == NH_OK)
        code = nh_settings(&o->common, settings, err);
    if (code == NH_OK)
        code = parse_request(verb, o, s, err);
    if (code == NH_OK && o->timeout)
        code = nh_parse_positive("--timeout", o->timeout, timeout_s, err);
    if (code == NH_OK)
        code = nh_output_check(settings->output, err);
    if (code)
        return code;
    s->request.limits = settings->limits;
    s->request.inter_node = settings->inter_node;
    return NH_OK;
}

int nh_fabric_run(const struct nh_fabric_verb *verb, struct nh_fabric_options *o, int argc,
                  char **argv, struct nh_error *err)
{
    struct nh_fabric_session s = {.oob.fd = -1};
    struct nh_settings settings;
    struct nh_start start;
    double timeout_s;
    int code = check(verb, o, &settings, &s, &timeout_s, err);
    if (code == NH_OK && argc > 1)
        code = nh_fail(err, NH_EINPUT, "unexpected word '%.60s'; see --help", argv[1]);
    if (code == NH_OK)
        code = nh_start_decide(o->listen, argc ? argv[0] : NULL, o->rendezvous, &start, err);
    if (code == NH_OK)
        code = nh_start_meet(&start, timeout_s, &s.oob, err);
    if (code == NH_OK) {
        nh_oob_group(&s.oob, &s.group);
        code = run_session(&s, verb, o, &settings, err);
    }
    nh_oob_close(&s.oob);
    free(s.sizes);
    return code;
}

/* ---- measuring ---- */

void nh_fabric_params(const struct nh_fabric_session *s, size_t size, json_t *params)
{
    json_object_set_new(params, "size_bytes", json_integer((json_int_t)size));
    json_object_set_new(params, "over", json_string("libfabric"));
    json_object_set_new(params, "provider",
                        json_string(nh_link_info(&s->link, 0)->fabric_attr->prov_name));
    json_object_set_new(params, "domain", json_string(s->domains));
    json_object_set_new(params, "api", json_string(nh_apis[s->request.api].name));
}

/* Rank 0: what is news beside the table, and whether the line may stand. */
static int write_line(struct nh_fabric_session *s, const struct nh_kernel_ops *ops, void *state,
                      const struct nh_case *row, struct nh_series *series, struct nh_error *err)
{
    char text[96];
    const char *verdict, *reason;
    if (nh_distance_news(s->distance, text, sizeof text))
        note(s, "%s", text);
    int code = nh_output_write(s->out, ops, state, row, series, ++s->done, s->total, err);
    if (nh_proof_news(s->proof, &verdict, &reason))
        note(s, "transport  %s: %s", verdict, reason);
    return code ? code : nh_proof_check(s->proof, err);
}

int nh_fabric_measure(struct nh_fabric_session *s, const struct nh_kernel_ops *ops, void *state,
                      size_t size, struct nh_error *err)
{
    char label[24];
    struct nh_series series = {0};
    snprintf(label, sizeof label, "%zu", size);
    const struct nh_case row = {"size_B", label, "bandwidth_bytes_per_s", "GB/s", 1e9};
    if (s->out)
        nh_output_head(s->out);
    nh_distance_before(s->distance, &row);
    int code = nh_proof_before(s->proof, err);
    if (code == NH_OK)
        code = nh_measure(ops, state, &s->group, &s->clock, &s->request.limits, &series, err);
    if (code == NH_OK)
        code = nh_proof_after(s->proof, nh_traffic_of(ops, state, &series), err);
    if (code == NH_OK) {
        nh_distance_after(s->distance);
        code = s->out ? write_line(s, ops, state, &row, &series, err) : NH_OK;
    }
    if (code != NH_EPARTIAL)
        code = s->group.agree(&s->oob, code, err);
    nh_series_clear(&series);
    return code ? nh_context(err, "size_B %s", label) : NH_OK;
}
