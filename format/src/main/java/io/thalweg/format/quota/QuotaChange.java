package io.thalweg.format.quota;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Changes quotas of one entity, all or none.
 *
 * @param settings at most one for each key
 */
public record QuotaChange(QuotaEntity entity, List<Setting> settings) {
  /**
   * Sets one quota, or removes it.
   *
   * @param value empty to remove it
   */
  public record Setting(QuotaKey key, OptionalDouble value) {
    /** Refuses a value that the quota cannot have: INVALID_REQUEST. */
    public Setting {
      value.ifPresent(key::check);
    }

    void write(BytesWriter out) {
      out.int8(key.number()).bool(value.isPresent());
      value.ifPresent(each -> out.int64(Double.doubleToLongBits(each)));
    }

    static Setting read(BytesReader in) {
      QuotaKey key = QuotaKey.ofNumber(in.int8());
      return new Setting(
          key,
          in.bool()
              ? OptionalDouble.of(Double.longBitsToDouble(in.int64()))
              : OptionalDouble.empty());
    }
  }

  /** Copies the list. Refuses a key that is there twice: INVALID_REQUEST. */
  public QuotaChange {
    settings = List.copyOf(settings);
    Set<QuotaKey> seen = new HashSet<>();
    for (Setting each : settings) {
      if (!seen.add(each.key)) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            each.key.text() + " is changed twice for one entity; change it once");
      }
    }
  }

  /** Whether it sets anything. */
  public boolean sets() {
    return settings.stream().anyMatch(each -> each.value.isPresent());
  }

  /** Writes the durable form. */
  public void write(BytesWriter out) {
    entity.write(out);
    out.list(settings, (writer, each) -> each.write(writer));
  }

  /** Reads what {@link #write} wrote. */
  public static QuotaChange read(BytesReader in) {
    return new QuotaChange(QuotaEntity.read(in), in.list(Setting::read));
  }
}
