// expect: deadlock note likely went-on threads=2 locks=room,work
// expect: deadlock error certain threads=2 locks=room,work
// limit: 5
// stderr-has: 2 threads are blocked forever
// stderr-has: continued after

// As went_on, but then the two wait for each other once more, and nobody else is left.
#define AND_THEN (pthread_create(&threads[1], NULL, producer, NULL), consumer(NULL))

#include "went_on.c"
