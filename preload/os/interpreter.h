/*
 * A Python interpreter in this process, and what the calling thread runs in it.
 *
 * A thread reads its own frames alone: they stand still while it is in a call. What objects say that they lead to is
 * read by process_vm_readv, which refuses what is no memory. Nothing is called there that allocates, takes a lock or
 * needs the interpreter's lock (GIL). Where there is no interpreter none of this costs anything; where there is one,
 * each acquisition of a lock by its threads costs some 30 ns more.
 */
#ifndef LOCKWATCH_PRELOAD_OS_INTERPRETER_H
#define LOCKWATCH_PRELOAD_OS_INTERPRETER_H

#include "preload/os/real.h"
#include "record/python.h"

/* Whether there is one whose frames can be read. Set once. */
extern bool interpreter_there HIDDEN;

/* Whether the program has a handler of its own for SIGINT, in Python. Set once. */
extern bool interpreter_handles HIDDEN;

/* Before a handler for SIGINT is set. Async-signal-safe. */
void interpreter_see_handler(const void *handler) HIDDEN;

/* Called then; set at start-up. */
extern void (*interpreter_found)(void) HIDDEN;

/* At start-up; and for each module that is loaded later, under the loader's lock. */
void interpreter_find(void) HIDDEN;
struct dl_phdr_info;
void interpreter_see(const struct dl_phdr_info *info) HIDDEN;

/* Whether an address is one of the interpreter's own code or data. */
bool interpreter_has(uint64_t address) HIDDEN;

/* A hash of the innermost `most` frames of the calling thread: where it is in the program; 0: in no Python code. */
uint64_t interpreter_place(uint32_t most) HIDDEN;

/*
 * The frames of the calling thread, `most` at most, the innermost first. Two with the same key have the same text, even
 * if one is gone and the other lies where it was. Some 10 ns each.
 */
struct interpreter_frame {
    uint64_t key;
    struct python_frame at;
};
uint32_t interpreter_frames(struct interpreter_frame *to, uint32_t most) HIDDEN;

/*
 * Its lock (GIL): the address, if this is that of the condition which threads wait on for it, else 0; and the pthread_t
 * of the thread that has it, 0 if none has, or that cannot be said. Any thread may ask.
 */
uint64_t interpreter_gil_of(uint64_t condition) HIDDEN;
uint64_t interpreter_gil_owner(void) HIDDEN;

/* The text of such a frame (record/python.h); some 5 µs. */
bool interpreter_text(const struct interpreter_frame *f, char text[PYTHON_TEXT]) HIDDEN;

#endif
