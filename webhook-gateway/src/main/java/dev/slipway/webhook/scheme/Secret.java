package dev.slipway.webhook.scheme;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What a sender and Slipway share. It never shows its value. */
public final class Secret {

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads secrets that are separated by commas, as they are while one takes the place of another; blanks around each
     * are not part of it.
     */
    public static List<Secret> parse(String separatedByCommas) {
        return Arrays.stream(separatedByCommas.split(","))
                .map(String::strip)
                .filter(secret -> !secret.isEmpty())
                .map(secret -> new Secret(secret.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String toString() {
        return "***";
    }
}
