/*
 * Findings as the analyzer gathers them: in which order, which of them are left out, which count as the same; and their
 * shape in JSON and in text.
 */
#include "analyzer/identity.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "tests/unit/forged.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

enum { ROOM = 1 << 22 };

/* A record in which two threads have two locks. */
static struct {
    struct forged f;
    uint32_t one, two, lock[3];
    struct side side[3];
    struct opened_record view;
} it;

static void begin(const char *a, const char *b)
{
    memset(&it, 0, sizeof it);
    forged_begin(&it.f, ROOM);
    it.f.record.header->end = END_EXIT;
    it.one = forged_thread(&it.f, "");
    it.two = forged_thread(&it.f, "two");
    it.lock[0] = forged_lock(&it.f, KIND_MUTEX, 0x8000, a, 0);
    it.lock[1] = forged_lock(&it.f, KIND_MUTEX, 0x8040, b, 0);
    it.lock[2] = forged_lock(&it.f, KIND_MUTEX, 0x8080, "c", 0);
}

static void end(void)
{
    opened_record_close(&it.view);
    forged_end(&it.f);
}

static void open_view(void)
{
    assert_true(opened_record_open_bytes(&it.view, it.f.memory, it.f.size));
}

/* The two take locks i and j in both orders. */
static struct finding order(unsigned i, unsigned j)
{
    it.side[0] = forged_side(&it.f, it.one, it.lock[i], it.lock[j], 0x200, 4);
    it.side[1] = forged_side(&it.f, it.two, it.lock[j], it.lock[i], 0x300, 2);
    return (struct finding){
        .kind = FINDING_LOCK_ORDER, .severity = SEVERITY_WARNING, .sides = 2, .cycle = 2, .side = it.side, .count = 3};
}

static struct finding mistake(enum finding_kind kind, enum finding_severity severity)
{
    it.side[0] = forged_side(&it.f, it.two, 0, it.lock[2], 0x400, 0);
    return (struct finding){.kind = kind, .severity = severity, .sides = 1, .side = it.side, .count = 1};
}

static void store(struct finding finding)
{
    forged_store(&it.f, &finding);
}

/* --- gathering ------------------------------------------------------------------------------------------ */

