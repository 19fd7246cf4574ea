// A C program that loads the C++ runtime for one library alone: the library's own operator delete, and its guards of
// static variables, are in nobody's way.
// expect: none
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
    void *runtime = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
    void *(*get)(size_t) = (void *(*)(size_t))dlsym(runtime, "_Znwm");
    void (*release)(void *) = (void (*)(void *))dlsym(runtime, "_ZdlPv");
    Dl_info of_get, of_release;
    if (get == NULL || release == NULL || dladdr((void *)get, &of_get) == 0 ||
        dladdr((void *)release, &of_release) == 0)
        return 1;
    release(get(100));
    printf("operator new and delete come from %s; for the rest there is %s\n",
           of_get.dli_fbase == of_release.dli_fbase ? "one library" : "two",
           dlsym(RTLD_DEFAULT, "_ZdlPv") == NULL && dlsym(RTLD_DEFAULT, "__cxa_guard_acquire") == NULL ? "none"
                                                                                                       : "one");
    return 0;
}
