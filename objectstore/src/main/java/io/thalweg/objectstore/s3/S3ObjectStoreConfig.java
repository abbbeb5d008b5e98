package io.thalweg.objectstore.s3;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of an {@link S3ObjectStore}. Immutable. Its text never shows a secret.
 *
 * @param location the service and its objects
 * @param credentials the account; empty for the SDK's usual chain (environment, profile, role)
 * @param limits limits on running calls
 * @param timeout longest time of an attempt
 * @param retry limits on attempts and waits
 */
public record S3ObjectStoreConfig(
    Location location,
    Optional<Credentials> credentials,
    Limits limits,
    Duration timeout,
    Retry retry) {
  private static final String PREFIX = "objectstore.s3.";
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern KEY_PREFIX =
      Pattern.compile("([A-Za-z0-9_=-][A-Za-z0-9._=-]{0,99}/)*");
  private static final Pattern REGION = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final int MAX_KEY_PREFIX = 400;
  private static final String REGION_OF_OTHERS = "us-east-1";

  /**
   * The service and its objects.
   *
   * @param keyPrefix empty, or ends with {@code /}; before every key
   * @param endpoint of a service other than AWS
   * @param region empty for the SDK's usual chain
   * @param pathStyle the bucket stands in the path instead of the host name
   * @param conditionalPuts the service honours {@code If-None-Match: *}
   */
  public record Location(
      String bucket,
      String keyPrefix,
      Optional<URI> endpoint,
      Optional<String> region,
      boolean pathStyle,
      boolean conditionalPuts) {

    /** For messages: {@code s3://bucket/prefix at endpoint}. */
    @Override
    public String toString() {
      return "s3://" + bucket + "/" + keyPrefix + endpoint.map(uri -> " at " + uri).orElse("");
    }
  }

  /** An access key and its secret, which no text shows. */
  public record Credentials(String accessKey, String secretKey) {
    @Override
    public String toString() {
      return "Credentials[accessKey=" + accessKey + ", secretKey=***]";
    }
  }

  /**
   * Limits on running calls.
   *
   * @param connections requests at one time
   * @param waiting calls that may wait for one; further ones are {@code THROTTLED}
   * @param requestsPerSecond on average; one second's requests may go out at once
   * @param bytes of content sent and read; one call may be larger when it is alone
   */
  public record Limits(int connections, int waiting, int requestsPerSecond, long bytes) {}

  /**
   * Limits on attempts and waits.
   *
   * @param attempts attempts of one call, including the first
   * @param budget retries that all calls together may make in a row; ten successes give one back
   * @param firstBackoff longest wait before the first retry; doubles with each retry
   * @param longestBackoff longest wait before any retry
   */
  public record Retry(int attempts, int budget, Duration firstBackoff, Duration longestBackoff) {}

  /** Reads {@code objectstore.s3.*}. */
  public static S3ObjectStoreConfig from(Settings settings) {
    return new S3ObjectStoreConfig(
        new Location(
            bucket(settings.text(PREFIX + "bucket", "")),
            keyPrefix(settings.text(PREFIX + "prefix", "")),
            endpoint(settings.text(PREFIX + "endpoint", "")),
            region(settings),
            settings.flag(PREFIX + "path-style", false),
            settings.flag(PREFIX + "conditional-puts", true)),
        credentials(settings),
        new Limits(
            settings.integer(PREFIX + "max-connections", 64, 1, 10_000),
            settings.integer(PREFIX + "queue.limit", 4096, 1, 1 << 20),
            settings.integer(PREFIX + "requests-per-second", 3000, 1, 1_000_000),
            settings.bytes(PREFIX + "max-bytes", 256L << 20, 1 << 20, 1L << 40)),
        settings.duration(
            PREFIX + "timeout",
            Duration.ofSeconds(15),
            Duration.ofMillis(100),
            Duration.ofMinutes(10)),
        retry(settings));
  }

  private static Retry retry(Settings settings) {
    Duration first =
        settings.duration(
            PREFIX + "retry.backoff.min",
            Duration.ofMillis(100),
            Duration.ofMillis(1),
            Duration.ofMinutes(1));
    Duration longest =
        settings.duration(
            PREFIX + "retry.backoff.max",
            Duration.ofSeconds(5),
            Duration.ofMillis(1),
            Duration.ofMinutes(5));
    if (longest.compareTo(first) < 0) {
      throw new ConfigException(
          "%sretry.backoff.max = %s is shorter than %sretry.backoff.min = %s; give a longer one"
              .formatted(PREFIX, longest, PREFIX, first));
    }
    return new Retry(
        settings.integer(PREFIX + "retry.attempts", 4, 1, 20),
        settings.integer(PREFIX + "retry.budget", 100, 0, 1_000_000),
        first,
        longest);
  }

  private static String bucket(String text) {
    if (!BUCKET.matcher(text).matches()) {
      throw bad("bucket", text, "a bucket's name: 3 to 63 of a-z 0-9 . -");
    }
    return text;
  }

  private static String keyPrefix(String text) {
    String withEnd = text.isEmpty() || text.endsWith("/") ? text : text + "/";
    if (withEnd.length() > MAX_KEY_PREFIX || !KEY_PREFIX.matcher(withEnd).matches()) {
      throw bad(
          "prefix",
          text,
          "segments of A-Z a-z 0-9 . _ = - with / between them, at most "
              + MAX_KEY_PREFIX
              + " characters");
    }
    return withEnd;
  }

  private static Optional<URI> endpoint(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = new URI(text);
      boolean plain =
          ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
              && uri.getHost() != null
              && uri.getUserInfo() == null
              && uri.getQuery() == null;
      if (plain) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException malformed) {
      throw bad("endpoint", text, "http://host:port or https://host");
    }
    throw bad("endpoint", text, "http://host:port or https://host");
  }

  private static Optional<String> region(Settings settings) {
    String region = settings.text(PREFIX + "region", "");
    if (!region.isEmpty()) {
      if (!REGION.matcher(region).matches()) {
        throw bad("region", region, "a region's name such as eu-central-1");
      }
      return Optional.of(region);
    }
    return settings.text(PREFIX + "endpoint", "").isEmpty()
        ? Optional.empty()
        : Optional.of(REGION_OF_OTHERS);
  }

  private static Optional<Credentials> credentials(Settings settings) {
    String accessKey = settings.text(PREFIX + "access-key", "");
    String secretKey = settings.text(PREFIX + "secret-key", "");
    if (accessKey.isEmpty() != secretKey.isEmpty()) {
      throw new ConfigException(
          PREFIX
              + (accessKey.isEmpty() ? "access-key" : "secret-key")
              + " is missing while the other of the pair is given; give both, or neither to use"
              + " the environment's credentials");
    }
    return accessKey.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials(accessKey, secretKey));
  }

  private static ConfigException bad(String key, String value, String wanted) {
    return new ConfigException(PREFIX + key + " = '" + value + "' cannot be used; give " + wanted);
  }
}
