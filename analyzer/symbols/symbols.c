#include "analyzer/symbols/symbols.h"

#include "record/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    LEVELS_MAX = 16, /* functions at one address: inlined ones beyond are left out */
    OWN_MAX = 64,    /* frames searched for one of the program's own */
};

/* A place that was looked up. */
struct cached_place {
    uint64_t key;
    struct symbols_place place;
    struct symbols_frame frame[LEVELS_MAX];
    UT_hash_handle hh;
};

struct symbols {
    const struct record *record;
    struct elf_module *module; /* by id */
    uint32_t modules;
    struct cached_place *cached;
    struct sealed *sealed; /* NULL: there is none */
};

struct symbols *symbols_open(const struct record *r)
{
    struct symbols *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->record = r;
    s->modules = record_used(r, TABLE_MODULES);
    s->module = calloc(s->modules + 1, sizeof *s->module);
    if (s->module == NULL) {
        free(s);
        return NULL;
    }
    for (uint32_t id = 1; id < s->modules; id++)
        elf_describe(&s->module[id], r, record_item(r, TABLE_MODULES, id));
    return s;
}

void symbols_close(struct symbols *s)
{
    if (s == NULL)
        return;
    struct cached_place *k = s->cached, *next;
    HASH_CLEAR(hh, s->cached);
    for (; k != NULL; k = next) {
        next = k->hh.next;
        for (unsigned i = 0; i < k->place.count; i++) {
            free((char *)k->frame[i].function);
            free((char *)k->frame[i].file);
            free((char *)k->frame[i].directory);
        }
        free(k);
    }
    for (uint32_t id = 1; id < s->modules; id++) {
        frames_close(&s->module[id]);
        elf_close(&s->module[id]);
    }
    free(s->module);
    free(s);
}

void symbols_seal(struct symbols *s, struct sealed *sealed)
{
    s->sealed = sealed;
}

struct sealed *symbols_sealed(const struct symbols *s)
{
    return s->sealed;
}

void symbols_seal_modules(struct symbols *s)
{
    for (uint32_t id = 1; id < s->modules; id++)
        sealed_add_text(s->sealed, "problems", id, s->module[id].problem);
}

/* Whether nothing but the record is asked. */
static bool is_sealed(const struct symbols *s)
{
    return s->sealed != NULL && !s->sealed->filling;
}

