/* Compiler attributes used in every layer, under names that read as sentences. */
#pragma once

/* The result says whether the call worked; ignoring it is a defect. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Arguments are checked like printf's: FMT and FIRST count from 1. */
#define PRINTF_LIKE(FMT, FIRST) __attribute__((format(printf, FMT, FIRST)))

/* The digits of a macro that is a number, as a text. */
#define LITERAL(number) LITERAL_OF(number)
#define LITERAL_OF(number) #number

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
