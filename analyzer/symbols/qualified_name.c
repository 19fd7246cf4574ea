#include "analyzer/symbols/qualified_name.h"

#include "analyzer/symbols/cxx_name.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEST_MAX = 64,      /* scopes within scopes */
    LINKS_MAX = 4,      /* an entry, what it is an instance of, what that specifies */
    TYPES_MAX = 8,      /* types within types; deeper ones are "..." */
    ENTITIES_MAX = 100, /* in one name: debugging information may be damaged */
};

struct title {
    char text[2048];
    size_t used;
    unsigned entities;
};

/* An entry, and the entries that complete it. */
struct links {
    Dwarf_Die die[LINKS_MAX];
    unsigned count;
};

static void append_entity(struct title *t, Dwarf_Die *die, unsigned nest);

static void append(struct title *t, const char *text)
{
    size_t size = strlen(text), room = sizeof t->text - 1 - t->used;
    size = size < room ? size : room;
    memcpy(t->text + t->used, text, size);
    t->used += size;
}

/* --- reading --- */

static void follow(Dwarf_Die *die, struct links *l)
{
    Dwarf_Attribute attribute;
    l->die[0] = *die;
    l->count = 1;
    while (l->count < LINKS_MAX) {
        Dwarf_Die *from = &l->die[l->count - 1];
        if (dwarf_attr(from, DW_AT_abstract_origin, &attribute) == NULL &&
            dwarf_attr(from, DW_AT_specification, &attribute) == NULL)
            return;
        if (dwarf_formref_die(&attribute, &l->die[l->count]) == NULL)
            return;
        l->count++;
    }
}

static const char *name_of(const struct links *l)
{
    const char *name = NULL;
    Dwarf_Attribute attribute;
    for (unsigned i = l->count; i-- > 0 && name == NULL;)
        name = dwarf_formstring(dwarf_attr((Dwarf_Die *)&l->die[i], DW_AT_name, &attribute));
    return name;
}

/* The entries from below `scope` down to the one at `target`; their number. */
static unsigned path_to(Dwarf_Die *scope, Dwarf_Off target, Dwarf_Die *path)
{
    Dwarf_Die next, from = *scope;
    unsigned depth = 0;
    while (depth < NEST_MAX && dwarf_child(&from, &path[depth]) == 0) {
        while (dwarf_siblingof(&path[depth], &next) == 0 && dwarf_dieoffset(&next) <= target)
            path[depth] = next;
        from = path[depth++];
        if (dwarf_dieoffset(&from) == target)
            return depth;
    }
    return 0;
}

static unsigned number_of(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute found;
    Dwarf_Word value;
    return dwarf_formudata(dwarf_attr(die, attribute, &found), &value) == 0 ? (unsigned)value : 0;
}

static bool is_class(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

/* --- lambdas --- */

static bool is_call(const char *name)
{
    return name != NULL && strncmp(name, "operator()", 10) == 0;
}

/* The class of a lambda has no name (gcc 10: "<lambda()>"), and can be called. */
static bool is_lambda(Dwarf_Die *die)
{
    Dwarf_Die member;
    const char *name = is_class(die) ? dwarf_diename(die) : "";
    if ((name != NULL && strncmp(name, "<lambda", 7) != 0) || dwarf_child(die, &member) != 0)
        return false;
    do
        if (dwarf_tag(&member) == DW_TAG_subprogram && is_call(dwarf_diename(&member)))
            return true;
    while (dwarf_siblingof(&member, &member) == 0);
    return false;
}

/* By line and column; clang writes no columns, but entries in the order of the source. */
static bool is_before(Dwarf_Die *a, Dwarf_Die *b)
{
    static const unsigned keys[] = {DW_AT_decl_line, DW_AT_decl_column};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        unsigned x = number_of(a, keys[i]), y = number_of(b, keys[i]);
        if (x != y)
            return x < y;
    }
    return dwarf_dieoffset(a) < dwarf_dieoffset(b);
}

static unsigned lambdas_before(Dwarf_Die *scope, Dwarf_Die *lambda, unsigned nest)
{
    Dwarf_Die die;
    unsigned count = 0;
    if (nest == NEST_MAX || dwarf_child(scope, &die) != 0)
        return 0;
    do {
        if (dwarf_tag(&die) == DW_TAG_lexical_block)
            count += lambdas_before(&die, lambda, nest + 1);
        else if (is_lambda(&die) && number_of(&die, DW_AT_decl_file) == number_of(lambda, DW_AT_decl_file))
            count += is_before(&die, lambda);
    } while (dwarf_siblingof(&die, &die) == 0);
    return count;
}

static void append_lambda(struct title *t, Dwarf_Die *scope, Dwarf_Die *die)
{
    char text[40];
    snprintf(text, sizeof text, "{lambda#%u}", 1 + lambdas_before(scope, die, 0));
    append(t, text);
}

/* --- types --- */

/* clang's name for a basic type that gcc names otherwise. */
static const char *type_name(const char *name)
{
    static const char *const names[][2] = {
        {"long unsigned int", "unsigned long"},
        {"short unsigned int", "unsigned short"},
        {"long long unsigned int", "unsigned long long"},
        {"long int", "long"},
        {"short int", "short"},
        {"long long int", "long long"},
    };
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return name == NULL ? "?" : name;
}

