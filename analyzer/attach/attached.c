#include "analyzer/attach/attached.h"

#include "analyzer/attach/core_file.h"
#include "analyzer/attach/fill.h"
#include "analyzer/attach/process.h"
#include "analyzer/attach/recorded.h"
#include "analyzer/joint_record.h"
#include "analyzer/open_record.h"
#include "analyzer/python_names.h"
#include "detect/deadlock/deadlock.h"
#include "record/glibc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- judging --- */

static const struct python_locks *judged_locks; /* of it; NULL: none */
static struct target *judged;                   /* detect/ asks about locks of the one target that is judged */

static bool semaphore(const struct lock *lock, uint32_t *value, uint32_t *waiting)
{
    struct glibc_semaphore s;
    const struct python_lock *python = judged_locks == NULL ? NULL : python_locks_find(judged_locks, lock->address);
    if (python != NULL && python->byte) {
        *value = !python_lock_is_locked(python, judged);
        *waiting = 1;
        return true;
    }
    if (!target_read(judged, lock->address, &s, sizeof s))
        return false;
    *value = s.value;
    *waiting = s.waiters;
    return true;
}

static bool readers(const struct lock *lock, uint32_t *count)
{
    struct glibc_rwlock l;
    if (!target_read(judged, lock->address, &l, sizeof l))
        return false;
    *count = glibc_readers(l.readers);
    return true;
}

static bool inside(const struct lock *lock, uint32_t *count)
{
    struct glibc_condition c;
    if (judged->conditions == GLIBC_CONDITION_UNKNOWN || !target_read(judged, lock->address, &c, sizeof c))
        return false;
    *count = glibc_condition_word(&c, judged->conditions) >> 3;
    return true;
}

static struct deadlock_world world_of(const struct record *r)
{
    return (struct deadlock_world){.record = r, .semaphore = semaphore, .readers = readers, .inside = inside};
}

static bool judge(struct findings *all, const struct record *r)
{
    const struct deadlock_world w = world_of(r);
    return findings_gather_outside(all, &w);
}

/* --- reading --- */

static bool fail(struct attached *a, const char *words)
{
    if (a->target.error[0] == 0)
        snprintf(a->target.error, sizeof a->target.error, "%s", words);
    return false;
}

static bool open_written(struct attached *a, const char *name, const struct record_writer *w)
{
    char *bytes = record_writer_join(w);
    judged = &a->target;
    struct deadlock_world world = world_of(NULL);
    bool good = bytes != NULL &&
                (a->recorded ? opened_record_open_beside(&a->view, name, bytes, w->size, a->target.runs, &world)
                             : opened_record_open_outside(&a->view, name, bytes, w->size, a->target.runs, judge));
    free(bytes);
    return good || fail(a, a->view.file.error[0] != 0 ? a->view.file.error : "no memory");
}

/* What its program calls them, where memory tells. */
static void name_locks(struct attached *a, const struct python_locks *locks)
{
    uint32_t used = record_used(a->view.record, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const struct python_lock *l = python_locks_find(locks, record_lock(a->view.record, id)->address);
        if (l != NULL && l->name[0] != 0 && python_name(&a->view, id) == NULL)
            python_name_give(&a->view, id, l->name);
    }
}

static bool open_judged(struct attached *a, const char *name, const struct record_writer *w,
                        const struct python_locks *locks)
{
    judged_locks = locks;
    bool good = open_written(a, name, w);
    judged_locks = NULL;
    if (good)
        name_locks(a, locks);
    return good;
}

/* The process's own record into `w`, if it has one. */
static bool begin(struct attached *a, struct record_writer *w, const char *core)
{
    struct record_file own = {.error = ""};
    struct joint_process process = {.record = &own.record};
    a->recorded = !a->from_outside && recorded_open(&own, &a->target, core);
    if (!a->recorded)
        memcpy(a->unrecorded, own.error, sizeof own.error);
    bool good = a->recorded ? joint_record_write(w, &process, 1) : record_writer_begin(w);
    record_close(&own);
    return good || fail(a, "no memory");
}

static bool fill(struct attached *a, struct record_writer *w, struct fill_gil *gil, const char *core)
{
    struct modules m;
    bool good = begin(a, w, core) && modules_open(&m, &a->target) &&
                (a->recorded ? fill_recorded : fill_record)(w, &a->family, &m, gil);
    modules_close(&m);
    return good || fail(a, "no memory to read it");
}

/* By its record a thread waits no more, or for something else, if that says so a moment later. */
static void look_again(struct attached *a, struct record_writer *w)
{
    struct record_file later;
    uint32_t used = record_used(&w->record, TABLE_THREADS);
    bool good = recorded_open(&later, &a->target, NULL);
    for (size_t i = 0; i < a->target.threads; i++) {
        const struct target_thread *t = &a->target.thread[i];
        struct thread *then = t->published && t->id < used ? record_thread(&w->record, t->id) : NULL;
        const struct thread *now = good ? record_thread(&later.record, t->id) : NULL;
        if (then != NULL && (now == NULL || now->serial != then->serial || now->sequence != then->sequence))
            then->sequence &= ~1u;
    }
    record_close(&later);
}

