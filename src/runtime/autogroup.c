/* This process's share of the processors. */
#include "besace/runtime/autogroup.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_OF_SESSION "/proc/self/autogroup"

/* The least nice value there is: setpriority(2). */
#define NICE_MIN (-20)

int autogroup_nice(unsigned sessions)
{
	int nice = 0;
	double weight = 1;
	/* To the nearest step: half of one is the square root of 1.25. */
	while (weight * 1.118 < sessions && nice > NICE_MIN) {
		weight *= 1.25;
		nice--;
	}
	return nice;
}

/* Whether the session has the share that all sessions have: "/autogroup-105162 nice 0". */
static bool is_untouched(void)
{
	FILE *file = fopen(FILE_OF_SESSION, "re");
	unsigned long long number;
	int nice;
	bool is = file && fscanf(file, "/autogroup-%llu nice %d", &number, &nice) == 2 && nice == 0;
	if (file)
		fclose(file);
	return is;
}

int autogroup_weigh(unsigned loops)
{
	char text[16];
	int nice = autogroup_nice(loops);
	if (nice == 0 || getsid(0) != getpid() || !is_untouched())
		return 0;
	int fd = open(FILE_OF_SESSION, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	int length = snprintf(text, sizeof(text), "%d", nice);
	bool set = write(fd, text, (size_t)length) == length;
	close(fd);
	return set ? nice : 0;
}