static const char *mark_of(int tag)
{
    switch (tag) {
    case DW_TAG_pointer_type:
        return "*";
    case DW_TAG_reference_type:
        return "&";
    case DW_TAG_rvalue_reference_type:
        return "&&";
    case DW_TAG_array_type:
        return "[]";
    case DW_TAG_const_type:
        return " const";
    case DW_TAG_volatile_type:
        return " volatile";
    case DW_TAG_typedef:
        return "";
    default:
        return NULL;
    }
}

static void append_type(struct title *t, Dwarf_Die *of, unsigned nest)
{
    Dwarf_Attribute attribute;
    Dwarf_Die die;
    if (dwarf_formref_die(dwarf_attr(of, DW_AT_type, &attribute), &die) == NULL) {
        append(t, "void");
        return;
    }
    int tag = dwarf_tag(&die);
    const char *mark = mark_of(tag);
    if (nest >= TYPES_MAX || t->entities >= ENTITIES_MAX) {
        append(t, "...");
    } else if (mark != NULL) {
        append_type(t, &die, nest + 1);
        append(t, mark);
    } else if (tag == DW_TAG_subroutine_type) {
        append_type(t, &die, nest + 1);
        append(t, "()");
    } else if (is_class(&die) || tag == DW_TAG_enumeration_type) {
        append_entity(t, &die, nest + 1);
    } else {
        append(t, type_name(dwarf_diename(&die)));
    }
}

static void append_value(struct title *t, Dwarf_Die *parameter)
{
    Dwarf_Attribute attribute;
    Dwarf_Sword n;
    char text[40] = "?";
    if (dwarf_formsdata(dwarf_attr(parameter, DW_AT_const_value, &attribute), &n) == 0)
        snprintf(text, sizeof text, "%lld", (long long)n);
    append(t, text);
}

