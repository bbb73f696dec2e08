package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What a sender and Slipway share. It never shows its value. */
public final class Secret {

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    static Secret of(String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException("The secret is empty");
        }
        return new Secret(value.getBytes(UTF_8));
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String toString() {
        return "***";
    }
}
