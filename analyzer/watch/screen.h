/*
 * Watching on a terminal, by ncurses: a table that is drawn anew at each look, keys, and the stacks of a thread.
 */
#ifndef LOCKWATCH_ANALYZER_WATCH_SCREEN_H
#define LOCKWATCH_ANALYZER_WATCH_SCREEN_H

#include "analyzer/watch/session.h"

/* Whether standard input and output are a terminal that can place text. */
bool screen_possible(void);

/*
 * Looks and shows, every so many milliseconds, until q is pressed, all processes have ended, or a signal ends this
 * program; that signal, else 0. False: the terminal cannot be used after all, and nothing was done.
 */
bool screen_run(struct session *s, int interval, int *signal);

#endif
