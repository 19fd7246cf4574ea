/*
 * Frames of Python code, read from a made-up interpreter: what they say, in every kind of text and line, and that what
 * is no frame, or lies in memory that cannot be read, is refused. Half of what is tried is made at random.
 */
#include "record/python.h"
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

/* The memory of the other process begins at BASE; what lies elsewhere cannot be read. */
enum { BASE = 0x10000, SIZE = 0x4000, CODE_TYPE = 0x9000, TEXT_TYPE = 0x9008, BYTES_TYPE = 0x9010 };
enum { THREAD = 0x10000, FRAMES = 0x10100, FRAME = 0x10200, CODE = 0x10400, NAME = 0x11000, FILE_AT = 0x12000 };
enum { LINES = 0x13000, TYPE = 8, CALLER = 0x10300 };
static unsigned char memory[SIZE];
static unsigned long version;

static bool read_memory(void *context, uint64_t address, void *to, size_t size)
{
    (void)context;
    if (address < BASE || address > BASE + SIZE || size > BASE + SIZE - address)
        return false;
    memcpy(to, memory + (address - BASE), size);
    return true;
}

static void put(uint64_t address, uint64_t value, size_t size)
{
    memcpy(memory + (address - BASE), &value, size);
}

static struct python_memory python(void)
{
    return (struct python_memory){.read = read_memory,
                                  .layout = python_layout_of(version),
                                  .code_type = CODE_TYPE,
                                  .text_type = TEXT_TYPE,
                                  .bytes_type = BYTES_TYPE};
}

/* A str of so many bytes a character. */
static void put_text(uint64_t at, const uint32_t *text, unsigned width)
{
    const struct python_layout *l = python_layout_of(version);
    bool ascii = width == 1;
    uint64_t length = 0;
    for (; text[length] != 0; length++) {
        ascii &= text[length] < 128;
        put(at + l->text_other + length * width, text[length], width);
    }
    for (uint64_t i = 0; ascii && i < length; i++)
        put(at + l->text_ascii + i, text[i], 1);
    put(at + TYPE, TEXT_TYPE, 8);
    put(at + l->text_length, length, 8);
    put(at + l->text_state, width << 2 | 1 << 5 | (ascii ? 1 << 6 : 0), 4);
}

static void put_ascii(uint64_t at, const char *text)
{
    uint32_t wide[1000];
    size_t length = strlen(text);
    for (size_t i = 0; i <= length; i++)
        wide[i] = (unsigned char)text[i];
    put_text(at, wide, 1);
}

static void put_lines(const unsigned char *table, size_t size)
{
    const struct python_layout *l = python_layout_of(version);
    put(LINES + TYPE, BYTES_TYPE, 8);
    put(LINES + l->bytes_length, size, 8);
    memcpy(memory + (LINES - BASE) + l->bytes_at, table, size);
}

/* A thread in `work` of x.py, which begins at line 10 and stands at instruction `at`. */
static struct python_memory stands_at(uint64_t at, const unsigned char *table, size_t size)
{
    const struct python_layout *l = python_layout_of(version);
    memset(memory, 0, sizeof memory);
    put(THREAD + l->thread_frames, l->frames_direct ? FRAME : FRAMES, 8);
    put(FRAMES + l->frames_top, FRAME, 8);
    put(FRAME + l->frame_code, CODE, 8);
    put(FRAME + l->frame_previous, CALLER, 8);
    put(FRAME + l->frame_at, CODE + l->code_bytes + 2 * at, 8);
    put(CODE + TYPE, CODE_TYPE, 8);
    put(CODE + l->code_first_line, 10, 4);
    put(CODE + l->code_name, NAME, 8);
    put(CODE + l->code_file, FILE_AT, 8);
    put(CODE + l->code_lines, LINES, 8);
    put_ascii(NAME, "work");
    put_ascii(FILE_AT, "/x.py");
    put_lines(table, size);
    return python();
}

static const char *said(const struct python_memory *m)
{
    static char text[PYTHON_TEXT];
    struct python_frame f;
    assert_int_equal(python_top(m, THREAD), FRAME);
    assert_true(python_frame_read(m, FRAME, &f));
    assert_int_equal(f.previous, CALLER);
    return python_frame_text(m, &f, text) ? text : NULL;
}

/* Entries of the table: 0x80 | code << 3 | length - 1, then what the code has (Objects/locations.md). */
#define ENTRY(code, length) 0x80 | (code) << 3 | ((length)-1)

