#include "preload/os/arena.h"

#include "preload/os/fork_zeroed.h"

#include <sys/mman.h>

enum { CHUNK = 64 * 1024 };

static char *at FORK_ZEROED, *end FORK_ZEROED;

void *arena_get(size_t size)
{
    size = (size + 63) / 64 * 64;
    if (size > (size_t)(end - at)) {
        size_t chunk = size > CHUNK / 2 ? (size + 4095) / 4096 * 4096 : CHUNK;
        char *p = mmap(NULL, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return NULL;
        if (chunk != CHUNK)
            return p;
        at = p;
        end = p + chunk;
    }
    char *p = at;
    at += size;
    return p;
}

void *arena_pool_get(void **pool, size_t size)
{
    void *block = *pool;
    if (block == NULL)
        return arena_get(size);
    *pool = *(void **)block;
    *(void **)block = NULL;
    return block;
}

void arena_pool_put(void **pool, void *block)
{
    *(void **)block = *pool;
    *pool = block;
}
