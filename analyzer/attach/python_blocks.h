/*
 * The blocks of Python code that an instruction stands in, by its compiler's table of exceptions: where to go on, and
 * with how much of the value stack, should one be raised (Objects/exception_handling_notes.txt of CPython 3.11). So
 * much of that stack is in use there; and a `with` block keeps the __exit__ of what it manages there, all the while.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_PYTHON_BLOCKS_H
#define LOCKWATCH_ANALYZER_ATTACH_PYTHON_BLOCKS_H

#include "record/python.h"

enum { PYTHON_BLOCKS_SIZE = 4096 };
struct python_blocks {
    unsigned char table[PYTHON_BLOCKS_SIZE];
    size_t size;
    unsigned at; /* the number of the instruction */
};

/* Those of a frame; none: there are none, or that cannot be read. */
void python_blocks_read(struct python_blocks *b, const struct python_memory *m, const struct python_frame *f);

/* How many values of its stack are surely in use. */
unsigned python_blocks_values(const struct python_blocks *b);

/* The number of the instruction that opened the block whose __exit__ is value `value`, counted from 0; -1: not known.
 */
int python_blocks_opened(const struct python_blocks *b, unsigned value);

#endif
