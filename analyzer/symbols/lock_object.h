/*
 * Whether an expression in a function is a lock, and what it is a part of, by the types in the debugging information.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_LOCK_OBJECT_H
#define LOCKWATCH_ANALYZER_SYMBOLS_LOCK_OBJECT_H

#include "analyzer/symbols/lvalue.h"

#include <elfutils/libdw.h>
#include <stdint.h>

enum lock_object_is {
    OBJECT_OTHER,   /* no such lock, or it cannot be known */
    OBJECT_POINTED, /* a pointer or reference to one: whichever it is */
    OBJECT_ELEMENT, /* one of those that a pointer leads to */
    OBJECT_PART,    /* a variable, a member, or an element of such */
};

struct lock_object {
    enum lock_object_is is;
    bool parameter; /* it is the pointer or reference that the function was given, or that its constructor was */
    bool own;       /* a member of the function's own object, named alone */
    char name[160]; /* the same for the same lock, whatever leads to it: `shard::lock`, `table::forks[]`, `main::m` */
    char owner[80]; /* of a member: the type that has it, `shard` */
};

/* What is looked for: a lock of this kind, or, if that is not NULL, an object of this class. */
struct lock_object_wanted {
    uint32_t kind;
    const char *class;
};

/* Of an expression in a function, which may be an inlined one. `function`: its name with all scopes. */
void lock_object_of(Dwarf_Die *die, const char *function, const struct lvalue *v,
                    const struct lock_object_wanted *wanted, struct lock_object *object);

/* Whether a variable of the function is one whose class is called so, or with template arguments after it. */
bool lock_object_is_variable(Dwarf_Die *die, const char *name, size_t size, const char *const *classes);

#endif
