// expect: none
// exit: hang

// A thread waits in a futex call that lockwatch does not see: a hang, no finding. Asked while this runs, `lockwatch
// report` says where the thread is (tests/scripts/command_line).
#include "futex_unseen.h"
#include <pthread.h>

static int never;

static void *waiter(void *arg)
{
    for (;;)
        futex_wait_unseen(&never, 0);
    return arg;
}

int main(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, waiter, NULL);
    pthread_join(thread, NULL);
    return 0;
}
