package io.thalweg.format.quota;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Comparator;

/** Whom a quota is for: users, client ids, or client ids of users. */
public record QuotaEntity(QuotaName user, QuotaName clientId) implements Comparable<QuotaEntity> {
  private static final Comparator<QuotaEntity> ORDER =
      Comparator.comparing(QuotaEntity::user).thenComparing(QuotaEntity::clientId);

  /** Refuses an entity that says nothing: INVALID_REQUEST. */
  public QuotaEntity {
    if (user.saysNothing() && clientId.saysNothing()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "a quota is for a user, a client id, or both; name one");
    }
  }

  /** Users. */
  public static QuotaEntity ofUser(QuotaName user) {
    return new QuotaEntity(user, QuotaName.NONE);
  }

  /** Client ids of all users. */
  public static QuotaEntity ofClient(QuotaName clientId) {
    return new QuotaEntity(QuotaName.NONE, clientId);
  }

  /** Writes the durable form. */
  public void write(BytesWriter out) {
    user.write(out);
    clientId.write(out);
  }

  /** Reads what {@link #write} wrote. */
  public static QuotaEntity read(BytesReader in) {
    return new QuotaEntity(QuotaName.read(in), QuotaName.read(in));
  }

  @Override
  public int compareTo(QuotaEntity other) {
    return ORDER.compare(this, other);
  }
}
