/* What musl has by another name or in another form alone: before each source that tests/soak/musl builds. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP                                                                         \
    {                                                                                                                  \
        {                                                                                                              \
            {                                                                                                          \
                PTHREAD_MUTEX_RECURSIVE                                                                                \
            }                                                                                                          \
        }                                                                                                              \
    }
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP                                                                        \
    {                                                                                                                  \
        {                                                                                                              \
            {                                                                                                          \
                PTHREAD_MUTEX_ERRORCHECK                                                                               \
            }                                                                                                          \
        }                                                                                                              \
    }
#define PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP PTHREAD_MUTEX_INITIALIZER
#define PTHREAD_MUTEX_RECURSIVE_NP PTHREAD_MUTEX_RECURSIVE
#define PTHREAD_MUTEX_ERRORCHECK_NP PTHREAD_MUTEX_ERRORCHECK

/* The same time by the one clock that musl takes. */
static inline const struct timespec *musl_time(clockid_t clock, const struct timespec *t, struct timespec *to)
{
    enum { SECOND = 1000000000 };
    struct timespec now, real;
    if (clock == CLOCK_REALTIME || t->tv_nsec < 0 || t->tv_nsec >= SECOND || t->tv_sec < 0)
        return t;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &real);
    long nanoseconds = t->tv_nsec - now.tv_nsec + real.tv_nsec + SECOND;
    to->tv_sec = t->tv_sec - now.tv_sec + real.tv_sec - 1 + nanoseconds / SECOND;
    to->tv_nsec = nanoseconds % SECOND;
    return to;
}

#define CLOCK_CALL(name, timed, type, refused)                                                                         \
    static inline int name(type *lock, clockid_t clock, const struct timespec *t)                                      \
    {                                                                                                                  \
        struct timespec to;                                                                                            \
        if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)                                                       \
            return refused;                                                                                            \
        return timed(lock, musl_time(clock, t, &to));                                                                  \
    }
CLOCK_CALL(pthread_mutex_clocklock, pthread_mutex_timedlock, pthread_mutex_t, EINVAL)
CLOCK_CALL(pthread_rwlock_clockrdlock, pthread_rwlock_timedrdlock, pthread_rwlock_t, EINVAL)
CLOCK_CALL(pthread_rwlock_clockwrlock, pthread_rwlock_timedwrlock, pthread_rwlock_t, EINVAL)
CLOCK_CALL(sem_clockwait, sem_timedwait, sem_t, (errno = EINVAL, -1))

static inline int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
                                         const struct timespec *t)
{
    struct timespec to;
    return pthread_cond_timedwait(c, m, musl_time(clock, t, &to));
}

static inline int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock, const struct timespec *t)
{
    struct timespec to;
    return pthread_timedjoin_np(thread, value, musl_time(clock, t, &to));
}
