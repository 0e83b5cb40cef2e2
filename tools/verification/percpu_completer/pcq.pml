/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocols of kernel/percpu_completer.c for spin: queueing, sleeping, lazy nodes,
 * CPU hotplug, flushing and destruction.
 *
 * Steps are those of the source, in its order, each seen by everybody at once; that
 * they are is what the barriers are for, see Documentation/litmus-tests/percpu_completer.
 * Steps that nobody else can come between with any effect are one: taking a lock and what
 * follows, what precedes and its release, the completion of a batch.  What is abstracted
 * from: time, which CPU a producer is on (any), how many nodes make a batch of lazy ones
 * (any).
 *
 * Checked are, in any interleaving: every node is completed, once, not under the lock,
 * and not touched after; in order, if the queue was open; nobody waits for ever; a flush
 * returns when all that was queued before has been completed; what is freed is not used.
 *
 * Scenarios, and what each is compiled with:
 *
 * scenario queue: -DQUEUES=1 -DPRODUCERS=3
 * scenario lazy: -DQUEUES=1 -DPRODUCERS=3 -DLAZY -DURGENT=1
 * scenario urgent-first: -DQUEUES=1 -DPRODUCERS=3 -DLAZY -DURGENT=1 -DURGENT_FIRST
 * scenario queue-ends: -DQUEUES=1 -DPRODUCERS=3 -DNP
 * scenario hotplug: -DPRODUCERS=2 -DHOTPLUG=2
 * scenario hotplug-ends: -DPRODUCERS=2 -DHOTPLUG=1 -DNP
 * scenario hotplug-lazy: -DPRODUCERS=1 -DHOTPLUG=1 -DLAZY -DURGENT=0 -DURGENT_FIRST
 * scenario flush: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH
 * scenario flush-lazy: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH -DLAZY -DURGENT=0
 * scenario flush-closing: -DPRODUCERS=2 -DFLUSH -DCLOSING -DONE_HOME
 * scenario flush-hotplug: -DPRODUCERS=1 -DFLUSH -DHOTPLUG=1 -DONE_HOME
 * scenario flush-ends: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH -DNP
 * scenario destroy: -DPRODUCERS=2 -DDESTROY -DONE_HOME
 * scenario destroy-hotplug: -DPRODUCERS=1 -DDESTROY -DHOTPLUG=1 -DONE_HOME
 * scenario destroy-lazy: -DQUEUES=1 -DPRODUCERS=2 -DDESTROY -DLAZY -DURGENT=0
 *
 * With NP it is not errors that are looked for but activity without an end.
 *
 * Controls: with one of these steps done wrong a scenario has to find an error.
 *
 * control LOOK_FIRST in queue: a producer looks at the state before it adds [A]
 * control GRAB_FIRST in queue: a worker grabs before it makes the state OPEN [A]
 * control SLEEP_LAST in queue: a worker looks at the state before it goes to sleep [B]
 * control WAKE_FIRST in queue: a producer wakes before it makes the state KICKED [B]
 * control KEEP_REVERSED in queue: a batch is completed newest first
 * control TOUCH_LATE in queue: the next node is looked up after the completion
 * control STAY_KICKED in queue-ends: a worker leaves the state as it is
 * control PENDING_LAST in lazy: the timer looks at the list while it is pending [E]
 * control LOOK_AT_TIMER_FIRST in lazy: a producer looks at the timer before it adds [E]
 * control NO_TIMER in lazy: nobody starts the timer
 * control NO_MOVE in hotplug: a producer leaves its node on a closed queue
 * control NO_KICK_AFTER_MOVE in hotplug: nodes are moved and nobody is woken
 * control MOVE_UNLOCKED in hotplug: nodes are moved without the lock
 * control LEAVE_LIST in hotplug: nodes are moved and stay where they were as well
 * control CLOSE_UNLOCKED in hotplug: a queue is closed without the lock
 * control NO_LAST_GRAB in hotplug: a worker closes and parks
 * control COMPLETE_LOCKED in hotplug: the last batch is completed under the lock
 * control CLOSE_LAST in hotplug: the last open queue may close
 * control ROUND_LAST in flush: a worker grabs before it begins the round [C]
 * control ROUND_FIRST in flush: a flush looks at the round before the list [C]
 * control NO_ROUND in flush: a flush does not wait for the batch in flight
 * control SHORT_TARGET in flush: the end of the batch in flight suffices
 * control WAIT_LAST in flush: a flush looks before it goes to sleep [D]
 * control LOOK_FOR_SLEEPER_FIRST in flush: a worker looks before it ends the round [D]
 * control GRAB_UNLOCKED in flush-closing: the last grab is a step of its own
 * control MOVE_UNLOCKED in flush-closing: nodes are moved without the lock
 * control TARGET_ONLY in flush-hotplug: a flush does not look whether the queue is idle
 * control NO_GRACE in destroy: queues are freed at once
 * control NO_SHUTDOWN in destroy-lazy: queues are freed with a timer pending
 */

