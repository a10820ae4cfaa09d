/// Who changed what in the registry, in lines that cannot be altered unnoticed.
@NullMarked
package dev.firstpass.registry.audit;

import org.jspecify.annotations.NullMarked;
