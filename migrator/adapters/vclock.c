/* A virtual clock for the real cron daemon, preloaded with LD_PRELOAD.
 *
 * sleep() returns at once and advances the clock that time() reads, so the
 * unmodified daemon goes through a year of minutes in seconds, with its own
 * idea of time zones and of clock changes.  Each start of a job is recorded;
 * no job runs: the code of the job's process is executed inside the daemon up
 * to its log line, and then unwound.  Unless they are wanted: then each job is a
 * process as ever, and a virtual minute takes some milliseconds.
 *
 * Environment, read once, when the library is loaded:
 *   VCLOCK_START   first virtual time, epoch seconds
 *   VCLOCK_END     virtual time at which the daemon ends, epoch seconds
 *   VCLOCK_JUMPS   epoch:seconds,...  the clock is corrected when it comes there
 *   VCLOCK_FORK    real: fork for each job, and end it at its log line
 *   VCLOCK_MINUTE  milliseconds that a minute takes; the jobs are run
 *   VCLOCK_OUT     file to which records are appended, one a line:
 *                  F <epoch> <message>  a job starts
 *                  L <epoch> <message>  the daemon logs something else
 *                  E <epoch> end        the window is complete
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vclock_time.h"

static int on, sim, depth, outfd = -1, minute_ms;
static pid_t (*real_fork)(void);

/* simulated fork: the stack as it was when fork() was called */
extern void *__libc_stack_end;
static jmp_buf sim_jb;
static char *sim_lo, sim_stack[1 << 18];
static size_t sim_len;
static int sim_child;

/* the stack pointer; NULL on processors for which it is not spelled out */
static char *sp_now(void) __attribute__((always_inline));
static inline char *sp_now(void)
{
	char *sp = NULL;
#if defined(__x86_64__)
	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
#elif defined(__aarch64__)
	__asm__ volatile("mov %0, sp" : "=r"(sp));
#endif
	return sp;
}