static bool begins_with(const char *text, const char *const *beginnings)
{
    for (; text != NULL && *beginnings != NULL; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

/* Of the toolkits whose locks are watched (docs/toolkits.md); Python's packages bring copies with other names. */
bool symbols_toolkit(struct symbols *s, const struct symbols_place *place)
{
    static const char *const modules[] = {
        "libglib-2.0", "libgthread-2.0",           "libgomp", "libomp.", "libomp-", "libiomp5", "libQt5Core.",
        "libQt6Core.", "libabsl_synchronization.", NULL};
    return begins_with(symbols_module(s, place->module), modules);
}

/* Files of the C and C++ library, of toolkits, and what belongs to these: no place there says where a program waits. */
static bool library(struct symbols *s, uint32_t module)
{
    static const char *const modules[] = {"liblockwatch.",   "libc.so",     "libpthread.", "libpthread-",
                                          "ld-linux",        "libstdc++.",  "libc++.so",   "libgcc_s.",
                                          "libgobject-2.0.", "libgio-2.0.", NULL};
    return begins_with(symbols_module(s, module), modules) || symbols_interpreter(s, module) ||
           symbols_toolkit(s, &(struct symbols_place){.module = module});
}

/* CPython, its own extensions, and what calls functions for ctypes. */
bool symbols_interpreter(struct symbols *s, uint32_t module)
{
    static const char *const modules[] = {"python2.", "python3", "libpython", "libffi.so", NULL};
    const struct module *m = record_item(s->record, TABLE_MODULES, module);
    return begins_with(symbols_module(s, module), modules) ||
           (m != NULL && strstr(record_text(s->record, m->path), "/lib-dynload/") != NULL);
}

/* Python's own modules, written in Python; not what was installed beside them. */
static bool python_library(const char *file)
{
    return file != NULL && (strncmp(file, "<frozen ", 8) == 0 ||
                            (strstr(file, "/lib/python3") != NULL && strstr(file, "-packages/") == NULL));
}

/* "LINE:COLUMN FUNCTION FILE", with the folder apart, as a compiler has it, if the file is the program's. */
static bool read_text(const char *text, struct symbols_frame *frame)
{
    char *end;
    unsigned long line = strtoul(text, &end, 10), column = *end == ':' ? strtoul(end + 1, &end, 10) : 0;
    const char *name = *end == ' ' ? end + 1 : "", *file = strchr(name, ' ');
    if (file == NULL || file == name || file[1] == 0)
        return false;
    frame->line = line < UINT_MAX ? (unsigned)line : 0;
    frame->column = column < UINT_MAX ? (unsigned)column : 0;
    frame->function = strndup(name, (size_t)(file - name));
    file++;
    const char *base = python_library(file) ? file : path_base(file);
    frame->file = strdup(base);
    frame->directory = base - file > 1 ? strndup(file, (size_t)(base - file) - 1) : NULL;
    return true;
}

static void look_up(struct symbols *s, uint32_t module, uint64_t address, struct cached_place *k)
{
    struct elf_module *m = &s->module[module];
    uint64_t offset;
    Dwarf_Addr bias;
    k->place.count = frames_at(m, address, k->frame, LEVELS_MAX);
    if (k->place.count != 0)
        return;
    k->place.count = 1;
    const char *name = elf_symbol(m, address, false, &offset);
    k->frame[0].function = name == NULL ? NULL : frames_demangle(name);
    if (m->problem == NULL && !library(s, module) && dwfl_module_getdwarf(m->dwfl_module, &bias) == NULL)
        m->problem = "it has no debugging information (compile with -g)";
}

const struct symbols_place *symbols_place(struct symbols *s, uint64_t address, bool call)
{
    static const struct symbols_frame nothing;
    static const struct symbols_place nowhere = {.count = 1, .frame = &nothing};
    struct cached_place *k;
    if (call && address != 0 && (address & FRAME_TEXT) == 0)
        address--;
    HASH_FIND(hh, s->cached, &address, sizeof address, k);
    if (k != NULL)
        return &k->place;
    k = calloc(1, sizeof *k);
    if (k == NULL)
        return &nowhere;
    uint32_t module = record_module_of(s->record, address);
    k->key = address;
    k->place = (struct symbols_place){.module = module, .offset = address, .count = 1, .frame = k->frame};
    const struct module *recorded = record_item(s->record, TABLE_MODULES, module);
    if (read_text(record_frame_text(s->record, address), &k->frame[0]))
        k->place.python = true;
    else if (recorded != NULL) {
        k->place.offset = address - recorded->bias;
        if (is_sealed(s)) {
            unsigned count = sealed_frames(s->sealed, address, k->frame, LEVELS_MAX);
            k->place.count = count == 0 ? 1 : count;
        } else if (elf_open(&s->module[module], s->record, recorded)) {
            look_up(s, module, address, k);
        }
    }
    if (s->sealed != NULL && s->sealed->filling)
        sealed_add_frames(s->sealed, address, k->frame, k->place.count);
    HASH_ADD(hh, s->cached, key, sizeof k->key, k);
    return &k->place;
}

/* --- whose frame it is --- */

bool symbols_watcher_module(struct symbols *s, uint32_t module)
{
    return strncmp(symbols_module(s, module), "liblockwatch.", 13) == 0;
}

bool symbols_watcher(struct symbols *s, const struct symbols_place *place)
{
    return symbols_watcher_module(s, place->module);
}

bool symbols_standard(const struct symbols_frame *frame)
{
    static const char *const functions[] = {"std::", "__gthread", "__gnu_cxx::", NULL};
    return begins_with(frame->function, functions);
}

bool symbols_waits(const struct symbols_frame *frame)
{
    static const char *const functions[] = {
        "__lll_lock_wait", "__futex_", "futex_wait", "__pthread_", "pthread_",       "__new_sem_",    "do_futex_wait",
        "start_thread",    "__clone",  "clone3",     "__libc_sta", "__start_thread", "__GI___lll_lo", NULL};
    return begins_with(frame->function, functions);
}

bool symbols_wrapper(const struct symbols_frame *frame)
{
    static const char *const files[] = {
        "/usr/include/",     "/usr/lib/",          "/rustc/", "/usr/src/rustc-", "library/std/src/",
        "library/core/src/", "library/alloc/src/", NULL};
    return symbols_standard(frame) || begins_with(frame->file, files) || python_library(frame->file);
}

bool symbols_starter(struct symbols *s, const struct symbols_place *place, const struct symbols_frame *frame)
{
    return symbols_wrapper(frame) || library(s, place->module) || symbols_waits(frame) ||
           (frame->function != NULL && strcmp(frame->function, "_start") == 0);
}

const struct symbols_frame *symbols_outermost(struct symbols *s, const struct symbols_place *place)
{
    for (unsigned level = place->count; level-- > 0;)
        if (place->frame[level].function != NULL && !symbols_starter(s, place, &place->frame[level]))
            return &place->frame[level];
    return NULL;
}

static bool own_frame(struct symbols *s, uint32_t module, const struct symbols_frame *frame)
{
    static const char *const functions[] = {"sem_", "__sem_", "mtx_", NULL};
    return !library(s, module) && !symbols_wrapper(frame) && !symbols_waits(frame) &&
           !begins_with(frame->function, functions);
}

/* The program's own frame at a place, after *further others; NULL: there is none, and *further is less by those here.
 */
static const struct symbols_frame *own_level(struct symbols *s, const struct symbols_place *place, unsigned *further)
{
    for (unsigned level = 0; level < place->count; level++)
        if (own_frame(s, place->module, &place->frame[level]) && (*further)-- == 0)
            return &place->frame[level];
    return NULL;
}

const struct symbols_frame *symbols_own_further(struct symbols *s, uint32_t stack, uint64_t site, unsigned further,
                                                const struct symbols_place **place)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    const struct symbols_frame *own = NULL;
    if (frames == NULL)
        frames = &site, depth = site != 0;
    for (uint32_t i = 0; own == NULL && i < depth && i < OWN_MAX; i++) {
        *place = symbols_place(s, frames[i], true);
        own = own_level(s, *place, &further);
    }
    return own;
}

const struct symbols_frame *symbols_own(struct symbols *s, uint32_t stack, uint64_t site,
                                        const struct symbols_place **place)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    const struct symbols_frame *own = symbols_own_further(s, stack, site, 0, place);
    if (own != NULL || (frames == NULL && site == 0))
        return own;
    uint32_t first = 0;
    while (frames != NULL && first < depth && first < OWN_MAX && (frames[first] & FRAME_TEXT) == 0)
        first++;
    first = first < depth && first < OWN_MAX ? first : 0; /* Python's own code tells more than its interpreter's */
    *place = symbols_place(s, frames == NULL ? site : frames[first], true);
    return (*place)->frame;
}

