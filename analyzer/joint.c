#include "analyzer/joint.h"

#include "analyzer/folder.h"
#include "analyzer/joint_record.h"
#include "analyzer/liveness.h"
#include "analyzer/open_record.h"
#include "detect/deadlock/deadlock.h"
#include "detect/deadlock/stall.h"
#include "detect/order/orders.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *const *beside;
static unsigned besides;

void joint_beside(char *const *path, unsigned count)
{
    beside = path;
    besides = count;
}

/* --- which processes belong together --- */

struct member {
    struct record_file file;
    const char *path;
    bool opened, runs;
    uint64_t started, last; /* it is known to have lived from then to then */
};

struct members {
    struct member member[JOINT_MOST];
    struct joint_process process[JOINT_MOST];
    unsigned count;
    char **path; /* of the folder */
    int paths;
};

static const struct record *record_of(const struct members *all, unsigned i)
{
    return all->process[i].record;
}

static bool has_shared(const struct record *r)
{
    uint32_t used = record_used(r, TABLE_LOCKS), id = 1;
    while (id < used && joint_record_key(r, record_lock(r, id)) == NULL)
        id++;
    return id < used;
}

static bool share(const struct record *a, const struct record *b)
{
    uint32_t used = record_used(a, TABLE_LOCKS), others = record_used(b, TABLE_LOCKS);
    for (uint32_t id = 1; id < used; id++) {
        const char *key = joint_record_key(a, record_lock(a, id));
        for (uint32_t other = 1; key != NULL && other < others; other++) {
            const char *its = joint_record_key(b, record_lock(b, other));
            if (its != NULL && strcmp(its, key) == 0)
                return true;
        }
    }
    return false;
}

static bool same_process(const struct record *a, const struct record *b)
{
    return a->header->pid == b->header->pid && a->header->process_start == b->header->process_start;
}

static bool same_host(const struct record *a, const struct record *b)
{
    return strcmp(record_text(a, a->header->host), record_text(b, b->header->host)) == 0;
}

static void describe(struct member *m, const struct record *r, bool runs, uint64_t now)
{
    m->runs = runs;
    m->started = r->header->started;
    m->last = runs ? now : stall_seen(r);
}

static bool lived_together(const struct member *a, const struct member *b)
{
    return a->started < b->last && b->started < a->last;
}

static bool is_member(const struct members *all, const struct record *r)
{
    unsigned i = 0;
    while (i < all->count && !same_process(record_of(all, i), r))
        i++;
    return i < all->count;
}

/* Whether a record belongs to those that are members. */
static bool belongs(const struct members *all, const struct member *m)
{
    const struct record *r = &m->file.record;
    if (liveness_merged(r) != 0 || !same_host(record_of(all, 0), r) || is_member(all, r) || !has_shared(r))
        return false;
    for (unsigned i = 0; i < all->count; i++)
        if (lived_together(&all->member[i], m) && share(record_of(all, i), r))
            return true;
    return false;
}

static void try_to_join(struct members *all, const char *path)
{
    struct member *m = &all->member[all->count];
    memset(m, 0, sizeof *m);
    m->path = path;
    if (record_open(&m->file, path)) {
        const struct record *r = &m->file.record;
        describe(m, r, liveness_runs(r), opened_clock(r));
        if (belongs(all, m)) {
            m->opened = true;
            all->process[all->count++] = (struct joint_process){.record = r};
            return;
        }
    }
    record_close(&m->file);
}

/* Those that share a lock with one that belongs to it belong to it, too. */
static void find_members(struct members *all)
{
    enum { MOST = 500 };
    unsigned before;
    do {
        before = all->count;
        for (int i = 0; i < all->paths && i < MOST && all->count < JOINT_MOST; i++)
            try_to_join(all, all->path[i]);
        for (unsigned i = 0; i < besides && all->count < JOINT_MOST; i++)
            try_to_join(all, beside[i]);
    } while (all->count > before && before > 1);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static bool gather_members(struct members *all, const struct opened_record *v)
{
    char *folder = folder_of(v->path);
    all->paths = folder == NULL ? -1 : folder_records(folder, &all->path);
    free(folder);
    describe(&all->member[0], v->record, v->runs, v->now);
    all->member[0].path = v->path;
    all->process[0] = (struct joint_process){.record = v->record};
    all->count = 1;
    find_members(all);
    for (unsigned i = 1; i < all->count; i++)
        all->process[i].gone = !all->member[i].runs && all->member[i].last != 0 &&
                               (v->runs || record_of(all, i)->header->ended != 0) &&
                               all->member[i].last < all->member[0].last;
    return all->count > 1;
}

static void forget_members(struct members *all)
{
    for (unsigned i = 1; i < all->count; i++)
        if (all->member[i].opened)
            record_close(&all->member[i].file);
    if (all->paths >= 0)
        folder_free(all->path, all->paths);
    free(all);
}

/* --- judging them --- */

struct judging {
    struct members *members;
    const struct record *record; /* of all */
    struct findings *found;
    struct names *names;
};

static unsigned process_of(const struct members *all, uint32_t thread)
{
    unsigned i = all->count - 1;
    while (i > 0 && thread < all->process[i].first_thread)
        i--;
    return i;
}

static bool is_of_several(const struct members *all, const struct finding *f)
{
    for (uint32_t i = 1; i < f->sides; i++)
        if (process_of(all, f->side[i].thread) != process_of(all, f->side[0].thread))
            return true;
    return false;
}

static bool concerns_first(const struct members *all, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++)
        if (process_of(all, f->side[i].thread) == 0)
            return true;
    return false;
}

