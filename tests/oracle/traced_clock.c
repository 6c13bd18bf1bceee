/* A virtual clock for a program that is linked statically, where LD_PRELOAD finds no door: ptrace.
 *
 * The unmodified program is traced.  A seccomp filter stops it at the calls below and at no other;
 * each is answered here and never reaches the kernel.  A sleep returns at once and advances the
 * clock; a job is never started: fork() gives a number, and wait4() says that it has ended.  The
 * auxiliary vector loses its entry for the vDSO, without which the C library would read the
 * clock past the kernel and past us.
 *
 * Environment: VCLOCK_START, VCLOCK_END  epoch seconds
 *              VCLOCK_JUMPS              epoch:seconds,...  the clock is corrected when it comes there
 *              VCLOCK_OUT                what the program writes to stderr, each line after the
 *                                        virtual time and a tab; "end" when the window is complete
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../migrator/adapters/vclock_time.h"

#ifndef __x86_64__
#error "the registers of x86-64 are spelled out here"
#endif

#define JOB 999999 /* the process id of every job: beyond those of small machines, and never waited for */

static const int answered[] = {
	SYS_time, SYS_gettimeofday, SYS_clock_gettime, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_fork, SYS_vfork, SYS_wait4, SYS_write,
};
#define COUNT (sizeof answered / sizeof *answered)

static pid_t child;
static FILE *out;

static void fail(const char *what)
{
	perror(what);
	if (child)
		kill(child, SIGKILL);
	exit(1);
}

static int64_t seconds_of(const char *name)
{
	const char *text = getenv(name);
	if (!text) {
		fprintf(stderr, "%s is not set\n", name);
		exit(2);
	}
	return atoll(text) * NS;
}

/* ---- the traced program ------------------------------------------------ */
static void become(char **words)
{
	struct sock_filter filter[COUNT + 3], *next = filter;
	struct sock_fprog program = { .len = COUNT + 3, .filter = filter };

	*next++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < COUNT; i++) /* to the last instruction, over what is between */
		*next++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, answered[i], COUNT - i, 0);
	*next++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	*next = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		_exit(126);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(126);
	execvp(words[0], words);
	_exit(127);
}

/* ---- its memory --------------------------------------------------------- */
static void put(unsigned long long address, const void *from, size_t size)
{
	struct iovec here = { (void *)from, size }, there = { (void *)address, size };
	if (address && process_vm_writev(child, &here, 1, &there, 1, 0) != (ssize_t)size)
		fail("process_vm_writev");
}

static void get(unsigned long long address, void *to, size_t size)
{
	struct iovec here = { to, size }, there = { (void *)address, size };
	if (process_vm_readv(child, &here, 1, &there, 1, 0) != (ssize_t)size)
		fail("process_vm_readv");
}

/* the stack of a new program: argc, argv, NULL, environ, NULL, auxiliary vector */
static void hide_vdso(void)
{
	struct user_regs_struct regs;
	unsigned long long at, word, pairs = AT_IGNORE;

	if (ptrace(PTRACE_GETREGS, child, 0, &regs))
		fail("PTRACE_GETREGS");
	get(regs.rsp, &word, sizeof word);
	at = regs.rsp + 8 * (word + 2);
	do {
		get(at, &word, sizeof word);
		at += 8;
	} while (word);
	for (get(at, &word, sizeof word); word != AT_NULL; at += 16, get(at, &word, sizeof word))
		if (word == AT_SYSINFO_EHDR)
			put(at, &pairs, sizeof pairs);
}

/* ---- its calls ----------------------------------------------------------- */
static void advance(int64_t by)
{
	if (passed(by)) {
		fprintf(out, "%lld\tend\n", (long long)(now_ns / NS));
		fclose(out);
		kill(child, SIGKILL);
		exit(0);
	}
}

static long long sleeps(unsigned long long address, int until)
{
	struct timespec span;
	get(address, &span, sizeof span);
	int64_t by = span.tv_sec * NS + span.tv_nsec - (until ? now_ns : 0);
	if (by > 0)
		advance(by);
	return 0;
}

static long long writes(int file, unsigned long long address, unsigned long long size)
{
	char text[8192];
	size_t length = size < sizeof text ? size : sizeof text;

	if (file == STDERR_FILENO && length) {
		get(address, text, length);
		fprintf(out, "%lld\t%.*s", (long long)(now_ns / NS), (int)length, text);
		if (text[length - 1] != '\n')
			fputc('\n', out);
	}
	return size;
}

static long long answer(const struct user_regs_struct *call)
{
	struct timespec span = { now_ns / NS, now_ns % NS };
	struct timeval value = { now_ns / NS, now_ns % NS / 1000 };
	long long seconds = now_ns / NS;
	int ended = 0;

	switch (call->orig_rax) {
	case SYS_time:
		put(call->rdi, &seconds, sizeof seconds);
		return seconds;
	case SYS_gettimeofday:
		put(call->rdi, &value, sizeof value);
		return 0;
	case SYS_clock_gettime:
		put(call->rsi, &span, sizeof span);
		return 0;
	case SYS_nanosleep:
		return sleeps(call->rdi, 0);
	case SYS_clock_nanosleep:
		return sleeps(call->rdx, call->rsi & TIMER_ABSTIME);
	case SYS_wait4:
		if ((int)call->rdi != JOB && (int)call->rdi != -1)
			return -ECHILD;
		put(call->rsi, &ended, sizeof ended);
		return JOB;
	case SYS_write:
		return writes(call->rdi, call->rsi, call->rdx);
	default: /* fork, vfork */
		return JOB;
	}
}

int main(int argc, char **argv)
{
	struct user_regs_struct regs;
	int status;

	if (argc < 2)
		return 2;
	now_ns = seconds_of("VCLOCK_START");
	end_ns = seconds_of("VCLOCK_END");
	read_jumps(getenv("VCLOCK_JUMPS"));
	out = fopen(getenv("VCLOCK_OUT") ? getenv("VCLOCK_OUT") : "/dev/null", "w");
	if (!out)
		fail("VCLOCK_OUT");
	child = fork();
	if (child == 0)
		become(argv + 1);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		fail("fork");
	if (ptrace(PTRACE_SETOPTIONS, child, 0,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		fail("PTRACE_SETOPTIONS");
	for (int pass = 0; !ptrace(PTRACE_CONT, child, 0, pass);) {
		if (waitpid(child, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status))
			break;
		pass = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			hide_vdso();
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			if (ptrace(PTRACE_GETREGS, child, 0, &regs))
				fail("PTRACE_GETREGS");
			regs.rax = answer(&regs);
			regs.orig_rax = -1; /* no call at all: rax is what it gives */
			if (ptrace(PTRACE_SETREGS, child, 0, &regs))
				fail("PTRACE_SETREGS");
		} else {
			pass = WSTOPSIG(status);
		}
	}
	fprintf(stderr, "the program ended before its window: status %d\n", status);
	return 1;
}
