# What the sentinel does when the worker is dead. It is read at that moment, with the functions and the descriptors of
# sentinel.sh: until then it would only take memory. No plain return: in what trap does, that is the status of before
# (return(1p)).

# --- Words ------------------------------------------------------------------------------------------------------------

# Makes a name fit for a person's terminal, which some letters steer.
clean() {
  cleaned='' rest=$1
  while [ "$rest" ]; do
    line=${rest%%[!A-Za-z0-9._+:/@=-]*}
    cleaned=$cleaned$line rest=${rest#"$line"}
    [ -z "$rest" ] || cleaned="$cleaned?" rest=${rest#?}
  done
}

# Says a line where the worker's log goes. Only a file is opened for it: a FIFO would hang this process for ever.
say() {
  case $1-$level in
    error-error | error-warn | error-info | error-debug | warn-warn | warn-info | warn-debug | info-info | info-debug) ;;
    *) return 0 ;;
  esac
  line="reaper-agent: [$1] worker $worker is dead: $2"
  # Not echo, which in dash makes a line break of \n.
  if [ -f "$log" ] && [ -w "$log" ]; then
    printf '%s\n' "$line" >>"$log"
  else
    reaper_words=$reaper_words$line$newline
  fi
}

# Writes to the worker's stderr, last of all: nobody may read that pipe any more, and a write to a full one never ends.
speak() {
  [ -z "$reaper_words" ] || printf '%s' "$reaper_words" >&5
  reaper_words=
}

# --- Who must die -----------------------------------------------------------------------------------------------------

is_in_group() {
  look "$1" && [ "$pgrp" = "$group" ] && [ "$session" = "$workers_session" ] && [ "$start" -ge "$born" ]
}

# Finds which of these files may hold a text; all of them where grep has not come to the last, its own, for want of memory.
# $1: grep's options, $2: the text, then the files.
sift() {
  options=$1 wanted=$2 grepped=
  shift 2
  sifted=$*
  [ "$forks" ] || return 0
  line=$(grep "$options" -e "$wanted" -e '^Tgid:.*' "$@" /proc/self/status)
  case $line in */proc/self/status) sifted=${line%/proc/self/status} grepped=yes ;; esac
}

# Finds who is in the group.
list_group() {
  sift -ls ") [A-Za-z] [0-9]* $group $workers_session " /proc/[0-9]*/stat
  listed=
  for file in $sifted; do
    member=${file#/proc/}
    member=${member%/stat}
    if [ "$grepped" ] || is_in_group "$member"; then listed="$listed $member"; fi
  done
}

# Does something with each member of a cgroup, and of those below it: a child with an agent of its own makes one there.
# Zero is a process of a PID namespace above, and for kill(2) the caller's group. $1: what is done, $2: the cgroup, or
# nothing for the worker's.
with_each_in_cgroup() {
  inside=
  if [ "$BASH_VERSION" ]; then
    # After each line bash seeks back to its end, which in a list that has changed is in the middle of a number.
    read -r -d '' inside <"${2:-$cgroup}/cgroup.procs"
  else
    while read -r pid; do inside="$inside $pid"; done <"${2:-$cgroup}/cgroup.procs"
  fi
  for pid in $inside; do
    [ "$pid" -gt 1 ] && "$1" "$pid"
  done
  for below in "${2:-$cgroup}"/*/; do
    [ ! -d "$below" ] || with_each_in_cgroup "$1" "${below%/}"
  done
}

add_member() {
  members="$members $1"
}

# Finds the members of the group and the cgroup, who are not all known by name, and hardly anybody else: others may ask to
# be kept, too, and an environment can be read only as fast as that process's memory can be locked.
find_members() {
  members=
  [ -z "$cgroup" ] || with_each_in_cgroup add_member
  [ "$group" != 0 ] || return 0
  list_group
  members="$members$listed"
}

# Keeps those of these processes that ask for it in the environment they were given. $@: pid or pid:start. A line break
# in another variable may look like the wish, and is taken for it; this script, in the environment of every sentinel,
# must not.
keep_by_wish() {
  [ "$wishes" = wishes ] && [ "$#" -gt 0 ] || return 1
  files=
  for one; do files="$files /proc/${one%:*}/environ"; done
  if [ "$forks" ] && [ "$greps" != no ]; then
    # Not every grep knows -z; one that does finds what it has in its own environment, too.
    greps=no
    for file in $(reaper_probe=$me grep -slz -e '^REAPER_KEEP=tru[e]$' -e "^reaper_probe=$me\$" $files /proc/self/environ); do
      if [ "$file" = /proc/self/environ ]; then greps=yes; else keep_younger "$file"; fi
    done
    [ "$greps" = no ] || return 0
  fi
  for file in $files; do
    keep_younger "$file" || continue
    while read -r line || [ "$line" ]; do
      case $line in *REAPER_KEEP=tru[e]*) continue 2 ;; esac
    done <"$file"
    kept=${kept% *}
  done
}

# Keeps a process that is not older than the worker. $1: /proc/PID/environ.
keep_younger() {
  pid=${1#/proc/}
  pid=${pid%/environ}
  look "$pid" && [ "$start" -ge "$born" ] && kept="$kept $pid:$start"
}

# Whether a word of keep= stands anywhere in a text. $1: the text.
holds_name() {
  rest=$names:
  while [ "$rest" ]; do
    word=${rest%%:*}
    rest=${rest#*:}
    case $1 in *"${word##*/}"*) return 0 ;; esac
  done
  return 1
}

