package dev.slipway.webhook.scheme;

import dev.slipway.webhook.scheme.SignedContent.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A sender that signs with an {@link HmacSignature} and whose events have an {@link EventForm}.
 *
 * @param signature how it signs
 * @param form where it puts what an event is
 */
record HmacScheme(HmacSignature signature, EventForm form) implements ProofFirst {

    /** As a source's options say, for a sender that has no scheme of its own here. */
    static SignatureScheme of(Options options, Tolerance tolerance) {
        var timestamp = options.header("timestamp-header")
                .map(header -> new Timestamp(header, options.oneOf("timestamp-format", TimestampFormat.SECONDS)));
        var idHeader = options.header("id-header");
        var template = options.text("signed").orElse("{body}");
        var signature = new HmacSignature(
                options.header("header")
                        .orElseThrow(
                                () -> options.missing("header", "the name of the header that holds the signature")),
                options.read("prefix", options.text("prefix").orElse(""), HmacSignature::prefix),
                options.oneOf("algorithm", HmacAlgorithm.SHA256),
                options.oneOf("encoding", SignatureEncoding.HEX),
                options.read("signed", template, it -> SignedContent.parse(it, timestamp, idHeader)),
                tolerance);
        return new HmacScheme(
                signature, EventForm.ofUnknown(idHeader.map(Place::header)).with(options));
    }

    @Override
    public Optional<Reason> refuse(Request request, List<Secret> secrets, Instant now) {
        return signature.refuse(request, secrets, now);
    }

    @Override
    public Verification read(Request request, Instant now) {
        return form.read(request, now);
    }

    @Override
    public boolean isProofKept() {
        return !Headers.isSecret(signature.header());
    }
}
