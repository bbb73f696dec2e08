package dev.slipway.release.operation;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.util.Optional;

/** How to reach GitHub. */
@ConfigMapping(prefix = "slipway.github")
public interface GithubConfig {

    /** Where its API is; another for GitHub Enterprise Server. */
    @WithDefault("https://api.github.com")
    URI apiUrl();

    /** The token that may dispatch workflows ({@code SLIPWAY_GITHUB_TOKEN}): permission "Actions: write". */
    Optional<String> token();

    /** The repository, {@code owner/name}, of operations that name none. */
    Optional<String> repository();
}
