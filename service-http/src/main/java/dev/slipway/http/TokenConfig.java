package dev.slipway.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;
import java.util.Optional;

/** Who may call the API. */
@ConfigMapping(prefix = "slipway.api")
public interface TokenConfig {

    /**
     * The token of the operators ({@code SLIPWAY_TOKEN}), sent as {@code Authorization: Bearer <token>}. Without this
     * and {@link #tokens()} nobody may call.
     */
    Optional<String> token();

    /**
     * Tokens by the name of who has them ({@code SLIPWAY_API_TOKENS_CI=…}): the name stands in the journal for what was
     * done with the token.
     */
    Map<String, String> tokens();

    /** The name that stands for {@link #token()} in the journal. */
    @WithDefault("operator")
    String tokenName();
}
