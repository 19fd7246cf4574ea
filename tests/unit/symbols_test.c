/*
 * What lies at an address: this very program is the watched one, with a record made by hand that says where it is
 * loaded.
 */
#include "analyzer/identity.h"
#include "analyzer/symbols/cxx_name.h"
#include "tests/unit/forged.h"

#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 1 << 22 };

/* --- things to be found ------------------------------------------------------------------------------ */

struct account {
    char owner[20];
    pthread_mutex_t mutex;
    union {
        struct {
            int units;
            sem_t slots;
        };
        long other;
    };
};

static pthread_mutex_t plain;
static pthread_mutex_t forks[5];
static struct account table[3][4];
struct account global_account;
static char storage[200];

static void *return_address;

__attribute__((noinline)) static void note(void)
{
    return_address = __builtin_return_address(0);
}

static const unsigned caller_line = __LINE__ + 3;
__attribute__((noinline)) static int caller(int n)
{
    note();
    return n + 1; /* nothing of this is before the return address */
}

static const unsigned inlined_line = __LINE__ + 3;
static inline __attribute__((always_inline)) void inlined(void)
{
    note();
    __asm__ volatile("");
}

static const unsigned around_line = __LINE__ + 3;
__attribute__((noinline)) static int around(int n)
{
    inlined();
    return n + 2;
}

/* --- this program, as a record has it ---------------------------------------------------------------- */

static void add_build_id(struct module *m, const struct dl_phdr_info *info, const ElfW(Phdr) * segment)
{
    const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr), *end = at + segment->p_memsz;
    while (at + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *note_header = (const ElfW(Nhdr) *)at;
        const char *name = at + sizeof *note_header, *bits = name + (note_header->n_namesz + (size_t)3) / 4 * 4;
        if (note_header->n_type == NT_GNU_BUILD_ID && memcmp(name, "GNU", 4) == 0) {
            m->build_id_size = (uint8_t)note_header->n_descsz;
            memcpy(m->build_id, bits, note_header->n_descsz);
            return;
        }
        at = bits + (note_header->n_descsz + (size_t)3) / 4 * 4;
    }
}

static int add_program(struct dl_phdr_info *info, size_t size, void *context)
{
    struct forged *f = context;
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    (void)size;
    path[length > 0 ? length : 0] = 0;
    struct module *m = record_item(&f->record, TABLE_MODULES, forged_module(f, path, UINT64_MAX, 0));
    m->bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uint64_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type == PT_NOTE && m->build_id_size == 0)
            add_build_id(m, info, segment);
        if (segment->p_type != PT_LOAD)
            continue;
        m->start = start < m->start ? start : m->start;
        m->end = end > m->end ? end : m->end;
    }
    return 1; /* the program itself comes first */
}

struct bench {
    struct forged forged;
    struct symbols *symbols;
    struct names *names;
};

static struct bench bench;

static int set_up(void **state)
{
    (void)state;
    forged_begin(&bench.forged, ROOM);
    dl_iterate_phdr(add_program, &bench.forged);
    return 0;
}

static void look(void)
{
    bench.symbols = symbols_open(&bench.forged.record);
    bench.names = names_open(&bench.forged.record, bench.symbols);
    assert_non_null(bench.names);
}

static int tear_down(void **state)
{
    (void)state;
    names_close(bench.names);
    symbols_close(bench.symbols);
    forged_end(&bench.forged);
    memset(&bench, 0, sizeof bench);
    return 0;
}

static void expect_frame(const struct symbols_frame *frame, const char *function, unsigned line)
{
    assert_string_equal(frame->function, function);
    assert_non_null(frame->file);
    assert_string_equal(frame->file, "tests/unit/symbols_test.c");
    assert_int_equal(frame->line, line);
}

/* --- code -------------------------------------------------------------------------------------------- */

static void a_call(void **state)
{
    (void)state;
    look();
    caller(1);
    const struct symbols_place *place = symbols_place(bench.symbols, (uint64_t)return_address, true);
    assert_int_equal(place->count, 1);
    expect_frame(place->frame, "caller", caller_line);
    assert_string_equal(symbols_module(bench.symbols, place->module), "symbols_test");
    assert_int_equal(strlen(symbols_build_id(bench.symbols, place->module)), 40);
    const struct module *m = record_item(&bench.forged.record, TABLE_MODULES, 1);
    assert_int_equal(place->offset, (uint64_t)return_address - 1 - m->bias);
    assert_ptr_equal(symbols_place(bench.symbols, (uint64_t)return_address, true), place);
    assert_null(symbols_problem(bench.symbols, place->module));
}

