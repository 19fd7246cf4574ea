/*
 * The functions behind the intercepted names: libc's own, or those of another library in between.
 *
 * Each pointer leads at first to a stub that finds the function when it is called, puts it there, and jumps to it. So
 * all work from the first instruction on, in constructors that run before ours and in signal handlers, and a process
 * looks for the few that it calls (preload/os/loaded.h).
 */
#ifndef LOCKWATCH_PRELOAD_OS_REAL_H
#define LOCKWATCH_PRELOAD_OS_REAL_H

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

/* Since glibc 2.32. Without it locks are acquired by atomic instructions at all times, which libc does not mind. */
#if defined __GLIBC__ && __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#pragma weak __libc_single_threaded
#else
#define __libc_single_threaded 0
#endif

/*
 * What musl lacks. Weak, so that a program of musl starts with the library, which then stands aside
 * (preload/os/aside.h).
 */
#pragma weak __pthread_register_cancel
#pragma weak __pthread_unregister_cancel
#pragma weak on_exit

#define HIDDEN __attribute__((visibility("hidden")))
#define EXPORT __attribute__((visibility("default")))

/* Of a variable that every process touches: among the others that are aligned by 8, not among the tables (Makefile). */
#define SMALL __attribute__((aligned(8)))

/* What musl does not have; the library hides its own then. */
#ifndef __GLIBC__
extern int pthread_cond_clockwait(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
extern int pthread_mutex_clocklock(pthread_mutex_t *, clockid_t, const struct timespec *);
extern int pthread_rwlock_clockrdlock(pthread_rwlock_t *, clockid_t, const struct timespec *);
extern int pthread_rwlock_clockwrlock(pthread_rwlock_t *, clockid_t, const struct timespec *);
extern int sem_clockwait(sem_t *, clockid_t, const struct timespec *);
extern int pthread_clockjoin_np(pthread_t, void **, clockid_t, const struct timespec *);
#endif

/* Since glibc 2.34. */
extern int execveat(int, const char *, char *const[], char *const[], int);
extern pid_t _Fork(void);

struct real {
#define CALL(result, name, parameters) result(*name) parameters;
#include "preload/os/calls.def"
};

extern struct real real HIDDEN;

/* Where the function is that this pointer leads to, such as &real.free: for who must know before it is called. */
void *real_address(const void *pointer) HIDDEN;

/* The same, and the pointer leads there from now on. */
void *real_first_call(void **pointer) HIDDEN;

/*
 * The same for what the C++ runtime has, and a C program not: operator delete, the guards of static variables. These
 * have no stubs, and stay NULL where the C++ library does not have them. Those are taken out of the library's own
 * symbol table. Else a C++ library that comes later, with an operator new of its own, would find our delete before its
 * own.
 */
void real_find_cxx(void) HIDDEN;

/* An older C library lacks some of the others: out of the symbol table with these, too. */
void real_hide_missing(void) HIDDEN;

/* Where the library stands aside: find all of them now; and take all names out of its symbol table. */
void real_find_all(void) HIDDEN;
void real_hide_all(void) HIDDEN;

#endif
