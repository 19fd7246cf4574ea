// expect: lock-order warning locks=c->shard[0].lock,c->journal
// report-has: can deadlock over
// report-has: c->shard[0].lock and c->journal
// report-has: c->journal is the mutex created in cache_new at members_behind_pointers.c:
// json: f["title"] == "lock-order: cache::journal and shard::lock"
// json: [l["label"] for l in f["locks"]] == [l["name"] for l in f["locks"]]

// Locks in memory from the heap go by what the source calls them, as far as all places agree.
#include "tests/order.h"

#include <pthread.h>
#include <stdlib.h>

struct shard {
    int count;
    pthread_mutex_t lock;
};
struct cache {
    struct shard shard[4];
    pthread_mutex_t journal;
};

static struct cache *cache_new(void)
{
    struct cache *c = calloc(1, sizeof *c);
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&c->shard[i].lock, NULL);
    pthread_mutex_init(&c->journal, NULL);
    return c;
}

static void *put(void *arg)
{
    struct cache *c = arg;
    pthread_mutex_lock(&c->shard[0].lock);
    pthread_mutex_lock(&c->journal);
    pthread_mutex_unlock(&c->journal);
    pthread_mutex_unlock(&c->shard[0].lock);
    step();
    return NULL;
}

static void *flush(void *arg)
{
    struct cache *c = arg;
    await_step(1);
    pthread_mutex_lock(&c->journal);
    for (int i = 0; i < 4; i++) {
        pthread_mutex_lock(&c->shard[i].lock);
        pthread_mutex_unlock(&c->shard[i].lock);
    }
    pthread_mutex_unlock(&c->journal);
    return NULL;
}

int main(void)
{
    struct cache *c = cache_new();
    pthread_t writer, flusher;
    pthread_create(&writer, NULL, put, c);
    pthread_create(&flusher, NULL, flush, c);
    pthread_join(writer, NULL);
    pthread_join(flusher, NULL);
    free(c);
    return 0;
}
