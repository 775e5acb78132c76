/* SPDX-License-Identifier: BSD-3-Clause */
/* Prices: models, break-even, answers of the AWS CLI (tests/data/aws), price files, regions. */
#include "tests/unit/support.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/cost/interval.h"
#include "analysis/cost/models.h"
#include "analysis/cost/options.h"
#include "analysis/cost/price_file.h"
#include "analysis/cost/source.h"
#include "common/journal.h"
#include "common/jsonline.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.12g is not within %g of %.12g", value, tolerance, expected);
}

static struct nh_price priced(const char *model, const char *per_hour)
{
    struct nh_price p = {.machine = "c5n.18xlarge", .region = "us-east-1", .as_of = "2026-11-24"};
    struct nh_error err = {0};
    snprintf(p.model, sizeof p.model, "%s", model);
    snprintf(p.source, sizeof p.source, "test");
    assert_ok(nh_money_parse("price", per_hour, &p.per_hour, &err), err);
    return p;
}

/* ---- Models ---- */

static void models_have_terms(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        double hours;
    } cases[] = {{"on-demand", 0},
                 {"spot", 0},
                 {"reserved-1y-no-upfront", 8760},
                 {"reserved-3y-all-upfront", 26280},
                 {"reserved-convertible-3y-partial-upfront", 26280},
                 {"savings-compute-1y-no-upfront", 8760},
                 {"savings-ec2-3y-all-upfront", 26280},
                 {"reserved-2y-no-upfront", 0},
                 {"reserved-3y", 0},
                 {"our-own-rate", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_price p = priced(cases[i].model, "1");
        assert_near(nh_price_term_hours(&p), cases[i].hours, 0);
    }
    assert_true(nh_price_model("spot")->interrupted);
    assert_null(nh_price_model("reserved-2y-no-upfront"));
    assert_null(nh_price_model("our-own-rate"));
    struct nh_price block = priced("capacity-block", "30");
    block.block_hours = 48;
    assert_near(nh_price_term_hours(&block), 48, 0);
    assert_near(nh_price_upfront_usd(&block), 1440, 1e-9);
}

/* The published case: 1.475 against 3.888 USD per hour, three years all upfront. */
static void the_published_break_even(void **state)
{
    (void)state;
    struct nh_price od = priced("on-demand", "3.888"),
                    ri = priced("reserved-3y-all-upfront", "1.475");
    struct nh_break_even b;
    assert_true(nh_break_even(&ri, &od, &b));
    assert_near(100 * b.utilisation, 37.94, 0.005);
    assert_near(b.utilisation, 0.379372, 5e-7);
    assert_near(b.hours_per_year, 3323.3, 0.05);
    assert_near(b.node_hours, 9969.9, 0.05);
    assert_near(nh_price_upfront_usd(&ri), 38763, 1e-6);
    assert_near(45 * nh_price_upfront_usd(&ri), 1744335, 1e-4);
    assert_near(108 * nh_price_upfront_usd(&ri), 4186404, 1e-4);
    assert_false(nh_break_even(&od, &od, &b));
    assert_near(nh_price_upfront_usd(&od), 0, 0);
}

/* ---- Options ---- */

static int parse_options(const char *name, char *value, struct nh_cost_settings *out,
                         struct nh_error *err)
{
    struct nh_cost_options o = {{NULL}};
    size_t i = 0;
    while (i < NH_COST_OPTIONS && strcmp(nh_cost_option_name(i), name) != 0)
        i++;
    assert_true(i < NH_COST_OPTIONS);
    o.value[i] = value;
    return nh_cost_options_parse(&o, NULL, out, err);
}

