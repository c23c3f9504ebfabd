# How the sentinel ends processes, and waits until they have ended.

# Sends the signal of this round to a process, if it is still that one. $1: pid:start, $2: why it is the worker's.
end_process() {
  pid=${1%:*}
  lives "$pid" "${1#*:}" || return 1
  if [ "$kills" ]; then
    see "$1" "$2"
    lives "$pid" "${1#*:}" || return 1
  fi
  if { is_hit && kill -0 "$pid"; } || kill -s "$round" "$pid"; then
    [ "$round" = KILL ] || [ "$state" != T ] || kill -s CONT "$pid"
  elif lives "$pid" "${1#*:}"; then
    # Not permitted (kill(2), EPERM), which waiting does not change.
    refuse "$1" "$2"
    return 1
  else
    return 1
  fi
  case "$alive " in *" $1 "*) ;; *) alive="$alive $1" ;; esac
  # It may have been another user's until now.
  case "$refused " in *" $1 "*) refused="${refused%% "$1"*}${refused#* "$1"}" ;; esac
  note "$1" "$2"
}

# Names the process that was looked at last as one that may not be signalled. $1: pid:start, $2: why it is the worker's.
refuse() {
  case "$refused " in *" $1 "*) return 0 ;; esac
  clean "$name"
  name="${cleaned}[${1%:*}] ($2)"
  refused="$refused $1"
  eval "refused_${1%:*}=\$name"
}

# Notes the process that was looked at last among those that are ended.
note() {
  [ -z "$kills" ] || eval "last_${1%:*}=${round#0}"
  case "$told " in *" $1 "*) return 0 ;; esac
  [ -z "$kills" ] || see "$1" "$2"
  told="$told $1" untold="$untold $1" ended=$((ended + 1))
  [ "$ended" -gt 10 ] && return 0
  clean "$name"
  name="${cleaned}[${1%:*}] ($2)"
  eval "said_${1%:*}=\$name"
}

# Notes the processes that are known by name and that a stroke is about to hit, as many as are told of. $1: the group, or
# nothing.
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

# Whether the process that was looked at last has been sent the polite signal by a stroke: to many programs a second one
# says that they are to leave all as it is.
is_hit() {
  [ "$round" != KILL ] || return 1
  case "$hit " in *" $pid:$start "*) return 0 ;; esac
  [ "$group_is_hit" ] && [ "$pgrp" = "$group" ] && [ "$session" = "$workers_session" ]
}

# What cannot be looked at may have ended, and its number be another's.
signal_member() {
  look "$1" || return 1
  is_hit || kill -s "$round" "$1"
  hit="$hit $1:$start"
  [ "$state" != T ] || kill -s CONT "$1"
}

# Takes one member for a proof that the stroke has hit any.
prove() {
  [ "$proof" ] || { look "$1" && ! has_ended && proof=" $1:$start"; }
}

# Enters that processes are about to be asked: not before, as until then this process may end for want of a fork.
begin_to_ask() {
  [ "$round" = KILL ] || enter_stage begun
}

# Whether as many are noted as a stroke is to name, as they cannot be looked at after it; if not, notes none.
has_noted() {
  [ "$ended" -lt "$1" ] || return 0
  ended=0 untold='' told=''
  return 1
}

# One stroke of the kernel's, which nothing that forks can outrun. $1: it is put off if it can name fewer than so many.
strike_at_once() {
  [ "$at_once" ] || return 1
  if [ "$group" != 0 ] && [ -z "$job$group_is_killed" ] && group_is_ours; then
    note_known "$group"
    has_noted "${1:-0}" || return 1
    [ -z "$kills" ] || note_members
    begin_to_ask
    # Not -s and --, which busybox does not know.
    ! kill "-$round" "-$group" || struck=" and the rest of process group $group"
    if [ "$round" = KILL ]; then group_is_killed=KILL; else kill -CONT "-$group" && group_is_hit=yes; fi
  fi
  if [ "$cgroup" ]; then
    note_known
    has_noted "${1:-0}" || return 1
    [ -z "$kills" ] || note_members
    [ "$untold" ] || with_each_in_cgroup prove
    begin_to_ask
    { [ "$round" = KILL ] && echo 1 >"$cgroup/cgroup.kill"; } || with_each_in_cgroup signal_member
    struck=' and the rest of its cgroup'
  fi
}