static void errors_before_warnings_before_notes(void **state)
{
    static const enum finding_kind kinds[] = {FINDING_DEADLOCK, FINDING_RELOCK, FINDING_LOCK_ORDER,
                                              FINDING_EXIT_HOLDING, FINDING_LONG_HOLD};
    (void)state;
    begin("a", "b");
    store(mistake(FINDING_LONG_HOLD, SEVERITY_NOTE));
    store(mistake(FINDING_RELOCK, SEVERITY_WARNING));
    store(order(0, 1));
    store(mistake(FINDING_DEADLOCK, SEVERITY_ERROR));
    store(mistake(FINDING_EXIT_HOLDING, SEVERITY_WARNING));
    open_view();
    assert_int_equal(it.view.findings.count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(it.view.findings.item[i].kind, kinds[i]);
    end();
}

/* A deadlock over locks i and j, and a cycle of orders over k and l: how many of the two are reported. */
static size_t beside_a_deadlock(unsigned i, unsigned j, unsigned k, unsigned l)
{
    begin("a", "b");
    struct finding deadlock = order(i, j);
    deadlock.kind = FINDING_DEADLOCK;
    deadlock.severity = SEVERITY_ERROR;
    store(deadlock);
    store(order(k, l));
    open_view();
    size_t count = it.view.findings.count;
    assert_int_equal(it.view.findings.item[0].kind, FINDING_DEADLOCK);
    end();
    return count;
}

static void what_happened_is_not_foreseen(void **state)
{
    (void)state;
    assert_int_equal(beside_a_deadlock(0, 1, 0, 1), 1);
    assert_int_equal(beside_a_deadlock(0, 1, 1, 0), 1);
    assert_int_equal(beside_a_deadlock(0, 1, 0, 2), 2);
    assert_int_equal(beside_a_deadlock(1, 2, 0, 1), 2);
}

/* A deadlock that went on is a note, has not happened, and may happen again to who still waits. */
static void what_went_on_counts_for_nothing(void **state)
{
    struct finding deadlock, again;
    (void)state;
    begin("a", "b");
    store(order(0, 1));
    struct finding finding = order(0, 1);
    finding.kind = FINDING_DEADLOCK;
    finding.severity = SEVERITY_ERROR;
    finding.confidence = CONFIDENCE_CERTAIN;
    uint32_t id = forged_store(&it.f, &finding);
    ((struct record_finding *)record_item(&it.f.record, TABLE_FINDINGS, id))->reason = REASON_WENT_ON;
    assert_true(finding_stored(&it.f.record, id, &deadlock));
    again = deadlock;
    again.reason = REASON_NONE;
    assert_true(finding_same(&again, &again));
    assert_false(finding_same(&deadlock, &again));
    assert_false(finding_same(&again, &deadlock));
    open_view();
    assert_int_equal(it.view.findings.count, 2);
    assert_int_equal(it.view.findings.item[0].kind, FINDING_LOCK_ORDER);
    assert_int_equal(it.view.findings.item[1].severity, SEVERITY_NOTE);
    end();
}

/* What is only likely, and what is no cycle, is believed when it has stood for a while. */
static size_t deadlock_seen(enum finding_confidence confidence, uint64_t age)
{
    const uint64_t ended = 100000000000;
    size_t count = 0;
    begin("a", "b");
    bool likely = confidence == CONFIDENCE_LIKELY;
    uint32_t s = forged_lock(&it.f, KIND_SEMAPHORE, 0x9000, "s", TRAIT_POSTED | TRAIT_VALUE_KNOWN);
    uint32_t wanted = likely ? s : it.lock[1];
    ((struct lock *)record_lock(&it.f.record, s))->value = 1;
    forged_thread(&it.f, "runs");
    forged_hold(&it.f, it.one, it.lock[0], 0x100, 0);
    forged_hold(&it.f, it.two, wanted, 0x200, 0);
    forged_want(&it.f, it.one, wanted, 0x300, 0);
    forged_want(&it.f, it.two, it.lock[0], 0x400, 0);
    for (uint32_t id = it.one; id <= it.two; id++) {
        struct thread *t = record_thread(&it.f.record, id);
        t->want.since = ended - age;
        t->want.path = t->path; /* as it is when it blocks */
    }
    it.f.record.header->ended = ended;
    open_view();
    for (size_t i = 0; i < it.view.findings.count; i++)
        count += it.view.findings.item[i].kind == FINDING_DEADLOCK && it.view.findings.item[i].confidence == confidence;
    end();
    return count;
}

static void too_young_to_be_believed(void **state)
{
    (void)state;
    assert_int_equal(deadlock_seen(CONFIDENCE_CERTAIN, 0), 1);
    assert_int_equal(deadlock_seen(CONFIDENCE_LIKELY, 1900000000), 0);
    assert_int_equal(deadlock_seen(CONFIDENCE_LIKELY, 2100000000), 1);
}

/* --- the same from run to run ---------------------------------------------------------------------------- */

static uint64_t identity(const char *a, const char *b, bool turned, enum finding_severity severity)
{
    begin(a, b);
    struct finding finding = turned ? order(1, 0) : order(0, 1);
    if (turned) { /* the threads have changed places as well */
        it.side[0].want.site = 0x300;
        it.side[1].want.site = 0x200;
    }
    finding.severity = severity;
    open_view();
    uint64_t id = identity_of(&it.view, &finding);
    end();
    return id;
}

static void any_instance_of_a_cycle(void **state)
{
    (void)state;
    uint64_t id = identity("table[0].left", "table[1].right", false, SEVERITY_WARNING);
    assert_int_equal(identity("table[7].left", "table[2].right", false, SEVERITY_NOTE), id);
    assert_int_equal(identity("table[0].left", "table[1].right", true, SEVERITY_WARNING), id);
    assert_int_not_equal(identity("table[0].left", "table[1].left", false, SEVERITY_WARNING), id);
}

static uint64_t mistake_identity(enum finding_kind kind, const char *name, bool other)
{
    begin("a", name);
    struct finding finding = mistake(kind, SEVERITY_WARNING);
    it.side[0].want.lock = it.lock[1];
    it.side[1] = forged_side(&it.f, it.one, it.lock[1], it.lock[0], 0x500, 0);
    finding.sides = other ? 2 : 1;
    open_view();
    uint64_t id = identity_of(&it.view, &finding);
    end();
    return id;
}

static void any_instance_of_a_mistake(void **state)
{
    (void)state;
    uint64_t id = mistake_identity(FINDING_RELOCK, "m[1]", false);
    assert_int_equal(mistake_identity(FINDING_RELOCK, "m[2]", true), id);
    assert_int_not_equal(mistake_identity(FINDING_RELOCK, "n[1]", false), id);
    assert_int_not_equal(mistake_identity(FINDING_EXIT_HOLDING, "m[1]", false), id);
}

static void likeness(void **state)
{
    static const struct {
        const char *a, *b;
        bool alike;
    } cases[] = {{"m[1]", "m[12]", true},
                 {"m[1].x", "m[2].x", true},
                 {"m[1][2]", "m[3][4]", true},
                 {"m[1].x", "m[1].y", false},
                 {"m1", "m2", false},
                 {"table+0x28", "table+0x50", true},
                 {"m[1", "m[", true},
                 {"", "", false},
                 {"c", "d", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].a, cases[i].b);
        open_view();
        uint64_t a = names_likeness(it.view.names, it.lock[0]), b = names_likeness(it.view.names, it.lock[1]);
        if ((a == b) != cases[i].alike)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        end();
    }
}

/* --- formats ---------------------------------------------------------------------------------------------- */

static char text[1 << 16];

static void gather(void *context, const char *bytes, size_t size)
{
    size_t *at = context;
    assert_true(*at + size < sizeof text);
    memcpy(text + *at, bytes, size);
    *at += size;
    text[*at] = 0;
}

