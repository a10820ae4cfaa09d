package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.registry.Tenant;
import dev.firstpass.registry.token.Scope;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each tool's client against a server that asks for tokens, with a credential as that client can carry one.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoorCredentialsTest {
    private final TestServer server = ShapedModels.guarded();
    private final String token =
            server.backend.tokens.with(new Tenant("labels"), EnumSet.of(Scope.PRELABEL), Optional.empty());

    @BeforeAll
    void setProjects() {
        DoorContractTest.setProjects(server, new Tenant("labels"));
    }

    @AfterAll
    void close() {
        server.close();
    }

    static Stream<DoorContractTest.Line> lines() {
        return DoorContractTest.lines();
    }

    /// Header lines, name and value in turn.
    private List<String> credential(String door) {
        String basic = Base64.getEncoder().encodeToString(("firstpass:" + token).getBytes(StandardCharsets.UTF_8));
        return switch (door) {
            case "label-studio", "cvat" -> List.of("Authorization", "Basic " + basic);
            case "x-anylabeling" -> List.of("Token", token);
            default -> List.of("Authorization", "Bearer " + token);
        };
    }

    @ParameterizedTest
    @MethodSource("lines")
    void client_withItsCredential_isAnsweredAsItsTenant_andWithoutItIsNot(DoorContractTest.Line line) {
        server.backend.requests.clear();
        server.shown = List.of();
        assertThrows(AssertionError.class, () -> line.client().found(server, line.model()));
        assertEquals(0, server.backend.requests.size());

        server.shown = credential(line.door());
        assertFalse(line.client().found(server, line.model()).isEmpty());
        assertFalse(server.backend.requests.isEmpty());
        server.backend.requests.forEach(
                request -> assertEquals("labels", request.caller().tenant().value()));
    }
}