# Whether keep= may mean the process that was looked at. Only the sweeper knows; where it cannot be run, a name in the
# command, or among the files that a process maps, its executable for one, is enough. What is as old as the worker is not
# below it, and may name keep= on its way to start it. $1: pid.
may_be_meant() {
  [ "$guess" ] && [ "$start" -gt "$born" ] || return 1
  ! holds_name "$name" || return 0
  for file in "/proc/$1/cmdline" "/proc/$1/maps"; do
    while read -r line || [ "$line" ]; do
      ! holds_name "$line" || return 0
    done <"$file"
  done
  return 1
}

# Whether a process is not to be touched: it is kept or a bystander, or hangs below one.
is_spared() {
  [ "$kept$bystanders$guess" ] || return 1
  above=$1
  while [ "$above" -gt 1 ] && look "$above"; do
    case "$kept$bystanders " in *" $above:$start "*) return 0 ;; esac
    if may_be_meant "$above"; then
      kept="$kept $above:$start"
      return 0
    fi
    above=$parent
  done
  return 1
}

# Whether the process carries the mark that only descendants of the worker have.
is_marked() {
  while read -r line; do
    case $line in
      'Max file locks '*)
        set -- $line
        [ "$4" = "$mark" ]
        return "$?"
        ;;
    esac
  done <"/proc/$1/limits"
  return 1
}

# Whether the number of the worker's group is still its own: it stays taken while a member lives (setpgid(2)), but later
# it may lead another's.
group_is_ours() {
  ! is_gone "-$group" || return 1
  read_stat /proc/self/fd/6 && [ "$start" = "$born" ] || is_proven || return 1
  for one in $members; do
    # Before SIGKILL each look is time lost, and one member is enough for the words afterwards.
    is_in_group "$one" && ! has_ended && proof="$proof $one:$start" && [ "$round" = KILL ] && break
  done
  return 0
}

# Whether a living member is known to be the worker's: by its name, since an earlier stroke, or by its mark.
is_proven() {
  look "$group" && return 1
  for one in $named $proof; do
    lives "${one%:*}" "${one#*:}" && [ "$pgrp" = "$group" ] && return 0
  done
  unproven= looks=0
  # Of what forks all the time hardly any is there for so long, and most as a zombie, which proves it, too.
  until [ "$unproven" ] || [ "$looks" = 20 ]; do
    looks=$((looks + 1))
    list_group
    for pid in $listed; do
      is_in_group "$pid" && one=$start || continue
      [ "$mark" != 0 ] && is_marked "$pid" && return 0
      ! lives "$pid" "$one" || unproven=yes
    done
    [ "$listed" ] && [ "$mark" != 0 ] || break
  done
  # Whoever proves it may be among those of the ledger that are still to be read.
  if [ "$unproven" ] && [ "$count" -ge "$slots" ]; then
    say warn "process group $group may be another's by now, and is left alone"
    group=0
  fi
  return 1
}

# --- Ending -----------------------------------------------------------------------------------------------------------