static void an_inlined_call(void **state)
{
    (void)state;
    look();
    around(1);
    const struct symbols_place *place = symbols_place(bench.symbols, (uint64_t)return_address, true);
    assert_int_equal(place->count, 2);
    expect_frame(&place->frame[0], "inlined", inlined_line);
    expect_frame(&place->frame[1], "around", around_line);
}

static void nowhere(void **state)
{
    (void)state;
    look();
    const struct symbols_place *place = symbols_place(bench.symbols, 0x10, true);
    assert_int_equal(place->count, 1);
    assert_int_equal(place->module, 0);
    assert_int_equal(place->offset, 0xf);
    assert_null(place->frame->function);
    assert_string_equal(symbols_module(bench.symbols, 0), "");
    assert_null(symbols_build_id(bench.symbols, 12345));
}

static void another_build(void **state)
{
    (void)state;
    struct module *m = record_item(&bench.forged.record, TABLE_MODULES, 1);
    m->build_id[3] ^= 1;
    look();
    caller(1);
    const struct symbols_place *place = symbols_place(bench.symbols, (uint64_t)return_address, true);
    assert_null(place->frame->function);
    assert_int_equal(place->offset, (uint64_t)return_address - 1 - m->bias);
    assert_non_null(strstr(symbols_problem(bench.symbols, 1), "build-id"));
    assert_null(names_lock(bench.names, forged_lock(&bench.forged, KIND_MUTEX, (uint64_t)&plain, NULL, 0)));
}

static void files_that_are_none(void **state)
{
    static const char *const paths[] = {"/dev/zero", "/nonexistent", "relative", "", "/etc/hostname", "/tmp"};
    (void)state;
    for (uint64_t i = 0; i < sizeof paths / sizeof *paths; i++)
        forged_module(&bench.forged, paths[i], 0x1000 * (i + 1), 0x1000 * (i + 2));
    look();
    for (uint64_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct symbols_place *place = symbols_place(bench.symbols, 0x1000 * (i + 1) + 0x10, false);
        assert_int_equal(place->offset, 0x10);
        assert_null(place->frame->function);
        assert_non_null(symbols_problem(bench.symbols, place->module));
    }
}