/* What is left of 100 ms since `from`. */
static void wait_since(const struct timespec *from)
{
    enum { APART = 100000000, SECOND = 1000000000 };
    struct timespec until = *from;
    until.tv_nsec += APART;
    if (until.tv_nsec >= SECOND)
        until.tv_sec++, until.tv_nsec -= SECOND;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
}

/* Between two looks, or after them while everything is stopped. */
static bool read_process(struct attached *a, struct record_writer *w, struct fill_gil *gil, bool stop)
{
    struct timespec from;
    family_open(&a->family, &a->target);
    clock_gettime(CLOCK_MONOTONIC, &from);
    bool good = stop || fill(a, w, gil, NULL);
    wait_since(&from);
    if (!process_look_again(&a->target))
        return fail(a, "it ended while it was read");
    family_look_again(&a->family);
    if (good && stop) {
        good = process_stop(&a->target) && fill(a, w, gil, NULL);
        process_continue(&a->target);
    }
    if (good)
        fill_moved(w, &a->family, gil);
    if (good && a->recorded)
        look_again(a, w);
    return good;
}

bool attached_process(struct attached *a, const char *name, uint32_t pid, bool stop)
{
    struct record_writer w = {0};
    struct fill_gil gil = {.owner = 0};
    memset(a, 0, sizeof *a);
    if (!process_open(&a->target, pid))
        return false;
    bool good = read_process(a, &w, &gil, stop) && open_judged(a, name, &w, &gil.locks);
    python_locks_free(&gil.locks);
    record_writer_end(&w);
    return good;
}

bool attached_core(struct attached *a, const char *path, const char *executable)
{
    struct record_writer w = {0};
    struct fill_gil gil = {.owner = 0};
    memset(a, 0, sizeof *a);
    if (!core_file_open(&a->target, path, executable))
        return false;
    family_open(&a->family, &a->target);
    bool good = fill(a, &w, &gil, path) && open_judged(a, path, &w, &gil.locks);
    python_locks_free(&gil.locks);
    record_writer_end(&w);
    return good;
}

static uint32_t copy_text(struct record *to, const struct record *from, uint32_t text)
{
    const char *words = text == 0 ? NULL : record_text(from, text);
    return words == NULL || words[0] == 0 ? 0 : record_add_text(to, words, strlen(words));
}

/* What only a look at the living process could tell. */
static void store(struct record_writer *w, const struct finding *f)
{
    uint32_t id, first;
    struct side *side = record_writer_add_items(w, TABLE_SIDES, f->sides, &first);
    struct record_finding *to = side == NULL ? NULL : record_writer_add(w, TABLE_FINDINGS, &id);
    if (to == NULL)
        return;
    memcpy(side, f->side, f->sides * sizeof *side);
    *to = (struct record_finding){.when = opened_clock(&w->record),
                                  .kind = f->kind,
                                  .severity = f->severity,
                                  .confidence = f->confidence,
                                  .first_side = first,
                                  .sides = f->sides,
                                  .cycle = f->cycle,
                                  .behind = f->behind,
                                  .count = f->count};
}

static void describe_child(struct record *child, const struct record *parent)
{
    struct record_header *to = child->header;
    const struct record_header *from = parent->header;
    to->parent_pid = from->pid;
    to->other_wakers = 0;
    to->suppressions = copy_text(child, parent, from->suppressions);
    to->label = copy_text(child, parent, from->label);
    to->host = copy_text(child, parent, from->host);
    to->folder = copy_text(child, parent, from->folder);
}

bool attached_save_child(struct attached *a, uint32_t pid, const struct record *parent, const char *path)
{
    struct record_writer w = {0};
    memset(a, 0, sizeof *a);
    if (!process_open(&a->target, pid))
        return false;
    a->from_outside = true;
    struct fill_gil gil = {.owner = 0};
    bool good = read_process(a, &w, &gil, false);
    if (good) {
        describe_child(&w.record, parent);
        good = open_judged(a, path, &w, &gil.locks);
    }
    python_locks_free(&gil.locks);
    for (size_t i = 0; good && i < a->view.findings.count; i++)
        store(&w, &a->view.findings.item[i]);
    good = good && a->view.findings.count != 0 && !w.failed && record_writer_save(&w, path) == NULL;
    record_writer_end(&w);
    return good;
}

void attached_close(struct attached *a)
{
    opened_record_close(&a->view);
    family_close(&a->family);
    target_close(&a->target);
}
