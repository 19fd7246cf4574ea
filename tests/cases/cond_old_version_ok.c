// expect: none
// Asks for the condition variables that x86-64 had before glibc 2.3.2, by their version; a turn goes back and forth.
#include <pthread.h>
#include <stdio.h>

#ifdef __x86_64__
__asm__(".symver pthread_cond_init,pthread_cond_init@GLIBC_2.2.5\n"
        ".symver pthread_cond_wait,pthread_cond_wait@GLIBC_2.2.5\n"
        ".symver pthread_cond_signal,pthread_cond_signal@GLIBC_2.2.5\n"
        ".symver pthread_cond_destroy,pthread_cond_destroy@GLIBC_2.2.5");
#endif

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turns[2];
static int turn;

static void *play(void *argument)
{
    int mine = *(int *)argument;
    pthread_mutex_lock(&m);
    for (int i = 0; i < 100; i++) {
        while (turn != mine)
            pthread_cond_wait(&turns[mine], &m);
        turn = !mine;
        pthread_cond_signal(&turns[!mine]);
    }
    pthread_mutex_unlock(&m);
    return NULL;
}

int main(void)
{
    static int who[] = {0, 1};
    pthread_t other;
    pthread_cond_init(&turns[0], NULL);
    pthread_cond_init(&turns[1], NULL);
    pthread_create(&other, NULL, play, &who[1]);
    play(&who[0]);
    pthread_join(other, NULL);
    printf("%d %d\n", turn, pthread_cond_destroy(&turns[0]) + pthread_cond_destroy(&turns[1]));
    return 0;
}
