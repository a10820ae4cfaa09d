#!/usr/bin/env bash
# Overload in real time, on virtual GPUs: see README.md. The sender has a core of its own, the servers have the others.
#
#   loadtest/paced.sh [--devices 1,4] [--runs 3] [--server NAME=COMMAND]...     (--help says more)
#   loadtest/paced.sh --rivals [--devices 1,4] [--runs 3]      against queues, in real and in virtual time: 6 minutes each
set -euo pipefail

# shellcheck source=loadtest/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"

cores=$(nproc)
if [ "$cores" -gt 1 ] && command -v taskset >/dev/null; then
    # The last core is the sender's, and so is that of everything it starts, unless that moves away.
    taskset -cp "$((cores - 1))" $$ >/dev/null
    away="taskset -c 0-$((cores - 2)) "
else
    echo "paced.sh: no core for the sender alone; the figures say little" >&2
    away=
fi
case " $* " in
*" --rivals "*) run_class overload/RivalsCommand --server "$away$root/loadtest/paced-server.sh" "$@" ;;
*" --server "* | *" --server="* | *" --help "* | *" -h "*) run_class overload/OverloadCommand "$@" ;;
*) run_class overload/OverloadCommand --server "Firstpass=$away$root/loadtest/paced-server.sh" "$@" ;;
esac
