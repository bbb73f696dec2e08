package dev.slipway.http;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    /**
     * What the holder of a token may do beyond the ordinary, by the token's name, separated by commas ({@code
     * SLIPWAY_API_ROLES_CI=plans}): see {@link Roles}; {@code *} for all there are. The operators' token has all unless
     * it is named here; every other has none.
     */
    Map<String, Set<String>> roles();
}
