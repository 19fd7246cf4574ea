/*
 * The guards of C++'s static variables in functions. The compiler has them acquired before it runs an initialiser, as
 * long as the variable is not initialised: to acquire one is either to run the initialiser or to wait for the thread
 * that does. So it is like a pthread_once, but in calls of the C++ runtime.
 */
#include "preload/hold/hold.h"
#include "preload/hooks/hooks.h"
#include "preload/os/cxx_guard.h"
#include "preload/thread/thread.h"
#include "preload/wait/wait.h"

EXPORT int __cxa_guard_acquire(uint64_t *guard);
EXPORT void __cxa_guard_release(uint64_t *guard);
EXPORT void __cxa_guard_abort(uint64_t *guard);

/*
 * Where no runtime could be found, and the constructor of another library runs before ours. Who came to these names
 * found no others: then there is nobody to wait for either.
 */
static bool is_found(void *pointer)
{
    void **real_call = pointer;
    if (*real_call == NULL)
        real_find_cxx();
    if (*real_call == NULL)
        *real_call = real_address(pointer);
    return *real_call != NULL;
}

static __thread const struct call *under_way;

const struct call *guard_under_way(uint64_t address)
{
    return under_way != NULL && under_way->address == address ? under_way : NULL;
}

static int acquire_really(void *guard)
{
    return real.__cxa_guard_acquire(guard);
}

/* Nobody runs the initialiser. But another thread may just begin: then the runtime waits in a futex, where it shows. */
static int acquire_free(uint64_t *guard, const struct call *call)
{
    under_way = call;
    int runs = acquire_really(guard);
    under_way = NULL;
    return runs;
}

/* What the runtime calls in order to wait is no wait of its own. A handler that interrupts it is not watched. */
static int wait_really(void *guard)
{
    self.slot = NULL;
    return acquire_really(guard);
}

/* It was waited for while other locks were held: this is an order of them, too. */
static void note_waited(uint64_t *guard, uint64_t site, uint64_t frame)
{
    if (self.slot->held_end == 0)
        return;
    hold_acquire(self.slot, guard, HOLD_AS(KIND_GUARD, 0), site, frame);
    hold_release(self.slot, guard);
}

/* A thread that is alone has only itself to wait for, and is refused: by an exception, or the end of the program. */
static bool waits_for(const uint64_t *guard)
{
    if (!cxx_guard_is_begun(guard) || __libc_single_threaded)
        return false;
    return !cxx_guard_refuses_own(guard) || held_list_find(self.slot, (uint64_t)(uintptr_t)guard) == 0;
}

int __cxa_guard_acquire(uint64_t *guard)
{
    if (unlikely(!is_found(&real.__cxa_guard_acquire)))
        return !cxx_guard_is_done(guard);
    if (cxx_guard_is_done(guard) || thread_watched() == NULL)
        return acquire_really(guard);
    bool waits = waits_for(guard);
    const struct wait w = {.call = CALL_ABOUT(guard, KIND_GUARD), .block = wait_really, .argument = guard};
    int runs = waits ? wait_run(&w) : acquire_free(guard, &w.call);
    if (self_watched() == NULL)
        return runs;
    if (runs != 0)
        hold_acquire(self.slot, guard, HOLD_AS(KIND_GUARD, 0), CALL_SITE, CALL_FRAME);
    else if (waits)
        note_waited(guard, CALL_SITE, CALL_FRAME);
    return runs;
}

/* How the runtime wakes those that wait is none of the program's calls. */
static void release(uint64_t *guard, void (*really)(uint64_t *guard))
{
    if (thread_watched() == NULL) {
        really(guard);
        return;
    }
    hold_release(self.slot, guard);
    self.slot = NULL;
    really(guard);
    self.slot = self.own;
}

static void mark_done(uint64_t *guard)
{
    *(unsigned char *)guard = 1;
}

/* The variable is initialised. */
void __cxa_guard_release(uint64_t *guard)
{
    release(guard, likely(is_found(&real.__cxa_guard_release)) ? real.__cxa_guard_release : mark_done);
}

/* The initialiser has thrown an exception: the next thread runs it. */
void __cxa_guard_abort(uint64_t *guard)
{
    if (likely(is_found(&real.__cxa_guard_abort)))
        release(guard, real.__cxa_guard_abort);
}