static void options_are_read(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_cost_settings s;
    assert_ok(parse_options("--license", "tokens=0.05:512", &s, &err), err);
    assert_int_equal(s.terms.licence.kind, NH_LICENCE_TOKENS);
    assert_int_equal(s.terms.licence.cap_cores, 512);
    assert_near(s.terms.licence.usd, 0.05, 0);
    assert_near(s.terms.billing_step_s, 0, 0);
    assert_ok(parse_options("--boot-time", "2min30s", &s, &err), err);
    assert_near(s.terms.boot_s, 150, 0);
    assert_near(s.terms.billing_minimum_s, 60, 0); /* nodes that start are billed a minute */
    assert_ok(parse_options("--billing", "hour", &s, &err), err);
    assert_near(s.terms.billing_step_s, 3600, 0);
    assert_ok(parse_options("--spot-interruption-rate", "0.001", &s, &err), err);
    assert_near(s.spot.interruptions_per_node_hour, 0.001, 0);
    assert_ok(parse_options("--spot-interruption-rate", "5%", &s, &err), err);
    assert_near(exp(-730 * s.spot.interruptions_per_node_hour), 0.95, 1e-12);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *says;
    } cases[] = {{"--license", "22", "no licence"},
                 {"--license", "per-hour=-1", "not an amount"},
                 {"--license", "per-job=5:100", "only tokens have a cap"},
                 {"--license", "tokens=5:0", "cap"},
                 {"--boot-time", "5", "no duration"},
                 {"--billing", "month", "no rule"},
                 {"--spot-interruption-rate", "100%", "no rate"},
                 {"--spot-interruption-rate", "-1", "no rate"},
                 {"--spot-interruption-rate", "%", "rate"},
                 {"--storage-per-hour", "1e3", "not an amount"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nh_error err = {0};
        struct nh_cost_settings s;
        char value[32];
        snprintf(value, sizeof value, "%s", cases[i].value);
        assert_int_equal(parse_options(cases[i].option, value, &s, &err), NH_EINPUT);
        assert_says(&err, cases[i].option);
        assert_says(&err, cases[i].says);
    }
}

/* ---- Intervals ---- */

static void intervals_of_cost(void **state)
{
    (void)state;
    struct nh_price p = priced("spot", "1.5");
    struct nh_cost_terms t = {.price = &p, .transfer_usd = 10};
    struct nh_interval time = {3500, 3800, 0.96}, none = {NAN, NAN, NAN};
    struct nh_interval c = nh_cost_interval(&t, 10, 360, 3600, time);
    assert_near(c.lo, 10 + 15 * 3500 / 3600.0, 1e-9);
    assert_near(c.hi, 10 + 15 * 3800 / 3600.0, 1e-9);
    assert_true(isnan(nh_cost_interval(&t, 10, 360, 3600, none).lo));
}

/* Uniform between 1 and 2: 95 % of the time within [1.025, 1.975], by hand; with an uncertain
 * time wider than either alone. */
static void a_varying_price_widens_the_interval(void **state)
{
    (void)state;
    struct nh_price p = priced("spot", "1.5");
    struct nh_spot spot = {.restart_s = 60};
    struct nh_cost_terms t = {.price = &p, .spot = &spot};
    struct nh_interval none = {NAN, NAN, NAN}, time = {3000, 4320, 0.95};
    for (int i = 0; i < NH_PRICE_DECILES; i++)
        spot.price_deciles[i] = 1 + i / 10.0;
    struct nh_interval c = nh_cost_interval(&t, 10, 360, 3600, none);
    assert_near(c.lo, 10.25, 0.05);
    assert_near(c.hi, 19.75, 0.05);
    struct nh_interval both = nh_cost_interval(&t, 10, 360, 3600, time);
    assert_true(both.lo < c.lo && both.hi > c.hi);
    assert_true(both.hi < 20 * 1.2 && both.lo > 10 / 1.2);
    assert_near(nh_cost_spot_quantile(&t, 10, 360, 3600, 0.9), 19, 0.3);
}

/* On-demand 3.888, spot 1.5 USD: an hour without checkpoints costs (e^{nr} - 1)/(nr) times
 * more, which is 2.592 at nr = 1.668. */
static void spot_stops_paying_on_many_nodes(void **state)
{
    (void)state;
    struct nh_price od = priced("on-demand", "3.888"), sp = priced("spot", "1.5");
    struct nh_spot spot = {.interruptions_per_node_hour = 0.01};
    struct nh_cost_terms a = {.price = &sp, .spot = &spot}, b = {.price = &od};
    long most = nh_cost_spot_most_nodes(&a, &b, 36, 3600, 10000);
    double x = 0.01 * (double)most, above = 0.01 * (double)(most + 1);
    assert_true(expm1(x) / x <= 3.888 / 1.5 && expm1(above) / above > 3.888 / 1.5);
    assert_int_equal(nh_cost_spot_most_nodes(&a, &b, 36, 3600, 50), 50);
    assert_int_equal(nh_cost_spot_most_nodes(&b, &a, 36, 3600, 50), 0);
}

