/*
 * A finding told by the library itself: its first line always, the rest when the analyzer cannot be had; then with
 * functions and offsets where that would have source lines.
 */
#ifndef LOCKWATCH_PRELOAD_PLAIN_H
#define LOCKWATCH_PRELOAD_PLAIN_H

#include "detect/finding.h"
#include "preload/real.h"

void plain_headline(const struct finding *f) HIDDEN;
void plain_story(const struct finding *f) HIDDEN;

#endif
