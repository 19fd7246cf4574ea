// Threads initialise mutexes in blocks of memory at random, or leave them zeroed, destroy them or not, and release,
// resize or pass on the blocks. With two arguments, a seed and "tell", it prints for tests/scripts/lifetimes: of each
// mutex that was used, the address, and the function that initialised it, by a naive model.
// expect: none
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { THREADS = 3, BLOCKS = 24, SLOTS = 6, STEPS = 4000, USES = 100 };
enum maker { NOBODY, A, B };
static const char *const maker_names[] = {"nobody", "make_a", "make_b"};

struct slot {
    size_t at;
    enum maker maker;
    int is_initialised, is_used;
};
struct block {
    uintptr_t memory; /* a number, as it may be released; 0: there is none */
    size_t size;
    int is_mapped;
    struct slot slot[SLOTS];
};

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block pool[BLOCKS];
static unsigned long seed = 1;
static int uses, tells;

static unsigned next_random(unsigned long *state, unsigned below)
{
    *state = *state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(*state >> 33) % below;
}

static pthread_mutex_t *mutex_of(const struct block *b, int i)
{
    return (pthread_mutex_t *)(b->memory + b->slot[i].at);
}

__attribute__((noinline)) static void make_a(pthread_mutex_t *m)
{
    pthread_mutex_init(m, NULL);
    __asm__ volatile("");
}

__attribute__((noinline)) static void make_b(pthread_mutex_t *m)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutex_init(m, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void make(struct block *b, int i, enum maker maker)
{
    if (maker == A)
        make_a(mutex_of(b, i));
    else
        make_b(mutex_of(b, i));
    b->slot[i] = (struct slot){b->slot[i].at, maker, 1, 0};
}

/* Zeroed, as PTHREAD_MUTEX_INITIALIZER has it. */
static void destroy(struct block *b, int i)
{
    pthread_mutex_destroy(mutex_of(b, i));
    memset(mutex_of(b, i), 0, sizeof(pthread_mutex_t));
    b->slot[i] = (struct slot){b->slot[i].at, NOBODY, 0, 0};
}

static void use(struct block *b, int i)
{
    pthread_mutex_lock(&outer);
    if (b->slot[i].is_used || uses < USES) {
        pthread_mutex_lock(mutex_of(b, i));
        pthread_mutex_unlock(mutex_of(b, i));
        if (!b->slot[i].is_used) {
            uses++;
            if (tells)
                printf("%p %s\n", (void *)mutex_of(b, i), maker_names[b->slot[i].maker]);
        }
        b->slot[i].is_used = 1;
    }
    pthread_mutex_unlock(&outer);
}

static void get(struct block *b, unsigned long *state)
{
    static const size_t sizes[] = {48, 64, 200, 320, 1000, 5000, 100 * 1024, 400 * 1024};
    b->size = sizes[next_random(state, sizeof sizes / sizeof sizes[0])];
    b->is_mapped = next_random(state, 16) == 0;
    if (b->is_mapped)
        b->memory = (uintptr_t)mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else
        b->memory = (uintptr_t)malloc(b->size);
    memset((void *)b->memory, 0, b->size);
    size_t place = b->size / SLOTS / 8 * 8;
    for (int i = 0; i < SLOTS; i++)
        b->slot[i] = (struct slot){place >= sizeof(pthread_mutex_t) ? (size_t)i * place : 0, NOBODY, 0, 0};
    if (place < sizeof(pthread_mutex_t))
        b->slot[0].at = next_random(state, 2) * 8;
}

static int slots_of(const struct block *b)
{
    return b->size / SLOTS / 8 * 8 >= sizeof(pthread_mutex_t) ? SLOTS : 1;
}

static void release(struct block *b)
{
    if (b->is_mapped)
        munmap((void *)b->memory, b->size);
    else
        free((void *)b->memory);
    b->memory = 0;
}

/* What moves is not the lock that it was; neither is what comes where one was cut off. */
static void resize(struct block *b, unsigned long *state)
{
    size_t before = b->size, size = next_random(state, 2) != 0 ? before + before / 2 : before / 8 * 7;
    uintptr_t from = b->memory;
    if (b->is_mapped || slots_of(b) != SLOTS)
        return;
    b->memory = (uintptr_t)realloc((void *)from, size);
    for (int i = 0; i < SLOTS; i++)
        if (b->memory != from || b->slot[i].at + sizeof(pthread_mutex_t) > size) {
            if (b->slot[i].at + sizeof(pthread_mutex_t) <= size)
                memset(mutex_of(b, i), 0, sizeof(pthread_mutex_t));
            b->slot[i] = (struct slot){b->slot[i].at, NOBODY, 0, 0};
        }
    if (size < before) {
        release(b);
        get(b, state);
    } else
        b->size = before; /* its slots stay where they are */
}

static void step(struct block *b, unsigned long *state)
{
    if (b->memory == 0)
        get(b, state);
    int i = (int)next_random(state, (unsigned)slots_of(b));
    unsigned what = next_random(state, 64);
    if (what < 20)
        make(b, i, next_random(state, 2) != 0 ? A : B);
    else if (what < 32 && b->slot[i].is_initialised)
        destroy(b, i);
    else if (what < 44)
        release(b);
    else if (what < 50)
        resize(b, state);
    else if (what < 53)
        use(b, i);
}

static void *work(void *argument)
{
    unsigned long state = seed * THREADS + (uintptr_t)argument;
    for (int n = 0; n < STEPS; n++) {
        struct block *place = &pool[next_random(&state, BLOCKS)], mine;
        pthread_mutex_lock(&pool_lock);
        mine = *place;
        place->memory = 0;
        pthread_mutex_unlock(&pool_lock);
        step(&mine, &state);
        pthread_mutex_lock(&pool_lock);
        struct block other = *place;
        *place = mine;
        pthread_mutex_unlock(&pool_lock);
        if (other.memory != 0)
            release(&other);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread[THREADS];
    if (argc > 2) {
        seed = strtoul(argv[1], NULL, 10);
        tells = 1;
    }
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