# Sends the signal of this round to a process, if it is still that one. $1: pid:start, $2: why it is the worker's.
end_process() {
  pid=${1%:*}
  lives "$pid" "${1#*:}" || return 1
  if [ "$kills" ]; then
    see "$1" "$2"
    lives "$pid" "${1#*:}" || return 1
  fi
  if kill -s "$round" "$pid"; then
    [ "$round" = KILL ] || [ "$state" != T ] || kill -s CONT "$pid"
  elif lives "$pid" "${1#*:}"; then
    # Not permitted (kill(2), EPERM), which waiting does not change.
    refuse "$1" "$2"
    return 1
  else
    return 1
  fi
  case "$alive " in *" $1 "*) ;; *) alive="$alive $1" ;; esac
  note "$1" "$2"
}

# Names the process that was looked at last as one that may not be signalled. $1: pid:start, $2: why it is the worker's.
refuse() {
  case "$refused " in *" $1 "*) return 0 ;; esac
  clean "$name"
  refused="$refused $1" refusing="$refusing, ${cleaned}[${1%:*}] ($2)"
}

# Notes the process that was looked at last among those that are ended.
note() {
  [ -z "$kills" ] || eval "last_${1%:*}=$round"
  case "$told " in *" $1 "*) return 0 ;; esac
  [ -z "$kills" ] || see "$1" "$2"
  told="$told $1" untold="$untold $1" ended=$((ended + 1))
  [ "$ended" -gt 10 ] && return 0
  clean "$name"
  name="${cleaned}[${1%:*}] ($2)"
  eval "said_${1%:*}=\$name"
}

# Sees who is known by name and about to be hit by a stroke, as far as they are to be told of. $1: the group, or nothing.
note_known() {
  for one in $named; do
    [ "$ended" -lt 10 ] || [ "$kills" ] || return 1
    lives "${one%:*}" "${one#*:}" && [ "${1:-$pgrp}" = "$pgrp" ] && kill -0 "${one%:*}" || continue
    eval "note $one \"\$why_${one%:*}\""
  done
}

end_named() {
  is_spared "${1%:*}" && return 0
  eval "why=\$why_${1%:*}"
  end_process "$1" "$why"
}

# What hangs below a process is known as long as that is alive. $1: pid:start.
look_below() {
  lives "${1%:*}" "${1#*:}" || return 1
  set -- "$1" "${1%:*}"
  for file in "/proc/$2/task/"*/children; do
    below=
    read -r below <"$file"
    for pid in $below; do
      look "$pid" && [ "$parent" = "$2" ] && deeper="$deeper $pid:$start"
    done
  done
}

signal_member() {
  kill -s "$round" "$1"
  if look "$1" && [ "$state" = T ]; then kill -s CONT "$1"; fi
}

# Whether as many are noted as a stroke is to name, as they cannot be looked at after it; if not, notes nobody.
has_noted() {
  [ "$ended" -lt "$1" ] || return 0
  ended=0 untold='' told=''
  return 1
}

# One stroke of the kernel's, which nothing that forks can outrun. $1: it is put off if it can name fewer than so many.
strike_at_once() {
  [ "$at_once" ] || return 1
  if [ "$cgroup" ]; then
    note_known
    has_noted "${1:-0}" || return 1
    [ -z "$kills" ] || note_members
    struck=' and the rest of its cgroup'
    if [ "$round" = KILL ]; then
      echo 1 >"$cgroup/cgroup.kill"
    else
      with_each_in_cgroup signal_member
    fi
  fi
  if [ "$group" != 0 ] && [ -z "$job$group_is_killed" ] && group_is_ours; then
    note_known "$group"
    has_noted "${1:-0}" || return 1
    [ -z "$kills" ] || note_members
    # Not -s and --, which busybox does not know.
    ! kill "-$round" "-$group" || struck=" and the rest of process group $group"
    if [ "$round" = KILL ]; then group_is_killed=KILL; else kill -CONT "-$group"; fi
  fi
}

# In one stroke where that can be; then those who are known by name.
strike() {
  case $modes in *subreaper*) look_below_all ;; esac
  keep_by_wish $found
  [ -z "$kept" ] || at_once=
  [ -z "$kills" ] || see_known
  strike_at_once
  case $modes in
    *children* | *subreaper*)
      for one in $named; do end_named "$one"; done
      for one in $found; do is_spared "${one%:*}" || end_process "$one" descendant; done
      ;;
  esac
}

# Finds what hangs below those who are known by name, before anybody dies: then nobody could tell whose it was.
look_below_all() {
  generation=$named
  while [ "$generation" ]; do
    deeper=
    for one in $generation; do look_below "$one"; done
    generation=
    for one in $deeper; do
      case "$named $found " in *" $one "*) ;; *) found="$found $one" generation="$generation $one" ;; esac
    done
  done
}

