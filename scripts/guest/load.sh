# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Both users of completers under full load, for tests of what happens meanwhile: cold
# erofs reads compared with the host's sha256, and uncached writes that are read back
# and compared.
# READERS, WRITERS: names of those who read and write, no writers if bio is no user.

: "${READERS=read1 read2}"
: "${WRITERS=write1 write2}"
MNT=/mnt/image
DISK=/mnt/disk

# Each counts rounds without an error and stops at the first one.
read_load() {
	cd "$MNT" || return
	while [ ! -e "$STOP" ]; do
		shuf -n 300 /run/guest/root.sha256 > "/tmp/$1.sums"
		/run/guest/forget.py < "/tmp/$1.sums" > "/tmp/$1.bad" 2>&1 || return
		sha256sum -c --quiet "/tmp/$1.sums" > "/tmp/$1.bad" 2>&1 || return
		echo round >> "/tmp/$1.rounds"
	done
	touch "/tmp/$1.good"
}

write_load() {
	while [ ! -e "$STOP" ]; do
		write_verify "$1" "$DISK/$1" 24 --ioengine=io_uring --bs=64k --iodepth=16 \
			> "/tmp/$1.bad" 2>&1 || return
		echo round >> "/tmp/$1.rounds"
	done
	touch "/tmp/$1.good"
}

verdict() {
	rounds=$(wc -l < "/tmp/$1.rounds")
	check "$2 $1: $rounds rounds, all data right" "$(head -n 1 "/tmp/$1.bad")" \
		[ -e "/tmp/$1.good" -a "$rounds" -gt 0 ]
}

load_start() {
	mkfs.xfs -q -f /dev/vdd
	load_on
}

# load_on: what is on the disk stays there.
load_on() {
	rm -f "$STOP"
	mkdir -p "$MNT" "$DISK"
	mount -t erofs -o ro /dev/vde "$MNT"
	mount -t xfs /dev/vdd "$DISK"
	for load in $WRITERS; do
		lay_out "$DISK/$load" 24
	done
	for load in $READERS $WRITERS; do
		: > "/tmp/$load.rounds"
	done
	LOADS=
	for load in $READERS; do
		read_load "$load" &
		LOADS="$LOADS $!"
	done
	for load in $WRITERS; do
		write_load "$load" &
		LOADS="$LOADS $!"
	done
}

# Each load ends its round, and is judged.
load_stop() {
	touch "$STOP"
	# shellcheck disable=SC2086 # a list of process ids
	wait $LOADS
	for load in $READERS; do
		verdict "$load" "erofs"
	done
	for load in $WRITERS; do
		verdict "$load" "uncached XFS"
	done
	umount "$MNT" "$DISK"
}
