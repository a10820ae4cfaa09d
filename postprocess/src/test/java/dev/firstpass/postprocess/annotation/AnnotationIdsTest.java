package dev.firstpass.postprocess.annotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class AnnotationIdsTest {
    private static final Provenance PROVENANCE = new Provenance("p1", "coco", 3, "sha256:aa", "ssd", "");
    private static final AssetInfo ASSET = new AssetInfo("a.jpg", new ImageSize(4, 3), "sha256:bb");

    /// The example of Python's `uuid` documentation: `uuid5(NAMESPACE_DNS, 'python.org')`.
    @Test
    void ofPart_aNameInANamespace_isItsVersion5Uuid() {
        UUID dns = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
        assertEquals(UUID.fromString("886313e1-3b8a-5372-9b90-0c9aee199e5d"), AnnotationIds.ofPart(dns, "python.org"));
    }

    @Test
    void of_theSameCandidate_doesNotMoveWithLabelScoreOrAssetName() {
        UUID id = AnnotationIds.of(PROVENANCE, ASSET, new Candidate(7, "dog", 0.9));
        AssetInfo renamed = new AssetInfo("b.jpg", ASSET.size(), ASSET.digest());
        Provenance again = new Provenance("p2", "coco", 3, "sha256:aa", "ssd", "fields@2");
        assertEquals(id, AnnotationIds.of(again, renamed, new Candidate(7, "hound", 0.1)));
        assertEquals(5, id.version());
    }

    @Test
    void of_anotherCandidateAssetOrVersion_isAnother() {
        Candidate candidate = new Candidate(7, "dog", 0.9);
        UUID id = AnnotationIds.of(PROVENANCE, ASSET, candidate);
        assertNotEquals(id, AnnotationIds.of(PROVENANCE, ASSET, new Candidate(8, "dog", 0.9)));
        assertNotEquals(id, AnnotationIds.of(PROVENANCE, new AssetInfo("a.jpg", ASSET.size(), "sha256:cc"), candidate));
        assertNotEquals(
                id, AnnotationIds.of(new Provenance("p1", "coco", 4, "sha256:dd", "ssd", ""), ASSET, candidate));
    }
}
