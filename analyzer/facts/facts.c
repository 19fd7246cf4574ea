#include "analyzer/facts/facts.h"

#include "analyzer/facts/pieces.h"
#include "analyzer/identity.h"
#include "analyzer/liveness.h"
#include "analyzer/version.h"

#include <stdio.h>
#include <string.h>

void facts_begin(struct facts *f, const struct baseline *baseline)
{
    *f = (struct facts){.runs = json_array(),
                        .findings = json_array(),
                        .suppressed = json_array(),
                        .by_key = json_object(),
                        .process = json_null(),
                        .threads = json_null(),
                        .locks = json_null(),
                        .orders = json_null(),
                        .unwatched = json_null(),
                        .baseline = baseline};
}

void facts_end(struct facts *f)
{
    json_t *const all[] = {f->runs,    f->findings, f->suppressed, f->by_key,   f->process,
                           f->threads, f->locks,    f->orders,     f->unwatched};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) // NOLINT: an array of them
        json_decref(all[i]);
    *f = (struct facts){.runs = NULL};
}

/* --- findings --- */

/* Two of one record stay two: a number tells the second of an id from the first. `here` counts those of the record. */
static json_t *earlier_one(struct facts *all, json_t *here, uint64_t id, char *key, size_t size)
{
    snprintf(key, size, "%016llx", (unsigned long long)id);
    json_int_t before = json_integer_value(json_object_get(here, key));
    json_object_set_new(here, key, json_integer(before + 1));
    snprintf(key, size, "%016llx.%lld", (unsigned long long)id, (long long)before);
    return json_object_get(all->by_key, key);
}

static enum finding_severity severity_of(const json_t *finding)
{
    const char *word = json_string_value(json_object_get(finding, "severity"));
    enum finding_severity s = SEVERITY_ERROR;
    while (s > 0 && (word == NULL || strcmp(word, finding_severity_word(s)) != 0))
        s--;
    return s;
}

static void add_times(json_t *to, const char *key, json_int_t more)
{
    json_object_set_new(to, key, json_integer(json_integer_value(json_object_get(to, key)) + more));
}

/* The one that an earlier record had: seen once more, and it is as where it is most severe. */
static void join(json_t *earlier, struct opened_record *v, const struct finding *f)
{
    json_t *runs = json_object_get(earlier, "runs");
    if (!json_is_null(json_object_get(runs, "found")))
        add_times(runs, "found", 1);
    json_int_t count = json_integer_value(json_object_get(earlier, "count"));
    if (f->severity > severity_of(earlier)) {
        json_t *now = piece_finding(v, f);
        json_object_update(earlier, now);
        json_decref(now);
        json_object_set_new(earlier, "count", json_integer(count));
    }
    add_times(earlier, "count", f->count == 0 ? 1 : f->count);
}

static void add_finding(struct facts *all, json_t *here, json_t *list, struct opened_record *v, size_t i)
{
    char key[40];
    const struct finding *f = &v->findings.item[i];
    uint64_t id = identity_of(v, f);
    json_t *finding = earlier_one(all, here, id, key, sizeof key);
    if (finding != NULL) {
        join(finding, v, f);
    } else {
        finding = piece_finding(v, f);
        json_object_set_new(finding, "runs", json_pack("{si,sn}", "found", 1, "of"));
        json_object_set(all->by_key, key, finding);
        json_array_append_new(list, finding);
    }
    if (liveness_merged(v->record) != 0) /* how many of its runs had it is not known */
        json_object_set_new(json_object_get(finding, "runs"), "found", json_null());
    bool known = baseline_has(all->baseline, v, f);
    json_object_set_new(finding, "baseline",
                        all->baseline == NULL ? json_null() : json_string(known ? "unchanged" : "new"));
}

/* --- records --- */

static void add_run(struct facts *all, const struct opened_record *v, json_t *process)
{
    json_t *run = json_pack("{so?,so,si}", "record", json_string(v->path), "process", process, "suppressed",
                            (int)v->findings.suppressed);
    json_array_append_new(all->runs, run != NULL ? run : json_object());
}

