/* As much of <string.h> as Dhrystone asks for. */
#ifndef STRING_H
#define STRING_H

#include "text.h"

#endif
