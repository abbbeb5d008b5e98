package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.config.ConfigException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Tries everything that a node will need, before the node says that it is ready. Used once, by one
 * thread, which it blocks.
 */
final class StartCheck {
  /** No key of ours begins with a dot, so listings leave it out. */
  private static final String PROBE = ".thalweg-probe-";

  private final S3ObjectStoreConfig config;
  private final S3Requests requests;
  private final S3Calls calls;
  private final String key;

  /** A check with an object named by {@code id}, which no other start may use. */
  StartCheck(S3ObjectStoreConfig config, S3Requests requests, S3Calls calls, String id) {
    this.config = config;
    this.requests = requests;
    this.calls = calls;
    this.key = PROBE + id;
  }

  void run() {
    step("list", calls.read("list", 0, mayStand -> requests.list("", "", 1)));
    byte[] text = "written and deleted at a start".getBytes(StandardCharsets.UTF_8);
    Payload payload = Payload.copyOf(List.of(ByteBuffer.wrap(text)), text.length);
    step("write", calls.change("put", 0, mayStand -> requests.put(key, payload)));
    if (config.location().conditionalPuts()) {
      checkConditional(payload);
    }
    step("read", calls.read("get", 0, mayStand -> requests.get(key, 0, payload.size())));
    step("delete", calls.change("delete", 0, mayStand -> requests.delete(List.of(key))));
  }

  private void checkConditional(Payload payload) {
    boolean replaced =
        step(
            "write",
            calls.change(
                "put", 0, mayStand -> requests.putIfAbsent(key, payload, "second", mayStand)));
    if (replaced) {
      step("delete", calls.change("delete", 0, mayStand -> requests.delete(List.of(key))));
      throw new ConfigException(
          config.location()
              + " ignores If-None-Match on a put, so it may replace objects that exist; if you"
              + " accept that, set objectstore.s3.conditional-puts=false");
    }
  }

  private <T> T step(String permission, CompletableFuture<T> done) {
    try {
      return done.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof ObjectStoreException failure) {
        throw new ConfigException(explain(permission, failure));
      }
      throw failed;
    }
  }

  private String explain(String permission, ObjectStoreException failure) {
    Throwable root = failure;
    while (root.getCause() instanceof ObjectStoreException inner) {
      root = inner;
    }
    Throwable answer = root.getCause() == null ? root : root.getCause();
    String where = config.location().toString();
    String code = S3Failures.code(answer);
    String said = " (" + failure.getMessage() + ")";
    if (S3Failures.isMissingCredentials(answer)) {
      return where
          + ": no credentials found; set objectstore.s3.access-key and objectstore.s3.secret-key,"
          + " or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role";
    }
    return switch (code) {
      case "NoSuchBucket" ->
          where
              + ": there is no bucket '"
              + config.location().bucket()
              + "'; make it, or correct objectstore.s3.bucket (or the name in --store)";
      case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken" ->
          where
              + ": the credentials were refused: access key "
              + config
                  .credentials()
                  .map(S3ObjectStoreConfig.Credentials::accessKey)
                  .orElse("of the environment")
              + " is unknown or its secret is wrong; correct objectstore.s3.access-key and"
              + " objectstore.s3.secret-key"
              + said;
      case "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException" ->
          where
              + ": the bucket is in another region than "
              + config.location().region().orElse("the environment's")
              + "; correct objectstore.s3.region"
              + said;
      case "NotImplemented" ->
          where
              + ": the service does not offer what is needed"
              + said
              + "; if that is a put, set objectstore.s3.conditional-puts=false";
      default -> explainByKind(where, permission, said, failure.kind());
    };
  }

  private String explainByKind(String where, String permission, String said, Kind kind) {
    return switch (kind) {
      case DENIED ->
          where
              + ": no permission to "
              + permission
              + " objects; allow list, get, put and delete for this bucket and prefix"
              + said;
      case UNAVAILABLE, THROTTLED, UNKNOWN_OUTCOME ->
          where
              + ": cannot be reached or does not answer; check objectstore.s3.endpoint and the"
              + " network"
              + said;
      default -> where + ": cannot be used" + said;
    };
  }
}
