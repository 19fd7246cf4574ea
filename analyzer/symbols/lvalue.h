/*
 * What a line of C or C++ passes to a function that acquires or initialises a lock: expressions that name an object,
 * such as `c->shard[i].lock` in `pthread_mutex_lock(&c->shard[i].lock);`, `a.m` in `std::lock_guard g(a.m);` and
 * `q->mutex` in `q->mutex.lock();`. By the text alone; what these are, the debugging information says (lock_object.h).
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_LVALUE_H
#define LOCKWATCH_ANALYZER_SYMBOLS_LVALUE_H

#include <stdbool.h>
#include <stddef.h>

enum { LVALUE_STEPS = 12, LVALUES_MOST = 8 };

struct lvalue_step {
    enum { LVALUE_ROOT, LVALUE_MEMBER, LVALUE_ARROW, LVALUE_INDEX } how;
    const char *name; /* of the root or member; or what is in the brackets */
    size_t size;
};

struct lvalue {
    const char *text;
    size_t size;
    struct lvalue_step step[LVALUE_STEPS];
    unsigned steps;
    bool pointed; /* the object that it points to is meant: `m` of `m->lock()` */
    bool odd;     /* it is a part of a larger expression: `c->locks` of `c->locks + 1` */
};

/* Which calls count, by name. `method`: it is called of an object, which is what counts, instead of the arguments. */
struct lvalue_calls {
    bool (*counts)(void *context, const char *name, size_t size, bool method);
    void *context;
};

/*
 * The expressions in a text, each once, up to LVALUES_MOST, and how many that are. If one of the calls stands at
 * `column`, counted from 1, only its own. None where the text is too intricate.
 */
unsigned lvalues_in(const char *text, size_t size, unsigned column, const struct lvalue_calls *calls,
                    struct lvalue *found);

#endif
