/*
 * Readers and writers, the lock built of semaphores (Courtois, Heymans, Parnas, "Concurrent control with
 * readers and writers", 1971; The Little Book of Semaphores, 4.2, the "lightswitch").
 *
 * The first reader to come in acquires room_empty and the last one to leave releases it: not always the same
 * one, so room_empty, though binary, belongs to no thread.
 *
 * What goes wrong: a reader that finds the table out of date goes to write it without having left the room.
 * It waits for the room to be empty, and stands in it itself; so does every reader after it.
 *
 * The fix: leave the room first, come back as a writer, and look again, because another may have been faster.
 *
 * Even then this lock can starve a writer, as long as readers overlap. That is no deadlock, since every
 * reader leaves in the end; a turnstile that a writer closes behind itself cures it (ibid., 4.2.4).
 * libc's own lock is no better, unless it is made to prefer writers. --rwlock=readers and --rwlock=writers
 * run on that one; tests/cases/starvation_readers_writers.c has the first of them watched with starve_ms.
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
#include <string.h>
#include <unistd.h>

#define READERS 3

static sem_t room_empty;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int readers;
static int version, wanted_version = 1;
static int rounds = 10;

static pthread_rwlock_t libcs = PTHREAD_RWLOCK_INITIALIZER;
static int use_libcs;

static void start_read(void)
{
    if (use_libcs) {
        pthread_rwlock_rdlock(&libcs);
        return;
    }
    pthread_mutex_lock(&mutex);
    if (++readers == 1)
        sem_wait(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void end_read(void)
{
    if (use_libcs) {
        pthread_rwlock_unlock(&libcs);
        return;
    }
    pthread_mutex_lock(&mutex);
    if (--readers == 0)
        sem_post(&room_empty);
    pthread_mutex_unlock(&mutex);
}

static void start_write(void)
{
    if (use_libcs)
        pthread_rwlock_wrlock(&libcs);
    else
        sem_wait(&room_empty);
}

static void end_write(void)
{
    if (use_libcs)
        pthread_rwlock_unlock(&libcs);
    else
        sem_post(&room_empty);
}

static void refresh(void)
{
    start_write();
    if (version < wanted_version)
        version = wanted_version;
    end_write();
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
        start_write();
        wanted_version++;
        end_write();
        usleep(1000);
    }
    return NULL;
}

static void take_libcs(const char *who_first)
{
    pthread_rwlockattr_t kind;

    pthread_rwlockattr_init(&kind);
    if (strcmp(who_first, "writers") == 0)
        pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&libcs, &kind);
    use_libcs = 1;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"rounds", required_argument, NULL, 'r'}, {"rwlock", required_argument, NULL, 'l'}, {NULL, 0, NULL, 0}};
    pthread_t threads[READERS + 1];
    int c;

    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (c == 'r')
            rounds = atoi(optarg);
        else if (c == 'l')
            take_libcs(optarg);
        else
            return 2;
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
