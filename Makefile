# SPDX-License-Identifier: GPL-2.0
#
# percpu_completer: see README.md.  All work is done by scripts/.

KERNEL	?= 7.3
KSRC	?=
ACCEL	?= auto
CONFIG	?= bench
V	?= 0
MINUTES	?= 6
GUESTS	?=
HERE	?= 0
QUICK	?= 0
FULL	?= 0
ONLY	?=
OVERRIDE ?=
export KERNEL KSRC ACCEL V HERE QUICK FULL ONLY OVERRIDE

.DEFAULT_GOAL := help
.PHONY: help bench test torture setup tree conversions kernel shell cocci lint series docs clean

help:
	@echo 'make bench          compare with what it replaces; tables, build/bench/report.html and'
	@echo '                    results.json; QUICK=1 for a first look, FULL=1 for everything,'
	@echo '                    ONLY="dispatch bio erofs policy" for some of it;'
	@echo '                    OVERRIDE="bio_completer:policy=fifo" for other attributes of a user'
	@echo 'make test           everything that must pass; ends with N passed, N failed, N skipped;'
	@echo '                    CONFIG=kasan, kcsan or rt: its guests with that kernel; FULL=1: all'
	@echo 'make torture        attack it from everywhere while CPUs go off and on; MINUTES=6,'
	@echo '                    CONFIG=test, kasan, kcsan or rt; GUESTS="1-cpu ...", all if none'
	@echo 'make setup          install missing tools (as root), fetch the sources'
	@echo 'make tree           the converted kernel, build/tree/VERSION, one commit per step'
	@echo 'make conversions    what they do to each user: lines, threads, faults removed'
	@echo 'make kernel         build it; CONFIG=bench, bench-stock, test, test-nokthread,'
	@echo '                    kasan, kcsan or rt'
	@echo 'make shell          boot it and give a prompt'
	@echo 'make cocci          who could be converted: report mode over the kernel, with judgements'
	@echo 'make lint           checkpatch, sparse, W=1, kernel-doc, spatch, shellcheck'
	@echo 'make series         build/series/VERSION/*.patch with a cover letter, for git am; signed off'
	@echo '                    after git config format.signOff true'
	@echo 'make docs           HTML of our documents and kernel-doc, build/docs/VERSION/index.html'
	@echo 'make clean          remove build/, keep what was downloaded'
	@echo
	@echo 'Variables: KERNEL=7.3 or 6.12, or KSRC=/path/to/kernel/tree; ACCEL=auto|tcg|kvm|icount; V=1'
	@echo 'Exit codes: 1 test, 2 usage, 3 setup, 4 overlay, 5 build, 6 boot (make reports them'
	@echo 'as "Error N" and itself exits with 2)'

bench:
	@scripts/bench.py

# What looks for errors has debug kernels, unless one is named.
NAMED = $(if $(filter-out file,$(origin CONFIG)),$(CONFIG))

test:
	@scripts/test.py $(addprefix --config=,$(NAMED))

torture:
	@scripts/torture.py --minutes $(MINUTES) --guests "$(GUESTS)" $(NAMED)

setup:
	@scripts/setup.py

tree:
	@scripts/overlay.py

conversions:
	@scripts/conversions.py

kernel:
	@scripts/build.py $(CONFIG)

shell:
	@scripts/guest.py shell

cocci:
	@scripts/cocci.py

lint:
	@scripts/lint.py

series:
	@scripts/series.py

docs:
	@scripts/docs.py

clean:
	rm -rf build
