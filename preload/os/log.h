/*
 * What the library says to people: whole lines to the log that the options name, without stdio and without disturbing
 * the program (its SIGPIPE, its errno, a file that it opened as descriptor 2 after closing stderr).
 */
#ifndef LOCKWATCH_PRELOAD_OS_LOG_H
#define LOCKWATCH_PRELOAD_OS_LOG_H

#include "preload/os/real.h"

#include <stddef.h>

/* Where it goes; set by preload/os/options.c. */
enum log_what { LOG_STDERR, LOG_NONE, LOG_FILE };
extern struct log_to {
    enum log_what what;
    char path[512]; /* of a file to append to */
} log_to HIDDEN;

/* Remember which file stderr is; at start-up. */
void log_start(void) HIDDEN;

/* When the options are read: a file that cannot be written to is said, and is none. */
void log_check(void) HIDDEN;

/* One line, "lockwatch: " before it and a newline behind. At most about 900 bytes of it. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2))) HIDDEN;

/* Text as it is. */
void log_text(const char *text, size_t size) HIDDEN;

/*
 * One tells a finding at a time, so that reports do not mingle. Waits for its turn for so many milliseconds at most;
 * false: in vain. In the child of a fork nobody has it.
 */
bool log_lock(unsigned patience) HIDDEN;
void log_unlock(void) HIDDEN;

/* How many columns the terminal has that the log goes to; 0: it is none. */
unsigned log_width(void) HIDDEN;

/* A descriptor for the log, to hand to a helper: close it with log_close. -1: nothing is to be logged. */
int log_open(void) HIDDEN;
void log_close(int fd) HIDDEN;

#endif
