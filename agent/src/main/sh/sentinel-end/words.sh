# What the sentinel does when the worker is dead: the files of this directory, as one script. It is read at that moment,
# with the functions and the descriptors of the other directory: until then it would only take memory. No plain return:
# in what trap does, that is the status of before (return(1p)).
#
# How the sentinel says what it does.

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

# Writes to the worker's stderr, last of all: a write to a full pipe that is no longer read never ends.
speak() {
  [ -z "$reaper_words" ] || printf '%s' "$reaper_words" >&5
  reaper_words=
}
