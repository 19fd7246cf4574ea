/*
 * A finding: what was judged, in ids of the record it was judged from. How it reads to people is detect/story.h.
 */
#ifndef LOCKWATCH_DETECT_FINDING_H
#define LOCKWATCH_DETECT_FINDING_H

#include "record/table.h"

enum finding_kind { FINDING_DEADLOCK = 1, FINDING_KINDS };

enum finding_severity { SEVERITY_NOTE = 1, SEVERITY_WARNING, SEVERITY_ERROR };

/* CERTAIN: nobody is left who could wake them. LIKELY: that rests on who has posted or signalled so far. */
enum finding_confidence { CONFIDENCE_NONE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };

struct finding {
    uint64_t when; /* CLOCK_REALTIME, nanoseconds: when it was reported live; 0: judged from the record */
    enum finding_kind kind;
    enum finding_severity severity;
    enum finding_confidence confidence;
    uint32_t sides,
        ring; /* side[0..ring-1] is the ring: each wants what the next one has; the rest belong to the core */
    const struct side *side;
    /*
     * It rests on what only a process that runs can bear out: that semaphores are locks which nobody has posted yet,
     * and then it must have stood for long; or that nobody had just been woken when the process was killed.
     */
    bool unproven;
    uint32_t behind; /* further threads that wait, directly or not, for one of these */
};

/* "deadlock", "error", "certain": the words of every format; NULL for a number that is none. */
const char *finding_kind_word(enum finding_kind kind);
const char *finding_severity_word(enum finding_severity severity);
const char *finding_confidence_word(enum finding_confidence confidence);

/* "mutex", "semaphore" …: the word for a lock's kind (enum lock_kind). */
const char *finding_lock_word(uint16_t kind);

/*
 * A finding that was reported while the process ran (TABLE_FINDINGS), checked: false when `id` leads nowhere or to
 * nonsense. The sides lie in the record.
 */
bool finding_stored(const struct record *r, uint32_t id, struct finding *f);

/* Whether two findings are about one deadlock: a thread in the same wait is part of both. */
bool finding_same(const struct finding *a, const struct finding *b);

#endif
