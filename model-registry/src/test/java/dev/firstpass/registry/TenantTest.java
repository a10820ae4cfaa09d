package dev.firstpass.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "A", "a/b", "a.b", "..", "a b", "\u00e4", "a\n"})
    void name_thatCouldLeadElsewhere_isRefused(String name) {
        assertThrows(RegistryException.ArgumentInvalid.class, () -> new Tenant(name));
    }

    @Test
    void name_mayHave63Characters() {
        assertEquals(63, new Tenant("a".repeat(63)).value().length());
        assertThrows(RegistryException.ArgumentInvalid.class, () -> new Tenant("a".repeat(64)));
    }
}
