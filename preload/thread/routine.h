/*
 * What a new thread runs, by which threads are known to be of one kind.
 *
 * That is its start routine, except where this is the one that libstdc++ has for every std::thread: then it is the
 * function which that calls, and there is one for each type of what the thread was made of. A lambda has a type of its
 * own; functions with the same parameters share one.
 *
 * It costs some 0.1 µs a creation, takes no lock and may be called at any time.
 */
#ifndef LOCKWATCH_PRELOAD_THREAD_ROUTINE_H
#define LOCKWATCH_PRELOAD_THREAD_ROUTINE_H

#include <stdint.h>

uint64_t routine_run_by(uint64_t start, const void *argument) __attribute__((visibility("hidden")));

#endif