static void lines(void **state)
{
    (void)state;
    static const unsigned char table[] = {
        ENTRY(0, 2),  0,                 /* 0, 1: short, line 10 */
        ENTRY(11, 3), 1,        2,       /* 2 to 4: one line further */
        ENTRY(15, 1),                    /* 5: none */
        ENTRY(13, 8), 0x40 | 2, 3,       /* 6 to 13: 97 lines further, as 2 + 3 * 64 = 97 * 2 */
        ENTRY(14, 1), 0x04,     1, 1, 1, /* 14: two lines further, in the long form */
        ENTRY(13, 1), 0x07,              /* 15: three lines back */
    };
    static const char *const line[] = {"10:1", "10:1", "11:2", "11:2", "11:2", "0",   "108",   "108",
                                       "108",  "108",  "108",  "108",  "108",  "108", "110:1", "107"};
    for (unsigned i = 0; i < sizeof line / sizeof *line; i++) {
        char due[40];
        struct python_memory m = stands_at(i, table, sizeof table);
        snprintf(due, sizeof due, "%s work /x.py", line[i]);
        assert_string_equal(said(&m), due);
    }
    struct python_memory m = stands_at(16, table, sizeof table); /* behind the table */
    assert_string_equal(said(&m), "0 work /x.py");
    m = stands_at(0, table, 0);
    assert_string_equal(said(&m), "0 work /x.py");
}

static void columns(void **state)
{
    (void)state;
    static const unsigned char table[] = {
        ENTRY(0, 1),  0x7f,                  /* 7 to 22 */
        ENTRY(9, 1),  0x30,                  /* 75 to 75 */
        ENTRY(10, 1), 200,  210,             /* a byte each */
        ENTRY(12, 1), 0,    1,               /* two lines further */
        ENTRY(14, 1), 0,    0,   0,    0,    /* long, without any */
        ENTRY(14, 1), 0,    1,   0x48, 4, 9, /* column 8 + 4 * 64, and 1 more than it is */
    };
    static const char *const due[] = {"10:8", "10:76", "10:201", "12:1", "12", "12:264"};
    for (unsigned i = 0; i < sizeof due / sizeof *due; i++) {
        char text[40];
        struct python_memory m = stands_at(i, table, sizeof table);
        snprintf(text, sizeof text, "%s work /x.py", due[i]);
        assert_string_equal(said(&m), text);
    }
    for (size_t size = 0; size < sizeof table; size++) { /* cut off: the columns may be missing, or none */
        struct python_memory m = stands_at(5, table, size);
        const char *text = said(&m);
        assert_true(strncmp(text, "0 work", 6) == 0 || strncmp(text, "12", 2) == 0);
    }
}

static const unsigned char one_line[] = {ENTRY(11, 8), 1, 1};

static void texts(void **state)
{
    (void)state;
    struct python_memory m = stands_at(0, one_line, sizeof one_line);
    put_ascii(NAME, "outer.<locals>.f.<locals>.Inner.work");
    assert_string_equal(said(&m), "11:2 Inner.work /x.py");
    put_ascii(NAME, "a b\n");
    put_ascii(FILE_AT, "/a folder/x.py");
    assert_string_equal(said(&m), "11:2 a_b? /a folder/x.py");
    put_text(NAME, (const uint32_t[]){'g', 0xe9, 0}, 1);
    put_text(FILE_AT, (const uint32_t[]){'/', 0x4e2d, 0}, 2);
    assert_string_equal(said(&m), "11:2 g\xc3\xa9 /\xe4\xb8\xad");
    put_text(NAME, (const uint32_t[]){0x1f40d, 0}, 4);
    assert_string_equal(said(&m), "11:2 \xf0\x9f\x90\x8d /\xe4\xb8\xad");
    char longer[900];
    memset(longer, 'd', sizeof longer - 1);
    memcpy(longer + sizeof longer - 6, "/x.py", 6);
    put_ascii(NAME, "work");
    put_ascii(FILE_AT, longer);
    const char *cut = said(&m);
    assert_non_null(cut);
    assert_true(strlen(cut) >= 250 && strlen(cut) <= PYTHON_TEXT - 1);
    assert_string_equal(cut + strlen(cut) - 6, "d/x.py");
}

