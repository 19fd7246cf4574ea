// expect: none
// stdout-same: yes
// What locks return: tried, with a time-out, recursive, for reading and writing.
#include <QMutex>
#include <QReadWriteLock>
#include <QSemaphore>
#include <QThread>
#include <QWaitCondition>
#include <cstdio>

static QMutex mutex;
static QRecursiveMutex recursive;
static QReadWriteLock table;
static QSemaphore units(2);
static QWaitCondition never;
static int tries;

struct Other : QThread {
    void run() override
    {
        printf("%d %d %d", mutex.tryLock(), mutex.tryLock(10), recursive.tryLock(1));
        printf(" %d %d %d %d\n", table.tryLockForRead(), table.tryLockForRead(1), table.tryLockForWrite(),
               units.tryAcquire(3, 1));
    }
};

struct Adder : QThread {
    void run() override
    {
        for (int i = 0; i < 10000; i++) {
            QMutexLocker locked(&mutex);
            tries++;
        }
    }
};

int main()
{
    Other other;
    Adder one, two;
    mutex.lock();
    recursive.lock();
    printf("%d %d\n", recursive.tryLock(), recursive.tryLock(5));
    table.lockForWrite();
    other.start();
    other.wait();
    for (int i = 0; i < 3; i++)
        recursive.unlock();
    table.unlock();
    printf("%d\n", never.wait(&mutex, 5));
    mutex.unlock();
    one.start();
    two.start();
    one.wait();
    two.wait();
    printf("%d %d\n", tries, units.available());
    return 0;
}
