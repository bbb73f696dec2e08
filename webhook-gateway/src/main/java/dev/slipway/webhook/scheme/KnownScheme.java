package dev.slipway.webhook.scheme;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The schemes that a source can be configured with. */
public enum KnownScheme {

    /** Stripe's snapshot events and event notifications. */
    STRIPE(SecretForm.STRIPE, "the endpoint's signing secret, 'whsec_…'"),

    /**
     * RevenueCat, by authorization or signature. The option {@code header} names the signature's header, if it is none
     * of those that RevenueCat documents.
     */
    REVENUECAT(
            SecretForm.TEXT,
            "what stands after 'Bearer ' in the authorization header, or the webhook's signing secret",
            "header"),

    /** PhonePe's first API, with {@code X-VERIFY}. */
    PHONEPE_V1(SecretForm.SALT, "'<salt key>###<salt index>'"),

    /** PhonePe's second API, with {@code Authorization}. */
    PHONEPE_V2(SecretForm.USER_AND_PASSWORD, "'<user>:<password>', as they are set for the webhook"),

    /** GitHub's webhooks of repositories, organizations and apps. */
    GITHUB(SecretForm.TEXT, "the webhook's secret"),

    /** Whoever follows Standard Webhooks, or sends by Svix. */
    STANDARD_WEBHOOKS(
            SecretForm.STANDARD_WEBHOOKS,
            "'whsec_<base64>' of 24 bytes or more, or 'whpk_<base64>', which is a public key"),

    /**
     * Clerk, by Svix.
     *
     * @see <a href="https://clerk.com/docs/guides/development/webhooks/overview">Clerk: webhooks</a>
     */
    CLERK(SecretForm.STANDARD_WEBHOOKS, "the endpoint's signing secret, 'whsec_<base64>'"),

    /**
     * Resend, by Svix.
     *
     * @see <a href="https://resend.com/docs/webhooks/verify-webhooks-requests">Resend: verify webhooks requests</a>
     */
    RESEND(SecretForm.STANDARD_WEBHOOKS, "the webhook's signing secret, 'whsec_<base64>'"),

    /**
     * Render, by Standard Webhooks.
     *
     * @see <a href="https://render.com/docs/webhooks">Render: webhooks</a>
     */
    RENDER(SecretForm.STANDARD_WEBHOOKS, "the webhook's signing secret, 'whsec_<base64>'"),

    /**
     * Supabase's auth hooks, by Standard Webhooks.
     *
     * @see <a href="https://supabase.com/docs/guides/auth/auth-hooks">Supabase: auth hooks</a>
     */
    SUPABASE_AUTH(
            SecretForm.STANDARD_WEBHOOKS, "the hook's secret, 'v1,whsec_<base64>', or up to ten with '|' between them"),

    /** Sentry's integrations. */
    SENTRY(SecretForm.TEXT, "the integration's client secret"),

    /** Vercel's webhooks of teams and integrations. */
    VERCEL(SecretForm.TEXT, "the webhook's secret, or the integration's client secret"),

    /** Expo's builds and submissions. */
    EXPO(SecretForm.TEXT, "the secret that was given to 'eas webhook:create'"),

    /** Slack's Events API. */
    SLACK(SecretForm.TEXT, "the app's signing secret"),

    /** Railway, which signs nothing. */
    RAILWAY(SecretForm.UNGUESSABLE, "at least 16 visible ASCII characters that nobody can guess"),

    /** Supabase's database webhooks, which are not signed. */
    SUPABASE_DATABASE(
            SecretForm.UNGUESSABLE,
            "at least 16 visible ASCII characters that nobody can guess",
            "header",
            "event-id",
            "type",
            "occurred-at"),

    /** Any sender that signs nothing, with a secret in a header or in the URL. */
    SHARED_SECRET(
            SecretForm.UNGUESSABLE,
            "at least 16 visible ASCII characters that nobody can guess",
            "header",
            "event-id",
            "type",
            "occurred-at"),

    /** Any sender that signs with an HMAC in a header. */
    HMAC(
            SecretForm.TEXT,
            "the text that the sender uses as the key",
            "header",
            "prefix",
            "algorithm",
            "encoding",
            "signed",
            "timestamp-header",
            "timestamp-format",
            "id-header",
            "event-id",
            "type",
            "occurred-at");

    /** Whatever a sender makes is far longer; what is sent as it is has a rule of its own. */
    private static final int SHORTEST_SECRET = 8;

