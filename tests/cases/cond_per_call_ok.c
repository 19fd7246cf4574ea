// expect: none

// The thread beside them has looked at the queue once, and runs the tasks when the wait has stood for more than two
// seconds.
#define BESIDE                                                                                                         \
    pthread_mutex_lock(&queue);                                                                                        \
    pthread_mutex_unlock(&queue);                                                                                      \
    await_step(2);                                                                                                     \
    usleep(2600000);                                                                                                   \
    work();                                                                                                            \
    work();
#include "cond_per_call.c"