#ifndef QUEUES
#define QUEUES	2
#endif
#define NODES	PRODUCERS
#ifndef URGENT
#define URGENT	PRODUCERS
#endif
#define NONE	255
#define FREED	254

#define CLOSED	0
#define OPEN	1
#define KICKED	2

#if defined(FLUSH) || defined(DESTROY)
#define FLUSHER
#endif
#if defined(HOTPLUG) || defined(CLOSING) || defined(DESTROY)
#define PARKS
#endif

typedef queue {
	byte list;		/* the newest node, or 0 */
	byte later;
	byte state;
	byte round;
	bool asleep;		/* the worker has said so, and nobody woke it */
	bool should_park;
	bool parked;
	bool should_stop;
	bool timer_pending;
	bool timer_runs;
};

queue q[QUEUES];
byte next[NODES + 1];
#ifdef ONE_HOME
byte home;			/* where all producers are */
#endif
byte pc_lock;			/* who holds it, or 0 */
bool flush_asleep;
#ifdef DESTROY
bool completers_lock;
bool dead;			/* destruction has begun */
bool freed;			/* all that was allocated */
bool inside[PRODUCERS];		/* may yet look at a queue */
#define USE	assert(!freed)
#else
#define USE	skip
#endif

/* What is to be shown. Sets of nodes are bits. */
#define BIT(n)	(1 << (n))
#define ALL	((1 << (NODES + 1)) - 2)
byte done;
byte returned;			/* queued, as the caller sees it */
byte older[NODES + 1];		/* those that have to be completed before */
byte via[NODES + 1];		/* added to which list of which open queue, or LATE */
#define LATE	255

#define EMPTY(c)	(q[c].list == 0 && q[c].later == 0)
#define PID		(_pid + 1)

inline lock()
{
	atomic { pc_lock == 0 -> pc_lock = PID }
}

inline unlock()
{
	pc_lock = 0
}

/*
 * Lists
 */

#define PLACE(c, second)	(2 * (c) + (second) + 1)

/* llist_add() */
inline llist_add(c, second, n)
{
	d_step {
		USE;
		if
		:: q[c].state == CLOSED -> via[n] = LATE
		:: else -> via[n] = PLACE(c, second)
		fi;
		older[n] = 0;
		i = 1;
		do
		:: i > NODES -> break
		:: else ->
			if
			:: via[n] != LATE && via[i] == via[n] && i != n && !(done & BIT(i)) ->
				older[n] = older[n] | BIT(i)
			:: else
			fi;
			i++
		od;
		i = 0;
		if
		:: second -> next[n] = q[c].later; q[c].later = n
		:: else -> next[n] = q[c].list; q[c].list = n
		fi
	}
}

/* llist_del_all() */
inline llist_del_all(head, nodes)
{
	atomic { nodes = head; head = 0 }
}

/* Oldest first. Nobody else has these nodes. */
inline pcq_take(nodes)
{
#ifdef KEEP_REVERSED
	skip
#else
	d_step {
		first = 0;
		do
		:: nodes == 0 -> break
		:: else ->
			assert(nodes != FREED);
			last = next[nodes];
			next[nodes] = first;
			first = nodes;
			nodes = last
		od;
		nodes = first;
		first = 0;
		last = 0
	}
#endif
}

/*
 * Waking
 */

inline wake_up_process(c)
{
	q[c].asleep = false
}

