#!/usr/bin/env bash
# How long models are loaded in all, in virtual time, against least-recently-used: see docs/residency.md.
#
#   loadtest/residency.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The launcher builds the server where it is missing or old.
"$root/firstpass" --version >/dev/null

java=
for candidate in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} /usr/lib/jvm/*-25*/bin/java "$(command -v java || :)"; do
    if [ -x "$candidate" ] && "$candidate" -version 2>&1 | grep -q 'version "2[5-9]'; then
        java=$candidate
        break
    fi
done
[ -n "$java" ] || { echo "residency.sh: JDK 25 is missing (set JAVA_HOME to it)" >&2; exit 1; }

exec "$java" -cp "$root/server/target/classes" \
    "$root/server/src/test/java/dev/firstpass/server/runtime/residency/ResidencySimulation.java"
