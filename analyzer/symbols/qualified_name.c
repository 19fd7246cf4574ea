#include "analyzer/symbols/qualified_name.h"

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

/* An entry, and those that say more of it. */
struct links {
    Dwarf_Die die[LINKS_MAX];
    unsigned count;
};

static void entity(struct title *t, Dwarf_Die *die, unsigned nest);

static void add(struct title *t, const char *text)
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

/* From below `scope` down to the entry at `target`; the number of entries. */
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

static unsigned number(Dwarf_Die *die, unsigned attribute)
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

/* The class of one: without a name (gcc 10: "<lambda()>"), and it can be called. */
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

/* clang writes no columns, but entries in the order of the source. */
static bool stands_before(Dwarf_Die *a, Dwarf_Die *b)
{
    static const unsigned keys[] = {DW_AT_decl_line, DW_AT_decl_column};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        unsigned x = number(a, keys[i]), y = number(b, keys[i]);
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
        else if (is_lambda(&die) && number(&die, DW_AT_decl_file) == number(lambda, DW_AT_decl_file))
            count += stands_before(&die, lambda);
    } while (dwarf_siblingof(&die, &die) == 0);
    return count;
}

static void lambda(struct title *t, Dwarf_Die *scope, Dwarf_Die *die)
{
    char text[40];
    snprintf(text, sizeof text, "{lambda#%u}", 1 + lambdas_before(scope, die, 0));
    add(t, text);
}

/* --- types --- */

/* gcc's names of them as clang has them. */
static const char *base_name(const char *name)
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

static void type(struct title *t, Dwarf_Die *of, unsigned nest)
{
    Dwarf_Attribute attribute;
    Dwarf_Die die;
    if (dwarf_formref_die(dwarf_attr(of, DW_AT_type, &attribute), &die) == NULL) {
        add(t, "void");
        return;
    }
    int tag = dwarf_tag(&die);
    const char *mark = mark_of(tag);
    if (nest >= TYPES_MAX || t->entities >= ENTITIES_MAX) {
        add(t, "...");
    } else if (mark != NULL) {
        type(t, &die, nest + 1);
        add(t, mark);
    } else if (tag == DW_TAG_subroutine_type) {
        type(t, &die, nest + 1);
        add(t, "()");
    } else if (is_class(&die) || tag == DW_TAG_enumeration_type) {
        entity(t, &die, nest + 1);
    } else {
        add(t, base_name(dwarf_diename(&die)));
    }
}

static void value(struct title *t, Dwarf_Die *parameter)
{
    Dwarf_Attribute attribute;
    Dwarf_Sword n;
    char text[40] = "?";
    if (dwarf_formsdata(dwarf_attr(parameter, DW_AT_const_value, &attribute), &n) == 0)
        snprintf(text, sizeof text, "%lld", (long long)n);
    add(t, text);
}

/* gcc (12) lists the arguments of a generic lambda twice. */
static bool same_name(Dwarf_Die *a, Dwarf_Die *b)
{
    const char *x = dwarf_diename(a), *y = dwarf_diename(b);
    return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* The arguments of a template, from those of `die` on: how many there were so far. */
static unsigned arguments(struct title *t, Dwarf_Die *die, unsigned count, unsigned nest)
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
            count = arguments(t, &child, count, nest);
            continue;
        }
        if (tag != DW_TAG_template_type_parameter && tag != DW_TAG_template_value_parameter &&
            tag != DW_TAG_GNU_template_template_param)
            continue;
        first = first.addr == NULL ? child : first;
        add(t, count++ == 0 ? "<" : ", ");
        const char *name = dwarf_formstring(dwarf_attr(&child, DW_AT_GNU_template_name, &attribute));
        if (tag == DW_TAG_template_type_parameter)
            type(t, &child, nest);
        else if (tag == DW_TAG_template_value_parameter)
            value(t, &child);
        else
            add(t, name == NULL ? "?" : name);
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

/* How much of a name comes before its template arguments. */
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

/* The name of one entry alone, with its template arguments. `name` "" leaves only these. */
static void own_name(struct title *t, const struct links *l, const char *name, unsigned nest)
{
    char text[512];
    unsigned i = 0;
    while (i < l->count && !is_template((Dwarf_Die *)&l->die[i]))
        i++;
    size_t size = i < l->count ? stem(name) : strlen(name);
    snprintf(text, sizeof text, "%.*s", (int)size, name);
    add(t, text);
    if (i == l->count)
        return;
    bool any = arguments(t, (Dwarf_Die *)&l->die[i], 0, nest) != 0;
    add(t, any ? ">" : name + size); /* gcc (12) lists none of a class's pack */
}

static bool is_inline(Dwarf_Die *space, const char *name)
{
    return dwarf_hasattr(space, DW_AT_export_symbols) || strcmp(name, "__cxx11") == 0 || strcmp(name, "__1") == 0;
}

static void join(struct title *t, size_t start)
{
    add(t, t->used > start ? "::" : "");
}

static void scope_name(struct title *t, size_t start, Dwarf_Die *around, Dwarf_Die *die, unsigned nest)
{
    const char *name = dwarf_diename(die);
    struct links l;
    if (dwarf_tag(die) == DW_TAG_namespace && (name == NULL || !is_inline(die, name))) {
        join(t, start);
        add(t, name == NULL ? "(anonymous namespace)" : name);
    } else if (is_lambda(die)) {
        join(t, start);
        lambda(t, around, die);
    } else if (is_class(die) || dwarf_tag(die) == DW_TAG_enumeration_type) {
        follow(die, &l);
        name = name_of(&l);
        join(t, start);
        own_name(t, &l, name == NULL ? "{unnamed}" : name, nest);
    }
}

