/*
 * The thread calls: making threads, waiting for their end, naming them; and what else concerns threads and their end:
 * keys of thread-specific data, and _exit.
 */
#include "preload/thread/thread.h"
#include "preload/hold/epoch.h"
#include "preload/hold/hold.h"
#include "preload/hold/phase.h"
#include "preload/hooks/hooks.h"
#include "preload/os/loaded.h"
#include "preload/process/end_key.h"
#include "preload/process/process.h"
#include "preload/stack/stack.h"
#include "preload/store/module.h"
#include "preload/store/recording.h"
#include "preload/wait/other_wakers.h"
#include "preload/wait/patience.h"
#include "preload/wait/wait.h"
#include "preload/wait/wakers.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- making a thread --- */

enum { STACK_UNIT = 4096 };

/* The start routine of a thread: that of pthreads returns a pointer, that of C11 an int. */
static inline __attribute__((always_inline)) void *call_routine(uint64_t routine, uint64_t argument, bool c11)
{
    if (c11)
        return (void *)(intptr_t)((thrd_start_t)(uintptr_t)routine)((void *)(uintptr_t)argument);
    return ((void *(*)(void *))(uintptr_t)routine)((void *)(uintptr_t)argument);
}

/* The end of the thread is seen here, however it comes. */
static __attribute__((noinline)) void *run_to_the_end(uint64_t routine, uint64_t argument, bool c11)
{
    void *value;
    pthread_cleanup_push(end_key_early, NULL);
    value = call_routine(routine, argument, c11);
    pthread_cleanup_pop(1);
    return value;
}

/*
 * Where a new thread begins. Its start routine and argument stand in its slot, which outlives the call that makes it;
 * `begin` is the slot's id and, above it, the size of its stack.
 */
static inline __attribute__((always_inline)) void *run_thread(void *begin, bool c11, uint64_t frame)
{
    uint32_t id = (uint32_t)(uintptr_t)begin;
    struct thread *t = thread_at(id);
    uint64_t routine = t->want.address, argument = t->argument;
    t->created_at = t->want.site;
    t->want.address = 0;
    thread_begin(id, frame, ((uintptr_t)begin >> 32) * STACK_UNIT);
    return likely(thread_end_is_watched()) ? call_routine(routine, argument, c11)
                                           : run_to_the_end(routine, argument, c11);
}

static void *run_posix(void *begin)
{
    return run_thread(begin, false, CALL_FRAME);
}

static int run_c11(void *begin)
{
    return (int)(intptr_t)run_thread(begin, true, CALL_FRAME);
}

static bool is_detached(const pthread_attr_t *attributes)
{
    int state;
    return attributes != NULL && pthread_attr_getdetachstate(attributes, &state) == 0 &&
           state == PTHREAD_CREATE_DETACHED;
}

/* The default size of a stack is not asked for: glibc's is megabytes, more than any program asks for. */
#ifdef __GLIBC__
enum { DEFAULT_STACK = 1 << 20 };
#else
enum { DEFAULT_STACK = 128 << 10 };
#endif

static uintptr_t begin_with(uint32_t id, const pthread_attr_t *attributes)
{
    size_t size;
    if (attributes == NULL || pthread_attr_getstacksize(attributes, &size) != 0)
        size = DEFAULT_STACK;
    size /= STACK_UNIT;
    return id | (size < UINT32_MAX ? size : UINT32_MAX) << 32;
}

/*
 * musl lets a program ask for a stack of 2 KiB, which the library alone would overflow: such a one gets more. Where the
 * program has brought the memory, nothing can be done.
 */
static const pthread_attr_t *with_room(const pthread_attr_t *attributes, pthread_attr_t *copy)
{
#ifndef __GLIBC__
    enum { ENOUGH = 16 << 10 };
    void *own;
    size_t size;
    if (attributes == NULL || pthread_attr_getstack(attributes, &own, &size) == 0 ||
        pthread_attr_getstacksize(attributes, &size) != 0 || size >= ENOUGH)
        return attributes;
    *copy = *attributes;
    return pthread_attr_setstacksize(copy, size + ENOUGH) == 0 ? copy : attributes;
#else
    (void)copy;
    return attributes;
#endif
}

/* libc's own call: for the thread with this slot, or, where that is 0, for one that is not watched. */
static int make(const struct creation *c, uint32_t id)
{
    if (c->c11 && id == 0)
        return real.thrd_create(c->thread, (thrd_start_t)(uintptr_t)c->routine, c->argument);
    if (c->c11)
        return real.thrd_create(c->thread, run_c11, (void *)begin_with(id, NULL));
    if (id == 0)
        return real.pthread_create(c->thread, c->attributes, (void *(*)(void *))(uintptr_t)c->routine, c->argument);
    pthread_attr_t roomy;
    const pthread_attr_t *attributes = with_room(c->attributes, &roomy);
    return real.pthread_create(c->thread, attributes, run_posix, (void *)begin_with(id, attributes));
}

