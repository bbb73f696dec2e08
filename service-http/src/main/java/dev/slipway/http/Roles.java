package dev.slipway.http;

/** The roles that calls ask for; see {@link TokenConfig#roles()}. */
public final class Roles {

    /** May see what webhooks brought: it is customers' data. */
    public static final String PAYLOAD = "payload";

    /** May set up, change and delete sources: who may say where deliveries are forwarded, and what counts as genuine. */
    public static final String SOURCES = "sources";

    /** May set and lift freezes, stop the line and start it again, and let a release pass them. */
    public static final String FREEZES = "freezes";

    private Roles() {}
}