inline pcq_wake(c)
{
#ifdef WAKE_FIRST
	if
	:: q[c].state == OPEN -> wake_up_process(c)
	:: else
	fi;
#endif
	d_step {
		USE;
		found = q[c].state;
		if
		:: found == OPEN -> q[c].state = KICKED	/* [B] pcq_wake */
		:: else
		fi
	};
#ifndef WAKE_FIRST
	if
	:: found == OPEN -> wake_up_process(c)
	:: else
	fi
#endif
}

inline pcq_next_open(c)
{
	d_step {
		to = c;
		do
		:: q[to].state != CLOSED -> break
		:: else ->
			to = (to + 1) % QUEUES;
			if
			:: to == c -> to = NONE; break
			:: else
			fi
		od
	};
	assert(to != NONE)
}

inline pcq_splice(from, into)
{
#ifdef LEAVE_LIST
	first = from;
#else
	llist_del_all(from, first);
#endif
	if
	:: first != 0 ->
		d_step {
			last = first;
			do
			:: assert(next[last] != FREED);
				if
				:: next[last] == 0 -> break
				:: else -> last = next[last]
				fi
			od
		};
		d_step { next[last] = into; into = first };	/* [A] pcq_splice */
	:: else
	fi
}

/* Taking the lock and looking are one step, as are the last step and its release. */
inline pcq_move(c)
{
	atomic {
#ifndef MOVE_UNLOCKED
		lock();				/* [lock] pcq_move */
#endif
		USE;
		if
		:: q[c].state != CLOSED -> to = c
		:: else ->
			if
			:: EMPTY(c) -> to = NONE
			:: else -> pcq_next_open(c)
			fi
		fi
	};
	if
	:: to == c || to == NONE
	:: else ->
		pcq_splice(q[c].list, q[to].list);
#ifdef URGENT_FIRST
		pcq_splice(q[c].later, q[to].later)
#endif
	fi;
#ifndef MOVE_UNLOCKED
	unlock()
#endif
}

inline pcq_evict(c)
{
	pcq_move(c);
#ifndef NO_KICK_AFTER_MOVE
	if
	:: to != NONE -> pcq_wake(to)
	:: else
	fi
#endif
}

inline pcq_kick(c)
{
	pcq_wake(c);
#ifndef NO_MOVE
	if
	:: found == CLOSED -> pcq_evict(c)
	:: else
	fi;
#endif
	d_step { found = 0; to = 0; first = 0; last = 0 }
}

inline pcq_add(c, n)
{
#ifdef LOOK_FIRST
	found = q[c].state;
	llist_add(c, 0, n);
#else
	llist_add(c, 0, n);			/* [A] pcq_add */
	d_step { USE; found = q[c].state };
#endif
	if
	:: found != KICKED -> pcq_kick(c)
	:: else -> found = 0
	fi
}

/*
 * Producers
 */

#ifdef LAZY
#ifdef URGENT_FIRST
#define LAZY_LIST	1
#else
#define LAZY_LIST	0
#endif

inline pcq_add_lazy(c, n)
{
#ifdef LOOK_AT_TIMER_FIRST
	pending = q[c].timer_pending;
#endif
	llist_add(c, LAZY_LIST, n);		/* [A] pcq_add_lazy */
	d_step { USE; found = q[c].state };
#ifndef LOOK_AT_TIMER_FIRST
	if
	:: found == OPEN -> d_step { USE; pending = q[c].timer_pending }
	:: else
	fi;
#endif
	if
	:: found == OPEN && !pending ->
		d_step { USE; found = q[c].state };
		if
		:: found != OPEN
#ifdef NO_TIMER
		:: else
#else
		:: else -> d_step { USE; q[c].timer_pending = true }
#endif
		fi
	:: found == OPEN			/* the batch is full */ ->
		found = CLOSED
	:: found == OPEN && pending
	:: found != OPEN
	fi;
	if
	:: found == CLOSED -> pcq_kick(c)
	:: else
	fi;
	d_step { found = 0; pending = false }
}

