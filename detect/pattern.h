/*
 * Suppressions: which findings are not to be reported. Lines of a file, with # before a comment. A finding is covered
 * by
 *
 *   KIND:GLOB        if the glob for its kind (or for *, any) matches a function, source file, module or lock of it;
 *   KIND:LOCK,LOCK   if each of these globs is for another one of the locks of its cycle, and none of them is left;
 *   id:HEX           if that is its id, where the caller can tell.
 *
 * In a glob * stands for anything, ? for one byte, [a-z] and [!a-z] for one of some or none of them, and \ quotes what
 * follows. It also matches a name that it equals, so that a name with brackets can be written as it is. Commas in
 * brackets of any sort do not separate locks, and a line with commas may still be the name of a template.
 */
#ifndef LOCKWATCH_DETECT_PATTERN_H
#define LOCKWATCH_DETECT_PATTERN_H

#include "detect/finding.h"

/* The text of such a file. Nothing in it is NUL-terminated; zero is no patterns. */
struct patterns {
    const char *text;
    size_t size;
};

/* Calls `bad` for each line that is none, with its number and the reason. Whether all of them are good. */
typedef void patterns_bad(void *context, unsigned line, const char *reason);
bool patterns_check(const struct patterns *p, patterns_bad *bad, void *context);

/* Whether there is a glob for a kind that matches a name; not for NULL or "". */
bool patterns_match(const struct patterns *p, enum finding_kind kind, const char *name);

/* Likewise a path, or what follows its last slash. */
bool patterns_match_file(const struct patterns *p, enum finding_kind kind, const char *path);

/*
 * Where names come from. `stack` says whether one of its names is matched: functions that start threads or call main
 * are best left out, as every finding has them. `lock` gives a lock's name, or NULL; `id` may be NULL.
 */
struct patterns_world {
    const struct record *record;
    const struct patterns *patterns;
    void *context;
    bool (*stack)(const struct patterns_world *w, enum finding_kind kind, const uint64_t *frames, uint32_t depth);
    const char *(*lock)(const struct patterns_world *w, uint32_t lock);
    uint64_t (*id)(const struct patterns_world *w, const struct finding *f);
};

bool patterns_cover(const struct patterns_world *w, const struct finding *f);

#endif
