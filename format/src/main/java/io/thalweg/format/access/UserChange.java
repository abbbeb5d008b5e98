package io.thalweg.format.access;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.io.Utf8;
import java.util.Optional;

/**
 * Sets or removes a user's secret of one mechanism.
 *
 * @param secret empty to remove it
 */
public record UserChange(String user, ScramMechanism mechanism, Optional<ScramSecret> secret) {
  /** Most characters of a user's name. */
  public static final int MAX_NAME = 255;

  private static final int MAX_BYTES = 4 * MAX_NAME;

  /** Refuses a name that no user can have: INVALID_NAME. */
  public UserChange {
    checkName(user);
  }

  /** Returns {@code name} if a user may have it. */
  public static String checkName(String name) {
    if (name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)
        || !Utf8.carries(name)) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "a user cannot be called '%s'; use 1 to %d printable characters"
              .formatted(Shown.of(name), MAX_NAME));
    }
    return name;
  }

  /** Writes the durable form. */
  public void write(BytesWriter out) {
    out.text(user).int8(mechanism.number()).bool(secret.isPresent());
    secret.ifPresent(each -> each.write(out));
  }

  /** Reads what {@link #write} wrote. */
  public static UserChange read(BytesReader in) {
    String user = in.text(MAX_BYTES);
    ScramMechanism mechanism = mechanism(in.int8());
    return new UserChange(
        user,
        mechanism,
        in.bool() ? Optional.of(ScramSecret.read(in, mechanism)) : Optional.empty());
  }

  /** The mechanism of a durable form. */
  public static ScramMechanism mechanism(int number) {
    return ScramMechanism.ofNumber(number)
        .orElseThrow(() -> ThalwegException.corrupt("there is no mechanism " + number));
  }
}