/* ---- Answers of the AWS CLI ---- */

/* From 2026-11-17 to 2026-11-24. */
static const struct nh_price_query query = {.machine = "c5n.18xlarge",
                                            .region = "us-east-1",
                                            .today = "2026-11-24",
                                            .from_s = 1794873600,
                                            .to_s = 1794873600 + 7 * 86400,
                                            .hours = 24,
                                            .nodes = 2};

static int read_answer(const struct nh_price_source *s, const struct nh_price_query *q,
                       const char *file, struct nh_price_set *set, struct nh_error *err)
{
    char path[128], *text;
    size_t len;
    snprintf(path, sizeof path, "tests/data/aws/%s", file);
    assert_ok(nh_file_read(path, &text, &len, err), *err);
    int rc = nh_price_source_read(s, q, text, len, set, err);
    free(text);
    return rc;
}

static const struct nh_price *find(const struct nh_price_set *set, const char *model)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].model, model) == 0)
            return &set->items[i];
    fail_msg("no price of %s", model);
    return NULL;
}

static void assert_amount(const struct nh_price_set *set, const char *model, const char *amount)
{
    char text[NH_MONEY_TEXT];
    assert_string_equal(nh_money_decimal(find(set, model)->per_hour, text), amount);
}

static void the_price_list(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    assert_ok(read_answer(&nh_source_list, &query, "pricing.json", &set, &err), err);
    assert_int_equal(set.count, 5);
    assert_amount(&set, "on-demand", "3.888");
    assert_amount(&set, "reserved-3y-all-upfront", "1.475"); /* 38,763 / 26,280 h */
    assert_amount(&set, "reserved-1y-no-upfront", "2.45");
    assert_amount(&set, "reserved-1y-partial-upfront", "2.333334"); /* 1.166667 + 10,220 / 8,760 */
    assert_amount(&set, "reserved-convertible-3y-no-upfront", "2.1");
    assert_int_equal(find(&set, "reserved-1y-partial-upfront")->upfront.micro, 10220000000);
    const struct nh_price *p = find(&set, "on-demand");
    assert_string_equal(p->as_of, "2026-11-24");
    assert_string_equal(p->region, "us-east-1");
    assert_non_null(strstr(p->source, "version 20261120000000"));
    nh_price_set_clear(&set);
}

static void savings_plans_come_in_pages(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    assert_ok(read_answer(&nh_source_savings, &query, "savings.json", &set, &err), err);
    assert_string_equal(set.next_page, "page-2");
    assert_ok(read_answer(&nh_source_savings, &query, "savings-2.json", &set, &err), err);
    assert_string_equal(set.next_page, "");
    assert_int_equal(set.count, 4);
    assert_amount(&set, "savings-compute-1y-no-upfront", "2.83");
    assert_amount(&set, "savings-compute-3y-all-upfront", "1.8");
    assert_amount(&set, "savings-ec2-1y-partial-upfront", "2.3");
    assert_amount(&set, "savings-ec2-3y-no-upfront", "1.7");
    nh_price_set_clear(&set);
}

/* Zone a: 1.0 for two days of the week and 2.0 for five; zone b: 1.5 throughout. */
static void spot_prices_are_weighted_by_time(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    assert_ok(read_answer(&nh_source_spot, &query, "spot.json", &set, &err), err);
    assert_amount(&set, "spot", "1.5");
    assert_non_null(strstr(find(&set, "spot")->source, "us-east-1b"));
    nh_price_set_clear(&set);
    struct nh_price_query q = query;
    q.zone = "us-east-1a";
    assert_ok(read_answer(&nh_source_spot, &q, "spot.json", &set, &err), err);
    assert_amount(&set, "spot", "1.714286");
    const struct nh_price *p = find(&set, "spot");
    assert_near(p->deciles[0], 1, 0);
    assert_near(p->deciles[2], 1, 0); /* 2/7 of the time */
    assert_near(p->deciles[3], 2, 0);
    assert_near(p->deciles[10], 2, 0);
    nh_price_set_clear(&set);
}