proctype pcq_lazy_timer(byte c)
{
	byte found, to, first, last;

endless: do
#ifdef PENDING_LAST
	:: d_step { q[c].timer_pending -> USE; q[c].timer_runs = true };
#else
	:: d_step {
		q[c].timer_pending -> USE;
		q[c].timer_pending = false;	/* [E] pcq_lazy_timer */
		q[c].timer_runs = true
	   };
#endif
		if
		:: EMPTY(c)
		:: else -> pcq_kick(c)
		fi;
#ifdef PENDING_LAST
		q[c].timer_pending = false;
#endif
		q[c].timer_runs = false
	od
}
#endif

proctype producer(byte p)
{
	byte c, i, found, to, first, last;
#ifdef LAZY
	bool pending;
#endif

#ifdef ONE_HOME
	/* Producers are alike: let them be numbered in the order in which they add. */
	atomic { p == 0 || via[p] || (done & BIT(p)) -> c = home };
#else
	if
	:: c = 0
	:: p > 0 -> c = QUEUES - 1
	fi;
#endif
	if
	:: p < URGENT -> pcq_add(c, p + 1)
#ifdef LAZY
	:: p > 0 || URGENT == 0 -> pcq_add_lazy(c, p + 1)
#endif
	fi;
	d_step {
		returned = returned | BIT(p + 1);
#ifdef DESTROY
		inside[p] = false;
#endif
		c = 0
	}
}

/*
 * The worker
 */

inline complete(n)
{
	assert(n > 0 && n <= NODES);
	assert(!(done & BIT(n)));
	assert(pc_lock != PID);
	assert((older[n] & ~done) == 0);
	USE;
	done = done | BIT(n);
	older[n] = 0;
	via[n] = 0;
	next[n] = FREED
}

inline complete_first(nodes)
{
#ifdef TOUCH_LATE
	node = nodes;
	complete(node);
	nodes = next[node];
#else
	node = nodes;
	nodes = next[node];
	assert(nodes != FREED);
	complete(node);
#endif
	node = 0
}

/* While the batch is in hand others see nothing of it. */
inline pcq_complete_nodes(c, nodes)
{
	pcq_take(nodes);
	d_step {
		do
		:: nodes == 0 -> break
		:: else -> complete_first(nodes)
		od
	}
}

/* The first list goes before each of these. */
inline pcq_complete_later(c)
{
	pcq_take(late);
	do
	:: late == 0 -> break
	:: else ->
		if
		:: q[c].list != 0 ->
			llist_del_all(q[c].list, batch);
			pcq_complete_nodes(c, batch)
		:: else
		fi;
		atomic { complete_first(late) }
	od
}

inline pcq_grab_lists(c)
{
	llist_del_all(q[c].list, batch);	/* [A] pcq_grab_lists */
#ifdef URGENT_FIRST
	llist_del_all(q[c].later, late)
#endif
}

#ifdef FLUSHER
#define ROUND(c)	q[c].round++
#else
#define ROUND(c)	skip
#endif

inline pcq_grab(c)
{
#ifdef GRAB_FIRST
	pcq_grab_lists(c);
#endif
#ifndef STAY_KICKED
	q[c].state = OPEN;
#endif
#ifdef ROUND_LAST
	pcq_grab_lists(c);
	ROUND(c);
#else
	ROUND(c);				/* [D] pcq_grab */
#ifndef GRAB_FIRST
	pcq_grab_lists(c);
#endif
#endif
}

inline pcq_close(c)
{
	ROUND(c);				/* [D] pcq_close */
#ifdef CLOSE_UNLOCKED
	q[c].state = CLOSED;
#else
	atomic {
		lock();				/* [lock] pcq_close */
		q[c].state = CLOSED		/* [C] pcq_close */
	};
#endif
	atomic {
#ifdef GRAB_UNLOCKED
		unlock();
	};
	atomic {
#endif
#ifndef NO_LAST_GRAB
		pcq_grab_lists(c);
#endif
#if !defined(CLOSE_UNLOCKED) && !defined(COMPLETE_LOCKED) && !defined(GRAB_UNLOCKED)
		unlock()
#endif
	}
}

/* The end of a round: who waits in a flush is woken. */
inline end_round(c)
{
#ifdef LOOK_FOR_SLEEPER_FIRST
	waiter = flush_asleep;
#endif
	ROUND(c);				/* [D] pcq_run */
	d_step {
#ifndef LOOK_FOR_SLEEPER_FIRST
		waiter = flush_asleep;		/* [D] wq_has_sleeper */
#endif
		if
		:: waiter -> flush_asleep = false; waiter = false
		:: else
		fi
	}
}

