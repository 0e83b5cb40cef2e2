/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocols of kernel/percpu_completer/ for spin: queueing, sleeping, lazy nodes,
 * CPU hotplug, workers that leave their CPU, flushing and destruction.
 *
 * Steps are those of the source, in its order, and all tasks see each of them at once.
 * The barriers are there for that, see Documentation/litmus-tests/percpu_completer.  Two
 * steps are one if no step of others between them has any effect: taking a lock and the
 * step that follows, the last step and the release of the lock, the end of a node and the
 * begin of the next.  Abstracted from are time, so that the worker may look up after any
 * node; the CPU that a producer is on (any); the number of nodes that make a batch of lazy
 * ones (any); the open queue that stands in (any); where no node may be overtaken, the
 * second list, which is empty then, and the flag that it is due.
 *
 * Checked are, in any interleaving: every node is completed, once; nodes of one CPU are
 * completed in the order queued and one at a time, except for those queued before a queue
 * opened; no task waits for ever; a flush returns when all that was queued before has been
 * completed; an urgent node that may overtake waits for one lazy node at most; memory that
 * is freed is not used; in the end each route leads to an open queue.
 *
 * Scenarios, and the options that each is compiled with:
 *
 * scenario queue: -DQUEUES=1 -DPRODUCERS=3
 * scenario lazy: -DQUEUES=1 -DPRODUCERS=3 -DLAZY
 * scenario urgent-first: -DQUEUES=1 -DPRODUCERS=3 -DLAZY -DURGENT_FIRST
 * scenario queue-ends: -DQUEUES=1 -DPRODUCERS=3 -DNP
 * scenario hotplug: -DPRODUCERS=2 -DHOTPLUG=3 -DHOMES
 * scenario hotplug-ends: -DPRODUCERS=2 -DHOTPLUG=1 -DHOMES -DNP
 * scenario hotplug-lazy: -DPRODUCERS=2 -DHOTPLUG=1 -DLAZY -DURGENT_FIRST
 * scenario hotplug-three: -DQUEUES=3 -DPRODUCERS=1 -DHOTPLUG=3
 * scenario flush: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH
 * scenario flush-lazy: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH -DLAZY -DURGENT_FIRST
 * scenario flush-hotplug: -DPRODUCERS=1 -DFLUSH -DHOTPLUG=3
 * scenario flush-hotplug-two: -DPRODUCERS=2 -DFLUSH -DHOTPLUG=2 -DHOMES
 * scenario flush-admin: -DPRODUCERS=1 -DFLUSH -DADMIN
 * scenario flush-ends: -DQUEUES=1 -DPRODUCERS=2 -DFLUSH -DNP
 * scenario destroy: -DPRODUCERS=2 -DDESTROY -DHOMES
 * scenario destroy-hotplug: -DPRODUCERS=1 -DDESTROY -DHOTPLUG=3
 * scenario destroy-hotplug-two: -DPRODUCERS=2 -DDESTROY -DHOTPLUG=1 -DHOMES
 * scenario destroy-lazy: -DQUEUES=1 -DPRODUCERS=2 -DDESTROY -DLAZY
 * scenario destroy-urgent-first: -DQUEUES=1 -DPRODUCERS=2 -DDESTROY -DLAZY -DURGENT_FIRST
 * scenario destroy-hotplug-lazy: -DPRODUCERS=1 -DDESTROY -DHOTPLUG=2 -DLAZY -DURGENT_FIRST
 * scenario destroy-admin: -DPRODUCERS=1 -DDESTROY -DADMIN
 * scenario admin: -DPRODUCERS=2 -DADMIN -DHOMES
 * scenario admin-hotplug: -DPRODUCERS=1 -DADMIN -DHOTPLUG=2
 * scenario admin-three: -DQUEUES=3 -DPRODUCERS=1 -DADMIN -DHOTPLUG=1 -DDOWN
 *
 * With DOWN the third CPU is down in the beginning, and comes up beside a worker that
 * leaves.  With NP spin looks for activity without an end instead of errors.
 *
 * Controls: with one of these steps done wrong a scenario has to find an error.
 *
 * control LOOK_FIRST in queue: a producer looks at the state before it adds [A]
 * control NO_LAST_LOOK in queue: a worker makes the state OPEN and does not look again [A]
 * control SLEEP_LAST in queue: a worker looks at the state before it goes to sleep [B]
 * control WAKE_FIRST in queue: a producer wakes before it makes the state KICKED [B]
 * control KEEP_REVERSED in queue: a batch is completed newest first
 * control STAY_KICKED in queue-ends: a worker leaves the state as it is
 * control CLEAR_LAST in lazy: the timer looks at the list while its flag is set [E]
 * control LOOK_AT_FLAG_FIRST in lazy: a producer looks at the flag before it adds [E]
 * control NO_TIMER in lazy: nobody starts the timer
 * control NO_NUDGE in urgent-first: an urgent node does not make the worker look up [G]
 * control NO_LOOK_AT_URGENT in urgent-first: a worker turns LAZY and does not look [A]
 * control DUE_IF_NOT_KICKED in urgent-first: lazy nodes of a queue that is KICKED are not due
 * control DUE_LAST in urgent-first: the queue is kicked before its lazy nodes are due [A]
 * control CLEAR_DUE_LAST in urgent-first: a worker grabs lazy nodes before it clears DUE [E]
 * control RELY_ON_AWAKE in urgent-first: a lazy node waits for a worker that is awake
 * control CLOSE_BY_WORKER in hotplug: the worker closes its queue when it parks
 * control CLOSE_FIRST in hotplug: a queue is closed before its worker has parked
 * control CLOSE_UNLOCKED in hotplug: a queue is closed without the lock
 * control KEEP_GRABBED in hotplug: nodes that were grabbed are not handed over
 * control ROUTE_FIRST in hotplug: the route changes before nodes are handed over
 * control NO_RETIRE in hotplug: a queue that closes may stand in for itself
 * control NO_KICK_AFTER_CLOSE in hotplug: nodes are handed over and nobody is woken
 * control NO_MOVE in hotplug: a producer leaves its node on a closed queue
 * control NO_KICK_AFTER_MOVE in hotplug: a producer moves its node and wakes nobody
 * control NOT_DUE_AFTER_MOVE in hotplug-lazy: a producer moves lazy nodes that are not due
 * control NOT_DUE_AFTER_CLOSE in hotplug-lazy: lazy nodes are handed over and not due
 * control MOVE_UNLOCKED in hotplug: nodes are moved without the lock
 * control LEAVE_LIST in hotplug: nodes are moved and stay where they were as well
 * control NO_EXCEPTION in hotplug: order is expected across the opening of a queue
 * control NO_REROUTE in hotplug-three: a route goes on to end at a closed queue
 * control NO_KICK_BY_FLUSH in flush: a flush adds its waiter and wakes nobody
 * control RUN_WHEN_OPEN in flush-lazy: a worker begins a round before the queue is KICKED
 * control TELL_BEFORE_LAZY in flush-lazy: a round ends before it has grabbed lazy nodes
 * control FLUSH_DUE_ONLY in flush-lazy: a round for a flush leaves lazy nodes waiting
 * control WAITERS_LAST in flush: a worker takes waiters after it has grabbed [C]
 * control STATE_FIRST in flush: a flush looks at the state before the list [C]
 * control KEEP_WAITER in flush-hotplug: the waiter stays with the queue that closes
 * control NO_REPEAT in flush-hotplug: a flush does not look whether a queue has closed
 * control CLOSINGS_UNLOCKED in flush-hotplug: a flush counts closings without the lock
 * control NO_GRACE in destroy: queues are freed at once
 * control DUE_IS_WORK in destroy-hotplug-lazy: DUE is work, although no lazy node is there
 * control NO_GRACE_TO_LEAVE in destroy-admin: queues are freed beside a worker that leaves
 * control NO_FLUSH in destroy: workers are stopped before all is completed
 * control NO_CANCEL in destroy-lazy: queues are freed with a timer pending
 * control NO_KICK_TO_LEAVE in admin: a worker is told to leave and not woken
 * control KICK_RESOLVED in admin: a worker that leaves kicks where its route leads by then
 * control LAST_LEAVES in admin-hotplug: the last open queue may close
 * control REROUTE_UNLOCKED in admin-three: a route is changed to what it led to before
 */

