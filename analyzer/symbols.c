#include "analyzer/symbols.h"

#include "analyzer/module.h"

#include <dwarf.h>
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    LEVELS_MAX = 16, /* functions at one address: inlined ones beyond are left out */
    OWN_MAX = 64,    /* frames looked at for one of the program's own */
};

/* A place that was asked for. */
struct known {
    uint64_t key;
    struct symbols_place place;
    struct symbols_frame frame[LEVELS_MAX];
    UT_hash_handle hh;
};

struct symbols {
    const struct record *record;
    struct elf_module *module; /* by id */
    uint32_t modules;
    struct known *known;
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
        module_describe(&s->module[id], r, record_item(r, TABLE_MODULES, id));
    return s;
}

void symbols_close(struct symbols *s)
{
    if (s == NULL)
        return;
    struct known *k = s->known, *next;
    HASH_CLEAR(hh, s->known);
    for (; k != NULL; k = next) {
        next = k->hh.next;
        for (unsigned i = 0; i < k->place.count; i++) {
            free((char *)k->frame[i].function);
            free((char *)k->frame[i].file);
        }
        free(k);
    }
    for (uint32_t id = 1; id < s->modules; id++)
        module_close(&s->module[id]);
    free(s->module);
    free(s);
}

char *symbols_demangle(const char *name)
{
    char *plain = cplus_demangle(name, DMGL_AUTO | DMGL_ANSI);
    if (plain != NULL)
        return plain;
    size_t size =
        name[0] == 0 ? 0 : 1 + strcspn(name + 1, ".@"); /* what compilers add to clones, linkers to versions */
    return strndup(name, size);
}

/* --- source lines ------------------------------------------------------------------------------------ */

/* A source file as its user knows it: relative to the folder that it was compiled in. */
static char *source_file(const char *path, const char *folder)
{
    size_t size = folder == NULL ? 0 : strlen(folder);
    if (path == NULL)
        return NULL;
    if (size > 1 && strncmp(path, folder, size) == 0 && path[size] == '/')
        path += size + 1;
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return strdup(path);
}

static const char *compiled_in(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

static void add_line(struct elf_module *m, uint64_t address, struct symbols_frame *frame)
{
    int number = 0;
    Dwfl_Line *line = dwfl_module_getsrc(m->dwfl_module, address + m->shift);
    if (line == NULL)
        return;
    const char *path = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
    frame->file = source_file(path, dwfl_line_comp_dir(line));
    frame->line = frame->file == NULL || number < 0 ? 0 : (unsigned)number;
}

/* Where an inlined function was called from: the line of the frame around it. */
static void add_call_line(Dwarf_Die *inlined, Dwarf_Die *unit, struct symbols_frame *frame)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) != 0 ||
        dwarf_getsrcfiles(unit, &files, &count) != 0 || number >= count)
        return;
    frame->file = source_file(dwarf_filesrc(files, number, NULL, NULL), compiled_in(unit));
    if (frame->file != NULL && dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) == 0)
        frame->line = (unsigned)number;
}

/* --- functions --------------------------------------------------------------------------------------- */

static char *function_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    if (name == NULL)
        name = dwarf_diename(die);
    return name == NULL ? NULL : symbols_demangle(name);
}

/* The functions around an address by its debugging information, innermost first; 0 when it says nothing. */
static unsigned add_functions(struct elf_module *m, uint64_t address, struct symbols_frame *frame)
{
    Dwarf_Addr bias;
    Dwarf_Die *scopes = NULL, *nest = NULL, innermost;
    Dwarf_Die *unit = dwfl_module_addrdie(m->dwfl_module, address + m->shift, &bias);
    if (unit == NULL)
        return 0;
    int count = dwarf_getscopes(unit, address + m->shift - bias, &scopes);
    if (count <= 0)
        return 0;
    /* Beyond an inlined function these are the scopes of its source; the nest that it was put into is wanted.
     */
    innermost = scopes[0];
    free(scopes);
    count = dwarf_getscopes_die(&innermost, &nest);
    unsigned level = 0;
    for (int i = 0; i < count && level < LEVELS_MAX; i++) {
        int tag = dwarf_tag(&nest[i]);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
            continue;
        frame[level++].function = function_name(&nest[i]);
        if (tag == DW_TAG_subprogram)
            break;
        if (level < LEVELS_MAX)
            add_call_line(&nest[i], unit, &frame[level]);
    }
    if (count > 0)
        free(nest);
    return level;
}

