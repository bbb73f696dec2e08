package dev.slipway.webhook.source;

import static java.util.stream.Collectors.joining;

import java.util.List;

/** A source is described wrongly; all that is wrong with it. */
final class InvalidSourceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<SourceError> errors;

    InvalidSourceException(List<SourceError> errors) {
        super(errors.stream().map(SourceError::toString).collect(joining("; ")));
        this.errors = List.copyOf(errors);
    }

    List<SourceError> errors() {
        return errors;
    }
}