/*
 * A thread that an OpenMP runtime creates is one of a team: where the program came to the parallel region. 0: it is
 * not. Who creates more threads at one place is asked once.
 */
static uint64_t region_of(const struct creation *c)
{
    enum { FRAMES = 16 };
    static _Atomic uint64_t other;
    uint64_t at[FRAMES];
    if (atomic_load_explicit(&other, memory_order_relaxed) == c->site)
        return 0;
    const struct link_map *m = loaded_at((const void *)(uintptr_t)c->site);
    if (m == NULL || loaded_symbol(m->l_addr, m->l_ld, "omp_get_thread_num") == NULL) {
        atomic_store_explicit(&other, c->site, memory_order_relaxed);
        return 0;
    }
    const uint32_t count = stack_frames((struct stack_call){c->site, c->frame}, at, FRAMES);
    const void *own = loaded_at((const void *)&other); /* the wrapper of the region */
    for (uint32_t i = 0; i < count; i++) {
        const void *module = loaded_at((const void *)(uintptr_t)at[i]);
        if (module != m && module != own)
            return at[i];
    }
    return c->site;
}

/* A thread that waits in nothing that is recorded has no stack, which else brings the modules into the record. */
static void note_team(uint32_t id, uint64_t region)
{
    atomic_fetch_or(&thread_at(id)->traits, THREAD_TEAM);
    if (record_module_of(&ours, region) == 0)
        module_note();
}

int hook_create(const struct creation *c)
{
    if (unlikely(thread_watched() == NULL))
        return make(c, 0);
    int error = self_enter();
    uint32_t id = 0;
    const uint64_t region = region_of(c);
    if (recording_ready())
        id = thread_get(c->routine, (uint64_t)(uintptr_t)c->argument, is_detached(c->attributes), epoch_point(),
                        region != 0 ? region : c->site);
    if (id == 0) {
        self_leave(error);
        return make(c, 0);
    }
    uint32_t serial = thread_at(id)->serial;
    thread_at(id)->created_tick = recent_locks_now();
    if (region != 0)
        note_team(id, region);
    int result = make(c, id);
    if (result != 0)
        thread_cancel_creation(id);
    else
        thread_set_handle(id, serial, *c->thread);
    epoch_part();
    recent_locks_part();
    memset(self.made, 0, sizeof self.made);
    if (result == 0)
        phase_created();
    self_leave(error);
    return result;
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument)
{
    const struct creation c = {.thread = thread,
                               .attributes = attributes,
                               .routine = (uint64_t)(uintptr_t)routine,
                               .argument = argument,
                               .site = CALL_SITE,
                               .frame = CALL_FRAME};
    return hook_create(&c);
}

/* --- waiting for the end of a thread --- */

struct join_call {
    pthread_t thread;
    void **value;
    struct deadline until;
};

static int join_really(void *argument)
{
    const struct join_call *j = argument;
    if (j->until.time == NULL)
        return patience_join(j->thread, j->value);
    if (j->until.plain)
        return real.pthread_timedjoin_np(j->thread, j->value, j->until.time);
    return real.pthread_clockjoin_np(j->thread, j->value, j->until.clock, j->until.time);
}

/*
 * Whether libc refuses the call, which musl never does. A thread that joins itself always is; one that joins a thread
 * which is joining it only where libc keeps track of that (glibc 2.36 means to, but does not). libc refuses before it
 * looks at the time.
 */
static bool is_refused(const struct join_call *j, uint32_t id)
{
#ifndef __GLIBC__
    (void)j, (void)id;
    return false;
#else
    const struct timespec past = {0, 0};
    const struct thread *t = thread_at(id);
    bool mutual = t->sequence % 2 == 1 && t->want.kind == KIND_THREAD && t->want.thread == self.id;
    return id == self.id || (mutual && real.pthread_timedjoin_np(j->thread, j->value, &past) == EDEADLK);
#endif
}

/* `trait`: THREAD_JOINED or THREAD_DETACHED; `value`: of the thread that was joined. A routine may return
 * PTHREAD_CANCELED, so that counts only where the program can cancel threads. */
