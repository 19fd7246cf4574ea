/*
 * Objects of Python code in a target: of which kind one is, and what it refers to. In CPython 3.11 to 3.14.
 *
 * Memory may have been freed, and is hostile: an object is believed to be one where it has a plausible number of
 * references and a type; what is visited is bounded. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PYTHON_OBJECTS_H
#define LOCKWATCH_ANALYZER_ATTACH_PYTHON_OBJECTS_H

#include "analyzer/attach/interpreter.h"

enum python_kind {
    PYTHON_OTHER,
    PYTHON_LOCK,
    PYTHON_RLOCK,
    PYTHON_FUNCTION, /* of C, or a method of an object of C */
    PYTHON_METHOD,   /* of an object, in Python */
    PYTHON_UNBOUND,  /* a method of a type of C, apart from its object */
    PYTHON_CODE,     /* a function in Python, or such a method */
    PYTHON_DICT,
    PYTHON_LIST,
    PYTHON_TUPLE,
    PYTHON_MODULE,
    PYTHON_TYPE,
    PYTHON_INSTANCE, /* of a class, with attributes of its own */
};

enum { PYTHON_TYPES = 256 };
struct python_objects {
    const struct interpreter *python;
    struct target *target;
    uint64_t function_type;
    struct {
        uint64_t address;
        enum python_kind kind;
    } type[PYTHON_TYPES]; /* what was asked about before */
};

void python_objects_open(struct python_objects *o, const struct interpreter *i);

uint64_t python_word(const struct python_objects *o, uint64_t address); /* 0: it cannot be read */
uint32_t python_number(const struct python_objects *o, uint64_t address);

/* Whether a text of C lies there. */
bool python_is_text(const struct python_objects *o, uint64_t address, const char *text);

enum python_kind python_kind(struct python_objects *o, uint64_t object);

/* Whether an object's type has that name, which for a class is what its code calls it. */
bool python_is_a(const struct python_objects *o, uint64_t object, const char *type);

/* `key`: a str, or 0, then item `index` of a list or tuple; `value` may be anything. True: enough. */
typedef bool python_visit(void *context, uint64_t key, uint64_t index, uint64_t value);

/*
 * What a dict, list or tuple has in it, or a module, a class or an instance has as attributes of its own; of a dict
 * only what has a str as its key. Gives whether `visit` had enough.
 */
bool python_each(struct python_objects *o, uint64_t object, python_visit *visit, void *context);

/* The attribute, or value in a dict, of that name; 0: there is none. An instance has those of its class, too. */
uint64_t python_look_up(struct python_objects *o, uint64_t object, const char *name);

#endif
