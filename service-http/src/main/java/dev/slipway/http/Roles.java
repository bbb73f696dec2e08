package dev.slipway.http;

/** The roles that calls ask for; see {@link TokenConfig#roles()}. */
public final class Roles {

    /** May see what webhooks brought: it is customers' data. */
    public static final String PAYLOAD = "payload";

    private Roles() {}
}