bool symbols_function(struct symbols *s, const struct symbols_place *place, const struct symbols_frame *frame,
                      Dwarf_Die *function)
{
    const struct module *recorded = record_item(s->record, TABLE_MODULES, place->module);
    return recorded != NULL && !place->python && !is_sealed(s) &&
           elf_open(&s->module[place->module], s->record, recorded) &&
           frames_function(&s->module[place->module], place->offset + recorded->bias, (unsigned)(frame - place->frame),
                           function);
}

bool symbols_telling(const struct symbols_frame *frame)
{
    static const char *const alike[] = {"operator()", ".omp_", NULL};
    return frame->function != NULL && !begins_with(frame->function, alike);
}

bool symbols_alike(const struct symbols_frame *a, const struct symbols_frame *b)
{
    return a == b ||
           (a->function != NULL && b->function != NULL && a->line == b->line && strcmp(a->function, b->function) == 0);
}

/* --- modules and data --- */

const char *symbols_module(struct symbols *s, uint32_t module)
{
    return module == 0 || module >= s->modules ? "" : s->module[module].name;
}

const char *symbols_build_id(struct symbols *s, uint32_t module)
{
    return module == 0 || module >= s->modules || s->module[module].build_id[0] == 0 ? NULL
                                                                                     : s->module[module].build_id;
}

const char *symbols_problem(struct symbols *s, uint32_t module)
{
    if (module == 0 || module >= s->modules)
        return NULL;
    return is_sealed(s) ? sealed_text(s->sealed, "problems", module) : s->module[module].problem;
}

/* The module that contains an address, opened; NULL: it cannot be read. */
static struct elf_module *module_at(struct symbols *s, uint64_t address, uint32_t *id)
{
    *id = record_module_of(s->record, address);
    const struct module *recorded = record_item(s->record, TABLE_MODULES, *id);
    if (recorded == NULL || is_sealed(s) || !elf_open(&s->module[*id], s->record, recorded))
        return NULL;
    return &s->module[*id];
}

const char *symbols_data(struct symbols *s, uint64_t address, uint64_t *offset)
{
    uint32_t id;
    struct elf_module *m = module_at(s, address, &id);
    return m == NULL ? NULL : elf_symbol(m, address, true, offset);
}

const char *symbols_unique(struct symbols *s, uint64_t address, bool data, uint64_t *offset)
{
    uint32_t id;
    struct elf_module *m = module_at(s, address, &id);
    const char *group = data ? "data" : "code", *offsets = data ? "data_offsets" : "code_offsets";
    if (is_sealed(s)) {
        *offset = sealed_number(s->sealed, offsets, address);
        return sealed_text(s->sealed, group, address);
    }
    const char *name = m == NULL ? NULL : elf_symbol(m, address, data, offset);
    if (name == NULL || !elf_unique(m, name))
        return NULL;
    if (s->sealed != NULL) {
        sealed_add_text(s->sealed, group, address, name);
        sealed_add_number(s->sealed, offsets, address, *offset);
    }
    return name;
}

Dwarf *symbols_dwarf(struct symbols *s, uint64_t address, Dwarf_Addr *there, uint32_t *module)
{
    Dwarf_Addr bias;
    struct elf_module *m = module_at(s, address, module);
    Dwarf *dwarf = m == NULL ? NULL : dwfl_module_getdwarf(m->dwfl_module, &bias);
    if (dwarf != NULL)
        *there = address + m->shift - bias;
    return dwarf;
}
