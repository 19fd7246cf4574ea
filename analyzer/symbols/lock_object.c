#include "analyzer/symbols/lock_object.h"

#include "analyzer/symbols/cxx_name.h"
#include "analyzer/symbols/qualified_name.h"
#include "record/layout.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEST_MAX = 16, ENTRIES_MAX = 200000 };

/* --- types --- */

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) != NULL;
}

static bool is_called(Dwarf_Die *die, const char *name, size_t size)
{
    const char *own = dwarf_diename(die);
    return own != NULL && strlen(own) == size && memcmp(own, name, size) == 0;
}

static bool is_lock_type(const char *name, uint32_t kind)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } types[] = {
        {"pthread_mutex_t", KIND_MUTEX},
        {"mtx_t", KIND_MUTEX},
        {"mutex", KIND_MUTEX},
        {"timed_mutex", KIND_MUTEX},
        {"recursive_mutex", KIND_MUTEX},
        {"recursive_timed_mutex", KIND_MUTEX},
        {"pthread_rwlock_t", KIND_RWLOCK},
        {"shared_mutex", KIND_RWLOCK},
        {"shared_timed_mutex", KIND_RWLOCK},
        {"pthread_spinlock_t", KIND_SPINLOCK},
        {"sem_t", KIND_SEMAPHORE},
        {"pthread_cond_t", KIND_CONDITION},
        {"cnd_t", KIND_CONDITION},
        {"condition_variable", KIND_CONDITION},
        {"pthread_barrier_t", KIND_BARRIER},
        {"pthread_once_t", KIND_ONCE},
        {"once_flag", KIND_ONCE},
        {"GMutex", KIND_GMUTEX},
        {"GRecMutex", KIND_GRECMUTEX},
        {"GRWLock", KIND_GRWLOCK},
        {"GCond", KIND_GCOND},
        {"omp_lock_t", KIND_OMP_LOCK},
        {"omp_nest_lock_t", KIND_OMP_NEST_LOCK},
        {"QMutex", KIND_QMUTEX},
        {"QBasicMutex", KIND_QMUTEX},
        {"QRecursiveMutex", KIND_QMUTEX},
        {"QReadWriteLock", KIND_QREADWRITELOCK},
    };
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++)
        if (types[i].kind == kind && strcmp(types[i].name, name) == 0)
            return true;
    return false;
}

static bool is_wanted(const char *name, const struct lock_object_wanted *wanted)
{
    return wanted->class != NULL ? name != NULL && strcmp(name, wanted->class) == 0 : is_lock_type(name, wanted->kind);
}

/* A type without what only qualifies it. */
struct bare {
    Dwarf_Die type;
    const char *alias; /* the last name that it was given: of a struct without one */
    bool wanted;       /* one of its names is that of what is looked for */
    bool referred;     /* it was a reference */
};

static bool strip(Dwarf_Die *type, const struct lock_object_wanted *wanted, struct bare *b)
{
    *b = (struct bare){.type = *type};
    for (unsigned nest = 0; nest < NEST_MAX; nest++) {
        int tag = dwarf_tag(&b->type);
        const char *name = dwarf_diename(&b->type);
        bool qualifies = tag == DW_TAG_const_type || tag == DW_TAG_volatile_type || tag == DW_TAG_atomic_type;
        bool refers = tag == DW_TAG_reference_type || tag == DW_TAG_rvalue_reference_type;
        if (!qualifies && !refers && tag != DW_TAG_pointer_type)
            b->wanted |= is_wanted(name, wanted);
        if (tag == DW_TAG_typedef)
            b->alias = name;
        else if (!qualifies && !refers)
            return true;
        b->referred |= refers;
        if (!type_of(&b->type, &b->type))
            return false;
    }
    return false;
}

