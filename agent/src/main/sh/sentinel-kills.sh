# What the sentinel of a worker with a kill log does beside sentinel-end.sh: writes there a line of JSON for each process,
# as KillLog does. Where nothing can be forked, the command of a process is not known.

# Ranges of letters are those of ASCII.
LC_ALL=C

# Makes text fit for a string of JSON.
quote() {
  quoted='' rest=$1
  while [ "$rest" ]; do
    line=${rest%%[\"\\[:cntrl:]]*}
    quoted=$quoted$line rest=${rest#"$line"}
    case $rest in
      \"*) quoted="$quoted\\\"" ;;
      \\*) quoted="$quoted\\\\" ;;
      ?*) quoted="$quoted?" ;;
    esac
    rest=${rest#?}
  done
}

# Tells the day by the time of boot, from date(1) or, where that cannot be run, from the kernel. A year begins in March
# there, so that the odd day of a leap year is its last.
tell_day() {
  clock
  if [ -z "$booted" ]; then
    [ -z "$forks" ] || booted=$(date +%s)
    if are_numbers "$booted"; then
      booted=$((booted - now / 100))
    else
      while read -r line booted rest && [ "$line" != btime ]; do :; done </proc/stat
    fi
  fi
  value=$((booted + now / 100))
  line=$((value / 86400 + 719468)) second=$((value % 86400))
  year=$((line / 146097 * 400)) line=$((line % 146097))
  rest=$(((line - line / 1460 + line / 36524 - line / 146096) / 365))
  year=$((year + rest)) line=$((line - (365 * rest + rest / 4 - rest / 100)))
  rest=$(((5 * line + 2) / 153))
  day=$((line - (153 * rest + 2) / 5 + 1)) month=$((rest < 10 ? rest + 3 : rest - 9))
  [ "$month" -gt 2 ] || year=$((year + 1))
}

# Joins the modes as Java does.
tell_modes() {
  words=$IFS IFS=,
  set -- $modes
  IFS=+
  joined="$*"
  IFS=$words
}

# Sees what can be seen no more when a process is dead. $1: pid:start, of the one that was looked at last, $2: why it is
# the worker's.
see() {
  case "$seen " in *" $1 "*) return 0 ;; esac
  seen="$seen $1" pid=${1%:*} memory=0 words=''
  clock
  eval "first_$pid=$now age_$pid=$(((now - ${1#*:}) * 10)) reason_$pid=\$2 parent_$pid=\$parent"
  while read -r line value rest; do
    [ "$line" != VmRSS: ] || { memory=$((value * 1024)) && break; }
  done <"/proc/$pid/status"
  # Between the words there is NUL, which no shell but bash reads.
  if [ "$forks" ]; then
    words=$(head -c 1000 "/proc/$pid/cmdline" | tr -c '!-~' ' ')
  elif [ "$BASH_VERSION" ]; then
    while read -r -d '' line || [ "$line" ]; do words="$words$line "; done <"/proc/$pid/cmdline"
    words=${words:0:1000}
    words=${words//[! -~]/ }
  fi
  quote "${words% }"
  clean "$name"
  eval "name_$pid=\$cleaned memory_$pid=\$memory words_$pid=\$quoted"
}

# Sees the processes that are known by name before any dies: an orphan's parent is another.
see_known() {
  for one in $named; do
    case "$seen " in *" $one "*) continue ;; esac
    lives "${one%:*}" "${one#*:}" && eval "see $one \"\$why_${one%:*}\""
  done
  for one in $found; do
    case "$seen " in *" $one "*) continue ;; esac
    lives "${one%:*}" "${one#*:}" && see "$one" descendant
  done
}

# Writes a line as KillLog does. $1: pid:start, $2: killed or left, $3: the last signal, $4: why it was left.
log_kill() {
  case "$logged " in *" $1 "*) return 0 ;; esac
  logged="$logged $1" pid=${1%:*} by='' worker_end=crash
  if [ ! -e "$kills" ]; then
    # Rotated away. A FIFO that is put there meanwhile is not opened.
    set -C
    printf '' >"$kills"
    set +C
  fi
  [ -f "$kills" ] && [ -w "$kills" ] || return 1
  [ "$after" != end ] || worker_end=orderly
  if [ -z "$host" ]; then
    read -r line </proc/sys/kernel/hostname
    clean "$line"
    host=$cleaned
    quote "$main"
    main_quoted=$quoted
    tell_modes
  fi
  tell_day
  eval "why=\$reason_$pid first=\$first_$pid age=\$age_$pid memory=\$memory_$pid name=\$name_$pid words=\$words_$pid above=\$parent_$pid"
  eval "gone=\${gone_$pid:-$now}"
  case $why in *'started by '*) by=${why#*started by } ;; esac
  quote "$by"
  by=$quoted
  quote "$why"
  # One write, so that lines of several processes do not mix.
  printf '{"time":"%04d-%02d-%02dT%02d:%02d:%02dZ","host":"%s","by":"sentinel","worker_pid":%s,"worker_start":%s,"worker_main":"%s","worker_jdk":"%s","worker_modes":"%s","agent_version":"%s","worker_end":"%s","result":"%s","pid":%s,"parent_pid":%s,"child_pid":0,"name":"%s","command":"%s","age_ms":%s,"memory_bytes":%s,"reason":"%s","started_by":"%s","signal":"%s","took_ms":%s,"why_left":"%s"}\n' \
    "$year" "$month" "$day" $((second / 3600)) $((second / 60 % 60)) $((second % 60)) "$host" "$worker" "$born" \
    "$main_quoted" "$reaper_jdk" "$joined" "$reaper_version" "$worker_end" "$2" "$pid" "$above" "$name" "$words" \
    "$age" "$memory" "$quoted" "$by" "$3" $(((gone - first) * 10)) "$4" >>"$kills"
}

# Writes of those that were signalled and are dead, and of those that may not be signalled.
log_kills() {
  for one in $told; do
    lives "${one%:*}" "${one#*:}" && continue
    eval "value=\$last_${one%:*}"
    log_kill "$one" killed "$value"
  done
  for one in $refused; do
    lives "${one%:*}" "${one#*:}" && log_kill "$one" left '' 'could not be signalled: Operation not permitted'
  done
}

note_member() {
  look "$1" && ! has_ended && note "$1:$start" "member of cgroup ${cgroup##*/}"
}

# Sees all members of what is about to be hit by a stroke.
note_members() {
  [ -z "$cgroup" ] || with_each_in_cgroup note_member
  [ "$group" != 0 ] && [ -z "$job" ] || return 0
  for one in $members; do
    is_in_group "$one" && ! has_ended || continue
    note "$one:$start" "member of process group $group"
  done
}
