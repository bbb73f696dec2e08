package dev.slipway.webhook.source;

/**
 * One thing that is wrong with a source.
 *
 * @param path where, {@code secrets[0].expiresAt}
 * @param message what, and how to mend it; it never shows a secret
 */
record SourceError(String path, String message) {

    /** The same, of something that is a part. */
    SourceError in(String whole) {
        return new SourceError(path.isEmpty() ? whole : whole + "." + path, message);
    }

    @Override
    public String toString() {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
