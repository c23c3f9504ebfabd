# How the sentinel has the sweeper, a JVM, look at every process.

# One at a time in a directory; a sentinel that waits hands its ledger over. False if it has been swept meanwhile.
await_turn() {
  turn='' waited='' empty=0 pause=0.1
  # Removed by a cleaner of temporary files it cannot be handed over, but this process has it open. Whatever is in its
  # place may be another user's.
  [ "$ledger" -ef /proc/self/fd/4 ] || return 0
  turn=${ledger%/*}/sweeping
  while [ -f "$ledger" ]; do
    set -C
    if echo "$me $my_start" >"$turn"; then
      set +C
      return 0
    fi
    set +C
    pid=0 birth=0
    read -r pid birth <"$turn"
    # Where nothing can be written, there is none to wait for.
    [ -f "$turn" ] || return 0
    # Before this process began anew it was its turn.
    [ "$pid $birth" != "$me $my_start" ] || return 0
    if lives "$pid" "$birth"; then
      announce handover
      waited=yes
      nap_longer
    elif [ "$birth" ]; then
      rm -f "$turn"
    else
      # Another may be about to write it. If it stays empty, nothing can be written here (a full disk).
      empty=$((empty + 1))
      [ $((empty % 2)) = 1 ] || rm -f "$turn"
      [ "$empty" -lt 4 ] || return 0
      nap 0.2
    fi
  done
  turn=
  [ ! -d "${ledger%/*}" ]
}

# Has a short-lived JVM look at every process. False if it could not be run: 3 is its own word that a process is left.
sweep() {
  swept=
  [ -z "$stuck" ] || return 1
  swept=0 heard=
  if [ "$ledger" = - ]; then
    heard=$(printf '%s\n' "$reaper_header" | "$@" 2>&1 >/dev/null 7>&-)
    swept=$?
  else
    await_turn
    turns=$?
    [ -z "$waited" ] || read_report
    if [ "$turns" = 0 ]; then
      heard=$heard$("$@" <&4 2>&1 >/dev/null 7>&-)
      swept=$?
      read -r pid birth <"$turn"
      [ "$pid $birth" != "$me $my_start" ] || rm -f "$turn"
    fi
  fi
  pass_on
  [ "$swept" = 0 ] || [ "$swept" = 3 ]
}

# Reads what another's sweeper has done for this worker: it has written that behind the ledger's last slot, where a shell
# that reads one byte at a time comes late, and in a storm every other with it.
read_report() {
  heard=$(LC_ALL=C sed -n '/^reaper-agent: /p' </proc/self/fd/4)
  [ -z "$heard" ] || heard=$heard$newline
}

# Passes on what the sweeper has said; of what a JVM says that cannot run, the first line is the reason.
pass_on() {
  reason=
  while [ "$heard" ]; do
    line=${heard%%"$newline"*}
    case $line in
      'reaper-agent: '*) reaper_words=$reaper_words$line$newline ;;
      *) reason=${reason:-, $line} ;;
    esac
    case $heard in
      *"$newline"*) heard=${heard#*"$newline"} ;;
      *) heard= ;;
    esac
  done
}

# Whether the sweeper is given up: the jar of another version (4) comes back as little as what was taken for long.
gives_up() {
  [ "$tries" -ge 5 ] || [ "$stuck" ] || { [ "$swept" = 4 ] && [ -z "$marked" ]; }
}

# Tries for a while: what the crash has taken may come back.
try_to_sweep() {
  tries=1 marked=
  until sweep "$@"; do
    ! gives_up || return 1
    tries=$((tries + 1))
    nap 1
  done
}
