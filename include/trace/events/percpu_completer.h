/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM percpu_completer

#if !defined(_TRACE_PERCPU_COMPLETER_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_PERCPU_COMPLETER_H

#include <linux/llist.h>
#include <linux/tracepoint.h>

/**
 * percpu_completer_queue - a node is about to be queued
 * @name: of the completer
 * @cpu: whose queue it is meant for
 * @node: the node
 * @lazy: whether it may wait for company
 */
TRACE_EVENT(percpu_completer_queue,
	TP_PROTO(const char *name, unsigned int cpu,
		 const struct llist_node *node, bool lazy),
	TP_ARGS(name, cpu, node, lazy),

	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, cpu)
		__field(const void *, node)
		__field(bool, lazy)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->cpu = cpu;
		__entry->node = node;
		__entry->lazy = lazy;
	),

	TP_printk("%s/%u node=%p lazy=%d", __get_str(name), __entry->cpu,
		  __entry->node, __entry->lazy)
);

DECLARE_EVENT_CLASS(percpu_completer_worker,
	TP_PROTO(const char *name, unsigned int cpu),
	TP_ARGS(name, cpu),

	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, cpu)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->cpu = cpu;
	),

	TP_printk("%s/%u", __get_str(name), __entry->cpu)
);

/**
 * percpu_completer_wake - a worker is about to be woken
 * @name: of the completer
 * @cpu: whose worker it is
 */
DEFINE_EVENT(percpu_completer_worker, percpu_completer_wake,
	TP_PROTO(const char *name, unsigned int cpu),
	TP_ARGS(name, cpu)
);

/**
 * percpu_completer_run_begin - a worker begins to complete what it has grabbed
 * @name: of the completer
 * @cpu: whose worker it is
 */
DEFINE_EVENT(percpu_completer_worker, percpu_completer_run_begin,
	TP_PROTO(const char *name, unsigned int cpu),
	TP_ARGS(name, cpu)
);

/**
 * percpu_completer_run_end - the last completion function of a batch has returned
 * @name: of the completer
 * @cpu: whose worker called it
 * @nr: how many nodes the batch had
 */
TRACE_EVENT(percpu_completer_run_end,
	TP_PROTO(const char *name, unsigned int cpu, unsigned long nr),
	TP_ARGS(name, cpu, nr),

	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, cpu)
		__field(unsigned long, nr)
	),

	TP_fast_assign(
		__assign_str(name);
		__entry->cpu = cpu;
		__entry->nr = nr;
	),

	TP_printk("%s/%u nr=%lu", __get_str(name), __entry->cpu, __entry->nr)
);

#endif /* _TRACE_PERCPU_COMPLETER_H */

#include <trace/define_trace.h>
