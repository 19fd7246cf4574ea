/*
 * Mistakes that show in what a record holds, though nothing noted them when they were made: threads that ended while
 * holding a lock (exit-holding), and blocking calls while holding a spinlock (spin-blocked). The others are noted live
 * (preload/misuse/misuse_note.h). Linear in threads and holds, but for what each holds; memory from mmap, returned at
 * the end.
 */
#ifndef LOCKWATCH_DETECT_MISTAKES_H
#define LOCKWATCH_DETECT_MISTAKES_H

#include "detect/finding.h"

/* Calls `found` once for each place, with a finding that lives until it returns; stops when that is false. */
typedef bool mistakes_found(void *context, const struct finding *f);
unsigned mistakes_judge(const struct record *r, mistakes_found *found, void *context);

#endif