/* A call line found for a frame around the last function is nobody's: there is none. */
static void look_up(struct elf_module *m, uint64_t address, struct known *k)
{
    uint64_t offset;
    k->place.count = add_functions(m, address, k->frame);
    if (k->place.count < LEVELS_MAX) {
        free((char *)k->frame[k->place.count].file);
        k->frame[k->place.count] = (struct symbols_frame){0};
    }
    if (k->place.count == 0) {
        const char *name = module_symbol(m, address, false, &offset);
        k->place.count = 1;
        k->frame[0].function = name == NULL ? NULL : symbols_demangle(name);
    }
    add_line(m, address, &k->frame[0]);
}

const struct symbols_place *symbols_place(struct symbols *s, uint64_t address, bool call)
{
    static const struct symbols_frame nothing;
    static const struct symbols_place nowhere = {.count = 1, .frame = &nothing};
    struct known *k;
    if (call && address != 0)
        address--;
    HASH_FIND(hh, s->known, &address, sizeof address, k);
    if (k != NULL)
        return &k->place;
    k = calloc(1, sizeof *k);
    if (k == NULL)
        return &nowhere;
    uint32_t module = record_module_of(s->record, address);
    k->key = address;
    k->place = (struct symbols_place){.module = module, .offset = address, .count = 1, .frame = k->frame};
    const struct module *recorded = record_item(s->record, TABLE_MODULES, module);
    if (recorded != NULL) {
        k->place.offset = address - recorded->bias;
        if (module_open(&s->module[module], s->record, recorded))
            look_up(&s->module[module], address, k);
    }
    HASH_ADD(hh, s->known, key, sizeof k->key, k);
    return &k->place;
}

/* --- whose frame it is ------------------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *const *beginnings)
{
    for (; text != NULL && *beginnings != NULL; beginnings++)
        if (strncmp(text, *beginnings, strlen(*beginnings)) == 0)
            return true;
    return false;
}

/* Files that no program has as its own. */
static bool library(struct symbols *s, uint32_t module)
{
    static const char *const modules[] = {"liblockwatch.", "libc.so",   "libpthread.", "libpthread-", "ld-linux",
                                          "libstdc++.",    "libc++.so", "libgcc_s.",   NULL};
    return begins_with(symbols_module(s, module), modules);
}

bool symbols_wrapper(const struct symbols_frame *frame)
{
    static const char *const functions[] = {"std::", "__gthread", "__gnu_cxx::", NULL};
    static const char *const files[] = {"/usr/include/", "/usr/lib/", NULL};
    return begins_with(frame->function, functions) || begins_with(frame->file, files);
}

bool symbols_starter(struct symbols *s, const struct symbols_place *place, const struct symbols_frame *frame)
{
    return symbols_wrapper(frame) || library(s, place->module) ||
           (frame->function != NULL && strcmp(frame->function, "_start") == 0);
}

static bool own_frame(struct symbols *s, uint32_t module, const struct symbols_frame *frame)
{
    static const char *const functions[] = {"pthread_", "__pthread_", "sem_", "__sem_", "mtx_", NULL};
    return !library(s, module) && !symbols_wrapper(frame) && !begins_with(frame->function, functions);
}

/* The innermost own frame at a place, NULL when there is none. */
static const struct symbols_frame *own_level(struct symbols *s, const struct symbols_place *place)
{
    for (unsigned level = 0; level < place->count; level++)
        if (own_frame(s, place->module, &place->frame[level]))
            return &place->frame[level];
    return NULL;
}

const struct symbols_frame *symbols_own(struct symbols *s, uint32_t stack, uint64_t site,
                                        const struct symbols_place **place)
{
    uint32_t depth;
    const uint64_t *frames = record_frames(s->record, stack, &depth);
    const struct symbols_frame *own = NULL;
    for (uint32_t i = 0; frames != NULL && own == NULL && i < depth && i < OWN_MAX; i++) {
        *place = symbols_place(s, frames[i], true);
        own = own_level(s, *place);
    }
    if (own != NULL || (frames == NULL && site == 0))
        return own;
    *place = symbols_place(s, frames == NULL ? site : frames[0], true);
    own = own_level(s, *place);
    return own == NULL ? (*place)->frame : own;
}

/* --- modules and data -------------------------------------------------------------------------------- */

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
    return module == 0 || module >= s->modules ? NULL : s->module[module].problem;
}

/* The module an address is in, opened; NULL when that cannot be read. */
static struct elf_module *module_at(struct symbols *s, uint64_t address, uint32_t *id)
{
    *id = record_module_of(s->record, address);
    const struct module *recorded = record_item(s->record, TABLE_MODULES, *id);
    if (recorded == NULL || !module_open(&s->module[*id], s->record, recorded))
        return NULL;
    return &s->module[*id];
}

const char *symbols_data(struct symbols *s, uint64_t address, uint64_t *offset)
{
    uint32_t id;
    struct elf_module *m = module_at(s, address, &id);
    return m == NULL ? NULL : module_symbol(m, address, true, offset);
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