inline pcq_run(c)
{
	pcq_complete_nodes(c, batch);
#ifdef URGENT_FIRST
	pcq_complete_later(c);
#endif
#ifdef COMPLETE_LOCKED
	if
	:: pc_lock == PID -> unlock()
	:: else
	fi;
#endif
#ifdef FLUSHER
	end_round(c)
#endif
}

#ifdef PARKS
#define SHOULD_PARK(c)	q[c].should_park
#else
#define SHOULD_PARK(c)	false
#endif

#ifdef DESTROY
#define SHOULD_STOP(c)	q[c].should_stop
#else
#define SHOULD_STOP(c)	false
#endif

#ifdef SLEEP_LAST
#define IS_KICKED(c)	kicked
#else
#define IS_KICKED(c)	(q[c].state == KICKED)
#endif

/* To run again and to see why are one step: being woken then changes nothing. */
proctype pcq_thread(byte c)
{
	byte i, batch, late, node, found, to, first, last;
	bool waiter;
#ifdef SLEEP_LAST
	bool kicked;
#endif

	do
	::
#ifdef SLEEP_LAST
		kicked = q[c].state == KICKED;
#endif
		q[c].asleep = true;		/* [B] pcq_thread */
		if
		:: SHOULD_STOP(c) -> break
		:: else
		fi;
		if
		:: atomic { SHOULD_PARK(c) -> q[c].asleep = false };
			pcq_close(c);
			pcq_run(c);
			q[c].parked = true;
endparked:		atomic { !SHOULD_PARK(c) -> q[c].parked = false }
		:: atomic { !SHOULD_PARK(c) && IS_KICKED(c) -> q[c].asleep = false };
			pcq_grab(c);
			pcq_run(c)
		:: else ->
endasleep:		!q[c].asleep
		fi
	od;
	atomic { q[c].asleep = false; q[c].should_stop = false }
}

/*
 * CPU hotplug
 */

inline pcq_start(c)
{
	q[c].should_park = false;
	wake_up_process(c);
	lock();
	q[c].state = OPEN;			/* [open] pcq_start */
	unlock()
}

inline pcq_park(c)
{
	if
	:: q[c].state != CLOSED ->
		q[c].should_park = true;
		wake_up_process(c);		/* [B] wake_up_process */
		q[c].parked
	:: else
	fi
}

#ifdef CLOSE_LAST
#define OPEN_BUT(c)	true
#else
#define OPEN_BUT(c)	(q[1 - c].state != CLOSED)
#endif

/* percpu_completers_lock: only destruction is beside hotplug. */
#ifdef DESTROY
#define ALIVE	(!dead)

inline mutex_lock()
{
	atomic { !completers_lock -> completers_lock = true }
}

inline mutex_unlock()
{
	completers_lock = false
}
#else
#define ALIVE	true

inline mutex_lock()
{
	skip
}

inline mutex_unlock()
{
	skip
}
#endif

#ifdef HOTPLUG
proctype hotplug()
{
	byte c, count;

	do
	:: count == HOTPLUG -> break
	:: count < HOTPLUG ->
		count++;
#ifdef ONE_HOME
		c = home;
#else
		if
		:: c = 0
		:: c = 1
		fi;
#endif
		mutex_lock();
		if
		:: !ALIVE -> count = HOTPLUG
		:: ALIVE && q[c].state == CLOSED -> pcq_start(c)
		:: ALIVE && q[c].state != CLOSED && OPEN_BUT(c) -> pcq_park(c)
		:: else
		fi;
		mutex_unlock()
	od
}
#endif

/*
 * Flushing
 */

#ifdef FLUSHER

/* Is everything done?  The list is looked at before the round. */
inline pcq_idle(c)
{
#ifdef ROUND_FIRST
	idle = !(q[c].round & 1);
#endif
	if
	:: q[c].state != CLOSED ->
		if
		:: q[c].list != 0 -> idle = false
		:: else ->
			if
			:: q[c].later != 0 -> idle = false
			:: else -> look_at_round(c)
			fi
		fi
	:: else -> look_at_round(c)
	fi
}

