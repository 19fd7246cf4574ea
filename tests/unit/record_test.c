/*
 * The tables of a record, what is refused when one is read, and that no damage makes the analyzer crash or hang.
 *
 * LOCKWATCH_FUZZ=COUNT and LOCKWATCH_SEED=NUMBER make the last test longer, or what it was.
 */
#include "analyzer/facts/facts.h"
#include "analyzer/open_record.h"
#include "analyzer/render/render.h"
#include "tests/unit/forged.h"
#include "tests/unit/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

static void items_stay_where_they_are(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t first = forged_thread(&f, "first");
    struct thread *where = record_thread(&f.record, first);
    for (int i = 0; i < 500; i++)
        forged_thread(&f, "another");
    assert_int_equal(first, 1);
    assert_ptr_equal(record_thread(&f.record, first), where);
    assert_int_equal(record_used(&f.record, TABLE_THREADS), 502);
    for (uint32_t id = 1; id <= 501; id++)
        assert_int_equal(record_thread(&f.record, id)->serial, id);
    forged_end(&f);
}

static void ids_that_lead_nowhere(void **state)
{
    struct forged f;
    uint32_t depth;
    (void)state;
    forged_begin(&f, ROOM);
    forged_thread(&f, "one");
    for (int t = 0; t < TABLE_COUNT; t++) {
        assert_null(record_item(&f.record, t, 0));
        assert_null(record_item(&f.record, t, record_used(&f.record, t)));
        assert_null(record_item(&f.record, t, UINT32_MAX));
    }
    assert_string_equal(record_text(&f.record, 1000000), "");
    assert_null(record_frames(&f.record, 77, &depth));
    assert_int_equal(depth, 0);
    struct record none = {0};
    assert_null(record_thread(&none, 1));
    forged_end(&f);
}

static void runs_stay_within_a_segment(void **state)
{
    struct forged f;
    uint64_t frames[3000] = {1};
    uint32_t depth;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t one = forged_stack(&f, frames, 3000), two = forged_stack(&f, frames, 3000);
    assert_int_equal(record_consecutive(&f.record, TABLE_FRAMES, 1), 4096 - 1); /* up to the end of the segment */
    assert_non_null(record_frames(&f.record, one, &depth));
    assert_int_equal(depth, 3000);
    assert_non_null(record_frames(&f.record, two, &depth));
    assert_int_equal(depth, 3000);
    ((struct stack *)record_item(&f.record, TABLE_STACKS, two))->depth = 8000;
    assert_null(record_frames(&f.record, two, &depth));
    assert_int_equal(record_reserve(&f.record, TABLE_FRAMES, 1u << 30), 0);
    forged_end(&f);
}

static void text_ends_within_the_record(void **state)
{
    struct forged f;
    char filler[8192];
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t id = record_used(&f.record, TABLE_TEXT), left = sizeof filler - id; /* of its first segment */
    memset(filler, 'x', sizeof filler);
    assert_int_equal(record_reserve(&f.record, TABLE_TEXT, left), id);
    record_commit(&f.record, TABLE_TEXT, id, left);
    memcpy(record_item(&f.record, TABLE_TEXT, id), filler, left);
    assert_string_equal(record_text(&f.record, id), "");
    assert_string_equal(record_text(&f.record, 1), "/x/bin/app");
    forged_end(&f);
}

static void the_newest_module_has_an_address(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    forged_module(&f, "/old.so", 0x1000, 0x3000);
    uint32_t newer = forged_module(&f, "/new.so", 0x2000, 0x4000);
    assert_int_equal(record_module_of(&f.record, 0x1fff), 1);
    assert_int_equal(record_module_of(&f.record, 0x2000), newer);
    assert_int_equal(record_module_of(&f.record, 0x4000), 0);
    forged_end(&f);
}

/* --- reading ----------------------------------------------------------------------------------------- */

static void reads_what_was_written(void **state)
{
    struct forged f;
    struct record_file file;
    struct finding finding;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t id = forged_philosophers(&f, 5);
    assert_true(record_open_bytes(&file, f.memory, f.size));
    assert_int_equal(record_used(&file.record, TABLE_THREADS), 7);
    assert_string_equal(record_text(&file.record, file.record.header->executable), "/x/bin/app");
    assert_true(finding_stored(&file.record, id, &finding));
    assert_int_equal(finding.cycle, 5);
    assert_string_equal(finding.side[2].name, "phil-2");
    record_close(&file);
    forged_end(&f);
}

