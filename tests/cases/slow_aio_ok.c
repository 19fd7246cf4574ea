// expect: none

// Posted when an asynchronous read is done, by a thread of the C library; main holds a mutex that another
// wants.
#define _GNU_SOURCE
#include <aio.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;
static int ends[2];

static void on_done(union sigval value)
{
    sem_post(value.sival_ptr);
}

static void *wants_mutex(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void)
{
    char byte;
    struct aiocb request = {.aio_buf = &byte, .aio_nbytes = 1};
    pthread_t thread;
    pid_t pid;

    if (pipe(ends) != 0)
        return 1;
    sem_init(&done, 0, 0);
    pid = fork();
    if (pid == 0) {
        usleep(300000);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    request.aio_fildes = ends[0];
    request.aio_sigevent.sigev_notify = SIGEV_THREAD;
    request.aio_sigevent.sigev_notify_function = on_done;
    request.aio_sigevent.sigev_value.sival_ptr = &done;
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, wants_mutex, NULL);
    if (aio_read(&request) != 0)
        return 1;
    sem_wait(&done);
    pthread_mutex_unlock(&m);
    pthread_join(thread, NULL);
    return aio_return(&request) == 1 ? 0 : 1;
}