#ifndef QUEUES
#define QUEUES	2
#endif
#define NODES	PRODUCERS
#define NONE	255

#define CLOSED	0
#define OPEN	1
#define LAZIER	2
#define KICKED	3

#if defined(FLUSH) || defined(DESTROY)
#define FLUSHER
#endif
#if defined(HOTPLUG) || defined(ADMIN)
#define CLOSES
#endif

/* A list has three bits for each node, the lowest for the newest. */
typedef queue {
	short list;
	short lazy;
	short todo;
	short todo_lazy;
	bool grab_lazy;
	byte state;
	byte route;
	bool open;		/* in percpu_completer.open */
	bool flushers;		/* the waiter is there */
	bool flushing;
	bool looked;		/* has another value */
	bool leaving;
	bool armed;
	bool due;
	bool asleep;		/* set by the worker, cleared by a wake-up */
	bool should_park;
	bool parked;		/* the completion of that name */
	bool in_park;		/* TASK_PARKED */
	bool should_stop;
	bool stopped;
	bool timer_pending;
	bool timer_runs;
}

queue q[QUEUES];
byte pc_lock;			/* the process that holds it, or 0 */
#ifdef FLUSHER
byte closings;
bool told;			/* the waiter's completion */
#endif
#ifdef CLOSES
bool cpus_lock;
bool up[QUEUES];
bool is_parked[QUEUES];		/* PCQ_PARKED */
#endif
#ifdef ADMIN
bool disallowed[QUEUES];
bool excluded[QUEUES];		/* by the administrator, unless no other CPU is up */
bool unbound[QUEUES];
#endif
#ifdef DESTROY
bool dead;			/* destruction has begun */
bool freed;			/* all that was allocated */
bool inside[PRODUCERS];		/* may yet look at a queue */
#ifdef ADMIN
bool leaves[QUEUES];		/* may yet kick another queue */
#define LEAVES(c)	leaves[c]
#else
#define LEAVES(c)	false
#endif
#define USE	assert(!freed)
#define USE_WORKER(c)	assert(!q[c].stopped)
#else
#define USE	skip
#define USE_WORKER(c)	skip
#endif

/* For the checks. Sets of nodes are bits. */
#define BIT(n)	(1 << (n))
#define ALL	((1 << (NODES + 1)) - 2)
byte begun;
byte returned;			/* queued, as the caller sees it */
byte running;
byte done;
byte urgent;
byte exempt;			/* queued before the queue was opened */
byte older[NODES + 1];		/* those that have to be completed before */
byte home[NODES + 1];
#if defined(URGENT_FIRST) && !defined(CLOSES)
#define WAITS
byte waits;			/* lazy nodes that an urgent one waits for */
#endif