static void the_cheapest_capacity_block(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    struct nh_price_query q = query;
    assert_ok(read_answer(&nh_source_block, &q, "block.json", &set, &err), err);
    assert_int_equal(set.count, 0); /* of another machine */
    q.machine = "p5.48xlarge";
    assert_ok(read_answer(&nh_source_block, &q, "block.json", &set, &err), err);
    assert_amount(&set, "capacity-block", "30"); /* 1,440 / (2 x 24 h) */
    assert_near(nh_price_term_hours(find(&set, "capacity-block")), 24, 0);
    nh_price_set_clear(&set);
}

static void assert_refused(const struct nh_price_source *s, const char *text, const char *says)
{
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    assert_int_equal(nh_price_source_read(s, &query, text, strlen(text), &set, &err), NH_EINPUT);
    assert_says(&err, s->operation);
    assert_says(&err, says);
    nh_price_set_clear(&set);
}

static void strange_answers_are_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {"pricing.json", "savings.json", "spot.json",
                                          "block.json"};
    for (size_t i = 0; nh_price_sources[i]; i++) {
        struct nh_error err = {0};
        char path[128], *text;
        size_t len;
        snprintf(path, sizeof path, "tests/data/aws/%s", answers[i]);
        assert_ok(nh_file_read(path, &text, &len, &err), err);
        text[len / 2] = '\0'; /* cut */
        assert_refused(nh_price_sources[i], text, "JSON");
        free(text);
        assert_refused(nh_price_sources[i], "", "an empty answer");
        assert_refused(nh_price_sources[i], "{}", "missing");
        assert_refused(nh_price_sources[i], "[]", "JSON");
    }
    assert_refused(&nh_source_spot,
                   "{\"SpotPriceHistory\":[{\"InstanceType\":\"c5n.18xlarge\",\"AvailabilityZone\":"
                   "\"z\",\"Timestamp\":\"yesterday\",\"SpotPrice\":\"1\"}]}",
                   "SpotPriceHistory[0]: field 'Timestamp'");
    assert_refused(&nh_source_block,
                   "{\"CapacityBlockOfferings\":[{\"CapacityBlockDurationHours\":24,"
                   "\"InstanceCount\":1,\"UpfrontFee\":\"free\",\"CurrencyCode\":\"USD\"}]}",
                   "UpfrontFee");
    assert_refused(&nh_source_block,
                   "{\"CapacityBlockOfferings\":[{\"CapacityBlockDurationHours\":24,"
                   "\"InstanceCount\":1,\"UpfrontFee\":\"9\",\"CurrencyCode\":\"\"}]}",
                   "currency '' is none");
    assert_refused(&nh_source_list, "{\"PriceList\":[\"{\\\"product\\\": \"]}", "PriceList[0]");
}

static void two_amounts_of_one_price_are_refused(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_set set = {.count = 0};
    struct nh_price a = priced("on-demand", "3.888"), b = priced("on-demand", "3.9");
    assert_ok(nh_price_set_add(&set, &a, &err), err);
    assert_ok(nh_price_set_add(&set, &a, &err), err);
    assert_int_equal(set.count, 1);
    assert_int_equal(nh_price_set_add(&set, &b, &err), NH_EINPUT);
    assert_says(&err, "3.888 and 3.9");
    nh_price_set_clear(&set);
}

static void long_decimals_are_rounded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t micro;
    } good[] = {{"0.0631600000", 63160},
                {"1.1666666667", 1166667},
                {"1.0000004999", 1000000},
                {"3.888", 3888000},
                {"0.9999995", 1000000}};
    static const char *const bad[] = {"", ".", "1.1234567x", "-1.12345678", "1e-7", "1.2.34567890"};
    struct nh_error err = {0};
    struct nh_money m;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_ok(nh_money_parse_rounded("p", good[i].text, &m, &err), err);
        assert_int_equal(m.micro, good[i].micro);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(nh_money_parse_rounded("p", bad[i], &m, &err), NH_EINPUT);
}

/* ---- Price files ---- */

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = fresh_directory();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[160];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    free(folder);
    return 0;
}

