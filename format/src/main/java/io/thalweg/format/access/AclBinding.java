package io.thalweg.format.access;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.io.Utf8;
import java.util.Comparator;
import java.util.function.Supplier;

/**
 * A rule of access in Kafka's model. Durable form: {@code int8 resource, bool prefixed, text name,
 * text principal, text host, int8 operation, bool allows}.
 *
 * @param prefixed whether it is about all names that begin with {@code name}
 * @param name {@link #ANY} means every name, unless it is a prefix
 * @param principal {@code User:name}, or {@link #EVERYBODY}
 * @param host the address that the principal comes from, or {@link #ANY}
 * @param allows whether it allows; else it denies, whatever else allows
 */
public record AclBinding(
    AclResource resource,
    boolean prefixed,
    String name,
    String principal,
    String host,
    AclOperation operation,
    boolean allows)
    implements Comparable<AclBinding> {

  /** Every name, or every host. */
  public static final String ANY = "*";

  /** What each user's principal begins with. */
  public static final String USER = "User:";

  /** Every principal. */
  public static final String EVERYBODY = USER + ANY;

  /** The name of the one cluster, as in Kafka. */
  public static final String CLUSTER = "kafka-cluster";

  private static final int MAX_TEXT = 1_000;
  private static final int MAX_BYTES = 4 * MAX_TEXT;

  private static final Comparator<AclBinding> ORDER =
      Comparator.comparing(AclBinding::resource)
          .thenComparing(AclBinding::name)
          .thenComparing(AclBinding::prefixed)
          .thenComparing(AclBinding::principal)
          .thenComparing(AclBinding::host)
          .thenComparing(AclBinding::operation)
          .thenComparing(AclBinding::allows);

  /** Refuses what can be no rule: INVALID_REQUEST. */
  public AclBinding {
    check("name of a resource", name);
    check("principal", principal);
    check("host", host);
    if (!principal.startsWith(USER) || principal.length() == USER.length()) {
      throw invalid(
          "'%s' is no principal of a rule; write User:NAME, or User:* for everybody", principal);
    }
    if (resource == AclResource.CLUSTER && (prefixed || !name.equals(CLUSTER))) {
      throw invalid("the cluster's name is " + CLUSTER + ", literally, not '%s'", name);
    }
  }

  private static void check(String what, String text) {
    if (text.isEmpty()
        || text.length() > MAX_TEXT
        || text.chars().anyMatch(Character::isISOControl)
        || !Utf8.carries(text)) {
      throw invalid(
          "'%s' can be no " + what + " of a rule; use 1 to " + MAX_TEXT + " printable characters",
          text);
    }
  }

  private static ThalwegException invalid(String message, String text) {
    return new ThalwegException(ErrorCode.INVALID_REQUEST, message.formatted(Shown.of(text)));
  }

  /** Whether it is about the resource of that kind and name. */
  public boolean covers(AclResource kind, String resourceName) {
    return resource == kind
        && (prefixed
            ? resourceName.startsWith(name)
            : name.equals(ANY) || name.equals(resourceName));
  }

  /** Whether it is about a principal that comes from a host. */
  public boolean concerns(String who, String from) {
    return (principal.equals(EVERYBODY) || principal.equals(who))
        && (host.equals(ANY) || host.equals(from));
  }

  /** Writes the durable form. */
  public void write(BytesWriter out) {
    out.int8(resource.number()).bool(prefixed).text(name).text(principal).text(host);
    out.int8(operation.number()).bool(allows);
  }

  /** Reads what {@link #write} wrote. */
  public static AclBinding read(BytesReader in) {
    return new AclBinding(
        AclResource.ofNumber(in.int8()).orElseThrow(unknown("resource")),
        in.bool(),
        in.text(MAX_BYTES),
        in.text(MAX_BYTES),
        in.text(MAX_BYTES),
        AclOperation.ofNumber(in.int8()).orElseThrow(unknown("operation")),
        in.bool());
  }

  private static Supplier<ThalwegException> unknown(String what) {
    return () -> ThalwegException.corrupt("a rule of access has an unknown " + what);
  }

  @Override
  public int compareTo(AclBinding other) {
    return ORDER.compare(this, other);
  }
}
