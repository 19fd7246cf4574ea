/*
 * Another program, run as if it stood in our place: it has our standard streams, process group, terminal, signal mask
 * and dispositions, and the signals that are meant for it reach it.
 *
 * What the terminal sends goes to the whole process group, so it gets that by itself. What somebody sends to us is
 * passed on, unless it comes from the program or one of its children: they send to their whole group, or to whoever
 * they think is their parent. While it is stopped we are, where there is a shell that would see it.
 */
#ifndef LOCKWATCH_ANALYZER_RUN_CHILD_H
#define LOCKWATCH_ANALYZER_RUN_CHILD_H

#include <stdbool.h>

struct run_child_end {
    int error;  /* errno, if it could not be executed; else 0 */
    int signal; /* that it died of; else 0 */
    int status; /* that it exited with */
};

/*
 * Executes argv, with the environment as it is, and waits for its end. All signals stay blocked until run_child_over,
 * so that what ends the program does not end us.
 */
struct run_child_end run_child(char **argv);
void run_child_over(void);

/* End as it did, of the same signal and without a core of our own, or with its status. */
_Noreturn void run_child_follow(const struct run_child_end *end);

#endif
