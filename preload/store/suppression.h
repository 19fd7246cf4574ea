/*
 * The option suppressions: which findings are neither reported nor acted upon. The analyzer decides by all the names
 * that it knows; without it the library does, by those of exported functions, modules and locks.
 */
#ifndef LOCKWATCH_PRELOAD_STORE_SUPPRESSION_H
#define LOCKWATCH_PRELOAD_STORE_SUPPRESSION_H

#include "detect/finding.h"
#include "preload/os/real.h"

/* Read the file that the options name, as soon as they do. What is wrong with it is said. */
void suppression_read(void) HIDDEN;

/* Note the file in the record; under the raw lock, as it begins. */
void suppression_note(void) HIDDEN;

/* Whether there is any such file. */
bool suppression_any(void) HIDDEN;

/* Whether a finding is covered as far as we can tell. Takes the loader's lock. */
bool suppression_covers(const struct finding *f) HIDDEN;

#endif