static void expect_refusal(struct forged *f, size_t size, const char *reason)
{
    struct record_file file;
    if (record_open_bytes(&file, f->memory, size))
        fail_msg("accepted, and not refused with \"%s\"", reason);
    if (strstr(file.error, reason) == NULL)
        fail_msg("refused with \"%s\", which lacks \"%s\"", file.error, reason);
    record_close(&file);
}

static void refuses_with_place_and_reason(void **state)
{
    struct forged f;
    struct record_file file;
    (void)state;
    forged_begin(&f, ROOM);
    struct record_header *h = f.record.header, good = *h;
    expect_refusal(&f, 0, "offset 0: 0 bytes are too few");
    expect_refusal(&f, 4095, "too few");
    expect_refusal(&f, 4096, "table threads: segment 0");
    expect_refusal(&f, f.size - 4096, "is not within");
    h->magic[0] = 'x';
    expect_refusal(&f, f.size, "offset 0: not a lockwatch record");
    *h = good, h->version = RECORD_VERSION + 1;
    expect_refusal(&f, f.size, "offset 8: record version");
    *h = good, h->order_mark = 0x04030201;
    expect_refusal(&f, f.size, "byte order");
    *h = good, h->word_size = 4;
    expect_refusal(&f, f.size, "32-bit");
    *h = good, h->tables[TABLE_LOCKS].item_size++;
    expect_refusal(&f, f.size, "table locks: items of");
    *h = good, h->tables[TABLE_HOLDS].used = 100000;
    expect_refusal(&f, f.size, "table holds: 100000 items where");
    *h = good, h->tables[TABLE_TEXT].segments = RECORD_SEGMENTS + 1;
    expect_refusal(&f, f.size, "table text: 25 segments");
    *h = good, h->tables[TABLE_SIDES].segment_offset[0] = 0xfffffffffffff000;
    expect_refusal(&f, f.size, "table sides: segment 0");
    *h = good;
    assert_true(record_open_bytes(&file, f.memory, f.size));
    record_close(&file);
    assert_false(record_open(&file, "/nonexistent/record"));
    assert_string_equal(file.error, "No such file or directory");
    record_close(&file);
    assert_false(record_open(&file, "/dev/zero"));
    record_close(&file);
    forged_end(&f);
}

static void reads_a_file(void **state)
{
    struct forged f;
    struct record_file file;
    char path[] = "/tmp/record_test.XXXXXX";
    (void)state;
    forged_begin(&f, ROOM);
    forged_philosophers(&f, 3);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, f.memory, f.size), f.size);
    assert_true(record_open(&file, path));
    assert_int_equal(record_used(&file.record, TABLE_LOCKS), 4);
    record_close(&file);
    assert_int_equal(ftruncate(fd, (off_t)f.size / 2), 0);
    assert_false(record_open(&file, path));
    record_close(&file);
    close(fd);
    unlink(path);
    forged_end(&f);
}

/* Links that lead back to where they began: to the item itself, and by way of another. */
static void refuses_circles(void **state)
{
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t thread = forged_thread(&f, ""), lock = forged_lock(&f, KIND_SEMAPHORE, 0x7000, "lock", 0);
    for (int i = 0; i < 3; i++) {
        forged_take(&f, thread, lock, 0x1100 + 64 * (uint64_t)i, 0);
        forged_post(&f, thread, lock);
    }
    forged_wake(&f, thread, lock, 0x1200, 0, 0);
    struct hold *hold = record_hold(&f.record, 1), deep = *hold;
    hold->parent = 1;
    expect_refusal(&f, f.size, "table holds: item 1 leads back to itself");
    hold->parent = 3;
    expect_refusal(&f, f.size, "table holds: item 1 leads back to itself");
    *hold = deep;
    struct post *post = record_item(&f.record, TABLE_POSTS, 2);
    post->next = 3;
    expect_refusal(&f, f.size, "table posts");
    post->next = 1;
    struct wake *wake = record_item(&f.record, TABLE_WAKES, 1);
    wake->next = 1;
    expect_refusal(&f, f.size, "table wakes");
    wake->next = 0;
    struct acquisition *taking = record_item(&f.record, TABLE_ACQUISITIONS, 1);
    taking->next = 1;
    expect_refusal(&f, f.size, "table acquisitions");
    taking->next = 77; /* nowhere */
    struct record_file file;
    assert_true(record_open_bytes(&file, f.memory, f.size));
    record_close(&file);
    forged_end(&f);
}