#define EMPTY(c)	(q[c].list == 0 && q[c].lazy == 0)
#ifdef DUE_IS_WORK
#define LAZY_DUE(c)	q[c].due
#else
#define LAZY_DUE(c)	(q[c].lazy && q[c].due)
#endif
#define HAS_WORK(c)	(q[c].todo || q[c].todo_lazy || q[c].list || LAZY_DUE(c) || q[c].flushers)
#define PID		(_pid + 1)

hidden byte i;
hidden short weight;

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

/* llist_add() */
inline llist_add(head, n)
{
	d_step { USE; head = head * 8 + n }
}

/* llist_del_all() */
inline llist_del_all(head, nodes)
{
	d_step { USE; nodes = head; head = 0 }
}

/* llist_add_batch() */
inline llist_add_batch(head, nodes)
{
	d_step {
		weight = 1;
		do
		:: nodes / weight == 0 -> break
		:: else -> weight = weight * 8
		od;
		head = head * weight + nodes;
		nodes = 0;
		weight = 0
	}
}

inline remove_oldest(nodes, n)
{
#ifdef KEEP_REVERSED
	n = nodes % 8;
	nodes = nodes / 8
#else
	weight = 1;
	do
	:: nodes / weight < 8 -> break
	:: else -> weight = weight * 8
	od;
	n = nodes / weight;
	nodes = nodes % weight;
	weight = 0
#endif
}

/*
 * Kicking
 */

inline wake_up_process(c)
{
	d_step { USE; USE_WORKER(c); q[c].asleep = false }
}

inline pcq_resolve(c)
{
	d_step {
		to = c;
		i = 0;
		do
		:: q[to].state != CLOSED -> break
		:: else ->
			assert(q[to].route != to && i < QUEUES);
			to = q[to].route;
			i++
		od;
		i = 0
	}
}

#ifdef LEAVE_LIST
#define TAKE(from)	d_step { USE; hand = from }
#else
#define TAKE(from)	llist_del_all(from, hand)
#endif

#ifdef MOVE_UNLOCKED
#define MOVE_LOCK	skip
#define MOVE_UNLOCK	skip
#else
#define MOVE_LOCK	lock()			/* [lock] pcq_move */
#define MOVE_UNLOCK	unlock()		/* [lock] pcq_move */
#endif

/* A call of percpu_completer_queue() ends with its last step. */
inline end_kick()
{
	d_step {
		at = 0;
		found = 0;
#ifdef DESTROY
		if
		:: mine -> inside[mine - 1] = false
		:: else
		fi;
#endif
		if
		:: mine ->
			returned = returned | BIT(mine);
#ifdef WAITS
			if
			:: (urgent & BIT(mine) & ~done) && (running & ~urgent) -> waits = 1
			:: else
			fi
#endif
		:: else
		fi
	}
}

#ifdef NO_NUDGE
#define TO_NUDGE(kick)	false
#else
#define TO_NUDGE(kick)	(found == LAZIER && kick == KICKED)
#endif
#ifdef NO_MOVE
#define TO_MOVE		false
#else
#define TO_MOVE		(found == CLOSED)
#endif

inline pcq_set_due(c)
{
	d_step { USE; q[c].due = true }		/* [A] pcq_set_due */
}

/* Kick the queue "at". */
inline pcq_kick(kick)
{
	do
	::
#ifdef WAKE_FIRST
		if
		:: q[at].state == OPEN -> wake_up_process(at)
		:: else
		fi;
#endif
		atomic {
			USE;
			found = q[at].state;
			if
			:: found == CLOSED || found >= kick
			:: else -> q[at].state = kick	/* [B] pcq_raise, [G] pcq_raise */
			fi;
#ifdef WAKE_FIRST
			if
			:: found == OPEN -> found = KICKED
			:: else
			fi;
#endif
			if
			:: TO_MOVE ->
				MOVE_LOCK;
				pcq_resolve(at);
				if
				:: to != at && q[at].list != 0 -> TAKE(q[at].list)
				:: else
				fi
			:: found == OPEN || TO_NUDGE(kick)
			:: else -> end_kick(); break
			fi
		};
		if
		:: atomic { found == OPEN -> wake_up_process(at); end_kick(); break }
		:: atomic { TO_NUDGE(kick) -> d_step { USE; q[at].looked = true }; end_kick(); break }
		:: atomic {
			TO_MOVE ->
			llist_add_batch(q[to].list, hand);	/* [A] pcq_splice */
#ifdef URGENT_FIRST
			if
			:: to != at && q[at].lazy != 0 -> TAKE(q[at].lazy)
			:: else
			fi;
		   };
		   atomic {
			llist_add_batch(q[to].lazy, hand)
		   };
		   atomic {
#ifndef NOT_DUE_AFTER_MOVE
			if
			:: to != at -> pcq_set_due(to)
			:: else
			fi;
#endif
#endif
			MOVE_UNLOCK;
			at = to;
			to = 0;
#ifdef NO_KICK_AFTER_MOVE
			end_kick();
			break
#endif
		   }
		fi
	od
}

/*
 * Producers
 */

/* Of one CPU, unless one may overtake the other. */
#ifdef URGENT_FIRST
#define RIVALS(m, n)	(home[m] == home[n] && !(urgent & BIT(m)) == !(urgent & BIT(n)))
#else
#define RIVALS(m, n)	(home[m] == home[n])
#endif

/* The call begins: it has read the route. */
inline begin_call(n, c)
{
	d_step {
		home[n] = c;
		begun = begun | BIT(n);
		i = 1;
		do
		:: i > NODES -> break
		:: else ->
			if
			:: (returned & ~done & ~exempt & BIT(i)) && RIVALS(i, n) ->
				older[n] = older[n] | BIT(i)
			:: else
			fi;
			i++
		od;
		i = 0;
		at = q[c].route
	}
}

