// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the real users of percpu_completer on any mechanism of the benchmark, so
 * that one boot compares them under the same code.
 *
 * In /sys/kernel/debug/percpu_completer_bench/USER/ are
 *
 * mechanism	what the user runs on; a name that is written replaces it, once
 *		all that was queued to the former one has completed
 * record	1 forgets what was recorded and starts again, 0 stops
 * summary	key=value figures of what was recorded
 * samples	of each object: { u32 ns from queueing to completion, u32 urgent }
 * waits	of each wake-up of a worker: u32 ns from runnable to running
 *
 * CPUs are to stay online meanwhile: the peers do not follow CPU hotplug.
 */
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bench.h"
#include "record.h"
#include "user.h"

/* Of all users: instances and records are made and replaced one at a time. */
static DEFINE_MUTEX(pcb_users_lock);

static struct pcb_instance *pcb_user_instance(struct pcb_user *user)
{
	return rcu_dereference_protected(user->instance,
					 lockdep_is_held(&pcb_users_lock));
}

/* Any context but NMI. */
void pcb_user_queue(struct pcb_user *user, struct llist_node *node, bool urgent)
{
	guard(preempt)();
	guard(rcu)();
	/* Pairs with pcb_user_record(): the record is ready. */
	if (smp_load_acquire(&user->recording))
		pcb_record_queued(user->record, node, urgent);
	pcb_queue(rcu_dereference(user->instance), node, urgent);
}
EXPORT_SYMBOL_GPL(pcb_user_queue);

/* Any context but NMI. */
void pcb_user_expedite(struct pcb_user *user)
{
	guard(rcu)();
	pcb_expedite(rcu_dereference(user->instance));
}
EXPORT_SYMBOL_GPL(pcb_user_expedite);

/* What every mechanism calls for every node of the user. */
void pcb_user_complete(struct pcb_user *user, struct llist_node *node)
{
	scoped_guard(rcu) {
		/* Pairs with pcb_user_record(): the record is ready. */
		if (smp_load_acquire(&user->recording))
			pcb_record_completing(user->record, node);
	}
	user->complete(node);
}
EXPORT_SYMBOL_GPL(pcb_user_complete);

/* Replace what the user runs on; what it had has completed on return. */
static int pcb_user_switch(struct pcb_user *user,
			   const struct pcb_mechanism *mechanism)
{
	struct pcb_instance *old = pcb_user_instance(user);
	struct pcb_instance *new;

	if (old && old->mechanism == mechanism)
		return 0;
	new = pcb_create(mechanism, &user->attrs, user->work_fn);
	if (IS_ERR(new))
		return PTR_ERR(new);
	rcu_assign_pointer(user->instance, new);
	synchronize_rcu();
	if (old)
		pcb_destroy(old);
	return 0;
}

static ssize_t pcb_mechanism_write(struct file *file, const char __user *ubuf,
				   size_t count, loff_t *ppos)
{
	struct pcb_user *user = file_inode(file)->i_private;
	const struct pcb_mechanism *mechanism;
	char name[32];
	ssize_t len;
	int ret;

	if (count >= sizeof(name))
		return -EINVAL;
	len = simple_write_to_buffer(name, sizeof(name) - 1, ppos, ubuf, count);
	if (len < 0)
		return len;
	name[len] = '\0';
	mechanism = pcb_find(strim(name));
	if (!mechanism)
		return -EINVAL;
	guard(mutex)(&pcb_users_lock);
	ret = pcb_user_switch(user, mechanism);
	return ret ?: count;
}

static int pcb_mechanism_show(struct seq_file *seq, void *unused)
{
	guard(mutex)(&pcb_users_lock);
	seq_printf(seq, "%s\n",
		   pcb_user_instance(seq->private)->mechanism->name);
	return 0;
}
DEFINE_SHOW_STORE_ATTRIBUTE(pcb_mechanism);

