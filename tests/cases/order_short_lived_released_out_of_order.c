// expect: lock-order warning threads=2 locks=gone,outer[0]

// One lock of many is released out of order, and then `gone` is taken: it is inside of the others all the same, and
// not forgotten when it is destroyed.
#include "include/lockwatch.h"
#include "tests/cases/short_lived.h"

#include <stdatomic.h>

enum { OUTER = 10, GIVEN = 3 };

static pthread_mutex_t outer[OUTER];
static pthread_mutex_t *gone;
static atomic_int stage;

static void *inside(void *unused)
{
    for (int i = 0; i < OUTER; i++)
        pthread_mutex_lock(&outer[i]);
    pthread_mutex_unlock(&outer[GIVEN]);
    pthread_mutex_lock(gone);
    pthread_mutex_unlock(gone);
    for (int i = OUTER; i-- > 0;)
        if (i != GIVEN)
            pthread_mutex_unlock(&outer[i]);
    stage = 1;
    return unused;
}

static void *around(void *unused)
{
    while (stage < 1)
        ;
    pthread_mutex_lock(gone);
    pthread_mutex_lock(&outer[0]);
    pthread_mutex_unlock(&outer[0]);
    pthread_mutex_unlock(gone);
    return unused;
}

int main(void)
{
    pthread_t a, b;
    for (int i = 0; i < OUTER; i++)
        pthread_mutex_init(&outer[i], NULL);
    gone = short_lived_make();
    LOCKWATCH_NAME(gone, "gone");
    pthread_create(&b, NULL, around, NULL);
    pthread_create(&a, NULL, inside, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    short_lived_end(gone);
    short_lived(1000);
    return 0;
}
