package dev.firstpass.postprocess.spec;

import dev.firstpass.postprocess.geometry.ImageSize;

/// Which size a row's image gets, given the asset's.
///
/// Immutable, all variants.
public sealed interface SizeRule {
    /// The size of the row's image for an asset of size `asset`.
    ImageSize of(ImageSize asset);

    /// Every row has the same size.
    record Fixed(ImageSize size) implements SizeRule {
        @Override
        public ImageSize of(ImageSize asset) {
            return size;
        }
    }

    /// The asset scaled, aspect ratio kept, so that its shorter side is at least `target`, unless that took the
    /// longer one over `longest`; each side then rounded to a multiple of `multiple`, at least one of it.
    record ShortestSide(int target, int longest, int multiple) implements SizeRule {
        public ShortestSide {
            if (target < 1 || longest < target || multiple < 1) {
                throw new IllegalArgumentException("shortest side: " + target + ", " + longest + ", " + multiple
                        + " (expected: 1 <= target <= longest, multiple >= 1)");
            }
        }

        @Override
        public ImageSize of(ImageSize asset) {
            double up = Math.max(1.0, (double) target / Math.min(asset.width(), asset.height()));
            double down = (double) longest / Math.max(asset.width(), asset.height());
            double scale = Math.min(up, down);
            return new ImageSize(rounded(asset.width() * scale), rounded(asset.height() * scale));
        }

        private int rounded(double side) {
            return (int) Math.max(multiple, Math.rint(side / multiple) * multiple);
        }
    }
}
