// expect: none
// exit: -6
// stdout-same: yes
// where: gcc >= (11, 0)
// While there is one thread, libstdc++ ends the program.
#define THREADS 1
#include "cxx_static_self.cpp"
