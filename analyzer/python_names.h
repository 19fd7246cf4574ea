/*
 * What Python code calls a lock: the variable or attribute that it was assigned to where it was created, by the source
 * lines there. "accounts_lock", "self.lock", and "a.lock" if `a = Account()` alone made it an Account. Only of files
 * that have not been written to since the process began, and only where a line can mean nothing else.
 *
 * The first question goes through all locks of the record; answers live as long as it. For one thread.
 */
#ifndef LOCKWATCH_ANALYZER_PYTHON_NAMES_H
#define LOCKWATCH_ANALYZER_PYTHON_NAMES_H

#include "analyzer/opened_record.h"

/* NULL: it has no such name. More than one lock may have the same, as those of all Accounts are self.lock. */
const char *python_name(struct opened_record *v, uint32_t lock);

/* The same; NULL if another lock of the record has that name, too. */
const char *python_own_name(struct opened_record *v, uint32_t lock);

/* Another source knows one, for a lock that has none. */
void python_name_give(struct opened_record *v, uint32_t lock, const char *name);

void python_names_close(struct python_names *n);

#endif
