/*
 * How far something is that takes more than a second: one line on standard error, if that is a terminal, and standard
 * output is not, which would be mixed up with it. One thing at a time.
 */
#ifndef LOCKWATCH_ANALYZER_COMMANDS_PROGRESS_H
#define LOCKWATCH_ANALYZER_COMMANDS_PROGRESS_H

/* `done` of `count` records are read; 0 begins. */
void progress(unsigned done, unsigned count);

/* Takes the line away: at the end, and before something else is printed. */
void progress_over(void);

#endif
