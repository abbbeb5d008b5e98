package io.thalweg.frontend.kafka.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaName;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Accounts are forgotten once they say nothing, and there are never too many. */
final class AccountsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Accounts<SlidingRate> accounts = new Accounts<>(3);

  private static QuotaEntity client(int number) {
    return QuotaEntity.ofClient(QuotaName.of("c" + number));
  }

  private void count(int client, long now) {
    accounts.use(
        client(client),
        SlidingRate::new,
        now,
        rate -> {
          rate.add(10, now);
          return 0;
        });
  }

  private double rate(int client, long now) {
    return accounts.look(client(client), -1, rate -> rate.perSecond(now));
  }

  @Test
  void eachHasItsOwn() {
    count(1, 0);
    count(1, 0);
    count(2, 0);
    assertThat(rate(1, 0)).isEqualTo(2);
    assertThat(rate(2, 0)).isEqualTo(1);
    assertThat(rate(3, 0)).isEqualTo(-1);
  }

  @Test
  void silentOnesAreForgotten() {
    count(1, 0);
    count(2, 5 * SECOND);
    count(3, 12 * SECOND);
    assertThat(accounts.size()).isEqualTo(2);
    assertThat(rate(1, 12 * SECOND)).isEqualTo(-1);
    assertThat(rate(2, 12 * SECOND)).isPositive();
  }

  @Test
  void ofTooManyTheOneUnusedForLongestGoes() {
    for (int client = 1; client <= 3; client++) {
      count(client, 0);
    }
    count(1, 0);
    count(4, 0);
    assertThat(accounts.size()).isEqualTo(3);
    assertThat(rate(2, 0)).isEqualTo(-1);
    assertThat(rate(1, 0)).isEqualTo(2);
  }
}
