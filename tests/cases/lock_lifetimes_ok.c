// Locks that nobody destroys end with their memory, and what stays where it was stays the same lock. With an argument
// it prints, for tests/scripts/lifetimes: what was done, the lock's address, and how many locks that must have had.
// expect: none
#define _GNU_SOURCE
#include "include/lockwatch.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static int prints;

/* Addresses are numbers here, as their memory is released. A zeroed lock is as PTHREAD_MUTEX_INITIALIZER has it. */
static void use(uintptr_t address)
{
    pthread_mutex_t *inner = (pthread_mutex_t *)address;
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(&outer);
}

static void tell(const char *what, uintptr_t address, int locks)
{
    if (prints)
        printf("%s %#lx %d\n", what, (unsigned long)address, locks);
}

/* What the compiler sees of these it would warn of. */
#if __has_attribute(noipa)
#define OPAQUE __attribute__((noipa)) static
#else
#define OPAQUE __attribute__((noinline)) static
#endif

OPAQUE uintptr_t block(size_t size)
{
    return (uintptr_t)calloc(1, size);
}

OPAQUE void release(uintptr_t address)
{
    free((void *)address);
}

static void expect(int true, const char *what)
{
    if (true)
        return;
    printf("expected: %s\n", what);
    exit(1);
}

/* A block where one was just released. */
OPAQUE void again(size_t size, uintptr_t before)
{
    void *memory = malloc(size);
    expect((uintptr_t)memory == before, "the block that was just released");
    memset((void *)before, 0, size);
}

static void blocks(void)
{
    static const size_t sizes[] = {64, 1000, 5000, 100 * 1024, 1024 * 1024};
    mallopt(M_MMAP_THRESHOLD, 512 * 1024); /* so that it stays what it is */
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t at = (sizes[i] - sizeof(pthread_mutex_t)) & ~(size_t)15;
        uintptr_t memory = block(sizes[i]);
        use(memory + at);
        release(memory);
        again(sizes[i], memory);
        use(memory + at);
        tell("free", memory + at, 2);
        release(memory);
    }
}

/* The lock is on the page after the one that its block begins on. */
static void across_pages(void)
{
    uintptr_t some[64], across = 0;
    for (int i = 0; i < 64; i++) {
        some[i] = block(240);
        if ((some[i] & 4095) > 4096 - 100)
            across = some[i];
    }
    if (across != 0) {
        use(across + 128);
        release(across);
        again(240, across);
        use(across + 128);
        tell("free, across pages", across + 128, 2);
    }
    for (int i = 0; i < 64; i++)
        release(some[i]);
}

OPAQUE uintptr_t resize(uintptr_t address, size_t size)
{
    return (uintptr_t)realloc((void *)address, size);
}

OPAQUE uintptr_t resize_array(uintptr_t address, size_t count, size_t each)
{
    return (uintptr_t)reallocarray((void *)address, count, each);
}

static void moved(void)
{
    uintptr_t memory = block(64);
    use(memory);
    uintptr_t elsewhere = resize(memory, 1024 * 1024);
    use(elsewhere);
    again(64, memory);
    use(memory);
    tell("realloc, moved", memory, 2);
    tell("realloc, moved to", elsewhere, 1);
    uintptr_t more = resize_array(memory, 1000, 1000);
    again(64, memory);
    use(memory);
    tell("reallocarray, moved", memory, 3);
    release(memory), release(elsewhere), release(more);
}

static void stays(void)
{
    uintptr_t memory = block(9000);
    use(memory + 16), use(memory + 8000);
    expect(resize(memory, PTRDIFF_MAX) == 0, "realloc to fail");
    use(memory + 16), use(memory + 8000);
    expect(resize(memory, 4000) == memory, "realloc to stay in place");
    use(memory + 16);
    expect(resize(memory, 9000) == memory, "realloc to stay in place");
    memset((char *)memory + 4000, 0, 5000);
    use(memory + 16), use(memory + 8000);
    tell("realloc, stays", memory + 16, 1);
    tell("realloc, behind the new end", memory + 8000, 2);
    release(memory);
}

static uintptr_t map(uintptr_t at, size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at != 0 ? MAP_FIXED : 0);
    return (uintptr_t)mmap((void *)at, size, PROT_READ | PROT_WRITE, flags, -1, 0);
}

static void maps(void)
{
    enum { SIZE = 1 << 20 };
    uintptr_t memory = map(0, SIZE);
    use(memory + 100 * 1024), use(memory);
    munmap((void *)(memory + 64 * 1024), SIZE - 64 * 1024);
    map(memory + 64 * 1024, SIZE - 64 * 1024);
    use(memory + 100 * 1024), use(memory);
    tell("munmap", memory + 100 * 1024, 2);
    tell("munmap, beside", memory, 1);
    uintptr_t target = map(0, SIZE);
    use(target);
    mremap((void *)memory, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)target);
    use(target);
    map(memory, SIZE);
    use(memory);
    tell("mremap, from", memory, 2);
    tell("mremap, to", target, 2);
    munmap((void *)memory, SIZE), munmap((void *)target, SIZE);
}

static uintptr_t on_stack, in_thread;

static void *short_lived(void *argument)
{
    static __thread pthread_mutex_t mine;
    pthread_mutex_t here;
    memset(&here, 0, sizeof here);
    uintptr_t where = (uintptr_t)&here, there = (uintptr_t)&mine;
    use(where), use(there);
    if (argument != NULL)
        expect(where == on_stack && there == in_thread, "a second thread where the first one was");
    on_stack = where, in_thread = there;
    return argument;
}

static void threads(void)
{
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, short_lived, (void *)i);
        pthread_join(thread, NULL);
    }
    tell("stack", on_stack, 3);
    tell("thread-local", in_thread, 3);
}

/* The same after many blocks were released that lie near it, but not beside it. */
static void places_near_others(void)
{
    uintptr_t lock = block(sizeof(pthread_mutex_t)), space = block(2000);
    pthread_mutex_init((pthread_mutex_t *)lock, NULL);
    for (int i = 0; i < 2000; i++)
        release(block(100));
    release(lock);
    again(sizeof(pthread_mutex_t), lock);
    use(lock);
    tell("made nowhere", lock, 1);
    release(space);
}

/* It was made by init, and then by nobody that can be seen. */
static void places(void)
{
    uintptr_t lock = block(sizeof(pthread_mutex_t));
    pthread_mutex_init((pthread_mutex_t *)lock, NULL);
    release(lock);
    again(sizeof(pthread_mutex_t), lock);
    use(lock);
    tell("made nowhere", lock, 1);
    LOCKWATCH_NAME((void *)lock, "old");
    release(lock);
    again(sizeof(pthread_mutex_t), lock);
    use(lock);
    tell("without a name", lock, 2); /* not released, or the next one would be there */
}

int main(int argc, char **argv)
{
    (void)argv;
    prints = argc > 1;
    blocks();
    across_pages();
    moved();
    stays();
    maps();
    threads();
    places();
    places_near_others();
    return 0;
}
