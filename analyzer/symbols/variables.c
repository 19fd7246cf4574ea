#include "analyzer/symbols/variables.h"

#include "analyzer/symbols/frames.h"
#include "analyzer/symbols/qualified_name.h"

#include <dwarf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRIES_MAX = 8000000, /* of debugging information that are read */
    NEST_MAX = 32,         /* scopes within scopes, types within types */
    DIMENSIONS_MAX = 8,
};

struct variable {
    Dwarf_Addr address;
    Dwarf_Word size;
    Dwarf *dwarf; /* of its unit, which may be in another file */
    Dwarf_Off entry;
};

struct variables {
    struct variable *variable;
    size_t count, room;
    unsigned entries;
};

/* --- the variables of a module --- */

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) != NULL;
}

static Dwarf_Word size_of(Dwarf_Die *type)
{
    Dwarf_Word size;
    return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

/* The address of a static variable. */
static bool fixed_address(Dwarf_Die *die, Dwarf_Addr *address)
{
    Dwarf_Attribute location, operand;
    Dwarf_Op *code;
    size_t size;
    if (dwarf_attr(die, DW_AT_location, &location) == NULL || dwarf_getlocation(&location, &code, &size) != 0 ||
        size != 1)
        return false;
    if (code[0].atom == DW_OP_addr) {
        *address = code[0].number;
        return true;
    }
    return (code[0].atom == DW_OP_addrx || code[0].atom == DW_OP_GNU_addr_index) &&
           dwarf_getlocation_attr(&location, &code[0], &operand) == 0 && dwarf_formaddr(&operand, address) == 0;
}

static void add_variable(struct variables *v, Dwarf_Die *die)
{
    struct variable new = {.dwarf = dwarf_cu_getdwarf(die->cu), .entry = dwarf_dieoffset(die)};
    Dwarf_Die type;
    if (!fixed_address(die, &new.address) || !type_of(die, &type) || (new.size = size_of(&type)) == 0)
        return;
    if (v->count == v->room) {
        size_t room = v->room == 0 ? 256 : v->room * 2;
        struct variable *more = realloc(v->variable, room * sizeof *more);
        if (more == NULL)
            return;
        v->variable = more;
        v->room = room;
    }
    v->variable[v->count++] = new;
}

static void visit(struct variables *v, Dwarf_Die *scope, unsigned nest)
{
    Dwarf_Die die;
    if (nest > NEST_MAX || dwarf_child(scope, &die) != 0)
        return;
    do {
        if (++v->entries > ENTRIES_MAX)
            return;
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_variable)
            add_variable(v, &die);
        else if (tag == DW_TAG_namespace || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block)
            visit(v, &die, nest + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static int by_address(const void *a, const void *b)
{
    const struct variable *x = a, *y = b;
    return (x->address > y->address) - (x->address < y->address);
}

struct variables *variables_read(Dwarf *dwarf)
{
    struct variables *v = calloc(1, sizeof *v);
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split;
    uint8_t type;
    if (v == NULL)
        return NULL;
    while (dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, &split) == 0) {
        if (type == DW_UT_compile)
            visit(v, &die, 0);
        else if (type == DW_UT_skeleton && dwarf_tag(&split) != DW_TAG_invalid)
            visit(v, &split, 0);
    }
    if (v->count != 0)
        qsort(v->variable, v->count, sizeof *v->variable, by_address);
    return v;
}

void variables_free(struct variables *v)
{
    if (v != NULL)
        free(v->variable);
    free(v);
}

/* --- from a variable down to the place --- */

struct name {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void append(struct name *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(n->text + n->used, n->size - n->used, format, args);
    va_end(args);
    if (size > 0)
        n->used = n->used + (size_t)size < n->size ? n->used + (size_t)size : n->size - 1;
}

/* Types that are locks; their members are not named. */
static bool is_lock(const char *type)
{
    static const char *const names[] = {"pthread_mutex_t",
                                        "pthread_rwlock_t",
                                        "pthread_spinlock_t",
                                        "pthread_cond_t",
                                        "pthread_barrier_t",
                                        "pthread_once_t",
                                        "sem_t",
                                        "mtx_t",
                                        "cnd_t",
                                        "once_flag",
                                        "pthread_t",
                                        "GMutex",
                                        "GRecMutex",
                                        "GRWLock",
                                        "GCond",
                                        "GOnce",
                                        "omp_lock_t",
                                        "omp_nest_lock_t",
                                        "QMutex",
                                        "QBasicMutex",
                                        "QRecursiveMutex",
                                        "QReadWriteLock"};
    for (size_t i = 0; type != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(type, names[i]) == 0)
            return true;
    return false;
}

/* The length of each dimension of an array, outermost first; 0: unknown. */
static unsigned dimensions(Dwarf_Die *array, Dwarf_Word *length)
{
    Dwarf_Attribute attribute;
    Dwarf_Die range;
    unsigned count = 0;
    if (dwarf_child(array, &range) != 0)
        return 0;
    do {
        Dwarf_Word n = 0;
        if (dwarf_tag(&range) != DW_TAG_subrange_type || count == DIMENSIONS_MAX)
            continue;
        if (dwarf_formudata(dwarf_attr(&range, DW_AT_count, &attribute), &n) != 0)
            n = dwarf_formudata(dwarf_attr(&range, DW_AT_upper_bound, &attribute), &n) == 0 ? n + 1 : 0;
        length[count++] = n;
    } while (dwarf_siblingof(&range, &range) == 0);
    return count;
}

/* To the element of an array at the offset; false: that is of no interest, as in an array of bytes. */
static bool into_array(struct name *n, Dwarf_Die *type, Dwarf_Word *offset)
{
    Dwarf_Word length[DIMENSIONS_MAX], index[DIMENSIONS_MAX];
    Dwarf_Die element;
    unsigned count = dimensions(type, length);
    if (count == 0 || !type_of(type, &element))
        return false;
    Dwarf_Word size = size_of(&element);
    if (size < 2)
        return false;
    Dwarf_Word at = *offset / size;
    for (unsigned i = count; i-- > 0;) {
        index[i] = i == 0 || length[i] == 0 ? at : at % length[i];
        at = length[i] == 0 ? 0 : at / length[i];
    }
    for (unsigned i = 0; i < count; i++)
        append(n, "[%llu]", (unsigned long long)index[i]);
    *offset %= size;
    *type = element;
    return true;
}

static bool member_at(Dwarf_Die *member, Dwarf_Word offset, Dwarf_Word *start, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    int tag = dwarf_tag(member);
    if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || dwarf_hasattr(member, DW_AT_external))
        return false;
    *start = 0;
    if (dwarf_attr(member, DW_AT_data_member_location, &attribute) != NULL && dwarf_formudata(&attribute, start) != 0)
        return false;
    return *start <= offset && type_of(member, type) && offset - *start < size_of(type);
}

/* To the member of a struct, class or union at the offset. Private members of a library are not named. */
static bool into_member(struct name *n, Dwarf_Die *type, Dwarf_Word *offset)
{
    Dwarf_Die member, inner;
    Dwarf_Word start;
    if (dwarf_child(type, &member) != 0)
        return false;
    do {
        if (!member_at(&member, *offset, &start, &inner))
            continue;
        const char *name = dwarf_tag(&member) == DW_TAG_member ? dwarf_diename(&member) : NULL;
        if (name != NULL && strncmp(name, "_M_", 3) != 0 && strncmp(name, "__", 2) != 0)
            append(n, ".%s", name);
        *offset -= start;
        *type = inner;
        return true;
    } while (dwarf_siblingof(&member, &member) == 0);
    return false;
}

static void walk(struct name *n, Dwarf_Die *type, Dwarf_Word offset)
{
    bool further = true;
    for (unsigned nest = 0; further && nest < NEST_MAX; nest++) {
        switch (dwarf_tag(type)) {
        case DW_TAG_typedef:
            further = !(offset == 0 && is_lock(dwarf_diename(type))) && type_of(type, type);
            break;
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_atomic_type:
            further = type_of(type, type);
            break;
        case DW_TAG_array_type:
            further = into_array(n, type, &offset);
            break;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
        case DW_TAG_union_type:
            further = !(offset == 0 && is_lock(dwarf_diename(type))) && into_member(n, type, &offset);
            break;
        default:
            further = false;
        }
    }
    if (offset != 0)
        append(n, "+0x%llx", (unsigned long long)offset);
}

static bool begin_name(struct name *n, Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    const char *mangled = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
    const char *plain = dwarf_diename(die);
    if (mangled != NULL || qualified_name_applies(die)) {
        char *name = qualified_name_applies(die) ? qualified_name_of(die) : frames_demangle(mangled);
        append(n, "%s", name != NULL ? name : mangled != NULL ? mangled : "");
        free(name);
    } else if (plain != NULL) {
        append(n, "%s", plain);
    }
    return n->used != 0;
}

static const struct variable *covering(const struct variables *v, Dwarf_Addr address)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->variable[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct variable *last = low == 0 ? NULL : &v->variable[low - 1];
    return last != NULL && address - last->address < last->size ? last : NULL;
}

bool variables_name(struct variables *v, Dwarf_Addr address, char *name, size_t size)
{
    struct name n = {.text = name, .size = size};
    const struct variable *found = covering(v, address);
    Dwarf_Die die, type;
    name[0] = 0;
    if (found == NULL || dwarf_offdie(found->dwarf, found->entry, &die) == NULL || !type_of(&die, &type) ||
        !begin_name(&n, &die))
        return false;
    walk(&n, &type, address - found->address);
    return true;
}
