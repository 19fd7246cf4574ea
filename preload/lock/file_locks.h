/*
 * Which thread has locked a file by flock(). Nothing in memory says so, and the lock ends with the last descriptor of
 * the open file, however that is closed; so it is no hold of the thread. A table has the last ones that were acquired,
 * and who asks is given only what the kernel confirms: /proc/self/fdinfo names the locks of each descriptor.
 */
#ifndef LOCKWATCH_PRELOAD_LOCK_FILE_LOCKS_H
#define LOCKWATCH_PRELOAD_LOCK_FILE_LOCKS_H

#include "preload/os/real.h"

#include <stdint.h>

/* What stands for the lock of a file in place of an address: of flock(), or of fcntl(). 0: there is no such file. */
enum file_lock_type { FILE_LOCK_WHOLE, FILE_LOCK_RANGE };
uint64_t file_locks_address(int fd, enum file_lock_type type) HIDDEN;

/* It is about to be waited for: give it the name of the file. */
void file_locks_name(uint64_t address, int fd) HIDDEN;

/* The calling thread has locked it by flock(), or released it. */
void file_locks_acquired(uint64_t address, int fd, bool shared) HIDDEN;
void file_locks_released(uint64_t address, int fd) HIDDEN;

/* The one thread that has it; 0: that is not known, or there are several. Some system calls. */
uint32_t file_locks_owner(uint64_t address) HIDDEN;

#endif
