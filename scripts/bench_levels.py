# SPDX-License-Identifier: GPL-2.0
"""How much `make bench` measures: a little, the default, everything.

Dispatch, scaling and hotplug: of each mode the rounds, and the loads as words of
NAME:HOGS:KEY=VALUE,..., where HOGS busy loops share the CPU; see the top of
kernel/percpu_completer_bench/dispatch.c for the keys.  Exact virtual time needs
one round, as every round of it is the same; in emulation each is a boot of its own.

Policy: the policies as words of NAME:MECHANISM:KEY=VALUE,..., the loads as words of
NAME:KEY=VALUE,...; see the top of scripts/guest/bench-policy.
"""

MECHANISMS = {
    "bio": "percpu_completer kthread_worker rfc_thread workqueue workqueue_highpri delayed_work",
    "erofs": "percpu_completer kthread_worker rfc_thread workqueue workqueue_highpri "
             "workqueue_unbound",
    # Those that follow a CPU when it goes.
    "hotplug": "percpu_completer workqueue",
}


def _loads(**loads):
    """name=(hogs, "key=value,...") as the guest wants them."""
    return " ".join(f"{name}:{hogs}:{keys}" for name, (hogs, keys) in loads.items())


_IDLE = {"idle": (0, "period_ns=200000,items=2000")}
_HOGS = {"hogs": (3, "period_ns=200000,items=2000")}
_STEADY = {
    "steady_1k": (0, "period_ns=1000000,items=1000"),
    "steady_20k": (0, "period_ns=50000,items=20000"),
    "steady_50k": (0, "period_ns=20000,items=20000"),
    "steady_200k": (0, "period_ns=5000,items=100000"),
}
_BURSTS = {
    "burst8": (0, "period_ns=1600000,burst=8,items=3200"),
    "burst64": (0, "period_ns=6400000,burst=64,items=6400"),
}
_RANDOM = {
    "poisson_20k": (0, "period_ns=50000,poisson=1,items=4000"),
    "poisson_hogs": (3, "period_ns=50000,poisson=1,items=6000"),
}
# One urgent among 99 lazy items.  Beside hogs out of step with the tick, or it is a
# matter of phase whose wake-up meets what the scheduler does now and then; and as many
# urgent ones alone, so that no mechanism is woken more often.
_MIXED = {
    "mixed_20k": (0, "period_ns=50000,urgent_percent=1,items=20000"),
    "mixed_hogs": (3, "period_ns=47000,urgent_percent=1,items=60000"),
    "hogs_213": (3, "period_ns=4700000,items=600"),
}
# The same, and urgent items have to wait for their turn.
_IN_ORDER = {"mixed_in_order": (0, "period_ns=50000,urgent_percent=1,items=20000,order=0")}
# What a callback costs.
_WORK = {
    "work_5us": (0, "period_ns=20000,work_ns=5000,items=4000"),
    "work_50us": (0, "period_ns=200000,work_ns=50000,items=2000"),
    "work_500us": (0, "period_ns=1000000,work_ns=500000,items=400"),
}
# More than a CPU can complete: as much as it can, for which no time goes to stamps; and
# with a normal task that wants the same CPU.
_FLOODS = {
    "capacity": (0, "period_ns=1000,burst=512,items=200000,stamps=0"),
    "flood_50us": (0, "period_ns=40000,work_ns=50000,items=10000,normal=1"),
}
_SCALING = {f"cpus{cpus}": (0, f"period_ns=200000,burst=4,items=2000,cpus={cpus}")
            for cpus in (1, 2, 4, 8, 16)}
# A CPU that goes off and on all the time, with a load that delays it as the erofs one does.
_HOTPLUG = {"hotplug": (8, "period_ns=500000,items=10000,hotplug=1")}

# Emulation takes a multiple of the time that hardware takes for an item.
_TCG = {
    "idle": (0, "period_ns=400000,items=2000"),
    "hogs": (3, "period_ns=400000,items=2000"),
    "burst8": (0, "period_ns=3200000,burst=8,items=2400"),
}
_TCG_MORE = {
    "burst64": (0, "period_ns=25600000,burst=64,items=6400"),
    "poisson_4k": (0, "period_ns=250000,poisson=1,items=4000"),
    "mixed_hogs": (3, "period_ns=250000,urgent_percent=1,items=10000"),
    "flood_200us": (0, "period_ns=160000,work_ns=200000,items=4000,normal=1"),
}


def _words(words):
    """name=text as the guest wants them."""
    return " ".join(f"{name}:{text}" for name, text in words.items())


def _short_slices(*pairs):
    """(slice in us, nice)"""
    return {f"slice{us}" + (f"_nice{nice}" if nice else ""):
            f"percpu_completer:policy=1,slice_us={us},nice={nice}" for us, nice in pairs}


# Of the threads of percpu_completer, and workqueues beside them.
_FIFO = {"fifo": "percpu_completer:policy=2"}
_PEERS = {"normal": "percpu_completer:policy=0",
          "normal_nice-20": "percpu_completer:policy=0,nice=-20",
          "workqueue": "workqueue:", "workqueue_highpri": "workqueue_highpri:"}