static void a_price_file_is_updated(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_changes n;
    struct nh_catalog c = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/new/prices.json", folder);
    struct nh_price first[] = {priced("on-demand", "3.888"), priced("spot", "1.5")};
    for (int i = 0; i < NH_PRICE_DECILES; i++)
        first[1].deciles[i] = 1.4 + i / 50.0;
    assert_ok(nh_price_file_update(path, first, 2, &n, &err), err);
    assert_int_equal(n.added, 2);
    struct nh_price second[] = {priced("on-demand", "4"), priced("savings-ec2-1y-no-upfront", "2")};
    second[1].upfront = (struct nh_money){5000000, "USD"};
    assert_ok(nh_price_file_update(path, second, 2, &n, &err), err);
    assert_true(n.added == 1 && n.changed == 1 && n.same == 0);
    assert_ok(nh_catalog_add_prices(&c, path, &err), err);
    assert_int_equal(c.price_count, 3);
    assert_int_equal(nh_catalog_price(&c, "c5n.18xlarge", "on-demand", &err)->per_hour.micro,
                     4000000);
    const struct nh_price *spot = nh_catalog_price(&c, "c5n.18xlarge", "spot", &err);
    assert_near(spot->deciles[10], 1.6, 1e-9);
    assert_string_equal(spot->source, "test");
    assert_int_equal(
        nh_catalog_price(&c, "c5n.18xlarge", "savings-ec2-1y-no-upfront", &err)->upfront.micro,
        5000000);
    nh_catalog_clear(&c);
}

static void a_broken_price_file_stays(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_changes n;
    struct nh_price p = priced("on-demand", "3.888");
    char path[128], *text;
    size_t len;
    snprintf(path, sizeof path, "%s/broken.json", folder);
    write_file(path, "{\"prices\": [");
    assert_int_equal(nh_price_file_update(path, &p, 1, &n, &err), NH_EINPUT);
    assert_says(&err, "broken.json");
    assert_ok(nh_file_read(path, &text, &len, &err), err);
    assert_string_equal(text, "{\"prices\": [");
    free(text);
}

static void an_undated_price_is_named_with_its_line(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_catalog c = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/undated.json", folder);
    write_file(path,
               "{\"sources\": {\"prices\": \"a [list], {with} \\\" prices\"},\n\"prices\": [\n"
               "{\"machine\": \"m\", \"model\": \"on-demand\", \"per_hour\": \"1\",\n"
               "\"currency\": \"USD\", \"region\": \"r\", \"as_of\": \"2026\", \"source\": "
               "\"prices\"},\n\n{\"machine\": \"m\", \"model\": \"spot\", \"per_hour\": \"1\", "
               "\"currency\": \"USD\", \"region\": \"r\", \"source\": \"prices\"}]}\n");
    assert_int_equal(nh_catalog_add_prices(&c, path, &err), NH_EINPUT);
    assert_says(&err, "undated.json: line 6: prices[1]: field 'as_of'");
    assert_int_equal(nh_json_line_of("{\"a\":\n[1,\n2]}", "a", 1), 3);
    assert_int_equal(nh_json_line_of("{\"b\":{\"a\":[1]},\n\"a\":[\n\n5]}", "a", 0), 4);
    assert_int_equal(nh_json_line_of("{}", "a", 0), 1);
}

static void deciles_are_checked(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "[]", "[1,2]", "\"x\"",
        "[\"1\",\"2\",\"3\",\"4\",\"5\",\"4\",\"7\",\"8\",\"9\",\"10\",\"11\"]"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct nh_error err = {0};
        struct nh_catalog c = {0};
        char path[128], text[512];
        snprintf(path, sizeof path, "%s/deciles.json", folder);
        snprintf(text, sizeof text,
                 "{\"sources\":{\"s\":\"x\"},\"prices\":[{\"machine\":\"m\",\"model\":\"spot\","
                 "\"per_hour\":\"1\",\"currency\":\"USD\",\"region\":\"r\",\"as_of\":\"2026\","
                 "\"source\":\"s\",\"deciles\":%s}]}",
                 lists[i]);
        write_file(path, text);
        assert_int_equal(nh_catalog_add_prices(&c, path, &err), NH_EINPUT);
        assert_says(&err, "'deciles'");
    }
}

