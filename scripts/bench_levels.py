# SPDX-License-Identifier: GPL-2.0
"""How much `make bench` measures: a little, the default, everything.

Dispatch, scaling and hotplug: of each mode the rounds, and the loads as words of
NAME:HOGS:KEY=VALUE,..., where HOGS busy loops share the CPU; see the top of
kernel/percpu_completer_bench/dispatch.c for the keys.  Exact virtual time needs
one round, as every round of it is the same; in emulation each is a boot of its own.
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
_SOME = {**_IDLE, **_HOGS, "steady_20k": _STEADY["steady_20k"], "burst8": _BURSTS["burst8"]}
_ALL = {**_IDLE, **_STEADY, **_BURSTS, **_RANDOM, **_WORK, **_HOGS, **_MIXED, **_IN_ORDER,
        **_FLOODS}
_MORE = {**_SOME, "burst64": _BURSTS["burst64"], "poisson_20k": _RANDOM["poisson_20k"], **_MIXED,
         **_FLOODS}

LEVELS = {
    "quick": {
        "stock": False, "boots": 1,
        "dispatch": {"icount": (1, _loads(**_SOME)), "kvm": (1, _loads(**_SOME))},
        "scaling": {}, "hotplug": {},
        "bio": {"BIO_ROUNDS": 1, "BIO_WORKLOADS": "C.raw fsync.xfs", "BIO_MB": 64,
                "BIO_SMALL_MB": 16, "BIO_FLOOD_S": 2},
        "erofs": {"EROFS_ROUNDS": 1, "EROFS_STARTS": 2, "EROFS_READS": "one_irq",
                  "EROFS_MB": 48},
    },
    "default": {
        "stock": False, "boots": 1,
        "dispatch": {"icount": (1, _loads(**_MORE)), "kvm": (3, _loads(**_MORE)),
                     "tcg": (3, _loads(**_TCG))},
        "scaling": {"kvm": (1, _loads(**_SCALING))},
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
        "hotplug": {"tcg": (3, _loads(**_HOTPLUG)), "kvm": (3, _loads(**_HOTPLUG))},
        "bio": {"BIO_ROUNDS": 1,
                "BIO_WORKLOADS": "C.raw E.raw read.raw C.null A.xfs B.xfs C.xfs D.xfs F.xfs "
                                 "fsync.xfs",
                "BIO_MB": 128, "BIO_SMALL_MB": 32, "BIO_FLOOD_S": 4},
        "erofs": {"EROFS_ROUNDS": 1, "EROFS_STARTS": 30, "EROFS_READS": "one_irq all_irqs",
                  "EROFS_MB": 96},
    },
}
