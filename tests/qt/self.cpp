// expect: deadlock error certain threads=1 locks=total_lock
// stderr-has-5: or use a QRecursiveMutex
// stderr-has-6: 2 of 4 hold; not hold and wait, not
// stderr-has-6: A QMutex does not say who holds it: see whether T1 has it already
#include <QMutex>
#include <QMutexLocker>
#ifndef HELD
#define HELD 1
#endif

static QMutex total_lock;
static int total;

static void add(int x)
{
    QMutexLocker locked(&total_lock);
    total += x;
}

int main()
{
    if (HELD)
        total_lock.lock();
    add(1);
    if (HELD)
        total_lock.unlock();
    return total == 1 ? 0 : 1;
}
