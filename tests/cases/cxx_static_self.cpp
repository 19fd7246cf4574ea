// expect: deadlock error certain threads=1 locks=table()::made
// stderr-has: , which it runs itself
// report-has: the initialiser of table()::made
// report-has: do not use in it what it is to set up.

// To make the static takes a function that uses it.
#include <cstdio>
#include <thread>

#ifndef THREADS
#define THREADS 2
#endif

static int table();

__attribute__((noinline)) static int fill()
{
    return table() + 1;
}

static int table()
{
    static int made = fill();
    return made;
}

int main()
{
    if (THREADS > 1)
        std::thread([] {}).join();
    std::printf("%d\n", table());
    return 0;
}