    private static final int MOST_JOINED = 10;

    private final SecretForm form;
    private final String secretForm;
    private final List<String> options;

    KnownScheme(SecretForm form, String secretForm, String... options) {
        this.form = form;
        this.secretForm = secretForm;
        this.options = List.of(options);
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

    /** The names of the options that a source may choose. */
    public List<String> options() {
        return options;
    }

    /**
     * The scheme at work.
     *
     * @throws IllegalArgumentException if an option is unknown or has a value that it cannot have
     */
    public SignatureScheme with(SchemeSettings settings) {
        var chosen = new Options(this, settings.options());
        var tolerance = new Tolerance(settings.tolerance());
        return switch (this) {
            case STRIPE -> new StripeScheme(tolerance);
            case REVENUECAT -> RevenueCatScheme.of(chosen, tolerance);
            case PHONEPE_V1 -> new PhonePeV1Scheme();
            case PHONEPE_V2 -> new PhonePeV2Scheme();
            case GITHUB -> GitHubScheme.create();
            case STANDARD_WEBHOOKS, CLERK, RESEND, RENDER, SUPABASE_AUTH -> new StandardWebhooksScheme(tolerance);
            case SENTRY -> SentryScheme.create();
            case VERCEL -> VercelScheme.create();
            case EXPO -> ExpoScheme.create();
            case SLACK -> new SlackScheme(tolerance);
            case RAILWAY -> RailwayScheme.create();
            case SUPABASE_DATABASE -> SupabaseDatabaseScheme.of(chosen);
            case SHARED_SECRET -> SharedSecretScheme.of(chosen);
            case HMAC -> HmacScheme.of(chosen, tolerance);
        };
    }

    /** What a source's secret is, for whoever sets the source up. */
    public String secretForm() {
        return secretForm;
    }

    /**
     * Reads one secret.
     *
     * @throws IllegalArgumentException if it does not have the {@link #secretForm()}; the message does not show it
     */
    public Secret secret(String value) {
        return form.read(value)
                .orElseThrow(() -> new IllegalArgumentException(
                        "A secret of the scheme '%s' has another form: it is %s".formatted(label(), secretForm)));
    }

    /**
     * Reads what was taken for one secret, which with Supabase may be several.
     *
     * @return at least one
     * @throws IllegalArgumentException see {@link #secret}
     */
    public List<Secret> secretsIn(String value) {
        return parts(value).map(this::secret).toList();
    }

    /**
     * Reads what somebody sets up now as one secret, which with Supabase may be several.
     *
     * @return at least one
     * @throws IllegalArgumentException if one does not have the {@link #secretForm()}, or is so short that it could be
     *     guessed; the message does not show it
     */
    public List<Secret> newSecretsIn(String value) {
        return parts(value).map(this::newSecret).toList();
    }

    /** Supabase joins its secrets while one takes the place of another. */
    private Stream<String> parts(String value) {
        return this == SUPABASE_AUTH
                // Each is tried, so that the last of too many has the rest with it, and the wrong form.
                ? Arrays.stream(value.split("\\|", MOST_JOINED)).map(String::strip)
                : Stream.of(value);
    }

    private Secret newSecret(String value) {
        var secret = secret(value);
        if (form.guess(value).length() < SHORTEST_SECRET) {
            throw new IllegalArgumentException(
                    "A secret of the scheme '%s' is too short, so that it could be guessed: it must have at least %d characters, without what stands before or after it, such as 'whsec_', a user or an index"
                            .formatted(label(), SHORTEST_SECRET));
        }
        return secret;
    }

    /**
     * Reads secrets that stand in one setting, as they do while one takes the place of another: separated by commas, or
     * as Supabase does it, by {@code |}. Blanks around each are not part of it. A separator that is part of one stands
     * after a backslash: {@code \\,}.
     *
     * @return none if there is nothing but blanks and separators
     * @throws IllegalArgumentException if one cannot be taken, see {@link #newSecretsIn}; the message does not show it
     */
    public List<Secret> secrets(String separated) {
        var separator = this == SUPABASE_AUTH ? "|" : ",";
        return Arrays.stream(separated.split("(?<!\\\\)" + Pattern.quote(separator)))
                .map(value -> value.replace("\\" + separator, separator).strip())
                .filter(value -> !value.isEmpty())
                .map(this::newSecret)
                .toList();
    }
}
