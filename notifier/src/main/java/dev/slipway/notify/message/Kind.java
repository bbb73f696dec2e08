package dev.slipway.notify.message;

import java.util.Locale;

/** What a plan's {@code on} chooses from. */
public enum Kind {
    /** The way of a release, from its start to its end: {@code on: [release]}. */
    RELEASE,
    /** The health of what was released: {@code on: [health]}. */
    HEALTH;

    /** The word for it in a plan. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
