/*
 * Opens plugins, uses what they need, closes them, and does it again in another order: each must have called its own
 * copy. Without any the names do not exist.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

static int use(void *plugin)
{
    return plugin == NULL ? -1 : ((int (*)(void))dlsym(plugin, "used"))();
}

static void look(void)
{
    printf("%d", dlsym(RTLD_DEFAULT, "g_mutex_lock") != NULL);
    printf("%d", dlsym(RTLD_DEFAULT, "omp_set_lock") != NULL);
    printf("%d\n", dlsym(RTLD_DEFAULT, "_ZN6QMutex4lockEv") != NULL);
}

int main(int argc, char **argv)
{
    look();
    for (int round = 0; round < 3 && argc == 3; round++) {
        const char *first = argv[1 + round % 2], *second = argv[2 - round % 2];
        void *one = dlopen(first, RTLD_NOW | RTLD_LOCAL), *two = dlopen(second, RTLD_NOW | RTLD_LOCAL);
        printf("%d %d", use(one), use(two));
        printf(" %d %d\n", use(one), use(two));
        dlclose(one);
        printf("%d\n", use(two));
        dlclose(two);
    }
    look();
    return 0;
}
