/* What riscv-tests ask of a platform with machine mode alone: all of them run in it. */
#ifndef AXOCELL_RISCV_TEST_H
#define AXOCELL_RISCV_TEST_H

#include "encoding.h" /* which comes with the tests */

#define RVTEST_RV32U
#define RVTEST_RV32M
#define RVTEST_RV64U
#define RVTEST_RV64M
#define RVTEST_RV64S

#define TESTNUM gp

#define RVTEST_CODE_BEGIN                                                                          \
    .section .text.init, "ax";                                                                     \
    .globl rvtest_entry_point;                                                                     \
    rvtest_entry_point:                                                                            \
    li TESTNUM, 0;
#define RVTEST_CODE_END unimp

#define RVTEST_PASS                                                                                \
    li a0, 0;                                                                                      \
    j end_of_test;
/* Twice the number of what failed, plus one. */
#define RVTEST_FAIL                                                                                \
    slli a0, TESTNUM, 1;                                                                           \
    ori a0, a0, 1;                                                                                 \
    j end_of_test;

#define RVTEST_DATA_BEGIN
#define RVTEST_DATA_END

#endif
