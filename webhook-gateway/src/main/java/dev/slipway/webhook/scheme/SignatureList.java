package dev.slipway.webhook.scheme;

import java.util.List;

/** The items of a header that may list several signatures, as it does while a sender's secret is rolled. */
final class SignatureList {

    private static final int MOST_CHARACTERS = 4096;
    private static final int MOST_ITEMS = 32;

    private SignatureList() {}

    /**
     * The items between separators.
     *
     * @param separator a regular expression
     * @return none if the header is longer than that of any sender, so that a forged one costs nothing
     */
    static List<String> of(String header, String separator) {
        if (header.length() > MOST_CHARACTERS) {
            return List.of();
        }
        var items = List.of(header.split(separator, MOST_ITEMS + 1));
        return items.size() > MOST_ITEMS ? List.of() : items;
    }
}