#ifdef CLOSES
#define STEP	}; atomic {
#else
#define STEP
#endif

#ifdef LAZY
#ifdef URGENT_FIRST
#define LAZY_LIST(c)	q[c].lazy
#ifdef RELY_ON_AWAKE
#define GRABS_LAZY(c)	true
#else
#define GRABS_LAZY(c)	q[c].due
#endif
#else
#define LAZY_LIST(c)	q[c].list
#define GRABS_LAZY(c)	true
#endif

#ifdef DUE_IF_NOT_KICKED
#define TO_BE_DUE(c)	(q[c].state != KICKED)
#else
#define TO_BE_DUE(c)	true
#endif

/* Kick the queue "at" for its lazy nodes. */
inline pcq_kick_due(kick)
{
#if defined(URGENT_FIRST) && !defined(DUE_LAST)
	if
	:: TO_BE_DUE(at) -> pcq_set_due(at)
	:: else
	fi;
#endif
	pcq_kick(kick)
#ifdef DUE_LAST
	; pcq_set_due(0)		/* there is one queue */
#endif
}

inline pcq_arm()
{
	atomic { USE; armed = q[at].armed; q[at].armed = true };	/* [E] pcq_arm */
	atomic {
		if
#ifndef NO_TIMER
		:: !armed -> USE; q[at].timer_pending = true
#endif
		:: else
		fi;
		armed = false;
		end_kick()
	}
}

/* The list, the state, whether the worker will grab the list, then whether a timer runs. */
inline pcq_add_lazy()
{
	atomic {
#ifdef LOOK_AT_FLAG_FIRST
		armed = q[at].armed;
	};
	atomic {
#endif
		llist_add(LAZY_LIST(at), mine)	/* [A] pcq_add_lazy, [E] pcq_add_lazy */
	};
	atomic {
		USE;
		found = q[at].state
	};
	atomic {
		USE;
		if
		:: found > OPEN && GRABS_LAZY(at) -> end_kick(); goto done_lazy
		:: found == CLOSED -> goto kick_lazy
		:: else
		fi;
		if
		:: goto kick_lazy		/* the batch is full */
		:: true
		fi
	};
	atomic {
		USE;
#ifndef LOOK_AT_FLAG_FIRST
		armed = q[at].armed;
#endif
		if
		:: armed -> armed = false; end_kick(); goto done_lazy
		:: else
		fi
	};
	if
	:: q[at].state != CLOSED -> pcq_arm(); goto done_lazy
	:: else
	fi;
kick_lazy:
	pcq_kick_due(LAZIER);
done_lazy:
	skip
}

inline pcq_disarm(c, kick)
{
#ifndef CLEAR_LAST
	d_step { USE; q[c].armed = false };	/* [E] pcq_disarm */
#endif
	if
	:: EMPTY(c)
	:: else -> at = c; pcq_kick_due(kick)
	fi;
#ifdef CLEAR_LAST
	q[c].armed = false
#endif
}

proctype pcq_lazy_timer(byte c)
{
	byte found, at, to, mine;
	short hand;

endless: do
	:: d_step {
		q[c].timer_pending -> USE;
		q[c].timer_pending = false;
		q[c].timer_runs = true
	   };
		pcq_disarm(c, LAZIER);
		q[c].timer_runs = false
	od
}
#endif

inline pcq_add()
{
#ifdef LOOK_FIRST
	found = q[at].state;
	llist_add(q[at].list, mine);
	if
	:: found == KICKED -> end_kick()
	:: else -> pcq_kick(KICKED)
	fi
#else
	llist_add(q[at].list, mine);		/* [A] pcq_add */
	pcq_kick(KICKED)
#endif
}

/*
 * Producers are numbered in the order in which they begin, and CPUs so that the first one
 * is on the first, as hotplug and the administrator make no difference between them.
 */
proctype producer(byte mine)
{
	byte found, at, to;
	short hand;
#ifdef LAZY
	bool armed;
#endif

	atomic {
		mine == 1 || (begun & BIT(mine - 1));
		if
		:: urgent = urgent | BIT(mine)
#ifdef LAZY
		:: true
#endif
		fi;
		if
		:: begin_call(mine, 0)
#ifdef HOMES
		:: mine > 1 -> begin_call(mine, 1)
#endif
		fi
	};
#ifdef LAZY
	if
	:: urgent & BIT(mine) -> pcq_add()
	:: else -> pcq_add_lazy()
	fi
#else
	pcq_add()
#endif
}

/*
 * The worker
 */

/* It has to wait for all older ones, and runs beside none of its CPU. */
inline begin_node(nodes)
{
	d_step {
		USE;
		remove_oldest(nodes, node);
		assert(node > 0 && node <= NODES);
		assert(!((done | running) & BIT(node)));
		assert((older[node] & ~done) == 0);
		i = 1;
		do
		:: i > NODES -> break
		:: else ->
			assert(!(running & ~exempt & BIT(i)) || home[i] != home[node] ||
			       (exempt & BIT(node)));
			i++
		od;
		i = 0;
#ifdef WAITS
		if
		:: urgent & BIT(node) -> waits = 0
		:: !(urgent & BIT(node)) && (urgent & returned & ~done) -> waits++
		:: else
		fi;
		assert(waits <= 1);
#endif
		running = running | BIT(node)
	}
}

inline end_node()
{
	d_step {
		running = running & ~BIT(node);
		done = done | BIT(node);
		exempt = exempt & ~BIT(node);
		older[node] = 0;
		home[node] = 0;
		node = 0
	}
}

