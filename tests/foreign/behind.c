/* A library that has calls of libc's, in all ways that a symbol can be there. It only must be found: nobody calls it.
 */
#define CALL(name) void name(void)

CALL(pthread_mutex_lock);
CALL(pthread_mutex_lock)
{
}

__attribute__((weak)) CALL(pthread_mutex_trylock);
CALL(pthread_mutex_trylock)
{
}

static void chosen(void)
{
}
static void (*choose(void))(void)
{
    return chosen;
}
__attribute__((ifunc("choose"))) CALL(pthread_rwlock_unlock);

int sem_close = 1;

#ifdef VERSIONS
CALL(old_sem_post);
CALL(old_sem_post)
{
}
CALL(new_sem_post);
CALL(new_sem_post)
{
}
CALL(old_sem_wait);
CALL(old_sem_wait)
{
}
__asm__(".symver old_sem_post, sem_post@BEHIND_1");
__asm__(".symver new_sem_post, sem_post@@BEHIND_2");
__asm__(".symver old_sem_wait, sem_wait@BEHIND_1");
#endif
