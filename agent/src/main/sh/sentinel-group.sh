# The sentinel of a process group where there is no /proc: kills its own group when the worker is dead. $1: the worker, which
# leads the group. Standard input: the lifeline, whose other end only the worker holds.
trap '' TERM INT HUP QUIT PIPE
LC_ALL=C
export LC_ALL
while read -r line; do
  [ "$line" != 'done' ] || exit 0
done
# The end of the lifeline is a hint: execve(2) closes it, too. A refusal (kill(2), EPERM) is the answer of one that lives.
looks=0
while :; do
  case $(kill -s 0 "$1" 2>&1) in *[Nn]'o such process'*) break ;; esac
  looks=$((looks + 1))
  # It does not know what a worker that lives on wants to be spared.
  [ "$looks" -lt 50 ] || exit 0
  sleep 0.02
done
# Zero stands for the caller's own group (kill(2)).
kill -s KILL 0
