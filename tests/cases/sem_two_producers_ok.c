// expect: none

// Two producers took a place each and both want another: were places locks, this would be a cycle of two.
#define PRODUCERS 2
#include "sem_producer_slow_consumer_ok.c"
