# How the sentinel reads the ledger.

are_numbers() {
  for word; do
    case $word in '' | *[!0-9]*) return 1 ;; esac
  done
}

# Takes one line of the header. False if the agent does not write such a line.
take() {
  value=${1#* }
  case $1 in
    'log-file '*) log=${value#-} && return 0 ;;
    'cgroup '*)
      # Nothing but a leaf that the agent has made for this very worker.
      case $value in - | /*"/reaper-$worker-$born") cgroup=${value#-} && return 0 ;; esac
      return 1
      ;;
    'options '*)
      value=,$value names='' kills=''
      case $value in
        *,keep=*)
          names=${value#*,keep=}
          names=${names%%,*}
          ;;
      esac
      case $value in
        *,kill-log=*)
          # Only a worker that was started with a kill log has given along what writes one.
          [ -z "$reaper_kills" ] || kills=${value#*,kill-log=}
          kills=${kills%%,*}
          ;;
      esac
      return 0
      ;;
    'main '*) main=$value && return 0 ;;
    # Two containers that share a directory can each have a worker of that pid and that start time.
    'numbers '*) [ "${space:-$1}" = "$1" ] && space=$1 && return 0 || return 1 ;;
    # Where nothing has been given, read(1) has taken the blank at the end, too.
    main) return 0 ;;
    options) names='' kills='' && return 0 ;;
  esac
  set -- $1
  case $1 in
    reaper-agent) [ "$2 $3" = 'ledger 6' ] ;;
    slots) are_numbers "$2" "$3" "$4" && slots=$2 spared=$3 starting=$4 ;;
    worker) are_numbers "$2" "$3" && [ "$2" -gt 1 ] && [ "${worker:-$2} ${born:-$3}" = "$2 $3" ] && worker=$2 born=$3 ;;
    # A group of the worker's own has the worker's number; anything else would be kill(2)'s for every process. A job's number
    # may be any, and others are in it: it gets no signal as a whole.
    group)
      are_numbers "$2" "$3" || return 1
      case $2-$4 in 0-job) return 1 ;; 0- | "$worker-" | *-job) group=$2 workers_session=$3 job=$4 ;; *) return 1 ;; esac
      ;;
    mark) are_numbers "$2" && mark=$2 ;;
    do)
      are_numbers "$4" && modes=$2 signal=$3 grace=$4 level=$5 keep=$6 wishes=$7 after=$8 || return 1
      polite=$signal
      # Who asked before was killed: only the grace is left. One who did what this process does knew no others.
      case $after in
        asked) after=crash signal=0 polite='' ;;
        begun) after=crash signal=0 ;;
        end) polite='' ;;
      esac
      ;;
    *) false ;;
  esac
}

# Reads what the ledger says now; where there is none, what it said at the start. $1: how many processes at the most.
read_ledger() {
  named='' kept='' bystanders='' count=0
  if [ "$ledger" != - ]; then
    read_slots "$1" </proc/self/fd/4
    return "$?"
  fi
  text=$reaper_header
  while [ "${text%%"$newline"*}" != end ]; do
    take "${text%%"$newline"*}" || return 1
    text=${text#*"$newline"}
  done
  text=${text#*"$newline"}
  while [ "$count" -lt "$slots" ]; do
    take_slot ${text%%"$newline"*} || return 1
    text=${text#*"$newline"}
  done
}

read_slots() {
  while read -r line && [ "$line" != end ]; do
    take "$line" || return 1
  done
  [ "$line" = end ] || return 1
  while [ "$count" -lt "$slots" ] && [ "$count" -lt "$1" ]; do
    read -r kind pid birth why || return 1
    take_slot "$kind" "$pid" "$birth" "$why" || return 1
  done
}

# $1: what a process is to the worker, or nothing in an empty slot; $2: its pid, $3: its start time, $4: what started it.
take_slot() {
  count=$((count + 1))
  [ "$1" ] || return 0
  are_numbers "$2" "$3" && [ "$2" -gt 1 ] || return 1
  case $1 in
    kept) kept="$kept $2:$3" && return 0 ;;
    bystander) bystanders="$bystanders $2:$3" && return 0 ;;
    child) kind='recorded child' ;;
    adopted) kind='adopted orphan' ;;
    descendant) kind=descendant ;;
    *) return 1 ;;
  esac
  named="$named $2:$3"
  case $kind-$4 in *-) ;; recorded*) kind="started by $4" ;; *) kind="$kind of a child started by $4" ;; esac
  eval "why_$2=\$kind"
}

announce() {
  [ "$ledger" = - ] || printf 'reaper-agent ledger 6 %s %7s %19s\n' "$1" "$me" "$my_start" 1<>/proc/self/fd/4
}

# Enters how far this work has come, for whoever has to go on in this process's place. $1: begun while processes that it
# has sent the polite signal may be alive, else crash.
enter_stage() {
  [ "$ledger" != - ] && [ "$polite" ] && [ "$1" != "$stage" ] || return 0
  stage=$1
  {
    while read -r line && [ "${line%% *}" != mark ]; do :; done
    printf 'do %s %s %s %s %s %s %s\n' "$modes" "$polite" "$grace" "$level" "$keep" "$wishes" "$1"
  } 0<>/proc/self/fd/4 1<&0
}

# Enters this process in the ledger as the sentinel that it belongs to.
introduce() {
  look self || exit 2
  me=${text%% *} my_start=$start ahead=0
  # A container may be shown its own time (lxcfs), by which this process has not started yet.
  clock
  [ "$now" -ge "$my_start" ] || ahead=$((my_start - now))
  sentinels="$sentinels $me"
  announce sentinel
}