end_member() {
  look "$1" && one=$1:$start && ! is_spared "$1" && end_process "$one" "member of cgroup ${cgroup##*/}"
}

# Those whom a look at every process finds. The sweeper does the same, faster than anything can fork.
strike_others() {
  if [ "$cgroup" ] && [ -z "$at_once" ]; then
    with_each_in_cgroup end_member
  fi
  [ "$mark" != 0 ] || return 1
  sift -ls "^Max file locks  *$mark " /proc/[0-9]*/limits
  marked=
  for file in $sifted; do
    pid=${file#/proc/}
    pid=${pid%/limits}
    look "$pid" && [ "$start" -ge "$born" ] || continue
    # This process and what it has started carry the mark, too.
    case "$sentinels " in *" $pid "* | *" $parent "*) continue ;; esac
    case $modes in *subreaper*) ;; *) [ "$pgrp" = "$group" ] || continue ;; esac
    one=$pid:$start
    ! is_marked "$pid" || marked="$marked $one"
  done
  keep_by_wish $marked
  for one in $marked; do is_spared "${one%:*}" || end_process "$one" 'descendant by its mark'; done
}

# Whether a process holds the ledger open, as nobody does but the worker and what it was about to start.
holds_ledger() {
  for file in "/proc/$1/fd/"*; do
    [ "$file" -ef /proc/self/fd/4 ] && return 0
  done
  return 1
}

# The JDK's helper, caught in the middle of a start, holds all that the worker had open until it becomes the program
# that was asked for; one whose pipe another of them holds open, too, would wait for ever. One whose parent lives is
# that one's: an orphan's is the process that adopts orphans, which is older than the worker.
end_starting() {
  [ "$ledger" != - ] || return 1
  case $modes in *children*) ;; *) return 1 ;; esac
  sift -lsx jspawnhelper /proc/[0-9]*/comm
  for file in $sifted; do
    read -r name <"$file" && [ "$name" = jspawnhelper ] || continue
    pid=${file#/proc/}
    pid=${pid%/comm}
    look "$pid" && [ "$start" -ge "$born" ] && holds_ledger "$pid" || continue
    one=$pid:$start
    look "$parent" && [ "$start" -le "$born" ] && end_process "$one" 'caught in the middle of its start'
  done
}

cgroup_lives() {
  [ "$cgroup" ] && [ "$at_once" ] || return 1
  while read -r key value; do
    [ "$key $value" = 'populated 1' ] && return 0
  done <"$cgroup/cgroup.events"
  return 1
}

group_lives() {
  [ "$group" != 0 ] && [ "$at_once" ] && [ -z "$job" ] && kill -0 "-$group" || return 1
  list_group
  for pid in $listed; do
    # One that may not be signalled is not waited for, and may have started another since the stroke.
    is_in_group "$pid" && ! has_ended && kill "-${group_is_killed:-0}" "$pid" && return 0
  done
  return 1
}

# Ends who is left of a group that was killed in one stroke: that has succeeded if it has reached one member (kill(2)).
find_left() {
  [ "$group_is_killed" ] || return 0
  list_group
  for pid in $listed; do
    is_in_group "$pid" && ! has_ended && one=$pid:$start || continue
    case "$refused $alive " in *" $one "*) continue ;; esac
    is_spared "$pid" || end_process "$one" "member of process group $group"
  done
}

# Waits until all are dead, and no longer than to that time. False if somebody lives.
await() {
  pause=0.01
  while :; do
    living=
    for one in $alive; do
      if lives "${one%:*}" "${one#*:}"; then
        living="$living $one"
      elif [ "$kills" ]; then
        clock
        eval "gone_${one%:*}=$now"
      fi
    done
    alive=$living
    [ "$alive" ] || group_lives || cgroup_lives || return 0
    clock
    [ "$now" -lt "$1" ] || return 1
    nap "$pause"
    pause=0.05
  done
}

# --- The sweeper ------------------------------------------------------------------------------------------------------

# One at a time in a directory; whoever waits hands its ledger over. False if it has been swept meanwhile.
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
    # Where nothing can be written, nobody can be waited for.
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

# Has a short-lived JVM look at every process. False if it could not be run: 3 is its own word that somebody is left.
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
    [ -z "$waited" ] || read_report </proc/self/fd/4
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

