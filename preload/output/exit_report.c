#include "preload/output/exit_report.h"

#include "arch/arch.h"
#include "detect/held.h"
#include "detect/mistakes.h"
#include "detect/order/declared.h"
#include "detect/order/orders.h"
#include "detect/wait_holding.h"
#include "preload/lock/shared_place.h"
#include "preload/os/log.h"
#include "preload/os/options.h"
#include "preload/os/raw_lock.h"
#include "preload/output/analyzer_call.h"
#include "preload/output/fallback.h"
#include "preload/store/finding_table.h"
#include "preload/store/module.h"
#include "preload/store/store.h"
#include "preload/store/suppression.h"
#include "report/tally.h"

#include <sys/mman.h>

/* --- all findings --- */

typedef bool visitor(void *context, const struct finding *f); /* returns whether to go on */

static bool visit_stored(visitor *visit, void *context)
{
    struct finding f;
    uint32_t used = record_used(&ours, TABLE_FINDINGS);
    for (uint32_t id = 1; id < used; id++)
        if (finding_stored(&ours, id, &f) && !visit(context, &f))
            return false;
    return true;
}

struct visiting {
    visitor *visit;
    void *context;
    bool over;
};

/* It was reported when it happened. */
static bool has_happened(const struct finding *predicted)
{
    struct finding f;
    for (uint32_t id = record_used(&ours, TABLE_FINDINGS); id-- > 1;)
        if (finding_stored(&ours, id, &f) && finding_happened(predicted, &f))
            return true;
    return false;
}

static bool visit_predicted(void *context, const struct finding *f)
{
    struct visiting *v = context;
    if (has_happened(f))
        return true;
    v->over = !v->visit(v->context, f);
    return !v->over;
}

/* The process waits for us, so the work is bounded; false: lock orders were left out. */
static bool visit_all(visitor *visit, void *context, bool no_notes)
{
    const struct orders_world orders = {.record = &ours, .hurried = true, .no_notes = no_notes};
    struct visiting v = {visit, context, !visit_stored(visit, context)};
    if (!v.over)
        mistakes_judge(&ours, visit_predicted, &v);
    if (!v.over)
        declared_judge(&ours, visit_predicted, &v);
    if (!v.over)
        wait_holding_judge(&ours, visit_predicted, &v);
    return v.over || orders_judge(&orders, visit_predicted, &v).complete || v.over;
}

static bool is_due(const struct finding *f)
{
    return f->severity >= SEVERITY_WARNING && f->kind != FINDING_DEADLOCK;
}

/* --- whether there is anything to report --- */

struct outcome {
    bool due; /* there is something to report */
    bool cut; /* lock orders were left out */
};

static bool find_due(void *context, const struct finding *f)
{
    struct outcome *o = context;
    o->due = is_due(f);
    return !o->due;
}

static void judge_once(struct outcome *o)
{
    o->due = false;
    o->cut = !visit_all(find_due, o, true);
}

/*
 * What other threads add to the record meanwhile does no harm, but what they prune may. After some tries, or after the
 * first where one takes long, it is done under the raw lock, so that none prunes.
 */
static void judge_all(void *outcome)
{
    enum { TRIES = 3, LARGE = 1 << 20 };
    for (int i = 0; i < TRIES && (i == 0 || record_used(&ours, TABLE_HOLDS) < LARGE); i++) {
        uint32_t prunings = ours.header->prunings;
        judge_once(outcome);
        if (prunings % 2 == 0 && prunings == ours.header->prunings)
            return;
    }
    struct signals_saved l = raw_lock_acquire();
    judge_once(outcome);
    raw_lock_release(l);
}

/* --- a stack of our own --- */

/* The program may end on a very small stack, such as that of a signal handler. Without memory: not at all. */
static void on_own_stack(void (*function)(void *argument), void *argument)
{
    enum { STACK = 256 * 1024 };
    char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED)
        return;
    struct signals_saved l = signals_block(); /* the program's handlers do not expect it */
    arch_call_on_stack(stack + STACK, function, argument);
    signals_unblock(l);
    munmap(stack, STACK);
}

/* --- without the analyzer --- */

struct printing {
    struct tally tally;
    bool kept; /* the record */
    bool any;
    unsigned more; /* not printed, as some like them were */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    uint64_t z = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return z ^ z >> 29;
}

/* What findings of one kind have in common: the calls, on whichever side, but not the locks. */
static uint64_t kind_of(const struct finding *f)
{
    uint64_t kind = mix(f->kind, f->severity << 8 | f->reason), sides = 0;
    for (uint32_t i = 0; i < f->sides; i++) {
        const struct side *s = &f->side[i];
        const struct hold *outer = record_hold(&ours, s->path);
        sides += mix(mix(s->want.stack, outer == NULL ? 0 : outer->stack), s->want.how);
    }
    return mix(kind, sides) | 1;
}