static bool is_struct(Dwarf_Die *type)
{
    int tag = dwarf_tag(type);
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

/* The first template argument of one of these classes: what it leads to, or is made of. */
static bool first_argument(Dwarf_Die *class, const char *const *classes, Dwarf_Die *type)
{
    Dwarf_Die child;
    const char *name = dwarf_diename(class);
    bool listed = false;
    for (; name != NULL && *classes != NULL; classes++)
        listed |= strncmp(name, *classes, strlen(*classes)) == 0;
    if (!listed || !is_struct(class) || dwarf_child(class, &child) != 0)
        return false;
    do
        if (dwarf_tag(&child) == DW_TAG_template_type_parameter)
            return type_of(&child, type);
    while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

static unsigned dimensions(Dwarf_Die *array)
{
    Dwarf_Die range;
    unsigned count = 0;
    if (dwarf_child(array, &range) != 0)
        return 0;
    do
        count += dwarf_tag(&range) == DW_TAG_subrange_type;
    while (dwarf_siblingof(&range, &range) == 0);
    return count;
}

/* --- variables --- */

struct search {
    const char *name;
    size_t size;
    unsigned left; /* entries that may still be read */
    bool found, ambiguous, parameter;
    Dwarf_Die type;
};

static void take(struct search *s, Dwarf_Die *die)
{
    Dwarf_Die type;
    if (!is_called(die, s->name, s->size))
        return;
    if (!type_of(die, &type) || (s->found && (type.addr != s->type.addr || type.cu != s->type.cu)))
        s->ambiguous = true;
    else
        s->type = type;
    s->found = true;
    s->parameter |= dwarf_tag(die) == DW_TAG_formal_parameter;
}

/* Those of a function, wherever in it: if several have the name, they must have one type. */
static void search_function(struct search *s, Dwarf_Die *scope, unsigned nest)
{
    Dwarf_Die die;
    if (nest > NEST_MAX || dwarf_child(scope, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (s->left == 0) {
            s->ambiguous = true;
            return;
        }
        s->left--;
        if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
            take(s, &die);
        else if (tag == DW_TAG_lexical_block)
            search_function(s, &die, nest + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Those of a unit. */
static void search_unit(struct search *s, Dwarf_Die *scope, unsigned nest)
{
    Dwarf_Die die;
    if (nest > NEST_MAX || dwarf_child(scope, &die) != 0)
        return;
    do {
        if (s->left == 0) {
            s->ambiguous = true;
            return;
        }
        s->left--;
        if (dwarf_tag(&die) == DW_TAG_variable)
            take(s, &die);
        else if (dwarf_tag(&die) == DW_TAG_namespace)
            search_unit(s, &die, nest + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

static bool find_variable(Dwarf_Die *function, const char *name, size_t size, struct search *s)
{
    Dwarf_Attribute attribute;
    Dwarf_Die abstract;
    *s = (struct search){.name = name, .size = size, .left = ENTRIES_MAX};
    search_function(s, function, 0);
    if (dwarf_formref_die(dwarf_attr(function, DW_AT_abstract_origin, &attribute), &abstract) != NULL)
        search_function(s, &abstract, 0);
    return s->found && !s->ambiguous;
}

/* --- members --- */

struct member {
    Dwarf_Die type;
    Dwarf_Die owner; /* the innermost struct with a name that has it */
    bool owned;
};

static bool find_member(Dwarf_Die *type, const char *name, size_t size, unsigned nest, struct member *m)
{
    Dwarf_Die child, inner;
    const struct lock_object_wanted nothing = {.kind = KIND_NONE};
    struct bare bare;
    if (nest > NEST_MAX || !is_struct(type) || dwarf_child(type, &child) != 0)
        return false;
    do {
        int tag = dwarf_tag(&child);
        bool here = tag == DW_TAG_member && is_called(&child, name, size);
        bool inside = tag == DW_TAG_inheritance || (tag == DW_TAG_member && dwarf_diename(&child) == NULL);
        if ((!here && !inside) || dwarf_hasattr(&child, DW_AT_external) || !type_of(&child, &inner))
            continue;
        if (inside && (!strip(&inner, &nothing, &bare) || !find_member(&bare.type, name, size, nest + 1, m)))
            continue;
        if (here)
            *m = (struct member){.type = inner};
        if (!m->owned && dwarf_diename(type) != NULL) {
            m->owner = *type;
            m->owned = true;
        }
        return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

/* --- from the root down to the object --- */

struct walk {
    const struct lock_object_wanted *wanted;
    struct lock_object *object;
    struct bare at;
    unsigned dimensions; /* of an array, those that an index was given for */
    bool elements;       /* an index was applied to a pointer */
};

static bool go_to(struct walk *w, Dwarf_Die *type)
{
    w->dimensions = 0;
    return strip(type, w->wanted, &w->at);
}

static void set_owner(struct lock_object *object, Dwarf_Die *owner, const char *alias)
{
    char *whole = qualified_name_applies(owner) ? qualified_name_of(owner) : NULL;
    char *folded = whole == NULL ? NULL : cxx_name_fold(whole);
    const char *name = folded != NULL ? folded : whole != NULL ? whole : dwarf_diename(owner);
    snprintf(object->owner, sizeof object->owner, "%s", name != NULL ? name : alias != NULL ? alias : "");
    free(whole);
    free(folded);
}

static bool to_member(struct walk *w, const char *name, size_t size)
{
    struct member m;
    const char *alias = w->at.alias;
    if (w->dimensions != 0 || !find_member(&w->at.type, name, size, 0, &m))
        return false;
    set_owner(w->object, m.owned ? &m.owner : &w->at.type, alias);
    if (w->object->owner[0] == 0 || snprintf(w->object->name, sizeof w->object->name, "%s::%.*s", w->object->owner,
                                             (int)size, name) >= (int)sizeof w->object->name)
        return false;
    w->elements = false;
    return go_to(w, &m.type);
}

static bool through_pointer(struct walk *w)
{
    static const char *const pointers[] = {"unique_ptr<", "shared_ptr<", NULL};
    Dwarf_Die type;
    if (w->dimensions != 0)
        return false;
    if (dwarf_tag(&w->at.type) == DW_TAG_pointer_type ? !type_of(&w->at.type, &type)
                                                      : !first_argument(&w->at.type, pointers, &type))
        return false;
    return go_to(w, &type);
}

static bool to_element(struct walk *w)
{
    static const char *const containers[] = {"vector<", "deque<", "array<", NULL};
    Dwarf_Die type;
    size_t used = strlen(w->object->name);
    int tag = dwarf_tag(&w->at.type);
    if (used + 3 > sizeof w->object->name)
        return false;
    memcpy(w->object->name + used, "[]", 3);
    if (tag == DW_TAG_array_type) {
        unsigned all = dimensions(&w->at.type);
        w->elements |= w->at.referred;
        if (++w->dimensions < all)
            return true;
        return all != 0 && type_of(&w->at.type, &type) && go_to(w, &type);
    }
    w->elements |= tag == DW_TAG_pointer_type || w->at.referred;
    return w->dimensions == 0 &&
           (tag == DW_TAG_pointer_type ? type_of(&w->at.type, &type)
                                       : first_argument(&w->at.type, containers, &type)) &&
           go_to(w, &type);
}

/* A variable of the function, or of the one that a lambda in it is written in. */
static bool set_local(struct lock_object *object, const char *function, const struct lvalue_step *root)
{
    const char *lambda = strstr(function, "::{lambda");
    int size = lambda != NULL ? (int)(lambda - function) : (int)strlen(function);
    object->owner[0] = 0;
    return snprintf(object->name, sizeof object->name, "%.*s::%.*s", size, function, (int)root->size, root->name) <
           (int)sizeof object->name;
}

/* A variable that a lambda has captured: a member of its own, which gcc names with two underscores before it. */
static bool to_captured(struct walk *w, Dwarf_Die *die, const char *function, const struct lvalue_step *root)
{
    static const char *const own[] = {"this", "__closure"};
    char name[80];
    struct search s;
    struct member m;
    bool found = false;
    int size = snprintf(name, sizeof name, "__%.*s", (int)root->size, root->name);
    for (unsigned i = 0; i < 2 && !found && size < (int)sizeof name; i++)
        found = find_variable(die, own[i], strlen(own[i]), &s) && go_to(w, &s.type) && through_pointer(w) &&
                (find_member(&w->at.type, name, (size_t)size, 0, &m) ||
                 (dwarf_diename(&w->at.type) == NULL && find_member(&w->at.type, root->name, root->size, 0, &m)));
    if (!found || !go_to(w, &m.type))
        return false;
    w->at.referred = false;
    return set_local(w->object, function, root);
}

/* `this`, or, in a lambda, that of the function around it. */
static bool to_own_object(struct walk *w, Dwarf_Die *die)
{
    struct search s;
    struct member m;
    if (!find_variable(die, "this", 4, &s) || !go_to(w, &s.type) || !through_pointer(w))
        return false;
    return (!find_member(&w->at.type, "__this", 6, 0, &m) && !find_member(&w->at.type, "this", 4, 0, &m)) ||
           (go_to(w, &m.type) && through_pointer(w));
}

static bool to_root(struct walk *w, Dwarf_Die *die, const char *function, const struct lvalue_step *root)
{
    struct search s;
    Dwarf_Die unit;
    struct lock_object *object = w->object;
    if (strstr(function, "{lambda") != NULL && to_captured(w, die, function, root))
        return true;
    bool local = find_variable(die, root->name, root->size, &s);
    if (s.ambiguous)
        return false;
    if (!local && to_own_object(w, die) && to_member(w, root->name, root->size)) {
        object->own = true;
        return true;
    }
    if (!local && dwarf_cu_die(die->cu, &unit, NULL, NULL, NULL, NULL, NULL, NULL) != NULL)
        search_unit(&s, &unit, 0);
    if (!s.found || s.ambiguous)
        return false;
    object->parameter = local && s.parameter;
    object->owner[0] = 0;
    if (local)
        return set_local(object, function, root) && go_to(w, &s.type);
    return snprintf(object->name, sizeof object->name, "%.*s", (int)root->size, root->name) <
               (int)sizeof object->name &&
           go_to(w, &s.type);
}

static bool follow(struct walk *w, Dwarf_Die *die, const char *function, const struct lvalue *v)
{
    unsigned i = 1;
    if (v->step[0].size == 4 && memcmp(v->step[0].name, "this", 4) == 0) {
        if (v->steps < 2 || v->step[1].how != LVALUE_ARROW || !to_own_object(w, die) ||
            !to_member(w, v->step[1].name, v->step[1].size))
            return false;
        w->object->own = v->steps == 2;
        i = 2;
    } else if (!to_root(w, die, function, &v->step[0])) {
        return false;
    }
    for (bool good = true; i < v->steps; i++) {
        const struct lvalue_step *step = &v->step[i];
        w->object->own = w->object->parameter = false;
        if (step->how == LVALUE_INDEX)
            good = to_element(w);
        else
            good = (step->how != LVALUE_ARROW || through_pointer(w)) && to_member(w, step->name, step->size);
        if (!good)
            return false;
    }
    return w->dimensions == 0;
}

/* Whether the function makes its object: it is called like the class. */
static bool is_constructor(Dwarf_Die *die)
{
    struct search s;
    Dwarf_Die type;
    const struct lock_object_wanted nothing = {.kind = KIND_NONE};
    struct bare bare;
    const char *name = dwarf_diename(die), *class;
    if (name == NULL || !find_variable(die, "this", 4, &s) || !strip(&s.type, &nothing, &bare) ||
        !type_of(&bare.type, &type) || !strip(&type, &nothing, &bare) || (class = dwarf_diename(&bare.type)) == NULL)
        return false;
    size_t size = strcspn(class, "<");
    return strncmp(name, class, size) == 0 && (name[size] == 0 || name[size] == '<');
}

void lock_object_of(Dwarf_Die *die, const char *function, const struct lvalue *v,
                    const struct lock_object_wanted *wanted, struct lock_object *object)
{
    struct walk w = {.wanted = wanted, .object = object};
    *object = (struct lock_object){.is = OBJECT_OTHER};
    if (!follow(&w, die, function, v))
        return;
    bool reference = w.at.referred && !w.elements, pointer = dwarf_tag(&w.at.type) == DW_TAG_pointer_type;
    Dwarf_Die type;
    if (w.at.wanted && !reference && !v->pointed)
        object->is = w.elements ? OBJECT_ELEMENT : OBJECT_PART;
    else if ((w.at.wanted && reference && !v->pointed) ||
             (pointer && type_of(&w.at.type, &type) && go_to(&w, &type) && w.at.wanted))
        object->is = OBJECT_POINTED;
    if (object->is == OBJECT_POINTED && object->own && is_constructor(die))
        object->parameter = true;
    object->own &= object->is == OBJECT_PART;
}

bool lock_object_is_variable(Dwarf_Die *die, const char *name, size_t size, const char *const *classes)
{
    const struct lock_object_wanted nothing = {.kind = KIND_NONE};
    struct search s;
    struct bare bare;
    if (!find_variable(die, name, size, &s) || !strip(&s.type, &nothing, &bare) || !is_struct(&bare.type))
        return false;
    const char *class = dwarf_diename(&bare.type);
    for (; class != NULL && *classes != NULL; classes++) {
        size_t length = strlen(*classes);
        if (strncmp(class, *classes, length) == 0 && (class[length] == 0 || class[length] == '<'))
            return true;
    }
    return false;
}
