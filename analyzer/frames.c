#include "analyzer/frames.h"

#include <dwarf.h>
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

enum { NEST_MAX = 64 }; /* scopes within scopes */

char *frames_demangle(const char *name)
{
    char *plain = cplus_demangle(name, DMGL_AUTO | DMGL_ANSI);
    if (plain != NULL)
        return plain;
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

static void add_line(Dwarf_Die *unit, Dwarf_Addr address, struct symbols_frame *frame)
{
    int number = 0;
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (line == NULL)
        return;
    frame->file = source_file(dwarf_linesrc(line, NULL, NULL), compiled_in(unit));
    if (frame->file != NULL && dwarf_lineno(line, &number) == 0 && number > 0)
        frame->line = (unsigned)number;
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

/* --- functions --- */

static char *function_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    if (name == NULL)
        name = dwarf_diename(die);
    return name == NULL ? NULL : frames_demangle(name);
}

/*
 * The functions around an address, outermost first: down from the unit, always into the scope that has the address.
 * Namespaces have no addresses of their own, so that all of them are looked into.
 */
static unsigned descend(Dwarf_Die *scope, Dwarf_Addr address, Dwarf_Die *nest, unsigned depth, unsigned level)
{
    Dwarf_Die die;
    if (level == NEST_MAX || dwarf_child(scope, &die) != 0)
        return depth;
    do {
        int tag = dwarf_tag(&die);
        bool function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
        unsigned found = depth;
        if (tag == DW_TAG_namespace) {
            found = descend(&die, address, nest, depth, level + 1);
        } else if ((function || tag == DW_TAG_lexical_block) && dwarf_haspc(&die, address) > 0) {
            if (function && depth < NEST_MAX)
                nest[depth++] = die;
            return descend(&die, address, nest, depth, level + 1);
        }
        if (found != depth)
            return found;
    } while (dwarf_siblingof(&die, &die) == 0);
    return depth;
}

/* The unit that has an address; `shift` is what to take off an address of elfutils to get that of the unit. */
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

unsigned frames_at(struct elf_module *m, uint64_t address, struct symbols_frame *frame, unsigned room)
{
    Dwarf_Die unit, split, nest[NEST_MAX];
    Dwarf_Addr at = address + m->shift, shift;
    uint8_t type = DW_UT_compile;
    if (!find_unit(m, at, &unit, &shift))
        return 0;
    at -= shift;
    add_line(&unit, at, &frame[0]);
    if (dwarf_cu_info(unit.cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 && type == DW_UT_skeleton &&
        dwarf_tag(&split) != DW_TAG_invalid)
        unit = split; /* the functions stand in a .dwo file */
    unsigned depth = descend(&unit, at, nest, 0, 0), count = 0;
    while (depth-- > 0 && count < room) {
        frame[count++].function = function_name(&nest[depth]);
        if (dwarf_tag(&nest[depth]) == DW_TAG_subprogram)
            break;
        if (count < room && depth > 0)
            add_call_line(&nest[depth], &unit, &frame[count]);
    }
    return count;
}