static void mangled_names(void **state)
{
    static const char *const names[][2] = {
        {"_ZN4bank7Account8transferERS0_i", "bank::Account::transfer"},
        {"get_forks.constprop.0", "get_forks"},
        {"_ZN4bank3mapINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEE3addEv", "bank::map<std::string>::add"},
        {"main", "main"},
        {".Lodd", ".Lodd"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *plain_name = frames_demangle(names[i][0]);
        assert_string_equal(plain_name, names[i][1]);
        free(plain_name);
    }
}

static void folded_names(void **state)
{
    static const char *const names[][2] = {
        {"bank::map<std::string, box<int>>::with<main::{lambda#2}>", "bank::map<...>::with<...>"},
        {"bank::operator<< <box<int>>", "bank::operator<< <...>"},
        {"box<void (*)()>::operator->", "box<...>::operator->"},
        {"box<int>::operator()<long>", "box<...>::operator()<...>"},
        {"main", NULL},
        {"operator<", NULL},
        {"my_operator<int>", "my_operator<...>"},
        {"odd<int", NULL},
        {"<lambda()>", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *folded = cxx_name_fold(names[i][0]);
        if (names[i][1] == NULL)
            assert_null(folded);
        else
            assert_string_equal(folded, names[i][1]);
        free(folded);
    }
}

#define RUNS(callable) "std::thread::_State_impl<std::thread::_Invoker<std::tuple<" callable ">>>::_M_run"

static void callables_of_threads(void **state)
{
    static const char *const names[][2] = {
        {RUNS("main()::<lambda()>"), "main::{lambda}"},
        {RUNS("pool<int>::pool(int, box<long>)::<lambda(auto:12)>, int"), "pool<int>::pool::{lambda}"},
        {RUNS("<lambda()>"), "{lambda}"},
        {RUNS("bank::functor"), "bank::functor"},
        {RUNS("box<int, long>, int"), "box<int, long>"},
        {RUNS("box<int>, main()::<lambda()>"), "box<int>"},
        {RUNS("void (*)(int), int"), NULL},
        {RUNS("void (actor::*)(int), actor*"), NULL},
        {"std::thread::_State_impl<odd>::_M_run", NULL},
        {"_State_impl<std::tuple<odd", "odd"},
        {"std::tuple<int>::get", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *callable = cxx_name_callable(names[i][0]);
        if (names[i][1] == NULL)
            assert_null(callable);
        else
            assert_string_equal(callable, names[i][1]);
        free(callable);
    }
}

/* --- locks ------------------------------------------------------------------------------------------- */

static void locks_by_their_variables(void **state)
{
    const struct {
        const void *address;
        const char *name;
    } cases[] = {
        {&plain, "plain"},
        {&forks[0], "forks[0]"},
        {&forks[3], "forks[3]"},
        {&table[0][0].mutex, "table[0][0].mutex"},
        {&table[2][1].mutex, "table[2][1].mutex"},
        {&table[1][3].slots, "table[1][3].slots"},
        {&global_account.mutex, "global_account.mutex"},
        {&global_account.slots, "global_account.slots"},
        {storage + 64, "storage+0x40"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        forged_lock(&bench.forged, KIND_MUTEX, (uint64_t)cases[i].address, NULL, 0);
    uint32_t given = forged_lock(&bench.forged, KIND_MUTEX, (uint64_t)&plain, "given", 0);
    uint32_t heap = forged_lock(&bench.forged, KIND_MUTEX, 0x5000, NULL, 0);
    look();
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_non_null(names_lock(bench.names, i + 1));
        assert_string_equal(names_lock(bench.names, i + 1), cases[i].name);
    }
    assert_string_equal(names_lock(bench.names, given), "given");
    assert_null(names_lock(bench.names, heap));
    assert_null(names_lock(bench.names, 0));
    assert_null(names_lock(bench.names, 4711));
}

static void locks_by_their_origin(void **state)
{
    struct names_origin origin;
    uint32_t lock[4];
    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        lock[i] = forged_lock(&bench.forged, KIND_MUTEX, 0x5000 - 0x100 * i, NULL, 0);
    caller(1);
    for (uint32_t i = 0; i < 3; i++) {
        record_lock(&bench.forged.record, lock[i])->site = (uint64_t)return_address;
        record_lock(&bench.forged.record, lock[i])->created =
            forged_stack(&bench.forged, (uint64_t[]){(uint64_t)return_address}, 1);
    }
    uint32_t thread = forged_thread(&bench.forged, "");
    around(1);
    forged_hold(&bench.forged, thread, lock[3], (uint64_t)return_address, 0);
    look();
    assert_true(names_origin(bench.names, lock[0], &origin));
    assert_true(origin.created);
    expect_frame(origin.frame, "caller", caller_line);
    assert_true(names_origin(bench.names, lock[2], &origin));
    assert_true(names_origin(bench.names, lock[3], &origin));
    assert_false(origin.created);
    expect_frame(origin.frame, "inlined", inlined_line);
    assert_false(names_origin(bench.names, 4711, &origin));
}

/* --- findings from run to run ------------------------------------------------------------------------ */

/* Three philosophers, seated in another order, at another place: the identity of their deadlock. */
static uint64_t identity(uint32_t turn_by, uint64_t address, const char *fork_name)
{
    static const char *const names[] = {"left", "middle", "right"};
    struct forged f;
    struct finding finding;
    uint32_t seat[3], fork[3], order[3], held[3];
    forged_begin(&f, ROOM);
    for (uint32_t i = 0; i < turn_by; i++)
        forged_thread(&f, "earlier");
    for (uint32_t i = 0; i < 3; i++)
        fork[i] = forged_lock(&f, KIND_MUTEX, address + 40ull * i, i == 0 ? fork_name : names[i], 0);
    for (uint32_t i = 0; i < 3; i++) {
        seat[i] = forged_thread(&f, "phil");
        forged_hold(&f, seat[i], fork[i], 0x1100, 0);
        forged_want(&f, seat[i], fork[(i + 1) % 3], 0x1200, 0);
    }
    for (uint32_t i = 0; i < 3; i++) {
        order[i] = seat[(i + turn_by) % 3];
        held[i] = fork[(i + turn_by) % 3];
    }
    uint32_t id = forged_finding(&f, CONFIDENCE_CERTAIN, 3, 3, order, held);
    struct opened_record view = {.record = &f.record, .symbols = symbols_open(&f.record)};
    view.names = names_open(view.record, view.symbols);
    assert_true(finding_stored(&f.record, id, &finding));
    uint64_t result = identity_of(&view, &finding);
    names_close(view.names);
    symbols_close(view.symbols);
    forged_end(&f);
    return result;
}

static void the_same_finding_in_another_run(void **state)
{
    (void)state;
    uint64_t first = identity(0, 0x7000, "left");
    assert_int_equal(identity(1, 0x7000, "left"), first);
    assert_int_equal(identity(2, 0x9000, "left"), first);
    assert_int_not_equal(identity(0, 0x7000, "other"), first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_inlined_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_build, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_none, set_up, tear_down),
        cmocka_unit_test(mangled_names),
        cmocka_unit_test(folded_names),
        cmocka_unit_test(callables_of_threads),
        cmocka_unit_test_setup_teardown(locks_by_their_variables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(locks_by_their_origin, set_up, tear_down),
        cmocka_unit_test(the_same_finding_in_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
