// expect: spin-blocked note threads=1 locks=gone

// The mutex that was acquired under a spinlock is destroyed, as are many others.
#include "include/lockwatch.h"
#include "tests/cases/short_lived.h"

static pthread_spinlock_t spin;

static void *nothing(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_t *gone = short_lived_make();
    LOCKWATCH_NAME(gone, "gone");
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    pthread_spin_lock(&spin);
    pthread_mutex_lock(gone);
    pthread_mutex_unlock(gone);
    pthread_spin_unlock(&spin);
    short_lived_end(gone);
    short_lived(1000);
    return 0;
}
