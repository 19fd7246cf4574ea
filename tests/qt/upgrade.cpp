// expect-5: deadlock error certain threads=1 locks=table
// expect-6: deadlock error certain threads=1 locks=condition
// stderr-has-5: a read lock cannot become a write lock
// stderr-has-6: waits for QReadWriteLock
// stderr-has-6: see whether T1 has it already
#include <QReadWriteLock>

#ifndef READS
#define READS 1
#endif

static QReadWriteLock table;

int main()
{
    table.lockForRead();
    if (READS) {
        table.lockForWrite();
        table.unlock();
    }
    table.unlock();
    table.lockForWrite();
    table.unlock();
    return 0;
}
