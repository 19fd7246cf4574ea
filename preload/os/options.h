/*
 * LOCKWATCH_OPTIONS=key=value:key=value, read once at start-up. An unknown key or a bad value is named once in the log
 * and ignored; in a set-uid program the variable is ignored as a whole.
 *
 * Nothing else reads the environment: another thread may be about to change it, or this one, as it is in a realloc.
 */
#ifndef LOCKWATCH_PRELOAD_OS_OPTIONS_H
#define LOCKWATCH_PRELOAD_OS_OPTIONS_H

#include "preload/os/real.h"

#include <stdint.h>

enum option_keep { KEEP_AUTO, KEEP_ALWAYS, KEEP_NEVER };
enum option_on_deadlock { ON_DEADLOCK_REPORT, ON_DEADLOCK_ABORT, ON_DEADLOCK_EXIT };

/* All but log=stderr|none|FILE, which is log_to of preload/os/log.h. */
struct options {
    char dir[512];          /* dir=PATH: folder for records, made if missing; "": the default one */
    char runtime[512];      /* XDG_RUNTIME_DIR; "": none */
    char suppressions[512]; /* suppressions=FILE: findings not to tell of; "": none */
    char label[256];        /* label=TEXT: kept in the record; "": none */
    char unwatched[512];    /* unwatched=FILE, given by `lockwatch run`: preload/os/unwatched.h; "": none */
    enum option_keep keep;  /* keep=auto|always|never: the record at a clean end */
    enum option_on_deadlock on_deadlock; /* on_deadlock=report|abort|exit */
    uint32_t hold_ms, starve_ms;         /* hold_ms=N, starve_ms=N: milliseconds; 0: off */
    int exitcode;                        /* exitcode=1..255: of on_deadlock=exit */
};

extern struct options options HIDDEN;

/* Reads the file; set before the options are read. Called where the option stands, as a later log=none holds for what
 * comes after it. */
extern void (*options_suppressions_given)(void) HIDDEN;

void options_read(void) HIDDEN;

#endif
