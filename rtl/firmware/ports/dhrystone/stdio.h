/* As much of <stdio.h> as Dhrystone asks for. */
#ifndef STDIO_H
#define STDIO_H

#include "console.h"

#define printf print

#endif