/* A file may be made as long as one likes, of holes: they are not read, and do not count. */
static void holes_take_no_memory(void **state)
{
    struct forged f;
    struct record_file file;
    char path[] = "/tmp/record_test.XXXXXX";
    (void)state;
    forged_begin(&f, ROOM);
    forged_philosophers(&f, 3);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, f.memory, f.size), f.size);
    assert_int_equal(ftruncate(fd, (off_t)6 << 30), 0);
    assert_true(record_open(&file, path));
    assert_true(file.size <= f.size);
    record_close(&file);
    struct record_table *table = &f.record.header->tables[TABLE_LOCKS];
    table->segments = 20;
    for (uint32_t k = 1; k < table->segments; k++)
        table->segment_offset[k] = (uint64_t)1 << 30;
    table->used = (uint32_t)1 << 20;
    assert_int_equal(pwrite(fd, f.memory, RECORD_HEADER_SIZE, 0), RECORD_HEADER_SIZE);
    assert_int_equal(ftruncate(fd, (off_t)40 << 30), 0);
    assert_false(record_open(&file, path));
    assert_non_null(strstr(file.error, "are nothing"));
    record_close(&file);
    close(fd);
    unlink(path);
    forged_end(&f);
}

static void stored_findings_are_checked(void **state)
{
    struct forged f;
    struct finding finding;
    (void)state;
    forged_begin(&f, ROOM);
    uint32_t id = forged_philosophers(&f, 3);
    struct record_finding *stored = record_item(&f.record, TABLE_FINDINGS, id), good = *stored;
    assert_true(finding_stored(&f.record, id, &finding));
    assert_false(finding_stored(&f.record, id + 1, &finding));
    stored->sides = 4;
    assert_false(finding_stored(&f.record, id, &finding));
    *stored = good, stored->cycle = 4;
    assert_false(finding_stored(&f.record, id, &finding));
    *stored = good, stored->kind = 99;
    assert_false(finding_stored(&f.record, id, &finding));
    *stored = good, stored->reason = 99;
    assert_false(finding_stored(&f.record, id, &finding));
    *stored = good, stored->first_side = UINT32_MAX;
    assert_false(finding_stored(&f.record, id, &finding));
    forged_end(&f);
}

/* --- damage ------------------------------------------------------------------------------------------ */

static uint64_t random_state;