/* A waiter first, then the nodes that it waits for. */
inline take_waiter(c)
{
#ifdef FLUSHER
	if
	:: q[c].flushers -> q[c].flushers = false; q[c].flushing = true
	:: else
	fi
#else
	skip
#endif
}

#ifdef CLOSES
inline pcq_substitute()
{
	if
	:: q[0].open -> to = 0
	:: q[1].open -> to = 1
#if QUEUES > 2
	:: q[2].open -> to = 2
#endif
	fi
}

#if QUEUES > 2
#define OPEN_BUT(c)	(q[((c) + 1) % 3].open || q[((c) + 2) % 3].open)
#else
#define OPEN_BUT(c)	q[1 - (c)].open
#endif

/*
 * With the lock, which pcq_hand_over() releases.  The queue to kick is in "at" then.  Nodes
 * that the worker had grabbed are older than those on the lists.
 */
inline pcq_shut(c)
{
	pcq_substitute();
#ifdef FLUSHER
	closings++;
#endif
#ifdef ROUTE_FIRST
	q[c].route = to;
#endif
	q[c].state = CLOSED;			/* [A] pcq_shut */
#ifndef KEEP_GRABBED
	llist_add_batch(q[to].list, q[c].todo);
#endif
	TAKE(q[c].list)
}

inline pcq_hand_over(c)
{
	atomic {
		llist_add_batch(q[to].list, hand);
#ifdef URGENT_FIRST
		llist_add_batch(q[to].lazy, q[c].todo_lazy);
		TAKE(q[c].lazy);
	};
	atomic {
		llist_add_batch(q[to].lazy, hand)
	};
	atomic {
#ifndef NOT_DUE_AFTER_CLOSE
		pcq_set_due(to);
#endif
#endif
#ifndef KEEP_WAITER
		hand_over_waiter(c);
#endif
		q[c].route = to;
		at = to;
		to = 0;
		if
		:: pc_lock == PID -> unlock()
		:: else
		fi
	}
}

inline hand_over_waiter(c)
{
#ifdef FLUSHER
	d_step {
		q[to].flushers = q[to].flushers || q[c].flushing || q[c].flushers;
		q[c].flushing = false;
		q[c].flushers = false
	}
#else
	skip
#endif
}

/* The steps after pcq_shut(). */
inline after_shut(c)
{
	pcq_hand_over(c);
#ifdef NO_KICK_AFTER_CLOSE
	at = 0;
#else
#ifdef KICK_RESOLVED
	atomic { lock(); pcq_resolve(c); at = to; to = 0; unlock() };
#endif
	pcq_kick(KICKED);
#endif
#if defined(DESTROY) && defined(ADMIN)
	leaves[c] = false;
#endif
#ifndef NO_REROUTE
	pcq_reroute(c)
#endif
}

inline pcq_reroute(c)
{
	r = 0;
	do
	:: r == QUEUES -> break
	:: r == c -> r++
	:: r != QUEUES && r != c ->
		atomic {
			lock();
			if
			:: q[c].state == CLOSED && q[r].route == c ->
				pcq_resolve(c);
#ifdef REROUTE_UNLOCKED
				unlock();
			:: else -> to = r
			fi
		};
		atomic {
			if
			:: to != r -> lock();
#endif
				q[r].route = to;
				to = 0
			:: else
			fi;
			unlock();
			r++
		}
	od;
	r = 0
}
#endif

/* The loop of __kthread_parkme() is entered by kthread(), too. */
#define SHOULD_PARK(c)	q[c].should_park

inline kthread_unpark(c)
{
	d_step {
		q[c].should_park = false;
		q[c].in_park = false
	}
}

#ifdef DESTROY
#define MAY_STOP(c)	(q[c].should_stop && (q[c].state == CLOSED || !HAS_WORK(c)))
#else
#define MAY_STOP(c)	false
#endif

#ifdef SLEEP_LAST
#define STATE(c)	state
#else
#define STATE(c)	q[c].state
#endif

#ifdef FLUSH_DUE_ONLY
#define TO_FLUSH(c)	false
#else
#define TO_FLUSH(c)	q[c].flushing
#endif

/* A worker with nodes in an OPEN queue waits for the producer to kick it. */
#ifdef RUN_WHEN_OPEN
#define IDLE(c)		(!HAS_WORK(c))
#else
#define IDLE(c)		true
#endif

#ifdef LAST_LEAVES
#define MAY_LEAVE(c)	true
#else
#define MAY_LEAVE(c)	OPEN_BUT(c)
#endif

/*
 * One step is all from a wake-up to the first node, and from the end of a node to the
 * begin of the next one or to sleep: a task that changes what the worker looks at wakes
 * it then, or finds it awake and relies on its next look.
 */