/*
 * Whether all of it stood at one moment, and for long enough. What a process held that has ended meanwhile, somebody
 * else may have released before the others came to wait: unless they did before it ended.
 */
static bool stood_together(const struct members *all, const struct finding *f)
{
    const uint64_t age = (f->confidence == CONFIDENCE_LIKELY ? 1900 : 250) * 1000000ull;
    uint64_t since = 0, last = UINT64_MAX, end = UINT64_MAX;
    for (uint32_t i = 0; i < f->sides; i++) {
        unsigned of = process_of(all, f->side[i].thread);
        const struct member *m = &all->member[of];
        if (f->side[i].want.kind != KIND_NONE && f->side[i].want.since > since)
            since = f->side[i].want.since;
        if (all->process[of].gone)
            end = m->last < end ? m->last : end;
        else
            last = m->last < last ? m->last : last;
    }
    return since != 0 && since <= end && since + age <= last;
}

/* What the first process has found by itself of that wait. */
static bool is_known(const struct findings *all, const struct finding *f)
{
    for (size_t i = 0; i < all->count; i++)
        for (uint32_t k = 0; k < all->item[i].sides && all->item[i].kind == f->kind; k++)
            for (uint32_t s = 0; s < f->sides; s++)
                if (f->side[s].serial == all->item[i].side[k].serial &&
                    f->side[s].sequence == all->item[i].side[k].sequence && f->kind == FINDING_DEADLOCK)
                    return true;
    return false;
}

static bool add_deadlock(void *context, const struct finding *f)
{
    const struct judging *j = context;
    if (is_of_several(j->members, f) && concerns_first(j->members, f) && stood_together(j->members, f) &&
        !is_known(j->found, f))
        return findings_add(j->found, f);
    return true;
}

static bool is_parent(const struct record *a, const struct record *b)
{
    return b->header->parent_pid != 0 && b->header->parent_pid == a->header->pid;
}

/* Whether all its sides may have been there at one time. */
static bool may_have_met(const struct members *all, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++)
        for (uint32_t k = 0; k < f->sides; k++) {
            unsigned a = process_of(all, f->side[i].thread), b = process_of(all, f->side[k].thread);
            if (a != b &&
                (is_parent(record_of(all, a), record_of(all, b)) || !lived_together(&all->member[a], &all->member[b])))
                return false;
        }
    return true;
}

static bool add_order(void *context, const struct finding *f)
{
    const struct judging *j = context;
    if (f->reason == REASON_NONE && is_of_several(j->members, f) && concerns_first(j->members, f) &&
        may_have_met(j->members, f))
        return findings_add(j->found, f);
    return true;
}

static uint64_t likeness(void *context, uint32_t lock)
{
    return names_likeness(context, lock);
}

/* Whether the threads of a finding still wait as they did, by records that were read again. */
static bool still_stands(const struct members *all, const struct finding *f)
{
    for (uint32_t i = 0; i < f->sides; i++) {
        unsigned of = process_of(all, f->side[i].thread);
        const struct member *m = &all->member[of];
        struct record_file later;
        bool same = !m->runs || f->side[i].want.kind == KIND_NONE;
        if (!same && record_open(&later, m->path)) {
            const struct thread *t =
                record_thread(&later.record, f->side[i].thread - all->process[of].first_thread + 1);
            same = t != NULL && t->sequence == f->side[i].sequence;
        }
        if (m->runs && f->side[i].want.kind != KIND_NONE)
            record_close(&later);
        if (!same)
            return false;
    }
    return true;
}

struct confirming {
    const struct members *members;
    const struct opened_record *view;
};

