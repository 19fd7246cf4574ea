/*
 * What a signal is called. Depends on nothing.
 */
#ifndef LOCKWATCH_ANALYZER_SIGNAL_NAME_H
#define LOCKWATCH_ANALYZER_SIGNAL_NAME_H

/* "ABRT"; NULL: it has no name. */
const char *signal_name(int number);

#endif
