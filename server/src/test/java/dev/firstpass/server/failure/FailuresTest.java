package dev.firstpass.server.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.family.OutputInvalidException;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.registry.RegistryException;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.runtime.engine.EngineException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

final class FailuresTest {
    record Mapping(Throwable thrown, Reason reason, String detail) {
        @Override
        public String toString() {
            return thrown.getClass().getSimpleName();
        }
    }

    static final List<Mapping> MAPPINGS = List.of(
            new Mapping(new ImageException.Undecodable("no image"), Reason.IMAGE_UNDECODABLE, "no image"),
            new Mapping(new ImageException.Truncated("cut"), Reason.IMAGE_TRUNCATED, "cut"),
            new Mapping(new ImageException.TooManyPixels("large"), Reason.IMAGE_TOO_MANY_PIXELS, "large"),
            new Mapping(new ImageException.UnsupportedType("GIF"), Reason.MEDIA_TYPE_UNSUPPORTED, "GIF"),
            new Mapping(new OutputInvalidException("shape"), Reason.OUTPUT_INVALID, "shape"),
            new Mapping(new FormatOptionException("globalKey", "empty"), Reason.ARGUMENT_INVALID, "empty"),
            new Mapping(new RegistryException.ModelNotFound("no such"), Reason.MODEL_NOT_FOUND, "no such"),
            new Mapping(
                    new EngineException("cannot open /models/a.onnx"),
                    Reason.MODEL_FAILED,
                    "the model failed on this input"),
            new Mapping(
                    new RegistryException.DataUnusable("disk", new IllegalStateException()),
                    Reason.INTERNAL,
                    "the server failed on this request"),
            new Mapping(
                    new IllegalStateException("/etc/secret"), Reason.INTERNAL, "the server failed on this request"));

    @ParameterizedTest
    @FieldSource("MAPPINGS")
    void of_whatIsThrownOnTheWalk_isItsReason(Mapping mapping) {
        for (Throwable thrown : List.of(
                mapping.thrown,
                new CompletionException(mapping.thrown),
                new ExecutionException(new CompletionException(mapping.thrown)))) {
            Failure failure = Failures.of(thrown);

            assertEquals(mapping.reason, failure.reason());
            assertEquals(mapping.detail, failure.detail());
        }
    }

    @Test
    void of_formatOption_namesTheField() {
        assertEquals(
                Optional.of("format-options.globalKey"),
                Failures.of(new FormatOptionException("globalKey", "empty")).field());
    }

    @Test
    void of_longMessage_isCut() {
        Failure failure = Failures.of(new FormatOptionException("globalKey", "x".repeat(1_000_000)));

        assertEquals("x".repeat(300) + "...", failure.detail());
    }

    @Test
    void isFault_imageOfTheCaller_isNone() {
        assertFalse(Failures.isFault(Failures.of(new ImageException.Truncated("cut"))));
        assertTrue(Failures.isFault(Failures.of(new EngineException("x"))));
    }
}
