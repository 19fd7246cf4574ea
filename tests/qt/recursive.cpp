// expect: deadlock error certain threads=2 locks=plain,recursive
// stderr-has-6: QRecursiveMutex recursive, held by a thread that lockwatch cannot name
// A recursive mutex is still locked after one of two releases.
#include "tests/order.h"

#include <QMutex>
#include <QThread>

#ifndef RELEASES
#define RELEASES 1
#endif

static QRecursiveMutex recursive;
static QMutex plain;

struct Other : QThread {
    void run() override
    {
        plain.lock();
        step();
        await_step(2);
        recursive.lock();
        recursive.unlock();
        plain.unlock();
    }
};

int main()
{
    Other other;
    other.start();
    recursive.lock();
    recursive.lock();
    for (int i = 0; i < RELEASES; i++)
        recursive.unlock();
    step();
    await_step(2);
    plain.lock();
    plain.unlock();
    for (int i = RELEASES; i < 2; i++)
        recursive.unlock();
    other.wait();
    return 0;
}