static void joined_or_detached(uint32_t id, uint32_t serial, uint32_t trait, const void *value)
{
    int error = self_enter();
    const struct thread *t = thread_at(id);
    bool cancelled = value == PTHREAD_CANCELED && other_wakers_cancel() != 0;
    if (trait == THREAD_JOINED && t->serial == serial) {
        if (t->creator == self.own->serial && t->epoch != 0)
            epoch_spanned(t, hold_since(self.own, t->created_tick));
        epoch_join(t->epoch != 0 ? t->epoch : t->born);
        phase_joined(t->creator);
    }
    thread_joined_or_detached(id, serial, cancelled ? trait | THREAD_CANCELLED : trait);
    self_leave(error);
}

static int join_thread(const struct join_call *j, uint64_t site, uint64_t frame)
{
    uint32_t id = 0;
    if (likely(thread_watched() != NULL))
        id = thread_by_handle(j->thread);
    if (id == 0 || is_refused(j, id))
        return join_really((void *)(uintptr_t)j);
    uint32_t serial = thread_at(id)->serial;
    void *value = NULL;
    struct join_call call = *j;
    call.value = j->value != NULL ? j->value : &value;
    const struct wait w = {.call = {0, KIND_THREAD, site, frame},
                           .thread = id,
                           .how = deadline_want(&j->until),
                           .block = join_really,
                           .argument = &call};
    int result = wait_run(&w);
    if (result == 0 && self_watched() != NULL && self.slot->held_end != 0)
        wakers_joined(self.slot, id, deadline_how(&j->until), site, frame);
    if (result == 0)
        joined_or_detached(id, serial, THREAD_JOINED, *call.value);
    return result;
}

int hook_join(pthread_t thread, void **value, uint64_t site, uint64_t frame)
{
    const struct join_call j = {.thread = thread, .value = value};
    return join_thread(&j, site, frame);
}

EXPORT int pthread_join(pthread_t thread, void **value)
{
    return hook_join(thread, value, CALL_SITE, CALL_FRAME);
}

EXPORT int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *time)
{
    const struct join_call j = {.thread = thread, .value = value, .until = {.time = time, .plain = true}};
    return time != NULL ? join_thread(&j, CALL_SITE, CALL_FRAME) : real.pthread_timedjoin_np(thread, value, time);
}

EXPORT int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *time)
{
    const struct join_call j = {.thread = thread, .value = value, .until = {.time = time, .clock = clock}};
    return time != NULL ? join_thread(&j, CALL_SITE, CALL_FRAME)
                        : real.pthread_clockjoin_np(thread, value, clock, time);
}

EXPORT int pthread_tryjoin_np(pthread_t thread, void **value)
{
    if (unlikely(thread_watched() == NULL))
        return real.pthread_tryjoin_np(thread, value);
    uint32_t id = thread_by_handle(thread);
    int result = real.pthread_tryjoin_np(thread, value);
    if (result == 0 && id != 0)
        joined_or_detached(id, thread_at(id)->serial, THREAD_JOINED, value == NULL ? NULL : *value);
    return result;
}

int hook_detach(pthread_t thread)
{
    if (unlikely(thread_watched() == NULL))
        return real.pthread_detach(thread);
    uint32_t id = thread_by_handle(thread);
    int result = real.pthread_detach(thread);
    if (result == 0 && id != 0)
        joined_or_detached(id, thread_at(id)->serial, THREAD_DETACHED, NULL);
    return result;
}

_Atomic bool hooks_cancels;

EXPORT int pthread_cancel(pthread_t thread)
{
    hooks_cancels = true;
    return real.pthread_cancel(thread);
}

EXPORT int pthread_detach(pthread_t thread)
{
    return hook_detach(thread);
}

EXPORT int pthread_setname_np(pthread_t thread, const char *name)
{
    int result = real.pthread_setname_np(thread, name);
    if (result == 0 && self_watched() != NULL) {
        uint32_t id = pthread_equal(thread, pthread_self()) ? self.id : thread_by_handle(thread);
        struct thread *t = id != 0 ? thread_at(id) : self.own;
        if (id != 0 || pthread_equal(thread, pthread_self()))
            strncpy(t->name, name, sizeof t->name - 1);
    }
    return result;
}

/* --- keys of thread-specific data: all are the program's, if it wants them --- */

EXPORT int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    end_key_of_program(destructor);
    int result = real.pthread_key_create(key, destructor);
    return result == EAGAIN && end_key_release() ? real.pthread_key_create(key, destructor) : result;
}

/* Programs linked before glibc 2.34 and C++ libraries call it by this name. */
int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *));

EXPORT int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    return pthread_key_create(key, destructor);
}

/* --- the end of the process --- */

EXPORT void _exit(int status)
{
    process_end(status);
    real._exit(status);
    __builtin_unreachable();
}

EXPORT void _Exit(int status)
{
    process_end(status);
    real._Exit(status);
    __builtin_unreachable();
}