static void add_runs(struct facts *all, const struct opened_record *v)
{
    uint32_t merged = liveness_merged(v->record);
    for (uint32_t id = 1; id <= merged; id++)
        add_run(all, v, piece_merged_run(v, id));
    if (merged == 0)
        add_run(all, v, json_incref(all->process));
}

void facts_add(struct facts *all, struct opened_record *v)
{
    size_t count = v->findings.count, suppressed = v->findings.suppressed;
    json_t *here = json_object();
    pieces_begin();
    for (size_t i = 0; i < count + suppressed; i++) {
        if (i == count)
            json_object_clear(here);
        add_finding(all, here, i < count ? all->findings : all->suppressed, v, i);
    }
    json_decref(here);
    json_decref(all->threads);
    json_decref(all->locks);
    json_decref(all->process);
    json_decref(all->orders);
    json_t *locks = json_object();
    all->threads = piece_threads(v, locks);
    all->orders = all->with_orders ? piece_orders(v, locks) : json_null();
    all->locks = piece_lock_list(locks);
    all->process = piece_process(v);
    add_runs(all, v);
    all->records++;
    all->hidden += (unsigned)suppressed;
}

json_t *facts_without_record(struct facts *all, const char *program, pid_t pid)
{
    json_t *process = piece_unknown_process();
    json_object_set_new(process, "executable", piece_text(program));
    json_object_set_new(process, "pid", json_integer(pid));
    json_array_append_new(all->runs, json_pack("{sn,so,si}", "record", "process", process, "suppressed", 0));
    return process;
}

void facts_unwatched(struct facts *all, const char *program, const char *why, long times)
{
    if (json_is_null(all->unwatched))
        all->unwatched = json_array();
    json_t *one = json_object();
    json_object_set_new(one, "program", piece_text(program));
    json_object_set_new(one, "reason", piece_text(why));
    json_object_set_new(one, "times", json_integer(times));
    json_array_append_new(all->unwatched, one);
}

/* Now that it is known of how many. */
static void count_runs(const struct facts *all, json_t *list)
{
    json_t *finding;
    size_t i;
    json_array_foreach(list, i, finding)
    {
        json_object_set_new(json_object_get(finding, "runs"), "of",
                            json_integer((json_int_t)json_array_size(all->runs)));
    }
}

/* What the baseline has and no record. */
static json_t *absent(const struct facts *all)
{
    json_t *list = json_array(), *finding;
    size_t i;
    char key[40];
    if (all->baseline == NULL) {
        json_decref(list);
        return json_null();
    }
    json_array_foreach(all->baseline->findings, i, finding)
    {
        snprintf(key, sizeof key, "%s.0", json_string_value(json_object_get(finding, "id")));
        if (json_object_get(all->by_key, key) == NULL)
            json_array_append(list, finding);
    }
    return list;
}

static json_t *of_one(const struct facts *all, json_t *part)
{
    return all->records == 1 ? json_incref(part) : json_null();
}

json_t *facts_report(const struct facts *all)
{
    json_t *report = json_object();
    count_runs(all, all->findings);
    count_runs(all, all->suppressed);
    json_object_set_new(report, "schema", json_string("lockwatch/1"));
    json_object_set_new(report, "tool", json_pack("{ss,ss}", "name", "lockwatch", "version", LOCKWATCH_VERSION));
    json_object_set(report, "runs", all->runs);
    json_object_set_new(report, "process", of_one(all, all->process));
    json_object_set(report, "findings", all->findings);
    json_object_set_new(report, "suppressed", json_integer(all->hidden));
    json_object_set(report, "suppressed_findings", all->suppressed);
    json_object_set_new(report, "threads", of_one(all, all->threads));
    json_object_set_new(report, "locks", of_one(all, all->locks));
    if (all->with_orders)
        json_object_set_new(report, "orders", of_one(all, all->orders));
    json_object_set_new(report, "absent", absent(all));
    json_object_set(report, "unwatched", all->unwatched);
    return report;
}

json_t *facts_of(struct opened_record *view)
{
    struct facts all;
    facts_begin(&all, NULL);
    facts_add(&all, view);
    json_t *report = facts_report(&all);
    facts_end(&all);
    return report;
}