# In one stroke where that can be; then one by one those that are known by name.
strike() {
  case $modes in *subreaper*) look_below_all ;; esac
  keep_by_wish $found
  # What has asked to be kept since the polite signal is no part of "the rest".
  [ -z "$kept" ] || at_once='' struck=''
  [ -z "$kept$guess" ] || await_no_kept
  [ -z "$kills" ] || see_known
  strike_at_once
  begin_to_ask
  case $modes in
    *children* | *subreaper*)
      for one in $named; do end_named "$one"; done
      for one in $found; do is_spared "${one%:*}" || end_process "$one" descendant; done
      ;;
  esac
}

# Finds what hangs below the processes that are known by name, before any of them dies: afterwards nothing tells whose it
# was.
look_below_all() {
  generation="$named$found"
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

# Ends the members of a cgroup one by one, as not all of them are to be hit.
end_members() {
  [ "$cgroup" ] && [ -z "$at_once" ] || return 0
  members=
  with_each_in_cgroup add_member
  keep_by_wish $members
  for pid in $members; do end_member "$pid"; done
}

# Ends those that a look at every process finds. The sweeper does the same, faster than anything can fork.
strike_others() {
  end_members
  [ "$mark" != 0 ] || return 1
  sift -l "^Max file locks  *$mark " /proc/[0-9]*/limits
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
  [ -z "$kept$guess" ] || await_no_kept
  for one in $marked; do is_spared "${one%:*}" || end_process "$one" 'descendant by its mark'; done
}

# Asks them first, as the sweeper would have, unless it has done so and was killed in their grace.
ask_others() {
  [ "$grace" != 0 ] && [ -z "$others_are_asked" ] || return 0
  others_are_asked=yes round=${polite:-0}
  while read -r line && [ "${line%% *}" != 'do' ]; do :; done </proc/self/fd/4
  case $line in *' asked') round=0 ;; esac
  enter_stage begun
  strike_others
  clock
  await $((now + grace / 10))
  enter_stage crash
  round=KILL
}

# Whether a process holds the ledger open, as only the worker does, and what it was about to start.
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
  [ "$ledger" != - ] && [ "$starting" != 0 ] || return 1
  case $modes in *children*) ;; *) return 1 ;; esac
  sift -lx jspawnhelper /proc/[0-9]*/comm
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
  ! look self
}

group_lives() {
  [ "$group" != 0 ] && [ "$at_once" ] && [ -z "$job" ] && kill -0 "-$group" || return 1
  list_group
  for pid in $listed; do
    # One that may not be signalled is not waited for, and may have started another since the stroke.
    is_in_group "$pid" && ! has_ended && kill "-${group_is_killed:-0}" "$pid" && return 0
  done
  ! look self
}

# Ends what is left of those that were hit in one stroke. A signal to a group has succeeded if it has reached one member
# (kill(2)); and where one has asked to be kept since the polite signal, the last was no stroke.
find_left() {
  [ -z "$hit" ] || end_members
  [ "$group_is_killed" ] || { [ "$group_is_hit" ] && group_is_ours; } || return 0
  list_group
  [ "$group_is_killed" ] || keep_by_wish $listed
  for pid in $listed; do
    is_in_group "$pid" && ! has_ended && one=$pid:$start || continue
    case "$refused $alive " in *" $one "*) continue ;; esac
    is_spared "$pid" || end_process "$one" "member of process group $group"
  done
}

# Waits no more for those that are kept by now.
await_no_kept() {
  living=
  for one in $alive; do is_spared "${one%:*}" || living="$living $one"; done
  alive=$living
}

# Waits until all are dead, and no longer than to that time. False if one lives.
await() {
  pause=0.01
  while :; do
    living=
    for one in $alive; do
      if may_live "$one"; then
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