static int pcb_user_record(struct pcb_user *user)
{
	if (!user->record)
		user->record = pcb_record_create();
	if (!user->record)
		return -ENOMEM;
	pcb_record_start(user->record);
	/* Pairs with pcb_user_queue() and pcb_user_complete(). */
	smp_store_release(&user->recording, true);
	return 0;
}

/* Who still saw the flag is done with the record after a grace period. */
static void pcb_user_stop_recording(struct pcb_user *user)
{
	WRITE_ONCE(user->recording, false);
	synchronize_rcu();
	pcb_record_stop(user->record);
}

static ssize_t pcb_recording_write(struct file *file, const char __user *ubuf,
				   size_t count, loff_t *ppos)
{
	struct pcb_user *user = file_inode(file)->i_private;
	bool record;
	int ret;

	ret = kstrtobool_from_user(ubuf, count, &record);
	if (ret)
		return ret;
	guard(mutex)(&pcb_users_lock);
	if (user->recording)
		pcb_user_stop_recording(user);
	if (record)
		ret = pcb_user_record(user);
	return ret ?: count;
}

static const struct file_operations pcb_recording_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= pcb_recording_write,
};

static int pcb_summary_show(struct seq_file *seq, void *unused)
{
	struct pcb_user *user = seq->private;

	guard(mutex)(&pcb_users_lock);
	if (!user->record)
		return -ENODATA;
	seq_printf(seq, "mechanism=%s\n",
		   pcb_user_instance(user)->mechanism->name);
	pcb_record_show(user->record, seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pcb_summary);

static ssize_t pcb_samples_read(struct file *file, char __user *ubuf,
				size_t count, loff_t *ppos)
{
	struct pcb_user *user = file_inode(file)->i_private;

	guard(mutex)(&pcb_users_lock);
	if (!user->record)
		return -ENODATA;
	return pcb_record_read_samples(user->record, ubuf, count, ppos);
}

static const struct file_operations pcb_samples_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= pcb_samples_read,
};

static ssize_t pcb_waits_read(struct file *file, char __user *ubuf,
			      size_t count, loff_t *ppos)
{
	struct pcb_user *user = file_inode(file)->i_private;

	guard(mutex)(&pcb_users_lock);
	if (!user->record)
		return -ENODATA;
	return pcb_record_read_waits(user->record, ubuf, count, ppos);
}

static const struct file_operations pcb_waits_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= pcb_waits_read,
};

static void pcb_user_debugfs(struct pcb_user *user)
{
	struct dentry *dir = debugfs_create_dir(user->name, pcb_debugfs());

	debugfs_create_file("mechanism", 0600, dir, user, &pcb_mechanism_fops);
	debugfs_create_file("record", 0200, dir, user, &pcb_recording_fops);
	debugfs_create_file("summary", 0444, dir, user, &pcb_summary_fops);
	debugfs_create_file("samples", 0400, dir, user, &pcb_samples_fops);
	debugfs_create_file("waits", 0400, dir, user, &pcb_waits_fops);
	user->debugfs = dir;
}

/* Runs on percpu_completer first.  More than once is as good as once. */
int pcb_user_init(struct pcb_user *user,
		  const struct percpu_completer_attrs *attrs)
{
	int ret;

	guard(mutex)(&pcb_users_lock);
	if (pcb_user_instance(user))
		return 0;
	user->attrs = *attrs;
	user->attrs.fn = user->fn;
	user->complete = attrs->fn;
	ret = pcb_user_switch(user, pcb_find("percpu_completer"));
	if (!ret)
		pcb_user_debugfs(user);
	return ret;
}
EXPORT_SYMBOL_GPL(pcb_user_init);

/* Nobody may queue any more. */
void pcb_user_destroy(struct pcb_user *user)
{
	debugfs_remove(user->debugfs);
	guard(mutex)(&pcb_users_lock);
	if (user->recording)
		pcb_user_stop_recording(user);
	pcb_destroy(pcb_user_instance(user));
	RCU_INIT_POINTER(user->instance, NULL);
	pcb_record_free(user->record);
	user->record = NULL;
}
EXPORT_SYMBOL_GPL(pcb_user_destroy);