inline look_at_round(c)
{
#if defined(NO_ROUND)
	idle = true
#elif !defined(ROUND_FIRST)
	idle = !(q[c].round & 1)		/* [C] pcq_idle, [D] pcq_idle */
#else
	skip
#endif
}

/* Is the round that we wait for over, or everything done? */
inline flushed(c)
{
	idle = q[c].round >= target;		/* [D] pcq_round_reached */
	if
	:: idle
	:: else
#ifndef TARGET_ONLY
		-> pcq_idle(c)
#endif
	fi
}

#ifdef SHORT_TARGET
#define TARGET(round)	(((round) + 1) & 254)
#else
#define TARGET(round)	(((round) + 3) & 254)
#endif

inline pcq_flush(c)
{
	target = TARGET(q[c].round);		/* [C] pcq_flush_all, [D] pcq_flush */
	pcq_idle(c);
	if
	:: idle
	:: else ->
		pcq_kick(c);
		do
		::
#ifndef WAIT_LAST
			flush_asleep = true;	/* [D] wait_event */
#endif
			flushed(c);
#ifdef WAIT_LAST
			flush_asleep = true;
#endif
			if
			:: idle -> break
			:: else -> !flush_asleep
			fi
		od;
		flush_asleep = false
	fi;
	d_step { target = 0; idle = false }
}

/* The kicks before the first wait only save time; pcq_flush() kicks again. */
inline pcq_flush_all()
{
	c = 0;
	do
	:: c == QUEUES -> break
	:: else -> pcq_flush(c); c++
	od
}

inline percpu_completer_flush()
{
	before = returned;
	pcq_flush_all();
	assert((before & ~done) == 0);
	before = 0
}
#endif

#ifdef FLUSH
proctype flusher()
{
	byte c, before, target, found, to, first, last;
	bool idle;

#ifdef CLOSING
	returned != 0;				/* else there is nothing to show */
#endif
	percpu_completer_flush()
}
#endif

/*
 * Destruction, once the caller knows of each node that it is queued or completed
 */

#ifdef DESTROY
inline pcq_free_all()
{
	c = 0;
	do
	:: c == QUEUES -> break
	:: else ->
#if defined(LAZY) && !defined(NO_SHUTDOWN)
		q[c].timer_pending = false;
		!q[c].timer_runs;
#endif
		q[c].should_stop = true;
		q[c].should_park = false;
		wake_up_process(c);
		!q[c].should_stop;
		assert(EMPTY(c));
		c++
	od;
	freed = true
}

proctype destroyer()
{
	byte c, before, target, found, to, first, last;
	bool idle;

	((returned | done) & ALL) == ALL;
	percpu_completer_flush();
	mutex_lock();
	dead = true;
	c = 0;
	do
	:: c == QUEUES -> break
	:: else -> pcq_park(c); c++
	od;
	mutex_unlock();
#ifndef NO_GRACE
	c = 0;
	do
	:: c == PRODUCERS -> break
	:: else -> !inside[c]; c++		/* [grace] percpu_completer_destroy */
	od;
#endif
	pcq_free_all()
}
#endif

/*
 * All of it
 */

/* When nobody can do any more, everything has been done. */
init
{
	byte n;

	atomic {
#ifdef ONE_HOME
		if
		:: home = 0
		:: home = QUEUES - 1
		fi;
#endif
		n = 0;
		do
		:: n == QUEUES -> break
		:: else ->
			q[n].state = OPEN;
			run pcq_thread(n);
#ifdef LAZY
			run pcq_lazy_timer(n);
#endif
			n++
		od;
#ifdef CLOSING
		q[home].should_park = true;
#endif
		n = 0;
		do
		:: n == PRODUCERS -> break
		:: else ->
#ifdef DESTROY
			inside[n] = true;
#endif
			run producer(n);
			n++
		od;
#ifdef HOTPLUG
		run hotplug();
#endif
#ifdef FLUSH
		run flusher();
#endif
#ifdef DESTROY
		run destroyer();
#endif
		n = 0
	};
	timeout;
	assert(done == ALL)
}
