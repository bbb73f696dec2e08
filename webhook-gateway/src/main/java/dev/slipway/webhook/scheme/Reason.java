package dev.slipway.webhook.scheme;

/** Why a request was refused. */
public enum Reason {
    MISSING_SIGNATURE("The request carries no signature."),
    BAD_SIGNATURE(
            "The signature does not match the body: check that the source's secret is the one the sender signs with."),
    TOO_OLD("The signature is older than allowed: it may be a replay."),
    IN_THE_FUTURE("The time of the signature lies in the future: check the clocks of both sides."),
    MISSING_AUTHORIZATION("The request carries no authorization."),
    BAD_AUTHORIZATION(
            "The authorization is not the source's: check that its secret is the one set up at the sender, and stands where the source expects it: in the header 'Authorization: Bearer <secret>', unless its scheme or options say otherwise."),
    NOT_AN_EVENT("The request is genuine, but its body is not an event of this sender."),
    TOO_LARGE("The body is larger than the source takes: see its 'largestBody'."),
    TOO_SLOW("The body did not come in time."),
    TOO_MANY("More came than the source, or one address, may send: see its 'rateLimit' and 'senderRateLimit'.");

    private final String explanation;

    Reason(String explanation) {
        this.explanation = explanation;
    }

    /** What is wrong, and what to look at, for whoever sets the source up. */
    public String explanation() {
        return explanation;
    }
}
