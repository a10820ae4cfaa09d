# Sets `java` to a Java 25 or newer, or ends the script that reads this.

java=
for candidate in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} /usr/lib/jvm/*-25*/bin/java "$(command -v java || :)"; do
    if [ -x "$candidate" ] && "$candidate" -version 2>&1 | grep -q 'version "2[5-9]'; then
        java=$candidate
        break
    fi
done
[ -n "$java" ] || { echo "${0##*/}: JDK 25 is missing (set JAVA_HOME to it)" >&2; exit 1; }