_POLICIES = {**_FIFO, **_short_slices((100, 0), (300, 0), (1000, 0), (100, -10), (100, -20)),
             **_PEERS}
_ALL_POLICIES = {**_FIFO, **_short_slices(*((us, nice) for nice in (0, -5, -10, -20)
                                            for us in (100, 300, 1000))), **_PEERS}
# Hogs; a quarter and a half of the CPU for the callbacks beside them; hogs in a group with
# a weight of its own; a task that no thread of the lowest real-time priority gets past,
# which takes seconds for each item, so that there are few of them.
_EACH_200 = "period_ns=200000,items=2000,warmup=100"
_POLICY_LOADS = {
    "idle": _EACH_200,
    **{f"hogs{hogs}": f"hogs={hogs},{_EACH_200}" for hogs in (1, 3, 8, 32)},
    "quarter": f"hogs=8,{_EACH_200},work_ns=50000",
    "half": "hogs=8,period_ns=1000000,items=400,warmup=20,work_ns=500000",
    "mixed_hogs": "hogs=3,period_ns=47000,urgent_percent=1,items=30000",
    **{f"weight{weight}": f"hogs=8,weight={weight},{_EACH_200}"
       for weight in (100, 2500, 10000)},
    "flood_50us": "period_ns=40000,work_ns=50000,items=4000,normal=1",
    "spinner": "spinner=1,period_ns=20000000,items=50,warmup=5",
}
_POLICY = {"POLICIES": _words(_POLICIES), "POLICY_LOADS": _words(_POLICY_LOADS)}
_POLICY_QUICK = {"POLICIES": _words(_POLICIES), "POLICY_LOADS": _words(
    {name: _POLICY_LOADS[name] for name in ("idle", "hogs8", "weight10000", "flood_50us")})}
_POLICY_FULL = {"POLICIES": _words(_ALL_POLICIES), "POLICY_LOADS": _words(_POLICY_LOADS)}

_SOME = {**_IDLE, **_HOGS, "steady_20k": _STEADY["steady_20k"], "burst8": _BURSTS["burst8"]}
_ALL = {**_IDLE, **_STEADY, **_BURSTS, **_RANDOM, **_WORK, **_HOGS, **_MIXED, **_IN_ORDER,
        **_FLOODS}
_MORE = {**_SOME, "burst64": _BURSTS["burst64"], "poisson_20k": _RANDOM["poisson_20k"], **_MIXED,
         **_FLOODS}

LEVELS = {
    "quick": {
        "stock": False, "boots": 1,
        "dispatch": {"icount": (1, _loads(**_SOME)), "kvm": (1, _loads(**_SOME))},
        "scaling": {}, "hotplug": {}, "policy": _POLICY_QUICK,
        "bio": {"BIO_ROUNDS": 1, "BIO_WORKLOADS": "C.raw fsync.xfs", "BIO_MB": 64,
                "BIO_SMALL_MB": 16, "BIO_FLOOD_S": 2},
        "erofs": {"EROFS_ROUNDS": 1, "EROFS_STARTS": 2, "EROFS_READS": "one_irq",
                  "EROFS_MB": 48},
    },
    "default": {
        "stock": False, "boots": 1,
        "dispatch": {"icount": (1, _loads(**_MORE)), "kvm": (3, _loads(**_MORE)),
                     "tcg": (3, _loads(**_TCG))},
        "scaling": {"kvm": (1, _loads(**_SCALING))}, "policy": _POLICY,
        "hotplug": {"tcg": (3, _loads(**_HOTPLUG)), "kvm": (3, _loads(**_HOTPLUG))},
        "bio": {"BIO_ROUNDS": 1, "BIO_WORKLOADS": "C.raw E.raw C.null B.xfs fsync.xfs",
                "BIO_MB": 128, "BIO_SMALL_MB": 32, "BIO_FLOOD_S": 3},
        "erofs": {"EROFS_ROUNDS": 1, "EROFS_STARTS": 5, "EROFS_READS": "one_irq all_irqs",
                  "EROFS_MB": 64},
    },
    "full": {
        "stock": True, "boots": 3,
        "dispatch": {"icount": (1, _loads(**_ALL)), "kvm": (3, _loads(**_ALL)),
                     "tcg": (3, _loads(**_TCG, **_TCG_MORE))},
        "scaling": {"icount": (1, _loads(**_SCALING)), "kvm": (3, _loads(**_SCALING))},
        "policy": _POLICY_FULL,
        "hotplug": {"tcg": (3, _loads(**_HOTPLUG)), "kvm": (3, _loads(**_HOTPLUG))},
        "bio": {"BIO_ROUNDS": 1,
                "BIO_WORKLOADS": "C.raw E.raw read.raw C.null A.xfs B.xfs C.xfs D.xfs F.xfs "
                                 "fsync.xfs",
                "BIO_MB": 128, "BIO_SMALL_MB": 32, "BIO_FLOOD_S": 4},
        "erofs": {"EROFS_ROUNDS": 1, "EROFS_STARTS": 30, "EROFS_READS": "one_irq all_irqs",
                  "EROFS_MB": 96},
    },
}
