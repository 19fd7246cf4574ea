/*
 * Readers and writers, the lock built of semaphores (Courtois, Heymans, Parnas, "Concurrent control with
 * readers and writers", 1971; The Little Book of Semaphores, 4.2, the "lightswitch").
 *
 * The first reader to come in takes room_empty and the last one to leave gives it back: not always the same
 * one, so room_empty, though binary, belongs to no thread.
 *
 * What goes wrong: a reader that finds the table out of date goes to write it without having left the room.
 * It waits for the room to be empty, and stands in it itself; so does every reader after it.
 *
 * The fix: leave the room first, come back as a writer, and look again, for another may have been faster.
 *
 * Even then this lock can starve a writer, as long as readers overlap. That is no deadlock, since every
 * reader leaves in the end; a turnstile that a writer closes behind itself cures it (ibid., 4.2.4).
 *
 * expect-faulty: deadlock error certain
 * expect-fixed: none
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define READERS 3

static sem_t room_empty;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int readers;
static int version, wanted_version = 1;
static int rounds = 10;

static void start_read(void)
{
    pthread_mutex_lock(&mutex);
    if (++readers == 1)
        sem_wait(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void end_read(void)
{
    pthread_mutex_lock(&mutex);
    if (--readers == 0)
        sem_post(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void refresh(void)
{
    sem_wait(&room_empty);
    if (version < wanted_version)
        version = wanted_version;
    sem_post(&room_empty);
}

static void look_up(void)
{
    start_read();
    int stale = version < wanted_version;
    usleep(500);
#ifdef FAULTY
    if (stale)
        refresh();
    end_read();
#else
    end_read();
    if (stale)
        refresh();
#endif
}

static void *reader(void *arg)
{
    char name[16];

    snprintf(name, sizeof name, "reader-%d", (int)(intptr_t)arg);
    pthread_setname_np(pthread_self(), name);
    for (int i = 0; i < rounds; i++)
        look_up();
    return NULL;
}

static void *writer(void *arg)
{
    (void)arg;
    pthread_setname_np(pthread_self(), "writer");
    for (int i = 0; i < rounds; i++) {
        sem_wait(&room_empty);
        wanted_version++;
        sem_post(&room_empty);
        usleep(1000);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
    pthread_t threads[READERS + 1];
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c != 'r')
            return 2;
        rounds = atoi(optarg);
    }
    sem_init(&room_empty, 0, 1);
    for (int i = 0; i < READERS; i++)
        pthread_create(&threads[i], NULL, reader, (void *)(intptr_t)i);
    pthread_create(&threads[READERS], NULL, writer, NULL);
    for (int i = 0; i <= READERS; i++)
        pthread_join(threads[i], NULL);
    refresh();
    printf("%d readers looked up %d times, the table is at version %d\n", READERS, rounds, version);
    return 0;
}
