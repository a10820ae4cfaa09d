#!/usr/bin/env bash
# What requests cost a server of this tree, with tokens asked for, beside one of another tree, without: see README.md.
#
#   loadtest/against.sh OTHER_TREE [PAIRS [SECONDS]]     (default: 12 pairs of 1 second for each figure)
#
# OTHER_TREE is a checkout of another state, whose launcher builds it where it is not built.
set -euo pipefail

[ $# -ge 1 ] || { sed -n 's/^#  *loadtest/usage: loadtest/p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
other=$(cd "$1" && pwd)
shift
target=$root/server/target
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT

# The launchers build what is missing or old.
"$root/firstpass" --version >/dev/null
"$other/firstpass" --version >/dev/null

# shellcheck source=loadtest/jdk.sh
. "$root/loadtest/jdk.sh"

sources=$root/loadtest/src/main/java
"$(dirname "$java")/javac" -proc:none -d "$classes" -cp "$target/classes:$target/lib/*" -sourcepath "$sources" \
    "$sources"/dev/firstpass/loadtest/AgainstBenchmark.java
"$java" --enable-native-access=ALL-UNNAMED -cp "$classes:$target/classes:$target/lib/*" \
    dev.firstpass.loadtest.AgainstBenchmark "$root" "$other" "$@"