/*
 * The analyzer merges findings by the names of their locks, such as pair[3].lock. Here a lock that was not initialised
 * by a call has none, so a program with a large array of them has very many findings that say the same.
 */
static bool is_repetition(const struct finding *f)
{
    enum { MOST = 3, KINDS = 1024 };
    static uint64_t kinds[KINDS];
    static uint8_t printed[KINDS];
    uint64_t kind = kind_of(f);
    for (unsigned i = 0; i < KINDS; i++) {
        if (kinds[i] == 0)
            kinds[i] = kind;
        if (kinds[i] == kind)
            return printed[i] == MOST || (printed[i]++, false);
    }
    return false;
}

static bool print_one(void *context, const struct finding *f)
{
    struct printing *t = context;
    bool left_out = suppression_covers(f);
    if (left_out)
        t->tally.suppressed++;
    else
        tally_add(&t->tally, f);
    if (left_out || !is_due(f))
        return true;
    t->any = true;
    if (is_repetition(f)) {
        t->more++;
        return true;
    }
    fallback_headline(f);
    fallback_brief(f);
    return true;
}

static void print_all(void *printing)
{
    struct printing *t = printing;
    bool cut = !visit_all(print_one, t, false);
    if (t->more > 0)
        fallback_more(t->more);
    if (t->any && t->kept)
        log_line("the record: %s", store_path());
    if (t->any)
        fallback_tally(&t->tally, cut);
}

/* --- the end --- */

/* Whether there was something to report: not all of it is suppressed. */
static bool report_all(void)
{
    struct printing t = {.kept = store_path() != NULL && options.keep != KEEP_NEVER};
    enum analyzer_call did = analyzer_call("--end", t.kept ? "--kept" : NULL);
    if (did == ANALYZER_FAILED)
        on_own_stack(print_all, &t);
    return did == ANALYZER_PRINTED || t.any;
}

/* Some lock was acquired, or something waited for, while another lock was held. */
static bool is_anything_nested(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        if (record_hold(&ours, id)->parent != 0)
            return true;
    return false;
}

/* Some thread ended with a lock, or a fork did not copy it. */
static bool has_any_ended_holding(void)
{
    uint32_t used = record_used(&ours, TABLE_THREADS);
    for (uint32_t id = 1; id < used; id++) {
        const struct thread *t = record_thread(&ours, id);
        if (t->state == THREAD_ENDED && held_any(t))
            return true;
    }
    return false;
}

/* There never was a second thread, nor one of the parent that a fork did not copy. Most children of a fork are such. */
static bool is_alone(void)
{
    const struct thread *only = record_thread(&ours, 1);
    return record_used(&ours, TABLE_THREADS) == 2 && only != NULL && only->state == THREAD_RUNNING;
}

/* LOCKWATCH_ORDER was called, which even a thread that is alone may go against. */
static bool is_anything_declared(void)
{
    uint32_t used = record_used(&ours, TABLE_HOLDS);
    for (uint32_t id = 1; id < used; id++)
        if ((record_hold(&ours, id)->how & HOW_DECLARED) != 0)
            return true;
    return false;
}

/* Whether no more than notes can come out: of what is judged here there is nothing. */
static bool is_harmless(void)
{
    return record_used(&ours, TABLE_FINDINGS) == 1 &&
           ((is_alone() && !is_anything_declared()) || (!is_anything_nested() && !has_any_ended_holding()));
}

bool exit_report(void)
{
    enum { PATIENCE = 2000 }; /* milliseconds: the signal handler that ends us may have interrupted a report */
    bool known = finding_was_reported();
    struct outcome found = {false, false};
    int cancel;
    bool harmless = is_harmless();
    shared_place_find();
    if (!harmless || options.keep == KEEP_ALWAYS)
        module_note();
    if (harmless)
        return known;
    if (log_to.what == LOG_NONE && (known || options.keep != KEEP_AUTO))
        return known; /* there is no log, and the record's fate is decided */
    on_own_stack(judge_all, &found);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    if (found.due && (log_to.what != LOG_NONE || suppression_any()) && log_lock(PATIENCE)) {
        found.due = report_all();
        log_unlock();
    } else if (found.cut && options.keep != KEEP_NEVER && store_path() != NULL)
        log_line("there are more orders of locks than could be looked at; the record: %s", store_path());
    pthread_setcancelstate(cancel, NULL);
    return found.due || found.cut || known;
}
