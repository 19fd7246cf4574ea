// Does what lines of its standard input say, so that whoever watches it knows when: w: a thread waits for the gate,
// which main holds; g: main releases the gate; d: two threads deadlock; and it exits at the end of its input.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, left = PTHREAD_MUTEX_INITIALIZER,
                       right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *wait_for_gate(void *unused)
{
    pthread_setname_np(pthread_self(), "waiter");
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return unused;
}

static void *nothing(void *unused)
{
    return unused;
}

static void *acquire(void *first)
{
    pthread_mutex_lock(first);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(first == &left ? &right : &left);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int c;
    pthread_barrier_init(&both, NULL, 2);
    pthread_mutex_lock(&gate);
    pthread_create(&thread, NULL, nothing, NULL); /* from here on there is a record */
    pthread_join(thread, NULL);
    while ((c = getchar()) != EOF) {
        if (c == 'w')
            pthread_create(&thread, NULL, wait_for_gate, NULL);
        else if (c == 'g')
            pthread_mutex_unlock(&gate);
        else if (c == 'd') {
            pthread_create(&thread, NULL, acquire, &left);
            pthread_create(&thread, NULL, acquire, &right);
        }
    }
    _exit(0);
}