static bool stands(void *context, const struct finding *f)
{
    const struct confirming *c = context;
    return f->kind != FINDING_DEADLOCK || !joint_is(c->view, f) || still_stands(c->members, f);
}

/* What one process by itself can only call a stall, where the others show that it is a deadlock, is no finding more. */
static bool is_no_part(void *context, const struct finding *f)
{
    const struct opened_record *v = context;
    for (size_t i = 0; i < v->findings.count && f->kind == FINDING_STALL; i++) {
        const struct finding *deadlock = &v->findings.item[i];
        if (deadlock->kind != FINDING_DEADLOCK || deadlock->reason != REASON_NONE || !joint_is(v, deadlock))
            continue;
        for (uint32_t k = 0; k < deadlock->sides; k++)
            for (uint32_t s = 0; s < f->sides; s++)
                if (f->side[s].thread == deadlock->side[k].thread && f->side[s].sequence == deadlock->side[k].sequence)
                    return false;
    }
    return true;
}

static bool open_joint(struct opened_record *v, struct members *all, struct symbols **symbols, struct names **names)
{
    struct record_writer w;
    char *bytes = NULL;
    v->joint = calloc(1, sizeof *v->joint);
    if (v->joint != NULL && joint_record_write(&w, all->process, all->count))
        bytes = record_writer_join(&w);
    if (v->joint != NULL)
        record_writer_end(&w);
    bool good = bytes != NULL && record_open_bytes(v->joint, bytes, w.size);
    free(bytes);
    *symbols = good ? symbols_open(&v->joint->record) : NULL;
    if (*symbols != NULL && v->sealed.all != NULL)
        symbols_seal(*symbols, &v->sealed);
    *names = *symbols != NULL ? names_open(&v->joint->record, *symbols) : NULL;
    return *names != NULL;
}

/* What was added may be as much as what was left out. */
static bool any_joint(const struct opened_record *v)
{
    for (size_t i = 0; i < v->findings.count; i++)
        if (joint_is(v, &v->findings.item[i]))
            return true;
    return false;
}

static void judge(struct opened_record *v, struct members *all)
{
    struct symbols *symbols = NULL;
    struct names *names = NULL;
    size_t before = v->findings.count;
    if (open_joint(v, all, &symbols, &names)) {
        const struct record *r = &v->joint->record;
        struct judging j = {.members = all, .record = r, .found = &v->findings, .names = names};
        deadlock_judge(&(struct deadlock_world){.record = r}, add_deadlock, &j);
        orders_judge(&(struct orders_world){.record = r, .likeness = likeness, .context = names}, add_order, &j);
    }
    if (v->findings.count > before) {
        const struct timespec moment = {0, 20000000};
        nanosleep(&moment, NULL);
        findings_sift(&v->findings, stands, &(struct confirming){all, v});
        findings_sift(&v->findings, is_no_part, v);
    }
    if (any_joint(v)) {
        struct names *own_names = v->names;
        struct symbols *own_symbols = v->symbols;
        v->record = &v->joint->record;
        v->names = names;
        lock_sources_close(v->lock_sources);
        v->symbols = symbols;
        v->lock_sources = lock_sources_open(v->record, v->symbols);
        names = own_names;
        symbols = own_symbols;
        findings_arrange(&v->findings);
    } else if (v->joint != NULL) {
        record_close(v->joint);
        free(v->joint);
        v->joint = NULL;
    }
    names_close(names);
    symbols_close(symbols);
}

void joint_judge(struct opened_record *v)
{
    struct members *all;
    if (liveness_merged(v->record) != 0 || !has_shared(v->record) || (all = calloc(1, sizeof *all)) == NULL)
        return;
    if (gather_members(all, v))
        judge(v, all);
    forget_members(all);
}

bool joint_is(const struct opened_record *v, const struct finding *f)
{
    uint32_t own = record_used(&v->file.record, TABLE_THREADS);
    for (uint32_t i = 0; i < f->sides && v->joint != NULL; i++)
        if (f->side[i].thread >= own)
            return true;
    return false;
}

void joint_keep_seen(const struct opened_record *v)
{
    struct members *all = calloc(1, sizeof *all);
    if (all == NULL)
        return;
    if (gather_members(all, v))
        for (unsigned i = 0; i < all->count; i++) {
            struct record_file file;
            if (all->member[i].runs && record_open(&file, all->member[i].path)) {
                liveness_look(&file.record, opened_clock(&file.record));
                liveness_keep(&file, all->member[i].path);
                record_close(&file);
            }
        }
    forget_members(all);
}
