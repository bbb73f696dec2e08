package dev.slipway.devstack.target;

/** A request that is answered by a refusal. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refused(int status, String detail) {
        super(detail);
        this.status = status;
    }

    Answer answer() {
        return Answer.refusal(status, String.valueOf(getMessage()));
    }
}
