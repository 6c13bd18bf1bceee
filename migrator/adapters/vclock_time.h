/* A virtual time and its corrections: the part that vclock.c and the tests' traced_clock.c share. */
#ifndef VCLOCK_TIME_H
#define VCLOCK_TIME_H

#include <stdint.h>
#include <stdlib.h>

#define NS 1000000000LL
#define MOST_JUMPS 64

static int64_t now_ns, end_ns, jump_at[MOST_JUMPS], jump_by[MOST_JUMPS];
static int jumps, jumped;

/* epoch:seconds,...  the clock is corrected when it comes there */
static void read_jumps(const char *text)
{
	char *rest;

	while (text && *text && jumps < MOST_JUMPS) {
		jump_at[jumps] = strtoll(text, &rest, 10) * NS;
		if (*rest != ':')
			break;
		jump_by[jumps++] = strtoll(rest + 1, &rest, 10) * NS;
		text = *rest == ',' ? rest + 1 : NULL;
	}
}

/* so much time passes; whether the window is complete */
static int passed(int64_t by)
{
	while (jumped < jumps && jump_at[jumped] > now_ns && jump_at[jumped] <= now_ns + by) {
		by -= jump_at[jumped] - now_ns;
		now_ns = jump_at[jumped] + jump_by[jumped];
		jumped++;
	}
	now_ns += by;
	return now_ns >= end_ns;
}

#endif