/* Of what calls a lambda: its operator, and what makes a plain function of it in gcc and in clang. */
static bool is_lambdas(const char *name)
{
    return is_call(name) || strcmp(name, "_FUN") == 0 || strcmp(name, "__invoke") == 0;
}

static const char *linkage_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
}

/* The function around what is local to it, by a mangled name: _ZZ<function>E<what> (Itanium C++ ABI, 5.1.6). */
static bool find_around(Dwarf_Die *scope, const char *mangled, Dwarf_Die *around, unsigned nest)
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
            found |= find_around(&die, mangled, around, nest + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
    return found;
}

/* Where clang (14) optimises, it leaves the function around a local class without a name or anything else. */
static void function_around(struct title *t, const struct links *l, Dwarf_Die *unit, Dwarf_Die *around, unsigned nest)
{
    struct links of;
    Dwarf_Die found;
    const char *mangled = linkage_name((Dwarf_Die *)&l->die[0]);
    follow(around, &of);
    if (name_of(&of) != NULL)
        entity(t, around, nest + 1);
    else if (mangled != NULL && find_around(unit, mangled, &found, 0))
        entity(t, &found, nest + 1);
    else
        add(t, "?");
}

static void entity(struct title *t, Dwarf_Die *die, unsigned nest)
{
    struct links l;
    Dwarf_Die unit, path[NEST_MAX];
    size_t start = t->used;
    unsigned depth = 0, from = 0, around = 0;
    if (t->entities++ >= ENTITIES_MAX || nest > TYPES_MAX) {
        add(t, "...");
        return;
    }
    follow(die, &l);
    if (dwarf_diecu(&l.die[l.count - 1], &unit, NULL, NULL) != NULL)
        depth = path_to(&unit, dwarf_dieoffset(&l.die[l.count - 1]), path);
    for (unsigned i = 0; i + 1 < depth; i++)
        from = dwarf_tag(&path[i]) == DW_TAG_subprogram ? i + 1 : from;
    if (from != 0)
        function_around(t, &l, &unit, &path[from - 1], nest);
    around = from;
    for (unsigned i = from; i + 1 < depth; i++) {
        if (dwarf_tag(&path[i]) == DW_TAG_lexical_block)
            continue;
        scope_name(t, start, around == 0 ? &unit : &path[around - 1], &path[i], nest);
        around = i + 1;
    }
    Dwarf_Die *scope = around == 0 ? &unit : &path[around - 1];
    const char *name = name_of(&l);
    if (is_class(die) || name == NULL) {
        scope_name(t, start, scope, &l.die[l.count - 1], nest);
    } else if (is_lambda(scope) && is_lambdas(name)) {
        own_name(t, &l, "", nest);
    } else {
        join(t, start);
        own_name(t, &l, name, nest);
    }
}

bool qualified_name_known(Dwarf_Die *die)
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
    entity(&t, die, 0);
    t.text[t.used] = 0;
    qualified_name_tidy(t.text);
    return t.used == 0 ? NULL : strdup(t.text);
}

/* --- names as texts --- */

/* `to` is the shorter one. */
static void replace(char *name, const char *from, const char *to)
{
    size_t size = strlen(to);
    for (char *at = name; (at = strstr(at, from)) != NULL; at++) {
        char *rest = at + strlen(from);
        memmove(at + size, rest, strlen(rest) + 1);
        for (size_t i = 0; i < size; i++)
            at[i] = to[i];
    }
}

void qualified_name_tidy(char *name)
{
    replace(name, "std::__cxx11::", "std::");
    replace(name, "std::__1::", "std::");
    replace(name, "> >", ">>");
    replace(name, "std::basic_string<char, std::char_traits<char>, std::allocator<char>>", "std::string");
}

/* Where an operator's name ends that begins at `at`; `at` if none does. */
static const char *past_operator(const char *name, const char *at)
{
    bool word = strncmp(at, "operator", 8) == 0 && (at == name || at[-1] == ':');
    return word ? at + 8 + strspn(at + 8, "<>=-") : at;
}

/* Behind the bracket that belongs to the one at `at`; NULL: there is none. */
static const char *past_bracket(const char *at)
{
    unsigned open = 0;
    for (; *at != 0; at++) {
        open += *at == '<';
        if (*at == '>' && at[-1] != '-' && --open == 0)
            return at + 1;
    }
    return NULL;
}

char *qualified_name_fold(const char *name)
{
    size_t used = 0;
    bool folded = false;
    char *text = malloc(strlen(name) * 2 + 1);
    for (const char *at = name, *past; text != NULL && *at != 0;) {
        if ((past = past_operator(name, at)) != at) {
            memcpy(text + used, at, (size_t)(past - at));
            used += (size_t)(past - at);
            at = past;
        } else if (*at == '<' && at != name && (past = past_bracket(at)) != NULL) {
            memcpy(text + used, "<...>", 5);
            used += 5;
            at = past;
            folded = true;
        } else {
            text[used++] = *at++;
        }
    }
    if (text == NULL || !folded) {
        free(text);
        return NULL;
    }
    text[used] = 0;
    return text;
}