static uint64_t random_number(uint64_t below)
{
    random_state ^= random_state << 13; /* G. Marsaglia, "Xorshift RNGs", 2003 */
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

/* Numbers that are wrong in the ways that matter: small, around a power of two, all ones, or anything. */
static uint64_t odd_number(void)
{
    switch (random_number(4)) {
    case 0:
        return random_number(16);
    case 1:
        return (1ull << random_number(64)) - random_number(3) + 1;
    case 2:
        return ~0ull - random_number(3);
    default:
        return random_number(UINT64_MAX);
    }
}

/* Change one number, mostly in an item that is in use, now and then in the header. */
static void damage(struct forged *f, char *bytes)
{
    uint64_t value = odd_number();
    size_t size = (size_t)1 << random_number(4);
    size_t place = random_number(sizeof(struct record_header) / 8) * 8;
    if (random_number(8) != 0) {
        enum record_table_id t = (enum record_table_id)random_number(TABLE_COUNT);
        uint32_t used = record_used(&f->record, t);
        const char *item = record_item(&f->record, t, (uint32_t)random_number(used));
        if (item == NULL)
            return;
        place = (size_t)(item - f->memory) + random_number(record_item_size[t]) / size * size;
    }
    memcpy(bytes + place, &value, size);
}

/* A thread for each kind of lock, holding one of it, waiting for the next kind's. */
static void every_kind(struct forged *f)
{
    uint32_t lock[KIND_COUNT] = {0}, thread[KIND_COUNT] = {0}, count = 0;
    for (unsigned kind = KIND_MUTEX; kind < KIND_COUNT; kind++) {
        lock[count] = forged_lock(f, (uint16_t)kind, 0x9000 + 64 * kind, NULL, TRAIT_VALUE_KNOWN);
        thread[count++] = forged_thread(f, "");
    }
    for (uint32_t i = 0; i < count; i++) {
        forged_hold(f, thread[i], lock[i], 0x1400, i % 2 == 0 ? HOW_SHARED : 0);
        forged_hold(f, thread[i], lock[(i + 3) % count], 0x1500, i == 4 ? HOW_REBUILT : 0);
        forged_want(f, thread[i], lock[(i + 1) % count], 0x1600, i % 3 == 0 ? WANT_SHARED : 0);
        record_thread(&f->record, thread[i])->want.cond_mutex = lock[0];
        forged_post(f, thread[i], lock[i]);
    }
    forged_finding(f, CONFIDENCE_LIKELY, count, count, thread, lock);
    for (enum finding_kind kind = FINDING_LOCK_ORDER; kind < FINDING_KINDS; kind++) {
        struct side side[3];
        struct finding finding = {.kind = kind, .side = side, .sides = 3, .count = 2};
        for (uint32_t i = 0; i < finding.sides; i++)
            side[i] = forged_side(f, thread[i], lock[i], lock[(i + 1) % finding.sides], 0x1700, i);
        finding.severity = kind % 2 == 0 ? SEVERITY_WARNING : SEVERITY_NOTE;
        finding.reason = kind == FINDING_WAIT_HOLDING ? REASON_TIMED : REASON_NONE;
        finding.cycle = finding_is_cyclic(&finding) ? 5 - kind : 0;
        forged_store(f, &finding);
    }
}

static void count_bytes(void *context, const char *text, size_t size)
{
    (void)text;
    *(size_t *)context += size;
}

static void render_all(const char *bytes, size_t size)
{
    size_t written = 0;
    struct output out = {.write = count_bytes, .context = &written};
    struct opened_record view;
    if (opened_record_open_bytes(&view, bytes, size)) {
        format_record(&text_format, &out, &view);
        json_t *report = facts_of(&view);
        for (size_t i = 0; formats[i] != NULL; i++) {
            written = 0;
            if (formats[i]->whole != NULL)
                formats[i]->whole(&out, report);
            assert_true(written > 0 || formats[i]->whole == NULL || formats[i] == &github_format);
        }
        json_decref(report);
        dump_record(&out, &view);
    }
    opened_record_close(&view);
}

struct page {
    char text[1 << 16];
    size_t size;
};

static void add_to_page(void *context, const char *text, size_t size)
{
    struct page *page = context;
    assert_true(size < sizeof page->text - page->size);
    memcpy(page->text + page->size, text, size);
    page->size += size;
    page->text[page->size] = 0;
}

/* The line of the first item of a table, or of the header, in what dump says. */
static void assert_dumped(const struct page *page, const char *table, const char *word)
{
    char due[80];
    const char *line = strstr(page->text, table);
    assert_non_null(line);
    if (strchr(table, ':') != NULL)
        line = strstr(line, "\n1:");
    assert_non_null(line);
    const char *end = strchr(line + 1, '\n'), *at;
    snprintf(due, sizeof due, " %s", word);
    for (at = strstr(line, due); at != NULL && at < end; at = strstr(at + 1, due))
        if (strchr(" ,\n", at[strlen(due)]) != NULL)
            return;
    fail_msg("%s not in %.*s", word, (int)(end - line), line);
}

/* All flags of all sets, each by its word, and bits that have none by number. */
static void dump_names_every_flag(void **state)
{
    static const struct {
        const char *table, *word;
    } flags[] = {
#define LOCK(name, bit, word) {"\nlocks:", word},
#define HOLD(name, bit, word) {"\nholds:", word},
#define WANT(name, bit, word) {"\nsides:", word},
#define WAKE(name, bit, word) {"\nwakes:", word},
#define THREAD(name, bit, word) {"\nthreads:", word},
#define INCOMPLETE(name, bit, word) {"\nincomplete", word},
#define WAKER(name, bit, word) {"\nother-wakers", word},
#define REPORTED(name, bit, word) {"\nfindings:", word},
#include "record/flags.def"
    };
    const uint32_t all = UINT32_MAX;
    struct page page = {.size = 0};
    struct output out = {.write = add_to_page, .context = &page};
    struct opened_record view;
    struct forged f;
    (void)state;
    forged_begin(&f, ROOM);
    forged_philosophers(&f, 4);
    uint32_t wake = forged_wake(&f, 1, 1, 0x1400, 2, UINT16_MAX);
    record_lock(&f.record, 1)->traits = all;
    record_hold(&f.record, 1)->how = UINT8_MAX;
    ((struct side *)record_item(&f.record, TABLE_SIDES, 1))->want.how = UINT16_MAX;
    ((struct wake *)record_item(&f.record, TABLE_WAKES, wake))->held[0].how = UINT16_MAX;
    record_thread(&f.record, 1)->traits = all;
    ((struct record_finding *)record_item(&f.record, TABLE_FINDINGS, 1))->reported = all;
    f.record.header->incomplete = all;
    f.record.header->other_wakers = all;
    assert_true(opened_record_open_bytes(&view, f.memory, f.size));
    dump_record(&out, &view);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        assert_dumped(&page, flags[i].table, flags[i].word);
    assert_dumped(&page, "\nlocks:", "0xe0000000");
    assert_dumped(&page, "\nholds:", "0x80");
    opened_record_close(&view);
    forged_end(&f);
}

static void damage_does_no_harm(void **state)
{
    struct forged f;
    (void)state;
    const char *one = getenv("SEED");
    uint64_t seed = one != NULL ? strtoull(one, NULL, 10) : (uint64_t)time(NULL) ^ (uint64_t)getpid();
    printf("# SEED=%llu\n", (unsigned long long)seed);
    random_state = seed * 2 + 1;
    forged_begin(&f, ROOM);
    forged_module(&f, "/nonexistent/app", 0x1000, 0x3000);
    forged_philosophers(&f, 4);
    forged_consumer(&f);
    every_kind(&f);
    char *bytes = malloc(f.size);
    assert_non_null(bytes);
    for (uint64_t i = rounds(150); i > 0; i--) {
        memcpy(bytes, f.memory, f.size);
        alarm(60); /* a hang ends the test */
        for (uint64_t n = random_number(6) + 1; n > 0; n--)
            damage(&f, bytes);
        render_all(bytes, random_number(50) == 0 ? random_number(f.size) : f.size);
    }
    alarm(0);
    free(bytes);
    forged_end(&f);
}

/* What is reported is a multiple of what is there, though everything in a record may name the same long thing. */
static void little_is_not_reported_at_length(void **state)
{
    enum { THREADS = 1000, FRAMES = 256 };
    static uint32_t thread[THREADS], lock[THREADS];
    static char name[5000];
    struct forged f;
    struct opened_record view;
    (void)state;
    forged_begin(&f, ROOM);
    uint64_t frames[FRAMES];
    for (uint64_t i = 0; i < FRAMES; i++)
        frames[i] = 0x1000 + i;
    uint32_t stack = forged_stack(&f, frames, FRAMES);
    memset(name, 'n', sizeof name - 1);
    for (uint32_t i = 0; i < THREADS; i++) {
        lock[i] = forged_lock(&f, KIND_MUTEX, 0x7000 + 64 * (uint64_t)i, i == 0 ? name : NULL, 0);
        record_lock(&f.record, lock[i])->name = record_lock(&f.record, lock[0])->name;
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        thread[i] = forged_thread(&f, "");
        for (uint32_t n = 0; n < 3; n++)
            forged_hold(&f, thread[i], lock[i], 0x1100, 0);
        forged_want(&f, thread[i], lock[(i + 1) % THREADS], 0x1200, 0);
        record_thread(&f.record, thread[i])->want.stack = stack;
        for (const struct hold *h = record_hold(&f.record, record_thread(&f.record, thread[i])->path); h != NULL;
             h = record_hold(&f.record, h->parent))
            ((struct hold *)h)->stack = stack;
    }
    forged_finding(&f, CONFIDENCE_CERTAIN, THREADS, THREADS, thread, lock);
    assert_true(opened_record_open_bytes(&view, f.memory, f.size));
    size_t written = 0;
    struct output out = {.write = count_bytes, .context = &written};
    format_record(&text_format, &out, &view);
    assert_true(written > 1000 && written < 2 * f.size);
    written = 0;
    for (size_t i = 1; formats[i] != NULL; i++) {
        written = 0;
        format_record(formats[i], &out, &view);
        assert_true(written > 100 && written < (size_t)64 << 20);
    }
    opened_record_close(&view);
    forged_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_where_they_are),
        cmocka_unit_test(ids_that_lead_nowhere),
        cmocka_unit_test(runs_stay_within_a_segment),
        cmocka_unit_test(text_ends_within_the_record),
        cmocka_unit_test(the_newest_module_has_an_address),
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(refuses_with_place_and_reason),
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(refuses_circles),
        cmocka_unit_test(holes_take_no_memory),
        cmocka_unit_test(little_is_not_reported_at_length),
        cmocka_unit_test(stored_findings_are_checked),
        cmocka_unit_test(dump_names_every_flag),
        cmocka_unit_test(damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