proctype pcq_thread(byte c)
{
	byte node, mine, r, found, at, to;
	short hand;
#ifdef SLEEP_LAST
	byte state;
#endif

#ifdef DESTROY
	if
	:: q[c].should_stop -> goto stop
	:: else
	fi;
#endif
	goto parked;			/* by kthread() */
	atomic {
		true;
look:
#ifdef SLEEP_LAST
		state = q[c].state;
		goto sleep_last;
back_to_sleep:
#endif
		USE;
		q[c].looked = false;
		q[c].asleep = true;		/* [B] pcq_thread, [G] pcq_thread */
		if
		:: MAY_STOP(c) -> goto stop
		:: !MAY_STOP(c) && SHOULD_PARK(c) -> q[c].asleep = false; goto park
		:: !MAY_STOP(c) && !SHOULD_PARK(c)
		fi;
		if
		:: STATE(c) == CLOSED || (STATE(c) == OPEN && !q[c].leaving && IDLE(c)) ->
endasleep:		!q[c].asleep;
			if
			:: q[c].state == KICKED -> goto work
			:: else -> goto look
			fi
		:: STATE(c) != CLOSED && q[c].leaving -> q[c].asleep = false; goto leave
		:: else -> q[c].asleep = false
		fi;
		if
		:: HAS_WORK(c)
		:: else -> goto rest
		fi;

work:		if
		:: q[c].todo == 0 && q[c].todo_lazy == 0 ->
#ifdef WAITERS_LAST
			goto grab_first;
#endif
			take_waiter(c);	/* [C] pcq_begin_round */
			llist_del_all(q[c].list, q[c].todo);	/* [A] pcq_grab, [C] pcq_grab */
#ifdef URGENT_FIRST
			q[c].grab_lazy = q[c].due || TO_FLUSH(c)
#endif
		:: q[c].todo == 0 && q[c].todo_lazy != 0 && q[c].list != 0 ->
			q[c].state = KICKED;
			goto grab_urgent
		:: else
		fi;
#ifdef WAITERS_LAST
		goto grabbed;
taken:		take_waiter(c);
#endif
grabbed:	if
		:: q[c].todo == 0 -> goto lazy
		:: else
		fi;
next:		begin_node(q[c].todo);
		goto completing;
ended:		end_node();
		if
		:: q[c].todo == 0 -> goto lazy
		:: q[c].todo != 0 && !q[c].looked -> goto next
		:: q[c].todo != 0		/* perhaps a tick */ -> goto look
		fi;
lazy:
#ifdef URGENT_FIRST
		if
		:: q[c].grab_lazy -> q[c].grab_lazy = false; goto grab_lazy
		:: else
		fi;
lazy_grabbed:	if
		:: q[c].todo_lazy == 0 -> goto over
		:: else
		fi;
		q[c].state = LAZIER;		/* [A] pcq_turn_lazy */
#ifndef NO_LOOK_AT_URGENT
		if
		:: q[c].list != 0 -> q[c].state = KICKED; q[c].looked = true
		:: else
		fi;
#endif
next_lazy:	begin_node(q[c].todo_lazy);
		goto completing_lazy;
ended_lazy:	end_node();
		if
		:: q[c].todo_lazy == 0
		:: q[c].todo_lazy != 0 && !q[c].looked -> goto next_lazy
		:: q[c].todo_lazy != 0		/* perhaps a tick */ -> goto look
		fi;
over:
#endif
#ifdef FLUSHER
		if
		:: q[c].flushing -> q[c].flushing = false; told = true	/* [D] pcq_end_round */
		:: else
		fi;
#endif
		goto look;

look_again:	if
		:: HAS_WORK(c) && q[c].state == OPEN -> q[c].state = found
		:: else
		fi;
		found = 0;
		goto look
	};

	/* Steps of their own begin here. */
#ifdef SLEEP_LAST
sleep_last: skip;
	goto back_to_sleep;
#endif
completing: skip;
	goto ended;
completing_lazy: skip;
#ifdef URGENT_FIRST
	goto ended_lazy;
grab_lazy: skip;
#ifdef TELL_BEFORE_LAZY
	if
	:: q[c].flushing -> q[c].flushing = false; told = true
	:: else
	fi;
#endif
#ifndef CLEAR_DUE_LAST
	q[c].due = false;
#endif
	llist_del_all(q[c].lazy, q[c].todo_lazy);	/* [E] pcq_grab */
#ifdef CLEAR_DUE_LAST
	q[c].due = false;
#endif
	goto lazy_grabbed;
#endif
#ifdef WAITERS_LAST
grab_first: skip;
	llist_del_all(q[c].list, q[c].todo);
	goto taken;
#endif
grab_urgent: skip;
	llist_del_all(q[c].list, q[c].todo);
	goto grabbed;
rest:	skip;
#ifdef STAY_KICKED
	goto look;
#endif
#ifdef NO_LAST_LOOK
	q[c].state = OPEN;
	goto look;
#endif
	d_step { found = q[c].state; q[c].state = OPEN };	/* [A] pcq_rest */
	goto look_again;
leave:	skip;
#ifdef ADMIN
	atomic {
		lock();				/* [lock] pcq_leave */
		if
		:: q[c].leaving && MAY_LEAVE(c) ->
			q[c].leaving = false;
			q[c].open = false;
#ifdef DESTROY
			leaves[c] = true;
#endif
			pcq_shut(c)
		:: else -> q[c].leaving = false; unlock(); goto look
		fi
	};
	after_shut(c);
#endif
	goto look;
park:	skip;
#ifdef CLOSE_BY_WORKER
	atomic {
		lock();
		if
		:: SHOULD_PARK(c) && q[c].state != CLOSED -> pcq_shut(c)
		:: else -> unlock(); goto parked
		fi
	};
	after_shut(c);
#endif
parked:	do
	:: atomic { SHOULD_PARK(c) -> q[c].parked = true; q[c].in_park = true;
endparked:	!q[c].in_park }
	:: atomic { !SHOULD_PARK(c) -> goto look }
	od;
stop:	atomic { q[c].asleep = false; q[c].stopped = true }
}

/*
 * CPU hotplug and the administrator, which exclude each other
 */

#ifdef CLOSES
/* Nodes queued before may still be in progress, and so may those being queued. */
inline exempt_older(c)
{
	i = 1;
	do
	:: i > NODES -> break
	:: else ->
		if
		:: (begun & ~done & BIT(i)) && (home[i] == c || q[home[i]].route == c) ->
#ifndef NO_EXCEPTION
			exempt = exempt | BIT(i);
#endif
			if
			:: !(returned & BIT(i)) -> older[i] = 0
			:: else
			fi
		:: else
		fi;
		i++
	od;
	i = 0
}