static void regions_are_kept_apart(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_catalog c = {0};
    struct nh_price p[] = {priced("on-demand", "3.888"), priced("spot", "1.5"),
                           priced("on-demand", "4.2")};
    snprintf(p[2].region, sizeof p[2].region, "eu-west-1");
    assert_ok(nh_catalog_put_prices(&c, p, 3, &err), err);
    assert_int_equal(nh_catalog_keep_region(&c, "eu-wset-1", &err), NH_EINPUT);
    assert_says(&err, "did you mean 'eu-west-1'");
    assert_ok(nh_catalog_keep_region(&c, "eu-west-1", &err), err);
    assert_int_equal(c.price_count, 1);
    assert_int_equal(c.prices[0].per_hour.micro, 4200000);
    assert_false(c.prices[0].region_by_default);
    nh_catalog_clear(&c);
    assert_ok(nh_catalog_put_prices(&c, p, 3, &err), err);
    assert_ok(nh_catalog_keep_region(&c, NULL, &err), err);
    assert_int_equal(c.price_count, 2);
    assert_string_equal(c.prices[1].region, "us-east-1");
    assert_true(c.prices[0].region_by_default && c.prices[1].region_by_default);
    nh_catalog_clear(&c);
    assert_ok(nh_catalog_put_prices(&c, p, 2, &err), err);
    assert_ok(nh_catalog_keep_region(&c, NULL, &err), err);
    assert_false(c.prices[0].region_by_default); /* of one region only */
    nh_catalog_clear(&c);
}

static void own_prices_go_before_the_shipped_ones(void **state)
{
    (void)state;
    struct nh_error err = {0};
    struct nh_price_changes n;
    struct nh_catalog c;
    struct nh_price p = priced("on-demand", "3.5");
    char path[128];
    snprintf(path, sizeof path, "%s/own.json", folder);
    assert_ok(nh_price_file_update(path, &p, 1, &n, &err), err);
    setenv("NODEHOUR_DATA", "common/catalog", 1);
    setenv("NODEHOUR_PRICES", path, 1);
    assert_ok(nh_catalog_load_own(&c, NULL, &err), err);
    assert_int_equal(nh_catalog_price(&c, "c5n.18xlarge", "on-demand", &err)->per_hour.micro,
                     3500000);
    assert_int_equal(
        nh_catalog_price(&c, "c5n.18xlarge", "reserved-3y-all-upfront", &err)->per_hour.micro,
        1475000);
    nh_catalog_clear(&c);
    setenv("NODEHOUR_PRICES", "/nowhere/prices.json", 1);
    assert_ok(nh_catalog_load_own(&c, NULL, &err), err); /* none there: no error */
    nh_catalog_clear(&c);
    assert_int_equal(nh_catalog_load_own(&c, "/nowhere/prices.json", &err), NH_EINPUT);
    unsetenv("NODEHOUR_PRICES");
    unsetenv("NODEHOUR_DATA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(models_have_terms),
                                       cmocka_unit_test(the_published_break_even),
                                       cmocka_unit_test(options_are_read),
                                       cmocka_unit_test(wrong_options_are_named),
                                       cmocka_unit_test(intervals_of_cost),
                                       cmocka_unit_test(a_varying_price_widens_the_interval),
                                       cmocka_unit_test(spot_stops_paying_on_many_nodes),
                                       cmocka_unit_test(the_price_list),
                                       cmocka_unit_test(savings_plans_come_in_pages),
                                       cmocka_unit_test(spot_prices_are_weighted_by_time),
                                       cmocka_unit_test(the_cheapest_capacity_block),
                                       cmocka_unit_test(strange_answers_are_refused),
                                       cmocka_unit_test(two_amounts_of_one_price_are_refused),
                                       cmocka_unit_test(long_decimals_are_rounded),
                                       cmocka_unit_test(a_price_file_is_updated),
                                       cmocka_unit_test(a_broken_price_file_stays),
                                       cmocka_unit_test(an_undated_price_is_named_with_its_line),
                                       cmocka_unit_test(deciles_are_checked),
                                       cmocka_unit_test(regions_are_kept_apart),
                                       cmocka_unit_test(own_prices_go_before_the_shipped_ones)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
