/* Says hello, and how long it took. */
#include "console.h"
#include "processor.h"

int main(void)
{
    put_text("hello, world\n");
    print("instructions: %u\n", instructions_now());
    return 0;
}