inline pcq_open(c)
{
	atomic {
		lock();
		d_step {
			q[c].leaving = false;
			q[c].open = true;
			if
			:: q[c].state == CLOSED ->
				exempt_older(c);
				q[c].route = c;
				q[c].state = OPEN	/* [open] pcq_open */
			:: else
			fi;
			unlock()
		}
	}
}

/* [lock] pcq_open; nothing else happens to a worker that sleeps or is parked. */
inline pcq_start(c)
{
#ifdef ADMIN
	unbound[c] = false;
#endif
	pcq_open(c);
	atomic {
		if
		:: is_parked[c] -> is_parked[c] = false; kthread_unpark(c)
		:: else -> wake_up_process(c)
		fi
	}
}

#ifdef ADMIN
inline pcq_send_away(c)
{
	if
	:: q[c].state == CLOSED
	:: else ->
		atomic { q[c].leaving = true; at = c };	/* [A] pcq_send_away */
#ifndef NO_KICK_TO_LEAVE
		pcq_kick(KICKED)
#endif
	fi
}

inline percpu_completer_start_missing()
{
	c = 0;
	do
	:: c == QUEUES -> break
	:: c < QUEUES ->
		if
		:: up[c] && !disallowed[c] &&
		   (q[c].state == CLOSED || q[c].leaving || unbound[c]) -> pcq_start(c)
		:: else
		fi;
		c++
	od;
	c = 0;
	do
	:: c == QUEUES -> break
	:: c < QUEUES ->
		if
		:: disallowed[c] -> pcq_send_away(c)
		:: else
		fi;
		c++
	od;
	c = 0
}
#endif

#endif

#ifdef DESTROY
#define ALIVE	(!dead)
#else
#define ALIVE	true
#endif

#if QUEUES > 2
#define UP_BUT(c)	(up[((c) + 1) % 3] || up[((c) + 2) % 3])
#else
#define UP_BUT(c)	up[1 - (c)]
#endif

#ifdef HOTPLUG
proctype hotplug()
{
	byte count, cpu, c, r, mine, found, at, to;
	short hand;

	do
	:: count == HOTPLUG -> break
	:: count < HOTPLUG ->
		atomic {
			!cpus_lock -> cpus_lock = true;
			count++;
			if
#ifndef DOWN
			:: cpu = 0
			:: cpu = 1
#endif
#if QUEUES > 2
			:: cpu = 2
#endif
			fi;
			if
			:: !ALIVE || (up[cpu] && !UP_BUT(cpu)) -> goto over
			:: else
			fi;
			up[cpu] = !up[cpu];
			if
			:: !up[cpu] -> goto down
			:: else
			fi
		};
#ifdef ADMIN
		d_step {
			disallowed[0] = excluded[0] && UP_BUT(0);
			disallowed[1] = excluded[1] && UP_BUT(1)
		};
		percpu_completer_start_missing();
#else
		pcq_start(cpu);
#endif
		goto over;
down:
#ifdef ADMIN
		if
		:: OPEN_BUT(cpu)
		:: else -> percpu_completer_start_missing()
		fi;
#endif
		atomic {
			if
			:: is_parked[cpu] -> goto over
			:: else
			fi;
			lock();			/* [lock] pcq_may_go */
			if
			:: q[cpu].state == CLOSED
			:: q[cpu].state != CLOSED && OPEN_BUT(cpu) ->
#ifndef NO_RETIRE
				q[cpu].open = false
#endif
#ifdef ADMIN
			:: else -> unbound[cpu] = true; unlock(); goto over
#endif
			fi;
			unlock();
#ifdef CLOSE_FIRST
		};
		atomic {
			lock();
			pcq_shut(cpu)
		};
		after_shut(cpu);
		atomic {
#endif
#ifdef ADMIN
		};
		atomic {
#endif
			q[cpu].should_park = true;
			wake_up_process(cpu);	/* [B] wake_up_process */
			q[cpu].parked -> q[cpu].parked = false;
			is_parked[cpu] = true;
#if defined(CLOSE_BY_WORKER) || defined(CLOSE_FIRST)
			goto over
#endif
#ifndef CLOSE_UNLOCKED
			lock();			/* [lock] pcq_close */
#endif
			if
			:: q[cpu].state == CLOSED -> unlock(); goto over
			:: else -> pcq_shut(cpu)
			fi
		};
		after_shut(cpu);
over:		atomic { cpus_lock = false; cpu = 0 }
	od
}
#endif

#ifdef ADMIN
proctype admin()
{
	byte cpu, c, mine, found, at, to;
	short hand;

	atomic {
		!cpus_lock -> cpus_lock = true;
		if
		:: cpu = 0
		:: cpu = 1
		fi;
		if
		:: !ALIVE -> goto over
		:: else
		fi;
		excluded[cpu] = true;
		disallowed[cpu] = UP_BUT(cpu)
	};
	percpu_completer_start_missing();
	cpus_lock = false;
	if
	:: goto left
#ifndef DOWN
	:: atomic {
		!cpus_lock -> cpus_lock = true;
		if
		:: !ALIVE -> goto over
		:: else
		fi;
		excluded[cpu] = false;
		disallowed[cpu] = false
	   }
#endif
	fi;
	percpu_completer_start_missing();
over:	cpus_lock = false;
left:	cpu = 0
}
#endif

/*
 * Flushing
 */

#ifdef FLUSHER

