/* As much of <alloca.h> as Dhrystone asks for. */
#ifndef ALLOCA_H
#define ALLOCA_H

#define alloca __builtin_alloca

#endif
