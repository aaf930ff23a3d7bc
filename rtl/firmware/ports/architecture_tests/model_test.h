/* What riscv-arch-test asks of a platform: its end, and where the signature is. */
#ifndef AXOCELL_MODEL_TEST_H
#define AXOCELL_MODEL_TEST_H

#define RVMODEL_BOOT
#define RVMODEL_HALT                                                                               \
    li a0, 0;                                                                                      \
    la t0, end_of_test; /* further away than a jump goes */                                        \
    jr t0;

#define RVMODEL_DATA_BEGIN                                                                         \
    .balign 16;                                                                                    \
    .globl begin_signature;                                                                        \
    begin_signature:
#define RVMODEL_DATA_END                                                                           \
    .balign 16;                                                                                    \
    .globl end_signature;                                                                          \
    end_signature:

#define RVMODEL_IO_WRITE_STR(register, text)
#define RVMODEL_IO_ASSERT_GPR_EQ(pointer, register, value) /* the signature has it */

#endif
