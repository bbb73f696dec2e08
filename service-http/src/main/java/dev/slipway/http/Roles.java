package dev.slipway.http;

/** The roles that calls ask for; see {@link TokenConfig#roles()}. */
public final class Roles {

    /** May see what webhooks brought: it is customers' data. */
    public static final String PAYLOAD = "payload";

    /** May set up, change and delete sources: who may say where deliveries are forwarded, and what counts as genuine. */
    public static final String SOURCES = "sources";

    /** May set and lift freezes, stop the line and start it again, and let a release pass them. */
    public static final String FREEZES = "freezes";

    /** May store plans and fragments: who may say what a release has to pass, and who approves it. */
    public static final String PLANS = "plans";

    /**
     * May have a release go on where its plan would not: resume, retry, skip, abort, and ask for a hotfix. To pause and
     * to roll back, a token is enough: nobody should have to look for another one while production burns.
     */
    public static final String CONTROLS = "controls";

    private Roles() {}
}
