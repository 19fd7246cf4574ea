/*
 * The threads of the program: their slots in the record, found by the kernel's id and by pthread_t.
 *
 * A slot is assigned when a thread is created, before it runs. It is used again when the thread has ended, has been
 * joined or detached, and held nothing; a serial number distinguishes the threads of a slot.
 */
#ifndef LOCKWATCH_PRELOAD_THREAD_THREAD_H
#define LOCKWATCH_PRELOAD_THREAD_THREAD_H

#include "preload/os/self.h"
#include "preload/store/store.h"

#include <stdatomic.h>

static inline struct thread *thread_at(uint32_t id)
{
    return record_at(&ours, TABLE_THREADS, id, sizeof(struct thread), RECORD_SHIFT_THREADS);
}

/*
 * A slot for a thread that the calling one is about to create, by a call that returns to `site`; `born` is its
 * epoch_point then. 0: no room. Until it runs, the address in its want is the start routine.
 */
uint32_t thread_get(uint64_t start, uint64_t argument, bool detached, uint32_t born, uint64_t site) HIDDEN;

/*
 * For a thread that finds its recursion guard closed: true when that is because it was unknown, and now has a slot,
 * self.slot. Any wrapper may call it, however early.
 */
bool thread_adopt_if_unknown(void) HIDDEN;

/*
 * The thread blocks, or goes on: the number before. What it wrote until then is seen by all before what it reads and
 * writes after, so that of threads that block at one moment the last one sees all of it, and nobody takes what a thread
 * that went on has written for what it blocked with (docs/memory-order.md).
 */
static inline uint32_t thread_raise_sequence(struct thread *t)
{
    uint32_t before = atomic_fetch_add(&t->sequence, 1);
    atomic_thread_fence(memory_order_seq_cst);
    return before;
}

/* How a wrapper begins: with the calling thread, or NULL if it is not watched. */
static inline struct thread *thread_watched(void)
{
    struct thread *t = self_watched();
    return likely(t != NULL) ? t : thread_adopt_if_unknown() ? self.slot : NULL;
}

/* Arrange that thread_end is called when the calling thread ends; and whether that works. Set at start-up by
 * preload/process/end_key.c. */
extern void (*thread_watch_end)(void) HIDDEN;
extern bool (*thread_end_is_watched)(void) HIDDEN;

/* It could not be created after all. */
void thread_cancel_creation(uint32_t id) HIDDEN;

/* Its pthread_t, now that the calling thread, its creator, knows it; no effect if the thread was first, and may even
 * have ended. */
void thread_set_handle(uint32_t id, uint32_t serial, pthread_t handle) HIDDEN;

/*
 * The calling thread begins: with its slot, its start routine called with this stack pointer; or, created by libc or
 * clone, with a new slot.
 */
void thread_begin(uint32_t id, uint64_t stack, uint64_t stack_size) HIDDEN;
void thread_adopt(void) HIDDEN;

/* The calling thread is about to end. True: as thread_end, if nothing changes until then. */
bool thread_about_to_end(void) HIDDEN;

/* The calling thread has ended, except for libc's own part. True: some thread may wait for what this one can no longer
 * do. */
bool thread_end(void) HIDDEN;

/* Somebody joined or detached a thread: `trait` is THREAD_JOINED or THREAD_DETACHED. */
void thread_joined_or_detached(uint32_t id, uint32_t serial, uint32_t trait) HIDDEN;

/* A thread of the parent that does not exist in this child, as one that ended, with what it held. */
void thread_add_not_forked(uint64_t routine, const char name[16], uint32_t path) HIDDEN;

uint32_t thread_by_tid(uint32_t tid) HIDDEN;
uint32_t thread_by_handle(pthread_t handle) HIDDEN;

/* How many threads are alive, by our count. */
uint32_t thread_living(void) HIDDEN;
bool thread_main_ended(void) HIDDEN;

/* The record was begun: `boot`, the slot that the only thread had until then, becomes the first. */
bool thread_start(const struct thread *boot) HIDDEN;

#endif
