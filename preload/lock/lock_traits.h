/*
 * What a caller knows of a lock that may not have an id yet.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_LOCK_TRAITS_H
#define LOCKWATCH_PRELOAD_LOCK_LOCK_TRAITS_H

#include <stdint.h>

struct lock_traits {
    uint16_t kind;   /* enum lock_kind */
    uint32_t traits; /* enum lock_trait */
    uint32_t value;
    uint64_t site; /* code address of the call that initialises it, as it was noted, or uses it */
    uint64_t call; /* in Python code: what callers_learn_python says of an initialisation; else 0 */
};

#endif
