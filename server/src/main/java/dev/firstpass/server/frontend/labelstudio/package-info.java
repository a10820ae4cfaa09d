/// The door for Label Studio: a machine learning backend, as its server calls one.
@NullMarked
package dev.firstpass.server.frontend.labelstudio;

import org.jspecify.annotations.NullMarked;