static void render(const struct format *format)
{
    size_t size = 0;
    struct output out = {.write = gather, .context = &size};
    format_record(format, &out, &it.view);
}

static const json_t *first_finding(json_t *report)
{
    assert_non_null(report);
    return json_array_get(json_object_get(report, "findings"), 0);
}

static void expect_text(const json_t *finding, const char *key, const char *expected)
{
    const char *value = json_string_value(json_object_get(finding, key));
    assert_string_equal(value == NULL ? "null" : value, expected);
}

static void json_of_an_order(void **state)
{
    (void)state;
    begin("a", "b");
    struct finding finding = order(0, 1);
    finding.severity = SEVERITY_NOTE;
    finding.reason = REASON_ORDERED;
    store(finding);
    open_view();
    render(&json_format);
    json_t *report = json_loads(text, 0, NULL);
    const json_t *all = first_finding(report), *cycle = json_object_get(all, "cycle");
    expect_text(all, "kind", "lock-order");
    expect_text(all, "severity", "note");
    expect_text(all, "confidence", "null");
    expect_text(all, "reason", "ordered");
    expect_text(all, "message",
                "lock-order: a and b acquired in both orders, never at the same time: T1 (main) -> mutex b -> T2 (two) "
                "-> mutex a -> "
                "T1 (main)");
    assert_int_equal(json_integer_value(json_object_get(all, "count")), 3);
    assert_int_equal(json_array_size(cycle), 2);
    const json_t *step = json_array_get(cycle, 1);
    assert_int_equal(json_integer_value(json_object_get(step, "thread")), 2);
    assert_int_equal(json_integer_value(json_object_get(step, "holds")), it.lock[1]);
    assert_int_equal(json_integer_value(json_object_get(step, "wants")), it.lock[0]);
    const json_t *circle = json_object_get(json_object_get(all, "coffman"), "circular_wait");
    assert_true(json_is_false(json_object_get(circle, "met")));
    json_decref(report);
    end();
}

static void json_of_a_mistake(void **state)
{
    static const char *const conditions[] = {"mutual_exclusion", "hold_and_wait", "no_preemption", "circular_wait"};
    (void)state;
    begin("a", "b");
    store(mistake(FINDING_UNLOCK_NOT_HELD, SEVERITY_WARNING));
    open_view();
    render(&json_format);
    json_t *report = json_loads(text, 0, NULL);
    const json_t *all = first_finding(report);
    expect_text(all, "reason", "null");
    expect_text(all, "message", "unlock-not-held: T2 (two) unlocked mutex c, which no thread held");
    assert_int_equal(json_array_size(json_object_get(all, "cycle")), 0);
    const json_t *thread = json_array_get(json_object_get(all, "threads"), 0);
    const json_t *waits = json_object_get(thread, "waits");
    assert_int_equal(json_integer_value(json_object_get(waits, "lock")), it.lock[2]);
    for (unsigned c = 0; c < 4; c++) {
        const json_t *condition = json_object_get(json_object_get(all, "coffman"), conditions[c]);
        assert_true(json_is_false(json_object_get(condition, "met")));
        expect_text(condition, "evidence", "this is a mistake, not a deadlock");
    }
    json_decref(report);
    end();
}

static void expect_end(const char *expected)
{
    render(&text_format);
    size_t size = strlen(text), room = strlen(expected);
    assert_true(size > room);
    assert_string_equal(text + size - room, expected);
}

static void totals(void **state)
{
    (void)state;
    begin("a", "b");
    open_view();
    expect_end("\n\nNothing found.\n");
    it.view.findings.suppressed = 2;
    expect_end("\nNothing found, 2 suppressed.\n");
    it.view.findings.suppressed = 0; /* there are none to free */
    end();
    begin("a", "b");
    store(mistake(FINDING_LONG_HOLD, SEVERITY_NOTE));
    store(mistake(FINDING_RELOCK, SEVERITY_WARNING));
    store(order(0, 1));
    store(mistake(FINDING_DEADLOCK, SEVERITY_ERROR));
    open_view();
    expect_end("\n\n1 error, 2 warnings, 1 note.\n");
    it.view.findings.suppressed = 3;
    expect_end("\n1 error, 2 warnings, 1 note, 3 suppressed.\n");
    it.view.findings.cut = true;
    expect_end("3 suppressed; there are more lock orders than could be examined.\n");
    it.view.findings.suppressed = 0;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_before_warnings_before_notes),
        cmocka_unit_test(what_happened_is_not_foreseen),
        cmocka_unit_test(what_went_on_counts_for_nothing),
        cmocka_unit_test(too_young_to_be_believed),
        cmocka_unit_test(any_instance_of_a_cycle),
        cmocka_unit_test(any_instance_of_a_mistake),
        cmocka_unit_test(likeness),
        cmocka_unit_test(json_of_an_order),
        cmocka_unit_test(json_of_a_mistake),
        cmocka_unit_test(totals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
