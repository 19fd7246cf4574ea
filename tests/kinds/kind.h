/*
 * One lock of any kind, for the shapes of this folder. A shape is built for each kind that its `kinds:` names, with
 * -DKIND=KIND_mutex and so on.
 *
 * lock_t, lock_init, lock, unlock, lock_destroy      the lock
 * try_lock(l), timed_lock(l, ms)                     0: acquired. A spinlock has no timed_lock
 * start(routine), join(t), detach(t)                 a thread that calls void routine(void); C11's for the kinds c11
 * run_together(one, two, three)                      up to three of them, until all have ended
 * cond_t and cond_..., once_t and once, thread_key_  for a mutex: POSIX or C11
 */
#ifndef TESTS_KINDS_KIND_H
#define TESTS_KINDS_KIND_H

#include "tests/order.h"

#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

#define KIND_mutex 1
#define KIND_errorcheck 2
#define KIND_recursive 3
#define KIND_adaptive 4
#define KIND_robust 5
#define KIND_pi 6
#define KIND_pp 7
#define KIND_pshared 8
#define KIND_rwlock 9
#define KIND_spinlock 10
#define KIND_semaphore 11
#define KIND_c11 12
#define KIND_c11_timed 13
#define KIND_c11_recursive 14

#define IS_MUTEX (KIND <= KIND_pshared)
#define IS_C11 (KIND >= KIND_c11)

#if IS_MUTEX
typedef pthread_mutex_t lock_t;
#define lock pthread_mutex_lock
#define unlock pthread_mutex_unlock
#define lock_destroy pthread_mutex_destroy
#define try_lock pthread_mutex_trylock
#define lock_until pthread_mutex_timedlock
#elif KIND == KIND_rwlock
typedef pthread_rwlock_t lock_t;
#define lock pthread_rwlock_wrlock
#define unlock pthread_rwlock_unlock
#define lock_destroy pthread_rwlock_destroy
#define try_lock pthread_rwlock_trywrlock
#define lock_until pthread_rwlock_timedwrlock
#elif KIND == KIND_spinlock
typedef pthread_spinlock_t lock_t;
#define lock pthread_spin_lock
#define unlock pthread_spin_unlock
#define lock_destroy pthread_spin_destroy
#define try_lock pthread_spin_trylock
#elif KIND == KIND_semaphore
typedef sem_t lock_t;
#define lock sem_wait
#define unlock sem_post
#define lock_destroy sem_destroy
#define try_lock sem_trywait
#define lock_until sem_timedwait
#else
typedef mtx_t lock_t;
#define lock mtx_lock
#define unlock mtx_unlock
#define lock_destroy mtx_destroy
#define try_lock mtx_trylock
#define lock_until mtx_timedlock
#endif

#if IS_MUTEX
static void set_kind(pthread_mutexattr_t *attributes)
{
#if KIND == KIND_errorcheck
    pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_ERRORCHECK);
#elif KIND == KIND_recursive
    pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_RECURSIVE);
#elif KIND == KIND_adaptive
    pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#elif KIND == KIND_robust
    pthread_mutexattr_setrobust(attributes, PTHREAD_MUTEX_ROBUST);
#elif KIND == KIND_pi
    pthread_mutexattr_setprotocol(attributes, PTHREAD_PRIO_INHERIT);
#elif KIND ==                                                                                                          \
    KIND_pp /* only for threads with a real-time policy; where the system allows none, the mutexes stay plain */
    const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0)
        pthread_mutexattr_setprotocol(attributes, PTHREAD_PRIO_PROTECT);
#elif KIND == KIND_pshared
    pthread_mutexattr_setpshared(attributes, PTHREAD_PROCESS_SHARED);
#else
    pthread_mutexattr_settype(attributes, PTHREAD_MUTEX_NORMAL);
#endif
}
#endif

__attribute__((unused)) static void lock_init(lock_t *l)
{
#if IS_MUTEX
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    set_kind(&attributes);
    pthread_mutex_init(l, &attributes);
#elif KIND == KIND_rwlock
    pthread_rwlock_init(l, NULL);
#elif KIND == KIND_spinlock
    pthread_spin_init(l, PTHREAD_PROCESS_PRIVATE);
#elif KIND == KIND_semaphore
    sem_init(l, 0, 1);
    /* It counts as a lock once whoever posts it is seen to have waited for it. */
    for (int i = 0; i < 10; i++) {
        sem_wait(l);
        sem_post(l);
    }
#else
    mtx_init(l, KIND == KIND_c11_timed       ? mtx_timed
                : KIND == KIND_c11_recursive ? mtx_plain | mtx_recursive
                                             : mtx_plain);
#endif
}

#ifdef lock_until
static struct timespec in_ms(long ms)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += (end.tv_nsec / 1000000 + ms) / 1000;
    end.tv_nsec = (end.tv_nsec / 1000000 + ms) % 1000 * 1000000;
    return end;
}

__attribute__((unused)) static int timed_lock(lock_t *l, long ms)
{
    const struct timespec end = in_ms(ms);
    return lock_until(l, &end);
}
#endif

#if IS_C11
typedef thrd_t thread_t;
typedef int result_t;
#define start_call(thread, routine) thrd_create(thread, call, routine)
#define join(thread) thrd_join(thread, NULL)
#define detach(thread) thrd_detach(thread)

typedef cnd_t cond_t;
#define cond_init(c) cnd_init(c)
#define cond_destroy cnd_destroy
#define cond_wait cnd_wait
#define cond_until cnd_timedwait
#define cond_signal cnd_signal
#define cond_broadcast cnd_broadcast

typedef once_flag once_t;
#define ONCE ONCE_FLAG_INIT
#define once call_once

typedef tss_t thread_key_t;
#define thread_key_create tss_create
#define thread_key_set tss_set
#else
typedef pthread_t thread_t;
typedef void *result_t;
#define start_call(thread, routine) pthread_create(thread, NULL, call, routine)
#define join(thread) pthread_join(thread, NULL)
#define detach(thread) pthread_detach(thread)

typedef pthread_cond_t cond_t;
#define cond_init(c) pthread_cond_init(c, NULL)
#define cond_destroy pthread_cond_destroy
#define cond_wait pthread_cond_wait
#define cond_until pthread_cond_timedwait
#define cond_signal pthread_cond_signal
#define cond_broadcast pthread_cond_broadcast

typedef pthread_once_t once_t;
#define ONCE PTHREAD_ONCE_INIT
#define once pthread_once

typedef pthread_key_t thread_key_t;
#define thread_key_create pthread_key_create
#define thread_key_set pthread_setspecific
#endif

__attribute__((unused)) static result_t call(void *routine)
{
    ((void (*)(void))routine)();
    return 0;
}

__attribute__((unused)) static thread_t start(void (*routine)(void))
{
    thread_t thread;
    start_call(&thread, (void *)routine);
    return thread;
}

__attribute__((unused)) static void run_together(void (*one)(void), void (*two)(void), void (*three)(void))
{
    thread_t first = start(one), second = two == NULL ? first : start(two),
             third = three == NULL ? first : start(three);
    join(first);
    if (two != NULL)
        join(second);
    if (three != NULL)
        join(third);
}

#endif
