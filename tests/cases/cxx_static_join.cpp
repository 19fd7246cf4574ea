// expect: deadlock error certain threads=2 locks=pool()::size,thread
// report-has: Do not create and await a thread in the initialiser of pool()::size

// The initialiser creates a thread and joins it, and that thread comes to the same static.
#include <thread>

#ifndef USES
#define USES true
#endif

static int pool();

static int measure()
{
    std::thread first([] {
        if (USES)
            pool();
    });

    first.join();
    return 4;
}

static int pool()
{
    static int size = measure();
    return size;
}

int main()
{
    return pool() == 4 ? 0 : 1;
}