/* A text that calls itself ASCII, and is none, does not outgrow its room. */
static void no_ascii(void **state)
{
    (void)state;
    const struct python_layout *l = python_layout_of(version);
    struct python_memory m = stands_at(0, one_line, sizeof one_line);
    char longer[600];
    memset(longer, 'd', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    put_ascii(FILE_AT, longer);
    memset(memory + (FILE_AT - BASE) + l->text_ascii, 0xe9, sizeof longer - 1);
    const char *text = said(&m);
    assert_non_null(text);
    assert_true(strlen(text) >= 200 && strlen(text) <= PYTHON_TEXT - 1);
}

static void refused(void **state)
{
    (void)state;
    const struct python_layout *l = python_layout_of(version);
    const struct {
        uint64_t at, value;
        size_t size;
    } wrong[] = {{CODE + TYPE, TEXT_TYPE, 8},
                 {NAME + TYPE, CODE_TYPE, 8},
                 {FILE_AT + TYPE, 0, 8},
                 {CODE + l->code_name, 0, 8},
                 {CODE + l->code_file, SIZE, 8},
                 {FRAME + l->frame_code, 0, 8},
                 {FRAME + l->frame_code, BASE - 8, 8},
                 {NAME + l->text_length, 1ull << 40, 8},
                 {NAME + l->text_state, 1 << 2, 4},
                 {NAME + l->text_state, 7 << 2 | 1 << 5, 4},
                 {NAME + l->text_length, 0, 8}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct python_memory m = stands_at(0, one_line, sizeof one_line);
        assert_non_null(said(&m));
        put(wrong[i].at, wrong[i].value, wrong[i].size);
        assert_null(said(&m));
    }
    struct python_memory m = stands_at(0, one_line, sizeof one_line);
    put(THREAD + l->thread_frames, 0, 8);
    assert_int_equal(python_top(&m, THREAD), 0);
    assert_int_equal(python_top(&m, BASE + SIZE), 0);
    struct python_frame f;
    char text[PYTHON_TEXT];
    assert_false(python_frame_read(&m, BASE + SIZE - 8, &f));
    for (unsigned owner = 2; owner < 5; owner++) { /* 3, 4: where C calls Python, since 3.12 */
        put(FRAME + l->frame_owner, owner, l->frame_owner != 0);
        assert_true(python_frame_read(&m, FRAME, &f));
        assert_int_equal(python_frame_text(&m, &f, text), version < 0x030c0000 || owner < 3);
    }
    assert_null(python_layout_of(0x030a0000));
    assert_null(python_layout_of(0x030f0000));
    assert_null(python_layout_of(0x020b0000));
}

static void references(void **state)
{
    (void)state;
    const struct python_layout *l = python_layout_of(version);
    struct python_memory m = stands_at(0, one_line, sizeof one_line);
    put(FRAME + l->frame_code, CODE | 1, 8);
    assert_string_equal(said(&m), "11:2 work /x.py");
    put(FRAME + l->frame_code, CODE | 3, 8); /* a number */
    assert_null(said(&m));
    assert_int_equal(python_reference(1), 0);
}

/* Whether these are the words of what it publishes that python_layout_read needs, each of which it believes. */
static void published(void **state)
{
    (void)state;
    enum { RUNTIME = BASE + 0x100, VERSION = 1, FREE_THREADED = 2 };
    static const struct {
        unsigned word;
        size_t field;
        unsigned more;
    } say[] = {
#define SAYS(word, field, more) {word, offsetof(struct python_layout, field), more}
        SAYS(5, runtime_main, 8),     SAYS(9, main_threads, 0),   SAYS(15, gil, 0),
        SAYS(24, thread_next, 0),     SAYS(26, thread_frames, 0), SAYS(27, thread_handle, 0),
        SAYS(32, frame_previous, 0),  SAYS(33, frame_code, 0),    SAYS(34, frame_at, 0),
        SAYS(35, frame_values, 0),    SAYS(35, frame_size, 0),    SAYS(36, frame_owner, 0),
        SAYS(40, code_file, 0),       SAYS(42, code_name, 0),     SAYS(43, code_lines, 0),
        SAYS(44, code_first_line, 0), SAYS(48, code_bytes, 0),    SAYS(48, code_size, 0),
        SAYS(57, tuple_items, 0),     SAYS(75, bytes_length, 0),  SAYS(76, bytes_at, 0),
        SAYS(78, text_state, 0),      SAYS(79, text_length, 0),   SAYS(80, text_ascii, 0),
        SAYS(80, text_other, 16),
    };
    const bool all = version >= 0x030e0000;
    const struct python_layout *known = python_layout_of(version);
    struct python_layout l;
    memset(memory, 0, sizeof memory);
    put(RUNTIME, 0x7970677562656478, 8); /* "xdebugpy" */
    put(RUNTIME + 8 * VERSION, version, 8);
    for (unsigned word = 3; word < 81; word++)
        put(RUNTIME + 8 * word, word, 8);
    put(RUNTIME + 8 * 35, 100, 8); /* the ends of what is read of a frame and of a code object */
    put(RUNTIME + 8 * 48, 100, 8);
    assert_true(python_layout_read(&l, version, read_memory, NULL, RUNTIME));
    for (size_t i = 0; i < sizeof say / sizeof *say; i++) {
        uint16_t is, was, due = say[i].word == 35 || say[i].word == 48 ? 100 : (uint16_t)(say[i].word + say[i].more);
        memcpy(&is, (const char *)&l + say[i].field, sizeof is);
        memcpy(&was, (const char *)known + say[i].field, sizeof was);
        assert_int_equal(is, all ? due : was);
    }
    assert_int_equal(l.gil_locked, all ? 2 : known->gil_locked);
    assert_int_equal(l.gil_holder, all ? 3 : known->gil_holder);

    static const struct {
        unsigned word;
        uint64_t value;
        unsigned since; /* who asks */
    } wrong[] = {{0, 0, 0x030d},
                 {VERSION, 0x030f0000, 0x030d},
                 {FREE_THREADED, 1, 0x030d},
                 {26, 1 << 20, 0x030e},
                 {18, 15, 0x030e},
                 {32, 93, 0x030e}, /* 8 bytes, up to 101 */
                 {36, 100, 0x030e},
                 {42, 93, 0x030e},
                 {44, 97, 0x030e},
                 {27, UINT64_MAX, 0x030e},
                 {35, 20, 0x030e},
                 {48, 40, 0x030e}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        unsigned char before[8], *at = memory + (RUNTIME - BASE) + (size_t)8 * wrong[i].word;
        memcpy(before, at, sizeof before);
        memcpy(at, &wrong[i].value, sizeof before);
        assert_int_equal(python_layout_read(&l, version, read_memory, NULL, RUNTIME), version >> 16 < wrong[i].since);
        memcpy(at, before, sizeof before);
    }
    assert_int_equal(python_layout_read(&l, version, read_memory, NULL, BASE + SIZE - 100), version < 0x030d0000);
    assert_false(python_layout_read(&l, 0x030f0000, read_memory, NULL, RUNTIME));
}

/* Whatever stands in memory, what is said ends, and within its room. */
static void hostile(void **state)
{
    (void)state;
    const char *one = getenv("SEED");
    unsigned seed = one != NULL ? (unsigned)strtoul(one, NULL, 10) : (unsigned)time(NULL) ^ (unsigned)getpid();
    printf("# SEED=%u\n", seed);
    for (unsigned i = 0; i < rounds(3000); i++) {
        struct python_memory m = stands_at(i % 9, one_line, sizeof one_line);
        for (unsigned n = 0; n < 6; n++) {
            static const uint64_t near[] = {CODE, NAME, FILE_AT, LINES, FRAME};
            uint64_t at = near[(unsigned)rand_r(&seed) % 5] + (unsigned)rand_r(&seed) % 200;
            put(at, (uint64_t)rand_r(&seed) >> (unsigned)rand_r(&seed) % 31, 1 + (unsigned)rand_r(&seed) % 4);
        }
        struct python_frame f;
        char text[PYTHON_TEXT + 1];
        text[PYTHON_TEXT] = 'x';
        if (python_frame_read(&m, FRAME, &f) && python_frame_text(&m, &f, text))
            assert_true(strlen(text) >= 3 && strlen(text) <= PYTHON_TEXT - 1);
        assert_int_equal(text[PYTHON_TEXT], 'x');
    }
}

int main(void)
{
    static const unsigned long versions[] = {0x030b02f0, 0x030c01f0, 0x030d00f0, 0x030e00f0};
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines),     cmocka_unit_test(columns),
                                       cmocka_unit_test(texts),     cmocka_unit_test(no_ascii),
                                       cmocka_unit_test(refused),   cmocka_unit_test(references),
                                       cmocka_unit_test(published), cmocka_unit_test(hostile)};
    int failed = 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        version = versions[i];
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
