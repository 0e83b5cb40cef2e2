// SPDX-License-Identifier: GPL-2.0
///
/// Decompress on a percpu_completer instead of private per-CPU kthread workers
/// and their CPU hotplug handling.
///
//  Confidence: High
//  Comments: zdata.c.patch drops the preprocessor conditionals left empty
//  Options: --no-includes
//  Keywords: percpu_completer, erofs, kthread_worker, cpuhp_setup_state

@workers@
symbol z_erofs_pcpu_workers;
@@

- static struct kthread_worker **z_erofs_pcpu_workers;

@depends on workers@
@@

- #include <linux/cpuhotplug.h>
+ #include <linux/percpu_completer.h>

@depends on workers@
symbol erofs_percpu_workers_initialized, ATOMIC_INIT;
@@

- static atomic_t erofs_percpu_workers_initialized = ATOMIC_INIT(0);

@depends on workers@
declarer name DEFINE_SPINLOCK;
symbol z_erofs_pcpu_worker_lock;
@@

- static DEFINE_SPINLOCK(z_erofs_pcpu_worker_lock);

@depends on workers@
symbol erofs_cpuhp_state;
@@

- static enum cpuhp_state erofs_cpuhp_state;

@depends on workers@
identifier fn =~ "^erofs_(init|destroy)_percpu_worker|^erofs_cpu_|^z_erofs_(init|destroy)_pcpu_workers$";
@@

- fn(...) { ... }

@depends on workers@
@@

  struct z_erofs_decompressqueue {
  	...
  	union {
  		...
- 		struct kthread_work kthread_work;
+ 		struct llist_node node;
  	} u;
  	...
  };

@depends on workers@
symbol z_erofs_workqueue;
attribute name __read_mostly;
@@

  static struct workqueue_struct *z_erofs_workqueue __read_mostly;
+ static struct percpu_completer z_erofs_workers;
+
+ static void z_erofs_decompressqueue_complete(struct llist_node *node);

@depends on workers@
@@

+ static int z_erofs_init_pcpu_workers(struct super_block *sb)
+ {
+ 	struct percpu_completer_attrs attrs = {
+ 		.name = "erofs_worker",
+ 		.fn = z_erofs_decompressqueue_complete,
+ 	};
+ 	int err;
+
+ 	if (!IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD))
+ 		return 0;
+ 	if (IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD_HIPRI))
+ 		attrs.policy = PERCPU_COMPLETER_FIFO;
+ 	err = percpu_completer_init_once(&z_erofs_workers, &attrs);
+ 	if (err)
+ 		erofs_err(sb, "failed to start per-cpu workers, err %d", err);
+ 	return err;
+ }
+
  z_erofs_exit_subsystem(...)
  {
(
- 	z_erofs_destroy_pcpu_workers();
|
- 	erofs_cpu_hotplug_destroy();
- 	erofs_destroy_percpu_workers();
)
- 	destroy_workqueue(z_erofs_workqueue);
+ 	if (IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD))
+ 		percpu_completer_destroy(&z_erofs_workers);
+ 	else
+ 		destroy_workqueue(z_erofs_workqueue);
  	...
  }

// Linux 6.12 starts its workers with the module, not with the first mount.
@early depends on workers@
identifier err;
statement S1, S2;
@@

- err = erofs_init_percpu_workers();
- if (err) S1
- err = erofs_cpu_hotplug_init();
- if (err < 0) S2

@depends on early@
@@

- err_cpuhp_init:
- 	erofs_destroy_percpu_workers();
- err_pcpu_worker:
- 	destroy_workqueue(z_erofs_workqueue);

@depends on early@
identifier sb, inode;
@@

  z_erofs_init_super(struct super_block *sb)
  {
- 	struct inode *const inode = new_inode(sb);
+ 	struct inode *inode;
+ 	int err;
- 	if (!inode)
- 		return -ENOMEM;
+ 	err = z_erofs_init_pcpu_workers(sb);
+ 	if (err)
+ 		return err;
+ 	inode = new_inode(sb);
+ 	if (!inode)
+ 		return -ENOMEM;
  	...
  }

@depends on workers@
identifier err;
statement S;
@@

  if (err) S
+
+ 	if (IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD))
+ 		return 0;
  z_erofs_workqueue = alloc_workqueue(...);

@depends on workers@
statement S;
@@

+ 	/* The first mount starts per-CPU workers instead */
  if (IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD)) S
  z_erofs_workqueue = alloc_workqueue(...);

@depends on workers@
identifier w, bgq;
@@

- z_erofs_decompressqueue_work(struct work_struct *w)
+ z_erofs_decompressqueue_run(struct z_erofs_decompressqueue *bgq)
  {
- 	struct z_erofs_decompressqueue *bgq = container_of(...);
  	...
  }

@depends on workers@
identifier w;
@@

- z_erofs_decompressqueue_kthread_work(struct kthread_work *w)
+ z_erofs_decompressqueue_complete(struct llist_node *node)
  {
- 	z_erofs_decompressqueue_work((struct work_struct *)w);
+ 	struct z_erofs_decompressqueue *bgq;
+
+ 	bgq = llist_entry(node, struct z_erofs_decompressqueue, u.node);
+ 	z_erofs_decompressqueue_run(bgq);
  }

@depends on workers@
@@

+ static void z_erofs_decompressqueue_work(struct work_struct *work)
+ {
+ 	struct z_erofs_decompressqueue *bgq;
+
+ 	bgq = container_of(work, struct z_erofs_decompressqueue, u.work);
+ 	z_erofs_decompressqueue_run(bgq);
+ }
+
  z_erofs_decompressqueue_complete(...)
  {
  	...
  }

@depends on early@
identifier worker;
statement S1, S2;
@@

- struct kthread_worker *worker;
- rcu_read_lock();
- worker = rcu_dereference(...);
- if (!worker) S1 else S2
- rcu_read_unlock();

@depends on workers@
iterator name scoped_guard;
symbol rcu;
@@

- scoped_guard(rcu) { ... }

@depends on workers@
@@

- INIT_WORK(...);

@depends on workers@
identifier q;
@@

- kthread_init_work(&q->u.kthread_work, ...);
+ if (!IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD))
+ 	INIT_WORK(&q->u.work, z_erofs_decompressqueue_work);

@depends on workers@
identifier io;
@@

- queue_work(z_erofs_workqueue, &io->u.work);
+ if (IS_ENABLED(CONFIG_EROFS_FS_PCPU_KTHREAD))
+ 	percpu_completer_queue(&z_erofs_workers, &io->u.node);
+ else
+ 	queue_work(z_erofs_workqueue, &io->u.work);

@depends on workers@
identifier io;
@@

- z_erofs_decompressqueue_work(&io->u.work);
+ z_erofs_decompressqueue_run(io);