__attribute__((constructor)) static void vinit(void)
{
	const char *s = getenv("VCLOCK_START"), *e = getenv("VCLOCK_END");
	const char *o = getenv("VCLOCK_OUT");
	int fd;

	if (!s || !e || !o)
		return;
	now_ns = (int64_t)atoll(s) * NS;
	end_ns = (int64_t)atoll(e) * NS;
	read_jumps(getenv("VCLOCK_JUMPS"));
	minute_ms = getenv("VCLOCK_MINUTE") ? atoi(getenv("VCLOCK_MINUTE")) : 0;
	sim = sp_now() != NULL && !getenv("VCLOCK_FORK") && !minute_ms;
	fd = open(o, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	outfd = fcntl(fd, F_DUPFD_CLOEXEC, 200);
	close(fd);
	real_fork = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");
	on = 1;
}

static void rec(char kind, const char *msg)
{
	char buf[9000];
	int n = snprintf(buf, sizeof buf - 1, "%c\t%lld\t%s", kind,
			 (long long)(now_ns / NS), msg);
	if (n > (int)sizeof buf - 2)
		n = sizeof buf - 2;
	for (int i = 0; i < n; i++)
		if (buf[i] == '\n')
			buf[i] = ' ';
	buf[n++] = '\n';
	if (outfd >= 0 && write(outfd, buf, n) < 0) { }
}

static void advance(int64_t d)
{
	if (passed(d) && depth == 0) {
		while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
			;
		rec('E', "end");
		_exit(0);
	}
}

/* ---- clocks ---------------------------------------------------------- */
time_t time(time_t *t)
{
	time_t v;
	if (on)
		v = now_ns / NS;
	else {
		struct timespec ts;
		syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
		v = ts.tv_sec;
	}
	if (t)
		*t = v;
	return v;
}

int gettimeofday(struct timeval *tv, void *tz)
{
	(void)tz;
	if (!on)
		return syscall(SYS_gettimeofday, tv, NULL);
	tv->tv_sec = now_ns / NS;
	tv->tv_usec = now_ns % NS / 1000;
	return 0;
}

int clock_gettime(clockid_t c, struct timespec *ts)
{
	if (!on || (c != CLOCK_REALTIME && c != CLOCK_REALTIME_COARSE))
		return syscall(SYS_clock_gettime, c, ts);
	ts->tv_sec = now_ns / NS;
	ts->tv_nsec = now_ns % NS;
	return 0;
}

/* ---- sleeping -------------------------------------------------------- */
unsigned sleep(unsigned n)
{
	if (on && minute_ms) {
		int64_t ns = (int64_t)n * minute_ms * 1000000 / 60;
		struct timespec ts = { ns / NS, ns % NS };
		syscall(SYS_nanosleep, &ts, NULL);
	}
	if (on)
		advance((int64_t)n * NS);
	else {
		struct timespec ts = { n, 0 };
		syscall(SYS_nanosleep, &ts, NULL);
	}
	return 0;
}

int usleep(useconds_t n)
{
	if (on) {
		advance((int64_t)n * 1000);
		return 0;
	}
	struct timespec ts = { n / 1000000, (n % 1000000) * 1000L };
	return syscall(SYS_nanosleep, &ts, NULL);
}

int nanosleep(const struct timespec *a, struct timespec *b)
{
	if (!on)
		return syscall(SYS_nanosleep, a, b);
	advance((int64_t)a->tv_sec * NS + a->tv_nsec);
	return 0;
}

int clock_nanosleep(clockid_t c, int fl, const struct timespec *a, struct timespec *b)
{
	if (!on || (c != CLOCK_REALTIME && (fl & TIMER_ABSTIME)))
		return syscall(SYS_clock_nanosleep, c, fl, a, b);
	int64_t t = (int64_t)a->tv_sec * NS + a->tv_nsec;
	if (fl & TIMER_ABSTIME)
		t -= now_ns;
	if (t > 0)
		advance(t);
	return 0;
}

/* ---- processes ------------------------------------------------------- */
/* leave the simulated child: put the daemon's stack back, return to fork() */
static void __attribute__((noinline, noreturn)) sim_leave(void)
{
	if ((char *)__builtin_frame_address(0) >= sim_lo)
		abort();
	sim_child = 0;
	depth = 0;
	memcpy(sim_lo, sim_stack, sim_len);
	_longjmp(sim_jb, 1);
}

static void __attribute__((noreturn)) hard_exit(int c)
{
	syscall(SYS_exit_group, c);
	for (;;)
		;
}

void _exit(int c)
{
	if (on && sim_child)
		sim_leave();
	hard_exit(c);
}

__attribute__((noinline)) pid_t fork(void)
{
	pid_t p;

	if (!on)
		return ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))();
	if (depth >= 1) {	/* the job's own process: do not fork twice */
		depth++;
		return 0;
	}
	if (sim) {
		sim_lo = sp_now();
		sim_len = (char *)__libc_stack_end - sim_lo;
		if (sim_len > sizeof sim_stack)
			abort();
		memcpy(sim_stack, sim_lo, sim_len);
		if (_setjmp(sim_jb) == 0) {
			/* setjmp itself does not write to the saved region */
			memcpy(sim_stack, sim_lo, sim_len);
			sim_child = 1;
			depth = 1;
			return 0;
		}
		return 999999;
	}
	p = real_fork();
	if (p == 0)
		depth++;
	else if (p > 0 && depth == 0 && !minute_ms) {	/* serialise: jobs take no virtual time */
		int e = errno;
		while (waitpid(p, NULL, 0) < 0 && errno == EINTR)
			;
		errno = e;
	}
	return p;
}

pid_t vfork(void)
{
	return fork();
}

static void job(const char *msg)
{
	rec('F', msg);
	if (minute_ms)	/* the shell comes next, on a clock of its own */
		return;
	if (sim_child)
		sim_leave();
	hard_exit(0);
}

/* the simulated child must not change the daemon's state */
int pipe(int fd[2])
{
	if (on && sim_child) {
		fd[0] = fd[1] = -1;
		return 0;
	}
	return syscall(SYS_pipe2, fd, 0);
}

int flock(int fd, int op)
{
	if (on && sim)
		return 0;
	return syscall(SYS_flock, fd, op);
}

sighandler_t signal(int s, sighandler_t h)
{
	static sighandler_t (*real)(int, sighandler_t);
	if (on && sim_child)
		return SIG_DFL;
	if (!real)
		real = (sighandler_t (*)(int, sighandler_t))dlsym(RTLD_NEXT, "signal");
	return real(s, h);
}

