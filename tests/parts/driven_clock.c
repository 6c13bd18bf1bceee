/* A clock that a test puts forward while everything runs, preloaded with LD_PRELOAD.
 *
 * All processes read the same file, which DRIVEN_CLOCK names: 8 bytes, by how many
 * nanoseconds the wall clock is ahead of the machine's.  Nothing else differs: time goes
 * on by itself in between, and who sleeps wakes when the time is over on this clock, also
 * because it was put forward.  What measures how long something takes (CLOCK_MONOTONIC)
 * or waits for a socket goes by the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
#define GLANCE (20 * 1000 * 1000LL)	/* between two looks while somebody sleeps */

static volatile int64_t none, *ahead = &none;

__attribute__((constructor)) static void open_clock(void)
{
	const char *path = getenv("DRIVEN_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (fd < 0)
		return;
	page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED)
		ahead = page;
	close(fd);
}

static int64_t machine(clockid_t clock)
{
	struct timespec at;

	syscall(SYS_clock_gettime, clock, &at);
	return at.tv_sec * NS + at.tv_nsec;
}

static int64_t wall(void)
{
	return machine(CLOCK_REALTIME) + *ahead;
}

time_t time(time_t *at)
{
	time_t now = wall() / NS;

	if (at)
		*at = now;
	return now;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	int64_t now = wall();

	(void)zone;
	at->tv_sec = now / NS;
	at->tv_usec = now % NS / 1000;
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
	int64_t now;

	if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
		return syscall(SYS_clock_gettime, clock, at);
	now = wall();
	at->tv_sec = now / NS;
	at->tv_nsec = now % NS;
	return 0;
}

/* Sleep until the wall clock is there; 0, or the errno of what came in between. */
static int sleep_until(int64_t there)
{
	int64_t left;

	while ((left = there - wall()) > 0) {
		int64_t step = left < GLANCE ? left : GLANCE;
		struct timespec piece = { step / NS, step % NS };
		if (syscall(SYS_nanosleep, &piece, NULL))
			return errno;
	}
	return 0;
}

static void rest(int64_t there, struct timespec *left)
{
	int64_t more = there - wall();

	if (left && more > 0) {
		left->tv_sec = more / NS;
		left->tv_nsec = more % NS;
	}
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	int64_t span = time->tv_sec * NS + time->tv_nsec, there;
	int error;

	if (flags & TIMER_ABSTIME)
		span -= clock == CLOCK_REALTIME ? wall() : machine(clock);
	there = wall() + span;
	error = sleep_until(there);
	if (error && !(flags & TIMER_ABSTIME))
		rest(there, left);
	return error;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
	int error = clock_nanosleep(CLOCK_REALTIME, 0, time, left);

	if (!error)
		return 0;
	errno = error;
	return -1;
}

unsigned sleep(unsigned seconds)
{
	int64_t there = wall() + seconds * NS;

	return sleep_until(there) ? (there - wall() + NS - 1) / NS : 0;
}

int usleep(useconds_t microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000L };

	return nanosleep(&time, NULL);
}
