# The sentinel: waits for the end of one worker, and ends what that leaves behind. It does so with what every POSIX
# shell has built in, as the crash may have taken memory, process slots, the JDK, and every directory.
#
# Arguments: the ledger, or -; cgroup.procs of the cgroup above the worker's, or -; and the command of the sweeper, which
# reads the ledger from its standard input. Variables: reaper_sentinel is this script, reaper_end the one that ends
# everybody, reaper_header what the ledger's header said at the start, reaper_shell the shell, reaper_resumed how often
# this process has begun anew.
# Descriptors: 0 the lifeline, whose other end only the worker holds; 1 tells the worker of this process's end;
# 4 the ledger; 5 the worker's stderr; 6 /proc/WORKER/stat, which tells of that very process, whoever has its number;
# 7 both ends of the lifeline, when the worker's is closed.
ledger=$1 procs=$2
shift 2
newline='
'
# Up to so many processes are read before the kernel's stroke, and beyond so many a JVM is faster than a shell.
FEW=16 MANY=160

# --- One process ------------------------------------------------------------------------------------------------------

# Reads a file /proc/PID/stat. What follows the name, which may hold anything, line breaks too, starts after the last
# parenthesis (proc(5)).
read_stat() {
  text=
  while read -r line; do text=$text$line; done <"$1"
  name=${text#*\(}
  name=${name%)*}
  set -- ${text##*) }
  state=$1 parent=$2 pgrp=$3 session=$4 threads=${18} start=${20}
  [ "$start" ]
}

look() {
  read_stat "/proc/$1/stat"
}

# A zombie is the last of the process that was looked at, unless other threads of it still run (pthread_exit(3)).
has_ended() {
  case $state in Z | X) [ "$threads" -le 1 ] ;; *) false ;; esac
}

# Whether the process of that number and that start time runs.
lives() {
  look "$1" && [ "$start" = "$2" ] && ! has_ended
}

# Whether kill(2) says of a number what it says of one above any pid: no such process. Not permitted is no death.
is_gone() {
  ask 4194305 && missing=$line && ask "$1" && [ "$line" = "$missing" ]
}

# Hears through the lifeline, which takes no fork, why a number cannot be signalled: dash adds an empty line to that.
ask() {
  line=
  ! kill -0 "$1" 2>&7 || return 1
  until [ "$line" ]; do read -r line <&7 || return 1; done
  line=${line##*[:-] }
}

# Whether the worker is wholly gone: its stat cannot be read, its number cannot be signalled, as /proc may hide it
# (hidepid, proc(5); a JVM with file capabilities, for one), though not from the holder of its open file, and another file
# can be read, as the look itself may fail.
worker_is_dead() {
  if read_stat /proc/self/fd/6 || look "$worker"; then
    [ "$start" != "$born" ] || has_ended
  else
    ! kill -0 "$worker" && look self && { [ -h /proc/self/fd/6 ] || is_gone "$worker"; }
  fi
}

# Hundredths of a second since boot. In the first second it stands still: a number that begins with 0 is octal.
clock() {
  earlier=$now now=
  read -r now line </proc/uptime
  case $now in
    ?*.*)
      case $now in 0.*) now=1.00 ;; esac
      now=${now%.*}${now#*.}
      now=$((now + ahead))
      ;;
    # /proc may show nothing but processes (proc(5), subset=pid). One that starts now tells what time it is.
    *)
      if [ "$BASH_VERSION" ]; then
        now=$((SECONDS * 100))
      elif [ "$forks" ]; then
        now=$(look self && echo "$start")
      else
        now=$((earlier + 1))
      fi
      ;;
  esac
}

# Sleeps for so many seconds; where nothing can be forked, looks at the clock, and not for so long.
nap() {
  if [ "$BASH_VERSION" ]; then
    read -r -t "$1" line <&7
  elif [ "$forks" ]; then
    # Not everywhere does it take a fraction (sleep(1p)).
    sleep "$1" || sleep 1
  else
    clock
    case $1 in 0*) awake=$((now + 3)) ;; *) awake=$((now + 20)) ;; esac
    while [ "$now" -lt "$awake" ]; do clock; done
  fi
}

