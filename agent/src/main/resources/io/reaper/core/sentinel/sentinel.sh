# Waits for the end of one worker. Standard input is the lifeline: nobody but the worker holds its
# other end, so the kernel closes it when the worker is gone, however that went.
# Arguments: the worker's process group or 0, the signal, KILL or STOP, the worker's cgroup or nothing,
# and the command that sweeps up the rest.
trap '' TERM INT HUP PIPE
cd /
# All that it ever says: its number, for the ledger.
echo $$ 2>/dev/null
read -r word
[ "$word" = done ] && exit 0
group=$1 signal=$2 cgroup=$3
shift 3
# The lifeline breaks before the last of the worker's threads is gone. Members that are stopped at that moment
# would be sent SIGHUP by the kernel (setpgid(2), orphaned process group), and what hangs below them be lost.
# The group has the worker's number; of a worker that is wholly gone a zombie is left, with one thread, or nothing.
worker_is_gone() {
  for task in "/proc/$1/task/"*; do
    [ "$task" = "/proc/$1/task/$1" ] || [ ! -d "$task" ] || return 1
  done
  read -r stat <"/proc/$1/stat" || return 0
  case ${stat##*)} in " Z"* | " X"*) return 0 ;; esac
  return 1
}
if [ "$signal" = STOP ] && [ "$group" != 0 ]; then
  tries=0
  until worker_is_gone "$group" 2>/dev/null; do
    tries=$((tries + 1))
    # Somebody else has that number by now, or a thread hangs in the kernel: the sweeper looks closer.
    [ "$tries" -lt 100000 ] || { group=0; break; }
  done
fi
# Who may live on is for the sweeper to tell; as long as somebody may, or no grep can tell (not every
# one knows -z), nobody is killed in one stroke.
if { [ "$group" != 0 ] || [ "$cgroup" ]; } && printf 'a\0b\0' | grep -qz '^b$' &&
  [ -z "$(grep -slz '^REAPER_KEEP=true$' /proc/[0-9]*/environ)" ]; then
  if [ "$group" != 0 ]; then
    kill -s "$signal" -- "-$group"
    [ "$signal" = KILL ] || [ "$signal" = STOP ] || kill -s CONT -- "-$group"
  fi
  if [ "$cgroup" ]; then
    if [ "$signal" = KILL ]; then
      echo 1 >"$cgroup/cgroup.kill"
    else
      while read -r pid; do
        kill -s "$signal" "$pid"
        kill -s CONT "$pid"
      done <"$cgroup/cgroup.procs"
    fi
  fi
fi >/dev/null 2>&1
# A child, and not this process itself: a subreaper that kills whom it has adopted, a raylet for one, kills this
# one, and the sweeper goes on. The exit keeps it from being the last command, for which no shell need fork.
"$@" >/dev/null </dev/null
exit
