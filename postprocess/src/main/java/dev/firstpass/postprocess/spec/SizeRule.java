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

    /// The asset scaled up or down, aspect ratio kept, so that its shorter side is `target`, unless that took the longer one over
    /// `longest`; sides are cut to whole pixels. The size to which torchvision's detectors bring an image by themselves
    /// (`GeneralizedRCNNTransform`), so that a row that comes in it is left as it is, unless cutting has taken the last pixel of both.
    record ShorterSide(int target, int longest) implements SizeRule {
        public ShorterSide {
            if (target < 1 || longest < target) {
                throw new IllegalArgumentException(
                        "shorter side: " + target + ", " + longest + " (expected: 1 <= shorter <= longest)");
            }
        }

        @Override
        public ImageSize of(ImageSize asset) {
            double scale = Math.min(
                    (double) target / Math.min(asset.width(), asset.height()),
                    (double) longest / Math.max(asset.width(), asset.height()));
            return new ImageSize(cut(asset.width() * scale), cut(asset.height() * scale));
        }

        private static int cut(double side) {
            return (int) Math.max(1, Math.floor(side));
        }
    }

    /// Every row has the same height, and is as wide as its aspect ratio makes it, rounded up to a multiple of `multiple`: lines of
    /// text. What a line leaves of that, letterboxes fill; one longer than `longest` is made lower.
    record Line(int height, int longest, int multiple) implements SizeRule {
        public Line {
            if (height < 1 || multiple < 1 || longest < multiple || longest % multiple != 0) {
                throw new IllegalArgumentException("line: " + height + ", " + longest + ", " + multiple
                        + " (expected: height >= 1, longest a multiple of multiple)");
            }
        }

        @Override
        public ImageSize of(ImageSize asset) {
            double width = Math.min(longest, Math.ceil((double) asset.width() * height / asset.height()));
            return new ImageSize((int) Math.max(multiple, Math.ceil(width / multiple) * multiple), height);
        }
    }

    /// One of a few sizes, for models that take any: a ladder of longer sides, and on each rung a few aspect ratios, lying
    /// and standing. An asset is scaled to fit, as letterboxes do; what is left is padding. Assets of one size run together.
    ///
    /// The ratios 1:1, 5:4, 4:3, 3:2, 16:9 and 2:1 are those of cameras, phones and screens, so that photos fit nearly exactly;
    /// between 1:1 and 2:1 no asset leaves more than a fifth of its row empty, and assets spread evenly leave 7 % on the
    /// whole. Sides are multiples of 32, as networks want them.
    ///
    /// @param least longer side that a row may have, a multiple of 32
    /// @param most longer side that a row may have; the same, where there is one rung
    record Ladder(int least, int most) implements SizeRule {
        private static final int MULTIPLE = 32;
        private static final int[] RUNGS = {320, 480, 640, 800, 1024, 1280, 1536};
        private static final double[] SHORT_BY_LONG = {1.0, 4.0 / 5, 3.0 / 4, 2.0 / 3, 9.0 / 16, 1.0 / 2};

        /// How much smaller than it is an asset may be run, before the next rung is taken.
        private static final double SHRINK = 0.95;

        public Ladder {
            if (least < MULTIPLE || most < least || least % MULTIPLE != 0 || most % MULTIPLE != 0) {
                throw new IllegalArgumentException(
                        "ladder: " + least + " to " + most + " (expected: multiples of 32, the lower one first)");
            }
        }

        @Override
        public ImageSize of(ImageSize asset) {
            int side = rung(Math.max(asset.width(), asset.height()));
            boolean isLying = asset.width() >= asset.height();
            ImageSize best = new ImageSize(side, side);
            for (double ratio : SHORT_BY_LONG) {
                // To the nearest: an asset that is a little too high for it is scaled a little smaller.
                int other = Math.max(MULTIPLE, (int) Math.round(side * ratio / MULTIPLE) * MULTIPLE);
                ImageSize size = isLying ? new ImageSize(side, other) : new ImageSize(other, side);
                if (padding(size, asset) < padding(best, asset)) {
                    best = size;
                }
            }
            return best;
        }

        private int rung(int longer) {
            int rung = least;
            for (int next : RUNGS) {
                if (rung >= longer * SHRINK) {
                    return rung;
                }
                if (next > rung && next < most) {
                    rung = next;
                }
            }
            return rung >= longer * SHRINK ? rung : most;
        }

        /// The share of a row of size `row` that an asset fitted into it leaves empty.
        static double padding(ImageSize row, ImageSize asset) {
            double scale = Math.min((double) row.width() / asset.width(), (double) row.height() / asset.height());
            double used = scale * asset.width() * scale * asset.height();
            return 1 - used / ((double) row.width() * row.height());
        }
    }
}
