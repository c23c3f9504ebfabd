# What the sentinel does from the worker's death on, in this order.

# Says what has been killed: each process that was hit, and is neither alive nor one that may not be signalled.
tell() {
  [ -z "$kills" ] || log_kills
  ended=0 ending='' more=0 awaited=''
  for one in $untold; do
    case "$refused " in *" $one "*) continue ;; esac
    case "$alive " in
      *" $one "*)
        awaited="$awaited $one"
        continue
        ;;
    esac
    # It has left the cgroup before the stroke, or asked to be kept after the polite signal.
    [ "$struck$kept" ] && may_live "$one" && continue
    ended=$((ended + 1))
    eval "name=\$said_${one%:*}"
    if [ "$name" ]; then ending="$ending, $name"; else more=$((more + 1)); fi
  done
  if [ "$ended" -gt 0 ]; then
    processes=processes
    [ "$ended" != 1 ] || processes=process
    [ "$more" = 0 ] || [ -z "$ending" ] && more='' || more=" and $more more"
    say warn "killed $ended $processes${ending:+: }${ending#, }$more$struck"
  elif [ "$struck" ]; then
    for one in $proof; do
      case "$refused $alive " in *" $one "*) continue ;; esac
      lives "${one%:*}" "${one#*:}" || { say warn "killed${struck# and}" && break; }
    done
  fi
  ended=0 untold=$awaited struck=''
  # After an orderly end the worker itself has said that.
  refusing=
  for one in $refused; do
    may_live "$one" || continue
    case "$said " in *" $one "*) continue ;; esac
    said="$said $one"
    eval "refusing=\$refusing,\ \$refused_${one%:*}"
  done
  if [ "$refusing" ] && [ "$after" != end ]; then
    say error "not permitted to kill, and left behind: ${refusing#, }"
  fi
  refusing=
}

# Whether only a look at every process can tell what is left.
needs_sweeper() {
  case $modes-$after-$job in
    *subreaper*-crash-* | *-crash-job) return 0 ;;
    *subreaper*-end-* | *-end-job)
      # The worker itself has looked closely; one more look tells whether that was enough.
      strike_others
      [ "$alive" ] && return 0
      ;;
  esac
  [ "$kept$bystanders$guess" ] && [ "$group$cgroup" != 0 ]
}

