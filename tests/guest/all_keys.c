// expect: none
// where: glibc >= (2, 34)
// All keys for thread-specific data are the program's. Their destructors run as often as ever, and the threads that
// come then are watched as well.
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <threads.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key[PTHREAD_KEYS_MAX + 1];
static _Atomic int destroyed;

static void nest(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

static void release(void *held)
{
    destroyed++;
    if (held == &a)
        pthread_mutex_unlock(&a);
    nest();
}

static void *set_all(void *value)
{
    nest();
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++)
        if (pthread_getspecific(key[i]) != NULL || pthread_setspecific(key[i], &key[i]) != 0)
            printf("key %d\n", i);
    if (value != NULL) { /* it ends holding a lock, which a destructor releases */
        pthread_setspecific(key[0], value);
        pthread_mutex_lock(value);
        pthread_exit(NULL);
    }
    return NULL;
}

static void run(void *value)
{
    pthread_t thread;
    pthread_create(&thread, NULL, set_all, value);
    pthread_join(thread, NULL);
}

int main(void)
{
    int made = 0;
    tss_t one_more;
    nest();
    while (made <= PTHREAD_KEYS_MAX && pthread_key_create(&key[made], release) == 0)
        made++;
    printf("%d keys\n", made);
    for (int i = 0; i < 50; i++)
        run(i % 2 == 0 ? NULL : &a);
    printf("%d destroyed, ", (int)destroyed);
    pthread_key_delete(key[5]);
    int again = tss_create(&one_more, NULL) == thrd_success;
    printf("one more: %d, two: %d\n", again, tss_create(&one_more, NULL) == thrd_success);
    return made != PTHREAD_KEYS_MAX;
}
