/* late ORDERS PLUGIN…: opens each plugin, uses it and closes it; the last one with that many orders of its locks. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef GLIB_TOO
#include <glib.h>

static GMutex own;
#endif

int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        void *plugin = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (plugin == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 2;
        }
#ifdef GLIB_TOO
        g_mutex_lock(&own);
        g_mutex_unlock(&own);
#endif
        printf("%d\n", ((int (*)(int))dlsym(plugin, "used"))(i + 1 == argc ? atoi(argv[1]) : 1));
        dlclose(plugin);
    }
    return 0;
}
