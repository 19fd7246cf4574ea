#include "analyzer/symbols/frames.h"

#include "analyzer/symbols/cxx_name.h"
#include "analyzer/symbols/qualified_name.h"

#include <dwarf.h>
#if __has_include(<libiberty/demangle.h>)
#include <libiberty/demangle.h>
#else
#include <demangle.h> /* Fedora's binutils-devel */
#endif
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { NEST_MAX = 64 }; /* scopes within scopes */

char *frames_demangle(const char *name)
{
    char *plain = cplus_demangle(name, DMGL_AUTO | DMGL_ANSI);
    if (plain != NULL) {
        cxx_name_tidy(plain);
        return plain;
    }
    size_t size =
        name[0] == 0 ? 0 : 1 + strcspn(name + 1, ".@"); /* what compilers add to clones, linkers to versions */
    return strndup(name, size);
}

/* --- source lines --- */

static const char *compiled_in(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/* A source file, relative to the folder that it was compiled in. */
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

static void add_file(struct symbols_frame *frame, const char *path, Dwarf_Die *unit)
{
    const char *folder = compiled_in(unit);
    frame->file = source_file(path, folder);
    if (frame->file != NULL && folder != NULL)
        frame->directory = strdup(folder);
}

static void add_line(Dwarf_Die *unit, Dwarf_Addr address, struct symbols_frame *frame)
{
    int number = 0;
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (line == NULL)
        return;
    add_file(frame, dwarf_linesrc(line, NULL, NULL), unit);
    if (frame->file == NULL || dwarf_lineno(line, &number) != 0 || number <= 0)
        return;
    frame->line = (unsigned)number;
    if (dwarf_linecol(line, &number) == 0 && number > 0)
        frame->column = (unsigned)number;
}

/* The line of the frame that an inlined function was called from. */
static void add_call_line(Dwarf_Die *inlined, Dwarf_Die *unit, struct symbols_frame *frame)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) != 0 ||
        dwarf_getsrcfiles(unit, &files, &count) != 0 || number >= count)
        return;
    add_file(frame, dwarf_filesrc(files, number, NULL, NULL), unit);
    if (frame->file == NULL || dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) != 0)
        return;
    frame->line = (unsigned)number;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_column, &attribute), &number) == 0)
        frame->column = (unsigned)number;
}

/* --- functions --- */

static char *function_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    if (qualified_name_applies(die))
        return qualified_name_of(die);
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    if (name == NULL)
        name = dwarf_diename(die);
    return name == NULL ? NULL : frames_demangle(name);
}

/* A pass over a unit's functions. */
struct descent {
    Dwarf_Addr address;
    Dwarf_Die *nest; /* the functions around the address, outermost first */
    unsigned depth;
    bool everywhere;
    unsigned left; /* entries that may still be read */
};

static bool contains(int tag, bool everywhere)
{
    switch (tag) {
    case DW_TAG_namespace:
        return true;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
        return everywhere;
    default:
        return false;
    }
}

/*
 * Down from a scope into the entries that contain the address. Namespaces have no addresses, so all of them are
 * searched; `everywhere`: all entries are.
 */
static bool descend(struct descent *d, Dwarf_Die *scope, unsigned level)
{
    Dwarf_Die die;
    if (level == NEST_MAX || dwarf_child(scope, &die) != 0)
        return false;
    do {
        int tag = dwarf_tag(&die);
        bool function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
        if (d->left == 0)
            return false;
        d->left--;
        if ((function || tag == DW_TAG_lexical_block) && dwarf_haspc(&die, d->address) > 0) {
            unsigned depth = d->depth;
            if (function && d->depth < NEST_MAX)
                d->nest[d->depth++] = die;
            descend(d, &die, level + 1);
            if (d->depth != depth || !d->everywhere)
                return true;
        }
        if (contains(tag, d->everywhere) && descend(d, &die, level + 1))
            return true;
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

/* --- the functions of a unit, by address --- */

struct span {
    Dwarf_Addr low, high;
    size_t order; /* in the unit */
    Dwarf_Die function;
};

struct frames_unit {
    Dwarf_CU *key;
    struct span *span;
    size_t count, room;
    UT_hash_handle hh;
};

static void add_spans(struct frames_unit *u, Dwarf_Die *function)
{
    Dwarf_Addr base, low, high;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(function, at, &base, &low, &high)) > 0;) {
        if (u->count == u->room) {
            size_t room = u->room == 0 ? 64 : u->room * 2;
            struct span *more = realloc(u->span, room * sizeof *more);
            if (more == NULL)
                return;
            u->span = more;
            u->room = room;
        }
        u->span[u->count] = (struct span){low, high, u->count, *function};
        u->count++;
    }
}

