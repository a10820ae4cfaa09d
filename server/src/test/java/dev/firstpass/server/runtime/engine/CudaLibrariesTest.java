package dev.firstpass.server.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CudaLibrariesTest {
    @ParameterizedTest
    @CsvSource({
        "libcuda.so.1, install NVIDIA's driver",
        "libcudart.so.12, install the CUDA 12 runtime",
        "libcublasLt.so.12, install the CUDA 12 runtime",
        "libcudnn.so.9, install cuDNN 9"
    })
    void missing_ofOneLibrary_namesItAndTheWayOut(String name, String mend) {
        for (Optional<String> missing : List.of(
                CudaLibraries.missingForOnnxRuntime(library -> !library.equals(name)),
                CudaLibraries.missingForTensorFlow(library -> !library.equals(name)))) {
            assertTrue(missing.orElseThrow().startsWith(name + " does not load: " + mend), missing::orElseThrow);
        }
    }

    @Test
    void missing_ofWhatOnlyOneEngineNeeds_isThatEngines() {
        assertEquals(
                Optional.empty(), CudaLibraries.missingForTensorFlow(library -> !library.equals("libcurand.so.10")));
        assertEquals(
                Optional.empty(), CudaLibraries.missingForOnnxRuntime(library -> !library.equals("libcufft.so.11")));
    }

    @Test
    void missing_ofNothing_isEmpty() {
        assertEquals(Optional.empty(), CudaLibraries.missingForOnnxRuntime(_ -> true));
        assertEquals(Optional.empty(), CudaLibraries.missingForTensorFlow(_ -> true));
    }

    /// Where much is missing, the driver comes first: without it nothing else is of use.
    @Test
    void missing_ofEverything_namesTheDriver() {
        assertTrue(CudaLibraries.missingForOnnxRuntime(_ -> false).orElseThrow().startsWith("libcuda.so.1 "));
    }

    @Test
    void loads_ofWhatIsThere_andWhatIsNot() {
        assertTrue(CudaLibraries.loads("libc.so.6"));
        assertFalse(CudaLibraries.loads("libfirstpass-absent.so.1"));
    }
}
