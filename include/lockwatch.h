/*
 * lockwatch.h: names for locks, so that reports call them what the program calls them.
 *
 * Nothing here is needed to be watched, and nothing has to be linked: the call below is weak. Where the program runs
 * without liblockwatch.so it is NULL, and LOCKWATCH_NAME does nothing. (Only a program compiled with -fno-pic
 * has to link liblockwatch.so to have names: its linker would settle that the call is NULL.)
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
 * Name the lock at an address: a mutex, reader-writer lock, spinlock, semaphore, condition, barrier or once control.
 *
 * lock  its address, the one that the pthread or C11 calls get. The name lasts until the lock is destroyed or
 * initialised again, so name it after its init, or until its memory is released; a child made by fork has it, too.
 * name  copied, the caller may free it at once. Of more than 63 bytes the
 * first 63 are kept. NULL or "" takes the name away. It goes before the name that debugging information has.
 *
 * Never fails in a way that the program could see: without memory the lock stays without the name, and errno is kept.
 * May be called by any thread at any time, but not before the library's constructor ran. Costs about a microsecond and
 * 128 bytes, and a few bytes of the record whenever that begins to speak of such a lock; calls upon the lock cost no
 * more than before, init and destroy some nanoseconds.
 */
void lockwatch_name(const void *lock, const char *name) __attribute__((weak));

#define LOCKWATCH_NAME(lock, name) (lockwatch_name ? lockwatch_name((lock), (name)) : (void)0)

#ifdef __cplusplus
}
#endif

#endif
