/*
 * Runs another program as if it had been started in our place: it has our standard streams, process group, terminal,
 * signal mask and dispositions, and the signals that are meant for it reach it.
 *
 * The terminal sends signals to the whole process group, so the program gets these itself. Other signals that we
 * receive are passed on, unless the program or one of its children sent them: those are for the group, or for a parent.
 * While the program is stopped we stop too, if there is a shell to see it.
 */
#ifndef LOCKWATCH_ANALYZER_RUN_CHILD_H
#define LOCKWATCH_ANALYZER_RUN_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct run_child_end {
    pid_t pid;
    int error;  /* errno, if it could not be executed; else 0 */
    int signal; /* that killed it; else 0 */
    int status; /* its exit status */
    bool late;  /* it had to be ended, as its time was over */
    bool asked; /* it was ended so, or a signal that asks it to end was passed on */
};

/* What is done meanwhile. */
struct run_child_watch {
    uint64_t limit;               /* nanoseconds; 0: it may take as long as it likes */
    unsigned (*look)(void *);     /* about once a second; gives the milliseconds until the next time */
    void (*ending)(void *, bool); /* before a signal is passed on that asks it to end, or is sent as it is late */
    void *context;
};

/*
 * Executes argv, with the environment as it is, and waits for its end. When its time is over, it and all its
 * descendants get SIGTERM, and SIGKILL some seconds later. All signals stay blocked until run_child_over,
 * so that what ends the program does not end us.
 */
struct run_child_end run_child(char **argv, const struct run_child_watch *watch);
void run_child_over(void);

/* Ends as it did: by the same signal, but without a core file of our own, or with its exit status. */
_Noreturn void run_child_follow(const struct run_child_end *end);

#endif
