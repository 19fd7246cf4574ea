/*
 * expect: none
 * args: ab+- ab
 *
 * Acquires locks in the orders of its arguments: orders STORY [STORY...]. The first story is the main thread's; "ab"
 * takes a and under it b, "+" makes a thread and "*" one of another routine, each with the next story, "-" joins the
 * one that was made first; only the main thread may do so. Upper case is for locks on the heap, of which there are as
 * many. No two threads run at one time, but nothing that lockwatch sees says so. Built with FRONT everything stands at
 * other places in the file.
 */
#include <ctype.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifdef FRONT
static const char *const words[] = {"all", "that", "follows", "is", "elsewhere"};

const char *front(unsigned i)
{
    return words[i * 7 % 5];
}
#endif

struct row {
    int number;
    pthread_mutex_t lock;
};

static struct row table[8];
static struct row *heap[8];
static char **stories;
static atomic_int going;

static pthread_mutex_t *lock_of(char letter)
{
    int i = tolower(letter) - 'a';
    return isupper(letter) ? &heap[i]->lock : &table[i].lock;
}

static void in_order(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

static void tell(const char *story);

static void *one(void *story)
{
    while (atomic_exchange(&going, 1) != 0)
        sched_yield();
    tell(story);
    atomic_store(&going, 0);
    return NULL;
}

static void *two(void *story)
{
    void *result = one(story);
    return result;
}

static void tell(const char *story)
{
    pthread_t thread[64] = {0};
    int made = 0, joined = 0;
    for (; *story != 0; story++)
        if (*story == '+')
            pthread_create(&thread[made++], NULL, one, *stories++);
        else if (*story == '*')
            pthread_create(&thread[made++], NULL, two, *stories++);
        else if (*story == '-')
            pthread_join(thread[joined++], NULL);
        else
            in_order(lock_of(story[0]), lock_of(story[1])), story++;
}

int main(int argc, char **argv)
{
    for (int i = 0; i < 8; i++) {
        heap[i] = calloc(1, sizeof *heap[i]);
        pthread_mutex_init(&heap[i]->lock, NULL);
        pthread_mutex_init(&table[i].lock, NULL);
    }
    stories = argv + 2;
    if (argc > 1)
        tell(argv[1]);
    return 0;
}
