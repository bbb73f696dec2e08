package dev.slipway.webhook.scheme;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The schemes that a source can be configured with. */
public enum KnownScheme {
    STRIPE("the signing secret of the endpoint, 'whsec_…'"),
    REVENUECAT("the part of the authorization header after 'Bearer ', or the signing secret of the webhook");

    private final String secretForm;

    KnownScheme(String secretForm) {
        this.secretForm = secretForm;
    }

    /**
     * The scheme of a name, in any case.
     *
     * @throws IllegalArgumentException if there is none; the message lists those that exist
     */
    @JsonCreator
    public static KnownScheme parse(String name) {
        return Arrays.stream(values())
                .filter(scheme -> scheme.label().equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no scheme '%s'; use one of %s"
                        .formatted(
                                name,
                                Arrays.stream(values()).map(KnownScheme::label).collect(joining(", ")))));
    }

    /** Its name in configuration and JSON: {@code standard-webhooks}. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The scheme at work.
     *
     * @throws IllegalArgumentException if an option is unknown or has a value that it cannot have
     */
    public SignatureScheme with(SchemeSettings settings) {
        return switch (this) {
            case STRIPE -> new StripeScheme(settings.tolerance());
            case REVENUECAT -> new RevenueCatScheme(settings.tolerance());
        };
    }

    /** What a source's secret looks like, and where it is found, for whoever sets the source up. */
    public String secretForm() {
        return secretForm;
    }

    /**
     * Reads one secret.
     *
     * @throws IllegalArgumentException if it does not have the {@link #secretForm()}; the message does not show it
     */
    public Secret secret(String value) {
        return Secret.of(value);
    }

    /**
     * Reads secrets that stand in one setting, separated by commas, as they are while one takes the place of another;
     * blanks around each are not part of it.
     *
     * @return none if there is nothing but blanks and separators
     * @throws IllegalArgumentException if one does not have the {@link #secretForm()}; the message does not show it
     */
    public List<Secret> secrets(String separated) {
        return Arrays.stream(separated.split(","))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .map(this::secret)
                .toList();
    }
}
