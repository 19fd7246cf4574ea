// expect: none
// stdout-same: yes

// The program's own realloc locks while setenv moves the environment by it: what was there is gone, and what will be is
// not there yet. Who asks for a variable now follows wild pointers.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static char room[1 << 20];
static size_t used;

struct block {
    size_t size, unused;
    char data[];
};

void *malloc(size_t size)
{
    struct block *b = (struct block *)(room + used);
    used += sizeof *b + (size + 15) / 16 * 16;
    if (used > sizeof room)
        return NULL;
    b->size = size;
    return b->data;
}

void *calloc(size_t count, size_t each)
{
    return malloc(count * each); /* of zeros: none is given twice */
}

void free(void *block)
{
    (void)block;
}

void *realloc(void *block, size_t size)
{
    void *to = malloc(size);
    if (block == NULL || to == NULL)
        return to;
    struct block *b = (struct block *)((char *)block - sizeof *b);
    memcpy(to, block, b->size < size ? b->size : size);
    memset(block, 0xcd, b->size);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    return to;
}

int main(void)
{
    setenv("FIRST", "1", 1);
    setenv("SECOND", "2", 1);
    printf("%s %s\n", getenv("FIRST"), getenv("SECOND"));
    return 0;
}
