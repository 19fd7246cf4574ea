/* A program that does nothing, or makes one thread that does nothing: what start.c starts. */
#include <pthread.h>

static void *thread_main(void *argument)
{
    return argument;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        pthread_t thread;
        if (pthread_create(&thread, 0, thread_main, 0) != 0) {
            return 1;
        }
        pthread_join(thread, 0);
    }
    return 0;
}
