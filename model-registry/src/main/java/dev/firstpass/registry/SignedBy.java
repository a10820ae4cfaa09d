package dev.firstpass.registry;

/// Whose signature a version was registered with: one that a server found right, by a key that it was told to trust.
///
/// Immutable.
///
/// @param key its fingerprint: `sha256:` and the digest, in 64 hex digits, of the public key in DER
/// @param form how it was signed
public record SignedBy(String key, Form form) {
    /// What signs a bundle, and the file in it that the signature is.
    public enum Form {
        /// A bundle of OpenSSF's `model_signing`.
        MODEL_SIGNING("model-signing", "model.sig"),

        /// A list as `sha256sum` writes it, and a signature of that list.
        CHECKSUMS("sha256sums", "SHA256SUMS.sig");

        private final String id;
        private final String file;

        Form(String id, String file) {
            this.id = id;
            this.file = file;
        }

        public String id() {
            return id;
        }

        /// Path of the signature in the bundle.
        public String file() {
            return file;
        }

        /// @throws IllegalArgumentException if there is no such form
        public static Form byId(String id) {
            for (Form form : values()) {
                if (form.id.equals(id)) {
                    return form;
                }
            }
            throw new IllegalArgumentException("form: " + id);
        }
    }
}
