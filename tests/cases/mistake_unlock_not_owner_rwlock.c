// expect: unlock-not-owner warning threads=2
// expect: unlock-not-owner warning threads=2
// json: all(f["locks"][0]["name"] == "rw" for f in doc["findings"])
// json: sorted(f["threads"][1]["holds"][0]["mode"] for f in doc["findings"]) == ["exclusive", "shared"]

// A read lock and a write lock that another thread releases.
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;

static void *thief_of_reader(void *arg)
{
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *thief_of_writer(void *arg)
{
    pthread_rwlock_unlock(&rw);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_rwlock_rdlock(&rw);
    pthread_create(&thread, NULL, thief_of_reader, NULL);
    pthread_join(thread, NULL);
    if (pthread_rwlock_trywrlock(&rw) != 0)
        return 1;
    pthread_create(&thread, NULL, thief_of_writer, NULL);
    pthread_join(thread, NULL);
    return 0;
}