# Sleeps for so long as $pause says, and longer at each further call. A nap is the start of a program, and where hundreds
# of sentinels take many, those that are to die hardly get the processor.
nap_longer() {
  nap "$pause"
  case $pause in
    0.02) pause=0.05 ;;
    0.05) pause=0.1 ;;
    0.1) pause=0.2 ;;
    0.2) pause=0.5 ;;
    *) pause=1 ;;
  esac
}

# --- The ledger -------------------------------------------------------------------------------------------------------

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
      value=,$value
      case $value in
        *,keep=*)
          names=${value#*,keep=}
          names=${names%%,*}
          ;;
      esac
      case $value in
        *,kill-log=*)
          kills=${value#*,kill-log=}
          kills=${kills%%,*}
          ;;
      esac
      return 0
      ;;
    'main '*) main=$value && return 0 ;;
    # Where nothing has been given, read(1) has taken the blank at the end, too.
    'numbers '* | main | options) return 0 ;;
  esac
  set -- $1
  case $1 in
    reaper-agent) [ "$2 $3" = 'ledger 5' ] ;;
    slots) are_numbers "$2" "$3" && slots=$2 spared=$3 ;;
    worker) are_numbers "$2" "$3" && [ "$2" -gt 1 ] && [ "${worker:-$2} ${born:-$3}" = "$2 $3" ] && worker=$2 born=$3 ;;
    # A group of the worker's own has the worker's number; anything else would be kill(2)'s for everybody. A job's number
    # may be any, and others are in it: it gets no signal as a whole.
    group)
      are_numbers "$2" "$3" || return 1
      case $2-$4 in 0-job) return 1 ;; 0- | "$worker-" | *-job) group=$2 workers_session=$3 job=$4 ;; *) return 1 ;; esac
      ;;
    mark) are_numbers "$2" && mark=$2 ;;
    do) are_numbers "$4" && modes=$2 signal=$3 grace=$4 level=$5 keep=$6 wishes=$7 after=$8 ;;
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
}

read_slots() {
  while read -r line && [ "$line" != end ]; do
    take "$line" || return 1
  done
  [ "$line" = end ] || return 1
  while [ "$count" -lt "$slots" ] && [ "$count" -lt "$1" ]; do
    read -r kind pid birth why || return 1
    count=$((count + 1))
    [ -z "$kind" ] && continue
    are_numbers "$pid" "$birth" && [ "$pid" -gt 1 ] || return 1
    case $kind in
      kept) kept="$kept $pid:$birth" ;;
      bystander) bystanders="$bystanders $pid:$birth" ;;
      child | adopted | descendant)
        named="$named $pid:$birth"
        case $kind in child) kind='recorded child' ;; adopted) kind='adopted orphan' ;; esac
        case $kind-$why in *-) ;; recorded*) kind="started by $why" ;; *) kind="$kind of a child started by $why" ;; esac
        eval "why_$pid=\$kind"
        ;;
      *) return 1 ;;
    esac
  done
}

announce() {
  [ "$ledger" = - ] || printf 'reaper-agent ledger 5 %s %7s %19s\n' "$1" "$me" "$my_start" 1<>/proc/self/fd/4
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

# --- Until the worker is dead -----------------------------------------------------------------------------------------

# Whether the worker has a new sentinel: one that has been restarted by execve(2) starts its own. A directory that has been
# removed may be another user's by now, with a FIFO in it.
is_relieved() {
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
    ! is_relieved || exit 0
  done
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
  trap 'forks= stuck=yes; await_death; end_everybody "$@"' EXIT
  if [ "$BASH_VERSION" ]; then
    # bash tries for a quarter of a minute to fork before it says that it cannot: only for the sweeper.
    forks=
    await_death
    end_everybody "$@"
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
[ "$how" != stay ] || watch "$@"
exec 3<&0
watch "$@" <&3 3<&- &
