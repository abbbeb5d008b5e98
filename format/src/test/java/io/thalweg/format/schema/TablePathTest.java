package io.thalweg.format.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TablePathTest {
  @Test
  void everyPathOfAFullNameIsFound() {
    assertThat(new TablePath("shop", "orders").fullName()).isEqualTo("shop.orders");
    assertThat(new TablePath("kafka", "shop.orders").fullName()).isEqualTo("shop.orders");
    assertThat(TablePath.ofFullName("a.b.c"))
        .containsExactly(
            new TablePath("kafka", "a.b.c"), new TablePath("a", "b.c"), new TablePath("a.b", "c"));
    assertThat(TablePath.ofFullName("kafka.orders"))
        .containsExactly(new TablePath("kafka", "kafka.orders"));
    assertThat(TablePath.ofFullName("a..")).containsExactly(new TablePath("kafka", "a.."));
  }

  @Test
  void noTableHasAFullNameThatIsTooLongOrNoName() {
    String half = "x".repeat(150);
    assertThat(TablePath.ofFullName(half + "." + half)).containsExactly(new TablePath(half, half));
    assertThat(TablePath.ofFullName("x".repeat(201))).isEmpty();
    assertThat(TablePath.ofFullName("a b.c d")).isEmpty();
  }
}
