/*
 * What a futex of a library's is, by the function that waits there. The library's locks and events are not seen
 * themselves: only that a thread waits, in which call of the library.
 */
#ifndef LOCKWATCH_ANALYZER_SYMBOLS_INNER_WAITS_H
#define LOCKWATCH_ANALYZER_SYMBOLS_INNER_WAITS_H

#include "report/story.h"

/* Of Rust's std: a function of its insides. NULL: none. */
const struct story_kind *inner_waits_rust(const char *function);

/*
 * Of a toolkit: the function of its that the program has called, and the one in which that waits at last. Either may be
 * NULL. A thread of the toolkit's own has called no function that is exported. NULL: it is not known.
 */
const struct story_kind *inner_waits_toolkit(const char *module, const char *called, const char *innermost);

/* Of a GCond, by the function that waits at it: GIO has some of its own. NULL: it is what it is. */
const struct story_kind *inner_waits_gio(const char *function);

#endif
