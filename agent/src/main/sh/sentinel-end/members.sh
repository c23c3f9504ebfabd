# How the sentinel finds which processes are the worker's, and which of them are to be spared.

is_in_group() {
  look "$1" && [ "$pgrp" = "$group" ] && [ "$session" = "$workers_session" ] && [ "$start" -ge "$born" ]
}

# Finds which of these files may hold a text; all of them where grep has not come to the last, its own, or not opened one,
# for want of memory or, in the whole system, of descriptors (open(2), ENFILE).
# In any other locale than C a program reads two dozen files first, and takes bytes for letters that may be none.
# $1: grep's options, $2: the text, then the files.
sift() {
  options=$1 wanted=$2 grepped=
  shift 2
  sifted=$*
  [ "$forks" ] || return 0
  line=$(LC_ALL=C grep "$options" -e "$wanted" -e '^Tgid:.*' "$@" /proc/self/status 2>&1)
  case $line in
    */proc/self/status) ! has_opened_all "$line" || take_files "${line%/proc/self/status}" ;;
  esac
}

# Whether what grep has said, its errors among it, is of all files that there are.
has_opened_all() {
  case $1 in *'open files'* | *emory*) return 1 ;; esac
}

# Takes the names of files from what grep has said; in an error there is a colon behind.
take_files() {
  sifted='' grepped=yes
  for file in $1; do
    case $file in /proc/*/*[!:]) sifted="$sifted $file" ;; esac
  done
}

# Finds the members of the group.
list_group() {
  sift -l ") [A-Za-z] [0-9]* $group $workers_session " /proc/[0-9]*/stat
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

# Finds the members of the group and the cgroup, which are not all known by name, and hardly any other: others may ask to
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
  for one; do add_environ "${one%:*}"; done
  if [ "$forks" ] && [ "$greps" != no ]; then
    # Not every grep knows -z; one that does finds what it has in its own environment, too.
    greps=no
    asked=$(LC_ALL=C reaper_probe=$me grep -lz -e '^REAPER_KEEP=tru[e]$' -e "^reaper_probe=$me\$" $files /proc/self/environ 2>&1)
    for file in $asked; do
      case $file in
        /proc/self/environ) greps=yes ;;
        /proc/*/environ) keep_younger "$file" ;;
      esac
    done
    [ "$greps" = no ] || ! has_opened_all "$asked" || return 0
  fi
  for file in $files; do
    keep_younger "$file" || continue
    while read -r line || [ "$line" ]; do
      case $line in *REAPER_KEEP=tru[e]*) continue 2 ;; esac
    done <"$file" || {
      # Where no file can be opened at all (open(2), ENFILE), what it asks for is not known.
      look self || continue
    }
    kept=${kept% *}
  done
}

# Adds the file with the environment of a process, or of a thread of it, as the first may have ended (pthread_exit(3)). In
# the middle of execve(2) none shows anything, and what the process asks for is known a moment later. $1: pid.
add_environ() {
  files="$files /proc/$1/environ" doubts=0
  until shows "/proc/$1/cmdline" "/proc/$1/environ"; do
    for file in "/proc/$1/task/"*/environ; do
      shows "$file" && files="$files $file" && return 0
    done
    look "$1" && ! has_ended || return 0
    if [ "$doubts" = 50 ]; then
      kept="$kept $1:$start"
      say warn "process $1 is left alone: /proc shows no environment of it, and it may be one to keep"
      return 0
    fi
    doubts=$((doubts + 1))
    nap 0.02
  done
}

# Whether there is anything in one of these files.
shows() {
  for shown; do
    line=
    read -r line <"$shown"
    [ -z "$line" ] || return 0
  done
  return 1
}

# Keeps a process that is not older than the worker. $1: /proc/PID/environ, or a thread's.
keep_younger() {
  pid=${1#/proc/}
  pid=${pid%%/*}
  look "$pid" && [ "$start" -ge "$born" ] && kept="$kept $pid:$start"
}

# Adds to the words of keep= what links among them lead to, as the kernel names a file by its own path.
resolve_names() {
  rest=$names:
  while [ "$rest" ]; do
    word=${rest%%:*}
    rest=${rest#*:}
    case $forks$word in yes/*) line=$(LC_ALL=C readlink -f -- "$word") && [ "$line" ] && names=$names:$line ;; esac
  done
}

# Whether a word of keep= stands anywhere in a text, or is the program of a process. $1: the text, $2: pid, or nothing.
holds_name() {
  rest=$names:
  while [ "$rest" ]; do
    word=${rest%%:*}
    rest=${rest#*:}
    case $1 in *"${word##*/}"*) return 0 ;; esac
    [ -z "$2" ] || [ ! "/proc/$2/exe" -ef "$word" ] || return 0
  done
  return 1
}

# Whether keep= may mean the process that was looked at. Only the sweeper knows; where it cannot be run, a name in the
# command, or among the files that a process maps, its executable for one, is enough. What is as old as the worker is not
# below it, and may name keep= on its way to start it. $1: pid.
may_be_meant() {
  [ "$guess" ] && [ "$start" -gt "$born" ] || return 1
  ! holds_name "$name" "$1" || return 0
  for file in "/proc/$1/cmdline" "/proc/$1/maps"; do
    while read -r line || [ "$line" ]; do
      ! holds_name "$line" || return 0
    done <"$file" || look self || return 0
  done
  return 1
}

# Whether a process is not to be touched: it is kept or a bystander, or hangs below one.
is_spared() {
  [ "$kept$bystanders$guess" ] || return 1
  above=$1 under=
  while [ "$above" -gt 1 ]; do
    if ! look "$above"; then
      # Where no file can be opened at all (open(2), ENFILE), whose it is is not known.
      look self || return 0
      # What ends leaves no child behind: a parent that cannot be looked at is hidden (hidepid, proc(5)), and may be kept.
      [ "$under" ] && look "$under" || return 1
      if [ "$parent" = "$above" ]; then
        ! is_above_me
        return "$?"
      fi
      # It has ended, and another has adopted its child.
      above=$parent
      continue
    fi
    # Zero is the start of one that could not be looked at when it was entered.
    case "$kept$bystanders " in *" $above:$start "* | *" $above:0 "*) return 0 ;; esac
    over=$parent
    if may_be_meant "$above"; then
      kept="$kept $above:$start"
      return 0
    fi
    under=$above above=$over
  done
  return 1
}

# Whether what $above names is what this process hangs below, too, as an adopter of orphans is.
is_above_me() {
  look self || return 1
  while [ "$parent" -gt 1 ] && [ "$parent" != "$above" ]; do look "$parent" || return 1; done
  [ "$parent" = "$above" ]
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
  # The one that proves it may be among those of the ledger that are still to be read.
  if [ "$unproven" ] && [ "$count" -ge "$slots" ]; then
    say warn "process group $group may be another's by now, and is left alone"
    group=0
  fi
  return 1
}
