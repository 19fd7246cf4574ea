/*
 * What a thread holds as a plain list, where no path says it. Two threads have one: that of a fork's child, with the
 * locks that it inherited, until it needs a record; and one that holds very many locks and releases one far from the
 * innermost, until it blocks or holds few again. thread.outer is then HELD_LIST and thread.path 0.
 *
 * It is the calling thread's own, changed with its recursion guard closed, so no signal handler of its comes in
 * between; no other thread reads it.
 */
#ifndef LOCKWATCH_PRELOAD_HOLD_HELD_LIST_H
#define LOCKWATCH_PRELOAD_HOLD_HELD_LIST_H

#include "preload/os/real.h"

#include <stdint.h>

struct held_item {
    uint64_t address, site;
    uint32_t as;    /* HOLD_AS */
    uint32_t stack; /* 0: not known */
};

/* Stands in thread.outer for the address of a lock; lies where no lock can. */
extern const char held_list_mark HIDDEN;
#define HELD_LIST ((uint64_t)(uintptr_t)&held_list_mark)

/* Begin with what is held on a path (0: nothing) but for one node. False: it is too much, or there is no memory. */
bool held_list_take(uint32_t path, uint32_t without) HIDDEN;

/* From the outermost (0) to the innermost. */
uint32_t held_list_count(void) HIDDEN;
struct held_item held_list_at(uint32_t i) HIDDEN;

/* An innermost one more, unless the list is full. */
void held_list_add(struct held_item item) HIDDEN;

/* The innermost of an address is released; false: it is not among them. */
bool held_list_remove(uint64_t address) HIDDEN;

/* It is on a path now. */
void held_list_clear(void) HIDDEN;

/* The thread ended: its memory serves another. */
void held_list_end(void) HIDDEN;

#endif
