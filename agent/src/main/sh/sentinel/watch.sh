# What the sentinel does until the worker is dead. The last of its files, which begins to run here.

# Whether the worker has a new sentinel: one that has been restarted by execve(2) starts its own. A directory that has been
# removed may be another user's by now, with a FIFO in it.
is_relieved() {
  # Nothing can be told to one without a ledger whose lifeline is closed: it does not guess what else is to be spared.
  [ "$ledger" != - ] || { [ "$looks" -ge 20 ] && return 0 || return 1; }
  [ -O "${ledger%/*}" ] && read -r line line line line pid birth <"$ledger" && [ "$pid" != "$me" ] && lives "$pid" "$birth"
}

await_death() {
  looks=0 pause=0.02
  until worker_is_dead; do
    # The lifeline breaks a moment before the last of the worker's threads is gone; or it was closed while the worker
    # lives on, by execve(2) or by native code.
    looks=$((looks + 1))
    [ "$looks" -lt 10 ] && continue
    if [ "$looks" -lt 14 ]; then nap 0.005; else nap_longer; fi
    ! is_relieved || break
  done
  ! is_relieved || { trap - EXIT && exit 0; }
}

watch() {
  [ "$reaper_resumed" ] || exec 5>&2
  exec 2>/dev/null
  echo reaper-sentinel >/proc/self/comm
  path=$ledger ledger=-
  read_ledger 0 || exit 1
  if [ "$reaper_resumed" ]; then
    # Open already, though its directory may be gone.
    ledger=$path
  else
    # Without "command" a shell ends that cannot open what it is to keep open.
    if lives "$worker" "$born"; then command exec 6<"/proc/$worker/stat"; fi
    [ -z "$opened" ] || ledger=$path
  fi
  introduce
  echo "$me"
  in_order=
  while read -r line; do
    # Nothing else means anything.
    case $line in
      'done') exit 0 ;;
      'end') in_order=yes ;;
    esac
  done
  # bash sleeps by it.
  command exec 7<>/proc/self/fd/0 || [ -z "$BASH_VERSION" ] || exit
  forks=yes ended=0
  if [ "$in_order" ]; then
    # The first process of a container that waits for any child takes the first for the worker, and its status.
    await_death
    exit 0
  fi
  eval "$reaper_end"
  # A shell that cannot fork ends where it stands, and does this last.
  trap 'forks= stuck=yes; await_death; end_all "$@"' EXIT
  if [ "$BASH_VERSION" ]; then
    # bash tries for a quarter of a minute to fork before it says that it cannot: only for the sweeper.
    forks=
    await_death
    end_all "$@"
  fi
  await_death
  # A child, for a subreaper above that kills what it adopts (Ray's raylet does) would end the work with this process.
  finish "$@" &
  wait "$!"
  # Any other status is not its own word: it was killed, or could not fork, and does not do that last.
  case $? in
    0 | 1 | 3) trap - EXIT ;;
    *) announce sentinel ;;
  esac
  exit
}

trap '' TERM INT HUP PIPE
cd /
PATH=${PATH:+$PATH:}/usr/bin:/bin
[ -z "$reaper_resumed" ] || watch "$@"
read -r how || exit 1
[ "$procs" = - ] || echo 0 >"$procs"
# Before the worker goes on, which may be killed then, and the file be removed.
opened=
if [ -f "$ledger" ] && [ -w "$ledger" ]; then command exec 4<>"$ledger" && opened=yes; fi
# Without the ledger that there was it would not know which processes to spare. The worker starts another with another.
[ "$opened" ] || [ "$ledger" = - ] || exit 1
[ "$how" != stay ] || watch "$@"
exec 3<&0
watch "$@" <&3 3<&- &