# Removes a cgroup, and first those below it. $1: its directory.
remove_cgroup() {
  for below in "$1"/*/; do
    [ ! -d "$below" ] || remove_cgroup "${below%/}"
  done
  rmdir "$1"
}

# Removes what was the worker's, and goes.
leave() {
  trap - EXIT
  if [ "$kills" ] && [ "$swept" != 0 ]; then
    for one in $kept; do
      lives "${one%:*}" "${one#*:}" && see "$one" kept && log_kill "$one" left '' 'kept'
    done
  fi
  if [ "$cgroup" ]; then
    [ -z "$stuck" ] && for line in 1 2 3 4 5 6 7 8 9; do remove_cgroup "$cgroup" && break; [ -d "$cgroup" ] || break; nap 0.02; done
  fi
  # Another sentinel's, of a worker that was restarted, may be there by now.
  if [ "$ledger" -ef /proc/self/fd/4 ]; then
    [ "$forks" ] && [ "$reaper_words" ] || { speak && exec rm -f -- "$ledger"; }
    # Of a shell that cannot fork this is the last.
    trap speak EXIT
    rm -f -- "$ledger"
  fi
  finish_with 0
}

# Begins anew where nothing could be forked: with those dead that are known by name, there may be room for the sweeper.
resume() {
  [ "$stuck" ] && [ "${reaper_resumed:-0}" -lt 20 ] || return 1
  nap 1
  # bash has tried for a quarter of a minute by itself.
  export reaper_words reaper_resumed=$((${reaper_resumed:-0} + ${BASH_VERSION:+9} + 1))
  exec 2>&5 7>&-
  exec "$reaper_shell" -c 'eval "$reaper_sentinel"' reaper-sentinel "$ledger" - "$@"
}

# No process is left to look for, or the sweeper has said which; a ledger that is still there is for the next sweep.
finish_with() {
  trap - EXIT
  speak
  exit "$1"
}

refuse_ledger() {
  [ -z "$struck" ] || { clock && await $((now + 300)); }
  tell
  say error "the ledger $ledger is not as the agent writes it, and no ${told:+other }process is killed by it"
  finish_with 1
}

# The ledger of so many takes longer to read than the kernel to kill them. A kill log tells of each, though, and what
# hangs below them is to be found before, if it has no mark.
strike_first() {
  case $grace-$kills-$modes-$mark in
    0--*subreaper*-0) ;;
    0--*) strike_at_once 10 ;;
  esac
}

end_all() {
  read_ledger "$FEW" || refuse_ledger
  [ -z "$kills" ] || eval "$reaper_kills"
  [ "$modes" != none ] || leave
  if [ "$keep" = keep ]; then
    resume "$@"
    ! try_to_sweep "$@" || finish_with "$swept"
    guess=yes
    # The sweeper may have asked all before it was killed.
    read_ledger "$FEW" || refuse_ledger
    resolve_names
    say warn "the sweeper cannot do its work${swept:+ (status $swept$reason)}; kept is whatever a name in keep= may mean"
  fi
  find_members
  # Of the named, a stroke hits members only; the others are asked when all are known.
  if [ "$slots" -gt "$FEW" ]; then keep_by_wish $members; else keep_by_wish $named $members; fi
  [ "$spared$kept$guess" != 0 ] || at_once=yes
  alive='' told='' untold='' refused='' found='' proof='' hit='' group_is_hit='' group_is_killed=''
  round=$signal
  [ "$grace" != 0 ] || round=KILL
  if [ "$slots" -gt "$MANY" ]; then
    # A JVM looks at so many faster than a shell can.
    # What the sweeper finds dead it does not name in the kill log.
    if [ -z "$kills" ] && [ "$round" = KILL ]; then
      strike_at_once
      alive=$told
      clock
      await $((now + 100))
      tell
    fi
    ! sweep "$@" || finish_with "$swept"
  elif [ "$slots" -gt "$FEW" ]; then
    strike_first
  fi
  if [ "$slots" -gt "$FEW" ]; then
    wished=$kept
    read_ledger "$slots" || refuse_ledger
    [ -z "$guess" ] || resolve_names
    kept="$kept$wished"
    keep_by_wish $named
  fi
  if [ "$grace" != 0 ]; then
    round=$signal
    strike
    clock
    await $((now + grace / 10)) || {
      # What the polite signal has had started, or made another program, may ask to be kept.
      find_members
      keep_by_wish $named $members
    }
  fi
  round=KILL
  strike
  end_starting
  clock
  # Ten seconds, and five: nothing waits for this process, and where much dies at once, that takes time.
  await $((now + 1000)) || {
    strike
    clock
    await $((now + 500))
  }
  find_left
  [ -z "$alive" ] || { clock && await $((now + 100)); }
  tell
  if needs_sweeper; then
    # What it finds has not been asked yet.
    enter_stage crash
    resume "$@"
    tries=1 marked=
    until sweep "$@"; do
      ask_others
      strike_others
      clock
      await $((now + 300))
      tell
      ! gives_up || break
      tries=$((tries + 1))
      nap 1
    done
    # What the last look has found before the sweeper did.
    clock
    await $((now + 300))
    tell
    case $swept in
      0) leave ;;
      3) finish_with 3 ;;
    esac
    [ "$mark" != 0 ] || say warn "the sweeper cannot do its work${swept:+ (status $swept$reason)}; orphans of this worker may be left"
  fi
  if ! await 0; then
    ending=
    for one in $alive; do
      [ -z "$kills" ] || log_kill "$one" left KILL 'not dead after SIGKILL'
      lives "${one%:*}" "${one#*:}" || continue
      clean "$name"
      ending="$ending, ${cleaned}[${one%:*}]"
    done
    ending=${ending#, }
    say error "still alive after SIGKILL, and left behind: ${ending:-members of its process group or cgroup}"
    finish_with 1
  fi
  # Where another process has the ledger, or no look was possible, the next sweep may do more.
  [ "$swept" != 5 ] || finish_with 1
  leave
}

finish() {
  introduce
  end_all "$@"
}
