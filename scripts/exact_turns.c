// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into QEMU: its main loop runs only while its CPUs sleep.
 *
 * With -icount, one thread runs all CPUs in turns, and virtual time is exact.
 * But the main loop is a thread of its own, in the host's time: woken by every
 * timer that a CPU handles, it moves the clock on if it finds all CPUs idle, and
 * interrupts them.  It may come just before or after the CPUs' thread has gone to
 * sleep, and only there that stops the timer which ends the turn of a CPU.  So
 * turns differ from one run to the next, and what two busy CPUs do to each other.
 *
 * Beside the main thread, only the CPUs' thread calls pthread_cond_wait(), when
 * they all are idle.  The main loop waits for that whenever it comes from ppoll().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NONE_YET, ASLEEP, AWAKE };
static atomic_int cpus;

/* What ends QEMU politely is up to the main loop: do not outlive who started it. */
static __attribute__((constructor)) void end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static bool is_main_thread(void)
{
	return gettid() == getpid();
}

static void set_cpus(int state)
{
	atomic_store(&cpus, state);
	syscall(SYS_futex, &cpus, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	typeof(pthread_cond_wait) *wait;
	int ret;

	/* There is an older one, which lays the condition out in another way. */
	wait = dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
	if (is_main_thread())
		return wait(cond, mutex);
	/* The main loop cannot get at anything before the mutex is released. */
	set_cpus(ASLEEP);
	ret = wait(cond, mutex);
	set_cpus(AWAKE);
	return ret;
}

int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout,
	  const sigset_t *mask)
{
	typeof(ppoll) *poll = dlsym(RTLD_NEXT, "ppoll");
	int ret = poll(fds, nr, timeout, mask);

	while (is_main_thread() && atomic_load(&cpus) == AWAKE)
		syscall(SYS_futex, &cpus, FUTEX_WAIT_PRIVATE, AWAKE, NULL, NULL,
			0);
	return ret;
}
