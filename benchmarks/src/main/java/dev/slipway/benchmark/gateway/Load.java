package dev.slipway.benchmark.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What senders do, by the usual tools: wrk as fast as it goes, autocannon at a constant rate. */
final class Load {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final String secret;
    private int runs;

    /**
     * @param folder where the tools' scripts stand
     * @param secret what deliveries are signed with
     */
    Load(Path folder, String secret) {
        this.folder = folder;
        this.secret = secret;
    }

    /**
     * As many as are answered.
     *
     * @param repeats of a hundred requests, those whose event was sent before
     * @param forgeries of a hundred requests, those whose signature is wrong
     */
    Throughput most(String url, int bytes, int connections, int seconds, int repeats, int forgeries)
            throws IOException, InterruptedException {
        var result = run(List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "10s",
                "-s",
                folder.resolve("stripe.lua").toString(),
                url,
                "--",
                secret,
                Integer.toString(bytes),
                Integer.toString(repeats),
                Integer.toString(forgeries),
                nextRun()));
        return new Throughput(
                result.path("requests").asLong(),
                result.path("refused").asLong(),
                result.path("broken").asLong(),
                result.path("micros").asLong() / 1e6,
                result.path("p50").asLong() / 1e3,
                result.path("p99").asLong() / 1e3);
    }

    /** So many a second, whether or not earlier ones are answered; a tenth repeats, a twentieth forgeries. */
    JsonNode constant(String url, int bytes, int perSecond, int seconds) throws IOException, InterruptedException {
        return run(List.of(
                "node",
                folder.resolve("peer/rate.js").toString(),
                url,
                secret,
                Integer.toString(bytes),
                Integer.toString(perSecond),
                Integer.toString(seconds),
                "64",
                nextRun()));
    }

    private String nextRun() {
        runs++;
        return Long.toString(System.currentTimeMillis(), 36) + runs;
    }

    private static JsonNode run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(new ArrayList<>(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("%s ended with %d: %s".formatted(command.getFirst(), process.exitValue(), output));
        }
        return JSON.readTree(output.lines().reduce((earlier, later) -> later).orElseThrow());
    }

    /**
     * What wrk saw.
     *
     * @param requests answered
     * @param refused those of them that were not 2xx
     * @param broken connections that failed, and answers that did not come in time
     * @param p50 milliseconds
     * @param p99 milliseconds
     */
    record Throughput(long requests, long refused, long broken, double seconds, double p50, double p99) {

        /** Acknowledged deliveries a second. */
        double accepted() {
            return (requests - refused) / seconds;
        }

        /** Answers a second. */
        double answered() {
            return requests / seconds;
        }
    }
}