#ifdef CLOSINGS_UNLOCKED
#define COUNTED		true
#else
#define COUNTED		(pc_lock == 0)	/* [lock] percpu_completer_closings */
#endif

/* Lists are looked at before the state. */
inline pcq_is_idle(c)
{
#ifdef STATE_FIRST
	idle = q[c].state == OPEN;
	idle = idle && EMPTY(c)
#else
	if
	:: EMPTY(c) -> idle = q[c].state == OPEN	/* [C] pcq_is_idle, [D] pcq_is_idle */
	:: else -> idle = false
	fi
#endif
}

inline pcq_flush(c)
{
	pcq_is_idle(c);
	if
	:: idle -> idle = false
	:: else ->
		atomic {
			lock();			/* [lock] pcq_flush */
			if
			:: q[c].state != CLOSED ->
				told = false;
				q[c].flushers = true;	/* [A] pcq_flush, [C] pcq_flush */
				at = c
			:: else -> found = NONE
			fi;
			unlock()
		};
		if
		:: found == NONE -> found = 0
		:: else ->
#ifndef NO_KICK_BY_FLUSH
			pcq_kick(KICKED);
#endif
			atomic { told -> told = false }	/* [D] pcq_flush */
		fi
	fi
}

/* The kicks before the first wait only save time; pcq_flush() kicks again. */
inline percpu_completer_flush()
{
	atomic { COUNTED -> before = returned; counted = closings };
	do
	::	c = 0;
		do
		:: c == QUEUES -> break
		:: c < QUEUES -> pcq_flush(c); c++
		od;
#ifdef NO_REPEAT
		break
#else
		atomic {
			COUNTED ->
			c = 0;
			if
			:: closings == counted -> break
			:: else -> counted = closings
			fi
		}
#endif
	od;
	atomic {
		assert((before & ~done) == 0);
		c = 0;
		before = 0;
		counted = 0
	}
}
#endif

#ifdef FLUSH
proctype flusher()
{
	byte c, counted, before, mine, found, at, to;
	short hand;
	bool idle;

	returned != 0;				/* else there is nothing to show */
	percpu_completer_flush()
}
#endif

/*
 * Destruction, once the caller knows of each node that it is queued or completed
 */

#ifdef DESTROY
inline kthread_stop(c)
{
	q[c].should_stop = true;
	kthread_unpark(c);
	q[c].asleep = false;
	q[c].stopped
}

inline percpu_completer_free()
{
	c = 0;
	do
	:: c == QUEUES -> break
	:: c < QUEUES ->
#if defined(LAZY) && !defined(NO_CANCEL)
		q[c].timer_pending = false;
		!q[c].timer_runs;
		pcq_disarm(c, KICKED);
#endif
		kthread_stop(c);
		assert(EMPTY(c));
		c++
	od;
	freed = true
}

proctype destroyer()
{
	byte c, counted, before, mine, found, at, to;
	short hand;
	bool idle;
#ifdef LAZY
	bool armed;
#endif

	((returned | done) & ALL) == ALL;
#ifndef NO_FLUSH
	percpu_completer_flush();
#endif
#ifdef CLOSES
	atomic { !cpus_lock -> dead = true; cpus_lock = true };
#ifdef ADMIN
	/* percpu_completer_unbind() */
	c = 0;
	do
	:: c == QUEUES -> break
	:: c < QUEUES -> atomic { lock(); q[c].leaving = false; unlock(); c++ }
	od;
#endif
	cpus_lock = false;
#endif
#ifndef NO_GRACE
	c = 0;
	do
	:: c == PRODUCERS -> break
	:: c < PRODUCERS -> !inside[c]; c++	/* [grace] percpu_completer_destroy */
	od;
#ifndef NO_GRACE_TO_LEAVE
	c = 0;
	do
	:: c == QUEUES -> break
	:: c < QUEUES -> !LEAVES(c); c++
	od;
#endif
#endif
	percpu_completer_free()
}
#endif

/*
 * All of it
 */

/* When nobody can do any more, everything has been done and each CPU has an open queue. */
init
{
	byte n, to;

	atomic {
		n = 0;
		do
		:: n == QUEUES -> break
		:: else ->
#ifdef WAITS
			q[n].state = KICKED;	/* an urgent node was there before */
#else
			q[n].state = OPEN;
#endif
			q[n].open = true;
			q[n].route = n;
#ifdef CLOSES
			up[n] = true;
#endif
#ifdef DOWN
			if
			:: n == 2 ->
				up[n] = false;
				q[n].state = CLOSED;
				q[n].open = false;
				q[n].should_park = true;
				is_parked[n] = true;
				if
				:: q[n].route = 0
				:: q[n].route = 1
				fi
			:: else
			fi;
#endif
			run pcq_thread(n);
#ifdef LAZY
			run pcq_lazy_timer(n);
#endif
			n++
		od;
		n = 1;
		do
		:: n > PRODUCERS -> break
		:: else ->
#ifdef DESTROY
			inside[n - 1] = true;
#endif
			run producer(n);
			n++
		od;
#ifdef HOTPLUG
		run hotplug();
#endif
#ifdef ADMIN
		run admin();
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
	assert(done == ALL);
#ifdef CLOSES
	do
	:: n == QUEUES -> break
	:: else ->
		pcq_resolve(n);
		assert(q[n].state == CLOSED || (q[n].route == n && q[n].open));
		assert(q[q[n].route].state != CLOSED);
#if defined(ADMIN) && !defined(DESTROY)
		assert(!disallowed[n] || q[n].state == CLOSED || !OPEN_BUT(n));
#endif
		n++
	od
#endif
}
