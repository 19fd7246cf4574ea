/*
 * Two threads with a database in memory each: sqlite [INSERTS]. SQLite locks several mutexes of its own a statement. It
 * is opened at run time, so that it builds without its header; ends with 77 where there is none.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static int (*open_database)(const char *, void **);
static int (*execute)(void *, const char *, void *, void *, void *);
static int (*close_database)(void *);
static unsigned inserts = 20000;

static void must(int result)
{
    if (result != 0) {
        fprintf(stderr, "sqlite: error %d\n", result);
        exit(3);
    }
}

static void *work(void *argument)
{
    void *database;
    must(open_database(":memory:", &database));
    must(execute(database, "create table t (a integer primary key, b text)", NULL, NULL, NULL));
    for (unsigned i = 0; i < inserts; i++) {
        char text[96];
        snprintf(text, sizeof text, "insert into t (b) values ('row %u'); select b from t where a = %u", i, i / 2);
        must(execute(database, text, NULL, NULL, NULL));
    }
    must(close_database(database));
    return argument;
}

int main(int argc, char **argv)
{
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW);
    if (!library) {
        return 77;
    }
    open_database = (int (*)(const char *, void **))dlsym(library, "sqlite3_open");
    execute = (int (*)(void *, const char *, void *, void *, void *))dlsym(library, "sqlite3_exec");
    close_database = (int (*)(void *))dlsym(library, "sqlite3_close");
    if (argc > 1) {
        inserts = (unsigned)strtoul(argv[1], NULL, 10);
    }
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        must(pthread_create(&threads[i], NULL, work, NULL));
    }
    for (int i = 0; i < 2; i++) {
        must(pthread_join(threads[i], NULL));
    }
    return 0;
}