/* gcc (12) lists the arguments of a generic lambda twice. */
static bool same_name(Dwarf_Die *a, Dwarf_Die *b)
{
    const char *x = dwarf_diename(a), *y = dwarf_diename(b);
    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* The arguments of a template, after `count` that came before; the new count. */
static unsigned append_arguments(struct title *t, Dwarf_Die *die, unsigned count, unsigned nest)
{
    Dwarf_Die child, first = {.addr = NULL};
    Dwarf_Attribute attribute;
    if (dwarf_child(die, &child) != 0)
        return count;
    do {
        int tag = dwarf_tag(&child);
        if (first.addr != NULL && same_name(&first, &child))
            return count;
        if (tag == DW_TAG_GNU_template_parameter_pack) {
            count = append_arguments(t, &child, count, nest);
            continue;
        }
        if (tag != DW_TAG_template_type_parameter && tag != DW_TAG_template_value_parameter &&
            tag != DW_TAG_GNU_template_template_param)
            continue;
        first = first.addr == NULL ? child : first;
        append(t, count++ == 0 ? "<" : ", ");
        const char *name = dwarf_formstring(dwarf_attr(&child, DW_AT_GNU_template_name, &attribute));
        if (tag == DW_TAG_template_type_parameter)
            append_type(t, &child, nest);
        else if (tag == DW_TAG_template_value_parameter)
            append_value(t, &child);
        else
            append(t, name == NULL ? "?" : name);
    } while (dwarf_siblingof(&child, &child) == 0);
    return count;
}

static bool is_template(Dwarf_Die *die)
{
    Dwarf_Die child;
    if (dwarf_child(die, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        if (tag == DW_TAG_template_type_parameter || tag == DW_TAG_template_value_parameter ||
            tag == DW_TAG_GNU_template_parameter_pack || tag == DW_TAG_GNU_template_template_param)
            return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* --- names --- */

/* The size of a name without its template arguments. */
static size_t stem(const char *name)
{
    const char *from = name;
    if (strncmp(name, "operator", 8) == 0)
        for (from += 8; *from != 0 && strchr("<>=-", *from) != NULL && from - name < 10;)
            from++;
    size_t size = (size_t)(from - name) + strcspn(from, "<");
    while (size > 0 && name[size - 1] == ' ')
        size--;
    return size;
}

/* The name of an entry without its scopes, with its template arguments; `name` "": only these. */
static void append_own_name(struct title *t, const struct links *l, const char *name, unsigned nest)
{
    char text[512];
    unsigned i = 0;
    while (i < l->count && !is_template((Dwarf_Die *)&l->die[i]))
        i++;
    size_t size = i < l->count ? stem(name) : strlen(name);
    snprintf(text, sizeof text, "%.*s", (int)size, name);
    append(t, text);
    if (i == l->count)
        return;
    bool any = append_arguments(t, (Dwarf_Die *)&l->die[i], 0, nest) != 0;
    append(t, any ? ">" : name + size); /* gcc (12) lists none of a class's pack */
}

static bool is_inline(Dwarf_Die *space, const char *name)
{
    return dwarf_hasattr(space, DW_AT_export_symbols) || strcmp(name, "__cxx11") == 0 || strcmp(name, "__1") == 0;
}

static void append_separator(struct title *t, size_t start)
{
    append(t, t->used > start ? "::" : "");
}

static void append_scope(struct title *t, size_t start, Dwarf_Die *around, Dwarf_Die *die, unsigned nest)
{
    const char *name = dwarf_diename(die);
    struct links l;
    if (dwarf_tag(die) == DW_TAG_namespace && (name == NULL || !is_inline(die, name))) {
        append_separator(t, start);
        append(t, name == NULL ? "(anonymous namespace)" : name);
    } else if (is_lambda(die)) {
        append_separator(t, start);
        append_lambda(t, around, die);
    } else if (is_class(die) || dwarf_tag(die) == DW_TAG_enumeration_type) {
        follow(die, &l);
        name = name_of(&l);
        append_separator(t, start);
        append_own_name(t, &l, name == NULL ? "{unnamed}" : name, nest);
    }
}

/* The functions of a lambda: its operator, and the plain functions that gcc and clang make of it. */
static bool is_of_lambda(const char *name)
{
    return is_call(name) || strcmp(name, "_FUN") == 0 || strcmp(name, "__invoke") == 0;
}

static const char *linkage_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
}

/* The function that encloses a local entity, by its mangled name: _ZZ<function>E<entity> (Itanium C++ ABI, 5.1.6). */
static bool find_enclosing(Dwarf_Die *scope, const char *mangled, Dwarf_Die *around, unsigned nest)
{
    Dwarf_Die die;
    bool found = false;
    if (nest == NEST_MAX || strncmp(mangled, "_ZZ", 3) != 0 || dwarf_child(scope, &die) != 0)
        return false;
    do {
        const char *name = dwarf_tag(&die) == DW_TAG_subprogram ? linkage_name(&die) : NULL;
        size_t size = name == NULL ? 0 : strlen(name);
        if (size > 2 && strncmp(mangled + 3, name + 2, size - 2) == 0 && mangled[size + 1] == 'E') {
            *around = die;
            found = true;
        }
        if (dwarf_tag(&die) == DW_TAG_namespace)
            found |= find_enclosing(&die, mangled, around, nest + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
    return found;
}

/* When clang (14) optimises, the function that encloses a local class has no name and no other attribute. */
static void append_enclosing(struct title *t, const struct links *l, Dwarf_Die *unit, Dwarf_Die *around, unsigned nest)
{
    struct links of;
    Dwarf_Die found;
    const char *mangled = linkage_name((Dwarf_Die *)&l->die[0]);
    follow(around, &of);
    if (name_of(&of) != NULL)
        append_entity(t, around, nest + 1);
    else if (mangled != NULL && find_enclosing(unit, mangled, &found, 0))
        append_entity(t, &found, nest + 1);
    else
        append(t, "?");
}

static void append_entity(struct title *t, Dwarf_Die *die, unsigned nest)
{
    struct links l;
    Dwarf_Die unit, path[NEST_MAX];
    size_t start = t->used;
    unsigned depth = 0, from = 0, around = 0;
    if (t->entities++ >= ENTITIES_MAX || nest > TYPES_MAX) {
        append(t, "...");
        return;
    }
    follow(die, &l);
    if (dwarf_diecu(&l.die[l.count - 1], &unit, NULL, NULL) != NULL)
        depth = path_to(&unit, dwarf_dieoffset(&l.die[l.count - 1]), path);
    for (unsigned i = 0; i + 1 < depth; i++)
        from = dwarf_tag(&path[i]) == DW_TAG_subprogram ? i + 1 : from;
    if (from != 0)
        append_enclosing(t, &l, &unit, &path[from - 1], nest);
    around = from;
    for (unsigned i = from; i + 1 < depth; i++) {
        if (dwarf_tag(&path[i]) == DW_TAG_lexical_block)
            continue;
        append_scope(t, start, around == 0 ? &unit : &path[around - 1], &path[i], nest);
        around = i + 1;
    }
    Dwarf_Die *scope = around == 0 ? &unit : &path[around - 1];
    const char *name = name_of(&l);
    if (is_class(die) || name == NULL) {
        append_scope(t, start, scope, &l.die[l.count - 1], nest);
    } else if (is_lambda(scope) && is_of_lambda(name)) {
        append_own_name(t, &l, "", nest);
    } else {
        append_separator(t, start);
        append_own_name(t, &l, name, nest);
    }
}

bool qualified_name_applies(Dwarf_Die *die)
{
    Dwarf_Die unit;
    switch (dwarf_diecu(die, &unit, NULL, NULL) == NULL ? -1 : dwarf_srclang(&unit)) {
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case 0x2b: /* C++17, C++20, C++23: newer than some dwarf.h */
    case 0x2c:
    case 0x3a:
        return true;
    default:
        return false;
    }
}

char *qualified_name_of(Dwarf_Die *die)
{
    struct title t = {.used = 0};
    append_entity(&t, die, 0);
    t.text[t.used] = 0;
    cxx_name_tidy(t.text);
    return t.used == 0 ? NULL : strdup(t.text);
}
