# The sentinel, one script from the files of this directory. It waits for the end of one worker, and ends what that leaves
# behind, with what every POSIX shell has built in, as the crash may have taken memory, process slots, the JDK, and every
# directory.
#
# Arguments: the ledger, or -; cgroup.procs of the cgroup above the worker's, or -; and the command of the sweeper, which
# reads the ledger from its standard input. Variables: reaper_sentinel is this script, reaper_end the one that ends
# the processes, reaper_header what the ledger's header said at the start, reaper_shell the shell, reaper_resumed how often
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

# Whether a process lives, or may, as no file can be opened at all (open(2), ENFILE). $1: pid:start.
may_live() {
  lives "${1%:*}" "${1#*:}" || ! look self
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
        [ "$now" ] || now=$((earlier + 1))
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
    LC_ALL=C sleep "$1" || sleep 1
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
