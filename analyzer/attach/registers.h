/*
 * The registers of a stopped thread, of ptrace or of a core: with them, the system call that it was in.
 */
#ifndef LOCKWATCH_ANALYZER_ATTACH_REGISTERS_H
#define LOCKWATCH_ANALYZER_ATTACH_REGISTERS_H

#include "analyzer/attach/target.h"

#include <sys/user.h>

void registers_keep(struct target_thread *to, const struct user_regs_struct *r);

#endif
