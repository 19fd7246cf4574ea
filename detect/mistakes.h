/*
 * Mistakes that show in what a record holds, though nothing noted them when they were made: threads that ended with a
 * lock held (exit-holding), and blocking calls with a spinlock in hand (spin-blocked). The others are noted live
 * (preload/misuse/misuse_note.h).
 */
#ifndef LOCKWATCH_DETECT_MISTAKES_H
#define LOCKWATCH_DETECT_MISTAKES_H

#include "detect/finding.h"

/* Calls `found` once a place, with a finding that lives until it returns; stops early when that is false. */
typedef bool mistakes_found(void *context, const struct finding *f);
unsigned mistakes_judge(const struct record *r, mistakes_found *found, void *context);

#endif
