/*
 * What differs from processor to processor: one file for each, which this picks. A port is a new file with the same
 * names, and the registers that the compiler is to leave alone in the Makefile.
 *
 * No other place may have instructions or registers of a processor (tests/lint/floors).
 */
#ifndef LOCKWATCH_ARCH_ARCH_H
#define LOCKWATCH_ARCH_ARCH_H

#if defined __x86_64__ && defined __LP64__
#include "arch/x86_64.h"
#elif defined __aarch64__ && defined __LP64__ && !defined __AARCH64EB__
#include "arch/aarch64.h"
#else
#error "lockwatch is built for x86-64 and aarch64 only (docs/limits.md)"
#endif

#endif
