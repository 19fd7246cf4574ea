// env: LOCKWATCH_OPTIONS=starve_ms=1000
// expect: none

// Three readers that come back as soon as they have left, for longer than a writer may starve. They pass a turnstile,
// which the writer closes behind itself: those who are in leave, and nobody comes in before it.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t turnstile = PTHREAD_MUTEX_INITIALIZER;
static atomic_int written;

static void *writer(void *arg)
{
    while (written < 20) {
        pthread_mutex_lock(&turnstile);
        pthread_rwlock_wrlock(&rw);
        written++;
        pthread_rwlock_unlock(&rw);
        pthread_mutex_unlock(&turnstile);
        usleep(60000);
    }
    return arg;
}

static void *reader(void *pause)
{
    while (written < 20) {
        pthread_mutex_lock(&turnstile);
        pthread_mutex_unlock(&turnstile);
        pthread_rwlock_rdlock(&rw);
        usleep((useconds_t)(long)pause);
        pthread_rwlock_unlock(&rw);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[4];

    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, reader, (void *)(3000 + 1000 * i));
    pthread_create(&threads[3], NULL, writer, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
