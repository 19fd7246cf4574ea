/*
 * The ELF files that the program has loaded, recorded so that a reader knows what a code address is. Takes the loader's
 * lock: never to be called under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_MODULE_H
#define LOCKWATCH_PRELOAD_STORE_MODULE_H

#include "preload/os/real.h"

/* Record what was loaded since the last time. */
void module_note(void) HIDDEN;

#endif