int sigaction(int s, const struct sigaction *new, struct sigaction *old)
{
	static int (*real)(int, const struct sigaction *, struct sigaction *);
	if (on && sim_child)
		return 0;
	if (!real)
		real = (int (*)(int, const struct sigaction *, struct sigaction *))dlsym(RTLD_NEXT, "sigaction");
	return real(s, new, old);
}

/* cronie becomes the user's groups before its log line, Debian's cron after it */
int initgroups(const char *user, gid_t group)
{
	static int (*real)(const char *, gid_t);
	if (on && sim_child)
		return 0;
	if (!real)
		real = (int (*)(const char *, gid_t))dlsym(RTLD_NEXT, "initgroups");
	return real(user, group);
}

int setgid(gid_t group)
{
	if (on && sim_child)
		return 0;
	return syscall(SYS_setgid, group);
}

/* ---- syslog ---------------------------------------------------------- */
static void vlog(const char *f, va_list ap)
{
	char buf[8600];
	vsnprintf(buf, sizeof buf, f, ap);
	if (depth >= 1 && strstr(buf, ") CMD ("))
		job(buf);
	else if (!strstr(buf, "pidfile fd"))
		rec('L', buf);
}

void syslog(int p, const char *f, ...)
{
	va_list ap;
	(void)p;
	va_start(ap, f);
	if (on)
		vlog(f, ap);
	va_end(ap);
}

void __syslog_chk(int p, int flag, const char *f, ...)
{
	va_list ap;
	(void)p, (void)flag;
	va_start(ap, f);
	if (on)
		vlog(f, ap);
	va_end(ap);
}

void vsyslog(int p, const char *f, va_list ap)
{
	(void)p;
	if (on)
		vlog(f, ap);
}

void openlog(const char *i, int o, int f) { (void)i, (void)o, (void)f; }
void closelog(void) { }

/* ---- cost savers for jobs that are only recorded ---------------------- */
FILE *tmpfile(void)
{
	static FILE *(*real)(void);
	if (on && depth >= 1)
		return sim_child ? stderr : fopen("/dev/null", "w+");
	if (!real)
		real = (FILE *(*)(void))dlsym(RTLD_NEXT, "tmpfile");
	return real();
}

/* cronie sets TZ and breaks down the minute anew for each of its jobs: both are most often the same */
int setenv(const char *name, const char *value, int overwrite)
{
	static int (*real)(const char *, const char *, int);
	const char *had = on ? getenv(name) : NULL;
	if (had && strcmp(had, value) == 0)
		return 0;
	if (!real)
		real = (int (*)(const char *, const char *, int))dlsym(RTLD_NEXT, "setenv");
	return real(name, value, overwrite);
}

struct tm *gmtime(const time_t *at)
{
	static struct tm last, given;
	static time_t of = -1;

	if (*at != of) {
		of = *at;
		gmtime_r(at, &last);
	}
	given = last;
	return &given;
}

struct tm *localtime(const time_t *at)
{
	static struct tm last, given;
	static time_t of = -1;
	static char where[256];
	const char *zone = getenv("TZ");

	zone = zone ? zone : "";
	if (*at != of || strcmp(zone, where)) {
		of = *at;
		snprintf(where, sizeof where, "%s", zone);
		tzset();
		localtime_r(at, &last);
	}
	given = last;
	return &given;
}

#define PAM(name) \
int name(void *a, void *b, void *c, void *d) \
{ \
	static int (*real)(void *, void *, void *, void *); \
	if (on) \
		return 0; \
	if (!real) \
		real = (int (*)(void *, void *, void *, void *))dlsym(RTLD_NEXT, #name); \
	return real ? real(a, b, c, d) : 0; \
}
PAM(pam_start)
PAM(pam_set_item)
PAM(pam_acct_mgmt)
PAM(pam_setcred)
PAM(pam_open_session)
PAM(pam_close_session)
PAM(pam_end)

/* no variable of PAM's: there is no session */
char **pam_getenvlist(void *session)
{
	static char **(*real)(void *);
	if (on)
		return calloc(1, sizeof(char *));
	if (!real)
		real = (char **(*)(void *))dlsym(RTLD_NEXT, "pam_getenvlist");
	return real ? real(session) : NULL;
}
