/*
 * The ELF files that the program has loaded, noted in the record so that a reader can tell what a code address is.
 * Takes the loader's lock: never to be called under the raw lock.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_MODULE_H
#define LOCKWATCH_PRELOAD_STORE_MODULE_H

#include "preload/os/real.h"

/* Note what was loaded since the last time. */
void module_note(void) HIDDEN;

#endif
