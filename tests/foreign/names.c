/* What a libc lacks must not seem to be there: a program of musl asks for calls that only glibc has. */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
    static const char *const name[] = {
        "sem_clockwait", "pthread_mutex_clocklock", "pthread_cond_clockwait", "__register_atfork",
        "_ZdlPv",        "pthread_mutex_lock"};
    for (unsigned i = 0; i < sizeof name / sizeof *name; i++)
        printf("%s %d\n", name[i], dlsym(RTLD_DEFAULT, name[i]) != NULL);
    printf("%d\n", dlerror() != NULL);
    return 7;
}
