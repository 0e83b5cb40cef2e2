# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Shared by the tests in the guest: TAP, CPU hotplug, the counters of completers.

# shellcheck source=/dev/null
. ./params

TESTS=0
FAILED=0
STOP=/run/stop
CYCLE_FILE=/run/cycles
COUNTERS=/sys/kernel/debug/percpu_completer
KMEMLEAK=/sys/kernel/debug/kmemleak

ok() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $1"
}

not_ok() {
	TESTS=$((TESTS + 1))
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $1 # $2"
}

# check NAME WHY-NOT COMMAND...: the command decides.
check() {
	check_name=$1
	check_why=$2
	shift 2
	if "$@"; then
		ok "$check_name"
	else
		not_ok "$check_name" "$check_why"
	fi
}

# With kmemleak, the kernel says how much memory nobody points to any more.  It leaves
# out what is younger than five seconds or has changed since the scan before.
find_leaks() {
	[ -e "$KMEMLEAK" ] || return 0
	for pause in 6 1; do
		sleep "$pause"
		echo scan > "$KMEMLEAK" || return
	done
	cat "$KMEMLEAK" > /run/results/kmemleak
}

# The last line of every test.
finish() {
	echo "1..$TESTS"
	exit $((FAILED > 0))
}

# counter NAME WHAT [CPU]: what a completer has counted so far, all CPUs.
counter() {
	awk -v what="$2" -v cpu="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == what) col = i; next }
		cpu == "" || $1 == cpu { sum += $col }
		END { print sum + 0 }' "$COUNTERS/$1/counters"
}

# completed NAME [CPU]
completed() {
	counter "$1" completed "$2"
}

# threads NAME: the process ids of the threads NAME/0, NAME/1, ...
threads() {
	for dir in /proc/[0-9]*; do
		comm=$(cat "$dir/comm" 2> /dev/null)
		case $comm in
		"$1"/[0-9]*) echo "${dir#/proc/}" ;;
		esac
	done
}

# switches NAME: how often the threads NAME/N were switched away from.
switches() {
	for pid in $(threads "$1"); do
		cat "/proc/$pid/status"
	done | awk '/ctxt_switches/ { sum += $2 } END { print sum + 0 }'
}

set_cpu1() {
	echo "$1" > /sys/devices/system/cpu/cpu1/online
}

# hotplug_start LIMIT: CPU 1 goes off and on in the background, LIMIT times or
# until hotplug_stop.
hotplug_start() {
	rm -f "$STOP"
	echo 0 > "$CYCLE_FILE"
	hotplug_loop "$1" &
	HOTPLUG=$!
}

hotplug_loop() {
	cycle=0
	while [ "$cycle" -lt "$1" ] && [ ! -e "$STOP" ]; do
		set_cpu1 0 && set_cpu1 1 || return
		cycle=$((cycle + 1))
		echo "$cycle" > "$CYCLE_FILE"
	done
}

# Leaves the number of full cycles in $CYCLE_FILE.
hotplug_stop() {
	touch "$STOP"
	hotplug_wait
}

hotplug_wait() {
	wait "$HOTPLUG"
}

# lay_out FILE MIB: written blocks, not in the cache.  XFS completes only pure
# overwrites in the block layer, everything else through its own workqueue.
lay_out() {
	dd if=/dev/zero of="$1" bs=1M count="$2" conv=fsync status=none
	echo 3 > /proc/sys/vm/drop_caches
}

# write_verify NAME TARGET MIB OPTION...: buffered uncached writes, read back
# and compared; the status is fio's, an error of the data is one.
write_verify() {
	job=$1
	target=$2
	size=$3
	shift 3
	# Options of an engine have to follow its name.
	fio --name="$job" "$@" --uncached=1 --filename="$target" --size="${size}m" --rw=write --thread \
		--verify=crc32c --do_verify=1 --verify_fatal=1 \
		--verify_state_save=0 --invalidate=1 --fallocate=none \
		--output="/run/results/fio-$job"
}