static void gather(struct frames_unit *u, Dwarf_Die *scope, unsigned level)
{
    Dwarf_Die die;
    if (level == NEST_MAX || dwarf_child(scope, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram)
            add_spans(u, &die);
        else if (contains(tag, false))
            gather(u, &die, level + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Of several names of one function, as assemblers write them, the first one comes last: it is the one that is found. */
static int by_low(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->low != y->low)
        return x->low > y->low ? 1 : -1;
    return (x->order < y->order) - (x->order > y->order);
}

static struct frames_unit *unit_of(struct elf_module *m, Dwarf_Die *unit)
{
    struct frames_unit *u;
    HASH_FIND_PTR(m->units, &unit->cu, u);
    if (u != NULL || (u = calloc(1, sizeof *u)) == NULL)
        return u;
    u->key = unit->cu;
    gather(u, unit, 0);
    if (u->count != 0)
        qsort(u->span, u->count, sizeof *u->span, by_low);
    HASH_ADD_PTR(m->units, key, u);
    return u;
}

static Dwarf_Die *function_of(struct frames_unit *u, Dwarf_Addr address)
{
    size_t low = 0, high = u == NULL ? 0 : u->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (u->span[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low != 0 && address < u->span[low - 1].high ? &u->span[low - 1].function : NULL;
}

void frames_close(struct elf_module *m)
{
    struct frames_unit *u = m->units, *next;
    HASH_CLEAR(hh, m->units);
    for (; u != NULL; u = next) {
        next = u->hh.next;
        free(u->span);
        free(u);
    }
}

/* --- what is at an address --- */

/* gcc puts the code of a local class (a lambda) inside the enclosing function, which does not contain its address. */
static unsigned functions_at(struct elf_module *m, Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die *nest)
{
    enum { ENTRIES_MAX = 4000000 };
    struct descent d = {.address = address, .nest = nest, .left = ENTRIES_MAX};
    Dwarf_Die *function = function_of(unit_of(m, unit), address);
    d.everywhere = function == NULL;
    if (function != NULL)
        nest[d.depth++] = *function;
    descend(&d, function != NULL ? function : unit, function != NULL);
    return d.depth;
}

/* The unit that has an address; an address of elfutils minus `shift` is the unit's. */
static bool find_unit(struct elf_module *m, Dwarf_Addr address, Dwarf_Die *unit, Dwarf_Addr *shift)
{
    Dwarf_Die *found = dwfl_module_addrdie(m->dwfl_module, address, shift);
    if (found == NULL)
        while ((found = dwfl_module_nextcu(m->dwfl_module, found, shift)) != NULL &&
               dwarf_haspc(found, address - *shift) <= 0)
            ;
    if (found != NULL)
        *unit = *found;
    return found != NULL;
}

/* The unit of an address, whose own address is *at, and where its functions are: that may be a .dwo file. */
static bool find_functions(struct elf_module *m, uint64_t address, Dwarf_Die *unit, Dwarf_Die *functions,
                           Dwarf_Addr *at)
{
    Dwarf_Die split;
    Dwarf_Addr shift;
    uint8_t type = DW_UT_compile;
    if (!find_unit(m, address + m->shift, unit, &shift))
        return false;
    *at = address + m->shift - shift;
    *functions = *unit;
    if (dwarf_cu_info(unit->cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 && type == DW_UT_skeleton &&
        dwarf_tag(&split) != DW_TAG_invalid)
        *functions = split;
    return true;
}

unsigned frames_at(struct elf_module *m, uint64_t address, struct symbols_frame *frame, unsigned room)
{
    Dwarf_Die lines, unit, nest[NEST_MAX];
    Dwarf_Addr at;
    if (!find_functions(m, address, &lines, &unit, &at))
        return 0;
    add_line(&lines, at, &frame[0]);
    unsigned depth = functions_at(m, &unit, at, nest), count = 0;
    while (depth-- > 0 && count < room) {
        frame[count++].function = function_name(&nest[depth]);
        if (dwarf_tag(&nest[depth]) == DW_TAG_subprogram)
            break;
        if (count < room && depth > 0)
            add_call_line(&nest[depth], &unit, &frame[count]);
    }
    return count;
}

bool frames_function(struct elf_module *m, uint64_t address, unsigned level, Dwarf_Die *function)
{
    Dwarf_Die lines, unit, nest[NEST_MAX];
    Dwarf_Addr at;
    unsigned depth = find_functions(m, address, &lines, &unit, &at) ? functions_at(m, &unit, at, nest) : 0;
    if (level < depth)
        *function = nest[depth - 1 - level];
    return level < depth;
}
