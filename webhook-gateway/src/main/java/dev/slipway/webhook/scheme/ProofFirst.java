package dev.slipway.webhook.scheme;

import dev.slipway.webhook.scheme.Verification.Rejected;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A scheme in two steps: what a request says is not read before it is proven whose it is. */
interface ProofFirst extends SignatureScheme {

    /** Why the request is not taken for the sender's, or nothing if it is. */
    Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now);

    /** What the request, which is the sender's, says. */
    Verification read(Request request, Instant now);

    @Override
    default Verification verify(Request request, List<Secret> secrets, Instant now) {
        return refuse(request, secrets, now).<Verification>map(Rejected::new).orElseGet(() -> read(request, now));
    }
}
