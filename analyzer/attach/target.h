/*
 * A program that is looked at from outside: a process that runs, or what a core file kept of one. Its threads with the
 * system calls that they are in, its mappings and its memory.
 *
 * Reading memory is cached by page, so that what was read once stays as it was read; target_forget empties the cache.
 * For one thread. Everything that is read is hostile input.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_TARGET_H
#define LOCKWATCH_ANALYZER_ATTACH_TARGET_H

#include "arch/arch.h"
#include "record/glibc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target_thread {
    uint32_t tid;    /* as its own process calls it, which is what its locks say */
    uint32_t kernel; /* as this process calls it; another number if it is in a pid namespace of its own */
    bool in_call;    /* it is in a system call */
    bool moved;      /* it has run while it was looked at */
    bool gil;        /* it waits for the lock of a Python interpreter, again and again for a moment */
    bool published;  /* its process has recorded what it waits for */
    uint32_t id;     /* in the record that is made of it; 0: none */
    long call;       /* number of that system call */
    uint64_t argument[6];
    uint64_t runs; /* how often it was given a processor */
    uint64_t value[ARCH_REGISTERS];
    uint64_t known; /* bits: these registers are known */
    char name[16];
};

struct target_mapping {
    uint64_t start, end, offset;
    uint64_t device, inode;
    bool executable, writable, shared;
    const char *path; /* "": none */
};

struct target {
    uint32_t pid;                           /* as this process calls it */
    uint32_t uid;                           /* whose it is */
    bool runs;                              /* a process; else a core */
    uint64_t started;                       /* CLOCK_REALTIME, nanoseconds; 0: not known */
    uint64_t start_tick;                    /* field 22 of /proc/PID/stat */
    uint64_t caught;                        /* the signals that it has handlers for: bit N - 1 */
    enum glibc_condition_layout conditions; /* of its C library; unknown until a wait for one is recognised */
    int signal;                             /* that a core comes from; 0: not known */
    char *executable;                       /* path; NULL: not known */
    char *arguments;                        /* argument_size bytes, each argument with its NUL; NULL: not known */
    size_t arguments_size;
    struct target_thread *thread;
    size_t threads, threads_room;
    struct target_mapping *mapping; /* by address */
    size_t mappings, mappings_room;
    bool (*read)(struct target *t, uint64_t address, void *to, size_t size); /* memory, not cached */
    struct core_file *core;                                                  /* of a core: what it is read from */
    void (*close_core)(struct target *t);
    struct target_page **page; /* the cache */
    size_t pages;
    char error[300]; /* why it cannot be read, and what to do about it; one line */
};

/* The thread that the process calls `tid`; NULL: it has none. */
struct target_thread *target_thread(const struct target *t, uint32_t tid);

/* A new thread or mapping, zeroed; NULL: no memory. Addresses of earlier ones are not valid any more. */
struct target_thread *target_add_thread(struct target *t);
struct target_mapping *target_add_mapping(struct target *t);

/* The mapping that contains an address; NULL: none. */
const struct target_mapping *target_mapping(const struct target *t, uint64_t address);

/* Copies memory. False: it cannot be read, or not all of it. */
bool target_read(struct target *t, uint64_t address, void *to, size_t size);

/* A pthread_t, if memory looks like one: the tid of its thread, which need not exist any more. 0: it is none. */
uint32_t target_pthread(struct target *t, uint64_t address);

void target_forget(struct target *t);
void target_close(struct target *t);

#endif
