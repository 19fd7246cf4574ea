// expect: unlock-not-held warning threads=1 locks=m
// expect: unlock-not-held warning threads=1 locks=rw
// expect: unlock-not-held warning threads=1 locks=s
// json: [f["count"] for f in doc["findings"]] == [2, 1, 1]

// Released once too often, by the only thread there is; of the mutex twice in one place, while another one is held.
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t s;

static void unlock_twice(void)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    pthread_mutex_unlock(&m);
}

int main(void)
{
    pthread_spin_init(&s, PTHREAD_PROCESS_PRIVATE);
    unlock_twice();
    pthread_mutex_lock(&other);
    unlock_twice();
    pthread_mutex_unlock(&other);
    pthread_rwlock_unlock(&rw);
    pthread_spin_unlock(&s);
    return 0;
}