# Reads what another's sweeper has done for this worker: it has written that behind the ledger's last slot.
read_report() {
  while read -r line; do
    case $line in 'reaper-agent: '*) heard=$heard$line$newline ;; esac
  done
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

# --- From the worker's death on ---------------------------------------------------------------------------------------

# Says who has been killed: who was hit, and is neither alive nor of those that may not be signalled.
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
  if [ "$refusing" ] && [ "$after" != end ]; then
    say error "not permitted to kill, and left behind: ${refusing#, }"
  fi
  refusing=
}

# Whether only a look at every process can tell who is left.
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
  if [ "$kills" ] && [ -z "$swept" ]; then
    for one in $kept; do
      lives "${one%:*}" "${one#*:}" && see "$one" kept && log_kill "$one" left '' 'kept'
    done
  fi
  if [ "$cgroup" ]; then
    [ -z "$stuck" ] && for line in 1 2 3 4 5 6 7 8 9; do remove_cgroup "$cgroup" && break; [ -d "$cgroup" ] || break; nap 0.02; done
  fi
  if [ "$ledger" != - ]; then
    [ "$forks" ] && [ "$reaper_words" ] || { speak && exec rm -f -- "$ledger"; }
    # Of a shell that cannot fork this is the last.
    trap speak EXIT
    rm -f -- "$ledger"
  fi
  finish_with 0
}

# Begins anew where nothing could be forked: with those dead who are known by name, there may be room for the sweeper.
resume() {
  [ "$stuck" ] && [ "${reaper_resumed:-0}" -lt 20 ] || return 1
  nap 1
  # bash has tried for a quarter of a minute by itself.
  export reaper_words reaper_resumed=$((${reaper_resumed:-0} + ${BASH_VERSION:+9} + 1))
  exec 2>&5 7>&-
  exec "$reaper_shell" -c 'eval "$reaper_sentinel"' reaper-sentinel "$ledger" - "$@"
}

# Nobody is left to look for, or the sweeper has said who is; a ledger that is still there is for the next sweep.
finish_with() {
  trap - EXIT
  speak
  exit "$1"
}

refuse_ledger() {
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

end_everybody() {
  read_ledger "$FEW" || refuse_ledger
  if [ "$kills" ]; then
    # Only a worker that was started with a kill log has given it along.
    if [ "$reaper_kills" ]; then eval "$reaper_kills"; else kills=; fi
  fi
  [ "$modes" != none ] || leave
  if [ "$keep" = keep ]; then
    resume "$@"
    ! try_to_sweep "$@" || finish_with "$swept"
    guess=yes
    say warn "the sweeper cannot do its work${swept:+ (status $swept$reason)}; kept is whatever a name in keep= may mean"
  fi
  find_members
  # Of the named, a stroke hits members only; the others are asked when all are known.
  if [ "$slots" -gt "$FEW" ]; then keep_by_wish $members; else keep_by_wish $named $members; fi
  [ "$spared$kept$guess" != 0 ] || at_once=yes
  alive='' told='' untold='' refused='' found='' proof='' group_is_killed=''
  round=$signal
  [ "$grace" != 0 ] || round=KILL
  if [ "$slots" -gt "$MANY" ]; then
    # A JVM looks at so many faster than a shell can.
    # Whom the sweeper finds dead it does not name in the kill log.
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
    kept="$kept$wished"
    keep_by_wish $named
  fi
  if [ "$grace" != 0 ]; then
    round=$signal
    [ "$deadline" ] || { clock && deadline=$((now + grace / 10)); }
    strike
    await "$deadline"
  fi
  round=KILL
  strike
  end_starting
  clock
  # Ten seconds, and five: nobody waits for this process, and where much dies at once, that takes time.
  await $((now + 1000)) || {
    strike
    clock
    await $((now + 500))
  }
  find_left
  [ -z "$alive" ] || { clock && await $((now + 100)); }
  tell
  if needs_sweeper; then
    resume "$@"
    tries=1 marked=
    until sweep "$@"; do
      strike_others
      clock
      await $((now + 300))
      tell
      ! gives_up || break
      tries=$((tries + 1))
      nap 1
    done
    # Whom the last look has found before the sweeper did.
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
  # Where another has the ledger, or nobody could look, the next sweep may do more.
  [ "$swept" != 5 ] || finish_with 1
  leave
}

finish() {
  introduce
  end_everybody "$@"
}
