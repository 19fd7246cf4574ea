/*
 * lockwatch.h: names for locks, which reports then use.
 *
 * A program need not use this to be watched, and links with nothing: the function below is weak. Without
 * liblockwatch.so it is NULL, and LOCKWATCH_NAME does nothing. (Only a program compiled with -fno-pic must link with
 * liblockwatch.so to have names; otherwise its linker makes the function NULL.)
 *
 *     pthread_mutex_init(&account->lock, NULL);
 *     LOCKWATCH_NAME(&account->lock, account->owner);
 */
#ifndef LOCKWATCH_H
#define LOCKWATCH_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names the lock at an address: a mutex, reader-writer lock, spinlock, semaphore, condition, barrier or once control.
 *
 * lock  its address, as the pthread or C11 calls get it. The name lasts until the lock is destroyed, initialised again
 *       (so name it after that), or its memory is freed. A child made by fork has it, too.
 * name  is copied. Of more than 63 bytes the first 63 are kept. NULL or "" removes the name. It is used instead of the
 *       name in debugging information.
 *
 * Never fails visibly: without memory the lock has no name, and errno is kept. May be called by any thread at any time
 * after the library's constructor has run. Costs about a microsecond and 128 bytes, and a few bytes of the record when
 * the lock first appears there. Lock calls cost no more than before, initialising and destroying some nanoseconds.
 */
void lockwatch_name(const void *lock, const char *name) __attribute__((weak));

#define LOCKWATCH_NAME(lock, name) (lockwatch_name ? lockwatch_name((lock), (name)) : (void)0)

#ifdef __cplusplus
}
#endif

#endif
