/// What a server and its clients prove by certificates: files in PEM, read, checked, and read again when they change.
@NullMarked
package dev.firstpass.server.tls;

import org.jspecify.annotations.NullMarked;
