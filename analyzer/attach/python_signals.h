/*
 * Which handlers of signals a Python program has. The interpreter handles SIGINT by raising KeyboardInterrupt in the
 * main thread, which wakes nobody else; whatever else is handled in Python may.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PYTHON_SIGNALS_H
#define LOCKWATCH_ANALYZER_ATTACH_PYTHON_SIGNALS_H

#include "analyzer/attach/interpreter.h"

/* Whether the handler of SIGINT is that one. False also where there is no interpreter. Searches its variables: 2 ms. */
bool python_signals_interrupt(const struct interpreter *i);

#endif
