package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Place.field;

import java.util.List;
import java.util.Optional;

/**
 * Supabase's database webhooks: not signed, but a header can be set for each. They carry no id, so that two changes of
 * the same row to the same values are one event, unless the table has a column that tells them apart and the option
 * {@code event-id} names it: {@code /record/version}.
 *
 * @see <a href="https://supabase.com/docs/guides/database/webhooks">Supabase: database webhooks</a>
 */
final class SupabaseDatabaseScheme {

    private static final EventForm FORM =
            new EventForm(List.of(), List.of(field("/type")), Optional.empty(), List.of());

    private SupabaseDatabaseScheme() {}

    static SignatureScheme of(Options options) {
        return new SharedSecretScheme(
                options.header("header").orElse(SharedSecretScheme.AUTHORIZATION), FORM.with(options));
    }
}
